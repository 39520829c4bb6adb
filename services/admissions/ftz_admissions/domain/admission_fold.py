"""How facts become the state of an admission; how a decision looks ahead.

`Telling`: what a decision says is folded into a copy, so that the next rule sees it and the live state
stays untouched.
"""

from dataclasses import replace
from typing import Any

from ftz_admissions.domain.admission_state import Admission, Line, Terms, clock_key, layer_key, line_key
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
    DailyOffered,
    DiscrepancyFound,
    DiscrepancyReported,
    DocumentsAdded,
    GoodsAdmitted,
    HoldsCleared,
    LineClassified,
    ReceiptCounted,
    ReceiptKept,
    ReceiptListed,
    ShortageJudged,
    ShortageReported,
    TransferCancelled,
    TransferRecorded,
)
from ftz_common.contracts.common import ClockStarted, ClockStopped, DeadlineSet, OutcomeGiven
from ftz_common.contracts.fact import Fact
from ftz_common.contracts.filing import FilingRequested


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
            offered=dict(state.offered),
            listed=dict(state.listed),
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
            | AdmissionConcurred()
            | OutcomeGiven()
            | DailyOffered()
            | ReceiptListed()
        ):
            _receiving(state, fact)
        case DiscrepancyFound() | DiscrepancyReported() | ShortageJudged() | ShortageReported():
            _replace(state, fact.line, **{_DIFFERS[type(fact)]: fact})
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
                census_direct=fact.census_direct,
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
            _offer_again(state)
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


def _listed(state: Admission, fact: ReceiptListed) -> None:
    """The 214s that list the receipts are one phase together: the one that asks most of a person."""
    state.listed[fact.receipt] = fact
    state.offered[fact.receipt] = fact.daily
    state.attempt = fact.attempt or state.attempt
    phases = {listed.phase for listed in state.listed.values()}
    if "rejected" in phases:
        state.phase = "rejected"
    elif "filed" in phases:
        state.phase = "filed"
    elif "accepted" in phases:
        state.phase = "authorized"


def _offer_again(state: Admission) -> None:
    """After a correction, what CBP has not permitted is offered again to the 214 that lists it."""
    kept = {name: listed for name, listed in state.listed.items() if listed.phase == "accepted"}
    state.resubmit = {name: said.daily for name, said in state.listed.items() if name not in kept}
    state.offered = {name: said.daily for name, said in kept.items()}
    state.listed = kept


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


#: What is said of a line that differs, and where it is kept.
_DIFFERS: dict[type[Fact], str] = {
    DiscrepancyFound: "discrepancy",
    DiscrepancyReported: "reported",
    ShortageJudged: "judged",
    ShortageReported: "told",
}


def _receiving(state: Admission, fact: Fact) -> None:
    match fact:
        case AdmissionArrived():
            state.arrived_at = fact.arrived_at
        case DailyOffered():
            state.offered[fact.receipt] = fact.to
        case ReceiptListed():
            _listed(state, fact)
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
        case AdmissionConcurred():
            state.concurred_at = fact.concurred_at
        case OutcomeGiven(result="refused"):
            refused = (fact.source, fact.event)
            for kept in [k for k in state.kept.values() if (k.event.source, k.event.event) == refused]:
                del state.kept[kept.receipt]
        case _:
            pass
