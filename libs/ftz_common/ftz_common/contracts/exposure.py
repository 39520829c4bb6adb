"""Facts of a zone's exposure: the value for which the operator's bond answers (19 CFR 146.6(d), 113.73)."""

from decimal import Decimal
from typing import Literal

from ftz_common.contracts.fact import Fact

ExposureLevel = Literal["", "warning", "limit"]


class ExposureAdded(Fact, frozen=True, kw_only=True):
    """Foreign goods came since the last statement of the day: at most so much more is under the bond."""

    layer: str
    ledger: str  #: stream
    value: Decimal  #: USD


class ExposureStated(Fact, frozen=True, kw_only=True):
    """Foreign goods on hand, reckoned from every ledger of the zone, beside the operator's bond.

    Duty is not evaluated: damages follow the value of the goods (19 CFR 113.73). `level`: "limit" above the
    bond, "warning" from `warn_percent` of it on.
    """

    zone: str
    value: Decimal  #: USD
    privileged: Decimal  #: of it in status P
    non_privileged: Decimal
    restricted: Decimal
    bond: str  #: number
    amount: Decimal  #: USD
    warn_percent: int
    percent: Decimal  #: one decimal, rounded
    level: ExposureLevel
    on: str  #: local day
    at: str  #: instant


class ExposureDue(Fact, frozen=True, kw_only=True):
    """A raised exposure is reckoned again: goods may have left."""

    zone: str
