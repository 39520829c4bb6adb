"""Facts of production and manipulation: components drawn by layer, made goods that keep what they contain."""

from decimal import Decimal
from typing import Literal

from ftz_common.contracts.fact import Fact, Part
from ftz_common.contracts.inventory import Piece
from ftz_common.contracts.movements import Activity
from ftz_common.contracts.reference import ProductionAuthority

Working = Literal["manipulated", "consumed"]


class PermitShown(Part, frozen=True, kw_only=True):
    """A CBP 216 as it stood when the production was opened (19 CFR 146.52)."""

    stream: str
    number: str
    activities: list[Activity]
    valid_from: str
    valid_to: str
    revoked_on: str = ""
    uins: list[str] = []


class Component(Part, frozen=True, kw_only=True):
    """What a production takes from one ledger: with what is lost in it.

    `waste`: how much of it is lost, recoverably or not (19 USC 81c(a): privileged content is dutiable on what
    is used, with an allowance for it).
    """

    ledger: str
    uin: str
    quantity: Decimal
    unit: str
    waste: Decimal = Decimal(0)


class Recovered(Part, frozen=True, kw_only=True):
    """Waste of a production that somebody pays for: goods of their own, worth that price (19 CFR 146.42(b),
    146.65(b)(2)).
    """

    ledger: str
    uin: str
    quantity: Decimal
    unit: str
    value: Decimal
    number: str
    revision: str
    origin: str


class Output(Part, frozen=True, kw_only=True):
    """What is made. `relative_value`: its value against the others at separation (19 USC 81c(a))."""

    ledger: str
    uin: str
    quantity: Decimal
    unit: str
    number: str
    revision: str
    decision: str = ""
    origin: str
    relative_value: Decimal = Decimal(1)


class ProductionOpened(Fact, frozen=True, kw_only=True):
    """Work on goods in the zone under a CBP 216 (19 CFR 146.52); it asks ledgers for components."""

    production: str
    zone: str
    site: str
    account: str
    kind: Working
    at: str
    timezone: str
    week_starts: int
    permit: PermitShown | None = None
    authorities: list[ProductionAuthority] = []
    components: list[Component]
    outputs: list[Output]
    recovered: list[Recovered] = []
    who: str
    reference: str = ""


class ComponentsRequested(Fact, frozen=True, kw_only=True):
    """A production takes goods. `to`: the ledger; it answers `reply_to` once."""

    to: str
    reply_to: str
    movement: str
    kind: Working
    quantity: Decimal
    unit: str
    at: str
    permit: PermitShown | None = None
    who: str
    reference: str = ""


class ComponentsAnswered(Fact, frozen=True, kw_only=True):
    """A ledger's answer. `to`: the production; `code` and `reason` say why nothing was taken."""

    to: str
    ledger: str
    uin: str
    pieces: list[Piece] = []
    code: str = ""
    reason: str = ""


class ComponentsTaken(Fact, frozen=True, kw_only=True):
    """The same in the production's own stream."""

    ledger: str
    uin: str
    pieces: list[Piece] = []
    code: str = ""
    reason: str = ""


class ComponentsReturned(Fact, frozen=True, kw_only=True):
    """The production does not take place: its components go back to their layers. `to`: the ledger."""

    to: str
    movement: str
    at: str
    who: str
    reason: str


class ProductionRefused(Fact, frozen=True, kw_only=True):
    """It does not take place, and why; what was taken goes back."""

    production: str
    code: str
    reason: str
    citation: str
    remedy: str


class ProductionFinished(Fact, frozen=True, kw_only=True):
    """Made: layers were opened; `authority` of the Board where the classification changed."""

    production: str
    layers: list[str]
    authority: str = ""
    foreign_value: Decimal  #: USD, of the foreign content of all that was made
    domestic_value: Decimal
