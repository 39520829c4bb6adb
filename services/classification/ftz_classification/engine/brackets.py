"""Value brackets of tariff lines ("Valued over $5 each"), exact: a line that contradicts the value is out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

_MONEY = r"\$\s?(\d+(?:\.\d+)?)"
_CENTS = r"(\d+(?:\.\d+)?)\s?(?:¢|cents)"
_PER = r"\s*(?:per |/|a )?\s*(each|pair|dozen pairs|dozen|doz\.?|kg|gross|thousand|liter|head)?"
_OVER = re.compile(rf"valued over (?:{_MONEY}|{_CENTS}){_PER}", re.I)
_NOT_OVER = re.compile(
    rf"(?:valued not over|but not over|valued at not over) (?:{_MONEY}|{_CENTS}){_PER}", re.I
)
PER_UNIT = frozenset({"each", "pair", ""})


@dataclass(frozen=True, slots=True)
class Bracket:
    """Values in US dollars: above `over` and at most `upto` per `per` ("each", "dozen", "kg", ...)."""

    over: Decimal | None
    upto: Decimal | None
    per: str

    def allows(self, value: Decimal) -> bool:
        """Whether a unit value lies in the bracket; dozens are counted as twelve units."""
        size = {"dozen": 12, "doz": 12, "dozen pairs": 12}.get(self.per, 1)
        total = value * size
        return not (
            (self.over is not None and total <= self.over) or (self.upto is not None and total > self.upto)
        )

    @property
    def by_unit(self) -> bool:
        """Whether a unit value decides it (weights and gross need facts the part does not carry)."""
        return self.per in PER_UNIT | {"dozen", "doz", "dozen pairs"}


def brackets(path: Iterable[str]) -> list[tuple[str, Bracket]]:
    """Each step of a path that states a value bracket, with the bracket."""
    found: list[tuple[str, Bracket]] = []
    for step in path:
        over, upto = _OVER.search(step), _NOT_OVER.search(step)
        if over or upto:
            per = ((over and over.group(3)) or (upto and upto.group(3)) or "").lower().rstrip(".")
            found.append((step, Bracket(_amount(over), _amount(upto), per)))
    return found


def _amount(match: re.Match[str] | None) -> Decimal | None:
    if match is None:
        return None
    dollars, cents = match.group(1), match.group(2)
    return Decimal(dollars) if dollars else Decimal(cents) / 100
