"""The cumulative 214 of a business day: what was recorded on it of direct deliveries (19 CFR 146.40(c)(1)).

A stream per zone, account, business day and part: daily/<zone>/<account>/<day>/<part>. The first receipt
takes the next number of the ordinary series; the 214 is filed as the next business day begins. What comes
after that goes on the next one; more shipments than an e214 can carry go on another part of the day.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

from msgspec.structs import replace as replace_part

from ftz_admissions.domain.admission import TakeAnswer
from ftz_admissions.domain.filing import ANSWER
from ftz_common.contracts.admissions import (
    AdmissionAuthorized,
    AdmissionHeld,
    AdmissionNumbered,
    AdmissionRejected,
    DailyOffered,
    DailyRecorded,
    DailyTold,
    Hold,
    HoldsCleared,
    ListedPhase,
)
from ftz_common.contracts.catair.e214 import CONVEYANCES_MAX
from ftz_common.contracts.common import DeadlineSet, Noted, NumberAssigned, NumberRequested
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.filing import FiledShipment, FilingLine, FilingRequested
from ftz_common.values.calendar import PortCalendar
from ftz_common.values.names import stream_name, stream_parts

#: Without its number it is looked at again.
NUMBER_AGAIN = timedelta(minutes=10)
FILE = "file"  #: the business day is over: its 214 is filed


@dataclass(slots=True)
class Daily:
    """The cumulative 214 of a day. `phase` as of an admission."""

    stream: str
    zone: str
    account: str
    day: str
    part: int
    phase: Literal["unknown", "drafted", "filed", "rejected", "authorized"] = "unknown"
    entries: dict[str, DailyRecorded] = field(default_factory=dict[str, DailyRecorded])
    number: str = ""
    control: int = 0
    attempt: int = 0
    filed_on: str = ""
    held: bool = False  #: CBP is silent


def start(parts: tuple[str, ...]) -> Daily:
    """From `daily/<zone>/<account>/<business day>/<part>`."""
    _, zone, account, day, part = parts
    return Daily(stream_name(*parts), zone, account, day, int(part))


class _Telling:
    """The facts so far, and the state after them."""

    def __init__(self, state: Daily) -> None:
        self.facts: list[Fact] = []
        self.state = replace(state, entries=dict(state.entries))

    def say(self, fact: Fact) -> None:
        self.facts.append(fact)
        self.state = evolve(self.state, fact)

    def tell(self, phase: ListedPhase, on: str = "", only: str = "") -> None:
        """Every admission hears what became of each of its receipts."""
        state = self.state
        for key, entry in state.entries.items():
            if only in ("", key):
                self.say(
                    DailyTold(
                        to=entry.admission,
                        daily=state.stream,
                        receipt=entry.receipt,
                        phase=phase,
                        number=state.number,
                        control=state.control,
                        attempt=state.attempt,
                        on=on,
                    )
                )


def decide(state: Daily, command: Any, at: datetime) -> Sequence[Fact] | Refusal:
    """A receipt, the number, the end of the day, CBP's answer."""
    match command:
        case DailyOffered():
            return _record(state, command, at)
        case NumberAssigned():
            return _number(state, command)
        case DeadlineSet(name="file"):
            return _day_over(state, at)
        case DeadlineSet():
            return _silent(state, command)
        case TakeAnswer():
            return _answer(state, command)
        case _:
            raise TypeError(f"a cumulative 214 takes no {type(command).__name__}")


def _key(admission: str, receipt: str) -> str:
    return stream_name(admission, receipt)


def _record(state: Daily, offered: DailyOffered, at: datetime) -> Sequence[Fact]:
    """A receipt is listed, or replaced by its correction; on the next 214 where this one has no place."""
    key = _key(offered.reply_to, offered.receipt)
    entry = DailyRecorded(
        admission=offered.reply_to,
        receipt=offered.receipt,
        head=offered.head,
        shipment=offered.shipment,
        lines=offered.lines,
    )
    elsewhere = _no_place(state, key, entry)
    if elsewhere:
        where = stream_name("daily", state.zone, state.account, *elsewhere)
        return [Noted(why=f"it is listed on {where}"), replace_part(offered, to=where)]
    tell = _Telling(state)
    tell.say(entry)
    if state.phase == "unknown":
        calendar = _calendar(entry)
        begins = calendar.instant(calendar.add_working_days(date.fromisoformat(state.day), 1))
        year = date.fromisoformat(state.day).year % 100
        series = stream_name("series", "admissions", state.zone, "214", f"{year:02}")
        tell.say(NumberRequested(to=series, reply_to=state.stream, purpose=f"214 {state.stream}"))
        tell.say(DeadlineSet(name=FILE, due_at=instant_text(begins), citation="19 CFR 146.40(c)(1)"))
    if tell.state.number:
        tell.tell("numbered", only=key)
    if state.phase == "rejected":
        _file(tell, at)
    return tell.facts


def _no_place(state: Daily, key: str, entry: DailyRecorded) -> tuple[str, str] | None:
    """(day, part) of the 214 that takes it: this one is filed, or holds as many conveyances as an e214."""
    if state.phase in ("filed", "authorized"):
        day = _calendar(entry).add_working_days(date.fromisoformat(state.day), 1)
        return day.isoformat(), "1"
    shipments = {known.admission for known in state.entries.values()} | {entry.admission}
    if key not in state.entries and len(shipments) > CONVEYANCES_MAX:
        return state.day, str(state.part + 1)
    return None


