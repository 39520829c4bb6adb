"""Facts of inventory: what moves goods without an order, and the permits that it needs (CBP 216)."""

from decimal import Decimal
from typing import Literal

from ftz_common.contracts.fact import Fact
from ftz_common.contracts.inventory import LayerOpened, Piece

#: What a person or a process does with goods in the zone. Adjusted: the book was wrong, not the goods.
Movement = Literal[
    "relocated",
    "held",
    "released",
    "status-changed",
    "temporarily-removed",
    "sent-to-zone",
    "received-from-zone",
    "destroyed",
    "wasted",
    "adjusted",
    "manipulated",
    "consumed",
    "produced",
]

Activity = Literal["manipulate", "manufacture", "exhibit", "destroy", "remove-temporarily"]


class GoodsMoved(Fact, frozen=True, kw_only=True):
    """A movement of goods: `pieces` left their layers; LayerOpened facts beside it say what was opened.

    19 CFR 146.23(b)(4) to (6), 146.51, 146.52, 146.66. Nothing of it is ever changed: MovementReversed says
    that it did not happen after all.
    """

    movement: str
    kind: Movement
    zone: str
    site: str
    account: str
    uin: str
    at: str
    on: str  #: local date
    quantity: Decimal
    unit: str
    pieces: list[Piece] = []
    opened: list[str] = []  #: layers
    who: str
    reason: str = ""
    reference: str = ""  #: paper or record it rests on: I.T. number, count, 214, work order
    authority: str = ""  #: CBP 216 or other permit
    approved_by: str = ""
    destination: str = ""  #: location, zone or place outside
    recoverable: bool = False  #: of waste: it is worth something, and stands in a ledger of its own
    corrects: str = ""  #: the movement that this one makes good


class GoodsBroughtBack(Fact, frozen=True, kw_only=True):
    """Of a temporary removal, this came back to the layers it had left."""

    movement: str  #: the removal
    back: str  #: id of this return
    at: str
    on: str
    quantity: Decimal
    out: Decimal  #: what of the removal is still outside
    pieces: list[Piece]
    who: str
    zone: str
    account: str
    uin: str


class MovementReversed(Fact, frozen=True, kw_only=True):
    """A movement was entered by mistake: its pieces are in their layers again, what it opened is empty."""

    movement: str
    kind: Movement
    zone: str
    account: str
    uin: str
    at: str
    on: str  #: local date of the movement that did not happen
    pieces: list[Piece] = []  #: back into their layers
    emptied: list[Piece] = []  #: out of the layers that the movement had opened
    who: str
    reason: str
    approved_by: str


class ZoneHistorySent(Fact, frozen=True, kw_only=True):
    """The history of a zone-to-zone transfer went to the receiving operator (19 CFR 146.66(c)(5))."""

    movement: str
    sent_at: str
    who: str


class OverageFound(Fact, frozen=True, kw_only=True):
    """Goods are there that the book does not have: no stock until admitted (19 CFR 146.53(a), (d))."""

    overage: str
    zone: str
    account: str
    uin: str
    quantity: Decimal
    unit: str
    found_on: str
    file_by: str  #: local date: a 214 (type O) or an entry by then, else general order
    who: str
    reference: str = ""


class OverageSettled(Fact, frozen=True, kw_only=True):
    """What became of an overage: a 214, an entry, general order, or it was no overage."""

    overage: str
    how: Literal["admitted", "entered", "general-order", "explained"]
    reference: str
    who: str


class StatusChangeRefused(Fact, frozen=True, kw_only=True):
    """CBP permitted another status and the book cannot follow: nothing is changed (19 CFR 146.41, 146.44)."""

    movement: str
    admission: str  #: stream of the 214
    admission_number: str
    line: int
    uin: str
    quantity: Decimal
    unit: str
    status: Literal["P", "N", "D", "Z"]
    code: str
    reason: str
    citation: str
    remedy: str


class OpeningRequested(Fact, frozen=True, kw_only=True):
    """Goods that were made, or are waste of what was made, come into a ledger. `to`: that ledger."""

    to: str
    movement: str
    kind: Movement
    at: str
    layer: LayerOpened
    who: str
    reason: str = ""
    reference: str = ""
    authority: str = ""


# ---- permits: CBP 216 -----------------------------------------------------------------------------------


class PermitGranted(Fact, frozen=True, kw_only=True):
    """CBP approved an application on Form 216 (19 CFR 146.52): for one operation, or blanket up to a year."""

    permit: str
    zone: str
    account: str
    activities: list[Activity]
    blanket: bool
    valid_from: str  #: local dates
    valid_to: str
    description: str
    uins: list[str] = []  #: empty: all goods of the account
    quantity_max: Decimal | None = None
    granted_on: str
    who: str


class PermitRevoked(Fact, frozen=True, kw_only=True):
    """The port director revoked it; from that day nothing is done under it (19 CFR 146.52(b)(2))."""

    permit: str
    revoked_on: str
    reason: str
    who: str


class OperationReported(Fact, frozen=True, kw_only=True):
    """A ledger did something under a permit. `to`: the permit."""

    to: str
    movement: str
    ledger: str
    kind: Movement
    uin: str
    quantity: Decimal
    unit: str
    on: str
    reversed: bool = False


class PermitUsed(Fact, frozen=True, kw_only=True):
    """The audit trail of a permit: an operation under it, and the total (19 CFR 146.52(d)(2)).

    `beyond`: what of it the permit does not allow (by date, revocation or quantity), said at once.
    """

    permit: str
    movement: str
    ledger: str
    kind: Movement
    uin: str
    quantity: Decimal
    unit: str
    on: str
    total: Decimal
    beyond: str = ""
