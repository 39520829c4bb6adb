"""The state of an admission: one shipment's CBP 214, from draft to concurrence.

Everything here is folded from facts. `Telling` is how a decision looks ahead: what it says is folded
into a copy, so that the next rule sees it and the live state stays untouched.
"""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal

from ftz_common.contracts.admissions import (
    AdmissionArrived,
    AdmissionAuthorized,
    AdmissionConcurred,
    AdmissionCorrected,
    AdmissionDeleted,
    AdmissionDrafted,
    AdmissionHeld,
    AdmissionLine,
    AdmissionNumbered,
    AdmissionRejected,
    AdmissionWithdrawn,
    ClassificationRequested,
    DiscrepancyFound,
    DiscrepancyReported,
    Document,
    DocumentsAdded,
    GoodsAdmitted,
    Hold,
    HoldsCleared,
    LineClassified,
    Particulars,
    ReceiptCounted,
    ReceiptKept,
    TransferCancelled,
    TransferRecorded,
)
from ftz_common.contracts.common import ClockStarted, ClockStopped, DeadlineSet, OutcomeGiven
from ftz_common.contracts.fact import Fact
from ftz_common.contracts.filing import Conveyance, FilingRequested
from ftz_common.contracts.reference import DirectDelivery, Parties
from ftz_common.values.calendar import PortCalendar
from ftz_common.values.exact import ZERO
from ftz_common.values.names import stream_name

#: What a 214 is unless its announcement says something else.
REGULAR = Particulars()

#: Clocks of an admission.
READY = "ready"  #: by then number and classification should be there
ANSWER = "answer"  #: by then CBP should have answered the attempt in `subject`
RECEIVING_CLOSES = "receiving-closes"
LIABILITY = "liability"  #: the last day for a discrepancy report of the line in `subject`
CLOCK = "clock"  #: one of the law's; which one is in `subject`

#: unknown: nobody announced it yet · drafted · filed: an attempt waits for CBP · rejected · authorized ·
#: deleting: CBP is asked to delete it · withdrawn: given up.
Phase = Literal["unknown", "drafted", "filed", "rejected", "authorized", "deleting", "withdrawn"]


@dataclass(slots=True)
class Terms:
    """The zone's settings as they were when the 214 was drafted."""

    zone: str
    site: str
    firms: str
    port: str
    timezone: str
    week_starts: int
    parties: Parties
    required_documents: list[str]
    receiving_days_max: int
    backdating_days_max: int
    closures: list[str]
    pf_documents: list[str] = field(default_factory=list[str])
    domestic_permit: bool = False
    census_direct: bool = False
    direct_delivery: DirectDelivery | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the 214 with what is known of it. Replaced, never changed."""

    announced: AdmissionLine
    classified: LineClassified | None = None
    asked: bool = False  #: a classification request of it is not answered yet
    counted: Decimal = ZERO
    admitted: Decimal = ZERO
    admitted_on: str = ""  #: latest local admission date of the line
    discrepancy: DiscrepancyFound | None = None  #: the last one said
    reported: DiscrepancyReported | None = None

    @property
    def number(self) -> int:
        """Its number on the 214."""
        return self.announced.line


@dataclass(slots=True)
class Admission:
    """An admission; `phase` says where its 214 is."""

    stream: str
    account: str
    issuer: str
    shipment: str
    phase: Phase = "unknown"
    particulars: Particulars = REGULAR
    permit_free: bool = False
    terms: Terms | None = None
    conveyance: Conveyance | None = None
    announced_at: str = ""
    lines: dict[str, Line] = field(default_factory=dict[str, Line])  #: by `line_key`
    documents: list[Document] = field(default_factory=list[Document])
    number: str = ""
    holds: list[Hold] = field(default_factory=list[Hold])
    ready_due: str = ""
    attempt: int = 0
    filed_on: str = ""
    answer_due: str = ""
    authorized_at: str = ""
    arrived_at: str = ""
    receiving_due: str = ""
    receipts: dict[str, ReceiptCounted] = field(default_factory=dict[str, ReceiptCounted])
    kept: dict[str, ReceiptKept] = field(default_factory=dict[str, ReceiptKept])
    layers: dict[str, Decimal] = field(default_factory=dict[str, Decimal])  #: by `layer_key`
    concurred_at: str = ""
    withdrawn_because: str = ""
    replaces: bool = False  #: CBP has permitted an earlier version
    transfers: dict[str, TransferRecorded] = field(default_factory=dict[str, TransferRecorded])
    deposit_number: str = ""  #: of the temporary deposit that this 214 completes
    clocks: dict[str, ClockStarted] = field(default_factory=dict[str, ClockStarted])
    stopped: dict[str, str] = field(default_factory=dict[str, str])  #: clocks that ended, and how

    def line(self, number: int) -> Line | None:
        """The line of that number."""
        return self.lines.get(line_key(number))

    def in_order(self) -> list[Line]:
        """The lines by their numbers."""
        return [self.lines[key] for key in sorted(self.lines)]

    @property
    def calendar(self) -> PortCalendar:
        """The port's calendar; only once it is drafted."""
        assert self.terms is not None  # noqa: S101 callers ask only for a drafted admission
        return PortCalendar(self.terms.timezone)


