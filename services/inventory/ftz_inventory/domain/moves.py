"""What a person or a process asks of a ledger besides orders: the commands."""

from dataclasses import dataclass
from decimal import Decimal

from ftz_common.contracts.admissions import StatusChangePermitted
from ftz_common.contracts.movements import Activity, Movement
from ftz_inventory.domain.layer import ANY, Which
from ftz_inventory.domain.method import FIFO, Method


@dataclass(frozen=True, slots=True)
class Local:
    """The calendar of the zone and the account's inventory method."""

    timezone: str
    week_starts: int = 6
    method: Method = FIFO
    closures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PermitSeen:
    """A CBP 216 as it stood when it was looked up (19 CFR 146.52)."""

    stream: str
    number: str
    activities: tuple[Activity, ...]
    valid_from: str
    valid_to: str
    revoked_on: str = ""
    uins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Residue:
    """Left of a destruction, or recoverable waste: goods of their own (19 CFR 146.42(b), 146.65(b)(2)).

    `value`: the price paid for it; `ledger`: where it is kept.
    """

    ledger: str
    uin: str
    quantity: Decimal
    unit: str
    value: Decimal
    number: str
    revision: str
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """A movement of `quantity` in `unit`: what it needs beyond that is in the fields of its kind.

    `destination`: location, zone or place; `reference`: the paper it rests on; `found`: an adjustment upward.
    """

    local: Local
    movement: str
    kind: Movement
    quantity: Decimal
    unit: str
    at: str
    who: str
    which: Which = ANY
    reason: str = ""
    reference: str = ""
    approved_by: str = ""
    destination: str = ""
    permit: PermitSeen | None = None
    hold: str = ""
    status: str = ""
    cause: str = "election"  #: of a change of status
    authorisation: str = ""  #: of a change of status: the order or determination that allows it
    filed_on: str = ""
    number: str = ""
    revision: str = ""
    decision: str = ""
    found: bool = False
    value: Decimal | None = None
    due_on: str = ""
    corrects: str = ""
    residue: Residue | None = None


@dataclass(frozen=True, slots=True)
class ChangePermitted:
    """A movement that a permitted 214 of type C asks for; what the book refuses is said."""

    move: Move
    change: StatusChangePermitted


@dataclass(frozen=True, slots=True)
class Travelled:
    """A layer as it stood in the zone that sent it (19 CFR 146.66(c)); value of the whole quantity, USD."""

    quantity: Decimal
    unit: str
    value: Decimal
    status: str
    pf_filed_on: str | None
    origin: str
    number: str
    revision: str
    decision: str = ""
    lot: str = ""


@dataclass(frozen=True, slots=True)
class ReceiveFromZone:
    """Goods with their history arrived from another zone and were admitted on a 214 (19 CFR 146.66(d))."""

    local: Local
    movement: str
    at: str
    who: str
    admission: str
    admission_number: str
    from_zone: str
    layers: tuple[Travelled, ...]


@dataclass(frozen=True, slots=True)
class BringBack:
    """Of a temporary removal, `quantity` came back; 0 is all that is out."""

    local: Local
    movement: str
    back: str
    quantity: Decimal
    at: str
    who: str


@dataclass(frozen=True, slots=True)
class ReverseMovement:
    """A movement was entered by mistake."""

    local: Local
    movement: str
    at: str
    who: str
    reason: str
    approved_by: str


@dataclass(frozen=True, slots=True)
class SendHistory:
    """The history of a zone-to-zone transfer was sent."""

    movement: str
    sent_at: str
    who: str


@dataclass(frozen=True, slots=True)
class FindOverage:
    """Goods were found that the book does not have."""

    local: Local
    overage: str
    quantity: Decimal
    unit: str
    found_on: str
    who: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class SettleOverage:
    """What became of an overage; `how` as in OverageSettled."""

    overage: str
    how: str
    reference: str
    who: str


MoveCommand = Move | ReceiveFromZone | BringBack | ReverseMovement | SendHistory | FindOverage | SettleOverage
