"""The state of an order: what was asked, what left in which parcel, what waits, what the ledgers said."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from ftz_common.contracts.common import EventRef
from ftz_common.contracts.inventory import (
    Disposition,
    OrderEventTaken,
    OrderEventWaits,
    OrderLineMoved,
    OrderRecorded,
    Portion,
)
from ftz_common.values.exact import ZERO
from ftz_common.values.names import stream_name
from ftz_inventory.domain.identity import cancellation_reference, draw_id, reservation_id, return_reference

Happening = Literal["shipped", "cancelled", "returned"]
EventType = Literal["allocated"] | Happening
Trouble = Literal["waiting", "suspended"]


@dataclass(slots=True)
class Line:
    """A line: what was asked, and how much of it left, was cancelled before packing, or came back."""

    line: int
    uin: str
    ledger: str
    quantity: Decimal
    unit: str
    of_line: int = 0  #: the order's line, where this is a part of a kit or the order counts in packs
    per: Decimal = Decimal(1)  #: of it in one unit of the order's line
    each: Decimal = ZERO  #: of the order line's unit in one of it, where that weighs or measures it
    shipped: Decimal = ZERO
    cancelled: Decimal = ZERO
    returned: Decimal = ZERO
    short: Decimal = ZERO  #: what the ledger last said it could not keep
    suspended: dict[str, Decimal] = field(default_factory=dict[str, Decimal])  #: not in the book, by draw

    @property
    def open(self) -> Decimal:
        """Asked, and neither left nor cancelled."""
        return max(ZERO, self.quantity - self.cancelled - self.shipped)

    @property
    def missing(self) -> Decimal:
        """Open, and not there to keep."""
        return min(self.open, self.short)


@dataclass(slots=True)
class Packed:
    """What a parcel holds of one line; `left`: less what was taken back."""

    line: int
    draw: str
    quantity: Decimal
    left: Decimal


@dataclass(slots=True)
class Parcel:
    """A parcel that left. `turn`: how often it was taken back and left again."""

    id: str
    at: str
    turn: int = 0
    packed: list[Packed] = field(default_factory=list[Packed])

    @property
    def is_back(self) -> bool:
        """All of it was taken back."""
        return all(not each.left for each in self.packed)


@dataclass(slots=True)
class Told:
    """A platform's event that the ledgers' answers bear on; `troubles`: what stands, by reference."""

    event: EventRef
    what: EventType
    troubles: dict[str, Trouble] = field(default_factory=dict[str, Trouble])


@dataclass(slots=True)
class Order:
    """One order of an issuer."""

    stream: str
    account: str
    issuer: str
    order: str
    recorded: OrderRecorded | None = None
    lines: dict[int, Line] = field(default_factory=dict[int, Line])
    parcels: dict[str, Parcel] = field(default_factory=dict[str, Parcel])
    returns: dict[str, list[tuple[int, Decimal]]] = field(
        default_factory=dict[str, list[tuple[int, Decimal]]]
    )
    waiting: list[OrderEventWaits] = field(default_factory=list[OrderEventWaits])
    told: dict[str, Told] = field(default_factory=dict[str, Told])  #: by event
    references: dict[str, str] = field(default_factory=dict[str, str])  #: reservation, draw, return → event

    @property
    def disposition(self) -> Disposition:
        """How its goods leave; raises when the order is not known."""
        assert self.recorded is not None  # noqa: S101 callers asked first
        return self.recorded.disposition


@dataclass(frozen=True, slots=True)
class TakeEvent:
    """What became of an order: a parcel left, parts were cancelled, or goods came back.

    `reference` is the parcel or return id, "" for parts that are not packed; `at` an instant; a
    cancellation without lines means all. Quantities are above zero, in the unit of the order's line.
    """

    what: Happening
    reference: str
    at: str
    lines: tuple[Portion, ...]
    event: EventRef
    dropped_fields: tuple[str, ...] = ()  #: what the event carried and no contract knows
    hold: str = ""  #: of a return
    said: tuple[Portion, ...] = ()  #: `lines` as they were said, where the order counts in packs or kits


def start(parts: tuple[str, ...]) -> Order:
    """An order nobody told us of yet: ("order", account, issuer, order)."""
    _, account, issuer, order = parts
    return Order(stream_name(*parts), account, issuer, order)


def event_key(event: EventRef) -> str:
    """The key of an event in the state."""
    return stream_name(event.source, event.event)


def evolve(order: Order, fact: Any) -> Order:
    """The order after a fact."""
    match fact:
        case OrderRecorded():
            _recorded(order, fact)
        case OrderEventWaits():
            order.waiting.append(fact)
        case OrderEventTaken():
            order.waiting = [w for w in order.waiting if w.event != fact.event]
            if not fact.refused:
                _TAKEN[fact.what](order, fact)
        case OrderLineMoved():
            _moved(order, fact)
        case _:
            pass
    return order


def _recorded(order: Order, fact: OrderRecorded) -> None:
    order.recorded = fact
    for line in fact.lines:
        order.lines[line.line] = Line(
            line.line, line.uin, line.ledger, line.quantity, line.unit, line.of_line, line.per, line.each
        )
        _refer(order, reservation_id(order.stream, line.line), "allocated", fact.event)


def _refer(order: Order, reference: str, what: EventType, event: EventRef) -> None:
    key = event_key(event)
    order.told.setdefault(key, Told(event, what))
    order.references[reference] = key


def _shipped(order: Order, fact: OrderEventTaken) -> None:
    if not fact.lines:
        return
    parcel = order.parcels.get(fact.reference)
    if parcel is None or parcel.is_back:
        parcel = Parcel(fact.reference, fact.at, parcel.turn + 1 if parcel else 0)
        order.parcels[fact.reference] = parcel
    for portion in fact.lines:
        draw = draw_id(order.stream, portion.line, parcel.id, parcel.turn)
        parcel.packed.append(Packed(portion.line, draw, portion.quantity, portion.quantity))
        order.lines[portion.line].shipped += portion.quantity
        _refer(order, draw, "shipped", fact.event)
        _forget_short(order, portion.line)


def _cancelled(order: Order, fact: OrderEventTaken) -> None:
    for portion in fact.lines:
        line = order.lines[portion.line]
        if not fact.reference:
            line.cancelled += portion.quantity
            _forget_short(order, portion.line)
            continue
        packed = next(p for p in order.parcels[fact.reference].packed if p.line == portion.line and p.left)
        packed.left -= portion.quantity
        reference = cancellation_reference(packed.draw, event_key(fact.event))
        _refer(order, reference, "cancelled", fact.event)
        line.shipped -= portion.quantity


def _returned(order: Order, fact: OrderEventTaken) -> None:
    if not fact.lines:
        return
    order.returns[fact.reference] = [(p.line, p.quantity) for p in fact.lines]
    for portion in fact.lines:
        order.lines[portion.line].returned += portion.quantity
        _refer(order, return_reference(order.stream, portion.line, fact.reference), "returned", fact.event)


def _forget_short(order: Order, line: int) -> None:
    """Nothing is open any more: what could not be kept does not matter."""
    if not order.lines[line].open:
        reference = reservation_id(order.stream, line)
        order.told[order.references[reference]].troubles.pop(reference, None)


_TAKEN = {"shipped": _shipped, "cancelled": _cancelled, "returned": _returned}


def _moved(order: Order, fact: OrderLineMoved) -> None:
    told = order.told.get(order.references.get(fact.reference, ""))
    if told is None:
        return
    if told.what == "allocated":
        order.lines[fact.line].short = fact.missing
    elif told.what == "shipped":
        order.lines[fact.line].suspended[fact.reference] = fact.missing
        if not fact.missing:
            del order.lines[fact.line].suspended[fact.reference]
    if fact.missing:
        told.troubles[fact.reference] = "waiting" if told.what == "allocated" else "suspended"
    else:
        told.troubles.pop(fact.reference, None)
