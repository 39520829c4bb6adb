"""What duty does about each fact it hears and each event it claims."""

from ftz_common.contracts.admissions import DiscrepancyFound
from ftz_common.contracts.common import NumberAssigned, NumberRequested
from ftz_common.contracts.counts import GoodsDiffer
from ftz_common.contracts.deferral import DeferralLineOffered, DeferralPricesRequested
from ftz_common.contracts.duty import (
    EntryLineOffered,
    EstimateProposed,
    InBondLineOffered,
    PricesRequested,
    RemovalsNoted,
)
from ftz_common.contracts.filing import FilingAnswered
from ftz_common.contracts.inventory import (
    CoverTotalled,
    Drawn,
    DrawReversed,
    LayerOpened,
    ReservationReleased,
    Reserved,
)
from ftz_common.contracts.movements import GoodsBroughtBack, GoodsMoved, MovementReversed
from ftz_common.contracts.platform import InBondAuthorized, InBondClosed
from ftz_common.contracts.removals import ExportMoved
from ftz_common.flow.aggregate import Arms
from ftz_duty.usecases import UseCases


def arms(cases: UseCases) -> Arms:
    """The table of contents."""
    return Arms(
        facts={
            LayerOpened: cases.count_layer,
            Reserved: cases.count_reserved,
            ReservationReleased: cases.count_released,
            Drawn: cases.price_draw,
            DrawReversed: cases.take_back,
            GoodsDiffer: cases.price_difference,
            DiscrepancyFound: cases.price_shortage,
            GoodsMoved: cases.count_movement,
            GoodsBroughtBack: cases.count_movement,
            MovementReversed: cases.count_movement,
            EntryLineOffered: cases.to_entry,
            InBondLineOffered: cases.removals.take_line_under_bond,
            EstimateProposed: cases.to_entry,
            CoverTotalled: cases.to_entry,
            NumberRequested: cases.give_number,
            NumberAssigned: cases.take_number,
            FilingAnswered: cases.answer_filing,
            PricesRequested: cases.state_rates,
            RemovalsNoted: cases.count_removals,
            ExportMoved: cases.removals.note_export,
            DeferralLineOffered: cases.deferrals.take_line,
            DeferralPricesRequested: cases.deferrals.state_rates,
        },
        foreign={
            InBondAuthorized: cases.removals.authorize_inbond,
            InBondClosed: cases.removals.close_inbond,
        },
    )
