"""After the summary: late removals are corrections of their week, answers count once."""

from decimal import Decimal
from typing import Any

from ftz_common.contracts.common import Noted
from ftz_common.contracts.duty import (
    EntryCompiled,
    EntryCorrectionNeeded,
    RemovalsNoted,
    SummaryAccepted,
    SummaryRejected,
)
from ftz_duty.domain.entry_filing import FileAgain


def _compiled(desk: Any) -> Any:
    story = desk.released()
    story.tell(desk.offer("w-1", desk.priced("10", "50")), desk.at("2026-03-10"))
    story.tell(desk.total("10", 1), desk.at("2026-03-16"))
    story.closed()
    story.answer_prices()
    return story


def test_a_removal_of_a_compiled_week_is_a_correction_of_that_week(desk: Any) -> None:
    story = _compiled(desk)
    correction, removed = story.tell(desk.offer("w-9", desk.priced("3", "15")), desk.at("2026-03-25"))
    assert isinstance(correction, EntryCorrectionNeeded)
    assert (correction.withdrawal, correction.reversed) == ("w-9", False)
    assert isinstance(removed, RemovalsNoted)
    assert (removed.reference, removed.lines[0].quantity) == ("w-9", Decimal(3))
    assert story.state.lines[0].quantity == Decimal(10)


def test_a_reversal_of_a_compiled_week_is_one_too_and_its_goods_are_estimated_again(desk: Any) -> None:
    story = _compiled(desk)
    correction, removed = story.tell(
        desk.offer("w-1", desk.priced("10", "50"), reversed=True), desk.at("2026-03-25")
    )
    assert isinstance(correction, EntryCorrectionNeeded)
    assert correction.reversed
    assert removed.lines[0].quantity == Decimal(-10)


def test_what_is_in_the_summary_is_not_offered_twice(desk: Any) -> None:
    story = _compiled(desk)
    assert isinstance(story.tell(desk.offer("w-1", desk.priced("10")), desk.at("2026-03-25"))[0], Noted)


def test_the_summary_is_answered_once(desk: Any) -> None:
    story = _compiled(desk)
    (rejected,) = story.answer(2, kind="7501", accepted=False, codes=["A"], reasons=["b"])
    assert isinstance(rejected, SummaryRejected)
    assert isinstance(story.answer(2, kind="7501")[0], Noted)


def test_a_rejected_summary_can_be_filed_again_and_only_its_new_attempt_counts(desk: Any) -> None:
    story = _compiled(desk)
    story.answer(2, kind="7501", accepted=False)
    (filed,) = story.tell(FileAgain(2, "importer number corrected with CBP"), desk.at("2026-03-20"))
    assert (filed.kind, filed.attempt, len(filed.lines)) == ("7501", 3, 1)
    (accepted,) = story.answer(3, kind="7501")
    assert isinstance(accepted, SummaryAccepted)
    assert accepted.attempt == 3


def test_clocks_that_come_again_change_nothing(desk: Any) -> None:
    story = _compiled(desk)
    for name in ("week-ends", "compile"):
        assert isinstance(story.due(name)[0], Noted)
    assert len(story.all(EntryCompiled)) == 1
