"""Zones: examine and apply a document, what stands, what stood."""

from datetime import date, datetime
from typing import Any

import msgspec
from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from ftz_admissions.api.command import carry_out
from ftz_admissions.domain.zone import ApplyZone, Zone, examine
from ftz_admissions.domain.zone_authority import advice
from ftz_admissions.domain.zone_rules import changes
from ftz_admissions.usecases import ZONE, UseCases
from ftz_common.contracts.fact import Refusal
from ftz_common.flow.service import Service
from ftz_common.values.calendar import PortCalendar
from ftz_common.web.caller import Called, Caller
from ftz_common.web.problem import Problem, not_found


class ZoneApplication(BaseModel):
    """A zone document, whole, and the day from which it holds."""

    document: dict[str, Any] = Field(description="The content of a zone.yaml")
    effective_from: date
    who: str = Field(default="", max_length=200, description="Who answers for it; default: the caller")
    why: str = Field(default="", max_length=2000)


class Finding(BaseModel):
    """A rule that refuses the document, and where."""

    place: str
    code: str
    reason: str
    citation: str
    remedy: str


class ZoneExamined(BaseModel):
    """What applying the document today would come to."""

    zone: str
    problems: list[Finding]
    advice: list[str] = Field(description="What is lawful to leave out, and would be missed")
    changes: list[str] = Field(description="What differs from the document that stands")
    standing_from: str = Field(description="From when that one holds; empty: the zone is new")


def add(routes: APIRouter, service: Service, cases: UseCases) -> None:
    """The routes of zones."""

    async def apply(body: ZoneApplication, called: Caller) -> JSONResponse:
        asked = cases.apply_zone(
            body.document, body.effective_from.isoformat(), body.who or called.principal, body.why
        )
        return await carry_out(service, asked, called)

    @routes.post("/zones/check", summary="What applying a zone document would come to; nothing is applied")
    async def check(body: ZoneApplication) -> ZoneExamined:
        asked = cases.apply_zone(body.document, body.effective_from.isoformat())
        if isinstance(asked, Refusal):
            raise Problem.of(asked)
        _, state = await service.journal.state(ZONE, asked.stream)
        return _examined(state, asked.command, service.ports.clock.now())

    @routes.post("/zones", status_code=201, summary="Apply a zone document")
    async def post_zone(body: ZoneApplication, called: Called) -> JSONResponse:
        return await apply(body, called)

    @routes.put("/zones/{zone}", status_code=201, summary="Apply a zone document to this zone")
    async def put_zone(zone: str, body: ZoneApplication, called: Called) -> JSONResponse:
        if body.document.get("zone") != zone:
            raise Problem(
                422,
                "zone-document-wrong",
                f"the document is of zone {body.document.get('zone')!r}, the address of {zone!r}",
                remedy="send it to its own address",
                place="document.zone",
            )
        return await apply(body, called)

    @routes.get("/zones", summary="The zones as they stand")
    async def zones() -> dict[str, Any]:
        standing = service.reference.zones
        return {"zones": [msgspec.to_builtins(standing[number]) for number in sorted(standing)]}

    @routes.get("/zones/{zone}", summary="A zone as it stands, and every document before it")
    async def one_zone(zone: str) -> dict[str, Any]:
        history = service.reference.history.get(zone)
        if not history:
            raise not_found(f"zone {zone!r}", "apply it: `ftz zone apply zone.yaml`")
        return {
            "zone": msgspec.to_builtins(history[-1].document),
            "effective_from": history[-1].effective_from,
            "history": [msgspec.to_builtins(applied) for applied in history],
        }

    _ = check, post_zone, put_zone, zones, one_zone


def _examined(state: Zone, command: ApplyZone, now: datetime) -> ZoneExamined:
    document = command.document
    problems = examine(state, command, now)
    standing = state.applied
    known = "timezone" not in {problem.place for problem in problems}
    today = PortCalendar(document.timezone).local_date(now) if known else now.date()
    return ZoneExamined(
        zone=document.zone,
        problems=[Finding(**msgspec.structs.asdict(problem)) for problem in problems],
        advice=advice(document, today),
        changes=changes(standing.document, document) if standing else [],
        standing_from=standing.effective_from if standing else "",
    )
