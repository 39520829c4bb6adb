"""The state of a cover line: what was released, what left under it, what is free.

Each removal may use what CBP had released before it left, and nothing released afterwards. A set of
removals has cover exactly when, at every instant, those up to it need no more than was released up to it.
Only the releases divide time for that, so covered removals are summed per span from one release to the
next, and the order in which things are learned changes nothing in the sums.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from ftz_common.contracts.common import DeadlineSet
from ftz_common.contracts.estimating import CoverClosed, CoverRunsLow, CoverSuffices
from ftz_common.contracts.fact import Fact
from ftz_common.contracts.inventory import (
    CoverCounted,
    CoverDrawn,
    CoverExtended,
    CoverOpened,
    CoverRestored,
    RemovalCovered,
    RemovalUncovered,
)
from ftz_common.values.calendar import parse_instant
from ftz_common.values.exact import ZERO
from ftz_common.values.names import stream_name


@dataclass(slots=True)
class Release:
    """What CBP released at one acceptance. `used`: by covered removals from then until the next release."""

    entry: str
    attempt: int
    accepted_at: str
    quantity: Decimal
    used: Decimal = ZERO


@dataclass(slots=True)
class Removal:
    """A withdrawal under this line: its quantity net of what was taken back, and what has no cover."""

    removed_at: str
    quantity: Decimal = ZERO
    uncovered: Decimal = ZERO


@dataclass(slots=True)
class Cover:
    """One cover line of a local week: number, status, origin and unit are in the stream's name."""

    stream: str
    zone: str
    account: str
    week: str
    releases: list[Release] = field(default_factory=list[Release])  #: by acceptance
    total: Decimal = ZERO  #: released in all
    used: Decimal = ZERO  #: by covered removals
    removals: dict[str, Removal] = field(default_factory=dict[str, Removal])  #: by withdrawal
    uncovered: list[str] = field(default_factory=list[str])  #: withdrawals, in order of removal
    early: dict[str, Decimal] = field(default_factory=dict[str, Decimal])  #: taken back before they came
    removed: Decimal = ZERO
    lacking: Decimal = ZERO  #: removed without cover
    withdrawals: int = 0  #: with anything left in them
    clock_runs: bool = False
    counted: bool = False
    warn_percent: int | None = None  #: of the last release
    low: bool = False  #: and it was said
    closes_at: str = ""  #: definite goods leave before it; "": any time in the week
    closed: list[str] = field(default_factory=list[str])  #: <entry>#<attempt> that CBP cancelled


class Counts(NamedTuple):
    """What left under a cover line."""

    removed: Decimal
    lacking: Decimal
    withdrawals: int


def start(parts: tuple[str, ...]) -> Cover:
    """Nothing released, nothing left: ("cover", zone, account, week, number, status, origin, unit)."""
    _, zone, account, week, *_ = parts
    return Cover(stream_name(*parts), zone, account, week)


def counts_after(cover: Cover, facts: Iterable[Fact]) -> Counts:
    """The counts of the state with these facts of one decision added."""
    removed, lacking, withdrawals = cover.removed, cover.lacking, cover.withdrawals
    new: set[str] = set()
    for fact in facts:
        match fact:
            case CoverDrawn():
                removed += fact.quantity
                new.add(fact.withdrawal)
            case RemovalUncovered():
                removed += fact.quantity
                lacking += fact.quantity
                new.add(fact.withdrawal)
            case RemovalCovered():
                lacking -= fact.quantity
            case CoverRestored() if fact.withdrawal in cover.removals:
                known = cover.removals[fact.withdrawal]
                removed -= fact.quantity
                lacking -= known.uncovered - fact.uncovered
                withdrawals -= fact.quantity == known.quantity
            case _:
                pass
    return Counts(removed, lacking, withdrawals + len(new - cover.removals.keys()))


def drawn_after(cover: Cover, facts: Iterable[Fact]) -> tuple[Decimal, Decimal]:
    """Released and drawn, with these facts of one decision added."""
    total, used = cover.total, cover.used
    for fact in facts:
        match fact:
            case CoverOpened() | CoverClosed():
                total = fact.total
            case CoverDrawn() | RemovalCovered():
                used += fact.quantity
            case CoverRestored() if fact.withdrawal in cover.removals:
                used -= fact.quantity - (cover.removals[fact.withdrawal].uncovered - fact.uncovered)
            case _:
                pass
    return total, used


# ---- what is free -------------------------------------------------------------------------------


def released_by(releases: Sequence[Release], instant: str) -> int:
    """How many releases had been accepted by then."""
    at, count = parse_instant(instant), 0
    while count < len(releases) and parse_instant(releases[count].accepted_at) <= at:
        count += 1
    return count


