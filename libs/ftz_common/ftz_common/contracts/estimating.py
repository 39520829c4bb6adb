"""Facts about what estimates permit: when little of it is left."""

from decimal import Decimal

from ftz_common.contracts.fact import Fact


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
