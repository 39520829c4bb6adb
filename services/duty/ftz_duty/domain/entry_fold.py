"""An entry after each of its facts."""

from msgspec.structs import replace

from ftz_common.contracts.common import ClockExpired, ClockStarted, ClockStopped, DeadlineSet
from ftz_common.contracts.corrections import (
    CorrectedLines,
    CorrectionOpened,
    CorrectionWaits,
    EntryCancelled,
    EntryCorrected,
)
from ftz_common.contracts.duty import (
    CompilationWaits,
    CoverNoted,
    EntryCompiled,
    EntryCorrectionNeeded,
    EntryDateDecided,
    EntryLinesCompiled,
    EntryLineTaken,
    EntryNumbered,
    EntryOpened,
    EstimateAccepted,
    EstimateAdded,
    EstimateRejected,
    GoodsOrdered,
    PricesRequested,
    RemovalExtended,
    SummaryAccepted,
    SummaryRejected,
    WeekEnded,
)
from ftz_common.contracts.fact import Fact
from ftz_common.contracts.filing import FilingRequested
from ftz_duty.domain.entry_state import ESTIMATE_FORM, Attempt, EntryState
from ftz_duty.domain.goods_key import goods_of_cover


def evolve(state: EntryState, fact: Fact) -> EntryState:
    """Add one fact of the entry's own stream."""
    match fact:
        case EntryLineTaken():
            _take(state, fact)
        case EntryOpened():
            state.opened = fact
        case EntryDateDecided():
            state.decided_on, state.decided_for = fact.entry_date, fact.document
        case EntryNumbered():
            state.numbers[fact.document] = fact.number
        case EstimateAdded():
            state.attempts.append(
                Attempt(fact.attempt, ESTIMATE_FORM, fact.supplement, fact.lines, fact.document)
            )
            state.to_file = False
        case FilingRequested():
            _filed(state, fact)
        case EstimateAccepted():
            _answered(state, fact.attempt, "accepted", fact.accepted_at, [])
            _permitted(state, fact)
        case EstimateRejected():
            _answered(state, fact.attempt, "rejected", "", fact.reasons)
        case SummaryAccepted():
            _answered(state, fact.attempt, "accepted", fact.accepted_at, [])
        case SummaryRejected():
            _answered(state, fact.attempt, "rejected", "", fact.reasons)
        case _:
            _close(state, fact)
    return state


def _close(state: EntryState, fact: Fact) -> None:
    match fact:
        case CoverNoted():
            state.counted[goods_of_cover(fact.cover)] = fact
        case WeekEnded():
            state.ended, state.summary_due_on = True, fact.summary_due_on
        case CompilationWaits():
            state.grace_over, state.asked, state.waits = True, False, fact.differences
        case DeadlineSet(name="compile-again"):
            state.retry_at = fact.due_at
        case DeadlineSet(name="file-goods"):
            state.to_file = True
        case PricesRequested():
            state.grace_over, state.asked, state.round = True, True, fact.round
            state.waits = []
        case EntryLinesCompiled():
            state.lines.extend(fact.lines)
        case EntryCompiled():
            state.compiled, state.grace_over, state.asked = fact, True, False
        case _:
            _mend(state, fact)


def _mend(state: EntryState, fact: Fact) -> None:
    match fact:
        case EntryCorrectionNeeded():
            state.corrections.append(fact)
        case EntryCancelled():
            _cancelled(state, fact)
        case CorrectionOpened():
            state.correcting, state.correction_waits = fact, []
        case CorrectionWaits():
            state.asked, state.correction_waits = False, fact.differences
        case GoodsOrdered():
            state.ordered.setdefault(fact.reservation, []).extend(fact.lines)
        case RemovalExtended():
            state.remove_by[fact.document] = fact.remove_by
        case ClockStarted() | ClockStopped() | ClockExpired():
            _clock(state, fact)
        case CorrectedLines():
            state.lines = [*([] if fact.part == 1 else state.lines), *fact.lines]
        case EntryCorrected():
            _corrected(state, fact)
        case _:
            pass


def _permitted(state: EntryState, fact: EstimateAccepted) -> None:
    state.asked = False  # the time of entry may be another now
    attempt = state.attempt(fact.attempt)
    if attempt is not None and fact.remove_by:
        state.remove_by.setdefault(attempt.document, fact.remove_by)


def _clock(state: EntryState, fact: ClockStarted | ClockStopped | ClockExpired) -> None:
    document = next((d for d, number in state.numbers.items() if number == fact.subject), 0)
    if isinstance(fact, ClockStarted):
        state.clocks = sorted({*state.clocks, document})
    elif isinstance(fact, ClockStopped):  # one that expired stands until its goods have left or are cancelled
        state.clocks = [each for each in state.clocks if each != document]


def _cancelled(state: EntryState, fact: EntryCancelled) -> None:
    for each in fact.attempts:
        attempt = state.attempt(each.attempt)
        if attempt is not None:
            attempt.lines, attempt.cancelled = each.left, each.lines
            attempt.result = attempt.result if each.left else "cancelled"
    state.asked = False  # the time of entry may be another now


def _corrected(state: EntryState, fact: EntryCorrected) -> None:
    assert state.compiled is not None  # noqa: S101 nothing is corrected before
    take_corrections(state, len(fact.withdrawals))
    state.corrected.append(fact)
    state.correcting, state.asked = None, False
    if not fact.line_count:
        state.lines = []
    state.compiled = replace(
        state.compiled,
        line_count=fact.line_count,
        entry_date=fact.entry_date,
        entered_value=fact.entered_value,
        duty=fact.duty,
        unpriced=fact.unpriced,
        mpf=fact.mpf,
        total=fact.total,
        documents=fact.documents,
    )


def take_corrections(state: EntryState, count: int) -> None:
    """The first so many that came to light are in the entry, or out of it."""
    for known in state.corrections[:count]:
        state.add(known.withdrawal, known.pieces, -1 if known.reversed else 1)
        if not known.reversed:
            state.taken[known.withdrawal] = True
    del state.corrections[:count]


def _take(state: EntryState, fact: EntryLineTaken) -> None:
    state.add(fact.withdrawal, fact.pieces, -1 if fact.reversed else 1)
    if not fact.reversed:
        state.taken[fact.withdrawal] = True
    state.asked = False


def _filed(state: EntryState, fact: FilingRequested) -> None:
    known = state.attempt(fact.attempt)
    if known is None:
        document = next((d for d, number in state.numbers.items() if number == fact.control), 1)
        known = Attempt(fact.attempt, fact.kind, document > 1, [], document)
        state.attempts.append(known)
    known.result = "filed"


def _answered(state: EntryState, number: int, result: str, at: str, reasons: list[str]) -> None:
    attempt = state.attempt(number)
    if attempt is not None:
        attempt.result, attempt.answered_at, attempt.reasons = result, at, reasons
