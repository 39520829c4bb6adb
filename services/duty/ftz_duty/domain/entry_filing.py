"""The filings of a weekly entry: opened, numbered, estimate filed and answered (19 CFR 146.62, 146.63(c))."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ftz_common.contracts.common import DeadlineSet, Noted, NumberAssigned, NumberRequested
from ftz_common.contracts.duty import (
    EntryDateDecided,
    EntryLineOffered,
    EntryNumbered,
    EntryOpened,
    EstimateAccepted,
    EstimateAdded,
    EstimateLine,
    EstimateProposed,
    EstimateRejected,
    SummaryAccepted,
    SummaryRejected,
)
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.filing import FilingAnswered
from ftz_common.contracts.inventory import CoverGranted
from ftz_common.values.calendar import PortCalendar
from ftz_common.values.exact import ZERO
from ftz_common.values.names import stream_name
from ftz_duty.domain.entry_forms import estimate_filing, summary_filing
from ftz_duty.domain.entry_number import entry_number
from ftz_duty.domain.entry_state import ESTIMATE_FORM, SUMMARY_FORM, Attempt, EntryState
from ftz_duty.domain.goods_key import cover_stream, entry_stream, goods_key, key_parts

WEEK_ENDS = "week-ends"


@dataclass(frozen=True, slots=True)
class FileAgain:
    """A person files a rejected or unanswered attempt again, as it was."""

    attempt: int
    reason: str


@dataclass(frozen=True, slots=True)
class FileForRemoved:
    """A person files an estimate for what left without one, while the week runs."""

    reason: str


@dataclass(frozen=True, slots=True)
class SummaryIsEntry:
    """A person lets the summary serve as the entry of a week without any release (19 CFR 141.68(b))."""

    reason: str


def opening(state: EntryState, settings: EstimateProposed | EntryLineOffered) -> list[Fact]:
    """The entry exists from the first that needs it on, with its number asked for and its week's clock."""
    if state.opened is not None:
        return []
    ends = date.fromisoformat(state.week) + timedelta(days=7)
    return [
        EntryOpened(
            zone=state.zone,
            account=state.account,
            week=state.week,
            timezone=settings.timezone,
            week_starts=settings.week_starts,
            port=settings.port,
            firms=settings.firms,
            filer=settings.filer,
            importer_of_record=settings.importer_of_record,
            compile_grace_days=settings.compile_grace_days,
            closures=settings.closures,
            summary_clock=settings.summary_clock,
            zone_id=settings.zone_id,
            importer_ior=settings.importer_ior,
        ),
        _number_wanted(state, 1),
        DeadlineSet(
            name=WEEK_ENDS,
            due_at=instant_text(PortCalendar.of(settings.timezone).instant(ends)),
            subject=state.week,
            citation="19 CFR 146.63(c)(1); 19 USC 1484(i)",
        ),
    ]


def proposed(state: EntryState, proposal: EstimateProposed, at: datetime) -> Sequence[Fact] | Refusal:
    """An estimate, or more of it: filed as soon as the entry has its number."""
    if state.ended or state.compiled is not None:
        return Refusal(
            code="week-over",
            reason=f"the week of {state.week} is over; an estimate releases goods before they leave",
            citation="19 CFR 146.63(c)(1)",
            remedy="estimate the week that runs; what left uncovered is filed late by a person",
        )
    return [*opening(state, proposal), *_added(state, proposal.lines, at, supplement=proposal.supplement)]


def _added(
    state: EntryState, lines: list[EstimateLine], at: datetime, *, supplement: bool, document: int = 0
) -> list[Fact]:
    """An estimate to file. Without a `document` it is an entry of its own: the week's first or a supplement.

    Each supplemental entry has a number, and later a fee, of its own (19 CFR 146.63(c)(1), 142.3a).
    """
    attempt = next_attempt(state)
    known = document or max((a.document for a in state.attempts), default=0) + 1
    facts: list[Fact] = [
        EstimateAdded(attempt=attempt, lines=lines, supplement=supplement or known > 1, document=known)
    ]
    number = state.numbers.get(known, "")
    if state.opened is not None and number:
        facts.append(estimate_filing(state.opened, number, attempt, lines, at))
    elif known > 1 and all(a.document != known for a in state.attempts):
        facts.append(_number_wanted(state, known))
    return facts


def _number_wanted(state: EntryState, document: int) -> NumberRequested:
    stream = entry_stream(state.zone, state.account, state.week)
    return NumberRequested(
        to=stream_name("series", "duty", state.zone, "entry", state.week[2:4]),
        reply_to=stream,
        purpose=stream if document == 1 else f"{stream}#{document}",
    )


def next_attempt(state: EntryState) -> int:
    """Estimates and summary count together, so that (entry number, attempt) names one filing."""
    return max((a.number for a in state.attempts), default=0) + 1


def numbered(state: EntryState, assigned: NumberAssigned, at: datetime) -> Sequence[Fact]:
    """An entry of the week has its number: what waited for it is filed."""
    document = _document_of(assigned.purpose)
    known = state.numbers.get(document, "")
    if known or state.opened is None:
        return [Noted(why="this entry has its number already" if known else "this entry is not open")]
    opened = state.opened
    number = entry_number(opened.filer, state.week[2:4], assigned.number)
    facts: list[Fact] = [EntryNumbered(number=number, control=assigned.number, document=document)]
    facts.extend(
        estimate_filing(opened, number, a.number, a.lines, at)
        for a in state.attempts
        if a.result == "unfiled" and a.document == document
    )
    return facts


