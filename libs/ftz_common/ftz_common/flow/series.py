"""Gapless number series: a stream per owner, zone, kind and year gives 1, 2, 3 ... once each.

Used for 214 and entry numbers (19 CFR 146.37(a): sequential order).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ftz_common.contracts.common import (
    Noted,
    NumberAssigned,
    NumberRequested,
    NumberTaken,
    SeriesContinued,
)
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.flow.aggregate import Aggregate
from ftz_common.values.names import stream_name


@dataclass(slots=True)
class SeriesState:
    """The last number given, and who got which."""

    last: int = 0
    began_after: int = 0  #: numbers up to here were given by another system
    given: dict[str, int] = field(default_factory=dict[str, int])  # by purpose


def series_stream(owner: str, zone: str, kind: str, year: str) -> str:
    """The name of a series: series/<owner>/<zone>/<kind>/<year>."""
    return stream_name("series", owner, zone, kind, year)


@dataclass(frozen=True, slots=True)
class ContinueSeries:
    """Another system gave the numbers up to `last` this year."""

    last: int
    who: str
    why: str


def decide(state: SeriesState, command: Any, _at: datetime) -> Sequence[Fact] | Refusal:
    """The next number; for a purpose that has one already, the same again."""
    if isinstance(command, ContinueSeries):
        return _continue(state, command)
    if not isinstance(command, NumberRequested):
        raise TypeError(f"a series takes NumberRequested, not {type(command).__name__}")
    known = state.given.get(command.purpose)
    number = known or state.last + 1
    answer = NumberAssigned(to=command.reply_to, series=command.to, number=number, purpose=command.purpose)
    if known:
        return [answer]
    return [NumberTaken(number=number, purpose=command.purpose, taken_by=command.reply_to), answer]


def _continue(state: SeriesState, command: ContinueSeries) -> Sequence[Fact] | Refusal:
    """Only forward, and only before the first number is given here: else there would be a gap."""
    if state.began_after == command.last:
        return [Noted(why=f"the series goes on after {command.last}")]
    if state.last > state.began_after or command.last < state.last:
        return Refusal(
            code="series-began",
            reason=f"number {state.last} is given",
            citation="19 CFR 146.32(a), 146.37(a)",
            remedy="say the last number of the year before the first one is given here",
            place="last",
        )
    return [SeriesContinued(last=command.last, who=command.who, why=command.why)]


def evolve(state: SeriesState, fact: Fact) -> SeriesState:
    """Remember what was given."""
    if isinstance(fact, SeriesContinued):
        state.last = state.began_after = fact.last
    if isinstance(fact, NumberTaken):
        state.last = fact.number
        state.given[fact.purpose] = fact.number
    return state


SERIES = Aggregate("series", SeriesState, lambda _parts: SeriesState(), decide, evolve)
