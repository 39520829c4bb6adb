"""What goods that go to Canada or Mexico owe before any waiver (19 CFR 181.53(a)(2), (b)(4))."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ftz_common.contracts.common import Noted
from ftz_common.contracts.deferral import DeferralAssessed
from ftz_common.contracts.duty import EntryLine
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.values.calendar import fiscal_year
from ftz_common.values.exact import ZERO
from ftz_duty.domain.deferral_state import DeferralState
from ftz_duty.domain.fees import bounds_of
from ftz_duty.domain.pricing import StatedRate
from ftz_duty.domain.removal_clock import Clock
from ftz_duty.domain.summary import covers, entry_lines, not_evaluated, open_measures, totals


@dataclass(frozen=True, slots=True)
class AssessDeferral:
    """The rates that `DeferralPricesRequested` asked for."""

    round: int
    rates: tuple[StatedRate, ...]


def assessed(state: DeferralState, command: AssessDeferral, clock: Clock) -> Sequence[Fact] | Refusal:
    """Lines as on a summary, priced as of the date of exportation; PF as of its filing date.

    What has no rate or waits for a person is named, and nothing can be filed on it. More than was deposited
    is due by the same day as before (19 CFR 181.53(a)(2)(iii)(C)).
    """
    dated = state.dated
    if dated is None or not state.asked or command.round != state.round:
        return [Noted(why="these prices were asked for an earlier state of the parcel")]
    year = fiscal_year(date.fromisoformat(dated.exported_on))
    bounds = bounds_of(year)
    lines = entry_lines(state.groups, command.rates, dated.exported_on)
    sums = totals(lines, None if isinstance(bounds, Refusal) else bounds)
    left_out = not_evaluated(lines, command.rates)
    questions = [*_unknown(command.rates), *open_measures(lines)]
    if isinstance(bounds, Refusal):
        questions.append(bounds.reason)
    found = DeferralAssessed(
        round=command.round,
        lines=lines,
        entered_value=sums.entered_value,
        duty=sums.duty,
        waivable=sums.duty - sum((case_duty(line) for line in lines), ZERO),
        unpriced=sums.unpriced,
        mpf=sums.mpf,
        fee_year=year,
        open_questions=questions,
        covers=covers(lines, command.rates, payable=not (left_out or sums.unpriced or questions)),
        not_evaluated=left_out,
    )
    owed = found.duty + found.mpf - (state.claim.waived if state.claim else ZERO)
    return [found, clock.runs(dated.deposit_by)] if state.settled and owed > state.deposited else [found]


def _unknown(rates: Sequence[StatedRate]) -> list[str]:
    missing = sorted({rate.on for rate in rates if not rate.revision})
    return [f"no tariff revision in force on {on} is known (19 CFR 141.69)" for on in missing]


def case_duty(line: EntryLine) -> Decimal:
    """Antidumping and countervailing duty of a line: never waived (19 CFR 181.42(a), 182.42(a))."""
    return sum(
        (
            entry.duty
            for entry in line.stack
            if entry.result == "applies" and entry.duty is not None and is_case(entry.programme)
        ),
        ZERO,
    )


def is_case(programme: str) -> bool:
    """An antidumping or countervailing programme, by its name."""
    name = programme.casefold().replace("-", "")
    return "antidumping" in name or "countervailing" in name or name in {"ad", "cvd", "ad/cvd"}
