"""A zone's exposure: foreign goods on hand beside the operator's bond (19 CFR 146.6(d), 113.73).

A stream per zone. What goods come with is added to the statement of the day; the whole is reckoned from the
ledgers once a day in which goods came, when what was added would reach a level, and, as long as a level is
raised, every day. So it is never said too late, and no removal pays for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from ftz_common.contracts.common import DeadlineSet, Noted
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.exposure import ExposureAdded, ExposureDue, ExposureLevel, ExposureStated
from ftz_common.contracts.fact import Fact
from ftz_common.contracts.reference import Bond
from ftz_common.values.calendar import PortCalendar, end_of_day
from ftz_common.values.exact import ZERO, rounded
from ftz_common.values.names import stream_name, stream_parts

EXPOSURE = "exposure"
AGAIN = "exposure-again"


@dataclass(slots=True)
class Exposure:
    """What was stated last, and what came since."""

    zone: str
    stated: ExposureStated | None = None
    added: dict[str, ExposureAdded] = field(default_factory=dict[str, ExposureAdded])  #: by layer, since then


@dataclass(frozen=True, slots=True)
class Add:
    """A layer of foreign goods opened."""

    layer: str
    ledger: str  #: stream
    value: Decimal


@dataclass(frozen=True, slots=True)
class State:
    """The zone's ledgers were added up."""

    by_status: dict[str, Decimal]
    bond: Bond
    timezone: str
    now: datetime


def exposure_stream(zone: str) -> str:
    """exposure/<zone>."""
    return stream_name(EXPOSURE, zone)


def start(parts: tuple[str, ...]) -> Exposure:
    """From `exposure/<zone>`."""
    return Exposure(parts[1])


def level_of(value: Decimal, bond: Bond) -> ExposureLevel:
    """Above the bond, or from the set share of it on (policy: `bond.warn_percent`)."""
    if value > bond.amount:
        return "limit"
    return "warning" if value * 100 >= bond.amount * bond.warn_percent else ""


def must_reckon(state: Exposure, bond: Bond, today: date) -> bool:
    """Whether what was added is too little to go by: nothing stated today, another bond, a level reached."""
    said = state.stated
    if said is None or said.on != today.isoformat() or (said.bond, said.amount) != (bond.number, bond.amount):
        return True
    return level_of(said.value + sum((a.value for a in state.added.values()), ZERO), bond) != said.level


def decide(state: Exposure, command: Any, _at: datetime) -> Sequence[Fact]:
    """Goods came, the whole was reckoned, or the day is over."""
    match command:
        case Add():
            if command.layer in state.added:
                return [Noted(why=f"layer {command.layer} is added")]
            return [ExposureAdded(layer=command.layer, ledger=command.ledger, value=command.value)]
        case State():
            return _state(state, command)
        case DeadlineSet():
            if state.stated is None or not state.stated.level:
                return [Noted(why="no level is raised")]
            return [ExposureDue(zone=state.zone)]
        case _:
            raise TypeError(f"an exposure takes no {type(command).__name__}")


def _state(state: Exposure, command: State) -> Sequence[Fact]:
    bond, calendar = command.bond, PortCalendar(command.timezone)
    today = calendar.local_date(command.now)
    value = sum(command.by_status.values(), ZERO)
    stated = ExposureStated(
        zone=state.zone,
        value=value,
        privileged=command.by_status.get("P", ZERO),
        non_privileged=command.by_status.get("N", ZERO),
        restricted=command.by_status.get("Z", ZERO),
        bond=bond.number,
        amount=bond.amount,
        warn_percent=bond.warn_percent,
        percent=rounded(value * 100 / bond.amount, Decimal("0.1")),
        level=level_of(value, bond),
        on=today.isoformat(),
        at=instant_text(command.now),
    )
    if not stated.level:
        return [stated]
    again = instant_text(end_of_day(today, calendar) + timedelta(hours=1))
    return [stated, DeadlineSet(name=AGAIN, due_at=again, citation="policy: a raised exposure daily")]


def evolve(state: Exposure, fact: Fact) -> Exposure:
    """Fold one fact."""
    match fact:
        case ExposureStated():
            state.stated, state.added = fact, {}
        case ExposureAdded():
            state.added[fact.layer] = fact
        case _:
            pass
    return state


def zone_of(stream: str) -> str:
    """The zone of such a stream."""
    return stream_parts(stream)[1]
