"""An estimate on its way to its entry, in filings that CBP can take."""

from collections.abc import Sequence

from ftz_common.contracts.duty import EstimateLine, EstimateMade, EstimateProposed, EstimatesConfigured
from ftz_common.contracts.fact import Fact
from ftz_duty.domain.estimate_state import EstimatorState
from ftz_duty.domain.goods_key import entry_stream

#: Lines of one filing: an entry summary numbers its lines with three digits (CATAIR AE record 40).
LINES_MAX = 999


def proposal(
    state: EstimatorState,
    settings: EstimatesConfigured,
    week: str,
    lines: Sequence[EstimateLine],
    basis: str,
    *,
    supplement: bool,
    confirmed_by: str = "",
    why: str = "",
) -> list[Fact]:
    """The estimate in filings of at most 999 lines; those after the first supplement it."""
    facts: list[Fact] = []
    for first in range(0, len(lines), LINES_MAX):
        part = list(lines[first : first + LINES_MAX])
        more = supplement or first > 0
        facts.append(EstimateMade(week=week, supplement=more, lines=part, confirmed_by=confirmed_by, why=why))
        facts.append(
            EstimateProposed(
                to=entry_stream(state.zone, state.account, week),
                account=state.account,
                lines=part,
                supplement=more,
                basis=basis,
                port=settings.port,
                firms=settings.firms,
                filer=settings.filer,
                importer_of_record=settings.importer_of_record,
                timezone=settings.timezone,
                week_starts=settings.week_starts,
                compile_grace_days=settings.compile_grace_days,
                closures=settings.closures,
                summary_clock=settings.summary_clock,
                zone_id=settings.zone_id,
                importer_ior=settings.importer_ior,
            )
        )
    return facts
