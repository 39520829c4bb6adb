"""An in-bond: an export on its way to the border, with its clock (19 CFR 146.67, 18.1).

Opened by the first withdrawal of a parcel that leaves for export; closed when the carrier reports it out of
the country. Nothing is owed once it is closed; open after its days it is said to be overdue, and a late
report still closes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from ftz_common.contracts.common import DeadlineSet, EventRef, Noted, OutcomeGiven
from ftz_common.contracts.duty import (
    EstimateLine,
    InBondArrived,
    InBondCloseWaits,
    InBondLineAdded,
    InBondLineOffered,
    InBondLineRemoved,
    InBondOpened,
    InBondOverdue,
    RemovalsNoted,
)
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.values.calendar import PortCalendar, end_of_day
from ftz_common.values.exact import ZERO
from ftz_common.values.names import stream_name
from ftz_duty.domain.goods_key import ENTERABLE, estimator_stream, export_permit_stream
from ftz_duty.domain.inbond_application import (
    REMOVAL,
    AuthorizeInBond,
    ExtendRemoval,
    authorized,
    due,
    extended,
    left_in_time,
    moved,
)
from ftz_duty.domain.inbond_state import InBondState, evolve

__all__ = ["AuthorizeInBond", "CloseInBond", "ExtendRemoval", "InBondState", "decide", "evolve", "start"]

CITATION = "19 CFR 18.1"
OVERDUE = "in-bond"
CLOSED = "ftz.platform.inbond.closed.v1"


@dataclass(frozen=True, slots=True)
class CloseInBond:
    """The carrier reports that the parcel left the country."""

    closed_at: str
    port_of_exit: str
    event: EventRef


def start(parts: tuple[str, ...]) -> InBondState:
    """inbond/<account>/<issuer>/<order>/<parcel>."""
    return InBondState(account=parts[1], stream=stream_name(*parts))


def decide(state: InBondState, command: Any, at: datetime) -> Sequence[Fact] | Refusal:
    """Authorise, open, add, take out, close, or say that days are over."""
    match command:
        case InBondLineOffered():
            return _remove(state, command) if command.reversed else _add(state, command)
        case CloseInBond():
            return _close(state, command)
        case AuthorizeInBond():
            return authorized(state, command)
        case ExtendRemoval():
            return extended(state, command)
        case DeadlineSet(name=REMOVAL.name):
            return due(state, command)
        case DeadlineSet():
            return _due(state)
        case _:
            raise TypeError(f"an in-bond does not take {type(command).__name__} at {instant_text(at)}")


def _add(state: InBondState, offer: InBondLineOffered) -> Sequence[Fact]:
    if offer.withdrawal in state.lines:
        return [Noted(why="this withdrawal travels under it already")]
    facts: list[Fact] = [] if state.opened else list(_open(offer))
    facts.append(
        InBondLineAdded(
            withdrawal=offer.withdrawal,
            quantity=sum((line.quantity for line in offer.lines), ZERO),
            unit=offer.lines[0].unit,
            value=sum((line.value for line in offer.lines), ZERO),
        )
    )
    facts.extend(left_in_time(state))
    if offer.week:
        facts.append(moved(state, offer, export_permit_stream(offer.zone, offer.account, offer.week)))
    facts.extend(_noted(offer, 1))
    waiting = state.early_close
    if waiting is not None:
        facts.append(InBondArrived(closed_at=waiting.closed_at, port_of_exit=waiting.port_of_exit))
        facts.append(_outcome(waiting.event, "accepted"))
    return facts


def _open(offer: InBondLineOffered) -> Sequence[Fact]:
    due_on = date.fromisoformat(offer.removed_on) + timedelta(days=offer.in_bond_days_max)
    return [
        InBondOpened(
            zone=offer.zone,
            account=offer.account,
            order=offer.order,
            parcel=offer.parcel,
            destination_country=offer.destination_country,
            removed_on=offer.removed_on,
            due_on=due_on.isoformat(),
        ),
        DeadlineSet(
            name=OVERDUE,
            due_at=instant_text(end_of_day(due_on, PortCalendar.of(offer.timezone))),
            citation=CITATION,
        ),
    ]


def _remove(state: InBondState, offer: InBondLineOffered) -> Sequence[Fact]:
    removed = InBondLineRemoved(
        withdrawal=offer.withdrawal,
        quantity=sum((line.quantity for line in offer.lines), ZERO),
        unit=offer.lines[0].unit,
        value=sum((line.value for line in offer.lines), ZERO),
    )
    if not offer.week:
        return [removed, *_noted(offer, -1)]
    permit = export_permit_stream(offer.zone, offer.account, offer.week)
    return [removed, moved(state, offer, permit, reversed_=True), *_noted(offer, -1)]


def _close(state: InBondState, command: CloseInBond) -> Sequence[Fact]:
    if state.closed_at:
        return [Noted(why=f"closed already at {state.closed_at}")]
    if not state.opened:
        return [
            InBondCloseWaits(
                closed_at=command.closed_at, port_of_exit=command.port_of_exit, event=command.event
            ),
            _outcome(command.event, "waiting"),
        ]
    return [InBondArrived(closed_at=command.closed_at, port_of_exit=command.port_of_exit)]


def _due(state: InBondState) -> Sequence[Fact]:
    if state.closed_at:
        return [Noted(why="closed in time")]
    if not state.left:
        return [Noted(why="nothing travels under it: every withdrawal was taken back")]
    known = state.application
    return [
        InBondOverdue(
            due_on=state.due_on,
            number=known.number if known else "",
            liable=known.liable if known else "",
        )
    ]


def _noted(offer: InBondLineOffered, sign: int) -> Sequence[Fact]:
    """What the estimator must not count any more (or must again): goods that could have been entered."""
    lines = [
        EstimateLine(
            number=line.number,
            status=line.status,
            origin=line.origin,
            unit=line.unit,
            quantity=sign * line.quantity,
            value=sign * line.value,
        )
        for line in offer.lines
        if line.status in ENTERABLE
    ]
    if not lines:
        return []
    return [
        RemovalsNoted(to=estimator_stream(offer.zone, offer.account), reference=offer.withdrawal, lines=lines)
    ]


def _outcome(event: EventRef, result: str) -> OutcomeGiven:
    if result == "accepted":
        return OutcomeGiven(source=event.source, event=event.event, event_type=CLOSED, result="accepted")
    return OutcomeGiven(
        source=event.source,
        event=event.event,
        event_type=CLOSED,
        result="waiting",
        code="inbond-not-open",
        reason="no export of this parcel is known yet",
        citation="19 CFR 146.67",
        remedy="nothing to do if the shipment is still to be reported; else correct order or parcel",
    )
