"""What each fact of a ledger changes in its state, in place."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from ftz_common.contracts.allocations import AllocationEnded, StockAllocated
from ftz_common.contracts.common import ClockExpired, ClockStopped, DeadlineSet
from ftz_common.contracts.inventory import (
    Drawn,
    DrawReversed,
    DrawSuspended,
    LayerOpened,
    Piece,
    ReservationReleased,
    Reserved,
    ReturnWaits,
    ReversalTakenUp,
    ReversalWaits,
    SuspenseSettled,
)
from ftz_common.contracts.movements import (
    GoodsBroughtBack,
    GoodsMoved,
    MovementReversed,
    OverageFound,
    OverageSettled,
)
from ftz_common.values.calendar import parse_instant
from ftz_common.values.exact import ZERO
from ftz_inventory.domain.balance import came_in, left_on, never_was
from ftz_inventory.domain.identity import ALLOCATION, allocation_order, reservation_id
from ftz_inventory.domain.layer import Layer, layer_of
from ftz_inventory.domain.stock import Demand, Draw, Ledger, Moved, Overage, Take, keep_of


def evolve(ledger: Ledger, fact: object) -> Ledger:
    """The ledger after a fact."""
    if (change := _CHANGES.get(type(fact))) is not None:
        change(ledger, fact)
    return ledger


def place_of(ledger: Ledger, pool: list[str], layer: Layer) -> int:
    """Where a layer stands, or would stand, in its pool (newest first)."""
    rank, low, high = layer.rank, 0, len(pool)
    if not pool or ledger.layers[pool[0]].rank <= rank:
        return 0
    while low < high:
        middle = (low + high) // 2
        if ledger.layers[pool[middle]].rank > rank:
            low = middle + 1
        else:
            high = middle
    return low


def _enter(ledger: Ledger, layer: Layer) -> None:
    pool = ledger.pools.setdefault(layer.queue, [])
    pool.insert(place_of(ledger, pool, layer), layer.id)
    ledger.layers[layer.id] = layer


def _leave(ledger: Ledger, layer: Layer) -> None:
    pool = ledger.pools[layer.queue]
    if pool[-1] == layer.id:
        pool.pop()
    else:
        del pool[place_of(ledger, pool, layer)]
    if not pool:
        del ledger.pools[layer.queue]
    ledger.shelve_layer(layer)


def _move(totals: dict[str, Decimal], key: str, by: Decimal) -> None:
    after = totals.get(key, ZERO) + by
    if after:
        totals[key] = after
    else:
        totals.pop(key, None)


def _opened(ledger: Ledger, fact: LayerOpened) -> None:
    layer = layer_of(fact)
    _enter(ledger, layer)
    came_in(ledger, layer)
    ledger.worth += layer.worth
    if not fact.movement:
        ledger.moved_at = max(ledger.moved_at, fact.admitted_at)
    _move(ledger.on_hand, layer.pool, layer.quantity)
    if fact.returned_from:
        demand = _demand(ledger, fact.returned_from, fact.line)
        demand.returned += fact.quantity
        _keep_list(ledger, reservation_id(fact.returned_from, fact.line), demand)
        ledger.returns = [
            r
            for r in ledger.returns
            if (r.order, r.line, r.return_id) != (fact.returned_from, fact.line, fact.receipt)
        ]


def _demand(ledger: Ledger, order: str, line: int) -> Demand:
    return ledger.take_demand(reservation_id(order, line), order, line)


def _keep_list(ledger: Ledger, key: str, demand: Demand) -> None:
    """A reservation stands in the queue exactly while something of it is missing."""
    if demand.missing:
        ledger.short.setdefault(key)
    else:
        ledger.short.pop(key, None)
    ledger.keep_demand(key, demand)


def _reserved(ledger: Ledger, fact: Reserved) -> None:
    demand = _demand(ledger, fact.order, fact.line)
    if not demand.known:
        demand.known, demand.disposition, demand.unit = True, fact.disposition, fact.unit
        demand.ship_on, demand.asked = fact.ship_on, demand.gone + fact.quantity + fact.missing
        demand.period = fact.period
    demand.kept += fact.quantity
    _move(ledger.kept, keep_of(demand.disposition, demand.unit), fact.quantity)
    _keep_list(ledger, reservation_id(fact.order, fact.line), demand)


def _released(ledger: Ledger, fact: ReservationReleased) -> None:
    demand = _demand(ledger, fact.order, fact.line)
    demand.release(fact.quantity + fact.missing)
    if demand.known:
        _move(ledger.kept, keep_of(demand.disposition, demand.unit), -fact.quantity)
    _keep_list(ledger, reservation_id(fact.order, fact.line), demand)


def _gone(ledger: Ledger, fact: Drawn | DrawSuspended, quantity: Decimal) -> None:
    """What left for an order line is no longer kept for it."""
    key = reservation_id(fact.order, fact.line)
    demand = ledger.take_demand(key, fact.order, fact.line)
    used = demand.leave(quantity)
    if fact.draw not in demand.draws:
        demand.draws.append(fact.draw)
    if demand.known:
        _move(ledger.kept, keep_of(demand.disposition, demand.unit), -used)
    _keep_list(ledger, key, demand)


def _draw_of(ledger: Ledger, fact: Drawn | DrawSuspended, unit: str) -> Draw:
    known = fact.cures if isinstance(fact, Drawn) else ledger.draw(fact.draw) is not None
    if known:
        draw = ledger.take_draw(fact.draw)
    else:
        draw = Draw(
            fact.draw,
            fact.order,
            fact.line,
            fact.parcel,
            fact.disposition,
            fact.destination_country,
            unit,
            fact.removed_at,
            fact.removed_on,
            lot=fact.lot,
            period=fact.week if isinstance(fact, Drawn) else fact.period,
        )
        ledger.reversals.pop(fact.draw, None)
    return draw


def _drawn(ledger: Ledger, fact: Drawn) -> None:
    ledger.moved_at = max(ledger.moved_at, fact.removed_at)
    if not fact.cures:
        _gone(ledger, fact, sum((p.quantity for p in fact.pieces), ZERO))
    draw = _draw_of(ledger, fact, fact.pieces[0].unit)
    draw.withdrawals += 1
    for piece in fact.pieces:
        _take(ledger, piece, fact.removed_on)
        draw.takes.append(Take(fact.withdrawal, fact.week, piece.layer, piece.quantity, piece.value))
    ledger.keep_draw(draw)


def _take(ledger: Ledger, piece: Piece, on: str) -> None:
    layer = ledger.layers[piece.layer]
    left_on(ledger, layer, on, piece.quantity, piece.value)
    layer.left, layer.worth = piece.left, layer.worth - piece.value
    ledger.worth -= piece.value
    _move(ledger.on_hand, layer.pool, -piece.quantity)
    if not layer.left:
        _leave(ledger, layer)


def _give_back(ledger: Ledger, piece: Piece, on: str) -> None:
    layer = ledger.layers.get(piece.layer)
    if layer is None:
        layer = ledger.take_layer(piece.layer)
        _enter(ledger, layer)
    left_on(ledger, layer, on, -piece.quantity, -piece.value)
    layer.left, layer.worth = piece.left, layer.worth + piece.value
    ledger.worth += piece.value
    _move(ledger.on_hand, layer.pool, piece.quantity)


def _suspended(ledger: Ledger, fact: DrawSuspended) -> None:
    _gone(ledger, fact, fact.quantity)
    draw = _draw_of(ledger, fact, fact.unit)
    draw.suspended += fact.quantity
    ledger.keep_draw(draw)
    place, rank = len(ledger.suspended), (parse_instant(draw.removed_at), draw.id)
    while place:
        before = ledger.draws[ledger.suspended[place - 1]]
        if (parse_instant(before.removed_at), before.id) < rank:
            break
        place -= 1
    ledger.suspended.insert(place, draw.id)


def _settled(ledger: Ledger, fact: SuspenseSettled) -> None:
    draw = ledger.take_draw(fact.draw)
    draw.suspended = fact.missing
    if not fact.missing:
        ledger.suspended.remove(fact.draw)
    ledger.keep_draw(draw)


def _reversed(ledger: Ledger, fact: DrawReversed) -> None:
    draw = ledger.take_draw(fact.draw)
    for piece in fact.pieces:
        _give_back(ledger, piece, draw.removed_on)
        take = next(t for t in draw.takes if (t.withdrawal, t.layer) == (fact.withdrawal, piece.layer))
        take.quantity -= piece.quantity
        take.value -= piece.value
    draw.takes = [take for take in draw.takes if take.quantity]
    ledger.keep_draw(draw)


# ---- movements ----------------------------------------------------------------------------------


def _moved_goods(ledger: Ledger, fact: GoodsMoved) -> None:
    ledger.moved_at = max(ledger.moved_at, fact.at)
    for piece in fact.pieces:
        _take(ledger, piece, fact.on)
    moved = Moved(
        fact.kind,
        fact.on,
        fact.quantity,
        fact.unit,
        [Take(fact.movement, "", p.layer, p.quantity, p.value) for p in fact.pieces],
        list(fact.opened),
        fact.authority,
        destination=fact.destination,
    )
    ledger.keep_movement(fact.movement, moved)


def _brought_back(ledger: Ledger, fact: GoodsBroughtBack) -> None:
    moved = ledger.take_movement(fact.movement)
    moved.backs.append(fact.back)
    ledger.moved_at = max(ledger.moved_at, fact.at)
    for piece in fact.pieces:
        _give_back(ledger, piece, fact.on)
        take = next(t for t in moved.takes if t.layer == piece.layer)
        take.quantity -= piece.quantity
        take.value -= piece.value
    moved.takes = [take for take in moved.takes if take.quantity]
    ledger.keep_movement(fact.movement, moved)


def _movement_reversed(ledger: Ledger, fact: MovementReversed) -> None:
    moved = ledger.take_movement(fact.movement)
    for piece in fact.emptied:
        never_was(ledger, ledger.layers[piece.layer])
        _take(ledger, piece, fact.on)
    for piece in fact.pieces:
        _give_back(ledger, piece, fact.on)
    moved.reversed, moved.takes = True, []
    ledger.keep_movement(fact.movement, moved)


def _overage(ledger: Ledger, fact: OverageFound) -> None:
    ledger.overages[fact.overage] = Overage(fact.quantity, fact.unit, fact.file_by)


def _allocated(ledger: Ledger, fact: StockAllocated) -> None:
    demand = _demand(ledger, allocation_order(ledger.account, fact.allocation), fact.line)
    demand.known, demand.disposition, demand.unit = True, fact.disposition, fact.unit
    demand.asked = demand.kept = fact.quantity
    _move(ledger.kept, keep_of(demand.disposition, demand.unit), fact.quantity)
    ledger.keep_demand(reservation_id(demand.order, demand.line), demand)


def _allocation_ended(ledger: Ledger, fact: AllocationEnded) -> None:
    demand = _demand(ledger, allocation_order(ledger.account, fact.allocation), fact.line)
    demand.kept = demand.asked = ZERO
    _move(ledger.kept, keep_of(demand.disposition, demand.unit), -fact.quantity)
    ledger.keep_demand(reservation_id(demand.order, demand.line), demand)
    ledger.clocks.pop(f"{ALLOCATION} {fact.allocation} {fact.line}", None)


def _clock_over(ledger: Ledger, fact: ClockExpired | ClockStopped) -> None:
    ledger.clocks.pop(f"{fact.name} {fact.subject}", None)


def _clock(ledger: Ledger, fact: DeadlineSet) -> None:
    ledger.clocks[f"{fact.name} {fact.subject}"] = fact.due_at


def _overage_settled(ledger: Ledger, fact: OverageSettled) -> None:
    ledger.overages[fact.overage].settled = fact.how


def _reversal_waits(ledger: Ledger, fact: ReversalWaits) -> None:
    ledger.reversals.setdefault(fact.request.draw, []).append(fact.request)


def _reversal_taken_up(ledger: Ledger, fact: ReversalTakenUp) -> None:
    waiting = ledger.reversals[fact.request.draw]
    waiting.remove(fact.request)
    if not waiting:
        del ledger.reversals[fact.request.draw]


def _return_waits(ledger: Ledger, fact: ReturnWaits) -> None:
    ledger.returns.append(fact.request)


_CHANGES: dict[type[Any], Callable[[Ledger, Any], None]] = {
    LayerOpened: _opened,
    Reserved: _reserved,
    ReservationReleased: _released,
    Drawn: _drawn,
    DrawSuspended: _suspended,
    SuspenseSettled: _settled,
    DrawReversed: _reversed,
    ReversalWaits: _reversal_waits,
    ReversalTakenUp: _reversal_taken_up,
    ReturnWaits: _return_waits,
    GoodsMoved: _moved_goods,
    GoodsBroughtBack: _brought_back,
    MovementReversed: _movement_reversed,
    OverageFound: _overage,
    OverageSettled: _overage_settled,
    StockAllocated: _allocated,
    AllocationEnded: _allocation_ended,
    DeadlineSet: _clock,
    ClockExpired: _clock_over,
    ClockStopped: _clock_over,
}
