"""The admission aggregate: one announced shipment and its CBP 214 (19 CFR 146.32, 146.37).

Facts may come in any order: counts, documents and arrival before the announcement, answers of CBP late,
twice or never. What comes early is kept; an answer counts only for the attempt that it names.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from ftz_admissions.domain import clocks, cumulative, direct, shortages, transfer
from ftz_admissions.domain.admission_fold import Telling
from ftz_admissions.domain.admission_state import ANSWER, CLOCK, LIABILITY, READY, RECEIVING_CLOSES, Admission
from ftz_admissions.domain.announcement import AddDocuments, Announce, add_documents, announce
from ftz_admissions.domain.counts import Receive, receive
from ftz_admissions.domain.cumulative import TakeListing
from ftz_admissions.domain.discrepancies import ReportDiscrepancy, liability_due, report
from ftz_admissions.domain.ending import Withdraw, withdraw
from ftz_admissions.domain.filing import proceed
from ftz_admissions.domain.holds import Rules, missing_answers, say_holds
from ftz_admissions.domain.kinds import KINDS
from ftz_admissions.domain.receiving import settle
from ftz_admissions.domain.shortages import AnswerOverage, ReportShortage
from ftz_admissions.domain.transfer import CancelTransfer, RecordTransfer
from ftz_common.contracts.admissions import (
    AdmissionArrived,
    AdmissionAuthorized,
    AdmissionDeleted,
    AdmissionNumbered,
    AdmissionRejected,
    Hold,
    LineClassified,
    ShortagePriced,
)
from ftz_common.contracts.classification import ClassificationAnswered
from ftz_common.contracts.common import DeadlineSet, Noted, NumberAssigned
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.filing import FilingAnswered
from ftz_common.values.calendar import PortCalendar, end_of_day, parse_instant
from ftz_common.values.names import stream_parts


@dataclass(frozen=True, slots=True)
class Arrive:
    """The conveyance is at the zone."""

    arrived_at: datetime
    timezone: str
    receiving_days_max: int


@dataclass(frozen=True, slots=True)
class TakeNumber:
    """The number series answers."""

    answer: NumberAssigned
    rules: Rules


@dataclass(frozen=True, slots=True)
class TakeClassification:
    """Classification answers for a line."""

    answer: ClassificationAnswered
    rules: Rules


@dataclass(frozen=True, slots=True)
class TakeAnswer:
    """CBP answers an attempt."""

    answer: FilingAnswered
    answered_at: datetime


Decision = Sequence[Fact] | Refusal


def decide(state: Admission, command: Any, _at: datetime) -> Decision:
    """One command to an admission; a deadline comes back as the fact that set it."""
    return _ON[type(command)](state, command)


# ---- number and tariff numbers ------------------------------------------------------------------


def _take_number(state: Admission, command: TakeNumber) -> Decision:
    """The 214's number: zone, year and control number as printed (19 CFR 146.32(a), 146.37(a))."""
    if state.number:
        return [Noted(why=f"the 214 has its number: {state.number}")]
    _, _, zone, kind, year = stream_parts(command.answer.series)
    if kind != KINDS[state.particulars.admission_type].series:
        return [Noted(why=f"a number of series {kind}; the complete 214 has one of its own")]
    tell = Telling(state)
    control = command.answer.number
    printed = f"{control:06}" if kind == "214" else f"T{control:05}"
    tell.say(AdmissionNumbered(number=f"{zone}-{year}-{printed}", control=control))
    proceed(tell, command.rules)
    return tell.facts


def _take_classification(state: Admission, command: TakeClassification) -> Decision:
    answer = command.answer
    line = state.line(answer.line)
    if line is None or line.announced.uin != answer.uin:
        return [Noted(why=f"line {answer.line} is no longer {answer.uin!r}")]
    if state.phase not in ("drafted", "rejected"):
        return [Noted(why=f"the 214 is {state.phase}; its numbers stand")]
    tell = Telling(state)
    announced = line.announced
    frozen = (
        announced.pf_filed_on
    )  # elsewhere: number and revision are those of that day (19 CFR 146.65(a)(1))
    revision = command.rules.revision_on(date.fromisoformat(frozen)) if frozen else answer.revision
    tell.say(
        LineClassified(
            line=answer.line,
            number=announced.frozen_number if frozen else answer.number,
            revision=revision,
            decision=answer.decision,
            decided_by=answer.decided_by,
            licence=answer.licence,
            reason=answer.reason,
            measures=answer.measures,
            description=answer.description,
        )
    )
    proceed(tell, command.rules)
    return tell.facts


# ---- CBP's answer -------------------------------------------------------------------------------


