"""Facts of duty about rates that will change for goods on hand."""

from decimal import Decimal

from ftz_common.contracts.fact import Fact


class RateChangeAhead(Fact, frozen=True, kw_only=True):
    """From `on` on, goods that are on hand owe by other terms: a revision or a measure begins or ends.

    Said when a revision or a set of measures is loaded, and when goods come in that a known change meets.
    Quantity and value are what was counted then; `duty_was` and `duty_becomes` are for all of it, USD, exact,
    None where there is no figure.
    """

    change: str  #: number/status/origin/unit/PF filing date/day, as a stream name
    number: str
    status: str
    origin: str
    pf_filed_on: str = ""
    on: str  #: first day of the new terms (ISO)
    at: str  #: instant at which that day begins in the zone
    was: str
    becomes: str
    by: str  #: the revision or the sets of measures that say so
    quantity: Decimal
    unit: str
    value: Decimal
    duty_was: Decimal | None = None
    duty_becomes: Decimal | None = None


class RateChangeEnded(Fact, frozen=True, kw_only=True):
    """It is no longer ahead: the day has come, the goods left, or a later import says otherwise."""

    change: str
    how: str
