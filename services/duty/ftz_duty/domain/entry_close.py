"""How a weekly entry is closed: withdrawals taken, inventory's counts compared, summary compiled.

After the week and its grace the summary is made of actual removals only (19 CFR 146.63(c)(1)), and only when
inventory's own count of every cover line equals what the entry holds; until then it waits and says why.
"""

from collections.abc import Sequence
from datetime import date, datetime

from ftz_common.contracts.common import DeadlineSet, Noted
from ftz_common.contracts.duty import (
    CoverNoted,
    EntryCorrectionNeeded,
    EntryLineOffered,
    EntryLineTaken,
    EntryOpened,
    EstimateLine,
    PricesRequested,
    PriceWanted,
    WeekEnded,
)
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.fact import Fact
from ftz_common.contracts.inventory import CoverTotalled
from ftz_common.values.calendar import PortCalendar, end_of_day
from ftz_common.values.period import last_day
from ftz_duty.domain.entry_agreement import News, entry_date, entry_dates, standing
from ftz_duty.domain.entry_compile import (
    SUMMARY_CITATION,
    SUMMARY_WORKING_DAYS,
    Compile,
    ask_again,
    removals_noted,
    summary_facts,
    waits,
)
from ftz_duty.domain.entry_definite import REMOVAL, calendar_of, clocks, closes_at, is_definite
from ftz_duty.domain.entry_filing import WEEK_ENDS, opening
from ftz_duty.domain.entry_state import EntryState
from ftz_duty.domain.goods_key import ENTERABLE
from ftz_duty.domain.summary import wanted

COMPILE = "compile"


def taken(state: EntryState, offer: EntryLineOffered, at: datetime) -> Sequence[Fact]:
    """A withdrawal is in the entry, once; or out again; or too late, and a correction of that week."""
    if not offer.reversed and offer.withdrawal in state.taken:
        return [Noted(why="this withdrawal is in the entry already")]
    if state.compiled is not None:
        return _correction(state, offer)
    fact = EntryLineTaken(
        withdrawal=offer.withdrawal,
        order=offer.order,
        line=offer.line,
        removed_on=offer.removed_on,
        reversed=offer.reversed,
        pieces=offer.pieces,
    )
    return [*opening(state, offer), fact, *clocks(state, fact), *closing(state, at, News(taken=fact))]


def _correction(state: EntryState, offer: EntryLineOffered) -> Sequence[Fact]:
    """Never next week's line: the summary of the removal's own week is corrected."""
    sign = -1 if offer.reversed else 1
    lines = [
        EstimateLine(
            number=p.number,
            status=p.status,
            origin=p.origin,
            unit=p.unit,
            quantity=sign * p.quantity,
            value=sign * p.value,
        )
        for p in offer.pieces
        if p.status in ENTERABLE and p.counts != "line"
    ]
    facts: list[Fact] = [
        EntryCorrectionNeeded(
            withdrawal=offer.withdrawal,
            order=offer.order,
            line=offer.line,
            removed_on=offer.removed_on,
            reversed=offer.reversed,
            pieces=offer.pieces,
        )
    ]
    if lines:
        facts.extend(removals_noted(state, lines, offer.withdrawal))
    return facts


def totalled(state: EntryState, total: CoverTotalled, at: datetime) -> Sequence[Fact]:
    """Inventory's own count of a cover line; a later count replaces it."""
    noted = CoverNoted(cover=total.cover, quantity=total.quantity, withdrawals=total.withdrawals)
    return [noted, *closing(state, at, News(noted=noted))]


def period_over(state: EntryState, at: datetime) -> Sequence[Fact]:
    """A week is over; definite goods close with the time for their removal, if there was any permit."""
    opened = state.opened
    if opened is None or state.ended:
        return [Noted(why="the week is over already" if state.ended else "this entry is not open")]
    if not is_definite(state.week):
        return ended(state, opened)
    if state.remove_by:
        return [Noted(why="it closes when the time for the removal of its goods is over (19 CFR 146.71(c))")]
    if not state.to_file and not any(a.result in {"unfiled", "filed"} for a in state.attempts):
        return ended(state, opened)
    calendar = calendar_of(opened)
    again = calendar.add_working_days(calendar.local_date(at), 1)
    return [
        DeadlineSet(
            name=WEEK_ENDS,
            due_at=instant_text(end_of_day(again, calendar)),
            subject=again.isoformat(),
            citation="19 CFR 146.71(c)",
        )
    ]


