"""Rows of a set that would take the same duty twice."""

from collections.abc import Iterator, Sequence

from ftz_duty.domain.measure import Measure, Scope
from ftz_duty.domain.schedule import Problem, dotted

_LENGTHS = (0, 2, 4, 6, 8, 10)


def overlaps(measures: Sequence[Measure]) -> Iterator[Problem]:
    """Two rows of one heading that meet the same number, origin and day: named once per pair, with a number.

    Rows of one group with different orders may overlap: only one of them applies.
    """
    by_heading: dict[str, list[int]] = {}
    for at, measure in enumerate(measures):
        by_heading.setdefault(measure.heading, []).append(at)
    for places in by_heading.values():
        if len(places) > 1:
            yield from _of_heading(measures, places)


def _of_heading(measures: Sequence[Measure], places: Sequence[int]) -> Iterator[Problem]:
    by_prefix: dict[str, list[int]] = {}
    for at in places:
        for prefix in measures[at].scope.numbers or ("",):
            by_prefix.setdefault(prefix, []).append(at)
    named: set[tuple[int, int]] = set()
    for prefix in sorted(by_prefix):
        above = [at for n in _LENGTHS if n <= len(prefix) for at in by_prefix.get(prefix[:n], ())]
        for second in by_prefix[prefix]:
            for first in above:
                pair = (min(first, second), max(first, second))
                if first == second or pair in named or not _both(measures, pair, prefix):
                    continue
                named.add(pair)
                yield _problem(measures, pair, prefix)


def _both(measures: Sequence[Measure], pair: tuple[int, int], prefix: str) -> bool:
    one, other = measures[pair[0]], measures[pair[1]]
    if one.group and one.group == other.group and one.order != other.order:
        return False
    a, b = one.scope, other.scope
    if any(prefix.startswith(s.not_numbers) for s in (a, b) if s.not_numbers):
        return False
    return _days(a, b) and _origins(a, b)


def _days(a: Scope, b: Scope) -> bool:
    return (not a.last or b.first <= a.last) and (not b.last or a.first <= b.last)


def _origins(a: Scope, b: Scope) -> bool:
    if a.origins and b.origins:
        return bool((a.origins & b.origins) - a.not_origins - b.not_origins)
    if a.origins or b.origins:
        return bool((a.origins | b.origins) - a.not_origins - b.not_origins)
    return True


def _problem(measures: Sequence[Measure], pair: tuple[int, int], prefix: str) -> Problem:
    one, other = measures[pair[0]], measures[pair[1]]
    number = dotted(prefix) if prefix else "all numbers"
    reason = f"{one.id} meets {number} under {one.heading} in the same days and origins"
    action = "end one before the other begins, or put both in one group with different orders"
    return Problem(f"measure {other.id}", "overlap", reason, action)
