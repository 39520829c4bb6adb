"""A layer: one admission increment of the stock, what of it left on which day, and where it waits."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

import msgspec

from ftz_common.contracts.inventory import Content, Disposition, LayerOpened, Opening, Piece
from ftz_common.contracts.reference import UnitMeasure
from ftz_common.values.exact import share

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
    hold: str = (
        ""  #: goods that stand on this hold: named by it, they are meant though nothing else takes them
    )

    def fits(self, layer: "Layer") -> bool:
        """Whether a layer is among the goods that are meant."""
        return (
            self.layer in ("", layer.id)
            and self.lot in ("", layer.zone_lot)
            and self.status in ("", layer.status)
            and self.origin in ("", layer.origin)
            and self.location in ("", layer.location)
            and (not self.hold or self.hold in layer.holds)
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
    returned_from: str = ""  #: of a customer's return: the order; `line` is the order's
    opened_on: str = ""  #: local date from which it counts; "" for one that its movement never opened
    out: dict[str, tuple[Decimal, Decimal]] = field(
        default_factory=dict[str, tuple[Decimal, Decimal]]
    )  #: quantity and value that left it on a local date, less what came back of it

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
            admission_line=self.line,
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
                waste=_between(content.waste, left, quantity, self.quantity),
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
        returned_from=fact.returned_from,
        opened_on=fact.opened_on or fact.admitted_on,
    )


def pool_of(status: str, unit: str) -> str:
    """The pool of a status and unit."""
    return f"{status}/{unit}"
