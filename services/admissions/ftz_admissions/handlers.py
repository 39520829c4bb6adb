"""What admissions does about each fact it hears and each event it claims."""

from ftz_admissions.usecases import UseCases
from ftz_common.contracts.admissions import DailyOffered, DailyTold, ShortagePriced
from ftz_common.contracts.classification import ClassificationAnswered
from ftz_common.contracts.common import NumberAssigned, NumberRequested
from ftz_common.contracts.filing import FilingAnswered
from ftz_common.contracts.platform import (
    ShipmentAnnounced,
    ShipmentArrived,
    ShipmentDocumented,
    ShipmentReceived,
)
from ftz_common.flow.aggregate import Arms


def arms(cases: UseCases) -> Arms:
    """The table of contents."""
    return Arms(
        facts={
            NumberRequested: cases.number_requested,
            NumberAssigned: cases.number_assigned,
            ClassificationAnswered: cases.classified,
            FilingAnswered: cases.filing_answered,
            DailyOffered: cases.daily_offered,
            DailyTold: cases.daily_told,
            ShortagePriced: cases.shortage_priced,
        },
        foreign={
            ShipmentAnnounced: cases.announced,
            ShipmentDocumented: cases.documented,
            ShipmentArrived: cases.arrived,
            ShipmentReceived: cases.received,
        },
    )