def line_key(number: int) -> str:
    """Sorts as the number does: line numbers have at most five digits."""
    return f"{number:05}"


def clock_key(name: str, subject: str) -> str:
    """Which clock."""
    return f"{name}/{subject}" if subject else name


def layer_key(line: int, receipt: str) -> str:
    """A layer is (admission, line, receipt)."""
    return f"{line}/{receipt}"


def start(parts: tuple[str, ...]) -> Admission:
    """From `admission/<account>/<issuer>/<shipment>`."""
    _, account, issuer, shipment = parts
    return Admission(stream_name(*parts), account, issuer, shipment)


class Telling:
    """The facts of a decision so far, and the state as it will be after them."""

    def __init__(self, state: Admission) -> None:
        self.facts: list[Fact] = []
        self.state = replace(
            state,
            lines=dict(state.lines),
            documents=list(state.documents),
            receipts=dict(state.receipts),
            kept=dict(state.kept),
            layers=dict(state.layers),
            clocks=dict(state.clocks),
            stopped=dict(state.stopped),
            transfers=dict(state.transfers),
        )

    def say(self, fact: Fact) -> None:
        """One more fact; the state follows."""
        self.facts.append(fact)
        self.state = evolve(self.state, fact)


def evolve(state: Admission, fact: Fact) -> Admission:
    """Fold one fact. Containers are changed in place, what they hold is replaced."""
    match fact:
        case (
            AdmissionDrafted() | AdmissionCorrected() | DocumentsAdded() | AdmissionNumbered() | DeadlineSet()
        ):
            _draft(state, fact)
        case ClassificationRequested() | LineClassified():
            _classification(state, fact)
        case TransferRecorded():
            state.transfers[fact.number] = fact
        case TransferCancelled():
            state.transfers.pop(fact.number, None)
        case ClockStarted():
            state.clocks[clock_key(fact.name, fact.subject)] = fact
        case ClockStopped():
            state.clocks.pop(clock_key(fact.name, fact.subject), None)
            state.stopped[clock_key(fact.name, fact.subject)] = fact.how
        case AdmissionHeld():
            state.holds = list(fact.holds)
        case HoldsCleared():
            state.holds = []
        case (
            FilingRequested()
            | AdmissionRejected()
            | AdmissionAuthorized()
            | AdmissionWithdrawn()
            | AdmissionDeleted()
        ):
            _filing(state, fact)
        case (
            AdmissionArrived()
            | ReceiptKept()
            | ReceiptCounted()
            | GoodsAdmitted()
            | DiscrepancyFound()
            | DiscrepancyReported()
            | AdmissionConcurred()
            | OutcomeGiven()
        ):
            _receiving(state, fact)
        case _:
            pass
    return state


