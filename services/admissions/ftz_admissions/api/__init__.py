"""HTTP of admissions: zones with their history, 214s and their papers, what people answer for."""

from fastapi import APIRouter

from ftz_admissions.api import admissions, daily, manuals, opening, papers, persons, zones
from ftz_admissions.usecases import UseCases
from ftz_common.flow.service import Service


def router(service: Service, cases: UseCases) -> APIRouter:
    """The routes of admissions. Fixed addresses come before those that begin with an account."""
    routes = APIRouter(prefix="/v1/admissions", tags=["admissions"])
    zones.add(routes, service, cases)
    manuals.add(routes, service, cases)
    opening.add(routes, service, cases)
    daily.add(routes, service)
    papers.add(routes, service)
    admissions.add(routes, service)
    persons.add(routes, service, cases)
    return routes


__all__ = ["router"]
