"""HTTP of removals: in-bond extensions, weekly export permits and their statements."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from ftz_common.contracts.duty import EstimateLine
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.fact import Refusal
from ftz_common.flow.service import Service
from ftz_common.values.names import stream_name
from ftz_common.web.caller import Called
from ftz_common.web.problem import Problem, not_found
from ftz_duty.api.command import command
from ftz_duty.domain.export_statement import statement
from ftz_duty.usecases import EXPORT_PERMIT, UseCases

Who = Annotated[str, Field(min_length=1, max_length=128, description="Who answers for it: an opaque id")]
Reason = Annotated[str, Field(min_length=1, max_length=2000, description="Why, for the record")]
Quantity = Annotated[str, Field(pattern=r"^[0-9]{1,18}(\.[0-9]{1,9})?$", description="Plain notation")]


class GoodsLine(BaseModel):
    """Goods by number, status, origin and unit."""

    number: str = Field(pattern=r"^[0-9]{8}([0-9]{2})?$")
    status: Literal["P", "N", "Z", "D"]
    origin: str = Field(pattern="^[A-Z]{2}$")
    unit: str = Field(min_length=1, max_length=200)
    quantity: Quantity

    def line(self) -> EstimateLine:
        """As the domain has it."""
        return EstimateLine(
            number=self.number,
            status=self.status,
            origin=self.origin,
            unit=self.unit,
            quantity=Decimal(self.quantity),
        )


class Approval(BaseModel):
    """CBP approved a weekly permit, or a supplement to it."""

    number: str = Field(min_length=1, max_length=128, description="Number of the in-bond application")
    approved_at: datetime = Field(description="With an offset; nothing leaves under it before")
    lines: list[GoodsLine] = Field(min_length=1, max_length=999)
    who: Who


class StatementOrder(BaseModel):
    """What a person says of the differences of a statement, by their ids."""

    explanations: dict[str, str] = Field(default_factory=dict, max_length=2000)
    who: Who


class Extension(BaseModel):
    """The port director gave more days to remove the goods."""

    zone: str = Field(pattern="^[0-9]{1,3}$")
    remove_by: date
    reason: Reason
    who: Who


def removal_routes(routes: APIRouter, service: Service, cases: UseCases) -> None:
    """The routes of removals."""
    _permits(routes, service, cases)
    _inbonds(routes, service, cases)


def _permits(routes: APIRouter, service: Service, cases: UseCases) -> None:
    @routes.post(
        "/export-permits/{zone}/{account}/{week}",
        status_code=201,
        summary="Record that CBP approved a weekly export permit, or a supplement",
    )
    async def approve(zone: str, account: str, week: date, body: Approval, called: Called) -> JSONResponse:
        if body.approved_at.tzinfo is None:
            raise Problem.of(_no_offset())
        asked = cases.removals.approve_permit(
            zone,
            account,
            week,
            number=body.number,
            approved_at=instant_text(body.approved_at),
            lines=tuple(line.line() for line in body.lines),
            who=body.who,
        )
        return await command(service, asked, called)

    @routes.post(
        "/export-permits/{zone}/{account}/{week}/statement",
        status_code=201,
        summary="File the statement of a week's export permit, every difference explained",
    )
    async def state(
        zone: str, account: str, week: date, body: StatementOrder, called: Called
    ) -> JSONResponse:
        asked = cases.removals.file_statement(
            zone, account, week, explanations=body.explanations, who=body.who
        )
        return await command(service, asked, called)

    @routes.get(
        "/export-permits/{zone}/{account}/{week}",
        summary="A week's export permit: permitted, manifested, left, and what differs",
    )
    async def shown(zone: str, account: str, week: date) -> JSONResponse:
        stream = stream_name("exportpermit", zone, account, week.isoformat())
        version, found = await service.journal.state(EXPORT_PERMIT, stream)
        if version == 0:
            raise not_found(
                f"an export of zone {zone} for {account!r} in the week of {week}",
                "name the first day of the week",
            )
        said = statement(found)
        body: dict[str, Any] = {
            "stream": stream,
            "version": version,
            "permits": [{"number": p.number, "approved_at": p.approved_at} for p in found.permits],
            "ended": found.ended,
            "statement_due_on": found.statement_due_on,
            "filed_on": found.filed.filed_on if found.filed and not found.reopened else "",
            "rows": msgspec.to_builtins(said.rows, str_keys=True),
            "differences": msgspec.to_builtins(said.differences),
            "in_bonds": msgspec.to_builtins(said.in_bonds),
            "without_permit": list(found.lacking),
        }
        return JSONResponse(body, headers={"ETag": f'"{version}"'})

    _ = approve, state, shown


def _inbonds(routes: APIRouter, service: Service, cases: UseCases) -> None:
    @routes.post(
        "/inbonds/{account}/{issuer}/{order}/{parcel}/extensions",
        status_code=201,
        summary="Record that the port director gave more days to remove the goods",
    )
    async def extend(
        *, account: str, issuer: str, order: str, parcel: str, body: Extension, called: Called
    ) -> JSONResponse:
        stream = stream_name("inbond", account, issuer, order, parcel)
        asked = cases.removals.extend(
            body.zone, account, stream, remove_by=body.remove_by, reason=body.reason, who=body.who
        )
        return await command(service, asked, called)

    _ = extend


def _no_offset() -> Refusal:
    return Refusal(
        code="no-offset",
        reason="the instant has no offset from UTC",
        citation="policy: instants are never guessed",
        remedy="write it as 2026-08-08T10:00:00-04:00",
        place="approved_at",
    )
