"""The state of a ledger: layers in the order in which they leave, what is wanted of them, what left."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from ftz_common.contracts.inventory import (
    Disposition,
    LayerOpened,
    Piece,
    ReturnRequested,
    ReversalRequested,
)
from ftz_common.contracts.reference import UnitMeasure
from ftz_common.values.exact import ZERO

Status = Literal["P", "N", "D", "Z"]

#: Statuses that may leave this way. Zone-restricted goods never enter for consumption without an order of
#: the Board (19 CFR 146.44(a), 15 CFR 400.48).
ELIGIBLE: dict[Disposition, tuple[Status, ...]] = {
    "consumption": ("P", "N", "D"),
    "export": ("P", "N", "D", "Z"),
}
#: Statuses that owe duty when they enter, and so leave under cover of an estimate.
FOREIGN: tuple[Status, ...] = ("P", "N")


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

    @property
    def rank(self) -> tuple[str, str, int, str, str]:
        """First in, first out: admission date, 214 number, line, receipt (19 CFR 146.23(a)(2))."""
        return (self.admitted_on, self.admission_number, self.line, self.receipt, self.id)

    @property
    def pool(self) -> str:
        """The pool it stands in while it holds anything."""
        return pool_of(self.status, self.unit)

    def piece(self, quantity: Decimal, value: Decimal, left: Decimal) -> Piece:
        """What a fact says about a part of this layer."""
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
        )


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
    )


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
    spent: dict[str, Layer] = field(default_factory=dict[str, Layer])
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

    def layer(self, layer: str) -> Layer:
        """An open or exhausted layer; raises KeyError for one that was never here."""
        return self.layers.get(layer) or self.spent[layer]


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
