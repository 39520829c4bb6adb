"""From what is heard to the risk it concerns: a stream per risk, risk/<kind>/<subject...>."""

from ftz_alerts.usecases.admissions import Admissions
from ftz_alerts.usecases.clocks import Clocks
from ftz_alerts.usecases.entries import Entries
from ftz_alerts.usecases.rates import Rates
from ftz_alerts.usecases.risks import RISK
from ftz_alerts.usecases.stock import Stock
from ftz_common.flow.reference import Reference

AGGREGATES = (RISK,)


class UseCases:
    """By topic: one method per fact that is heard."""

    def __init__(self, reference: Reference) -> None:
        self.admissions = Admissions()
        self.clocks = Clocks()
        self.stock = Stock(reference)
        self.entries = Entries()
        self.rates = Rates(reference)


__all__ = ["AGGREGATES", "RISK", "UseCases"]