def _calendar(entry: DailyRecorded) -> PortCalendar:
    return PortCalendar.of(entry.head.timezone, [date.fromisoformat(day) for day in entry.head.closures])


def _number(state: Daily, answer: NumberAssigned) -> Sequence[Fact]:
    """Uniquely numbered, in the sequence of the zone's 214s of the year (19 CFR 146.37(a), 146.40(c)(1))."""
    if state.number:
        return [Noted(why=f"the 214 has its number: {state.number}")]
    _, _, zone, _, year = stream_parts(answer.series)
    tell = _Telling(state)
    tell.say(AdmissionNumbered(number=f"{zone}-{year}-{answer.number:06}", control=answer.number))
    tell.tell("numbered")
    return tell.facts


def _day_over(state: Daily, at: datetime) -> Sequence[Fact]:
    """The next business day begins: the 214 is filed, once it has its number."""
    tell = _Telling(state)
    if state.phase != "drafted":
        return [Noted(why=f"the 214 is {state.phase}")]
    if not state.number:
        again = instant_text(at + NUMBER_AGAIN)
        return [DeadlineSet(name=FILE, due_at=again, citation="policy: its number is not here yet")]
    _file(tell, at)
    return tell.facts


def _file(tell: _Telling, at: datetime) -> None:
    """All that was recorded on the business day before, with every manifest and how many invoices it has."""
    state = tell.state
    entries = [state.entries[key] for key in sorted(state.entries)]
    head, calendar = entries[-1].head, _calendar(entries[-1])
    shipments = _shipments(entries)
    places = {admission: place for place, admission in enumerate(shipments, 1)}
    lines = [(places[entry.admission], line) for entry in entries for line in entry.lines]
    tell.say(
        FilingRequested(
            kind="214",
            control=state.number,
            attempt=state.attempt + 1,
            reply_to=state.stream,
            port=head.port,
            firms=head.firms,
            filer=head.filer,
            importer_of_record=head.importer_of_record,
            lines=_numbered(lines),
            shipments=list(shipments.values()),
            direct_delivery=True,
            filed_on=calendar.local_date(at).isoformat(),
            zone_id=head.zone_id,
            operator_ior=head.operator_ior,
            applicant_ior=head.applicant_ior,
        )
    )
    hours = head.answer_hours_max
    tell.say(
        DeadlineSet(
            name=ANSWER,
            due_at=instant_text(at + timedelta(hours=hours)),
            subject=str(tell.state.attempt),
            citation=f"policy: CBP's answer within {hours} hours",
        )
    )
    tell.tell("filed", tell.state.filed_on)


def _shipments(entries: Sequence[DailyRecorded]) -> dict[str, FiledShipment]:
    """A shipment once, however many counts of it the day saw."""
    found: dict[str, FiledShipment] = {}
    for entry in entries:
        before = found.get(entry.admission)
        whole = entry.shipment.whole or (before is not None and before.whole)
        found[entry.admission] = replace_part(entry.shipment, whole=whole)
    return found


def _numbered(lines: Sequence[tuple[int, FilingLine]]) -> list[FilingLine]:
    """Numbered anew, shipment by shipment."""
    in_order = sorted(lines, key=lambda each: each[0])
    return [
        replace_part(line, line=number, shipment=place) for number, (place, line) in enumerate(in_order, 1)
    ]


def _answer(state: Daily, command: TakeAnswer) -> Sequence[Fact]:
    """An answer counts once, and only for the attempt that stands."""
    answer = command.answer
    if state.phase != "filed" or (answer.control, answer.attempt) != (state.number, state.attempt):
        return [Noted(why=f"attempt {answer.attempt} of {answer.control}; {state.attempt} is {state.phase}")]
    tell = _Telling(state)
    if answer.accepted:
        permitted = instant_text(command.answered_at)
        tell.say(AdmissionAuthorized(attempt=answer.attempt, authorized_at=permitted))
        tell.tell("accepted", permitted)
    else:
        tell.say(AdmissionRejected(attempt=answer.attempt, codes=answer.codes, reasons=answer.reasons))
        tell.tell("rejected")
    if state.held:
        tell.say(HoldsCleared())
    return tell.facts


def _silent(state: Daily, deadline: DeadlineSet) -> Sequence[Fact]:
    """CBP is silent: a person asks. Nothing is filed again by itself, the first may still be answered."""
    if state.phase != "filed" or deadline.subject != str(state.attempt):
        return [Noted(why=f"attempt {deadline.subject} was answered")]
    hold = Hold(
        code="no-answer",
        reason=f"CBP has not answered attempt {state.attempt} of cumulative 214 {state.number}",
        citation=deadline.citation,
        remedy="ask CBP",
    )
    return [AdmissionHeld(holds=[hold])]


def evolve(state: Daily, fact: Fact) -> Daily:
    """Fold one fact."""
    match fact:
        case DailyRecorded():
            state.entries[_key(fact.admission, fact.receipt)] = fact
            state.phase = "drafted" if state.phase == "unknown" else state.phase
        case AdmissionNumbered():
            state.number, state.control = fact.number, fact.control
        case FilingRequested():
            state.phase, state.attempt, state.filed_on = "filed", fact.attempt, fact.filed_on
        case AdmissionAuthorized():
            state.phase = "authorized"
        case AdmissionRejected():
            state.phase = "rejected"
        case AdmissionHeld():
            state.held = True
        case HoldsCleared():
            state.held = False
        case _:
            pass
    return state
