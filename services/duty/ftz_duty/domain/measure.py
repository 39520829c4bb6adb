"""Additional duties as data: what a measure is, whom it meets, and what a person must say of the goods.

A measure is one row of a set (`ftz.measures/1`, docs/measures.md): a chapter 99 heading with its rate, the
numbers and origins it meets and the days it is in force. Numbers are prefixes and never broadened: a row that
lists ten digits meets those ten digits only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from ftz_common.contracts.reference import RateDatePolicy
from ftz_duty.domain.rate import Rate

#: `added`: on top of the column rate. `minimum-total`: tops the column duty up to a share of the value.
MeasureKind = Literal["added", "minimum-total"]
Drawback = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, slots=True)
class Scope:
    """Numbers (prefixes, digits), origins (ISO) and days (ISO, both included). Empty: all, or open."""

    numbers: tuple[str, ...] = ()
    not_numbers: tuple[str, ...] = ()
    origins: frozenset[str] = frozenset()
    not_origins: frozenset[str] = frozenset()
    first: str = ""
    last: str = ""

    def meets(self, number: str, origin: str) -> bool:
        """Whether goods of this number and origin are meant."""
        if (self.origins and origin not in self.origins) or origin in self.not_origins:
            return False
        if self.numbers and not number.startswith(self.numbers):
            return False
        return not (self.not_numbers and number.startswith(self.not_numbers))

    def in_force(self, on: str) -> bool:
        """Whether `on` (ISO) lies in it."""
        return self.first <= on and (not self.last or on <= self.last)

    def depth(self, number: str) -> int:
        """Digits of the longest prefix that meets the number; 0 when it meets every number."""
        return max((len(p) for p in self.numbers if number.startswith(p)), default=0)


@dataclass(frozen=True, slots=True)
class Exemption:
    """Goods that a measure spares. With a `fact` only those of which a person has stated it.

    `if_unknown`: "ask" blocks until somebody says; "duty" owes the duty as long as nobody claims.
    """

    heading: str
    scope: Scope
    why: str
    fact: str = ""
    if_unknown: Literal["ask", "duty"] = "ask"


@dataclass(frozen=True, slots=True)
class Condition:
    """A measure meets only goods of which a person has stated `fact` to be `holds`."""

    fact: str
    holds: bool = True


@dataclass(frozen=True, slots=True)
class Measure:
    """One additional duty. `rate` is None where the set says that the terms are not known.

    Of one `group` a single measure applies to a good: the lowest `order`, then the longest prefix. `not_with`
    names groups that keep it away. `policy` says which date sets the rate on PF goods (19 CFR 146.65(a)(1);
    each measure's own zone clause decides).
    """

    id: str
    programme: str
    heading: str
    rate_text: str
    rate: Rate | None
    scope: Scope
    source: str
    kind: MeasureKind = "added"
    conditions: tuple[Condition, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    group: str = ""
    order: int = 0
    not_with: tuple[str, ...] = ()
    pf_required: bool = False
    policy: RateDatePolicy = "MANUAL"
    drawback: Drawback = "unknown"
    confirmed: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class MeasureSet:
    """The measures of one file, found by the digits of a number."""

    name: str
    measures: tuple[Measure, ...]
    by_prefix: Mapping[str, tuple[Measure, ...]] = field(repr=False, compare=False)

    def meeting(self, number: str, origin: str) -> list[Measure]:
        """Measures whose numbers and origins mean these goods, on whatever day; in the order of the file."""
        found = [m for at in (0, 2, 4, 6, 8, 10) for m in self.by_prefix.get(number[:at], ())]
        unique = {m.id: m for m in found if m.scope.meets(number, origin)}
        return [unique[key] for key in sorted(unique)]


def measure_set(name: str, measures: tuple[Measure, ...]) -> MeasureSet:
    """A set with its index."""
    index: dict[str, list[Measure]] = {}
    for measure in measures:
        for prefix in dict.fromkeys(measure.scope.numbers or ("",)):
            index.setdefault(prefix, []).append(measure)
    return MeasureSet(name, measures, {prefix: tuple(found) for prefix, found in index.items()})


@dataclass(frozen=True, slots=True)
class Met:
    """Goods that a measure may meet, on their two dates (ISO): PF filing and entry; one for NPF goods."""

    account: str
    number: str
    origin: str
    filed_on: str
    entered_on: str


@dataclass(frozen=True, slots=True)
class Stated:
    """What a person stated of goods under a fact's name: a yes or no, or the value of a content."""

    fact: str
    holds: bool | None = None
    percent: Decimal | None = None
    usd_per_unit: Decimal | None = None
    unit: str = ""