def removal_over(state: EntryState, deadline: DeadlineSet) -> Sequence[Fact]:
    """Five working days after a permit: what is left of it expires, and the last permit closes the entry."""
    opened = state.opened
    document = next((d for d, number in state.numbers.items() if number == deadline.subject), 0)
    by = state.remove_by.get(document, "")
    if opened is None or not by or deadline.due_at != closes_at(opened, by):
        return [Noted(why="the port director gave more time")]
    facts: list[Fact] = []
    if document in state.clocks:
        facts.append(REMOVAL.expired(by, deadline.subject))
    if not state.ended and by == max(state.remove_by.values()):
        facts.extend(ended(state, opened))
    return facts or [Noted(why="its goods have left, or more time runs for others")]


def ended(state: EntryState, opened: EntryOpened) -> list[Fact]:
    """The summary's clock and the grace run."""
    calendar = calendar_of(opened)
    last = date.fromisoformat(max(state.remove_by.values(), default=last_day(state.week).isoformat()))
    grace = calendar.add_working_days(last, opened.compile_grace_days)
    agreed = "release" if is_definite(state.week) else opened.summary_clock
    due_on, clock = _summary_due(entry_date(state), last, agreed, calendar)
    return [
        WeekEnded(
            week=state.week,
            summary_due_on=due_on,
            clock=clock,
        ),
        DeadlineSet(
            name=COMPILE,
            due_at=instant_text(end_of_day(grace, calendar)),
            subject=state.week,
            citation=f"policy: compile_grace_days; {SUMMARY_CITATION}",
        ),
    ]


def _summary_due(released: str, last: date, agreed: str, calendar: PortCalendar) -> tuple[str, str]:
    """Ten working days after the time of entry (19 CFR 146.62(a)); which day that is, the zone has to say.

    As long as nobody has agreed it with the port the earlier day counts: the release before the week.
    """
    by_end = calendar.add_working_days(last, SUMMARY_WORKING_DAYS).isoformat()
    if agreed == "week-end" or not released:
        return by_end, f"from the end of the week, {last.isoformat()}"
    by_release = calendar.add_working_days(date.fromisoformat(released), SUMMARY_WORKING_DAYS).isoformat()
    if agreed == "release":
        return by_release, f"from the release, {released}"
    return min(by_release, by_end), (
        f"from the release, {released}: the zone has not set summary_clock, so the earlier day counts"
    )


def grace_over(state: EntryState, at: datetime) -> Sequence[Fact]:
    """Compile, or say what is waited for; also the daily question for what an operator must bring."""
    if state.compiled is not None or state.opened is None:
        return [Noted(why="compiled already" if state.compiled is not None else "this entry is not open")]
    return closing(state, at, News(), due=True) or [Noted(why="nothing has changed")]


def closing(state: EntryState, at: datetime, news: News, *, due: bool = False) -> list[Fact]:
    """After the grace: ask the tariff for the rates when everything agrees, else say the differences once."""
    opened = state.opened
    if opened is None or state.compiled is not None or not (state.grace_over or due):
        return []
    found = standing(state, opened, news)
    if found.differences:
        facts: list[Fact] = []
        if found.differences != state.waits:
            facts.append(waits(state, found.differences))
        if found.blocked and (due or facts):
            facts.append(ask_again(opened, at))
        return facts
    if not state.groups and news.taken is None:
        return summary_facts(state, opened, Compile(state.round, "", ()), found.entry_date, at)
    if state.asked and news.taken is None and news.accepted is None and not news.decided_on and not due:
        return []
    return [prices_wanted(state, entry_dates(state, news), news, state.round + 1)]


def prices_wanted(state: EntryState, dates: Sequence[str], news: News, round_: int) -> PricesRequested:
    """Every line's rate on every date of an entry of the week: which goods are whose is settled later."""
    first = dates[0]
    asked: list[PriceWanted] = []
    for day in dates:
        entered = "" if day == first else day
        asked.extend(wanted(state.groups.values(), day, entered))
        if news.taken is not None and not news.taken.reversed:
            asked.extend(
                PriceWanted(
                    number=p.number,
                    origin=p.origin,
                    on=p.pf_filed_on if p.status == "P" and p.pf_filed_on else day,
                    entered=entered,
                )
                for p in news.taken.pieces
            )
    unique = {(w.number, w.origin, w.on, w.entered): w for w in asked}
    through = last_day(state.week)
    return PricesRequested(
        round=round_,
        entry_date=first,
        through=through.isoformat(),
        wanted=[unique[key] for key in sorted(unique)],
    )
