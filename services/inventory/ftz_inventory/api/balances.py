"""HTTP: what was there at the end of a day, as known now or then, and removals that would differ now."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from ftz_common.contracts import table
from ftz_common.contracts.commit import unseal
from ftz_common.contracts.inventory import Drawn, DrawReversed, LayerOpened
from ftz_common.contracts.movements import GoodsBroughtBack, GoodsMoved, MovementReversed
from ftz_common.flow.folding import begin, fold
from ftz_common.flow.service import Service
from ftz_common.values.calendar import parse_instant
from ftz_common.values.names import stream_parts
from ftz_common.web.problem import Problem
from ftz_inventory.api.forms import Exact
from ftz_inventory.domain import balance
from ftz_inventory.domain.attribution import attribution
from ftz_inventory.domain.balance import BalanceRow, Place
from ftz_inventory.domain.identity import ledger_stream
from ftz_inventory.domain.stock import Ledger
from ftz_inventory.usecases import LEDGERS, UseCases
from ftz_inventory.views import StockRows, plain_rows

Limit = Annotated[int, Query(ge=1, le=10_000, description="Layers (or ledgers) that are looked at")]
_LEDGERS_AT_ONCE = 200
_MOVE_FACTS = (LayerOpened, Drawn, DrawReversed, GoodsMoved, GoodsBroughtBack, MovementReversed)
_MOVES = {table.BY_FACT["inventory", fact].type for fact in _MOVE_FACTS}


class LayerBalance(BaseModel):
    """A layer at the end of a local day. `worth`: exact value of what is left, USD."""

    layer: str
    site: str
    account: str
    uin: str
    admission: str
    admission_number: str
    line: int
    receipt: str
    admitted_on: str
    status: str
    pf_filed_on: str | None
    origin: str
    number: str
    unit: str
    opened: Exact
    drawn: Exact
    left: Exact
    worth: Exact
    returned_from: str
    location: str
    holds: list[str]
    lot: str = Field(description="Zone lot; by default 214 number and line")
    opened_by: str = Field(description="Movement by which it came to be; empty for a receipt")
    parent: str = Field(description="Layer that these goods were before")


class Balances(BaseModel):
    """Balances by date (19 CFR 146.23(b)(4)): a page; `next` is the cursor of the one after it."""

    as_of: date
    known_at: AwareDatetime | None
    layers: list[LayerBalance]
    through: dict[str, int] = Field(description="Ledgers of this page, with the version that it shows")
    next: str | None = None


class TotalBalance(BaseModel):
    """All layers of a part of one status and unit at the end of a local day. `worth`: exact, USD."""

    site: str
    account: str
    uin: str
    status: str
    unit: str
    opened: Exact = Field(description="Cumulative receipts")
    drawn: Exact = Field(description="Cumulative removals")
    left: Exact
    worth: Exact


class Totals(BaseModel):
    """Balances by date without their layers: a page; `next` is the cursor of the one after it."""

    as_of: date
    known_at: AwareDatetime | None
    totals: list[TotalBalance]
    through: dict[str, int] = Field(description="Ledgers of this page, with the version that it shows")
    next: str | None = None


@dataclass(frozen=True)
class Desk:
    """Answers of one service; `rows` say which ledgers an account has."""

    service: Service
    rows: StockRows

    async def ledgers(
        self, account: str, uin: str, start: str, known_at: AwareDatetime | None
    ) -> AsyncIterator[tuple[str, int, Ledger]]:
        """Stream, version and state of each ledger asked for, from `start` on: read each at once."""
        async for streams in self._streams(account, uin, start):
            if known_at is None:
                states = await self.service.journal.states(dict.fromkeys(streams, LEDGERS))
                for stream in streams:
                    if states[stream][0]:
                        yield (stream, *states[stream])
            else:
                for stream in streams:
                    version, state = await self._as_known(stream, known_at)
                    if version:
                        yield stream, version, state

    async def _streams(self, account: str, uin: str, start: str) -> AsyncIterator[list[str]]:
        zones = self.service.reference.zones.values()
        if uin:
            asked = sorted(ledger_stream(zone.zone, zone.site.id, account, uin) for zone in zones)
            yield [stream for stream in asked if stream >= start]
            return
        if start:
            yield [start]
        last = start
        while page := await self.rows.ledgers(account, last, _LEDGERS_AT_ONCE):
            yield [stream for stream, _ in page]
            last = page[-1][0]

    async def _as_known(self, stream: str, at: AwareDatetime) -> tuple[int, Ledger]:
        """Its history until the first fact recorded later: it passes by, and is never held whole."""
        live = begin(LEDGERS, stream)
        async for stored in self.service.ports.store.commits(stream):
            if stored.stream == stream and parse_instant(unseal(stored).recorded_at) <= at:
                fold(LEDGERS, live, stored)
            elif live.version or stored.stream == stream:
                break
        return live.version, live.state


def balances(routes: APIRouter, service: Service, rows: StockRows, cases: UseCases) -> None:
    """The routes of balances by date."""
    desk = Desk(service, rows)
    _layers(routes, desk)
    _totals(routes, desk)
    _attribution(routes, service, cases)


def _layers(routes: APIRouter, desk: Desk) -> None:
    @routes.get("/balances", summary="What was in each layer at the end of a local day")
    async def by_layer(
        *,
        account: str,
        as_of: date,
        uin: str = "",
        known_at: AwareDatetime | None = None,
        with_stock: Annotated[bool, Query(description="Only layers with something left that day")] = False,
        after: str = "",
        limit: Limit = 1_000,
    ) -> Balances:
        """Late facts count on the day they happened; `known_at` leaves out what was recorded later.

        A page looks at about `limit` layers and may show fewer, or none: go on while there is a `next`. Of a
        ledger open layers come first, in the order in which they leave, then exhausted ones. A ledger whose
        version in `through` differs from page to page has moved between them.
        """
        start, place = _cursor(after, account)
        found, looked = Balances(as_of=as_of, known_at=known_at, layers=[], through={}), 0
        async for stream, version, ledger in desk.ledgers(account, uin, start, known_at):
            found.through[stream] = version
            told: list[BalanceRow] = []
            for each in _looked(ledger, as_of, place if stream == start else balance.START, after):
                looked += each.layers
                told += [row for row in each.rows if row.left or not with_stock]
                if looked >= limit:
                    found.next = f"{stream}|{each.place.layer or each.place.page}"
                    break
            told.sort(key=balance.rank)
            found.layers += [LayerBalance(**row) for row in plain_rows(told)]
            if found.next:
                break
        return found

    _ = by_layer


def _looked(ledger: Ledger, as_of: date, place: Place, after: str) -> Iterator[balance.Looked]:
    if place.layer and not ledger.has_layer(place.layer):
        raise _bad_cursor(after)
    return balance.rows(ledger, as_of.isoformat(), place)


def _cursor(after: str, account: str) -> tuple[str, Place]:
    """Stream and place of a cursor that an earlier page gave to this account."""
    if not after:
        return "", balance.START
    stream, _, place = after.rpartition("|")
    match stream_parts(stream):
        case (LEDGERS.kind, _, _, owner, _) if owner == account and place:
            return stream, Place(page=int(place)) if place.isdecimal() else Place(place)
        case _:
            raise _bad_cursor(after)


def _bad_cursor(after: str) -> Problem:
    return Problem(
        422,
        "no-such-cursor",
        f"{after!r} is no place in these balances",
        remedy="start without `after`; then send each page's `next`",
        place="after",
    )


def _totals(routes: APIRouter, desk: Desk) -> None:
    @routes.get("/balances/totals", summary="What was there at the end of a local day, by part and status")
    async def by_part(
        *,
        account: str,
        as_of: date,
        uin: str = "",
        known_at: AwareDatetime | None = None,
        after: str = "",
        limit: Limit = 1_000,
    ) -> Totals:
        """It costs the same however many layers there are; `limit` counts ledgers, `after` is a `next`."""
        found = Totals(as_of=as_of, known_at=known_at, totals=[], through={})
        start, _ = _cursor(f"{after}|0" if after else "", account)
        async for stream, version, ledger in desk.ledgers(account, uin, start, known_at):
            if stream == after:
                continue
            found.through[stream] = version
            rows = plain_rows(balance.totals(ledger, as_of.isoformat()))
            found.totals += [TotalBalance(**row) for row in rows]
            if len(found.through) == limit:
                found.next = stream
                break
        return found

    _ = by_part


def _attribution(routes: APIRouter, service: Service, cases: UseCases) -> None:
    @routes.get("/attribution", summary="Removals that would take other layers, as known now")
    async def attributed(account: str, uin: str, known_at: AwareDatetime | None = None) -> dict[str, Any]:
        """A late receipt or cancellation never draws again what left; this shows where it would differ."""
        found: list[dict[str, Any]] = []
        for zone in service.reference.zones.values():
            method = cases.method(zone.zone, account)
            stream = ledger_stream(zone.zone, zone.site.id, account, uin)
            facts: list[Any] = []
            for stored in await service.ports.store.read({stream: 0}):
                commit = unseal(stored)
                if known_at is None or parse_instant(commit.recorded_at) <= known_at:
                    facts += [table.decoder(f.type).decode(f.data) for f in commit.facts if f.type in _MOVES]
            found += plain_rows(attribution(facts, method))
        return {"account": account, "uin": uin, "differ": found}

    _ = attributed
