"""What alerts does about each fact that it hears."""

from ftz_alerts.usecases import UseCases
from ftz_common.contracts.admissions import (
    AdmissionAuthorized,
    AdmissionHeld,
    AdmissionRejected,
    DiscrepancyFound,
    DiscrepancyReported,
    HoldsCleared,
    LiabilityFixed,
    ShortageJudged,
    ShortageReported,
)
from ftz_common.contracts.common import ClockExpired, ClockStarted, ClockStopped
from ftz_common.contracts.corrections import EntryCorrected
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
from ftz_common.contracts.estimating import CoverRunsLow, CoverSuffices
from ftz_common.contracts.exposure import ExposureStated
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
    GoodsBroughtBack,
    GoodsMoved,
    MovementReversed,
    OverageFound,
    OverageSettled,
    PermitUsed,
    StatusChangeRefused,
)
from ftz_common.contracts.rates import RateChangeAhead, RateChangeEnded
from ftz_common.contracts.removals import (
    InBondAuthorized,
    InBondLapsed,
    RemovalPermitted,
    RemovalUnpermitted,
)
from ftz_common.flow.aggregate import Arms


def arms(cases: UseCases) -> Arms:
    """The table of contents."""
    return Arms(
        facts={
            ClockStarted: cases.clocks.clock_runs,
            ClockExpired: cases.clocks.clock_runs,
            ClockStopped: cases.clocks.clock_stopped,
            AdmissionHeld: cases.admissions.admission_held,
            HoldsCleared: cases.admissions.holds_cleared,
            AdmissionRejected: cases.admissions.admission_rejected,
            AdmissionAuthorized: cases.admissions.admission_authorized,
            DiscrepancyFound: cases.admissions.discrepancy_found,
            DiscrepancyReported: cases.admissions.discrepancy_reported,
            ShortageJudged: cases.admissions.shortage_judged,
            ShortageReported: cases.admissions.shortage_reported,
            LiabilityFixed: cases.admissions.liability_fixed,
            LayerOpened: cases.stock.layer_opened,
            Drawn: cases.stock.drawn,
            DrawReversed: cases.stock.draw_reversed,
            DrawSuspended: cases.stock.draw_suspended,
            SuspenseSettled: cases.stock.suspense_settled,
            GoodsMoved: cases.stock.goods_moved,
            GoodsBroughtBack: cases.stock.goods_back,
            MovementReversed: cases.stock.goods_back,
            OverageFound: cases.stock.overage_found,
            OverageSettled: cases.stock.overage_settled,
            GoodsDiffer: cases.stock.goods_differ,
            DifferenceJudged: cases.stock.difference_judged,
            DifferenceSettled: cases.stock.difference_settled,
            ExposureStated: cases.stock.exposure_stated,
            StatusChangeRefused: cases.stock.status_change_refused,
            PermitUsed: cases.stock.permit_used,
            RemovalUncovered: cases.stock.removal_uncovered,
            RemovalCovered: cases.stock.removal_covered,
            CoverRestored: cases.stock.cover_restored,
            CoverRunsLow: cases.stock.cover_runs_low,
            CoverSuffices: cases.stock.cover_suffices,
            InBondArrived: cases.entries.in_bond_arrived,
            InBondOverdue: cases.entries.in_bond_overdue,
            HarborFeeStated: cases.entries.harbor_fee_stated,
            HarborFeePaid: cases.entries.harbor_fee_paid,
            InBondAuthorized: cases.entries.in_bond_authorized,
            InBondLapsed: cases.entries.in_bond_lapsed,
            RemovalUnpermitted: cases.entries.removal_unpermitted,
            RemovalPermitted: cases.entries.removal_permitted,
            RateChangeAhead: cases.rates.rate_change_ahead,
            RateChangeEnded: cases.rates.rate_change_ended,
            CompilationWaits: cases.entries.compilation_waits,
            EntryCompiled: cases.entries.entry_compiled,
            EntryCorrectionNeeded: cases.entries.entry_correction_needed,
            EntryCorrected: cases.entries.entry_corrected,
            EstimateRejected: cases.entries.estimate_rejected,
            EstimateAccepted: cases.entries.estimate_accepted,
            SummaryRejected: cases.entries.summary_rejected,
            SummaryAccepted: cases.entries.summary_accepted,
        }
    )