def _take_answer(state: Admission, command: TakeAnswer) -> Decision:
    """An answer counts once, and only for the attempt that stands."""
    answer = command.answer
    word = "accepted" if answer.accepted else "rejected"
    if answer.control != state.number or answer.attempt != state.attempt:
        return [
            Noted(
                why=f"late: attempt {answer.attempt} of {answer.control} is {word}; "
                f"attempt {state.attempt} of {state.number} stands"
            )
        ]
    if state.phase == "drafted":
        return [Noted(why=f"attempt {answer.attempt} is {word}, but a corrected announcement replaces it")]
    if state.phase not in ("filed", "deleting"):
        return [Noted(why=f"attempt {answer.attempt} was answered before; this says {word}")]
    tell = Telling(state)
    if answer.accepted and state.phase == "deleting":
        tell.say(AdmissionDeleted(number=state.number, attempt=answer.attempt))
    elif answer.accepted:
        tell.say(AdmissionAuthorized(attempt=answer.attempt, authorized_at=instant_text(command.answered_at)))
        if state.particulars.admission_type != "T":
            clocks.stop(tell, clocks.DEPOSIT, f"CBP accepted the complete 214 {state.number}")
    else:
        tell.say(AdmissionRejected(attempt=answer.attempt, codes=answer.codes, reasons=answer.reasons))
    say_holds(tell, [])
    settle(tell, command.answered_at)
    return tell.facts


# ---- arrival and deadlines ----------------------------------------------------------------------


def _arrive(state: Admission, command: Arrive) -> Decision:
    """Arrival starts the clock of receiving (policy; 19 CFR 146.40(c)(3) has 15 days)."""
    if state.arrived_at:
        return [Noted(why=f"arrived at {state.arrived_at}")]
    calendar = PortCalendar(command.timezone)
    last_day = calendar.local_date(command.arrived_at) + timedelta(days=command.receiving_days_max)
    due = DeadlineSet(
        name=RECEIVING_CLOSES,
        due_at=instant_text(end_of_day(last_day, calendar)),
        citation=f"policy: receiving closes {command.receiving_days_max} days after arrival",
    )
    tell = Telling(state)
    tell.say(AdmissionArrived(arrived_at=instant_text(command.arrived_at)))
    tell.say(due)
    clocks.start_deposit(tell, command.arrived_at)
    direct.start_clocks(tell)
    transfer.arrived(tell)
    return tell.facts


def _due(state: Admission, deadline: DeadlineSet) -> Decision:
    if deadline.name == READY:
        return _ready_due(state, deadline)
    if deadline.name == ANSWER:
        return _answer_due(state, deadline)
    if deadline.name == LIABILITY:
        return liability_due(state, deadline)
    if deadline.name == CLOCK:
        return clocks.due(state, deadline)
    if deadline.name == RECEIVING_CLOSES:
        tell = Telling(state)
        settle(tell, parse_instant(deadline.due_at))
        return tell.facts or [Noted(why="receiving is closed, or waits for CBP's permit")]
    raise ValueError(f"an admission has no clock {deadline.name!r}")


def _ready_due(state: Admission, deadline: DeadlineSet) -> Decision:
    """Number or tariff numbers did not come: from now on that is a hold."""
    late = missing_answers(state)
    if state.phase != "drafted" or deadline.due_at != state.ready_due or not late:
        return [Noted(why="number and tariff numbers are there")]
    codes = {hold.code for hold in late}
    tell = Telling(state)
    say_holds(tell, [*(hold for hold in state.holds if hold.code not in codes), *late])
    return tell.facts or [Noted(why="held already")]


def _answer_due(state: Admission, deadline: DeadlineSet) -> Decision:
    """CBP is silent: a person asks. Nothing is filed again by itself, the first may still be answered."""
    if state.phase != "filed" or deadline.subject != str(state.attempt):
        return [Noted(why=f"attempt {deadline.subject} was answered")]
    tell = Telling(state)
    hold = Hold(
        code="no-answer",
        reason=f"CBP has not answered attempt {state.attempt} of 214 {state.number}",
        citation=deadline.citation,
        remedy="ask CBP; to file another attempt, announce the shipment again",
    )
    say_holds(tell, [hold])
    return tell.facts


_ON: dict[type, Callable[[Admission, Any], Decision]] = {
    Announce: announce,
    AddDocuments: add_documents,
    Arrive: _arrive,
    Receive: receive,
    TakeListing: cumulative.take,
    TakeNumber: _take_number,
    TakeClassification: _take_classification,
    TakeAnswer: _take_answer,
    ReportDiscrepancy: report,
    Withdraw: withdraw,
    ReportShortage: shortages.report,
    AnswerOverage: shortages.answer,
    ShortagePriced: shortages.judge,
    RecordTransfer: transfer.record,
    CancelTransfer: transfer.cancel,
    DeadlineSet: _due,
}
