"""HTTP of values: dutiable value of goods with each step's rule, and the dated exchange rates it needs."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.reference import CurrencyRated
from ftz_common.contracts.valuation import (
    Addition,
    AdditionKind,
    Basis,
    Deduction,
    DeductionKind,
    Money,
    Sale,
    dutiable_value,
    rates_of,
)
from ftz_common.flow.aggregate import To
from ftz_common.flow.service import Service
from ftz_common.values.exact import plain
from ftz_common.values.names import stream_name
from ftz_common.web.caller import Called
from ftz_common.web.problem import Problem
from ftz_duty.api.command import command
from ftz_duty.usecases import CURRENCY

_Amount = Annotated[Decimal, Field(ge=0, max_digits=27, decimal_places=9)]
_Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217")]


class Amount(BaseModel):
    """An amount in a currency."""

    amount: _Amount
    currency: _Currency = "USD"


class Added(Amount):
    """What the law adds (19 USC 1401a(b)(1))."""

    kind: AdditionKind


class TakenOut(Amount):
    """A cost; taken out when the price includes it."""

    kind: DeductionKind
    included: bool = True


class Goods(BaseModel):
    """What is known of goods whose dutiable value is asked for."""

    basis: Basis = "admission-sale"
    price: Amount
    exported_on: date
    additions: list[Added] = []
    deductions: list[TakenOut] = []


class Rate(BaseModel):
    """USD for one unit, from `first` to `last`."""

    usd: Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=9)]
    first: date
    last: date
    source: str = Field(min_length=1, max_length=500)
    who: str = Field(min_length=1, max_length=200)


def value_routes(routes: APIRouter, service: Service) -> None:
    """The routes of values and currencies."""

    @routes.post("/values", summary="The dutiable value of goods, step by step; nothing is kept")
    async def value(body: Goods) -> dict[str, Any]:
        found = dutiable_value(_sale(body), rates_of(service.reference.currencies))
        if isinstance(found, Refusal):
            raise Problem.of(found, 422)
        return {
            "dutiable_value": plain(found.dutiable),
            "rule": found.rule,
            "steps": [
                {"what": s.what, "usd": plain(s.amount), "how": s.how, "rule": s.rule} for s in found.steps
            ],
        }

    @routes.get("/currencies", summary="Exchange rates as entered")
    async def currencies() -> dict[str, Any]:
        return {"rates": [msgspec.to_builtins(rated) for rated in service.reference.currencies]}

    @routes.post("/currencies/{currency}", status_code=201, summary="Enter an exchange rate for some days")
    async def rate(currency: _Currency, body: Rate, called: Called) -> JSONResponse:
        rated = CurrencyRated(
            currency=currency,
            usd=body.usd,
            first=body.first.isoformat(),
            last=body.last.isoformat(),
            source=body.source,
            who=body.who,
        )
        return await command(service, To(CURRENCY, stream_name("currency", currency), rated), called)

    _ = value, currencies, rate


def _sale(body: Goods) -> Sale:
    return Sale(
        basis=body.basis,
        price=Money(body.price.amount, body.price.currency),
        exported_on=body.exported_on.isoformat(),
        additions=tuple(Addition(a.kind, Money(a.amount, a.currency)) for a in body.additions),
        deductions=tuple(Deduction(d.kind, Money(d.amount, d.currency), d.included) for d in body.deductions),
    )
