"""HTTP of inventory: what is in the zone, per order, ledger, layer and cover line; and what moves it."""

from collections.abc import AsyncIterator
from datetime import date
from operator import attrgetter
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, Field

from ftz_common.contracts import table
from ftz_common.contracts.commit import StoredCommit, unseal
from ftz_common.contracts.inventory import Drawn, DrawReversed, LayerOpened
from ftz_common.contracts.movements import GoodsBroughtBack, GoodsMoved, MovementReversed
from ftz_common.flow.service import Service
from ftz_common.values.calendar import parse_instant
from ftz_common.web.problem import not_found
from ftz_inventory.api.allocations import allocations
from ftz_inventory.api.counts import counts
from ftz_inventory.api.movements import movements
from ftz_inventory.api.productions import productions
from ftz_inventory.domain.attribution import attribution
from ftz_inventory.domain.balance import Balance
from ftz_inventory.domain.identity import ledger_stream, ledgers_of, order_stream
from ftz_inventory.domain.orders import Order
from ftz_inventory.domain.stock import Ledger
from ftz_inventory.senders.comparing import Comparer
from ftz_inventory.usecases import LEDGERS, ORDERS, UseCases
from ftz_inventory.views import StockRows, ledger_row, order_row, plain_rows

Quantity = Annotated[str, Field(examples=["12", "0.5"], description="Plain notation, exact")]
Limit = Annotated[int, Query(ge=1, le=1000)]
_MOVE_FACTS = (LayerOpened, Drawn, DrawReversed, GoodsMoved, GoodsBroughtBack, MovementReversed)
_MOVES = {table.BY_FACT["inventory", fact].type for fact in _MOVE_FACTS}


class OrderLineState(BaseModel):
    """A line of an order. `open`: neither left nor cancelled; `missing`: open, and not there to keep."""

    line: int
    uin: str
    ledger: str
    unit: str
    quantity: Quantity
    open: Quantity
    missing: Quantity
    shipped: Quantity
    cancelled: Quantity
    returned: Quantity
    suspended: Quantity


class OrderState(BaseModel):
    """An order. `waiting`: events of it that came too early and are kept."""

    stream: str
    through: int
    account: str
    issuer: str
    order: str
    disposition: Literal["", "consumption", "export"]
    destination_country: str
    destination_state: str
    ship_on: str
    waiting: list[str]
    lines: list[OrderLineState]
    parcels: list[str]


class OrderList(BaseModel):
    """A page; `next` is the cursor of the one after it."""

    orders: list[OrderState]
    next: str | None = None


class UnitState(BaseModel):
    """Stock in one unit: on hand by zone status, promised and still to be promised by disposition."""

    unit: str
    on_hand: dict[str, Quantity]
    held: Quantity = Field(description="On hold, besides")
    reserved: dict[str, Quantity]
    available: dict[str, Quantity]
    suspended: Quantity = Field(description="Left, and the book has none for it")


class LedgerState(BaseModel):
    """One unique identifier of an account at a site."""

    stream: str
    through: int
    account: str
    zone: str
    site: str
    uin: str
    open_layers: int
    worth: Quantity = Field(description="USD, exact, of all that is here")
    moved_at: str = Field(description="The latest instant at which something came or went")
    units: list[UnitState]


class LedgerList(BaseModel):
    """A page; `next` is the cursor of the one after it."""

    ledgers: list[LedgerState]
    next: str | None = None


class CoverState(BaseModel):
    """A line of a week's estimate: released, left under it, and left without (a violation)."""

    stream: str
    through: int
    account: str
    zone: str
    week: str
    number: str
    status: str
    origin: str
    unit: str
    released: Quantity
    remaining: Quantity
    removed: Quantity
    uncovered: Quantity
    withdrawals: int
    counted: bool


class CoverList(BaseModel):
    """A page; `next` is the cursor of the one after it."""

    covers: list[CoverState]
    next: str | None = None


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
    opened: Quantity
    drawn: Quantity
    left: Quantity
    worth: Quantity
    returned_from: str
    location: str
    holds: list[str]
    lot: str = Field(description="Zone lot; by default 214 number and line")
    opened_by: str = Field(description="Movement by which it came to be; empty for a receipt")
    parent: str = Field(description="Layer that these goods were before")


class Balances(BaseModel):
    """Balances by date (19 CFR 146.23(b)(4))."""

    as_of: date
    known_at: AwareDatetime | None
    layers: list[LayerBalance]


def router(service: Service, rows: StockRows, cases: UseCases, comparer: Comparer) -> APIRouter:
    """The routes of inventory."""
    routes = APIRouter(prefix="/v1/inventory", tags=["inventory"])
    _lists(routes, rows)
    _single(routes, service)
    _balances(routes, service, cases)
    desk = movements(routes, service, cases)
    allocations(routes, desk)
    productions(routes, desk)
    counts(routes, desk, rows, comparer)
    return routes


