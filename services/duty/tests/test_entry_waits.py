"""A weekly entry waits while it does not hold what inventory says left, and says why, once."""

from typing import Any

from ftz_common.contracts.common import DeadlineSet, Noted
from ftz_common.contracts.duty import (
    CompilationWaits,
    CoverNoted,
    EntryCompiled,
    EntryDateDecided,
    EntryLineTaken,
    PricesRequested,
)
from ftz_duty.domain.entry_compile import Compile
from ftz_duty.domain.entry_filing import SummaryIsEntry

BEFORE = "2026-03-07T18:00:00Z"


def test_it_waits_with_the_differences_said_once_and_compiles_as_soon_as_they_agree(desk: Any) -> None:
    story = desk.released()
    story.tell(desk.offer("w-1", desk.priced("10")), desk.at("2026-03-10"))
    story.tell(desk.total("30", 2), desk.at("2026-03-16"))
    story.due("week-ends")
    (waits,) = story.due("compile")
    assert isinstance(waits, CompilationWaits)
    assert waits.differences == [
        f"{desk.mug} status N origin PT in No.: inventory counted 30 in 2 withdrawals,"
        " the entry holds 10 in 1 withdrawal"
    ]
    assert waits.summary_due_on == "2026-03-20"
    assert [type(f) for f in story.tell(desk.total("30", 2), desk.at("2026-03-18T06:00:00Z"))] == [CoverNoted]
    taken, asked = story.tell(desk.offer("w-2", desk.priced("20", "100")), desk.at("2026-03-18T07:00:00Z"))
    assert isinstance(taken, EntryLineTaken)
    assert isinstance(asked, PricesRequested)
    story.answer_prices()
    assert story.state.compiled.line_count == 1


def test_equal_quantities_in_another_number_of_withdrawals_do_not_agree(desk: Any) -> None:
    story = desk.released()
    story.tell(desk.offer("w-1", desk.priced("10")), desk.at("2026-03-10"))
    story.tell(desk.total("10", 2), desk.at("2026-03-16"))
    assert isinstance(story.closed()[-1], CompilationWaits)


def test_a_withdrawal_after_the_question_asks_again_and_the_old_answer_is_void(desk: Any) -> None:
    story = desk.released()
    story.tell(desk.offer("w-1", desk.priced("10")), desk.at("2026-03-10"))
    story.tell(desk.total("10", 1), desk.at("2026-03-16"))
    first = story.closed()[-1]
    assert isinstance(first, PricesRequested)
    told = story.tell(desk.offer("w-2", desk.priced("20")), desk.at("2026-03-18T05:00:01Z"))
    assert [type(f) for f in told] == [EntryLineTaken, CompilationWaits]
    stale = Compile(first.round, "rev 4", (desk.rate(on="2026-03-07"),))
    assert isinstance(story.tell(stale, desk.at("2026-03-18T05:00:02Z"))[0], Noted)
    again = story.tell(desk.total("30", 2), desk.at("2026-03-18T05:00:03Z"))[-1]
    assert isinstance(again, PricesRequested)
    assert again.round == 2
    assert story.answer_prices()[1].line_count == 1


def test_a_count_that_stops_agreeing_after_the_question_makes_it_wait(desk: Any) -> None:
    story = desk.released()
    story.tell(desk.offer("w-1", desk.priced("10")), desk.at("2026-03-10"))
    story.tell(desk.total("10", 1), desk.at("2026-03-16"))
    story.closed()
    told = story.tell(desk.total("12", 2), desk.at("2026-03-18T05:00:01Z"))
    assert [type(f) for f in told] == [CoverNoted, CompilationWaits]
    assert isinstance(story.answer_prices()[0], Noted)
    told = story.tell(desk.offer("w-2", desk.priced("2")), desk.at("2026-03-18T05:00:03Z"))
    assert isinstance(told[-1], PricesRequested)


def test_without_any_release_it_waits_until_a_person_lets_the_summary_be_the_entry(desk: Any) -> None:
    story = desk.entry()
    story.tell(desk.offer("w-1", desk.priced("10")), desk.at("2026-03-10"))
    story.assign()
    story.tell(desk.total("10", 1), desk.at("2026-03-16"))
    assert story.refused(SummaryIsEntry("too early"), desk.at("2026-03-12")).code == "entry-has-its-date"
    (waits,) = story.closed()[-1:]
    assert isinstance(waits, CompilationWaits)
    assert "19 CFR 141.68(a)" in waits.differences[0]
    decided, asked = story.tell(SummaryIsEntry("nobody estimated the week"), desk.at("2026-03-19"))
    assert isinstance(decided, EntryDateDecided)
    assert decided.entry_date == asked.entry_date == "2026-03-19"
    assert story.answer_prices()[1].entry_date == "2026-03-19"


def test_a_release_that_comes_after_the_grace_is_taken_up(desk: Any) -> None:
    story = desk.entry()
    story.tell(desk.proposal(desk.estimate_line()), desk.at(BEFORE))
    story.assign()
    story.tell(desk.offer("w-1", desk.priced("10")), desk.at("2026-03-10"))
    story.tell(desk.total("10", 1), desk.at("2026-03-16"))
    story.closed()
    asked = story.answer(1, at="2026-03-19T12:00:00Z")[-1]
    assert isinstance(asked, PricesRequested)
    assert asked.entry_date == "2026-03-19"


def test_a_number_that_comes_after_the_grace_is_taken_up(desk: Any) -> None:
    story = desk.entry()
    story.tell(desk.offer("w-1", desk.priced("10")), desk.at("2026-03-10"))
    story.tell(desk.total("10", 1), desk.at("2026-03-16"))
    story.closed()
    story.tell(SummaryIsEntry("nobody estimated the week"), desk.at("2026-03-19"))
    assert "no number yet" in story.last(CompilationWaits).differences[0]
    assert isinstance(story.assign(at="2026-03-19T13:00:00Z")[-1], PricesRequested)


def test_a_missing_revision_is_asked_for_every_working_morning_until_it_is_there(desk: Any) -> None:
    story = desk.released()
    story.tell(desk.offer("w-1", desk.priced("10")), desk.at("2026-03-10"))
    story.tell(desk.total("10", 1), desk.at("2026-03-16"))
    story.closed()
    story.revision = ""
    waits, again = story.answer_prices(at="2026-03-20T06:00:00Z")
    assert isinstance(waits, CompilationWaits)
    assert "2026-03-07" in waits.differences[0]
    # Friday: the next working morning is Monday, six o'clock in Chicago.
    assert (again.name, again.due_at) == ("compile-again", "2026-03-23T11:00:00Z")
    assert isinstance(story.due("compile-again")[0], PricesRequested)
    story.revision = "rev 4"
    assert isinstance(story.answer_prices(at="2026-03-23T11:00:01Z")[1], EntryCompiled)


def test_a_fiscal_year_whose_fee_is_unknown_is_refused_by_name_and_asked_daily(desk: Any) -> None:
    story = desk.released(week="2030-10-06", at="2030-10-05T18:00:00Z")
    story.tell(desk.offer("w-1", desk.priced("10"), week="2030-10-06"), desk.at("2030-10-08"))
    story.tell(desk.total("10", 1, week="2030-10-06"), desk.at("2030-10-14"))
    waits, again = story.closed()[-2:]
    assert "fiscal year 2031" in waits.differences[0]
    assert isinstance(again, DeadlineSet)
    assert [type(f) for f in story.due("compile-again")] == [DeadlineSet]
