"""How goods come from the port to the zone: permit to transfer inside the port, in-bond between ports."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from ftz_admissions.domain import clocks
from ftz_admissions.domain.admission_fold import Telling
from ftz_admissions.domain.admission_state import Admission
from ftz_admissions.domain.limits import refuse
from ftz_common.contracts.admissions import TransferCancelled, TransferRecorded
from ftz_common.contracts.common import ClockStarted, Noted
from ftz_common.contracts.fact import Fact, Refusal

TRANSIT = "in-bond-transit"
#: 19 CFR 18.1: the carrier delivers within 30 days.
TRANSIT_DAYS = timedelta(days=30)
#: A permit to transfer may be asked for so many days before arrival (CBP, e214).
EARLY_DAYS = timedelta(days=5)


@dataclass(frozen=True, slots=True)
class RecordTransfer:
    """CBP's permit for the way to the zone, as asked for on a local day."""

    kind: Literal["permit-to-transfer", "in-bond"]
    number: str
    carrier: str  #: bonded carrier or cartman (19 CFR 112.2(b))
    asked_on: date
    who: str
    now: datetime


@dataclass(frozen=True, slots=True)
class CancelTransfer:
    """The permit is given back: the goods come otherwise, or not."""

    number: str
    reason: str
    who: str


def record(state: Admission, command: RecordTransfer) -> Sequence[Fact] | Refusal:
    """After CBP's permit for the admission, in the form that the way asks for; an in-bond has its clock."""
    known = state.transfers.get(command.number)
    if known is not None and known.kind == command.kind:
        return [Noted(why=f"{command.kind} {command.number} is recorded")]
    problem = _refused(state, command)
    if problem is not None:
        return problem
    tell = Telling(state)
    tell.say(
        TransferRecorded(
            kind=command.kind,
            number=command.number,
            carrier=command.carrier,
            asked_on=command.asked_on.isoformat(),
            who=command.who,
        )
    )
    if command.kind == "in-bond" and not state.arrived_at:
        clocks.start(
            tell,
            ClockStarted(
                name=TRANSIT,
                subject=command.number,
                act_by=(command.asked_on + TRANSIT_DAYS).isoformat(),
                what=f"the arrival under in-bond {command.number}",
                citation="19 CFR 18.1, 146.40(a)(1)",
                remedy="ask the carrier where the goods are; report their arrival: event shipment.arrived",
            ),
        )
    return tell.facts


def _refused(state: Admission, command: RecordTransfer) -> Refusal | None:
    came, terms = state.conveyance, state.terms
    assert came is not None and terms is not None  # noqa: S101, PT018 the use case asks only for drafts
    direct = state.particulars.direct_delivery
    if state.phase != "authorized" and not direct:
        return refuse(
            "transfer-before-permit",
            f"the 214 is {state.phase}; CBP has not permitted the admission",
            "19 CFR 146.32(b)(3), (c)",
            "wait for the permit; only direct deliveries move before it (19 CFR 146.39)",
            "number",
        )
    inside = came.port_of_unlading in ("", terms.port)
    if command.kind == "permit-to-transfer" and not inside:
        return refuse(
            "transfer-other-port",
            f"unladen at {came.port_of_unlading}, the zone is in the port of {terms.port}",
            "19 CFR 18.1, 112.2(b)",
            "between ports goods move in-bond",
            "kind",
        )
    today = state.calendar.local_date(command.now)
    if command.asked_on > today:
        return refuse(
            "time-in-future", f"{command.asked_on} has not come", "19 CFR 18.1", "check the day", "asked_on"
        )
    due = date.fromisoformat(came.arrival_date) if came.arrival_date else None
    if command.kind == "permit-to-transfer" and due is not None and due - command.asked_on > EARLY_DAYS:
        return refuse(
            "transfer-too-early",
            f"arrival is scheduled for {due}",
            "CBP: a permit to transfer is asked for at most 5 days before arrival",
            f"ask for it from {due - EARLY_DAYS} on",
            "asked_on",
        )
    return None


def cancel(state: Admission, command: CancelTransfer) -> Sequence[Fact] | Refusal:
    """Only before the goods arrive."""
    if command.number not in state.transfers:
        return refuse(
            "transfer-unknown",
            f"no transfer {command.number!r} of this 214 is recorded",
            "19 CFR 146.40(a)(1)",
            "look at the 214: GET /v1/admissions/{account}/{issuer}/{shipment}",
            "number",
        )
    if state.arrived_at:
        return refuse(
            "arrived-already",
            f"the goods arrived at {state.arrived_at}",
            "19 CFR 146.40(a)(4)",
            "report what differs as a discrepancy",
            "number",
        )
    tell = Telling(state)
    tell.say(TransferCancelled(number=command.number, reason=command.reason, who=command.who))
    clocks.stop(tell, TRANSIT, f"given back: {command.reason}", command.number)
    return tell.facts


def arrived(tell: Telling) -> None:
    """The goods are here: their way is over."""
    for number in tell.state.transfers:
        clocks.stop(tell, TRANSIT, "the goods arrived", number)
