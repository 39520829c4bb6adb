"""The ledger: one writer for the stock of one UIN. Every movement is a request that it answers.

Whatever order requests come in, the book ends the same: what comes before its cause waits here, and what
was missing is supplied as soon as something is there that may serve it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ftz_common.contracts.admissions import GoodsAdmitted
from ftz_common.contracts.common import DeadlineSet, Noted
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.inventory import (
    DrawRequested,
    LayerOpened,
    LineResult,
    OrderLineAnswered,
    ReleaseRequested,
    ReservationReleased,
    ReservationRequested,
    Reserved,
    ReturnRequested,
    ReversalRequested,
)
from ftz_common.contracts.movements import OpeningRequested, StatusChangeRefused
from ftz_common.values.exact import ZERO, plain
from ftz_common.values.names import stream_name
from ftz_inventory.domain.allocating import (
    Allocate,
    EndAllocation,
    allocate,
    end,
    end_allocation,
    expire_allocation,
)
from ftz_inventory.domain.consuming import Consume, GiveBack, consume, give_back
from ftz_inventory.domain.definite import would_leave
from ftz_inventory.domain.draft import Draft
from ftz_inventory.domain.identity import layer_id
from ftz_inventory.domain.method import FIFO, Method
from ftz_inventory.domain.moves import (
    BringBack,
    ChangePermitted,
    FindOverage,
    Move,
    MoveCommand,
    ReceiveFromZone,
    ReverseMovement,
    SendHistory,
    SettleOverage,
)
from ftz_inventory.domain.moving import move, open_made
from ftz_inventory.domain.removal import cure, draw, reverse, take_up_reversals
from ftz_inventory.domain.returning import return_goods, take_up_returns
from ftz_inventory.domain.settling import (
    bring_back,
    expire,
    find_overage,
    receive_from_zone,
    reverse_movement,
    send_history,
    settle_overage,
)
from ftz_inventory.domain.shortage import why_short
from ftz_inventory.domain.stock import Demand, Ledger


@dataclass(frozen=True, slots=True)
class InZone:
    """A request with the calendar of the zone that it happens in: local dates and weeks follow from it.

    `method`: the account's inventory method; the facts say which one chose the layers.
    """

    request: DrawRequested | ReversalRequested | ReturnRequested
    timezone: str
    week_starts: int
    method: Method = FIFO


@dataclass(frozen=True, slots=True)
class Admit:
    """Goods were admitted; `method`: by which a removal that lacked them is cured."""

    goods: GoodsAdmitted
    method: Method = FIFO


Command = (
    Admit
    | ReservationRequested
    | ReleaseRequested
    | InZone
    | MoveCommand
    | ChangePermitted
    | Allocate
    | EndAllocation
    | Consume
    | GiveBack
    | OpeningRequested
    | DeadlineSet
)


def start(parts: tuple[str, ...]) -> Ledger:
    """An empty ledger: ("ledger", zone, site, account, uin)."""
    _, zone, site, account, uin = parts
    return Ledger(stream_name(*parts), zone, site, account, uin)


def decide(ledger: Ledger, command: Command, _at: datetime) -> Sequence[Fact] | Refusal:
    """The facts that a request causes, with everything that becomes possible by them."""
    if isinstance(command, ChangePermitted):
        return _permitted(ledger, command, _at)
    draft = _draft(ledger, command)
    refusal = _carry_out(draft, command)
    if refusal is not None:
        return refusal
    before = -1
    while before != len(draft.facts):
        before = len(draft.facts)
        cure(draft)
        take_up_returns(draft)
        take_up_reversals(draft)
    _keep_for_the_waiting(draft)
    return draft.facts


def _permitted(ledger: Ledger, command: ChangePermitted, at: datetime) -> Sequence[Fact]:
    """What CBP permitted is done, or the book says why it cannot: somebody must know (19 CFR 146.23(b))."""
    done = decide(ledger, command.move, at)
    if not isinstance(done, Refusal):
        return done
    change = command.change
    return [
        StatusChangeRefused(
            movement=change.movement,
            admission=change.admission,
            admission_number=change.admission_number,
            line=change.line,
            uin=change.uin,
            quantity=change.quantity,
            unit=change.unit,
            status=change.status,
            code=done.code,
            reason=done.reason,
            citation=done.citation,
            remedy=done.remedy,
        )
    ]


def _draft(ledger: Ledger, command: Command) -> Draft:
    match command:
        case Admit(goods=goods):
            return Draft(ledger, goods.timezone, goods.week_starts, command.method)
        case InZone():
            return Draft(ledger, command.timezone, command.week_starts, command.method)
        case OpeningRequested(layer=layer):
            return Draft(ledger, layer.timezone, layer.week_starts)
        case (
            Move()
            | Consume()
            | GiveBack()
            | ReceiveFromZone()
            | BringBack()
            | ReverseMovement()
            | FindOverage()
        ):
            local = command.local
            return Draft(ledger, local.timezone, local.week_starts, local.method)
        case _:
            return Draft(ledger)


def _carry_out(draft: Draft, command: Any) -> Refusal | None:
    match command:
        case Admit():
            return _admit(draft, command.goods)
        case ReservationRequested():
            _reserve(draft, command)
        case ReleaseRequested():
            _release(draft, command)
        case InZone(request=DrawRequested() as request):
            draw(draft, request)
        case InZone(request=ReversalRequested() as request):
            reverse(draft, request)
        case InZone(request=ReturnRequested() as request):
            return_goods(draft, request)
        case OpeningRequested():
            open_made(draft, command)
        case DeadlineSet(name="allocation"):
            expire_allocation(draft, command)
        case DeadlineSet():
            expire(draft, command)
        case Consume():
            consume(draft, command)
        case EndAllocation():
            end_allocation(draft, command)
        case _:
            return _move(draft, command)
    return None


_MOVES: dict[type[Any], Callable[[Draft, Any], Refusal | None]] = {
    Move: move,
    ReceiveFromZone: receive_from_zone,
    BringBack: bring_back,
    ReverseMovement: reverse_movement,
    SendHistory: send_history,
    FindOverage: find_overage,
    SettleOverage: settle_overage,
    Allocate: allocate,
    GiveBack: give_back,
}


def _move(draft: Draft, command: object) -> Refusal | None:
    if (carry_out := _MOVES.get(type(command))) is None:
        raise TypeError(f"a ledger knows no {type(command).__name__}")
    return carry_out(draft, command)


def _admit(draft: Draft, goods: GoodsAdmitted) -> Refusal | None:
    """Counted and authorised goods are a layer, with what duty needs of their 214 (19 CFR 146.22(d))."""
    ledger, layer = draft.ledger, layer_id(goods.admission, goods.line, goods.receipt)
    if goods.quantity <= 0 or goods.value < 0:
        return Refusal(
            code="layer-without-quantity",
            reason=f"{plain(goods.quantity)} {goods.unit} worth {plain(goods.value)} USD is no stock",
            citation="19 CFR 146.22(d)",
            remedy="Correct the count or the value of the admission's line.",
            place=f"{goods.admission} line {goods.line}",
        )
    if ledger.has_layer(layer):
        draft.facts.append(Noted(why=f"layer {layer} is open already"))
        return None
    draft.open(
        LayerOpened(
            layer=layer,
            zone=ledger.zone,
            site=ledger.site,
            account=ledger.account,
            uin=ledger.uin,
            admission=goods.admission,
            admission_number=goods.admission_number,
            line=goods.line,
            receipt=goods.receipt,
            admitted_on=goods.admitted_on,
            admitted_at=goods.admitted_at,
            quantity=goods.quantity,
            unit=goods.unit,
            value=goods.value,
            status=goods.status,
            pf_filed_on=goods.pf_filed_on,
            origin=goods.origin,
            number=goods.number,
            revision=goods.revision,
            decision=goods.decision,
            timezone=goods.timezone,
            week_starts=goods.week_starts,
            measures=goods.measures,
            arrival=goods.arrival,
        )
    )
    return None


def _reserve(draft: Draft, request: ReservationRequested) -> None:
    """Keep what is there and not promised; the rest is kept as soon as it comes, first asked first served.

    What already left for this order line, or is no longer wanted, is not kept again.
    """
    demand = draft.demand(request.order, request.line)
    if demand.known:
        draft.facts.append(Noted(why=f"reservation {request.reservation} is here already"))
        return
    if request.allocation:
        end(draft, request.allocation, request.line, "ordered")
    demand.known, demand.asked, demand.unit = True, request.quantity, request.unit
    demand.disposition, demand.ship_on = request.disposition, request.ship_on
    demand.period = request.period
    _keep(draft, request.reservation, demand)


def _keep(draft: Draft, reservation: str, demand: Demand) -> None:
    kept = min(demand.missing, draft.available(demand.disposition, demand.unit))
    goods = would_leave(draft, demand, kept) if demand.period else []
    demand.kept += kept
    draft.keep(demand, kept)
    result: LineResult = "short" if demand.missing else "reserved"
    code, reason = ("", "")
    if demand.missing:
        code, reason = why_short(draft, demand.disposition, demand.unit, removed=False)
    draft.facts += [
        Reserved(
            reservation=reservation,
            order=demand.order,
            line=demand.line,
            quantity=kept,
            unit=demand.unit,
            missing=demand.missing,
            disposition=demand.disposition,
            ship_on=demand.ship_on,
            period=demand.period,
            goods=goods,
        ),
        OrderLineAnswered(
            to=demand.order,
            line=demand.line,
            reference=reservation,
            result=result,
            quantity=kept,
            missing=demand.missing,
            code=code,
            reason=reason,
        ),
    ]


def _release(draft: Draft, request: ReleaseRequested) -> None:
    """Not wanted any more: first what was missing, then what was kept."""
    demand = draft.demand(request.order, request.line)
    freed = demand.release(request.quantity)
    draft.keep(demand, -freed)
    draft.facts += [
        ReservationReleased(
            reservation=request.reservation,
            order=request.order,
            line=request.line,
            quantity=freed,
            missing=request.quantity - freed,
            period=demand.period,
        ),
        OrderLineAnswered(
            to=request.order,
            line=request.line,
            reference=request.reservation,
            result="released",
            quantity=request.quantity,
            missing=demand.missing,
        ),
    ]


def _keep_for_the_waiting(draft: Draft) -> None:
    """Stock that became free is kept for those who were short, in the order in which they asked."""
    ledger = draft.ledger
    if not draft.freed or not ledger.short:
        return
    for reservation in ledger.short:
        known = ledger.demands[reservation]
        if draft.available(known.disposition, known.unit) > ZERO:
            demand = draft.demand(known.order, known.line)
            if demand.missing:
                _keep(draft, reservation, demand)
