"""What admissions does about what it hears and is asked."""

from ftz_admissions.usecases.aggregates import ADMISSION, AGGREGATES, DAILY, OPENING, STATUS_CHANGE, ZONE
from ftz_admissions.usecases.cases import UseCases
from ftz_admissions.usecases.numbers import Unusable, exact, kept_lines
from ftz_common.flow.series import SERIES

__all__ = [
    "ADMISSION",
    "AGGREGATES",
    "DAILY",
    "OPENING",
    "SERIES",
    "STATUS_CHANGE",
    "ZONE",
    "Unusable",
    "UseCases",
    "exact",
    "kept_lines",
]
