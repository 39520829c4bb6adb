"""The filings of a weekly entry: opened, numbered, estimate filed and answered (19 CFR 146.62, 146.63(c))."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
from ftz_common.values.calendar import PortCalendar
from ftz_common.values.exact import ZERO
from ftz_common.values.names import stream_name
from ftz_common.values.period import first_day, said_period
from ftz_duty.domain.entry_definite import (
    FILE_GOODS,
    REMOVAL_WORKING_DAYS,
    OrderGoods,
    closes_at,
    grants,
    is_definite,
    ordered,
    permitted,
    to_enter,
    window,
)
from ftz_duty.domain.entry_forms import estimate_filing, summary_filing
from ftz_duty.domain.entry_number import entry_number
from ftz_duty.domain.entry_state import SUMMARY_FORM, Attempt, EntryState
from ftz_duty.domain.estimate_proposal import LINES_MAX
from ftz_duty.domain.goods_key import entry_stream, goods_key, key_parts
from ftz_duty.domain.removal_settings import RemovalSettings

WEEK_ENDS = "week-ends"
WEEK_CITATION = "19 CFR 146.63(c)(1); 19 USC 1484(i)"


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


def opening(state: EntryState, settings: EstimateProposed | EntryLineOffered | RemovalSettings) -> list[Fact]:
    """The entry exists from the first that needs it on, with its number asked for and its clock.

    Without any permit an entry of definite goods is looked at after five working days.
    """
    if state.opened is not None:
        return []
    calendar = PortCalendar.of(settings.timezone, map(date.fromisoformat, settings.closures))
    first = first_day(state.week)
    ends = first + timedelta(days=7)
    if is_definite(state.week):
        ends = calendar.add_working_days(first, REMOVAL_WORKING_DAYS) + timedelta(days=1)
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
            closures=list(settings.closures),
            summary_clock=settings.summary_clock,
            zone_id=settings.zone_id,
            importer_ior=settings.importer_ior,
        ),
        _number_wanted(state, 1),
        DeadlineSet(
            name=WEEK_ENDS,
            due_at=instant_text(calendar.instant(ends)),
            subject=state.week,
            citation="19 CFR 146.71(c)" if is_definite(state.week) else WEEK_CITATION,
        ),
    ]


def proposed(state: EntryState, proposal: EstimateProposed, at: datetime) -> Sequence[Fact] | Refusal:
    """An estimate, or more of it: filed as soon as the entry has its number."""
    if state.ended or state.compiled is not None:
        return Refusal(
            code="week-over",
            reason=f"{said_period(state.week)} is over; an estimate releases goods before they leave",
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
    return _accepted(state, attempt, when)


def _accepted(state: EntryState, attempt: Attempt, when: str) -> list[Fact]:
    """Goods may leave: those of a week until it ends, definite goods for five working days (146.71(c))."""
    now = replace(attempt, answered_at=when)
    if state.opened is None or not is_definite(state.week):
        return [EstimateAccepted(attempt=attempt.number, accepted_at=when), *grants(state, [now])]
    by = state.remove_by.get(attempt.document) or window(state.opened, when).isoformat()
    return [
        EstimateAccepted(attempt=attempt.number, accepted_at=when, remove_by=by),
        *permitted(state, state.opened, now, when),
        *grants(state, [now], closes_at(state.opened, by)),
    ]


def order_goods(state: EntryState, command: OrderGoods, at: datetime) -> Sequence[Fact] | Refusal:
    """Definite goods of an order, to be entered before they leave (19 CFR 146.62(a))."""
    if state.ended or state.compiled is not None:
        return Refusal(
            code="week-over",
            reason=f"{said_period(state.week)} is closed: goods are entered before they leave",
            citation="19 CFR 146.71(a)",
            remedy="send the goods under an order with a later day of shipment",
        )
    return [*(opening(state, command.settings) if command.lines else []), *ordered(state, command, at)]


def file_goods(state: EntryState, at: datetime) -> Sequence[Fact]:
    """A 3461 for what orders want and none asks for; more than it can hold goes into the next.

    Each is an entry with a number and a fee of its own (19 CFR 142.3a, 24.23(b)(1)).
    """
    lines = to_enter(state)
    if not lines or state.opened is None:
        return [Noted(why="nothing is to be entered")]
    facts = _added(state, lines[:LINES_MAX], at, supplement=bool(state.attempts))
    if len(lines) > LINES_MAX:
        facts.append(
            DeadlineSet(
                name=FILE_GOODS, due_at=instant_text(at), subject=f"{state.week}#{next_attempt(state)}"
            )
        )
    return facts


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
            reason=f"{said_period(state.week)} {'is over' if state.opened else 'has no entry'}: an estimate"
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
    """Goods left and no estimate was released: the time of entry is the filing of the summary.

    After an entry that CBP cancelled whole it is another entry, with a number of its own (19 CFR 142.3a).
    """
    if state.opened is None or state.compiled is not None or not state.ended or state.accepted():
        return Refusal(
            code="entry-has-its-date",
            reason=f"the entry of {state.week} is not one whose week is over without any release",
            citation="19 CFR 141.68(a), (b)",
            remedy="nothing to do: its date is that of the first release",
        )
    day = PortCalendar.of(state.opened.timezone).local_date(at)
    used = [a.document for a in state.attempts if a.result == "cancelled"]
    document = max((a.document for a in state.attempts), default=0) + 1 if used else 1
    decided = EntryDateDecided(entry_date=day.isoformat(), reason=command.reason, document=document)
    return [decided, *([_number_wanted(state, document)] if used else [])]


def _uncovered(state: EntryState) -> list[EstimateLine]:
    asked: dict[str, EstimateLine] = {}
    sums: dict[str, list[EstimateLine]] = {}
    for attempt in state.asking():
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
