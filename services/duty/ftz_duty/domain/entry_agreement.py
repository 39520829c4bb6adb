"""Whether a weekly entry may be compiled: does it hold what inventory says left, and is its day known.

A summary reports actual removals only (19 CFR 146.63(c)(1)); two counts that differ mean that one is not
complete yet, so the entry waits and names each difference.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ftz_common.contracts.duty import CoverNoted, EntryLineTaken, EntryOpened
from ftz_common.contracts.fact import Refusal
from ftz_common.values.calendar import PortCalendar, fiscal_year, parse_instant
from ftz_common.values.exact import ZERO, plain
from ftz_common.values.period import said_period
from ftz_duty.domain.entry_definite import waiting_for_cancellation
from ftz_duty.domain.entry_documents import releases
from ftz_duty.domain.entry_state import Attempt, EntryState
from ftz_duty.domain.fees import bounds_of
from ftz_duty.domain.goods_key import goods_key, goods_of_cover, key_parts

#: Differences named in one fact; the rest is counted.
NAMED_MAX = 100

NO_RELEASE = (
    "no estimate of this week was accepted: the time of entry is not known (19 CFR 141.68(a), 146.63(c)(1));"
    " a person may let the summary serve as the entry (141.68(b))"
)


@dataclass(frozen=True, slots=True)
class News:
    """What this decision adds to the state: at most one of these."""

    taken: EntryLineTaken | None = None
    noted: CoverNoted | None = None
    accepted: Attempt | None = None
    accepted_at: str = ""
    numbered: bool = False
    decided_on: str = ""


@dataclass(slots=True)
class Standing:
    """Whether the entry can be compiled. `blocked`: by data that an operator must bring, not by a count."""

    entry_date: str
    differences: list[str] = field(default_factory=list[str])
    blocked: bool = False


def entry_date(state: EntryState, news: News | None = None) -> str:
    """The local date of the time of entry: the first release by CBP (19 CFR 141.68(a)(1)); "" if none.

    One date for all goods of an estimate, whenever in the week they left: what was not removed was never
    entered, what was is of that entry. A supplemental entry has its own (`entry_documents`).
    """
    times = [parse_instant(a.answered_at) for a in state.accepted()]
    if news is not None and news.accepted is not None:
        times.append(parse_instant(news.accepted_at))
    if state.opened is None:
        return ""
    if not times:
        return state.decided_on or (news.decided_on if news is not None else "")
    return PortCalendar.of(state.opened.timezone).local_date(min(times)).isoformat()


def entry_dates(state: EntryState, news: News) -> list[str]:
    """The dates of the week's entries, the first of them first; empty when there is none yet."""
    dates = [r.entry_date for r in releases(state)]
    first = entry_date(state, news)
    if news.accepted is not None and state.opened is not None:
        calendar = PortCalendar.of(state.opened.timezone)
        dates.append(calendar.local_date(parse_instant(news.accepted_at)).isoformat())
    return [first, *sorted({*dates} - {first})] if first else []


def standing(state: EntryState, opened: EntryOpened, news: News) -> Standing:
    found = Standing(entry_date(state, news))
    differences = [*_uncounted(state, news)]
    holds = bool(state.groups) or news.taken is not None
    if holds and not found.entry_date:
        differences.append(NO_RELEASE)
    if holds and not state.numbers.get(state.decided_for, "") and not news.numbered:
        differences.append(f"the entry of {said_period(opened.week)} has no number yet")
    if overdue := waiting_for_cancellation(state):
        differences.extend(overdue)
        found.blocked = True
    for year in sorted({fiscal_year(date.fromisoformat(day)) for day in entry_dates(state, news) if holds}):
        bounds = bounds_of(year)
        if isinstance(bounds, Refusal):
            differences.append(f"{bounds.reason} ({bounds.citation}): {bounds.remedy}")
            found.blocked = True
    if len(differences) > NAMED_MAX:
        differences = [*differences[:NAMED_MAX], f"and {len(differences) - NAMED_MAX} more"]
    found.differences = differences
    return found


def _uncounted(state: EntryState, news: News) -> list[str]:
    """Where entry and inventory differ, by goods; every cover line that was granted must have reported."""
    held = {key: (h.quantity, h.withdrawals) for key, h in state.held.items()}
    if news.taken is not None:
        held.update(_held_after(state, news.taken))
    counted = {key: (c.quantity, c.withdrawals) for key, c in state.counted.items()}
    if news.noted is not None:
        counted[goods_of_cover(news.noted.cover)] = (news.noted.quantity, news.noted.withdrawals)
    granted = {goods_key(line) for a in state.accepted() for line in a.lines}
    if news.accepted is not None:
        granted.update(goods_key(line) for line in news.accepted.lines)
    differences: list[str] = []
    for key in sorted({*held, *counted, *granted}):
        mine = held.get(key, (ZERO, 0))
        theirs = counted.get(key)
        if theirs is None and (key in granted or mine != (ZERO, 0)):
            differences.append(f"{_named(key)}: inventory has not counted this week's removals yet")
        elif theirs is not None and mine != theirs:
            differences.append(
                f"{_named(key)}: inventory counted {_count(theirs)}, the entry holds {_count(mine)}"
            )
    return differences


def _held_after(state: EntryState, fact: EntryLineTaken) -> dict[str, tuple[Decimal, int]]:
    """Quantity and withdrawals of the goods that a new line touches, as if it were in already."""
    change: dict[str, Decimal] = {}
    sign = -1 if fact.reversed else 1
    for piece in fact.pieces:
        if piece.counts == "line":
            continue
        key = goods_key(piece)
        change[key] = change.get(key, ZERO) + sign * piece.quantity
    after: dict[str, tuple[Decimal, int]] = {}
    for key, quantity in change.items():
        held = state.held.get(key)
        before = held.by_withdrawal.get(fact.withdrawal, ZERO) if held else ZERO
        count = (held.withdrawals if held else 0) + (before + quantity != 0) - (before != 0)
        after[key] = ((held.quantity if held else ZERO) + quantity, count)
    return after


def _named(key: str) -> str:
    number, status, origin, unit = key_parts(key)
    return f"{number} status {status} origin {origin} in {unit}"


def _count(of: tuple[Decimal, int]) -> str:
    return f"{plain(of[0])} in {of[1]} withdrawal{'' if of[1] == 1 else 's'}"
