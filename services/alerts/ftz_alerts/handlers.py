"""What alerts does about each fact that it hears."""

from ftz_alerts.usecases import UseCases
from ftz_common.contracts.admissions import (
    AdmissionAuthorized,
    AdmissionClockExpired,
    AdmissionClockStarted,
    AdmissionClockStopped,
    AdmissionHeld,
    AdmissionRejected,
    DiscrepancyFound,
    DiscrepancyReported,
    HoldsCleared,
    LiabilityFixed,
)
from ftz_common.contracts.counts import DifferenceJudged, DifferenceSettled, GoodsDiffer
from ftz_common.contracts.duty import (
    CompilationWaits,
    EntryCompiled,
    EntryCorrectionNeeded,
    EstimateAccepted,
    EstimateRejected,
    HarborFeePaid,
    HarborFeeStated,
    InBondArrived,
    InBondOverdue,
    SummaryAccepted,
    SummaryRejected,
)
from ftz_common.contracts.inventory import (
    CoverRestored,
    Drawn,
    DrawReversed,
    DrawSuspended,
    LayerOpened,
    RemovalCovered,
    RemovalUncovered,
    SuspenseSettled,
)
from ftz_common.contracts.movements import (
    ClockExpired,
    ClockStopped,
    GoodsBroughtBack,
    GoodsMoved,
    MovementReversed,
    OverageFound,
    OverageSettled,
    PermitUsed,
)
from ftz_common.contracts.removals import (
    InBondAuthorized,
    InBondLapsed,
    RemovalClockExpired,
    RemovalClockStarted,
    RemovalClockStopped,
    RemovalPermitted,
    RemovalUnpermitted,
)
from ftz_common.flow.aggregate import Arms


def arms(cases: UseCases) -> Arms:
    """The table of contents."""
    return Arms(
        facts={
            AdmissionHeld: cases.admission_held,
            HoldsCleared: cases.holds_cleared,
            AdmissionRejected: cases.admission_rejected,
            AdmissionAuthorized: cases.admission_authorized,
            AdmissionClockStarted: cases.admission_clock_started,
            AdmissionClockStopped: cases.admission_clock_stopped,
            AdmissionClockExpired: cases.admission_clock_expired,
            DiscrepancyFound: cases.discrepancy_found,
            DiscrepancyReported: cases.discrepancy_reported,
            LiabilityFixed: cases.liability_fixed,
            LayerOpened: cases.layer_opened,
            Drawn: cases.drawn,
            DrawReversed: cases.draw_reversed,
            DrawSuspended: cases.draw_suspended,
            SuspenseSettled: cases.suspense_settled,
            GoodsMoved: cases.goods_moved,
            GoodsBroughtBack: cases.goods_back,
            MovementReversed: cases.goods_back,
            OverageFound: cases.overage_found,
            OverageSettled: cases.overage_settled,
            ClockExpired: cases.clock_expired,
            ClockStopped: cases.clock_stopped,
            GoodsDiffer: cases.goods_differ,
            DifferenceJudged: cases.difference_judged,
            DifferenceSettled: cases.difference_settled,
            PermitUsed: cases.permit_used,
            RemovalUncovered: cases.removal_uncovered,
            RemovalCovered: cases.removal_covered,
            CoverRestored: cases.cover_restored,
            InBondArrived: cases.in_bond_arrived,
            InBondOverdue: cases.in_bond_overdue,
            HarborFeeStated: cases.harbor_fee_stated,
            HarborFeePaid: cases.harbor_fee_paid,
            InBondAuthorized: cases.in_bond_authorized,
            InBondLapsed: cases.in_bond_lapsed,
            RemovalClockStarted: cases.removal_clock_runs,
            RemovalClockExpired: cases.removal_clock_runs,
            RemovalClockStopped: cases.removal_clock_stopped,
            RemovalUnpermitted: cases.removal_unpermitted,
            RemovalPermitted: cases.removal_permitted,
            CompilationWaits: cases.compilation_waits,
            EntryCompiled: cases.entry_compiled,
            EntryCorrectionNeeded: cases.entry_correction_needed,
            EstimateRejected: cases.estimate_rejected,
            EstimateAccepted: cases.estimate_accepted,
            SummaryRejected: cases.summary_rejected,
            SummaryAccepted: cases.summary_accepted,
        }
    )
