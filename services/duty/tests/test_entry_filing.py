"""A weekly entry from estimate to release: numbered, filed, answered once, covered (19 CFR 146.63(c)(1))."""

from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from ftz_common.contracts.common import DeadlineSet, Noted, NumberRequested
from ftz_common.contracts.duty import (
    EntryCompiled,
    EntryLineTaken,
    EntryNumbered,
    EntryOpened,
    EstimateAccepted,
    EstimateAdded,
    EstimateRejected,
)
from ftz_common.contracts.filing import FilingAnswered, FilingRequested
from ftz_common.contracts.inventory import CoverGranted
from ftz_duty.domain.entry import Told
from ftz_duty.domain.entry_filing import FileAgain, FileForRemoved

BEFORE = "2026-03-07T18:00:00Z"


def test_the_first_estimate_opens_the_entry_and_asks_for_its_number(desk: Any) -> None:
    told = desk.entry().tell(desk.proposal(desk.estimate_line()), desk.at(BEFORE))
    opened, number, deadline, added = told
    assert isinstance(opened, EntryOpened)
    assert (opened.week, opened.port, opened.compile_grace_days) == ("2026-03-08", "3901", 2)
    assert isinstance(number, NumberRequested)
    assert (number.to, number.reply_to) == ("series/duty/999/entry/26", "entry/999/acme/2026-03-08")
    assert isinstance(deadline, DeadlineSet)
    # The week's first midnight was in winter time; its last one is in summer time.
    assert (deadline.name, deadline.due_at) == ("week-ends", "2026-03-15T05:00:00Z")
    assert isinstance(added, EstimateAdded)
    assert (added.attempt, added.supplement) == (1, False)


def test_once_numbered_what_waited_is_filed(desk: Any) -> None:
    story = desk.entry()
    story.tell(desk.proposal(desk.estimate_line("100")), desk.at(BEFORE))
    story.tell(desk.proposal(desk.estimate_line("40"), supplement=True), desk.at(BEFORE))
    numbered, first = story.assign(7)
    assert isinstance(numbered, EntryNumbered)
    assert (numbered.number, numbered.control, numbered.document) == ("XYZ-2600007-2", 7, 1)
    _, second = story.assign(8, document=2)
    assert [(f.kind, f.control, f.attempt, f.period_from, f.filed_on) for f in (first, second)] == [
        ("3461", "XYZ-2600007-2", 1, "2026-03-08", "2026-03-07"),
        ("3461", "XYZ-2600008-0", 2, "2026-03-08", "2026-03-07"),
    ]
    assert [(line.number, line.quantity, line.value) for line in first.lines] == [
        (desk.mug, Decimal(100), Decimal(500))
    ]
    assert isinstance(story.assign(8)[0], Noted)


def test_a_supplement_is_an_entry_of_its_own_filed_as_soon_as_it_has_its_number(desk: Any) -> None:
    story = desk.entry()
    story.tell(desk.proposal(desk.estimate_line()), desk.at(BEFORE))
    story.assign()
    added, asked = story.tell(desk.proposal(desk.estimate_line("5"), supplement=True), desk.at("2026-03-10"))
    assert isinstance(added, EstimateAdded)
    assert isinstance(asked, NumberRequested)
    assert (added.document, asked.purpose) == (2, "entry/999/acme/2026-03-08#2")
    _, filed = story.assign(9, at="2026-03-10T12:00:00Z", document=2)
    assert (added.attempt, filed.attempt, filed.filed_on) == (2, 2, "2026-03-10")
    assert story.answer(2)[1].entry_number == filed.control == story.state.numbers[2]


