"""What duty does about what it hears and is asked."""

from ftz_duty.usecases.cases import (
    AGGREGATES,
    CURRENCY,
    ENTRY,
    ESTIMATES,
    HARBOR,
    TARIFF,
    WITHDRAWAL,
    UseCases,
)
from ftz_duty.usecases.deferrals import DEFERRAL
from ftz_duty.usecases.removals import EXPORT_PERMIT, INBOND

__all__ = [
    "AGGREGATES",
    "CURRENCY",
    "DEFERRAL",
    "ENTRY",
    "ESTIMATES",
    "EXPORT_PERMIT",
    "HARBOR",
    "INBOND",
    "TARIFF",
    "WITHDRAWAL",
    "UseCases",
]
