"""The announcement of a shipment: the draft of its 214, corrections, documents (19 CFR 146.32)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ftz_admissions.domain import direct, kinds
from ftz_admissions.domain.admission_fold import Telling
from ftz_admissions.domain.admission_state import REGULAR, Admission, Terms, line_key
from ftz_admissions.domain.carriable import unusable
from ftz_admissions.domain.clocks import start_deposit, start_history, start_overage, stop_history
from ftz_admissions.domain.counts import take_up_kept
from ftz_admissions.domain.filing import proceed
from ftz_admissions.domain.holds import Rules
from ftz_admissions.domain.kinds import KINDS
from ftz_admissions.domain.limits import refuse
from ftz_admissions.domain.receiving import settle
from ftz_common.contracts.admissions import (
    AdmissionAuthorized,
    AdmissionCorrected,
    AdmissionDrafted,
    AdmissionLine,
    Document,
    DocumentsAdded,
    Particulars,
    ReceiptCounted,
    ReceiptLine,
)
from ftz_common.contracts.common import EventRef, Noted, NumberRequested
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.filing import Conveyance
from ftz_common.values.calendar import parse_instant
from ftz_common.values.names import stream_name

Decision = Sequence[Fact] | Refusal


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
    particulars: Particulars = REGULAR


@dataclass(frozen=True, slots=True)
class AddDocuments:
    """Documents that came later, or before the announcement."""

    documents: tuple[Document, ...]
    rules: Rules


def announce(state: Admission, command: Announce) -> Decision:
    problem = (
        kinds.problem_of(command.particulars, command.conveyance, command.lines)
        or direct.problem_of(
            command.particulars, command.terms, command.conveyance, command.lines, command.rules.now
        )
        or unusable(command.conveyance, command.lines)
    )
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
            particulars=command.particulars,
            pf_documents=terms.pf_documents,
            census_direct=terms.census_direct,
        )
    )
    if command.particulars.admission_type == "D" and not terms.domestic_permit:
        return _permit_free(tell, command)
    if not direct.cumulative(tell.state):
        _ask_number(tell, command.rules)
    start_history(tell)
    start_overage(tell)
    take_up_kept(tell)
    _take_as_found(tell, command)
    start_deposit(tell, command.rules.now)
    direct.start_clocks(tell)
    direct.start_next_day(tell)
    proceed(tell, command.rules)
    return tell.facts


def _ask_number(tell: Telling, rules: Rules) -> None:
    """The next number of the year; temporary deposits have a series of their own (19 CFR 146.35(b))."""
    state = tell.state
    assert state.terms is not None  # noqa: S101 a draft has its terms
    kind = KINDS[state.particulars.admission_type].series
    year = state.calendar.local_date(rules.now).year
    series = stream_name("series", "admissions", state.terms.zone, kind, f"{year % 100:02}")
    tell.say(NumberRequested(to=series, reply_to=state.stream, purpose=f"{kind} {state.stream}"))


def _permit_free(tell: Telling, command: Announce) -> Decision:
    """Domestic goods come without application, permit and number (19 CFR 146.43(b)); they are counted in."""
    at = instant_text(command.announced_at)
    tell.say(AdmissionAuthorized(attempt=0, authorized_at=at, permit_free=True))
    take_up_kept(tell)
    settle(tell, command.rules.now)
    return tell.facts


def _take_as_found(tell: Telling, command: Announce) -> None:
    """An overage is in the zone already: what is announced is what was counted when it was found."""
    if not KINDS[command.particulars.admission_type].counted_already:
        return
    found = tell.state.calendar.instant(date.fromisoformat(command.particulars.found_on), 12)
    tell.say(
        ReceiptCounted(
            receipt="found",
            counted_at=instant_text(min(found, command.announced_at)),
            final=True,
            lines=[ReceiptLine(line=line.line, quantity=line.quantity) for line in command.lines],
            event=command.event,
        )
    )


def _not_correctable(state: Admission, command: Announce) -> Refusal | None:
    """A 214 is corrected before it is filed or after CBP rejected it; later by CBP's own correction."""
    if state.phase in ("withdrawn", "deleting"):
        return refuse(
            "withdrawn",
            f"the 214 of shipment {state.shipment!r} was given up",
            "19 CFR 146.37(a)",
            "announce what comes after all as a shipment of its own",
            "data.shipment",
        )
    was, now = state.particulars.admission_type, command.particulars.admission_type
    completes = was == "T" and now == "A"  # 19 CFR 146.35(e)
    if was != now and not completes:
        return refuse(
            "type-differs",
            f"shipment {state.shipment!r} is announced as {KINDS[was].name}, now as {KINDS[now].name}",
            "19 CFR 146.32, 146.35",
            "announce these goods as a shipment of their own",
            "data.admission_type",
        )
    if state.phase == "authorized" and not completes and not _replaces(state, command):
        return refuse(
            "already-authorized",
            f"CBP authorized 214 {state.number} at {state.authorized_at}",
            "19 CFR 146.32(b), 146.37(c)",
            "before anything is counted, announce it again with `reasons`; later report what differs as a "
            "discrepancy, and what came more as a shipment of its own",
            "data.shipment",
        )
    return _with_cbp(state) or _counted_otherwise(state, command)


