"""The weekly entry of an account: estimate first, actuals later (19 CFR 146.63(c)(1); 19 USC 1484(i))."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ftz_common.contracts.common import DeadlineSet, Noted, NumberAssigned
from ftz_common.contracts.duty import EntryDateDecided, EntryLineOffered, EstimateAccepted, EstimateProposed
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.filing import FilingAnswered
from ftz_common.contracts.inventory import CoverTotalled
from ftz_duty.domain.entry_agreement import News
from ftz_duty.domain.entry_cancel import CancelEntry, cancel
from ftz_duty.domain.entry_close import (
    COMPILE,
    closing,
    grace_over,
    period_over,
    removal_over,
    taken,
    totalled,
)
from ftz_duty.domain.entry_compile import COMPILE_AGAIN, Compile, compiled
from ftz_duty.domain.entry_correct import CorrectSummary, correct, corrected
from ftz_duty.domain.entry_definite import FILE_GOODS, ExtendRemoval, OrderGoods, extend
from ftz_duty.domain.entry_filing import (
    WEEK_ENDS,
    FileAgain,
    FileForRemoved,
    SummaryIsEntry,
    answered,
    file_again,
    file_for_removed,
    file_goods,
    numbered,
    order_goods,
    proposed,
    summary_is_entry,
)
from ftz_duty.domain.entry_fold import evolve
from ftz_duty.domain.entry_state import REMOVAL_CLOCK, EntryState, start


@dataclass(frozen=True, slots=True)
class Told:
    """A fact of another stream, heard `now`: a filing is of the day on which it is made, not of its cause."""

    fact: EntryLineOffered | EstimateProposed | NumberAssigned | FilingAnswered | CoverTotalled | Compile
    now: datetime


def decide(state: EntryState, command: Any, at: datetime) -> Sequence[Fact] | Refusal:
    """What another stream tells, a clock says, or a person asks."""
    match command:
        case Told(fact, now):
            return _told(state, fact, at, now)
        case DeadlineSet():
            return _due(state, command, at)
        case FileAgain() | FileForRemoved() | OrderGoods():
            return _to_file(state, command, at)
        case CorrectSummary() | CancelEntry() | ExtendRemoval():
            return _mended(state, command, at)
        case SummaryIsEntry():
            return _dated(state, command, at)
        case _:
            raise TypeError(f"an entry does not take {type(command).__name__}")


def _to_file(
    state: EntryState, command: FileAgain | FileForRemoved | OrderGoods, at: datetime
) -> Sequence[Fact] | Refusal:
    match command:
        case FileAgain():
            return file_again(state, command, at)
        case FileForRemoved():
            return file_for_removed(state, at)
        case OrderGoods():
            return order_goods(state, command, at)


def _mended(
    state: EntryState, command: CorrectSummary | CancelEntry | ExtendRemoval, at: datetime
) -> Sequence[Fact] | Refusal:
    if isinstance(command, CancelEntry):
        return cancel(state, command, at)
    if isinstance(command, ExtendRemoval):
        return extend(state, command, at)
    return correct(state, command, at)


def _told(state: EntryState, fact: Any, at: datetime, now: datetime) -> Sequence[Fact] | Refusal:
    match fact:
        case EntryLineOffered():
            return taken(state, fact, now)
        case EstimateProposed():
            return proposed(state, fact, now)
        case NumberAssigned():
            return _numbered(state, fact, now)
        case FilingAnswered():
            return _answered(state, fact, at, now)
        case CoverTotalled():
            return totalled(state, fact, now)
        case Compile():
            return (compiled if state.correcting is None else corrected)(state, fact, now)
        case _:
            raise TypeError(f"an entry is not told {type(fact).__name__}")


def _numbered(state: EntryState, assigned: NumberAssigned, at: datetime) -> Sequence[Fact]:
    facts = numbered(state, assigned, at)
    if isinstance(facts[0], Noted):
        return facts
    return [*facts, *closing(state, at, News(numbered=True))]


def _answered(state: EntryState, answer: FilingAnswered, at: datetime, now: datetime) -> Sequence[Fact]:
    """CBP's time of the answer counts, whenever we hear of it."""
    facts = answered(state, answer, at)
    first = facts[0]
    if not isinstance(first, EstimateAccepted):
        return facts
    news = News(accepted=state.attempt(first.attempt), accepted_at=first.accepted_at)
    return [*facts, *closing(state, now, news)]


def _dated(state: EntryState, command: SummaryIsEntry, at: datetime) -> Sequence[Fact] | Refusal:
    facts = summary_is_entry(state, command, at)
    if isinstance(facts, Refusal):
        return facts
    first = facts[0]
    assert isinstance(first, EntryDateDecided)  # noqa: S101 what that function gives
    return [*facts, *closing(state, at, News(decided_on=first.entry_date))]


def _due(state: EntryState, deadline: DeadlineSet, at: datetime) -> Sequence[Fact]:
    if deadline.name == WEEK_ENDS:
        return period_over(state, at)
    if deadline.name == REMOVAL_CLOCK:
        return removal_over(state, deadline)
    if deadline.name == FILE_GOODS:
        return file_goods(state, at)
    if deadline.name in {COMPILE, COMPILE_AGAIN}:
        return grace_over(state, at)
    return [Noted(why=f"no clock named {deadline.name!r} runs here")]


__all__ = ["EntryState", "Told", "decide", "evolve", "start"]
