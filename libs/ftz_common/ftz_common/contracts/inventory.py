"""Facts of inventory: orders, ledgers of layers, cover."""

from decimal import Decimal
from typing import Literal

from ftz_common.contracts.common import EventRef
from ftz_common.contracts.duty import EstimateLine
from ftz_common.contracts.fact import Fact, Part
from ftz_common.contracts.filing import Arrival
from ftz_common.contracts.reference import UnitMeasure

Disposition = Literal["consumption", "export"]
LineResult = Literal[
    "reserved", "short", "drawn", "suspended", "cured", "released", "reversed", "returned", "refused"
]


class OrderLine(Part, frozen=True, kw_only=True):
    """A line of an order in the zone's names and stock units. `ledger`: the stream that serves it.

    Where it is a part of a kit, or the order counts in packs, `of_line` is the order's line, and one unit of
    that is `per` of this; where the order weighs or measures, one unit of this is `each` of that.
    """

    line: int
    uin: str
    ledger: str
    quantity: Decimal
    unit: str
    of_line: int = 0
    per: Decimal = Decimal(1)
    each: Decimal = Decimal(0)


class Portion(Part, frozen=True, kw_only=True):
    """Some quantity of one order line. `lot`: the zone lot it was picked from, where one is named.

    `part`: of a kit, while it waits for its order: only this part of it.
    """

    line: int
    quantity: Decimal
    lot: str = ""
    part: str = ""


class OrderRecorded(Fact, frozen=True, kw_only=True):
    """An order to be served from the zone. US consumption includes Puerto Rico; Guam and USVI are exports."""

    order: str
    issuer: str
    disposition: Disposition
    destination_country: str
    destination_state: str
    ship_on: str
    lines: list[OrderLine]
    event: EventRef
    allocation: str = ""  #: under which its lines were kept, by the same numbers
    period: str = ""  #: of the entry that its goods are entered in; "": the week of their removal


class OrderEventWaits(Fact, frozen=True, kw_only=True):
    """A shipment, cancellation or return that came before its order; taken up when the order comes."""

    what: Literal["shipped", "cancelled", "returned"]
    reference: str  #: parcel or return id
    at: str
    lines: list[Portion]
    event: EventRef
    hold: str = ""  #: of a return


class OrderEventTaken(Fact, frozen=True, kw_only=True):
    """A shipment, cancellation or return that its order took up, with what it came to.

    `lines` is what it changed, one portion per line: a cancellation counts only what had not left.
    `refused`: the code, when it had waited and a rule said no once the order was known.
    """

    what: Literal["shipped", "cancelled", "returned"]
    reference: str  #: parcel or return id; "" for a cancellation of what is not packed
    at: str
    lines: list[Portion]
    event: EventRef
    refused: str = ""


class ReservationRequested(Fact, frozen=True, kw_only=True):
    """Keep stock for an order line. `to`: the ledger; `reservation`: its id."""

    to: str
    reservation: str
    order: str  #: stream
    line: int
    quantity: Decimal
    unit: str
    disposition: Disposition
    ship_on: str
    allocation: str = ""  #: that kept the stock before there was an order
    period: str = ""  #: of the entry, where it is not the week of the removal


class DrawRequested(Fact, frozen=True, kw_only=True):
    """Goods of an order line left the zone. `to`: the ledger."""

    to: str
    draw: str
    reservation: str
    order: str
    line: int
    parcel: str
    quantity: Decimal
    unit: str
    disposition: Disposition
    destination_country: str
    removed_at: str
    event: EventRef
    lot: str = ""  #: the zone lot that was picked, where goods are identified by it
    period: str = ""  #: of the entry, where it is not the week of the removal


class ReleaseRequested(Fact, frozen=True, kw_only=True):
    """What is reserved for an order line is no longer wanted. `to`: the ledger."""

    to: str
    reservation: str
    order: str
    line: int
    quantity: Decimal


class ReversalRequested(Fact, frozen=True, kw_only=True):
    """Cancelled before leaving: the draw goes back to the layers it came from. `to`: the ledger."""

    to: str
    draw: str
    order: str
    line: int
    quantity: Decimal
    reason: str
    reference: str = ""  #: of the cancellation, for answers about it; "" where none is told


class ReturnRequested(Fact, frozen=True, kw_only=True):
    """A US customer sent goods back: a domestic layer (19 CFR 146.71(d)). `to`: the ledger."""

    to: str
    return_id: str
    draws: list[str]  #: the draws they left with
    order: str
    line: int
    quantity: Decimal
    unit: str
    returned_at: str
    hold: str = ""  #: it stands apart under this hold until it is released


class OrderLineAnswered(Fact, frozen=True, kw_only=True):
    """The ledger's answer to an order. `to`: the order."""

    to: str
    line: int
    reference: str  #: reservation, draw or return id
    result: LineResult
    quantity: Decimal
    missing: Decimal = Decimal(0)
    code: str = ""
    reason: str = ""