def free(releases: Sequence[Release], removed_at: str) -> Decimal:
    """What a removal at that instant may still use without taking the cover of any other."""
    until = released_by(releases, removed_at)
    if until == 0:
        return ZERO
    slack = sum((r.quantity - r.used for r in releases[:until]), ZERO)
    least = slack
    for release in releases[until:]:
        slack += release.quantity - release.used
        least = min(least, slack)
    return least


def use(releases: Sequence[Release], removed_at: str, quantity: Decimal) -> None:
    """Count a covered removal (negative: one taken back) in its span."""
    if quantity:
        releases[released_by(releases, removed_at) - 1].used += quantity


def with_release(cover: Cover, new: Release) -> list[Release]:
    """The releases with a new one; every covered removal is counted in the span that it now falls in."""
    releases = [Release(r.entry, r.attempt, r.accepted_at, r.quantity) for r in (*cover.releases, new)]
    releases.sort(key=lambda r: (parse_instant(r.accepted_at), r.entry, r.attempt))
    for removal in cover.removals.values():
        use(releases, removal.removed_at, removal.quantity - removal.uncovered)
    return releases


# ---- folding ------------------------------------------------------------------------------------


def evolve(cover: Cover, fact: Any) -> Cover:
    """The cover line after a fact."""
    cover.removed, cover.lacking, cover.withdrawals = counts_after(cover, [fact])
    match fact:
        case DeadlineSet():
            cover.clock_runs = True
        case CoverOpened():
            _opened(cover, fact)
        case CoverDrawn():
            _removal(cover, fact).quantity += fact.quantity
            _use(cover, fact.removed_at, fact.quantity)
        case RemovalUncovered():
            removal = _removal(cover, fact)
            removal.quantity += fact.quantity
            removal.uncovered += fact.quantity
            _queue(cover, fact.withdrawal)
        case RemovalCovered():
            removal = cover.removals[fact.withdrawal]
            _use(cover, removal.removed_at, fact.quantity)
            _lacks(cover, fact.withdrawal, fact.uncovered)
        case CoverRestored():
            _restored(cover, fact)
        case CoverCounted():
            cover.counted = True
        case CoverClosed():
            cover.closed.append(f"{fact.entry}#{fact.attempt}")
            cover.total = fact.total
            for release in cover.releases:
                if (release.entry, release.attempt) == (fact.entry, fact.attempt):
                    release.quantity -= fact.quantity
        case CoverRunsLow() | CoverSuffices():
            cover.low = isinstance(fact, CoverRunsLow)
        case _:
            cover.closes_at = fact.closes_at if isinstance(fact, CoverExtended) else cover.closes_at
    return cover


def _opened(cover: Cover, fact: CoverOpened) -> None:
    new = Release(fact.entry, fact.attempt, fact.accepted_at, fact.quantity)
    cover.releases, cover.total = with_release(cover, new), fact.total
    cover.warn_percent = fact.warn_percent
    cover.closes_at = max(cover.closes_at, fact.closes_at)


def _removal(cover: Cover, fact: CoverDrawn | RemovalUncovered) -> Removal:
    cover.early.pop(fact.withdrawal, None)
    return cover.removals.setdefault(fact.withdrawal, Removal(fact.removed_at))


def _use(cover: Cover, removed_at: str, quantity: Decimal) -> None:
    use(cover.releases, removed_at, quantity)
    cover.used += quantity


def _queue(cover: Cover, withdrawal: str) -> None:
    def rank(each: str) -> tuple[object, str]:
        return parse_instant(cover.removals[each].removed_at), each

    place = len(cover.uncovered)
    while place and rank(cover.uncovered[place - 1]) > rank(withdrawal):
        place -= 1
    cover.uncovered.insert(place, withdrawal)


def _lacks(cover: Cover, withdrawal: str, uncovered: Decimal) -> None:
    removal = cover.removals[withdrawal]
    if removal.uncovered and not uncovered:
        cover.uncovered.remove(withdrawal)
    removal.uncovered = uncovered


def _restored(cover: Cover, fact: CoverRestored) -> None:
    removal = cover.removals.get(fact.withdrawal)
    if removal is None:
        cover.early[fact.withdrawal] = cover.early.get(fact.withdrawal, ZERO) + fact.quantity
        return
    freed = fact.quantity - (removal.uncovered - fact.uncovered)
    _lacks(cover, fact.withdrawal, fact.uncovered)
    _use(cover, removal.removed_at, -freed)
    removal.quantity -= fact.quantity
