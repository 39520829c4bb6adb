"""The cents of an entry line back to its layers, for explanation only, by largest remainder.

Each amount is split by what it was taken on: by value or by quantity. The sum is the line's duty; a line
without a duty figure gives nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from ftz_common.contracts.duty import EntryLine, StackedMeasure
from ftz_common.values.exact import CENT, ZERO, allocate, plain, to_cents
from ftz_duty.domain.assess import Assessed, Component, assess
from ftz_duty.domain.entry_state import Group
from ftz_duty.domain.goods import Goods, Quantity
from ftz_duty.domain.rate import Specific
from ftz_duty.domain.rate_text import Unread, read_rate

COLUMN_RULES = {
    "general": "column 1 general (HTSUS general note 3(a))",
    "column2": "column 2 by origin (HTSUS general note 3(b))",
}


@dataclass(frozen=True, slots=True)
class CentShare:
    """Of one layer, in one amount. `admission`: 214 number and line."""

    layer: str
    admission: str
    quantity: str
    value: str
    duty: str


@dataclass(frozen=True, slots=True)
class Amount:
    """One amount of a line: cents, how it came about, the rule, and the layers it came from."""

    what: str
    source: str
    how: str
    duty: str
    rule: str
    layers: tuple[CentShare, ...]


def allocated(line: EntryLine, group: Group) -> dict[str, Decimal]:
    """The duty of a line by layer; empty for a line without a duty figure."""
    if line.duty is None or not group.layers:
        return {}
    shares = dict.fromkeys(sorted(group.layers), Decimal("0.00"))
    for amount in amounts_of(line, group):
        for part in amount.layers:
            shares[part.layer] += Decimal(part.duty)
    return shares


def amounts_of(line: EntryLine, group: Group) -> list[Amount]:
    """The amounts of a line, each split over its layers by largest remainder (cents add up)."""
    if line.duty is None:
        return []
    return [
        *_column(line, group),
        *(_measure(entry, group) for entry in line.stack if entry.duty is not None),
    ]


def _column(line: EntryLine, group: Group) -> Iterable[Amount]:
    rate = read_rate(line.rate_text)
    if isinstance(rate, Unread):
        return
    quantities = (
        Quantity(group.quantity, group.unit),
        *(Quantity(amount, unit) for unit, amount in group.measured()),
    )
    found = assess(rate, Goods(value=line.entered_value, quantities=quantities))
    for part in found.components if isinstance(found, Assessed) else ():
        yield _part(line, group, part)


def _part(line: EntryLine, group: Group, part: Component) -> Amount:
    cents = to_cents(part.amount)
    return Amount(
        what=f"column rate {line.rate_text}, stated at {line.rate_from}",
        source=f"schedule revision {line.revision}",
        how=part.reason,
        duty=f"{cents:f}",
        rule=COLUMN_RULES[line.column],
        layers=_shares(cents, group, by_value=part.unit == "USD"),
    )


def _measure(entry: StackedMeasure, group: Group) -> Amount:
    cents = entry.duty if entry.duty is not None else ZERO
    by_value = not isinstance(read_rate(entry.rate), Specific)
    return Amount(
        what=f"{entry.programme}: {entry.heading} {entry.rate} ({entry.measure})",
        source=entry.source,
        how=entry.how,
        duty=f"{cents:f}",
        rule=entry.why,
        layers=_shares(cents, group, by_value=by_value),
    )


def _shares(cents: Decimal, group: Group, *, by_value: bool) -> tuple[CentShare, ...]:
    held = [(name, group.layers[name]) for name in sorted(group.layers)]
    weights = [share.value if by_value else share.quantity for _, share in held]
    parts = allocate(cents, weights, CENT)
    return tuple(
        CentShare(name, share.admission, plain(share.quantity), plain(share.value), f"{part:f}")
        for (name, share), part in zip(held, parts, strict=True)
    )