def _document_of(purpose: str) -> int:
    _, _, document = purpose.partition("#")
    return int(document or 1)


def answered(state: EntryState, answer: FilingAnswered, at: datetime) -> Sequence[Fact]:
    """CBP's answer to one attempt; a second answer to it, or one to no attempt of ours, changes nothing."""
    attempt = state.attempt(answer.attempt)
    if attempt is None or attempt.form != answer.kind:
        return [Noted(why=f"no {answer.kind} with attempt {answer.attempt} was filed here")]
    if attempt.result in {"accepted", "rejected"}:
        return [Noted(why=f"attempt {answer.attempt} is {attempt.result} already")]
    when = instant_text(at)
    if answer.kind == SUMMARY_FORM:
        if answer.accepted:
            return [SummaryAccepted(accepted_at=when, attempt=answer.attempt)]
        return [SummaryRejected(codes=answer.codes, reasons=answer.reasons, attempt=answer.attempt)]
    if not answer.accepted:
        return [EstimateRejected(attempt=answer.attempt, codes=answer.codes, reasons=answer.reasons)]
    return [EstimateAccepted(attempt=answer.attempt, accepted_at=when), *_granted(state, attempt, when)]


def _granted(state: EntryState, attempt: Attempt, when: str) -> list[Fact]:
    """Goods may leave once the estimate is accepted, up to its quantities (19 CFR 146.63(c)(1))."""
    return [
        CoverGranted(
            to=cover_stream(state.zone, state.account, state.week, goods_key(line)),
            entry=entry_stream(state.zone, state.account, state.week),
            entry_number=state.numbers.get(attempt.document, ""),
            attempt=attempt.number,
            quantity=line.quantity,
            accepted_at=when,
        )
        for line in attempt.lines
    ]


def file_again(state: EntryState, command: FileAgain, at: datetime) -> Sequence[Fact] | Refusal:
    """The same lines under the next attempt."""
    attempt = state.attempt(command.attempt)
    if attempt is not None and attempt.cancelled and not state.ended and state.compiled is None:
        # An entry of its own: a number is not used for two transactions (19 CFR 142.3a).
        return _added(state, attempt.cancelled, at, supplement=True)
    if attempt is None or attempt.result not in {"rejected", "filed"} or state.opened is None:
        known = "is not known" if attempt is None else f"is {attempt.result}"
        return Refusal(
            code="not-to-file-again",
            reason=f"attempt {command.attempt} {known}",
            citation="19 CFR 146.62(a)",
            remedy="name an attempt that was rejected or has no answer",
            place="attempt",
        )
    if attempt.form == SUMMARY_FORM:
        number = state.numbers[attempt.document]
        lines = [line for line in state.lines if line.entry_number in {number, ""}]
        compiled = state.compiled.documents if state.compiled is not None else []
        document = next((d for d in compiled if d.entry_number == number), None)
        return [summary_filing(state.opened, number, next_attempt(state), lines, at=at, document=document)]
    return _added(state, attempt.lines, at, supplement=attempt.supplement, document=attempt.document)


def file_for_removed(state: EntryState, at: datetime) -> Sequence[Fact] | Refusal:
    """An estimate of what left and no filing asked for, while the week runs."""
    if state.opened is None or state.ended or state.compiled is not None:
        return Refusal(
            code="week-over",
            reason=f"the week of {state.week} {'is over' if state.opened else 'has no entry'}: an estimate"
            " comes before its removals",
            citation="19 CFR 146.63(c)(1)",
            remedy="let the summary serve as the entry, if no estimate of the week was released",
        )
    lines = _uncovered(state)
    if not lines:
        return Refusal(
            code="nothing-uncovered",
            reason="every quantity that left is in an estimate that was filed",
            citation="19 CFR 146.63(c)(1)",
            remedy="wait for the answer, or file a rejected attempt again",
        )
    return _added(state, lines, at, supplement=bool(state.attempts))


def summary_is_entry(state: EntryState, command: SummaryIsEntry, at: datetime) -> Sequence[Fact] | Refusal:
    """Goods left and no estimate was released: the time of entry is the filing of the summary."""
    if state.opened is None or state.compiled is not None or not state.ended or state.accepted():
        return Refusal(
            code="entry-has-its-date",
            reason=f"the entry of {state.week} is not one whose week is over without any release",
            citation="19 CFR 141.68(a), (b)",
            remedy="nothing to do: its date is that of the first release",
        )
    day = PortCalendar.of(state.opened.timezone).local_date(at)
    return [EntryDateDecided(entry_date=day.isoformat(), reason=command.reason)]


def _uncovered(state: EntryState) -> list[EstimateLine]:
    asked: dict[str, EstimateLine] = {}
    sums: dict[str, list[EstimateLine]] = {}
    for attempt in state.attempts:
        if attempt.form == ESTIMATE_FORM and attempt.result != "rejected":
            for line in attempt.lines:
                sums.setdefault(goods_key(line), []).append(line)
    for key in sorted(state.held):
        held = state.held[key]
        quantity = held.quantity - sum((line.quantity for line in sums.get(key, [])), ZERO)
        if quantity > 0:
            number, status, origin, unit = key_parts(key)
            asked[key] = EstimateLine(
                number=number, status=status, origin=origin, unit=unit, quantity=quantity, value=held.value
            )
    return list(asked.values())
