"""HTTP of goods changed in the zone that go to Canada or Mexico (entry type 08)."""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from ftz_common.flow.service import Service
from ftz_common.values.names import stream_name
from ftz_common.web.caller import Called, Caller
from ftz_common.web.problem import not_found
from ftz_duty.api.command import command
from ftz_duty.api.removals import Quantity, Reason, Who
from ftz_duty.domain.deferral import ClaimWaiver, DateExportation, Deposit, FileDeferral, StateCondition
from ftz_duty.domain.deferral_state import DeferralState
from ftz_duty.domain.explain import explained_parcel
from ftz_duty.usecases import DEFERRAL, UseCases

PARCEL = "/deferrals/{account}/{issuer}/{order}/{parcel}"


class Said(BaseModel):
    """What every word of a person about a parcel has."""

    zone: str = Field(pattern="^[0-9]{1,3}$")
    who: Who


class Condition(Said):
    """Whether the goods were changed in the zone; goods in the same condition owe nothing."""

    changed: bool
    ground: Reason


class Exportation(Said):
    """The Canadian or Mexican entry document: its date of importation is the date of exportation."""

    exported_on: date
    document: str = Field(min_length=1, max_length=200)
    deferral_program: bool = Field(False, description="They entered a duty-deferral programme there")


class Claim(Said):
    """Evidence of duty paid to Canada or Mexico."""

    entry_number: str = Field(min_length=1, max_length=128, description="Of the entry there")
    imported_on: date
    tariff_number: str = Field(min_length=1, max_length=20)
    rate: str = Field(min_length=1, max_length=200)
    paid: Quantity
    currency: str = Field(pattern="^[A-Z]{3}$")
    usd_per_unit: Quantity = Field(description="US dollars for one unit of the currency")
    rate_source: str = Field(min_length=1, max_length=200, description="Who published it, and for which day")


class Paid(Said):
    """A deposit of duty and fee, in USD."""

    amount: str = Field(pattern=r"^[0-9]{1,12}(\.[0-9]{1,2})?$")
    paid_on: date
    reference: str = Field(min_length=1, max_length=128)


def deferral_routes(routes: APIRouter, service: Service, cases: UseCases) -> None:
    """The routes of entry type 08."""

    async def tell(parcel: tuple[str, ...], said: Said, word: object, called: Caller) -> JSONResponse:
        stream = stream_name("deferral", *parcel)
        return await command(service, cases.deferrals.asked(said.zone, parcel[0], stream, word), called)

    @routes.post(
        f"{PARCEL}/condition", status_code=201, summary="State whether goods were changed in the zone"
    )
    async def condition(
        *, account: str, issuer: str, order: str, parcel: str, body: Condition, called: Called
    ) -> JSONResponse:
        word = StateCondition(body.changed, body.ground, body.who)
        return await tell((account, issuer, order, parcel), body, word, called)

    @routes.post(
        f"{PARCEL}/exportations", status_code=201, summary="Date the importation into Canada or Mexico"
    )
    async def exported(
        *, account: str, issuer: str, order: str, parcel: str, body: Exportation, called: Called
    ) -> JSONResponse:
        day = body.exported_on.isoformat()
        word = DateExportation(day, body.document, body.deferral_program, body.who)
        return await tell((account, issuer, order, parcel), body, word, called)

    @routes.post(f"{PARCEL}/claims", status_code=201, summary="Claim a waiver: duty was paid there")
    async def claim(
        *, account: str, issuer: str, order: str, parcel: str, body: Claim, called: Called
    ) -> JSONResponse:
        word = ClaimWaiver(
            entry_number=body.entry_number,
            imported_on=body.imported_on.isoformat(),
            tariff_number=body.tariff_number,
            rate=body.rate,
            paid=Decimal(body.paid),
            currency=body.currency,
            usd_per_unit=Decimal(body.usd_per_unit),
            rate_source=body.rate_source,
            who=body.who,
        )
        return await tell((account, issuer, order, parcel), body, word, called)

    @routes.post(f"{PARCEL}/filings", status_code=201, summary="Record that the 7501 (type 08) was filed")
    async def file(
        *, account: str, issuer: str, order: str, parcel: str, body: Said, called: Called
    ) -> JSONResponse:
        return await tell((account, issuer, order, parcel), body, FileDeferral(body.who), called)

    @routes.post(f"{PARCEL}/deposits", status_code=201, summary="Record a deposit of duty and fee")
    async def deposit(
        *, account: str, issuer: str, order: str, parcel: str, body: Paid, called: Called
    ) -> JSONResponse:
        word = Deposit(Decimal(body.amount), body.paid_on.isoformat(), body.reference, body.who)
        return await tell((account, issuer, order, parcel), body, word, called)

    @routes.get(PARCEL, summary="What goods for Canada or Mexico owe, line by line, and until when")
    async def one(account: str, issuer: str, order: str, parcel: str) -> JSONResponse:
        stream = stream_name("deferral", account, issuer, order, parcel)
        version, state = await service.journal.state(DEFERRAL, stream)
        if version == 0:
            raise not_found(f"a parcel {parcel!r} for Canada or Mexico")
        body = {"stream": stream, "version": version, **_shown(state)}
        return JSONResponse(body, headers={"ETag": f'"{version}"'})

    @routes.get(f"{PARCEL}/explanation", summary="Each cent of a parcel for Canada or Mexico, explained")
    async def explanation(account: str, issuer: str, order: str, parcel: str) -> JSONResponse:
        stream = stream_name("deferral", account, issuer, order, parcel)
        version, state = await service.journal.state(DEFERRAL, stream)
        if version == 0:
            raise not_found(f"a parcel {parcel!r} for Canada or Mexico")
        return JSONResponse(explained_parcel(state), headers={"ETag": f'"{version}"'})

    _ = condition, exported, claim, file, deposit, one, explanation


def _shown(state: DeferralState) -> dict[str, Any]:
    parts = (state.condition, state.dated, state.assessed, state.claim, state.filed)
    condition, dated, assessed, claim, filed = (msgspec.to_builtins(p) if p else None for p in parts)
    return {
        "changed": state.changed,
        "condition": condition,
        "exportation": dated,
        "number": state.number,
        "assessed": assessed,
        "claim": claim,
        "filed": filed,
        "deposited": str(state.deposited),
        "owed": None if state.owed is None else str(state.owed),
    }
