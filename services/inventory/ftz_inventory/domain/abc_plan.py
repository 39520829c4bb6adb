"""ABC plan of cycle counts: what holds most of the value is counted most often.

A: the goods that make up the first 80 % of the value, counted four times a year; B: the next 15 %,
twice; C: the rest, once, so that everything is counted at least once a year (19 CFR 146.23(c)). Within its
interval the day of a part follows from its name: spread evenly, the same on every machine.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from zlib import crc32

from ftz_common.values.exact import ZERO

#: Class -> share of the value up to which it reaches, times a year.
CLASSES: tuple[tuple[str, Decimal, int], ...] = (
    ("A", Decimal("0.80"), 4),
    ("B", Decimal("0.95"), 2),
    ("C", Decimal(1), 1),
)
YEAR = 364


@dataclass(frozen=True, slots=True)
class Planned:
    """A part in the plan: its class, how often it is counted, and on which day next."""

    uin: str
    value: Decimal
    kind: str
    times_a_year: int
    next_on: str


def classes(worth: Mapping[str, Decimal], on: date) -> list[Planned]:
    """The plan of these goods, most valuable first; `next_on` is `on` or the next day due after it."""
    whole = sum(worth.values(), ZERO)
    before = ZERO
    found: list[Planned] = []
    for uin, value in sorted(worth.items(), key=lambda each: (-each[1], each[0])):
        kind, times = next(
            (kind, times) for kind, limit, times in CLASSES if kind == "C" or before < whole * limit
        )
        before += value
        found.append(Planned(uin, value, kind, times, _next(uin, YEAR // times, on).isoformat()))
    return found


def _next(uin: str, interval: int, on: date) -> date:
    phase = (crc32(uin.encode()) - on.toordinal()) % interval
    return on + timedelta(days=phase)
