"""HTTP of inventory: what is in the zone, per order, ledger, layer and cover line; and what moves it."""

from decimal import Decimal
from operator import attrgetter
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from ftz_common.flow.service import Service
from ftz_common.web.problem import not_found
from ftz_inventory.api.allocations import allocations
from ftz_inventory.api.balances import balances
from ftz_inventory.api.counts import counts
from ftz_inventory.api.forms import Exact
from ftz_inventory.api.movements import movements
from ftz_inventory.api.productions import productions
from ftz_inventory.domain.exposure import exposure_stream
from ftz_inventory.domain.identity import ledger_stream, order_stream
from ftz_inventory.domain.orders import Order
from ftz_inventory.domain.stock import Ledger
from ftz_inventory.senders.comparing import Comparer
from ftz_inventory.usecases import EXPOSURES, LEDGERS, ORDERS, UseCases
from ftz_inventory.views import StockRows, ledger_row, order_row, plain_rows

Limit = Annotated[int, Query(ge=1, le=1000)]


class OrderLineState(BaseModel):
    """A line of an order. `open`: neither left nor cancelled; `missing`: open, and not there to keep."""

    line: int
    uin: str
    ledger: str
    unit: str
    quantity: Exact
    open: Exact
    missing: Exact
    shipped: Exact
    cancelled: Exact
    returned: Exact
    suspended: Exact


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
    on_hand: dict[str, Exact]
    held: Exact = Field(description="On hold, besides")
    reserved: dict[str, Exact]
    available: dict[str, Exact]
    suspended: Exact = Field(description="Left, and the book has none for it")


class LedgerState(BaseModel):
    """One unique identifier of an account at a site."""

    stream: str
    through: int
    account: str
    zone: str
    site: str
    uin: str
    open_layers: int
    worth: Exact = Field(description="USD, exact, of all that is here")
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
    released: Exact
    remaining: Exact
    removed: Exact
    uncovered: Exact
    withdrawals: int
    counted: bool


class CoverList(BaseModel):
    """A page; `next` is the cursor of the one after it."""

    covers: list[CoverState]
    next: str | None = None


def router(service: Service, rows: StockRows, cases: UseCases, comparer: Comparer) -> APIRouter:
    """The routes of inventory."""
    routes = APIRouter(prefix="/v1/inventory", tags=["inventory"])
    _lists(routes, rows)
    _single(routes, service)
    balances(routes, service, rows, cases)
    desk = movements(routes, service, cases)
    allocations(routes, desk)
    productions(routes, desk)
    counts(routes, desk, rows, comparer)
    _exposures(routes, service)
    return routes


def _exposures(routes: APIRouter, service: Service) -> None:
    @routes.get("/exposures/{zone}", summary="Foreign goods beside the operator's bond, as stated last")
    async def exposure(zone: str) -> JSONResponse:
        """Stated again with the first goods of a day, when a level is reached, and daily while one is."""
        version, state = await service.journal.state(EXPOSURES, exposure_stream(zone))
        if state.stated is None:
            raise not_found(
                f"a statement of zone {zone!r}", "it is made when foreign goods come and the zone has a bond"
            )
        since = sum((added.value for added in state.added.values()), Decimal(0))
        body = {"stated": state.stated, "added_since": since}
        return _whole(exposure_stream(zone), version, body)

    _ = exposure


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