class OrderLineMoved(Fact, frozen=True, kw_only=True):
    """What the ledger answered, in the order's own stream."""

    line: int
    reference: str
    result: LineResult
    quantity: Decimal
    missing: Decimal = Decimal(0)


class Content(Part, frozen=True, kw_only=True):
    """What made goods contain of one source layer, with what duty needs (19 CFR 146.52(d)(2), 146.65)."""

    layer: str
    ledger: str
    uin: str
    admission: str
    admission_number: str
    admission_line: int = 0  #: of that 214; 0: not said
    admitted_on: str
    quantity: Decimal
    unit: str
    value: Decimal
    status: Literal["P", "N", "D", "Z"]
    pf_filed_on: str | None = None
    origin: str
    number: str
    revision: str
    decision: str
    measures: list[UnitMeasure] = []
    waste: Decimal = Decimal(0)  #: allowed for besides `quantity`, of privileged content (19 USC 81c(a))


#: How a layer came to be, when it is neither a receipt nor a customer's return.
Opening = Literal[
    "",
    "relocated",
    "held",
    "released",
    "status-changed",
    "adjusted",
    "received-from-zone",
    "wasted",
    "manipulated",
    "produced",
    "quarantined",
]


class LayerOpened(Fact, frozen=True, kw_only=True):
    """One admission increment of a UIN: (admission, line, receipt). Total value and quantity (exact).

    A movement that changes what a part of a layer is (its status, place, hold) takes that part out of it and
    opens another: `parent` names the layer it was, and the admission stays what it was.
    """

    layer: str
    zone: str
    site: str
    account: str
    uin: str
    admission: str
    admission_number: str
    line: int
    receipt: str
    admitted_on: str
    admitted_at: str
    quantity: Decimal
    unit: str
    value: Decimal
    status: Literal["P", "N", "D", "Z"]
    pf_filed_on: str | None = None
    origin: str
    number: str
    revision: str
    decision: str
    timezone: str
    week_starts: int
    measures: list[UnitMeasure] = []
    returned_from: str = ""  #: for a customer's return: the order
    opened_by: Opening = ""
    opened_on: str = ""  #: local date from which it counts, where that is not the admission date
    movement: str = ""  #: the movement that opened it
    parent: str = ""  #: the layer that these goods were before
    lot: str = ""  #: zone lot (19 CFR 146.23(a)(1)); "": 214 number and line
    location: str = ""  #: where in the site (19 CFR 146.23(b)(1))
    holds: list[str] = []  #: as long as there is one, nothing takes from it that does not name it
    contents: list[Content] = []  #: of made goods: the foreign and domestic content, per source layer
    arrival: Arrival | None = None  #: of goods that a 214 admitted


class Reserved(Fact, frozen=True, kw_only=True):
    """Stock is kept for an order line: `quantity` more than before; `missing` was not there to keep."""

    reservation: str
    order: str
    line: int
    quantity: Decimal
    unit: str
    missing: Decimal
    disposition: Disposition
    ship_on: str
    period: str = ""  #: of the entry, where it is not the week of the removal
    #: where there is such a period: the foreign goods that would leave for this line, in their order
    goods: list[EstimateLine] = []


class ReservationReleased(Fact, frozen=True, kw_only=True):
    """Kept stock is free again, and what was missing of it is no longer wanted."""

    reservation: str
    order: str
    line: int
    quantity: Decimal
    missing: Decimal = Decimal(0)
    period: str = ""  #: of the entry, where it is not the week of the removal


class Piece(Part, frozen=True, kw_only=True):
    """What a draw took of one layer. `value` is the layer's cumulative share, exact; `left` remains in it."""

    layer: str
    admission: str
    admission_number: str
    admission_line: int = 0  #: of that 214; 0: not said
    admitted_on: str
    quantity: Decimal
    unit: str
    value: Decimal
    left: Decimal
    status: Literal["P", "N", "D", "Z"]
    pf_filed_on: str | None = None
    origin: str
    number: str
    revision: str
    decision: str
    measures: list[UnitMeasure] = []
    contents: list[Content] = []  #: of made goods: this piece's share of each source layer


class Drawn(Fact, frozen=True, kw_only=True):
    """Goods left the ledger: FIFO by admission date, number, line, receipt among the eligible layers.

    `withdrawal`: id of this piece of the draw (a cured suspension draws again under the same draw).
    """

    withdrawal: str
    draw: str
    zone: str
    account: str
    uin: str
    order: str
    line: int
    parcel: str
    disposition: Disposition
    destination_country: str
    removed_at: str
    removed_on: str  #: local date
    week: str  #: period of its entry (values.period): mostly the first day of the removal's local week
    cures: bool = False
    pieces: list[Piece]
    method: str = ""  #: by which layers were chosen, where it is not FIFO over the UIN
    lot: str = ""  #: the zone lot that was named


