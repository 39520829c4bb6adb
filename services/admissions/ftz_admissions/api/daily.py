"""Cumulative 214s of direct deliveries, by business day (19 CFR 146.40(c)(1))."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel

from ftz_admissions.api.admissions import e214_text
from ftz_admissions.domain.daily import Daily
from ftz_admissions.usecases import DAILY
from ftz_common.flow.service import Service
from ftz_common.values.names import stream_name
from ftz_common.web.problem import not_found

Part = Annotated[int, Query(ge=1, description="A day with over 999 shipments has more than one part")]


class DailyShipment(BaseModel):
    """A receipt on it. `whole`: the entire contents of the shipment are admitted with it (146.40(a)(7))."""

    shipment: str
    receipt: str
    manifest: str
    invoices: int
    whole: bool
    lines: int


class Cumulative(BaseModel):
    """The cumulative 214 of a business day; it is filed as the next one begins."""

    stream: str
    number: str
    phase: Literal["drafted", "filed", "rejected", "authorized"]
    attempt: int
    filed_on: str
    shipments: list[DailyShipment]


def add(routes: APIRouter, service: Service) -> None:
    """The routes of cumulative 214s."""

    async def the(zone: str, account: str, day: date, part: int) -> tuple[str, Daily]:
        stream = stream_name(DAILY.kind, zone, account, day.isoformat(), str(part))
        version, state = await service.journal.state(DAILY, stream)
        if version == 0:
            raise not_found(
                f"a cumulative 214 of {account!r} in zone {zone!r} for {day}, part {part}",
                "there is one where direct deliveries were recorded on that business day under an agreement "
                "with Census (procedures.census_direct of the zone)",
            )
        return stream, state

    @routes.get("/daily/{zone}/{account}/{day}", summary="The cumulative 214 of a business day")
    async def one(zone: str, account: str, day: date, part: Part = 1) -> Cumulative:
        stream, state = await the(zone, account, day, part)
        return Cumulative.model_validate(
            {
                "stream": stream,
                "number": state.number,
                "phase": state.phase,
                "attempt": state.attempt,
                "filed_on": state.filed_on,
                "shipments": [
                    {
                        "shipment": entry.shipment.shipment,
                        "receipt": entry.receipt,
                        "manifest": entry.shipment.manifest,
                        "invoices": entry.shipment.invoices,
                        "whole": entry.shipment.whole,
                        "lines": len(entry.lines),
                    }
                    for entry in state.entries.values()
                ],
            }
        )

    @routes.get(
        "/daily/{zone}/{account}/{day}/e214",
        summary="The e214 of a cumulative 214; `draft` also when it is incomplete",
        response_class=PlainTextResponse,
    )
    async def e214(  # noqa: PLR0917 the parts of an address
        zone: str,
        account: str,
        day: date,
        part: Part = 1,
        attempt: int | None = None,
        draft: bool = False,
    ) -> PlainTextResponse:
        stream, state = await the(zone, account, day, part)
        remedy = f"it is filed as the business day after {day} begins"
        text = await e214_text(service, stream, state.number, remedy, attempt=attempt, draft=draft)
        return PlainTextResponse(text)

    _ = one, e214
