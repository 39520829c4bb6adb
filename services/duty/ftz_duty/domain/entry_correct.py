"""A summary corrected after CBP accepted it: priced again as of its own date, with what came to light.

A removal that came to light, or was taken back, belongs to the summary of its own week (19 CFR 146.63(c)(1)).
CBP takes a post-summary correction within 300 days of the time of entry, and up to 15 days before the
scheduled liquidation, whichever is earlier (81 FR 89482; 82 FR 2385); after that the way is a protest (19 USC
1514).
"""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from msgspec.structs import replace

from ftz_common.contracts.common import Noted
from ftz_common.contracts.corrections import (
    CorrectedLines,
    CorrectedSums,
    CorrectionOpened,
    CorrectionWaits,
    EntryCorrected,
)
from ftz_common.contracts.duty import EntryCompiled, EntryDocument, EntryOpened
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.values.calendar import PortCalendar
from ftz_common.values.exact import ZERO
from ftz_common.values.period import said_period
from ftz_duty.domain.entry_agreement import NAMED_MAX, News, entry_dates
from ftz_duty.domain.entry_close import prices_wanted
from ftz_duty.domain.entry_compile import PART_LINES, Compile, Statement, document_sums, statements
from ftz_duty.domain.entry_filing import next_attempt
from ftz_duty.domain.entry_fold import take_corrections
from ftz_duty.domain.entry_forms import summary_filing
from ftz_duty.domain.entry_state import SUMMARY_FORM, EntryState
from ftz_duty.domain.summary import open_measures

#: Days after the time of entry, and before the scheduled liquidation.
WINDOW_DAYS, LIQUIDATION_DAYS = 300, 15
CITATION = "81 FR 89482; 82 FR 2385 (post-summary corrections: not checked against the text)"
ZERO_CENTS = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class CorrectSummary:
    """A person corrects the summaries of the week. `liquidation_on`: as CBP scheduled it, "" not known."""

    who: str
    why: str
    liquidation_on: str = ""


def correct(state: EntryState, command: CorrectSummary, at: datetime) -> Sequence[Fact] | Refusal:
    """What came to light until now, and only that: it is named, and priced again."""
    opened, compiled = state.opened, state.compiled
    if opened is None or compiled is None or not state.corrections:
        return _nothing(state)
    if refused := _not_yet(state, compiled):
        return refused
    last, how = _window(compiled.entry_date, command.liquidation_on)
    if PortCalendar.of(opened.timezone).local_date(at) > last:
        return Refusal(
            code="correction-too-late",
            reason=f"a correction of the entry of {compiled.entry_date} was possible until {last}: {how}",
            citation=CITATION,
            remedy="protest within 180 days of the liquidation (19 USC 1514), or tender what is owed",
            place="entry",
        )
    count = len(state.corrections)
    after = corrected_state(state, count)
    facts: list[Fact] = [
        CorrectionOpened(
            correction=len(state.corrected) + 1,
            withdrawals=[c.withdrawal for c in state.corrections],
            who=command.who,
            why=command.why,
            file_by=last.isoformat(),
            window=how,
        )
    ]
    if after.groups:
        facts.append(prices_wanted(after, entry_dates(after, News()), News(), state.round + 1))
        return facts
    return [*facts, *_made(state, facts[0], opened, [])]


def _nothing(state: EntryState) -> Refusal:
    return Refusal(
        code="nothing-to-correct",
        reason=f"nothing of {said_period(state.week)} came to light since its summary"
        if state.compiled is not None
        else f"{said_period(state.week)} has no summary yet: what left is in it when it is compiled",
        citation="19 CFR 146.63(c)(1)",
        remedy="see the entry's corrections: GET /v1/duty/entries/{zone}/{account}/{week}",
        place="entry",
    )


def _not_yet(state: EntryState, compiled: EntryCompiled) -> Refusal | None:
    """A summary that CBP has not accepted is filed again, not corrected; goods need a time of entry."""
    latest = {a.document: a for a in state.attempts if a.form == SUMMARY_FORM}
    waiting = [a for a in latest.values() if a.result != "accepted"]
    if waiting:
        return Refusal(
            code="summary-not-accepted",
            reason=f"the summary filed as attempt {waiting[0].number} is {waiting[0].result}",
            citation=CITATION,
            remedy="wait for CBP's answer; file a rejected one again, then correct it",
            place="entry",
        )
    if not compiled.entry_date and not state.accepted():
        return Refusal(
            code="entry-without-date",
            reason="no estimate of this week was released and nothing was entered: there is no summary",
            citation="19 CFR 141.68(a), (b); 19 CFR 146.63(c)(1)",
            remedy="enter the goods with CBP by a summary that serves as the entry, then settle the alert",
            place="entry",
        )
    return None


def _window(entry_date: str, liquidation_on: str) -> tuple[date, str]:
    """The last day, and how it was found."""
    last = date.fromisoformat(entry_date) + timedelta(days=WINDOW_DAYS)
    how = f"{WINDOW_DAYS} days from the time of entry, {entry_date}"
    if liquidation_on:
        before = date.fromisoformat(liquidation_on) - timedelta(days=LIQUIDATION_DAYS)
        if before < last:
            return before, f"{LIQUIDATION_DAYS} days before the scheduled liquidation, {liquidation_on}"
    return last, f"{how}; CBP's scheduled liquidation less {LIQUIDATION_DAYS} days may be earlier"