class DrawSuspended(Fact, frozen=True, kw_only=True):
    """Goods left and the book has none for them: cured only by a layer admitted on or before the removal.

    Until then it is alerted (19 CFR 146.53).
    """

    draw: str
    uin: str
    order: str
    line: int
    parcel: str
    disposition: Disposition
    destination_country: str
    quantity: Decimal
    unit: str
    removed_at: str
    removed_on: str
    lot: str = ""
    period: str = ""  #: of the entry, where it is not the week of the removal


class SuspenseSettled(Fact, frozen=True, kw_only=True):
    """A suspended draw is cured (nothing missing any more) or taken back."""

    draw: str
    quantity: Decimal
    missing: Decimal
    how: Literal["cured", "reversed"]


class DrawReversed(Fact, frozen=True, kw_only=True):
    """Cancelled before leaving: the pieces go back to their layers; `left` is what is in each layer now."""

    draw: str
    withdrawal: str
    zone: str
    account: str
    order: str
    line: int
    week: str
    disposition: Disposition
    reason: str
    pieces: list[Piece]


class ReversalWaits(Fact, frozen=True, kw_only=True):
    """A reversal that came before its draw, or of what a return was built upon; it is taken up later."""

    request: ReversalRequested


class ReversalTakenUp(Fact, frozen=True, kw_only=True):
    """Nothing is built upon the draw any more: the reversal that waited is carried out."""

    request: ReversalRequested


class ReturnWaits(Fact, frozen=True, kw_only=True):
    """Goods came back whose draws the book has not attributed to layers yet: their value is not known."""

    request: ReturnRequested
    missing: Decimal  #: how much of it no drawn layer answers for


class CoverRequested(Fact, frozen=True, kw_only=True):
    """A ledger asks cover for goods that will leave or have left. `to`: the cover line of the local week."""

    to: str
    what: Literal["remove", "restore"]
    withdrawal: str
    order: str
    line: int
    quantity: Decimal
    removed_at: str
    timezone: str
    week_starts: int


class CoverGranted(Fact, frozen=True, kw_only=True):
    """Said by duty: CBP accepted an estimate line. `to`: the cover line; `quantity` is what it adds."""

    to: str
    entry: str
    entry_number: str
    attempt: int
    quantity: Decimal
    accepted_at: str
    closes_at: str = ""  #: when it is counted; "": at the end of its week


class CoverOpened(Fact, frozen=True, kw_only=True):
    """An estimate line gives (more) cover from `accepted_at` on (19 CFR 146.63(c))."""

    entry: str
    entry_number: str
    attempt: int
    quantity: Decimal
    total: Decimal
    accepted_at: str
    warn_percent: int | None = None  #: the account's policy when it was accepted
    closes_at: str = ""  #: definite goods leave before it (19 CFR 146.71(c)); "": any time in the week


class CoverExtended(Fact, frozen=True, kw_only=True):
    """The port director gave more time for the removal of definite goods (19 CFR 146.71(c))."""

    closes_at: str


class CoverDrawn(Fact, frozen=True, kw_only=True):
    """Goods left under cover; `remaining` of the permit."""

    withdrawal: str
    order: str
    line: int
    quantity: Decimal
    removed_at: str
    remaining: Decimal


class RemovalUncovered(Fact, frozen=True, kw_only=True):
    """Goods left without cover: a violation (19 CFR 146.63(c)(1), 146.71(a)), said at once."""

    withdrawal: str
    order: str
    line: int
    quantity: Decimal
    removed_at: str
    permitted: Decimal  #: what the permit held in all when they left


class RemovalCovered(Fact, frozen=True, kw_only=True):
    """A removal thought uncovered had cover that was accepted before it left; we learned of it late.

    `uncovered`: what of it is still without.
    """

    withdrawal: str
    quantity: Decimal
    uncovered: Decimal = Decimal(0)


class CoverRestored(Fact, frozen=True, kw_only=True):
    """A removal was taken back; what it used of the permit is free again.

    `uncovered`: what of the removal still stands without cover (taken back first).
    """

    withdrawal: str
    quantity: Decimal
    remaining: Decimal
    uncovered: Decimal = Decimal(0)


class CoverTotalled(Fact, frozen=True, kw_only=True):
    """The week is over: what left under this line, covered or not. `to`: the entry."""

    to: str
    cover: str
    quantity: Decimal
    withdrawals: int


class CoverCounted(Fact, frozen=True, kw_only=True):
    """The same count in the cover line's own stream."""

    quantity: Decimal
    withdrawals: int
    uncovered: Decimal
