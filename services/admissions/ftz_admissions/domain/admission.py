"""The admission aggregate: one announced shipment and its CBP 214 (19 CFR 146.32, 146.37).

Facts may come in any order: counts, documents and arrival before the announcement, answers of CBP late,
twice or never. What comes early is kept; an answer counts only for the attempt that it names.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from ftz_admissions.domain.admission_state import (
    ANSWER,
    READY,
    RECEIVING_CLOSES,
    Admission,
    Telling,
    Terms,
)
from ftz_admissions.domain.filing import Rules, missing_answers, proceed, say_holds
from ftz_admissions.domain.limits import QUANTITY_MAX, VALUE_MAX, refuse
from ftz_admissions.domain.receiving import Receive, receive, settle, take_up_kept
from ftz_common.contracts.admissions import (
    AdmissionArrived,
    AdmissionAuthorized,
    AdmissionCorrected,
    AdmissionDrafted,
    AdmissionLine,
    AdmissionNumbered,
    AdmissionRejected,
    Document,
    DocumentsAdded,
    Hold,
    LineClassified,
)
from ftz_common.contracts.classification import ClassificationAnswered
from ftz_common.contracts.common import DeadlineSet, EventRef, Noted, NumberAssigned, NumberRequested
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.filing import Conveyance, FilingAnswered
from ftz_common.values.calendar import PortCalendar, end_of_day, parse_instant
from ftz_common.values.exact import ZERO, is_storable
from ftz_common.values.names import stream_name, stream_parts

NUMBER_PURPOSE = "214"


@dataclass(frozen=True, slots=True)
class Announce:
    """A shipment is coming, or what was said of it is corrected."""

    terms: Terms
    conveyance: Conveyance
    lines: tuple[AdmissionLine, ...]
    documents: tuple[Document, ...]
    event: EventRef
    announced_at: datetime
    rules: Rules


@dataclass(frozen=True, slots=True)
class AddDocuments:
    """Documents that came later, or before the announcement."""

    documents: tuple[Document, ...]
    rules: Rules


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


# ---- the announcement ---------------------------------------------------------------------------


def _announce(state: Admission, command: Announce) -> Decision:
    problem = _unusable(command)
    if problem is not None:
        return problem
    if state.phase == "unknown":
        return _drafted(state, command)
    if command.announced_at < parse_instant(state.announced_at):
        return [Noted(why=f"older than the announcement that stands, of {state.announced_at}")]
    problem = _not_correctable(state, command)
    if problem is not None:
        return problem
    return _corrected(state, command)


def _unusable(command: Announce) -> Refusal | None:
    """What a 214 cannot carry (19 CFR 146.32(a); layouts: CATAIR e214, records 20, 50, 51)."""
    for name in ("export_date", "import_date"):
        try:
            date.fromisoformat(getattr(command.conveyance, name))
        except ValueError:
            return refuse(
                "no-such-date",
                f"{getattr(command.conveyance, name)!r} is no date of the calendar",
                "19 CFR 146.32(a)",
                "send YYYY-MM-DD",
                f"data.{name}",
            )
    seen: set[int] = set()
    for index, line in enumerate(command.lines):
        problem = _unusable_line(line, index, seen)
        if problem is not None:
            return problem
        seen.add(line.line)
    return None


def _unusable_line(line: AdmissionLine, index: int, seen: set[int]) -> Refusal | None:
    place = f"data.lines[{index}]"
    if line.line in seen:
        return refuse(
            "line-twice",
            f"line {line.line} is there twice",
            "19 CFR 146.32(a)",
            "number the lines uniquely",
            f"{place}.line",
        )
    if not (ZERO < line.quantity <= QUANTITY_MAX and is_storable(line.quantity)):
        return refuse(
            "quantity-out-of-range",
            f"{line.quantity} {line.unit} is no quantity of goods",
            "19 CFR 146.32(a), 146.22(d)",
            f"send a quantity above 0, at most {QUANTITY_MAX}",
            f"{place}.quantity",
        )
    for name, amount in (("value", line.value), ("charges", line.charges)):
        if not (ZERO <= amount <= VALUE_MAX and is_storable(amount)):
            return refuse(
                f"{name}-out-of-range",
                f"{amount} is no amount in US dollars for a line",
                "19 CFR 146.32(a), 146.65(b)(2)",
                f"send the line's {name} in US dollars, 0 to {VALUE_MAX}",
                f"{place}.{name}",
            )
    return None


def _merged(known: list[Document], new: tuple[Document, ...]) -> list[Document]:
    return [*known, *dict.fromkeys(d for d in new if d not in known)]


def _drafted(state: Admission, command: Announce) -> Decision:
    terms = command.terms
    tell = Telling(state)
    tell.say(
        AdmissionDrafted(
            shipment=state.shipment,
            issuer=state.issuer,
            zone=terms.zone,
            site=terms.site,
            firms=terms.firms,
            port=terms.port,
            timezone=terms.timezone,
            week_starts=terms.week_starts,
            parties=terms.parties,
            conveyance=command.conveyance,
            lines=list(command.lines),
            documents=_merged(state.documents, command.documents),
            required_documents=terms.required_documents,
            receiving_days_max=terms.receiving_days_max,
            backdating_days_max=terms.backdating_days_max,
            closures=terms.closures,
            event=command.event,
            announced_at=instant_text(command.announced_at),
        )
    )
    year = PortCalendar(terms.timezone).local_date(command.rules.now).year
    series = stream_name("series", "admissions", terms.zone, "214", f"{year % 100:02}")
    tell.say(NumberRequested(to=series, reply_to=state.stream, purpose=f"{NUMBER_PURPOSE} {state.stream}"))
    take_up_kept(tell)
    proceed(tell, command.rules)
    return tell.facts


def _not_correctable(state: Admission, command: Announce) -> Refusal | None:
    """A 214 is corrected before it is filed or after CBP rejected it; later by CBP's own correction."""
    if state.phase == "authorized":
        return refuse(
            "already-authorized",
            f"CBP authorized 214 {state.number} at {state.authorized_at}",
            "19 CFR 146.32(b), 146.37(c)",
            "report what differs as a discrepancy; what came more is a shipment of its own",
            "data.shipment",
        )
    unanswered = any(hold.code == "no-answer" for hold in state.holds)
    if state.phase == "filed" and not unanswered:
        return refuse(
            "waits-for-cbp",
            f"attempt {state.attempt} of 214 {state.number} is with CBP",
            "19 CFR 146.32(b)",
            f"wait for the answer; without one by {state.answer_due} announce the shipment again",
            "data.shipment",
        )
    units = {line.line: line.unit for line in command.lines}
    counted = {c.line for receipt in state.receipts.values() for c in receipt.lines}
    for number in sorted(counted):
        if units.get(number) != state.lines[number].announced.unit:
            return refuse(
                "line-counted",
                f"line {number} was counted in {state.lines[number].announced.unit}",
                "19 CFR 146.22(b)",
                "keep the line and its unit in the corrected announcement",
                "data.lines",
            )
    return None


