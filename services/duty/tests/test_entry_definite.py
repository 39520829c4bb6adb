"""Definite goods: entered before they leave, five working days to do so (19 CFR 146.62(a), 146.71(c))."""

from decimal import Decimal
from typing import Any

import pytest

from ftz_common.contracts.common import ClockExpired, ClockStarted, ClockStopped, DeadlineSet, NumberRequested
from ftz_common.contracts.duty import EntryCompiled, EstimateAdded, EstimateLine, GoodsOrdered, WeekEnded
from ftz_common.contracts.inventory import CoverGranted
from ftz_duty.domain.entry_cancel import CancelEntry
from ftz_duty.domain.entry_definite import ExtendRemoval, OrderGoods

DAY = "2026-03-10.day"
KEY = "6912004810/N/PT/No."


def _wants(desk: Any, *lines: EstimateLine, reservation: str = "r-1", less: str = "0") -> OrderGoods:
    return OrderGoods(
        reservation, "order/acme/shop/o-1", 1, tuple(lines), Decimal(less), desk.settings, lead_hours=12
    )


def _ordered(desk: Any, week: str = DAY, at: str = "2026-03-08", quantity: str = "100") -> Any:
    story = desk.entry(week)
    story.tell(_wants(desk, desk.estimate_line(quantity)), desk.at(at))
    return story


def _permitted(desk: Any, at: str = "2026-03-09T18:00:00Z") -> Any:
    story = _ordered(desk)
    story.assign(at=at)
    story.due("file-goods")
    story.answer(1, at=at)
    return story


def test_a_daily_entry_is_filed_before_its_day_begins(desk: Any) -> None:
    """Midnight in Chicago is 05:00 UTC in March after the change of clocks; twelve hours before."""
    story = _ordered(desk)
    assert story.last(DeadlineSet, lambda f: f.name == "file-goods").due_at == "2026-03-09T17:00:00Z"
    assert story.all(EstimateAdded) == []


def test_a_single_entry_is_filed_with_what_comes_in_that_minute(desk: Any) -> None:
    story = _ordered(desk, "2026-03-10.order.shop.o-1")
    assert story.last(DeadlineSet, lambda f: f.name == "file-goods").due_at == "2026-03-08T12:01:00Z"
    story.tell(_wants(desk, desk.estimate_line("20"), reservation="r-2"), desk.at("2026-03-08T12:00:30Z"))
    story.due("file-goods")
    (added,) = story.all(EstimateAdded)
    assert [line.quantity for line in added.lines] == [Decimal(120)]


@pytest.mark.parametrize(("less", "asked"), [("40", ["60"]), ("100", []), ("130", [])])
def test_what_is_cancelled_before_it_is_filed_is_not_entered(desk: Any, less: str, asked: list[str]) -> None:
    story = _ordered(desk)
    story.tell(_wants(desk, less=less), desk.at("2026-03-08T13:00:00Z"))
    story.due("file-goods")
    assert [str(line.quantity) for added in story.all(EstimateAdded) for line in added.lines] == asked


def test_what_was_cancelled_twice_counts_once(desk: Any) -> None:
    story = _ordered(desk)
    for _ in range(2):
        story.tell(_wants(desk, less="60"), desk.at("2026-03-08T13:00:00Z"))
    assert [str(line.quantity) for fact in story.all(GoodsOrdered)[1:] for line in fact.lines] == [
        "-60",
        "-40",
    ]


def test_more_kinds_than_a_filing_holds_are_entered_in_two(desk: Any) -> None:
    """999 lines (CATAIR AE record 40): each filing is an entry with a number of its own (19 CFR 142.3a)."""
    story = desk.entry(DAY)
    lines = [desk.estimate_line("1", number=f"{6900000000 + n}") for n in range(1001)]
    story.tell(_wants(desk, *lines), desk.at("2026-03-08"))
    story.due("file-goods")
    story.due("file-goods")
    assert [(len(a.lines), a.document) for a in story.all(EstimateAdded)] == [(999, 1), (2, 2)]
    assert len(story.all(NumberRequested)) == 2