def test_release_covers_each_line_up_to_its_quantity(desk: Any) -> None:
    story = desk.entry()
    lines = (desk.estimate_line("100"), desk.estimate_line("6", number="6911103750", status="P"))
    story.tell(desk.proposal(*lines), desk.at(BEFORE))
    story.assign()
    accepted, *granted = story.answer(1, at="2026-03-07T19:00:00Z")
    assert isinstance(accepted, EstimateAccepted)
    assert accepted.accepted_at == "2026-03-07T19:00:00Z"
    assert [(g.to, g.quantity, g.entry_number, g.attempt) for g in granted] == [
        ("cover/999/acme/2026-03-08/6912004810/N/PT/No.", Decimal(100), "XYZ-2600007-2", 1),
        ("cover/999/acme/2026-03-08/6911103750/P/PT/No.", Decimal(6), "XYZ-2600007-2", 1),
    ]


@pytest.mark.parametrize("second", [True, False])
def test_a_second_answer_to_an_attempt_changes_nothing(desk: Any, second: bool) -> None:
    story = desk.entry()
    story.tell(desk.proposal(desk.estimate_line()), desk.at(BEFORE))
    story.assign()
    story.answer(1)
    assert isinstance(story.answer(1, accepted=second)[0], Noted)
    assert len(story.all(CoverGranted)) == 1


def test_a_late_answer_to_the_first_attempt_does_not_touch_the_second(desk: Any) -> None:
    story = desk.entry()
    story.tell(desk.proposal(desk.estimate_line("100")), desk.at(BEFORE))
    story.tell(desk.proposal(desk.estimate_line("40"), supplement=True), desk.at(BEFORE))
    story.assign()
    story.answer(2)
    story.answer(1, accepted=False, codes=["x"], reasons=["no"])
    assert [a.result for a in story.state.attempts] == ["rejected", "accepted"]
    assert [g.quantity for g in story.all(CoverGranted)] == [Decimal(40)]


@pytest.mark.parametrize(("attempt", "kind"), [(9, "3461"), (1, "7501")])
def test_an_answer_to_no_filing_of_ours_changes_nothing(desk: Any, attempt: int, kind: str) -> None:
    story = desk.entry()
    story.tell(desk.proposal(desk.estimate_line()), desk.at(BEFORE))
    story.assign()
    assert isinstance(story.answer(attempt, kind=kind)[0], Noted)


def test_a_rejected_estimate_covers_nothing_and_can_be_filed_again(desk: Any) -> None:
    story = desk.entry()
    story.tell(desk.proposal(desk.estimate_line("100")), desk.at(BEFORE))
    story.assign()
    (rejected,) = story.answer(1, accepted=False, codes=["F01"], reasons=["port closed"])
    assert isinstance(rejected, EstimateRejected)
    added, filed = story.tell(FileAgain(1, "port is open again"), desk.at("2026-03-08T09:00:00Z"))
    assert (added.attempt, added.lines) == (2, [desk.estimate_line("100")])
    assert isinstance(filed, FilingRequested)
    story.answer(2, at="2026-03-08T10:00:00Z")
    assert len(story.all(CoverGranted)) == 1


@pytest.mark.parametrize("attempt", [1, 4])
def test_only_a_rejected_or_unanswered_attempt_is_filed_again(desk: Any, attempt: int) -> None:
    story = desk.entry()
    story.tell(desk.proposal(desk.estimate_line()), desk.at(BEFORE))
    story.assign()
    story.answer(1)
    refusal = story.refused(FileAgain(attempt, "why not"), desk.at("2026-03-10"))
    assert (refusal.code, refusal.place) == ("not-to-file-again", "attempt")


def test_an_unanswered_attempt_can_be_filed_again(desk: Any) -> None:
    story = desk.entry()
    story.tell(desk.proposal(desk.estimate_line()), desk.at(BEFORE))
    story.assign()
    assert story.tell(FileAgain(1, "no answer for a day"), desk.at("2026-03-09"))[1].attempt == 2


def test_what_left_without_estimate_can_be_filed_while_the_week_runs(desk: Any) -> None:
    story = desk.entry()
    story.tell(desk.proposal(desk.estimate_line("4")), desk.at(BEFORE))
    story.assign()
    story.tell(desk.offer("w-1", desk.priced("10")), desk.at("2026-03-10"))
    added, asked = story.tell(FileForRemoved("the layer came late"), desk.at("2026-03-10"))
    assert isinstance(asked, NumberRequested)
    assert (added.supplement, [line.quantity for line in added.lines]) == (True, [Decimal(6)])
    refusal = story.refused(FileForRemoved("again"), desk.at("2026-03-10"))
    assert refusal.code == "nothing-uncovered"


