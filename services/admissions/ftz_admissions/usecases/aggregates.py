"""What admissions owns."""

from ftz_admissions.domain import admission, admission_fold, admission_state, daily, opening, zone
from ftz_common.flow.aggregate import Aggregate
from ftz_common.flow.series import SERIES

ZONE = Aggregate("zone", zone.Zone, zone.start, zone.decide, zone.evolve)
ADMISSION = Aggregate(
    "admission",
    admission_state.Admission,
    admission_state.start,
    admission.decide,
    admission_fold.evolve,
)
#: Issuer of the ids of status changes: people of the zone.
STATUS_CHANGE = "status-change"
OPENING = Aggregate("opening", opening.Opening, opening.start, opening.decide, opening.evolve)
#: Cumulative 214s of direct deliveries.
DAILY = Aggregate("daily", daily.Daily, daily.start, daily.decide, daily.evolve)
AGGREGATES = (ZONE, ADMISSION, DAILY, OPENING, SERIES)