def _corrected(state: Admission, command: Announce) -> Decision:
    documents = _merged(state.documents, command.documents)
    before = [line.announced for _, line in sorted(state.lines.items())]
    same = (
        state.conveyance == command.conveyance
        and before == sorted(command.lines, key=lambda line: line.line)
        and documents == state.documents
    )
    if same and state.phase == "drafted":
        return [Noted(why="the announcement says the same as before")]
    tell = Telling(state)
    tell.say(
        AdmissionCorrected(
            conveyance=command.conveyance,
            lines=list(command.lines),
            documents=documents,
            event=command.event,
            announced_at=instant_text(command.announced_at),
        )
    )
    proceed(tell, command.rules)
    return tell.facts


def _add_documents(state: Admission, command: AddDocuments) -> Decision:
    new = _merged(state.documents, command.documents)[len(state.documents) :]
    if not new:
        return [Noted(why="these documents are known")]
    tell = Telling(state)
    tell.say(DocumentsAdded(documents=new))
    proceed(tell, command.rules)
    return tell.facts


# ---- number and tariff numbers ------------------------------------------------------------------


def _take_number(state: Admission, command: TakeNumber) -> Decision:
    """The 214's number: zone, year and control number as printed (19 CFR 146.32(a), 146.37(a))."""
    if state.number:
        return [Noted(why=f"the 214 has its number: {state.number}")]
    _, _, zone, _, year = stream_parts(command.answer.series)
    tell = Telling(state)
    control = command.answer.number
    tell.say(AdmissionNumbered(number=f"{zone}-{year}-{control:06}", control=control))
    proceed(tell, command.rules)
    return tell.facts


def _take_classification(state: Admission, command: TakeClassification) -> Decision:
    answer = command.answer
    line = state.lines.get(answer.line)
    if line is None or line.announced.uin != answer.uin:
        return [Noted(why=f"line {answer.line} is no longer {answer.uin!r}")]
    if state.phase in ("filed", "authorized"):
        return [Noted(why="the 214 is filed; its numbers stand")]
    tell = Telling(state)
    tell.say(
        LineClassified(
            line=answer.line,
            number=answer.number,
            revision=answer.revision,
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
    if state.phase != "filed":
        return [Noted(why=f"attempt {answer.attempt} was answered before; this says {word}")]
    tell = Telling(state)
    if answer.accepted:
        tell.say(AdmissionAuthorized(attempt=answer.attempt, authorized_at=instant_text(command.answered_at)))
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
    return [AdmissionArrived(arrived_at=instant_text(command.arrived_at)), due]


def _due(state: Admission, deadline: DeadlineSet) -> Decision:
    if deadline.name == READY:
        return _ready_due(state, deadline)
    if deadline.name == ANSWER:
        return _answer_due(state, deadline)
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
    Announce: _announce,
    AddDocuments: _add_documents,
    Arrive: _arrive,
    Receive: receive,
    TakeNumber: _take_number,
    TakeClassification: _take_classification,
    TakeAnswer: _take_answer,
    DeadlineSet: _due,
}
