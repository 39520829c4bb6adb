"""HTTP of counts: plan, sheet, figures, comparison, differences."""

from datetime import date
from decimal import Decimal
from typing import Any, Literal

import msgspec
from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, Field

from ftz_common.contracts.counts import CountedGoods, CountPlanned, DifferenceSettled, GoodsCounted
from ftz_common.contracts.envelope import instant_text
from ftz_common.web.caller import Called
from ftz_common.web.problem import not_found
from ftz_inventory.api.forms import Account, Form, Id, Quantity
from ftz_inventory.api.movements import Desk
from ftz_inventory.domain import count as counting
from ftz_inventory.domain.abc_plan import classes
from ftz_inventory.domain.identity import count_stream
from ftz_inventory.senders.comparing import Comparer
from ftz_inventory.usecases import COUNTS, LEDGERS
from ftz_inventory.views import StockRows

Kind = Literal["annual", "cycle", "spot", "snapshot"]


class Plan(Account):
    """A count on a day; the annual one needs the day on which CBP was told (19 CFR 146.23(c))."""

    kind: Kind
    on: date
    told_cbp_on: date | None = None
    blind: bool = True
    uins: list[str] = Field(default_factory=list[str])
    who: Id


class CountedLine(Form):
    """What is there."""

    uin: Id
    quantity: Quantity
    unit: Id
    location: str = ""


class Figures(Account):
    """A part of a count: up to 5,000 lines; `through` is the instant that all figures are of."""

    kind: Kind = "spot"
    part: int = Field(1, ge=1)
    of: int = Field(1, ge=1, le=1000)
    through: AwareDatetime
    complete: bool = Field(False, description="What is not in the count was counted as none")
    lines: list[CountedLine] = Field(max_length=5000)
    who: Id


class Settlement(Account):
    """What became of a difference."""

    how: Literal["adjusted", "overage", "late-report", "recounted", "reported"]
    reference: Id
    who: Id


def counts(routes: APIRouter, desk: Desk, rows: StockRows, comparer: Comparer) -> None:
    """The routes of counts."""
    _taking(routes, desk)
    _comparing(routes, desk, comparer)
    _reading(routes, desk, rows)


def _taking(routes: APIRouter, desk: Desk) -> None:
    @routes.post("/counts/{count}/plan", status_code=201, summary="Plan a physical or cycle count")
    async def plan(count: str, form: Plan, called: Called) -> JSONResponse:
        desk.ledger(form.zone, form.account, "")
        planned = CountPlanned(
            count=count,
            kind=form.kind,
            zone=form.zone,
            site=desk.service.reference.zones[form.zone].site.id,
            account=form.account,
            on=form.on.isoformat(),
            told_cbp_on=form.told_cbp_on.isoformat() if form.told_cbp_on else "",
            blind=form.blind,
            uins=form.uins,
            who=form.who,
        )
        stream = count_stream(form.zone, form.account, count)
        return await desk.do(called, COUNTS, stream, counting.PlanCount(planned), form)

    @routes.post(
        "/counts/{count}/figures", status_code=201, summary="What was counted, in parts; compared at the last"
    )
    async def figures(count: str, form: Figures, called: Called) -> JSONResponse:
        desk.ledger(form.zone, form.account, "")
        counted = GoodsCounted(
            count=count,
            kind=form.kind,
            part=form.part,
            of=form.of,
            through=instant_text(form.through),
            lines=[
                CountedGoods(uin=x.uin, quantity=Decimal(x.quantity), unit=x.unit, location=x.location)
                for x in form.lines
            ],
            complete=form.complete,
            who=form.who,
        )
        stream = count_stream(form.zone, form.account, count)
        return await desk.do(called, COUNTS, stream, counting.RecordCount(counted), form)

    @routes.post(
        "/counts/{count}/differences/{difference}",
        status_code=201,
        summary="What became of a difference, by its id or its UIN",
    )
    async def settle(count: str, difference: str, form: Settlement, called: Called) -> JSONResponse:
        stream = count_stream(form.zone, form.account, count)
        _, state = await desk.service.journal.state(COUNTS, stream)
        of_uin = (name for name, found in state.differences.items() if found.uin == difference)
        settled = DifferenceSettled(
            difference=difference if difference in state.differences else next(of_uin, difference),
            how=form.how,
            reference=form.reference,
            who=form.who,
        )
        return await desk.do(called, COUNTS, stream, counting.SettleDifference(settled), form)

    _ = plan, figures, settle


def _comparing(routes: APIRouter, desk: Desk, comparer: Comparer) -> None:
    @routes.post("/counts/{count}/compare", summary="Compare a count now, if all its parts are here")
    async def compare(count: str, form: Account) -> JSONResponse:
        stream = count_stream(form.zone, form.account, count)
        await comparer.compare(stream)
        return await _shown(desk, stream)

    _ = compare


async def _shown(desk: Desk, stream: str) -> JSONResponse:
    version, state = await desk.service.journal.state(COUNTS, stream)
    if version == 0:
        raise not_found(f"count {stream!r}", "plan it, or send its figures")
    body = {
        "stream": stream,
        "through": version,
        "kind": state.kind,
        "of": state.through,
        "parts": len(state.parts),
        "parts_in_all": state.of,
        "planned": state.planned,
        "compared": state.compared,
        "differences": [_difference(name, found) for name, found in state.differences.items()],
    }
    return JSONResponse(msgspec.to_builtins(body), headers={"ETag": f'"{version}"'})


def _difference(name: str, found: counting.Found) -> dict[str, Any]:
    return {
        "difference": name,
        "share": found.share,
        "duty": found.duty,
        "report": found.report,
        "judged": found.judged,
        "settled": found.settled,
        **msgspec.to_builtins(msgspec.structs.asdict(found.line)),
    }


def _reading(routes: APIRouter, desk: Desk, rows: StockRows) -> None:
    async def ledgers(account: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        after = ""
        while page := await rows.rows(LEDGERS.kind, account, after, 1000):
            found += page
            after = page[-1]["stream"]
        return found

    @routes.get("/count-plan", summary="ABC: which goods to count how often, and which are due on a day")
    async def abc(account: str, on: date) -> dict[str, Any]:
        worth = {row["uin"]: Decimal(row["worth"]) for row in await ledgers(account)}
        return msgspec.to_builtins({"on": on.isoformat(), "goods": classes(worth, on)})

    @routes.get("/counts/{zone}/{account}/{count}", summary="A count, its comparison and its differences")
    async def one(zone: str, account: str, count: str) -> JSONResponse:
        return await _shown(desk, count_stream(zone, account, count))

    @routes.get(
        "/counts/{zone}/{account}/{count}/sheet", summary="What to count; a blind count has no figures"
    )
    async def sheet(zone: str, account: str, count: str) -> dict[str, Any]:
        _, state = await desk.service.journal.state(COUNTS, count_stream(zone, account, count))
        if state.planned is None:
            raise not_found(f"plan of count {count!r}", "plan it first")
        asked = set(state.planned.uins)
        lines: list[dict[str, Any]] = []
        for row in await ledgers(account):
            if row["zone"] == zone and (not asked or row["uin"] in asked):
                for unit in row["units"]:
                    book = sum((Decimal(q) for q in unit["on_hand"].values()), Decimal(unit["held"]))
                    figure = {} if state.planned.blind else {"book": book}
                    lines.append({"uin": row["uin"], "unit": unit["unit"], **figure})
        return msgspec.to_builtins({"count": count, "blind": state.planned.blind, "lines": lines})

    _ = abc, one, sheet
