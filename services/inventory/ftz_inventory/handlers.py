"""What inventory does about each fact it hears and each event it claims."""

from ftz_common.contracts.admissions import GoodsAdmitted, StatusChangePermitted
from ftz_common.contracts.corrections import CoverWithdrawn
from ftz_common.contracts.counts import DifferencePriced
from ftz_common.contracts.inventory import (
    CoverGranted,
    CoverRequested,
    DrawRequested,
    OrderLineAnswered,
    ReleaseRequested,
    ReservationRequested,
    ReturnRequested,
    ReversalRequested,
)
from ftz_common.contracts.movements import OpeningRequested, OperationReported
from ftz_common.contracts.platform import (
    OrderAllocated,
    OrderCancelled,
    OrderReturned,
    OrderShipped,
    StockCounted,
)
from ftz_common.contracts.production import (
    ComponentsAnswered,
    ComponentsRequested,
    ComponentsReturned,
)
from ftz_common.flow.aggregate import Arms
from ftz_inventory.usecases import UseCases


def arms(cases: UseCases) -> Arms:
    """The table of contents."""
    return Arms(
        facts={
            GoodsAdmitted: cases.admitted,
            StatusChangePermitted: cases.status_change_permitted,
            ReservationRequested: cases.reservation_requested,
            ReleaseRequested: cases.release_requested,
            DrawRequested: cases.draw_requested,
            ReversalRequested: cases.reversal_requested,
            ReturnRequested: cases.return_requested,
            OrderLineAnswered: cases.line_answered,
            CoverRequested: cases.cover_requested,
            CoverGranted: cases.cover_granted,
            CoverWithdrawn: cases.cover_withdrawn,
            OpeningRequested: cases.opening_requested,
            OperationReported: cases.operation_reported,
            ComponentsRequested: cases.components_requested,
            ComponentsReturned: cases.components_returned,
            ComponentsAnswered: cases.components_answered,
            DifferencePriced: cases.difference_priced,
        },
        foreign={
            OrderAllocated: cases.allocated,
            OrderShipped: cases.shipped,
            OrderCancelled: cases.cancelled,
            OrderReturned: cases.returned,
            StockCounted: cases.counted,
        },
    )
