"""Two small services on rows of the contract, to try the flow and the simulator without the real ones.

Docks (in the name of admissions): a shipment arrives, asks a gapless series for a number, is authorised when
it has one, and concurred by a deadline. Watchers (in the name of alerts) keep one risk per shipment and one
hot stream that counts them all.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from ftz_common.contracts.admissions import (
    AdmissionArrived,
    AdmissionAuthorized,
    AdmissionConcurred,
    AdmissionNumbered,
)
from ftz_common.contracts.alerts import AlertRestated, RiskNoted
from ftz_common.contracts.common import DeadlineSet, Noted, NumberAssigned, NumberRequested
from ftz_common.contracts.envelope import Envelope, instant_text
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.platform import ShipmentArrived
from ftz_common.contracts.reference import Account, Parties, Procedures, Site, Source, ZoneDocument
from ftz_common.flow.aggregate import Aggregate, Arms, Decision, ForeignEvent, To
from ftz_common.flow.reference import Reference
from ftz_common.flow.series import SERIES, series_stream
from ftz_common.flow.service import Ports, Service
from ftz_common.values.names import stream_name

SERIES_STREAM = series_stream("admissions", "999", "214", "2026")
ALL = stream_name("risk", "all", "shipments")
#: A shipment of this name is refused; the second breaks the code that decides it, the third the arm.
REFUSED, BREAKS_DECISION, BREAKS_ARM = "refused", "breaks-decision", "breaks-arm"

ZONE = ZoneDocument(
    zone="999",
    name="Toy zone",
    port="9999",
    timezone="America/Chicago",
    operator="party-operator",
    site=Site(id="site-1", name="Toy site", firms="Z999"),
    accounts=[
        Account(
            id="acme",
            parties=Parties(applicant="p-1", importer_of_record="p-2", owner="p-3", filer="p-4"),
            master_source="shop",
        )
    ],
    sources=[Source(name="shop", accounts=["acme"], issuers=["shop", "warehouse"])],
    procedures=Procedures(required_documents=[]),
)


@dataclass(slots=True)
class Dock:
    """What is known of one shipment."""

    stream: str
    arrived_at: str = ""
    number: int = 0
    concurred: bool = False


def _start_dock(parts: tuple[str, ...]) -> Dock:
    return Dock(stream_name(*parts))


def _decide_dock(state: Dock, command: Any, at: datetime) -> Decision:
    match command:
        case ForeignEvent():
            return _arrive(state, command.data.shipment, at)
        case NumberAssigned() if state.number:
            return [Noted(why="has its number")]
        case NumberAssigned():
            return [
                AdmissionNumbered(number=f"999-2026-{command.number}", control=command.number),
                AdmissionAuthorized(attempt=1, authorized_at=instant_text(at)),
            ]
        case DeadlineSet():
            return [AdmissionConcurred(concurred_at=command.due_at, with_discrepancy=False, final_count=True)]
        case _:
            raise TypeError(type(command).__name__)


def _arrive(state: Dock, shipment: str, at: datetime) -> Decision:
    if shipment == REFUSED:
        return Refusal(
            code="no-dock", reason="no dock takes it", citation="policy: toy", remedy="send another"
        )
    if shipment == BREAKS_DECISION:
        raise ZeroDivisionError("a bug in a decision")
    if state.arrived_at:
        return []
    due = instant_text(at + timedelta(days=2))
    return [
        AdmissionArrived(arrived_at=instant_text(at)),
        NumberRequested(to=SERIES_STREAM, reply_to=state.stream, purpose=state.stream),
        DeadlineSet(name="concur", due_at=due, citation="policy: toy"),
    ]


def _evolve_dock(state: Dock, fact: Fact) -> Dock:
    match fact:
        case AdmissionArrived():
            state.arrived_at = fact.arrived_at
        case AdmissionNumbered():
            state.number = fact.control
        case AdmissionConcurred():
            state.concurred = True
        case _:
            pass
    return state


DOCK = Aggregate("admission", Dock, _start_dock, _decide_dock, _evolve_dock)


def dock_stream(issuer: str, shipment: str) -> str:
    """The stream of a shipment."""
    return stream_name("admission", "acme", issuer, shipment)


def _arrived(event: ForeignEvent) -> To | Refusal:
    if event.data.shipment == BREAKS_ARM:
        raise ZeroDivisionError("a bug in an arm")
    return To(DOCK, dock_stream(event.issuer, event.data.shipment), event)


def _requested(fact: NumberRequested, _envelope: Envelope) -> Iterable[To]:
    return [To(SERIES, fact.to, fact)]


def _assigned(fact: NumberAssigned, _envelope: Envelope) -> Iterable[To]:
    return [To(DOCK, fact.to, fact)]


def docks(ports: Ports) -> Service:
    """The service that speaks as admissions."""
    reference = Reference(zones={ZONE.zone: ZONE})
    arms = Arms({NumberRequested: _requested, NumberAssigned: _assigned}, {ShipmentArrived: _arrived})
    return Service("admissions", ports, (DOCK, SERIES), arms, reference)


@dataclass(slots=True)
class Watch:
    """How many shipments were authorised."""

    count: int = 0


def _decide_watch(state: Watch, _command: AdmissionAuthorized, _at: datetime) -> Sequence[Fact]:
    return [
        AlertRestated(
            kind="admission-held",
            subject=ALL,
            severity="notice",
            message="shipments counted",
            citation="policy: toy",
            remedy="none",
            quantity=Decimal(state.count + 1),
        )
    ]


def _evolve_watch(state: Watch, fact: Fact) -> Watch:
    if isinstance(fact, AlertRestated):
        state.count = int(fact.quantity)
    return state


WATCH = Aggregate("risk", Watch, lambda _parts: Watch(), _decide_watch, _evolve_watch)


@dataclass(slots=True)
class One:
    """A risk of one shipment has no state."""


def _decide_one(_state: One, command: AdmissionAuthorized, _at: datetime) -> Sequence[Fact]:
    return [
        RiskNoted(
            kind="admission-held",
            subject="shipment",
            due_at=command.authorized_at,
            severity="notice",
            message="authorised",
            citation="policy: toy",
            remedy="none",
        )
    ]


ONE = Aggregate("one", One, lambda _parts: One(), _decide_one, lambda state, _fact: state)


def _authorized(fact: AdmissionAuthorized, envelope: Envelope) -> Iterable[To]:
    return [To(ONE, stream_name("one", envelope.stream), fact), To(WATCH, ALL, fact)]


def watchers(ports: Ports) -> Service:
    """The service that speaks as alerts."""
    return Service("alerts", ports, (WATCH, ONE), Arms({AdmissionAuthorized: _authorized}))