def test_five_working_days_from_the_permit(desk: Any) -> None:
    story = _permitted(desk)
    clock = story.last(ClockStarted)
    assert (clock.name, clock.act_by, clock.subject) == ("entry-removal", "2026-03-16", story.state.number)
    assert story.last(CoverGranted).closes_at == "2026-03-17T05:00:00Z"


def test_the_clock_stops_when_everything_left_and_runs_on_when_some_came_back(desk: Any) -> None:
    story = _permitted(desk)
    story.tell(desk.offer("w-1", desk.priced("99", "495"), week=DAY), desk.at("2026-03-10"))
    assert story.all(ClockStopped) == []
    story.tell(desk.offer("w-2", desk.priced("1", "5"), week=DAY), desk.at("2026-03-10"))
    assert len(story.all(ClockStopped)) == 1
    story.tell(desk.offer("w-2", desk.priced("1", "5"), week=DAY, reversed=True), desk.at("2026-03-11"))
    assert len(story.all(ClockStarted)) == 2


def test_an_entry_without_any_permit_closes_after_five_working_days(desk: Any) -> None:
    story = _ordered(desk)
    story.assign(at="2026-03-09T18:00:00Z")
    story.due("file-goods")
    story.answer(1, at="2026-03-09T18:00:00Z", accepted=False)
    story.due("week-ends")
    assert [ended.week for ended in story.all(WeekEnded)] == [DAY]


def test_an_entry_that_waits_for_cbp_is_looked_at_again_the_next_working_day(desk: Any) -> None:
    story = _ordered(desk)
    story.assign(at="2026-03-09T18:00:00Z")
    story.due("file-goods")
    story.due("week-ends")
    assert story.all(WeekEnded) == []
    assert story.last(DeadlineSet).due_at == "2026-03-20T05:00:00Z"


def test_the_summary_waits_for_the_cancellation_of_what_stayed(desk: Any) -> None:
    story = _permitted(desk)
    story.tell(desk.offer("w-1", desk.priced("60", "300"), week=DAY), desk.at("2026-03-10"))
    story.due("entry-removal")
    assert len(story.all(ClockExpired)) == 1
    story.tell(desk.total("60", 1, week=DAY), desk.at("2026-03-17"))
    story.due("compile")
    assert "146.71(c), (d)(1)" in story.state.waits[0]
    cancel = CancelEntry(story.state.number, "N-1", desk.at("2026-03-19"), "p-7", "40 stayed")
    story.tell(cancel, desk.at("2026-03-19T13:00:00Z"))
    story.due("compile-again")
    story.answer_prices()
    (compiled,) = story.all(EntryCompiled)
    assert (compiled.entered_value, len(story.all(ClockStopped))) == (Decimal(300), 1)


@pytest.mark.parametrize(
    ("number", "by", "code"),
    [("", "2026-03-16", "not-later"), ("Z99-1", "2026-03-20", "no-removal-clock")],
)
def test_an_extension_names_an_entry_and_a_later_day(desk: Any, number: str, by: str, code: str) -> None:
    story = _permitted(desk)
    asked = ExtendRemoval(number or story.state.number, by, "strike", "p-7")
    assert story.refused(asked, desk.at("2026-03-13")).code == code


def test_after_an_extension_the_first_day_is_none(desk: Any) -> None:
    story = _permitted(desk)
    first = story.last(DeadlineSet, lambda f: f.name == "entry-removal")
    asked = ExtendRemoval(story.state.number, "2026-03-20", "strike", "p-7")
    story.tell(asked, desk.at("2026-03-13"))
    story.tell(first, desk.at("2026-03-17T05:00:00Z"))
    assert story.all(ClockExpired) == []
    story.due("entry-removal")
    assert story.last(ClockExpired).act_by == "2026-03-20"


def test_goods_for_an_entry_that_is_closed_are_refused(desk: Any) -> None:
    story = _permitted(desk)
    story.due("entry-removal")
    refused = story.refused(_wants(desk, desk.estimate_line("1"), reservation="r-9"), desk.at("2026-03-18"))
    assert refused.code == "week-over"
