"""Facts about estimates: what they are reckoned from, what a person confirms, when a permit runs low."""

from decimal import Decimal

from ftz_common.contracts.duty import EstimateLine
from ftz_common.contracts.fact import Fact, Part


class WeekCounted(Fact, frozen=True, kw_only=True):
    """What a compiled week removed: estimates of later weeks look at it.

    A week without removals is one too. Of a large week there are several of these, each with other goods.
    """

    week: str
    removed: list[EstimateLine]


class DemandCounted(Fact, frozen=True, kw_only=True):
    """Orders of a week want so much more of a UIN for consumption, or less (`quantity` below zero)."""

    week: str
    uin: str
    quantity: Decimal
    reference: str  #: the reservation
    again: list[str] = []  #: weeks whose estimate is made already, and is looked at again


class EstimateReason(Part, frozen=True, kw_only=True):
    """One line of a reckoned estimate, and why. `quantity` is what is to be asked for, in `unit`."""

    number: str
    status: str
    origin: str
    unit: str
    on_hand: Decimal
    weeks: int  #: compiled weeks since these goods came, as far as the policy looks back
    most: Decimal  #: that left in one of them
    most_in: str = ""  #: the week
    ordered: Decimal  #: of these UINs, by orders that ship in this week
    asked: Decimal = Decimal(0)  #: for this week already
    quantity: Decimal
    value: Decimal  #: USD, exact
    why: str


class EstimateDrafted(Fact, frozen=True, kw_only=True):
    """An estimate reckoned line by line: filed at once, or as soon as a person confirms it (`confirm`).

    A later draft of the same week replaces it; a large one comes in parts of one number.
    """

    week: str
    draft: int
    part: int = 1
    supplement: bool
    confirm: str  #: "policy" or "person"
    basis: str
    reasons: list[EstimateReason]


class CoverRunsLow(Fact, frozen=True, kw_only=True):
    """The share of the permit at which the operator wants to know is drawn (policy: `warn_percent`).

    Said once; a supplement has to be accepted before more than `remaining` leaves (19 CFR 146.63(c)(1)).
    """

    total: Decimal
    used: Decimal
    remaining: Decimal
    percent: int


class CoverSuffices(Fact, frozen=True, kw_only=True):
    """Less than that share is drawn again, or the week is over."""

    total: Decimal
    used: Decimal
    why: str


class CoverClosed(Fact, frozen=True, kw_only=True):
    """CBP cancelled a release: `quantity`, what nothing had left under, is permitted no more."""

    entry: str
    attempt: int
    quantity: Decimal
    total: Decimal  #: permitted in all, after it
    cancelled_at: str
