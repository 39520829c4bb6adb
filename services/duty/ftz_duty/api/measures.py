"""HTTP of additional duties: sets of measures, and what people decide and state about them."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from ftz_common.contracts.reference import GoodsStated, MeasureRuled, RateDatePolicy
from ftz_common.flow.service import Service
from ftz_common.web.caller import Called
from ftz_duty.api.command import command
from ftz_duty.domain.pricing import Price
from ftz_duty.domain.stack import Stack, stacked
from ftz_duty.domain.worksheet import shown
from ftz_duty.usecases import UseCases

_Ground = Annotated[str, Field(min_length=1, max_length=2000, description="Why, with the source")]
_Who = Annotated[str, Field(min_length=1, max_length=128, description="Who answers for it: an opaque id")]


class MeasureFile(BaseModel):
    """A set of measures (`ftz.measures/1`, docs/measures.md) as JSON."""

    document: dict[str, Any]
    file_name: str = Field("measures.yaml", max_length=200)
    accept: list[str] = Field(
        [], description='What a person agreed to: "high rate", "heading" (one that the schedule has not)'
    )


class Decision(BaseModel):
    """What a person decides about a measure: which date sets its rate on PF goods, or that its data are
    right."""

    rate_date_policy: RateDatePolicy | None = None
    confirmed: bool = False
    ground: _Ground
    who: _Who


class Statement(BaseModel):
    """A fact about goods that a measure asks for by name: exactly one of the three values."""

    account: str = Field(min_length=1, max_length=128)
    number: str = Field(min_length=4, max_length=13)
    origin: str = Field(pattern="^[A-Z]{2}$")
    fact: str = Field(min_length=1, max_length=200)
    holds: bool | None = None
    percent: Decimal | None = Field(None, ge=0, le=100, max_digits=12, decimal_places=9)
    usd_per_unit: Decimal | None = Field(None, ge=0, max_digits=27, decimal_places=9)
    unit: str = Field("", max_length=20)
    ground: _Ground
    who: _Who


class Confirmation(BaseModel):
    """A person answers for the loaded sets holding every additional duty on an account's goods, antidumping
    and countervailing cases included, from `first` to `last`."""

    account: str = Field(min_length=1, max_length=128)
    first: date
    last: date
    ground: _Ground
    who: _Who


def measure_routes(routes: APIRouter, service: Service, cases: UseCases) -> None:
    """Import, decide, state, confirm, show."""
    _written(routes, service, cases)

    @routes.get("/measures", summary="Sets of additional duties, as imported")
    async def sets() -> dict[str, Any]:
        return {
            "sets": [
                {**msgspec.to_builtins(fact), "recorded_at": recorded}
                for fact, recorded in service.reference.measures
            ],
            "rulings": [
                {"type": type(fact).__name__, **msgspec.to_builtins(fact), "recorded_at": recorded}
                for fact, recorded in service.reference.rulings
            ],
        }

    @routes.get("/measures/{number}", summary="The stack of additional duties on goods, without amounts")
    async def stack(
        number: str,
        origin: Annotated[str, Query(pattern="^[A-Z]{2}$", description="ISO 3166 country of origin")],
        on: Annotated[date | None, Query(description="The entry date; default: today")] = None,
        filed_on: Annotated[date | None, Query(description="The PF filing date of PF goods")] = None,
        account: str = "",
    ) -> dict[str, Any]:
        entered = on or service.ports.clock.now().date()
        filed = (filed_on or entered).isoformat()
        plain_number = number.replace(".", "")
        rate = cases.library.stated(plain_number, origin, filed)
        plan = cases.measures.planned(rate, account, entered.isoformat()).plan
        found = stacked(Price(()), plan, Decimal(0), ()) if plan else Stack(Price(()))
        return {
            "number": plain_number,
            "origin": origin,
            "on": entered.isoformat(),
            "filed_on": filed,
            "column": rate.column,
            "rate_text": rate.rate_text,
            "sets": list(plan.sets) if plan else [],
            "incomplete": plan.incomplete if plan else "no measures are loaded",
            "stack": [
                {k: v for k, v in shown(entry).items() if k not in {"duty", "how"}}
                for entry in found.shown(cents=True)
            ],
        }

    _ = sets, stack


def _written(routes: APIRouter, service: Service, cases: UseCases) -> None:
    @routes.post("/measures", status_code=201, summary="Import a set of additional duties")
    async def import_set(body: MeasureFile, called: Called) -> JSONResponse:
        asked = await cases.measures.import_set(body.document, body.file_name, frozenset(body.accept))
        return await command(service, asked, called)

    @routes.post(
        "/measures/{measure}/decisions", status_code=201, summary="Decide a rate date, or confirm the data"
    )
    async def decide(measure: str, body: Decision, called: Called) -> JSONResponse:
        ruling = MeasureRuled(
            measure=measure,
            policy=body.rate_date_policy,
            confirmed=body.confirmed,
            ground=body.ground,
            who=body.who,
        )
        return await command(service, cases.measures.rule(ruling), called)

    @routes.post("/goods-facts", status_code=201, summary="State a fact about goods that a measure asks for")
    async def state(body: Statement, called: Called) -> JSONResponse:
        return await command(service, cases.measures.state(GoodsStated(**body.model_dump())), called)

    @routes.post(
        "/measures-confirmations", status_code=201, summary="Answer for the loaded sets being complete"
    )
    async def confirm(body: Confirmation, called: Called) -> JSONResponse:
        asked = cases.measures.confirm(
            body.account, body.first.isoformat(), body.last.isoformat(), body.ground, body.who
        )
        return await command(service, asked, called)

    _ = import_set, decide, state, confirm