def _with_cbp(state: Admission) -> Refusal | None:
    """Nothing is corrected that CBP is just looking at, or will on the day's cumulative 214."""
    if state.phase == "drafted" and state.layers:
        return refuse(
            "recorded-already",
            f"what was counted is recorded, and stands on 214 {state.number}",
            "19 CFR 146.40(c)(1), 146.37(c)",
            "wait for CBP's answer; then report what differs as a discrepancy",
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
    return None


def _counted_otherwise(state: Admission, command: Announce) -> Refusal | None:
    """What was counted stays a line of the 214, in its unit."""
    units = {line.line: line.unit for line in command.lines}
    counted = {c.line for receipt in state.receipts.values() for c in receipt.lines}
    for number in sorted(counted):
        unit = state.lines[line_key(number)].announced.unit
        if units.get(number) != unit:
            return refuse(
                "line-counted",
                f"line {number} was counted in {unit}",
                "19 CFR 146.22(b)",
                "keep the line and its unit in the corrected announcement",
                "data.lines",
            )
    return None


def _replaces(state: Admission, command: Announce) -> bool:
    """A permitted 214 is replaced with reason codes, as long as nothing of it was counted."""
    return bool(command.particulars.reasons) and not state.receipts and not state.permit_free


def _corrected(state: Admission, command: Announce) -> Decision:
    documents = _merged(state.documents, command.documents)
    before = [line.announced for line in state.in_order()]
    completes = state.particulars.admission_type != command.particulars.admission_type
    same = (
        state.conveyance == command.conveyance
        and state.particulars == command.particulars
        and before == sorted(command.lines, key=lambda line: line.line)
        and documents == state.documents
    )
    tell = Telling(state)
    if same and state.phase == "drafted":
        proceed(tell, command.rules)
        return tell.facts or [Noted(why="the announcement says the same as before")]
    tell.say(
        AdmissionCorrected(
            conveyance=command.conveyance,
            lines=list(command.lines),
            documents=documents,
            event=command.event,
            announced_at=instant_text(command.announced_at),
            particulars=command.particulars,
        )
    )
    if completes:
        _ask_number(tell, command.rules)
    proceed(tell, command.rules)
    return tell.facts


def add_documents(state: Admission, command: AddDocuments) -> Decision:
    new = _merged(state.documents, command.documents)[len(state.documents) :]
    if not new:
        return [Noted(why="these documents are known")]
    tell = Telling(state)
    tell.say(DocumentsAdded(documents=new))
    stop_history(tell)
    direct.stop_clocks(tell)
    proceed(tell, command.rules)
    return tell.facts
