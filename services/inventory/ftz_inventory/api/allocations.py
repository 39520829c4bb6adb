"""HTTP of allocation: may these lines ship now, and under which permit?"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, Field

from ftz_common.contracts.allocations import StockAllocated
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.fact import Refusal
from ftz_common.flow.aggregate import Contradicted
from ftz_common.values.calendar import week_start
from ftz_common.values.exact import ZERO
from ftz_common.web.caller import Called, Caller
from ftz_common.web.problem import Problem
from ftz_inventory.api.forms import Account, Form, Id, Quantity
from ftz_inventory.api.movements import Desk
from ftz_inventory.domain.allocating import Allocate, EndAllocation, Wanted
from ftz_inventory.domain.destination import Destination, destination_of
from ftz_inventory.domain.draft import Draft
from ftz_inventory.domain.identity import cover_stream
from ftz_inventory.domain.layer import ELIGIBLE, FOREIGN
from ftz_inventory.domain.shortage import why_short
from ftz_inventory.usecases import COVERS, LEDGERS


class AllocationLine(Form):
    """A line: a SKU of the issuer, or where no issuer is named a UIN."""

    line: int = Field(ge=1)
    sku: Id
    quantity: Quantity
    unit: Id


class Allocation(Account):
    """Lines that are to ship together: kept until `expires_at`, or until their order names the id."""

    allocation: Id
    issuer: str = ""
    destination_country: str = Field(pattern="^[A-Z]{2}$")
    destination_state: str = Field("", pattern="^([A-Z]{2})?$")
    ship_on: date
    expires_at: AwareDatetime
    all_or_nothing: bool = Field(False, description="Keep nothing if one line is short")
    lines: list[AllocationLine] = Field(min_length=1, max_length=1000)
    who: Id


@dataclass(frozen=True, slots=True)
class Asked:
    """A line with its ledger."""

    said: AllocationLine
    uin: str
    ledger: str


def allocations(routes: APIRouter, desk: Desk) -> None:
    """The routes of allocation."""

    @routes.post("/allocations", status_code=201, summary="May these lines ship now? Keeps what may")
    async def allocate(form: Allocation, called: Called) -> JSONResponse:
        destination = destination_of(form.destination_country, form.destination_state)
        if isinstance(destination, Refusal):
            raise Problem.of(destination)
        if form.expires_at <= desk.service.ports.clock.now():
            raise Problem(
                422,
                "expired-already",
                f"{instant_text(form.expires_at)} is past",
                remedy="send an instant in the future",
                place="expires_at",
            )
        asked = _asked(desk, form)
        kept = await _keep(desk, called, form, destination, asked)
        short = [line for line in asked if kept[line.said.line].missing]
        if short and form.all_or_nothing:
            await _free(desk, called, form, asked)
        lines = [await _answer(desk, form, destination, line, kept[line.said.line]) for line in asked]
        freed = bool(short and form.all_or_nothing)
        body = {
            "allocation": form.allocation,
            "expires_at": instant_text(form.expires_at),
            "disposition": destination.disposition,
            "may_ship": not freed and all(line["may_ship"] for line in lines),
            "kept": not freed,
            "lines": lines,
        }
        return JSONResponse(msgspec.to_builtins(body), 201)

    @routes.post("/allocations/{allocation}/release", summary="What it keeps is not wanted")
    async def release(allocation: str, form: Release, called: Called) -> JSONResponse:
        ledgers = {desk.ledger(form.zone, form.account, uin) for uin in form.uins}
        for ledger in sorted(ledgers):
            await _one(desk, called, ledger, EndAllocation(allocation), form)
        return JSONResponse({"allocation": allocation, "released_in": sorted(ledgers)})

    _ = allocate, release


class Release(Account):
    """An allocation that is not wanted any more, in the ledgers of these UINs."""

    uins: list[str] = Field(min_length=1, max_length=1000)


def _asked(desk: Desk, form: Allocation) -> list[Asked]:
    desk.ledger(form.zone, form.account, "")
    found: list[Asked] = []
    for line in form.lines:
        uin, ledger = desk.cases.ledger_of(form.zone, form.account, form.issuer, line.sku)
        found.append(Asked(line, uin, ledger))
    return found


async def _keep(
    desk: Desk, called: Caller, form: Allocation, destination: Destination, asked: list[Asked]
) -> dict[int, StockAllocated]:
    """One command per ledger: two lines of one part are decided together."""
    kept: dict[int, StockAllocated] = {}
    for ledger in dict.fromkeys(line.ledger for line in asked):
        mine = [line.said for line in asked if line.ledger == ledger]
        command = Allocate(
            form.allocation,
            tuple(Wanted(x.line, Decimal(x.quantity), x.unit) for x in mine),
            destination.disposition,
            instant_text(form.expires_at),
            form.who,
        )
        facts = await _one(desk, called, ledger, command, form)
        kept |= {fact.line: fact for fact in facts if isinstance(fact, StockAllocated)}
    missing = [line.said.line for line in asked if line.said.line not in kept]
    if missing:
        raise Problem(
            422,
            "allocation-differs",
            f"lines {missing} of {form.allocation} were allocated before",
            remedy="ask under an allocation id of its own, or repeat the same request",
            place="allocation",
        )
    return kept


async def _one(desk: Desk, called: Caller, ledger: str, command: Any, form: Account) -> tuple[Any, ...]:
    kind = type(command).__name__
    result = await desk.service.command(
        LEDGERS,
        ledger,
        command,
        principal=called.principal,
        idempotency_key=f"{called.idempotency_key} {ledger} {kind}",
        body_digest=called.body_digest,
        account=form.account,
        zone=form.zone,
    )
    if isinstance(result, Contradicted):
        raise Problem(422, "idempotency-key-reused", "this key was used before with another body")
    refusal = getattr(result, "refusal", None)
    if refusal is not None:
        raise Problem.of(refusal)
    return result.facts


async def _free(desk: Desk, called: Caller, form: Allocation, asked: list[Asked]) -> None:
    for ledger in dict.fromkeys(line.ledger for line in asked):
        await _one(desk, called, ledger, EndAllocation(form.allocation), form)


async def _answer(
    desk: Desk, form: Allocation, destination: Destination, line: Asked, kept: StockAllocated
) -> dict[str, Any]:
    _, state = await desk.service.journal.state(LEDGERS, line.ledger)
    local = desk.local(form.zone, form.account)
    draft = Draft(state, local.timezone, local.week_starts, local.method)
    code, reason = "", ""
    if kept.missing:
        code, reason = why_short(draft, destination.disposition, line.said.unit, removed=False)
    week = week_start(form.ship_on, local.week_starts).isoformat()
    permits: list[dict[str, Any]] = []
    for (number, status, origin), quantity in _goods(draft, destination, kept, form.ship_on).items():
        stream = cover_stream(
            zone=form.zone,
            account=form.account,
            week=week,
            number=number,
            status=status,
            origin=origin,
            unit=kept.unit,
        )
        goods = {"number": number, "status": status, "origin": origin, "quantity": quantity}
        permits.append(await _permit(desk, destination, stream, goods))
    return {
        "line": line.said.line,
        "uin": line.uin,
        "allocated": kept.quantity,
        "missing": kept.missing,
        "code": code,
        "reason": reason,
        "permits": permits,
        "may_ship": not kept.missing and all(permit["covered"] for permit in permits),
    }


def _goods(
    draft: Draft, destination: Destination, kept: StockAllocated, on: date
) -> dict[tuple[str, str, str], Decimal]:
    """Number, status and origin of the layers that would leave first."""
    found: dict[tuple[str, str, str], Decimal] = {}
    wanted = kept.quantity
    statuses = ELIGIBLE[destination.disposition]
    end = f"{on.isoformat()}T23:59:59Z"
    for layer in draft.waiting_to_leave(statuses, kept.unit, end, on.isoformat()):
        if not wanted:
            break
        part = min(wanted, layer.left)
        key = (layer.number, layer.status, layer.origin)
        found[key] = found.get(key, ZERO) + part
        wanted -= part
    return found


async def _permit(desk: Desk, destination: Destination, stream: str, goods: dict[str, Any]) -> dict[str, Any]:
    """Under what goods may leave: the estimate of the week, an in-bond, or nothing if they are domestic."""
    if destination.disposition == "export":
        return goods | {"permit": "in-bond of the parcel", "citation": "19 CFR 146.67", "covered": True}
    if goods["status"] not in FOREIGN:
        return goods | {"permit": "none: domestic", "citation": "19 CFR 146.43(b)", "covered": True}
    _, cover = await desk.service.journal.state(COVERS, stream)
    remaining = cover.total - cover.used
    return goods | {
        "permit": stream,
        "citation": "19 CFR 146.63(c)(1)",
        "remaining": remaining,
        "covered": remaining >= goods["quantity"],
    }
