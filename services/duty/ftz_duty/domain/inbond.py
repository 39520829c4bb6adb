"""An in-bond: an export on its way to the border, with its clock (19 CFR 146.67, 18.1).

Opened by the first withdrawal of a parcel that leaves for export; closed when the carrier reports it out of
the country. Nothing is owed once it is closed; open after its days it is said to be overdue, and a late
report still closes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
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
from ftz_common.contracts.fact import Fact
from ftz_common.values.calendar import PortCalendar, end_of_day
from ftz_common.values.exact import ZERO
from ftz_duty.domain.goods_key import ENTERABLE, estimator_stream

CITATION = "19 CFR 18.1"
OVERDUE = "in-bond"
CLOSED = "ftz.platform.inbond.closed.v1"


@dataclass(frozen=True, slots=True)
class CloseInBond:
    """The carrier reports that the parcel left the country."""

    closed_at: str
    port_of_exit: str
    event: EventRef


@dataclass(slots=True)
class InBondState:
    """`lines`: quantity by withdrawal that travels."""

    account: str
    opened: bool = False
    zone: str = ""
    due_on: str = ""
    closed_at: str = ""
    overdue: bool = False
    lines: dict[str, Decimal] = field(default_factory=dict[str, Decimal])
    early_close: InBondCloseWaits | None = None


def start(parts: tuple[str, ...]) -> InBondState:
    """inbond/<account>/<issuer>/<order>/<parcel>."""
    return InBondState(account=parts[1])


def decide(state: InBondState, command: Any, at: datetime) -> Sequence[Fact]:
    """Open, add, take out, close, or say that the days are over."""
    match command:
        case InBondLineOffered():
            return _remove(command) if command.reversed else _add(state, command)
        case CloseInBond():
            return _close(state, command)
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


def _remove(offer: InBondLineOffered) -> Sequence[Fact]:
    return [
        InBondLineRemoved(
            withdrawal=offer.withdrawal,
            quantity=sum((line.quantity for line in offer.lines), ZERO),
            unit=offer.lines[0].unit,
            value=sum((line.value for line in offer.lines), ZERO),
        ),
        *_noted(offer, -1),
    ]


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
    if not any(quantity > 0 for quantity in state.lines.values()):
        return [Noted(why="nothing travels under it: every withdrawal was taken back")]
    return [InBondOverdue(due_on=state.due_on)]


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


def evolve(state: InBondState, fact: Fact) -> InBondState:
    """Remember what travels and whether it arrived."""
    match fact:
        case InBondOpened():
            state.opened, state.zone, state.due_on = True, fact.zone, fact.due_on
        case InBondLineAdded():
            state.lines[fact.withdrawal] = state.lines.get(fact.withdrawal, ZERO) + fact.quantity
        case InBondLineRemoved():
            state.lines[fact.withdrawal] = state.lines.get(fact.withdrawal, ZERO) - fact.quantity
        case InBondCloseWaits():
            state.early_close = fact
        case InBondArrived():
            state.closed_at, state.early_close = fact.closed_at, None
        case InBondOverdue():
            state.overdue = True
        case _:
            pass
    return state