def test_after_its_week_an_estimate_is_refused(desk: Any) -> None:
    story = desk.entry()
    story.tell(desk.proposal(desk.estimate_line()), desk.at(BEFORE))
    story.due("week-ends")
    assert story.refused(desk.proposal(desk.estimate_line()), desk.at("2026-03-16")).code == "week-over"
    assert story.refused(FileForRemoved("late"), desk.at("2026-03-16")).code == "week-over"


def test_an_entry_that_nobody_estimated_opens_with_its_first_withdrawal(desk: Any) -> None:
    story = desk.entry()
    told = story.tell(desk.offer("w-1", desk.priced()), desk.at("2026-03-10"))
    assert [type(f) for f in told] == [EntryOpened, NumberRequested, DeadlineSet, EntryLineTaken]
    assert (told[0].port, told[0].filer) == ("3901", "XYZ")
    assert [type(f) for f in story.assign()] == [EntryNumbered]


@pytest.mark.parametrize("order", list(permutations(["estimate", "offer", "count"])))
def test_whatever_comes_first_opens_the_entry_once_and_nothing_is_lost(
    desk: Any, order: tuple[str, ...]
) -> None:
    story = desk.entry()
    commands = {
        "estimate": desk.proposal(desk.estimate_line()),
        "offer": desk.offer("w-1", desk.priced("10")),
        "count": desk.total("10", 1),
    }
    for name in order:
        story.tell(commands[name], desk.at("2026-03-09"))
    assert len(story.all(EntryOpened)) == len(story.all(NumberRequested)) == 1
    assert story.state.held[f"{desk.mug}/N/PT/No."].quantity == Decimal(10)
    assert story.state.counted[f"{desk.mug}/N/PT/No."].withdrawals == 1
    assert len(story.state.attempts) == 1


def test_a_filing_is_of_the_day_it_is_made_and_an_answer_of_the_time_cbp_gave_it(desk: Any) -> None:
    story = desk.entry()
    late = Told(desk.proposal(desk.estimate_line()), desk.at("2026-03-08T12:00:00Z"))
    story.tell(late, desk.at("2026-03-05T12:00:00Z"))
    story.assign(at="2026-03-08T12:00:00Z")
    assert story.filings("3461")[0].filed_on == "2026-03-08"
    answer = FilingAnswered(
        to=story.stream, kind="3461", control=story.state.number, attempt=1, accepted=True
    )
    story.tell(Told(answer, desk.at("2026-03-09T12:00:00Z")), desk.at("2026-03-08T13:00:00Z"))
    assert story.last(EstimateAccepted).accepted_at == "2026-03-08T13:00:00Z"


def test_an_entry_over_the_999_lines_of_a_summary_is_compiled_whole_and_refused_by_name(desk: Any) -> None:
    """CATAIR AE record 40 numbers lines with three digits: nothing is cut off, and nothing is filed."""
    story = desk.released()
    numbers = [f"69120{at:05d}" for at in range(1000)]
    for at, number in enumerate(numbers):
        story.tell(desk.offer(f"w-{at}", desk.priced("1", "5", number=number)), desk.at("2026-03-10"))
        story.tell(desk.total("1", 1, f"{number}/N/PT/No."), desk.at("2026-03-16"))
    story.tell(desk.total("0", 0), desk.at("2026-03-16"))
    story.closed()
    story.answer_prices()
    compiled = story.last(EntryCompiled)
    assert (compiled.line_count, len(story.lines())) == (1000, 1000)
    assert compiled.entered_value == Decimal(5000)
    assert compiled.not_filed == "1000 lines: an entry summary holds 999 (CATAIR AE record 40)"
    assert story.filings("7501") == []
