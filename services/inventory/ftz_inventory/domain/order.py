"""Orders: what a shop asked for, and what the warehouse says became of it.

What comes before the order waits for it. A removal never waits and is never hidden: what the warehouse says
left is drawn, also beyond what was ordered.
"""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime

from ftz_common.contracts.common import EventRef, Noted, OutcomeGiven
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.inventory import (
    OrderEventTaken,
    OrderEventWaits,
    OrderLine,
    OrderLineAnswered,
    OrderRecorded,
    ReservationRequested,
)
from ftz_common.values.period import EntryPeriod, regular_period
from ftz_inventory.domain.answering import answered, cleared, outcome, wait
from ftz_inventory.domain.cancelling import cancel_lines, cancel_parcel
from ftz_inventory.domain.destination import destination_of
from ftz_inventory.domain.identity import reservation_id
from ftz_inventory.domain.order_events import Taken, line_unknown
from ftz_inventory.domain.orders import Order, TakeEvent, evolve
from ftz_inventory.domain.selling import in_stock_units, lines_for
from ftz_inventory.domain.sending_back import take_return
from ftz_inventory.domain.shipping import take_shipment


@dataclass(frozen=True, slots=True)
class RecordOrder:
    """An order to be served from the zone, its SKUs already the zone's UINs."""

    destination_country: str
    destination_state: str
    ship_on: str
    lines: tuple[OrderLine, ...]
    event: EventRef
    allocation: str = ""
    entry_period: EntryPeriod = "weekly"


Command = RecordOrder | TakeEvent | OrderLineAnswered


def decide(order: Order, command: Command, _at: datetime) -> Sequence[Fact] | Refusal:
    """The facts of an event or an answer, and of whatever waited for it."""
    facts = _carry_out(order, command)
    if isinstance(facts, Refusal):
        return facts
    waits = bool(order.waiting) and not isinstance(command, OrderLineAnswered)
    if waits or any(told.troubles for told in order.told.values()):
        return _with_consequences(order, facts)
    return facts


def _carry_out(order: Order, command: Command) -> list[Fact] | Refusal:
    match command:
        case RecordOrder():
            return _record(order, command)
        case TakeEvent():
            return _take(order, command)
        case OrderLineAnswered():
            return answered(order, command)


def _with_consequences(order: Order, facts: list[Fact]) -> list[Fact]:
    """Take up what waited, in the order in which it happened, as long as something can be taken up."""
    after = deepcopy(order)
    for fact in facts:
        after = evolve(after, fact)
    facts = list(facts)
    progress = True
    while progress and after.recorded is not None:
        progress = False
        for waiting in sorted(after.waiting, key=lambda w: (w.at, w.event.source, w.event.event)):
            taken = _take_up(after, waiting)
            for fact in taken:
                after = evolve(after, fact)
            facts += taken
            progress = progress or bool(taken)
    return [*facts, *cleared(order, after)]


def _take_up(order: Order, waiting: OrderEventWaits) -> list[Fact]:
    """What waited, if it can be taken up now; with its outcome."""
    lines = tuple(waiting.lines)
    command = TakeEvent(waiting.what, waiting.reference, waiting.at, lines, waiting.event, hold=waiting.hold)
    facts = _take(order, command)
    if isinstance(facts, Refusal):
        refused = OrderEventTaken(
            what=waiting.what,
            reference=waiting.reference,
            at=waiting.at,
            lines=waiting.lines,
            event=waiting.event,
            refused=facts.code,
        )
        return [refused, outcome(order, waiting.event, waiting.what, "refused", facts)]
    if any(isinstance(fact, OrderEventWaits) for fact in facts):
        return []
    answered_already = any(isinstance(fact, OutcomeGiven) for fact in facts)
    return facts if answered_already else [*facts, outcome(order, waiting.event, waiting.what, "accepted")]


def _record(order: Order, command: RecordOrder) -> list[Fact] | Refusal:
    """The destination decides on entry or export (19 CFR 146.1(b)); each line asks for its stock."""
    destination = destination_of(command.destination_country, command.destination_state)
    if isinstance(destination, Refusal):
        return destination
    recorded = OrderRecorded(
        order=order.order,
        issuer=order.issuer,
        disposition=destination.disposition,
        destination_country=destination.country,
        destination_state=destination.state,
        ship_on=command.ship_on,
        lines=list(command.lines),
        event=command.event,
        allocation=command.allocation,
        period=_period(order, command) if destination.disposition == "consumption" else "",
    )
    if order.recorded is not None:
        return _again(order, order.recorded, recorded)
    return [recorded, *(_reservation(order, recorded, line) for line in command.lines)]


def _period(order: Order, command: RecordOrder) -> str:
    return regular_period(command.entry_period, command.ship_on, order.issuer, order.order)


def _reservation(order: Order, recorded: OrderRecorded, line: OrderLine) -> Fact:
    return ReservationRequested(
        to=line.ledger,
        reservation=reservation_id(order.stream, line.line),
        order=order.stream,
        line=line.line,
        quantity=line.quantity,
        unit=line.unit,
        disposition=recorded.disposition,
        ship_on=recorded.ship_on,
        allocation=recorded.allocation,
        period=recorded.period,
    )


def _again(order: Order, first: OrderRecorded, again: OrderRecorded) -> list[Fact] | Refusal:
    same = all(
        getattr(first, name) == getattr(again, name)
        for name in first.__struct_fields__
        if name not in {"event", "period"}
    )
    if same:
        return [Noted(why=f"order {order.order} was recorded before, with the same content")]
    return Refusal(
        code="order-differs",
        reason=f"order {order.order} of {order.issuer} was allocated before with other content",
        citation="policy: an order is recorded once",
        remedy="Cancel the lines that are not wanted, and send what is new as an order of its own number.",
        place="data.order",
    )


def _take(order: Order, command: TakeEvent) -> Taken:
    """The facts of an event, or that it waits, or a rule that says no. Nothing changes what left already."""
    if order.recorded is None:
        return wait(
            order,
            command,
            Refusal(
                code="order-unknown",
                reason=f"order {order.order} of {order.issuer} is not known yet",
                citation="19 CFR 146.24(a)",
                remedy="Send its order.allocated event; this one is taken up then.",
                place="data.order",
            ),
        )
    for place, portion in enumerate(command.lines):
        if not lines_for(order, portion.line, portion.part):
            return line_unknown(order, place, portion.line)
    converted = in_stock_units(order, command)
    if isinstance(converted, Refusal):
        return converted
    command = converted
    match command.what:
        case "shipped":
            return take_shipment(order, command)
        case "cancelled":
            return cancel_parcel(order, command) if command.reference else cancel_lines(order, command)
        case "returned":
            return take_return(order, command)
