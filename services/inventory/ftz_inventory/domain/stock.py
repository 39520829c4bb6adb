"""The state of a ledger: layers in the order in which they leave, what is wanted of them, what left."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any, Literal, get_type_hints

import msgspec

from ftz_common.contracts.inventory import (
    Content,
    Disposition,
    LayerOpened,
    Opening,
    Piece,
    ReturnRequested,
    ReversalRequested,
)
from ftz_common.contracts.movements import Movement
from ftz_common.contracts.reference import UnitMeasure
from ftz_common.values.exact import ZERO, share

Status = Literal["P", "N", "D", "Z"]

#: Statuses that may leave this way. Zone-restricted goods never enter for consumption without an order of
#: the Board (19 CFR 146.44(a), 15 CFR 400.48).
ELIGIBLE: dict[Disposition, tuple[Status, ...]] = {
    "consumption": ("P", "N", "D"),
    "export": ("P", "N", "D", "Z"),
}
#: Statuses that owe duty when they enter, and so leave under cover of an estimate.
FOREIGN: tuple[Status, ...] = ("P", "N")


#: Before the name of a pool or queue of goods on hold.
HELD = "!"


@dataclass(frozen=True, slots=True)
class Which:
    """Which of the goods are meant, where somebody names them; "" leaves it to the inventory method."""

    layer: str = ""
    lot: str = ""
    status: str = ""
    origin: str = ""
    location: str = ""

    def fits(self, layer: "Layer") -> bool:
        """Whether a layer is among the goods that are meant."""
        return (
            self.layer in ("", layer.id)
            and self.lot in ("", layer.zone_lot)
            and self.status in ("", layer.status)
            and self.origin in ("", layer.origin)
            and self.location in ("", layer.location)
        )


ANY = Which()


@dataclass(slots=True)
class Layer:
    """One admission increment. `left` and `worth`: the quantity in it now, and its exact value in USD."""

    id: str
    admission: str
    admission_number: str
    line: int
    receipt: str
    admitted_on: str
    admitted_at: str
    quantity: Decimal
    unit: str
    value: Decimal
    status: Status
    pf_filed_on: str | None
    origin: str
    number: str
    revision: str
    decision: str
    measures: list[UnitMeasure]
    left: Decimal
    worth: Decimal
    lot: str = ""
    location: str = ""
    holds: list[str] = field(default_factory=list[str])
    contents: list[Content] = field(default_factory=list[Content])
    opened_by: Opening = ""
    parent: str = ""

    @property
    def rank(self) -> tuple[str, str, int, str, str]:
        """First in, first out: admission date, 214 number, line, receipt (19 CFR 146.23(a)(2))."""
        return (self.admitted_on, self.admission_number, self.line, self.receipt, self.id)

    @property
    def pool(self) -> str:
        """What its quantity is summed under; goods on hold stand apart."""
        return f"{HELD}{pool_of(self.status, self.unit)}" if self.holds else pool_of(self.status, self.unit)

    @property
    def queue(self) -> str:
        """Where it waits to leave while it holds anything."""
        return f"{HELD if self.holds else ''}{self.status}/{self.origin}/{self.unit}"

    @property
    def zone_lot(self) -> str:
        """The zone lot that names it (19 CFR 146.23(a)(1)): by default its 214 and line."""
        return self.lot or f"{self.admission_number}/{self.line}"

    def piece(self, quantity: Decimal, value: Decimal, left: Decimal, *, back: bool = False) -> Piece:
        """What a fact says about a part of this layer that leaves it, or comes back to it."""
        return Piece(
            layer=self.id,
            admission=self.admission,
            admission_number=self.admission_number,
            admitted_on=self.admitted_on,
            quantity=quantity,
            unit=self.unit,
            value=value,
            left=left,
            status=self.status,
            pf_filed_on=self.pf_filed_on,
            origin=self.origin,
            number=self.number,
            revision=self.revision,
            decision=self.decision,
            measures=self.measures,
            contents=self.shares(quantity, left - quantity if back else left),
        )

    def shares(self, quantity: Decimal, left: Decimal) -> list[Content]:
        """Of the content of made goods, the share of `quantity` next to the `left`: shares add up."""
        return [
            msgspec.structs.replace(
                content,
                quantity=_between(content.quantity, left, quantity, self.quantity),
                value=_between(content.value, left, quantity, self.quantity),
            )
            for content in self.contents
        ]


def _between(total: Decimal, left: Decimal, quantity: Decimal, whole: Decimal) -> Decimal:
    gone = whole - left
    return share(total, gone, whole) - share(total, gone - quantity, whole)


def layer_of(fact: LayerOpened) -> Layer:
    """The full layer that a fact opens."""
    return Layer(
        id=fact.layer,
        admission=fact.admission,
        admission_number=fact.admission_number,
        line=fact.line,
        receipt=fact.receipt,
        admitted_on=fact.admitted_on,
        admitted_at=fact.admitted_at,
        quantity=fact.quantity,
        unit=fact.unit,
        value=fact.value,
        status=fact.status,
        pf_filed_on=fact.pf_filed_on,
        origin=fact.origin,
        number=fact.number,
        revision=fact.revision,
        decision=fact.decision,
        measures=fact.measures,
        left=fact.quantity,
        worth=fact.value,
        lot=fact.lot,
        location=fact.location,
        holds=list(fact.holds),
        contents=fact.contents,
        opened_by=fact.opened_by,
        parent=fact.parent,
    )


_NAMES = tuple(each.name for each in fields(Layer))
_packed_type: Any = tuple.__class_getitem__(tuple(get_type_hints(Layer)[name] for name in _NAMES))
_unpacker = msgspec.msgpack.Decoder[Any](_packed_type)
_packer = msgspec.msgpack.Encoder()


def packed(layer: Layer) -> bytes:
    """A layer that nothing touches any more, in a fifth of the memory: ledgers keep them by the million."""
    return _packer.encode([getattr(layer, name) for name in _NAMES])


def unpacked(body: bytes) -> Layer:
    """The layer again."""
    return Layer(*_unpacker.decode(body))


@dataclass(slots=True)
class Demand:
    """What one order line wants here. `gone`: drawn or no longer wanted; it may be told before `asked`."""

    order: str
    line: int
    disposition: Disposition = "consumption"
    ship_on: str = ""
    unit: str = ""
    known: bool = False  #: the reservation itself has come
    asked: Decimal = ZERO
    gone: Decimal = ZERO
    kept: Decimal = ZERO
    returned: Decimal = ZERO
    draws: list[str] = field(default_factory=list[str])

    @property
    def missing(self) -> Decimal:
        """Wanted, and not there to keep."""
        return max(ZERO, self.asked - self.gone - self.kept)

    def leave(self, quantity: Decimal) -> Decimal:
        """Goods left for it: what was kept goes first. Returns how much kept stock that used."""
        used = min(self.kept, quantity)
        self.kept -= used
        self.gone += quantity
        return used

    def release(self, quantity: Decimal) -> Decimal:
        """Not wanted any more: what was missing goes first. Returns how much kept stock is free again."""
        self.gone += quantity
        freed = self.kept - min(self.kept, max(ZERO, self.asked - self.gone))
        self.kept -= freed
        return freed


@dataclass(slots=True)
class Take:
    """What a withdrawal holds of one layer, less what was given back."""

    withdrawal: str
    week: str
    layer: str
    quantity: Decimal
    value: Decimal


@dataclass(slots=True)
class Draw:
    """Goods that left, kept so that they can be taken back to the layers they came from."""

    id: str
    order: str
    line: int
    parcel: str
    disposition: Disposition
    destination_country: str
    unit: str
    removed_at: str
    removed_on: str
    suspended: Decimal = ZERO
    withdrawals: int = 0
    takes: list[Take] = field(default_factory=list[Take])
    lot: str = ""  #: the zone lot that was named, "" none

    @property
    def held(self) -> Decimal:
        """What it holds of layers."""
        return sum((take.quantity for take in self.takes), ZERO)

    @property
    def which(self) -> Which:
        """What of the stock may serve it."""
        return Which(lot=self.lot)


@dataclass(slots=True)
class Moved:
    """A movement, kept so that it can be brought back or taken back. `week` of its takes is empty."""

    kind: Movement
    on: str
    quantity: Decimal
    unit: str
    takes: list[Take]
    opened: list[str]
    authority: str = ""
    reversed: bool = False
    backs: list[str] = field(default_factory=list[str])  #: returns of a temporary removal
    destination: str = ""

    @property
    def out(self) -> Decimal:
        """What it still holds of its layers."""
        return sum((take.quantity for take in self.takes), ZERO)


@dataclass(slots=True)
class Overage:
    """Goods found that the book does not have."""

    quantity: Decimal
    unit: str
    file_by: str
    settled: str = ""


@dataclass(slots=True)
class Ledger:
    """One UIN of an account at a site.

    `pools` hold the ids of the layers with anything in them, by status and unit, newest first: the next to
    leave is at the end. A new way to set layers apart (a hold, a scope of FIFO) is a new pool key.
    """

    stream: str
    zone: str
    site: str
    account: str
    uin: str
    layers: dict[str, Layer] = field(default_factory=dict[str, Layer])
    spent: dict[str, bytes] = field(default_factory=dict[str, bytes])  #: exhausted layers, `packed`
    pools: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    on_hand: dict[str, Decimal] = field(default_factory=dict[str, Decimal])  #: by pool
    kept: dict[str, Decimal] = field(default_factory=dict[str, Decimal])  #: by `keep_of`
    demands: dict[str, Demand] = field(default_factory=dict[str, Demand])  #: by reservation
    short: dict[str, None] = field(default_factory=dict[str, None])  #: reservations, in turn
    draws: dict[str, Draw] = field(default_factory=dict[str, Draw])
    suspended: list[str] = field(default_factory=list[str])  #: draws, in order of removal
    reversals: dict[str, list[ReversalRequested]] = field(
        default_factory=dict[str, list[ReversalRequested]]
    )  #: by draw, before it came
    returns: list[ReturnRequested] = field(default_factory=list[ReturnRequested])
    movements: dict[str, Moved] = field(default_factory=dict[str, Moved])
    overages: dict[str, Overage] = field(default_factory=dict[str, Overage])
    worth: Decimal = ZERO  #: USD of all that is in it
    moved_at: str = ""  #: the latest instant at which something came or went
    clocks: dict[str, str] = field(default_factory=dict[str, str])  #: "name subject" -> local date it is due

    def layer(self, layer: str) -> Layer:
        """An open or exhausted layer; raises KeyError for one that was never here."""
        return self.layers.get(layer) or unpacked(self.spent[layer])

    def every_layer(self) -> Iterator[Layer]:
        """Open layers, then exhausted ones. There may be a million: stop early."""
        yield from self.layers.values()
        yield from map(unpacked, self.spent.values())


def pool_of(status: str, unit: str) -> str:
    """The pool of a status and unit."""
    return f"{status}/{unit}"


def keep_of(disposition: str, unit: str) -> str:
    """What reservations of a disposition and unit are summed under."""
    return f"{disposition}/{unit}"


def available(
    on_hand: dict[str, Decimal], kept: dict[str, Decimal], disposition: Disposition, unit: str
) -> Decimal:
    """What can still be promised: on hand and eligible, less what is promised already, never below zero.

    Promises to exports are first held against zone-restricted stock, which nothing else may use.
    """
    free = sum((on_hand.get(pool_of(s, unit), ZERO) for s in ELIGIBLE["consumption"]), ZERO)
    restricted = on_hand.get(pool_of("Z", unit), ZERO)
    consumption = kept.get(keep_of("consumption", unit), ZERO)
    export = kept.get(keep_of("export", unit), ZERO)
    if disposition == "export":
        return max(ZERO, free + restricted - consumption - export)
    return max(ZERO, free - consumption - max(ZERO, export - restricted))
