"""Dated exchange rates, certified by quarter, or by day where it differs (31 USC 5151; 19 CFR 159.33-.35)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from ftz_common.contracts.common import Noted
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.reference import CurrencyRated

#: A rate that differs from what is known of the day by more than this factor is most likely another unit.
FAR = Decimal(10)


@dataclass(slots=True)
class CurrencyState:
    """What was said of a currency, in order; the last that holds a day counts for it."""

    currency: str
    said: list[CurrencyRated] = field(default_factory=list[CurrencyRated])


def start(parts: tuple[str, ...]) -> CurrencyState:
    """currency/<code>."""
    return CurrencyState(parts[1])


def decide(state: CurrencyState, command: CurrencyRated, _at: datetime) -> Sequence[Fact] | Refusal:
    """A rate for some days. The same again changes nothing; another for the same days corrects it."""
    if command.last < command.first:
        return _refused("days-reversed", f"{command.last} lies before {command.first}", "last")
    if command.usd <= 0:
        return _refused("rate-not-positive", f"{command.usd} is no rate", "usd")
    known = rate_on(state.said, state.currency, command.first)
    if known is not None and not command.usd / FAR < known.usd < command.usd * FAR:
        return _refused(
            "rate-far-off",
            f"{command.usd} is more than {FAR} times off {known.usd}, known for that day",
            "usd",
        )
    if command in state.said:
        return [Noted(why="this rate is known already")]
    return [command]


def evolve(state: CurrencyState, fact: Fact) -> CurrencyState:
    """Remember it."""
    if isinstance(fact, CurrencyRated):
        state.said.append(fact)
    return state


def rate_on(said: Iterable[CurrencyRated], currency: str, on: str) -> CurrencyRated | None:
    """The rate of a day: of those that hold it the one for the fewest days, then the last said.

    A daily rate goes before the quarter's (31 USC 5151(c), (d)).
    """
    holding = [
        (-_days(rated), at, rated)
        for at, rated in enumerate(said)
        if rated.currency == currency and rated.first <= on <= rated.last
    ]
    return max(holding, key=lambda found: found[:2])[2] if holding else None


def _days(rated: CurrencyRated) -> int:
    return (date.fromisoformat(rated.last) - date.fromisoformat(rated.first)).days


def _refused(code: str, reason: str, place: str) -> Refusal:
    return Refusal(
        code=code,
        reason=reason,
        citation="31 USC 5151",
        remedy="enter USD for one unit of the currency, with the days for which it is certified",
        place=place,
    )
