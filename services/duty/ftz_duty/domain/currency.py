"""Dated exchange rates, certified by quarter, or by day where it differs (31 USC 5151; 19 CFR 159.33-.35)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from ftz_common.contracts.common import Noted
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.reference import CurrencyRated
from ftz_common.contracts.valuation import rate_on

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


def _refused(code: str, reason: str, place: str) -> Refusal:
    return Refusal(
        code=code,
        reason=reason,
        citation="31 USC 5151",
        remedy="enter USD for one unit of the currency, with the days for which it is certified",
        place=place,
    )
