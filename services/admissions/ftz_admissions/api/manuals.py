"""The procedures manual of a zone: keep a version, list them."""

from datetime import date
from typing import Any

import msgspec
from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from ftz_admissions.api.command import carry_out
from ftz_admissions.domain.zone_manual import KeepManual, changed_since
from ftz_admissions.usecases import ZONE, UseCases
from ftz_common.flow.service import Service
from ftz_common.values.names import stream_name
from ftz_common.web.caller import Called
from ftz_common.web.problem import not_found


class Manual(BaseModel):
    """A version of the procedures manual that the port director was sent (19 CFR 146.21(b)). Local dates."""

    version: str = Field(min_length=1, max_length=64)
    language: str = Field(default="en", max_length=35, description="Language tag: en, en-US")
    effective_from: date
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    kept_at: str = Field(min_length=1, max_length=500, description="Where the manual is kept")
    sent_on: date = Field(description="The day on which it was sent to the port director")
    late_because: str = Field(default="", max_length=2000, description="Why it was sent after it took effect")
    who: str = Field(default="", max_length=200, description="Who answers for it; default: the caller")


def add(routes: APIRouter, service: Service, cases: UseCases) -> None:
    """The routes of the procedures manual."""

    def known(zone: str) -> None:
        if zone not in service.reference.zones:
            raise not_found(f"zone {zone!r}", "apply it: `ftz zone apply zone.yaml`")

    @routes.post("/zones/{zone}/manuals", status_code=201, summary="Keep a version of the procedures manual")
    async def post_manual(zone: str, body: Manual, called: Called) -> JSONResponse:
        known(zone)
        command = KeepManual(
            version=body.version,
            language=body.language,
            effective_from=body.effective_from.isoformat(),
            sha256=body.sha256,
            kept_at=body.kept_at,
            sent_on=body.sent_on.isoformat(),
            who=body.who or called.principal,
            late_because=body.late_because,
        )
        return await carry_out(service, cases.keep_manual(zone, command), called)

    @routes.get("/zones/{zone}/manuals", summary="Versions of the manual, and what changed after the newest")
    async def manuals(zone: str) -> dict[str, Any]:
        known(zone)
        _, state = await service.journal.state(ZONE, stream_name("zone", zone))
        return {
            "manuals": [msgspec.to_builtins(manual) for manual in state.manuals.values()],
            "changed_since": changed_since(service.reference.history[zone], state.manuals),
        }

    _ = post_manual, manuals
