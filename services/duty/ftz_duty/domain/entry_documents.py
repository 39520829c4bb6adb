"""The entries of a week: the estimate's own, and supplemental ones, each with number, date and fee.

What left goes to the first entry up to the quantity it was released for, the rest to the supplemental
entries in the order in which they were asked for: a supplemental entry is what exceeds the estimate
(19 CFR 146.63(c)(1)). What no entry was released for stands in the last that names such goods, else in the
first.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from ftz_common.contracts.duty import EntryLine, EstimateLine
from ftz_common.values.calendar import PortCalendar, parse_instant
from ftz_common.values.exact import PLACES_MAX, ZERO, share
from ftz_common.values.names import stream_name
from ftz_duty.domain.entry_state import EntryState, Group, Share
from ftz_duty.domain.goods_key import goods_key


@dataclass(frozen=True, slots=True)
class Release:
    """An entry that CBP released: its place in the week, number, date (ISO, local), and goods asked for."""

    document: int
    number: str
    entry_date: str
    lines: tuple[EstimateLine, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """One entry with the goods that are its own; `groups` by line to be."""

    document: int
    number: str
    entry_date: str
    groups: Mapping[str, Group] = field(default_factory=dict[str, Group])


def releases(state: EntryState) -> list[Release]:
    """The released entries in the order in which they were asked for; dated by their first release."""
    opened = state.opened
    if opened is None:
        return []
    calendar = PortCalendar.of(opened.timezone)
    found: dict[int, list[str]] = {}
    lines: dict[int, list[EstimateLine]] = {}
    for attempt in state.accepted():
        found.setdefault(attempt.document, []).append(attempt.answered_at)
        lines.setdefault(attempt.document, []).extend(attempt.lines)
    return [
        Release(
            document,
            state.numbers.get(document, ""),
            calendar.local_date(min(map(parse_instant, found[document]))).isoformat(),
            tuple(lines[document]),
        )
        for document in sorted(found)
    ]


def documents(state: EntryState, entry_date: str) -> list[Document]:
    """What the week's entries hold; without any release one entry of the date a person decided."""
    released = releases(state)
    if not released:
        number = state.numbers.get(state.decided_for, "")
        return [Document(state.decided_for, number, entry_date, state.groups)]
    return divided(state.groups, released)


def divided(groups: Mapping[str, Group], released: Sequence[Release]) -> list[Document]:
    """The goods over the released entries; every quantity, value and measure stands exactly once."""
    if len(released) == 1:
        (only,) = released
        return [Document(only.document, only.number, only.entry_date, groups)]
    left = {r.document: _asked(r.lines) for r in released}
    parts: dict[int, dict[str, Group]] = {r.document: {} for r in released}
    for key in sorted(groups):
        group = groups[key]
        for document, part in _portions(group, _room(goods_key(group), group.quantity, released, left)):
            parts[document][key] = part
    return [Document(r.document, r.number, r.entry_date, parts[r.document]) for r in released]


def line_key(of: Group | EntryLine) -> str:
    """The name under which an entry groups goods."""
    return stream_name(of.number, of.status, of.pf_filed_on or "", of.origin, of.unit)


def _asked(lines: Iterable[EstimateLine]) -> dict[str, Decimal]:
    asked: dict[str, Decimal] = {}
    for line in lines:
        asked[goods_key(line)] = asked.get(goods_key(line), ZERO) + line.quantity
    return asked


def _room(
    key: str, quantity: Decimal, released: Sequence[Release], left: dict[int, dict[str, Decimal]]
) -> list[tuple[int, Decimal]]:
    """How much of a quantity goes to which entry; what was released is used up."""
    found: dict[int, Decimal] = {}
    rest = quantity
    for release in released:
        room = left[release.document].get(key, ZERO)
        takes = min(room, rest)
        if takes > 0:
            found[release.document] = takes
            left[release.document][key] = room - takes
            rest -= takes
    if rest or not found:
        naming = [r.document for r in released if key in left[r.document]]
        document = naming[-1] if naming else released[0].document
        found[document] = found.get(document, ZERO) + rest
    return sorted(found.items())


def _portions(group: Group, rooms: Sequence[tuple[int, Decimal]]) -> list[tuple[int, Group]]:
    if len(rooms) == 1:
        return [(rooms[0][0], group)]
    found: list[tuple[int, Group]] = []
    start = ZERO
    for document, quantity in rooms:
        found.append((document, _cut(group, start, start + quantity)))
        start += quantity
    return found


def _cut(group: Group, start: Decimal, end: Decimal) -> Group:
    """The goods from `start` to `end` of a group, its layers in the order of their names."""
    part = Group(group.number, group.status, group.pf_filed_on, group.origin, group.unit, end - start)
    at = ZERO
    for name in sorted(group.layers):
        layer = group.layers[name]
        begin, stop = _within(at, layer.quantity, start, end)
        at += layer.quantity
        if stop > begin or (not layer.quantity and not start):
            value = _worth(layer, stop) - _worth(layer, begin) if layer.quantity else layer.value
            part.layers[name] = Share(stop - begin, value, layer.admission)
            part.value += value
    for unit, by_factor in group.measures.items():
        at, kept = ZERO, dict[str, Decimal]()
        for factor in sorted(by_factor):
            begin, stop = _within(at, by_factor[factor], start, end)
            at += by_factor[factor]
            if stop > begin:
                kept[factor] = stop - begin
        if kept:
            part.measures[unit] = kept
    return part


def _worth(layer: Share, quantity: Decimal) -> Decimal:
    return share(layer.value, quantity, layer.quantity, PLACES_MAX)


def _within(at: Decimal, quantity: Decimal, start: Decimal, end: Decimal) -> tuple[Decimal, Decimal]:
    """The part of [at, at + quantity) that lies in [start, end), counted from `at`."""
    return min(max(start - at, ZERO), quantity), min(max(end - at, ZERO), quantity)
