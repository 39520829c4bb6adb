"""Cover: what an accepted estimate lets leave in one local week, for one number, status, origin and unit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from ftz_common.contracts.common import DeadlineSet, Noted
from ftz_common.contracts.corrections import CoverWithdrawn
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.estimating import CoverClosed, CoverRunsLow, CoverSuffices
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.inventory import (
    CoverCounted,
    CoverDrawn,
    CoverExtended,
    CoverGranted,
    CoverOpened,
    CoverRequested,
    CoverRestored,
    CoverTotalled,
    RemovalCovered,
    RemovalUncovered,
)
from ftz_common.values.calendar import PortCalendar, parse_instant
from ftz_common.values.exact import ZERO, plain
from ftz_common.values.period import first_day
from ftz_inventory.domain.identity import entry_stream
from ftz_inventory.domain.permit import (
    Counts,
    Cover,
    Release,
    counts_after,
    drawn_after,
    free,
    released_by,
    use,
    with_release,
)

WEEK_ENDS = "week-ends"
_WEEK = timedelta(days=7)
_CITATION = "19 CFR 146.63(c)(1); 19 USC 1484(i)"


@dataclass(frozen=True, slots=True)
class Grant:
    """CBP accepted an estimate line, with the time zone in which its week ends."""

    granted: CoverGranted
    timezone: str
    warn_percent: int | None = None


Command = Grant | CoverWithdrawn | CoverRequested | DeadlineSet


def decide(cover: Cover, command: Command, _at: datetime) -> Sequence[Fact] | Refusal:
    """What a release, a removal, a removal taken back or the end of the week does to the permit."""
    match command:
        case Grant():
            facts = _grant(cover, command)
            clock = _clock(cover, command.timezone, command.granted.closes_at)
            return [*clock, *facts, *_warn(cover, facts)]
        case CoverWithdrawn():
            facts = _close(cover, command)
            return [*facts, *_warn(cover, facts)]
        case CoverRequested():
            act = _remove if command.what == "remove" else _restore
            facts = act(cover, command)
            again = _count_again(cover, facts)
            return [*_clock(cover, command.timezone), *facts, *_warn(cover, facts), *again]
        case DeadlineSet():
            return [*_count(cover, counts_after(cover, ())), *_week_over(cover)]


def _clock(cover: Cover, timezone: str, closes_at: str = "") -> list[Fact]:
    """The local week ends seven days after its first midnight (19 CFR 146.63(c)(1); 19 USC 1484(i)).

    Definite goods are counted when the time for their removal is over (146.71(c)).
    """
    if cover.clock_runs:
        return []
    ends = PortCalendar.of(timezone).instant(first_day(cover.week) + _WEEK)
    due = closes_at or instant_text(ends)
    return [DeadlineSet(name=WEEK_ENDS, due_at=due, citation=_CITATION)]


def _close(cover: Cover, withdrawn: CoverWithdrawn) -> list[Fact]:
    """CBP cancelled a release: what of it nothing needs that left already is permitted no more.

    What left under it keeps its cover, and no other release is drawn in its place (19 CFR 146.71(d)(1)).
    """
    name = (withdrawn.entry, withdrawn.attempt)
    if f"{name[0]}#{name[1]}" in cover.closed:
        return [Noted(why=f"attempt {withdrawn.attempt} is withdrawn already")]
    release = next((r for r in cover.releases if (r.entry, r.attempt) == name), None)
    quantity = min(release.quantity, free(cover.releases, release.accepted_at)) if release else ZERO
    return [
        CoverClosed(
            entry=withdrawn.entry,
            attempt=withdrawn.attempt,
            quantity=quantity,
            total=cover.total - quantity,
            cancelled_at=withdrawn.cancelled_at,
        )
    ]


def _warn(cover: Cover, facts: Sequence[Fact]) -> list[Fact]:
    """Before the permit is used up, and once: a supplement takes time (19 CFR 146.63(c)(1)).

    The policy is that of the last release. What is taken back, or released besides, ends the warning.
    """
    percent = cover.warn_percent
    for fact in facts:
        if isinstance(fact, CoverOpened):
            percent = fact.warn_percent
    total, used = drawn_after(cover, facts)
    low = percent is not None and total > 0 and used * 100 >= total * percent
    if low == cover.low or cover.counted:
        return []
    if low and percent is not None:
        return [CoverRunsLow(total=total, used=used, remaining=total - used, percent=percent)]
    why = f"{plain(used)} of {plain(total)} are drawn now"
    return [CoverSuffices(total=total, used=used, why=why)]


def _week_over(cover: Cover) -> list[Fact]:
    if not cover.low:
        return []
    return [CoverSuffices(total=cover.total, used=cover.used, why="the week of this permit is over")]


def _grant(cover: Cover, command: Grant) -> list[Fact]:
    """A release is for what leaves from then on; what left after it and seemed uncovered had cover."""
    granted = command.granted
    if any((r.entry, r.attempt) == (granted.entry, granted.attempt) for r in cover.releases):
        if granted.closes_at > cover.closes_at:
            extended = CoverExtended(closes_at=granted.closes_at)
            return [extended, *_cover_the_uncovered(cover, cover.releases, {}, granted.closes_at)]
        return [Noted(why=f"attempt {granted.attempt} of {granted.entry_number} is counted already")]
    if f"{granted.entry}#{granted.attempt}" in cover.closed:
        return [Noted(why=f"attempt {granted.attempt} of {granted.entry_number} was cancelled before this")]
    release = Release(granted.entry, granted.attempt, granted.accepted_at, granted.quantity)
    opened = CoverOpened(
        entry=granted.entry,
        entry_number=granted.entry_number,
        attempt=granted.attempt,
        quantity=granted.quantity,
        total=cover.total + granted.quantity,
        accepted_at=granted.accepted_at,
        warn_percent=command.warn_percent,
        closes_at=granted.closes_at,
    )
    until = max(cover.closes_at, granted.closes_at)
    return [opened, *_cover_the_uncovered(cover, with_release(cover, release), {}, until)]


def _remove(cover: Cover, request: CoverRequested) -> list[Fact]:
    """Goods left: under cover as far as it reaches, else a violation, at once (19 CFR 146.63(c)(1))."""
    if request.withdrawal in cover.removals:
        return [Noted(why=f"withdrawal {request.withdrawal} is counted already")]
    quantity = request.quantity - cover.early.get(request.withdrawal, ZERO)
    if quantity <= 0:
        return [Noted(why=f"withdrawal {request.withdrawal} was taken back before it came here")]
    covered = min(quantity, _free(cover.releases, request.removed_at, cover.closes_at))
    facts: list[Fact] = []
    if covered:
        facts.append(
            CoverDrawn(
                withdrawal=request.withdrawal,
                order=request.order,
                line=request.line,
                quantity=covered,
                removed_at=request.removed_at,
                remaining=cover.total - cover.used - covered,
            )
        )
    if covered < quantity:
        releases = cover.releases[: released_by(cover.releases, request.removed_at)]
        facts.append(
            RemovalUncovered(
                withdrawal=request.withdrawal,
                order=request.order,
                line=request.line,
                quantity=quantity - covered,
                removed_at=request.removed_at,
                permitted=sum((r.quantity for r in releases), ZERO),
            )
        )
    return facts


def _restore(cover: Cover, request: CoverRequested) -> list[Fact]:
    """Taken back before leaving: first what had no cover; permit that is free again covers others."""
    removal = cover.removals.get(request.withdrawal)
    remaining = cover.total - cover.used
    if removal is None:
        return [CoverRestored(withdrawal=request.withdrawal, quantity=request.quantity, remaining=remaining)]
    quantity = min(request.quantity, removal.quantity)
    if not quantity:
        return [Noted(why=f"withdrawal {request.withdrawal} was taken back already")]
    uncovered = max(ZERO, removal.uncovered - quantity)
    freed = quantity - (removal.uncovered - uncovered)
    releases = [replace(release) for release in cover.releases]
    use(releases, removal.removed_at, -freed)
    restored = CoverRestored(
        withdrawal=request.withdrawal,
        quantity=quantity,
        remaining=remaining + freed,
        uncovered=uncovered,
    )
    return [
        restored,
        *_cover_the_uncovered(cover, releases, {request.withdrawal: uncovered}, cover.closes_at),
    ]


def _free(releases: Sequence[Release], removed_at: str, closes_at: str) -> Decimal:
    """A permit for definite goods is good for five working days, unless extended (19 CFR 146.71(c))."""
    if closes_at and parse_instant(removed_at) >= parse_instant(closes_at):
        return ZERO
    return free(releases, removed_at)


def _cover_the_uncovered(
    cover: Cover, releases: Sequence[Release], now: dict[str, Decimal], closes_at: str
) -> list[Fact]:
    """In order of removal, what is free for each. `now`: what changed in this decision already."""
    releases = [replace(release) for release in releases]
    facts: list[Fact] = []
    for withdrawal in cover.uncovered:
        removal = cover.removals[withdrawal]
        uncovered = now.get(withdrawal, removal.uncovered)
        if covered := min(uncovered, _free(releases, removal.removed_at, closes_at)):
            use(releases, removal.removed_at, covered)
            rest = uncovered - covered
            facts.append(RemovalCovered(withdrawal=withdrawal, quantity=covered, uncovered=rest))
    return facts


def _count_again(cover: Cover, facts: Sequence[Any]) -> list[Fact]:
    """Once the week was counted, every change of it is said again."""
    after = counts_after(cover, facts)
    return _count(cover, after) if cover.counted and after != counts_after(cover, ()) else []


def _count(cover: Cover, counts: Counts) -> list[Fact]:
    """What left under this line, covered or not: its entry must hold the same (19 CFR 146.63(c)(1))."""
    return [
        CoverCounted(quantity=counts.removed, withdrawals=counts.withdrawals, uncovered=counts.lacking),
        CoverTotalled(
            to=entry_stream(cover.zone, cover.account, cover.week),
            cover=cover.stream,
            quantity=counts.removed,
            withdrawals=counts.withdrawals,
        ),
    ]