def corrected_state(state: EntryState, count: int) -> EntryState:
    """The entry as it would be with the first corrections in it; the state itself is not touched."""
    after = EntryState(state.zone, state.account, state.week, state.opened, dict(state.numbers))
    after.decided_on, after.attempts, after.round = state.decided_on, state.attempts, state.round
    after.decided_for, after.remove_by = state.decided_for, dict(state.remove_by)
    after.groups, after.held = deepcopy(state.groups), deepcopy(state.held)
    after.corrections = list(state.corrections)
    take_corrections(after, count)
    return after


def corrected(state: EntryState, command: Compile, at: datetime) -> Sequence[Fact]:
    """The tariff answered: old and new figures of each entry, and the filing that replaces."""
    opened, correcting = state.opened, state.correcting
    if opened is None or correcting is None or not state.asked or command.round != state.round:
        return [Noted(why="these prices were asked for an earlier state of the entry")]
    missing = sorted({rate.on for rate in command.rates if not rate.revision})
    after = corrected_state(state, len(correcting.withdrawals))
    on = entry_dates(after, News())[0]
    found = [] if missing else statements(after, command, on)
    lines = [line for part in found for line in part.lines]
    why = [f"no tariff revision in force on {day} is known (19 CFR 141.69)" for day in missing]
    if differences := why or open_measures(lines)[:NAMED_MAX]:
        return [CorrectionWaits(correction=correcting.correction, differences=differences)]
    made = _made(state, correcting, opened, found)
    done = made[-1]
    assert isinstance(done, EntryCorrected)  # noqa: S101 what that function gives
    return [*made, *_filings(state, opened, done, found, at)]


def _made(state: EntryState, correcting: Fact, opened: EntryOpened, found: Sequence[Statement]) -> list[Fact]:
    assert isinstance(correcting, CorrectionOpened)  # noqa: S101
    assert state.compiled is not None  # noqa: S101 nothing is corrected before
    said = document_sums(found)
    entries = _entries(state.compiled.documents, said)
    lines = [line for part in found for line in part.lines]
    facts: list[Fact] = [
        CorrectedLines(part=part, lines=lines[first : first + PART_LINES])
        for part, first in enumerate(range(0, len(lines), PART_LINES), start=1)
    ]
    duty = sum((one.duty for one in said), ZERO_CENTS)
    mpf = sum((one.mpf for one in said), ZERO_CENTS)
    facts.append(
        EntryCorrected(
            correction=correcting.correction,
            week=opened.week,
            entry_date=said[0].entry_date if said else state.compiled.entry_date,
            withdrawals=correcting.withdrawals,
            who=correcting.who,
            why=correcting.why,
            file_by=correcting.file_by,
            line_count=len(lines),
            entered_value=sum((one.entered_value for one in said), ZERO),
            duty=duty,
            unpriced=sum(one.unpriced for one in said),
            mpf=mpf,
            total=duty + mpf,
            entries=entries,
            difference=sum((one.difference for one in entries), ZERO_CENTS),
            documents=said,
        )
    )
    return facts


def _entries(before: Sequence[EntryDocument], after: Sequence[EntryDocument]) -> list[CorrectedSums]:
    """Every entry that had or has lines; each fee within the bounds of its own year (19 CFR 24.23(b)(1))."""
    old = {one.entry_number: one for one in before}
    new = {one.entry_number: one for one in after}
    found: list[CorrectedSums] = []
    for number in sorted({*old, *new}):
        was, now = old.get(number), new.get(number)
        duty = (was.duty if was else ZERO_CENTS, now.duty if now else ZERO_CENTS)
        mpf = (was.mpf if was else ZERO_CENTS, now.mpf if now else ZERO_CENTS)
        found.append(
            CorrectedSums(
                entry_number=number,
                entered_value_before=was.entered_value if was else ZERO,
                entered_value=now.entered_value if now else ZERO,
                duty_before=duty[0],
                duty=duty[1],
                mpf_before=mpf[0],
                mpf=mpf[1],
                difference=duty[1] + mpf[1] - duty[0] - mpf[0],
            )
        )
    return found


def _filings(
    state: EntryState, opened: EntryOpened, done: EntryCorrected, found: Sequence[Statement], at: datetime
) -> list[Fact]:
    """The 7501 that replaces the accepted one, of each entry that changed and has every figure."""
    unchanged = _lines_before(state)
    changed = [
        (part, one)
        for part, one in zip(found, done.documents, strict=True)
        if not one.not_filed and part.lines != unchanged.get(one.entry_number)
    ]
    return [
        replace(
            summary_filing(opened, one.entry_number, attempt, part.lines, at=at, document=one), action="R"
        )
        for attempt, (part, one) in enumerate(changed, start=next_attempt(state))
    ]


def _lines_before(state: EntryState) -> dict[str, list[object]]:
    lines: dict[str, list[object]] = {}
    for line in state.lines:
        lines.setdefault(line.entry_number, []).append(line)
    return lines