def _next(rows: list[dict[str, Any]], limit: int) -> str | None:
    return rows[-1]["stream"] if len(rows) == limit else None


def _lists(routes: APIRouter, rows: StockRows) -> None:
    @routes.get("/orders", summary="Orders of an account")
    async def orders(account: str, after: str = "", limit: Limit = 100) -> OrderList:
        found = await rows.rows(ORDERS.kind, account, after, limit)
        return OrderList(orders=[OrderState(**row) for row in found], next=_next(found, limit))

    @routes.get("/availability", summary="What can still be promised, per ledger of an account")
    async def availability(account: str, after: str = "", limit: Limit = 100) -> LedgerList:
        found = await rows.rows(LEDGERS.kind, account, after, limit)
        return LedgerList(ledgers=[LedgerState(**row) for row in found], next=_next(found, limit))

    @routes.get("/cover", summary="Cover lines of an account: released, used, left without")
    async def covers(account: str, after: str = "", limit: Limit = 100) -> CoverList:
        found = await rows.rows("cover", account, after, limit)
        return CoverList(covers=[CoverState(**row) for row in found], next=_next(found, limit))

    _ = orders, availability, covers


def _single(routes: APIRouter, service: Service) -> None:
    @routes.get("/orders/{account}/{issuer}/{order:path}", summary="An order, whole")
    async def order(account: str, issuer: str, order: str) -> JSONResponse:
        stream = order_stream(account, issuer, order)
        version, state = await service.journal.state(ORDERS, stream)
        if version == 0:
            raise not_found(
                f"order {order!r} of {issuer!r} for {account!r}", "send its order.allocated event"
            )
        return _whole(stream, version, {"account": account, **order_row(state), **_told(state)})

    @routes.get("/ledgers/{zone}/{site}/{account}/{uin:path}", summary="A ledger with its open layers")
    async def ledger(zone: str, site: str, account: str, uin: str, layers: Limit = 100) -> JSONResponse:
        stream = ledger_stream(zone, site, account, uin)
        version, state = await service.journal.state(LEDGERS, stream)
        if version == 0:
            raise not_found(
                f"{uin!r} of {account!r} at {zone}/{site}", "check SKU and UIN; nothing was admitted"
            )
        return _whole(stream, version, {"account": account, **ledger_row(state), **_stock(state, layers)})

    _ = order, ledger


def _whole(stream: str, version: int, body: dict[str, Any]) -> JSONResponse:
    content = msgspec.to_builtins({"stream": stream, "through": version, **body})
    return JSONResponse(content, headers={"ETag": f'"{version}"'})


def _told(order: Order) -> dict[str, Any]:
    """Events kept for later, and parcels with what is still out of each line."""
    return {
        "waiting": [
            {"what": waits.what, "reference": waits.reference, "at": waits.at, "event": waits.event}
            for waits in order.waiting
        ],
        "parcels": [
            {"parcel": parcel.id, "at": parcel.at, "lines": plain_rows(parcel.packed)}
            for parcel in order.parcels.values()
        ],
    }


def _stock(ledger: Ledger, limit: int) -> dict[str, Any]:
    """The oldest layers, in the order in which they leave, and the removals the book has nothing for."""
    oldest = [ledger.layers[name] for pool in ledger.pools.values() for name in pool[-limit:]]
    return {
        "layers": plain_rows(sorted(oldest, key=attrgetter("rank"))[:limit]),
        "suspended": plain_rows([ledger.draws[draw] for draw in ledger.suspended[:limit]]),
    }


def _balances(routes: APIRouter, service: Service, cases: UseCases) -> None:
    async def commits(account: str, uin: str) -> AsyncIterator[StoredCommit]:
        for zone in service.reference.zones.values():
            if uin:
                stream = ledger_stream(zone.zone, zone.site.id, account, uin)
                for stored in await service.ports.store.read({stream: 0}):
                    yield stored
            else:
                prefix = ledgers_of(zone.zone, zone.site.id, account)
                async for stored in service.ports.store.commits(prefix):
                    yield stored

    @routes.get("/balances", summary="What was in each layer at the end of a local day")
    async def balances(
        account: str, as_of: date, uin: str = "", known_at: AwareDatetime | None = None
    ) -> Balances:
        """Late facts count on the day they happened; `known_at` leaves out what was recorded later."""
        found = Balance(as_of.isoformat())
        async for stored in commits(account, uin):
            commit = unseal(stored)
            if known_at is None or parse_instant(commit.recorded_at) <= known_at:
                for fact in commit.facts:
                    if fact.type in _MOVES:
                        found.tell(table.decoder(fact.type).decode(fact.data))
        rows = plain_rows(found.rows())
        return Balances(as_of=as_of, known_at=known_at, layers=[LayerBalance(**row) for row in rows])

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

    _ = balances, attributed