def _draft(state: Admission, fact: Fact) -> None:
    match fact:
        case AdmissionDrafted():
            state.phase = "drafted"
            state.terms = Terms(
                fact.zone,
                fact.site,
                fact.firms,
                fact.port,
                fact.timezone,
                fact.week_starts,
                fact.parties,
                fact.required_documents,
                fact.receiving_days_max,
                fact.backdating_days_max,
                fact.closures,
                fact.pf_documents,
            )
            state.particulars = fact.particulars
            state.conveyance = fact.conveyance
            state.announced_at = fact.announced_at
            state.documents = list(fact.documents)
            state.lines = {line_key(line.line): Line(line) for line in fact.lines}
        case AdmissionCorrected():
            if state.particulars.admission_type == "T" != fact.particulars.admission_type:
                state.deposit_number, state.number = state.number, ""
                state.authorized_at = ""
            elif state.phase == "authorized":
                state.replaces = True
            state.particulars = fact.particulars
            state.phase = "drafted"
            state.conveyance = fact.conveyance
            state.announced_at = fact.announced_at
            state.documents = list(fact.documents)
            state.lines = {line_key(n.line): _corrected(state.line(n.line), n) for n in fact.lines}
        case DocumentsAdded():
            state.documents.extend(fact.documents)
        case AdmissionNumbered():
            state.number = fact.number
        case DeadlineSet(name="ready"):
            state.ready_due = fact.due_at
        case DeadlineSet(name="answer"):
            state.answer_due = fact.due_at
        case DeadlineSet(name="receiving-closes"):
            state.receiving_due = fact.due_at
        case _:
            pass


def _corrected(before: Line | None, now: AdmissionLine) -> Line:
    """A line announced again keeps its number as long as it is the same part, and its counts."""
    if before is None:
        return Line(now)
    if before.announced.uin == now.uin:
        return replace(before, announced=now)
    return Line(now, counted=before.counted)


def _replace(state: Admission, number: int, **changes: Any) -> None:
    key = line_key(number)
    state.lines[key] = replace(state.lines[key], **changes)


def _classification(state: Admission, fact: Fact) -> None:
    match fact:
        case ClassificationRequested():
            _replace(state, fact.line, asked=True)
        case LineClassified():
            _replace(state, fact.line, classified=fact, asked=False)
        case _:
            pass


def _filing(state: Admission, fact: Fact) -> None:
    match fact:
        case FilingRequested(action="D"):
            state.phase = "deleting"
            state.attempt = fact.attempt
        case AdmissionWithdrawn():
            state.withdrawn_because = fact.reason
            if state.phase != "authorized" or state.permit_free:
                state.phase = "withdrawn"
        case AdmissionDeleted():
            state.phase = "withdrawn"
            state.answer_due = ""
        case FilingRequested():
            state.phase = "filed"
            state.attempt = fact.attempt
            state.filed_on = fact.filed_on
        case AdmissionRejected():
            state.withdrawn_because = ""
            state.phase = "authorized" if state.phase == "deleting" else "rejected"
            state.answer_due = ""
        case AdmissionAuthorized():
            state.phase = "authorized"
            state.answer_due = ""
            state.authorized_at = fact.authorized_at
            state.permit_free = fact.permit_free
            state.replaces = False
        case _:
            pass


def _receiving(state: Admission, fact: Fact) -> None:
    match fact:
        case AdmissionArrived():
            state.arrived_at = fact.arrived_at
        case ReceiptKept():
            state.kept[fact.receipt] = fact
        case ReceiptCounted():
            state.kept.pop(fact.receipt, None)
            state.receipts[fact.receipt] = fact
            for counted in fact.lines:
                line = state.lines[line_key(counted.line)]
                _replace(state, counted.line, counted=line.counted + counted.quantity)
        case GoodsAdmitted():
            line = state.lines[line_key(fact.line)]
            on = max(line.admitted_on, fact.admitted_on)
            _replace(state, fact.line, admitted=line.admitted + fact.quantity, admitted_on=on)
            state.layers[layer_key(fact.line, fact.receipt)] = fact.quantity
        case DiscrepancyFound():
            _replace(state, fact.line, discrepancy=fact)
        case DiscrepancyReported():
            _replace(state, fact.line, reported=fact)
        case AdmissionConcurred():
            state.concurred_at = fact.concurred_at
        case OutcomeGiven(result="refused"):
            refused = (fact.source, fact.event)
            for kept in [k for k in state.kept.values() if (k.event.source, k.event.event) == refused]:
                del state.kept[kept.receipt]
        case _:
            pass
