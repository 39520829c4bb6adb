"""What is remembered of an in-bond: what travels, its application, its days."""

from dataclasses import dataclass, field
from decimal import Decimal

from ftz_common.contracts.common import ClockStopped, DeadlineSet
from ftz_common.contracts.duty import (
    InBondArrived,
    InBondCloseWaits,
    InBondLineAdded,
    InBondLineRemoved,
    InBondOpened,
    InBondOverdue,
)
from ftz_common.contracts.fact import Fact
from ftz_common.contracts.removals import (
    ExportMoved,
    InBondAuthorized,
    InBondExtended,
    InBondLapsed,
)
from ftz_common.values.exact import ZERO


@dataclass(slots=True)
class InBondState:
    """`lines`: quantity by withdrawal that travels; `weeks`: export permits that were told of it.

    `clock`: the instant at which the five working days of the application end, "" unless they run.
    """

    account: str
    stream: str = ""
    opened: bool = False
    zone: str = ""
    destination_country: str = ""
    due_on: str = ""
    closed_at: str = ""
    overdue: bool = False
    lines: dict[str, Decimal] = field(default_factory=dict[str, Decimal])
    early_close: InBondCloseWaits | None = None
    application: InBondAuthorized | None = None
    remove_by: str = ""
    clock: str = ""
    lapsed: bool = False
    weeks: list[str] = field(default_factory=list[str])

    @property
    def left(self) -> bool:
        """Anything of it is on its way."""
        return any(quantity > 0 for quantity in self.lines.values())


def evolve(state: InBondState, fact: Fact) -> InBondState:
    """Remember what travels and whether it arrived."""
    match fact:
        case InBondOpened():
            state.opened, state.zone, state.due_on = True, fact.zone, fact.due_on
            state.destination_country = fact.destination_country
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
            _application(state, fact)
    return state


def _application(state: InBondState, fact: Fact) -> None:
    match fact:
        case InBondAuthorized():
            state.application, state.remove_by = fact, fact.remove_by
            state.lapsed = False
        case DeadlineSet(name="in-bond-removal"):
            state.clock = fact.due_at
        case InBondExtended():
            state.remove_by = fact.remove_by
        case InBondLapsed():
            state.lapsed, state.clock = True, ""
        case ClockStopped():
            state.clock = ""
        case ExportMoved() if fact.to not in state.weeks:
            state.weeks.append(fact.to)
        case _:
            pass
