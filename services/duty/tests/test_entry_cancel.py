"""CBP cancels an entry: what had not left is back in its last status, and leaves only under another one."""

from decimal import Decimal
from typing import Any

import pytest

from ftz_common.contracts.common import NumberRequested
from ftz_common.contracts.corrections import CoverWithdrawn, EntryCancelled
from ftz_common.contracts.duty import EntryCompiled, EstimateAdded
from ftz_duty.domain.entry_cancel import CancelEntry
from ftz_duty.domain.entry_filing import FileAgain
from ftz_duty.domain.worksheet import worksheet


def _order(desk: Any, number: str, at: str = "2026-03-11") -> CancelEntry:
    return CancelEntry(number, "notice-1", desk.at(at), "p-7", "not removed within its days")


def _forty_left(desk: Any) -> Any:
    """A hundred mugs released, forty of them gone on Tuesday."""
    story = desk.released()
    story.tell(desk.offer("w-1", desk.priced("40", "200")), desk.at("2026-03-10"))
    return story


def test_what_had_not_left_is_withdrawn_from_entry_and_cover(desk: Any) -> None:
    story = _forty_left(desk)
    cancelled, withdrawn = story.tell(_order(desk, story.state.number), desk.at("2026-03-11"))
    assert isinstance(cancelled, EntryCancelled)
    (each,) = cancelled.attempts
    assert [(line.quantity, line.value) for line in each.lines] == [(Decimal(60), Decimal(300))]
    assert [line.quantity for line in each.left] == [Decimal(40)]
    assert isinstance(withdrawn, CoverWithdrawn)
    assert (withdrawn.attempt, withdrawn.to.split("/")[:4]) == (1, ["cover", "999", "acme", desk.week])


def test_what_had_left_stays_entered_at_its_date(desk: Any) -> None:
    story = _forty_left(desk)
    story.tell(_order(desk, story.state.number), desk.at("2026-03-11"))
    story.tell(desk.total("40", 1), desk.at("2026-03-16"))
    story.closed()
    story.answer_prices()
    (compiled,) = story.all(EntryCompiled)
    assert (compiled.entry_date, str(compiled.entered_value)) == ("2026-03-07", "200")


def test_an_entry_under_which_nothing_had_left_is_none_at_all(desk: Any) -> None:
    story = desk.released()
    story.tell(_order(desk, story.state.number), desk.at("2026-03-11"))
    assert story.state.accepted() == []
    assert worksheet(story.state)["filings"][0]["result"] == "cancelled"
    assert story.refused(_order(desk, story.state.number), desk.at("2026-03-11")).code == "not-released"


def test_the_rest_is_filed_again_under_a_number_of_its_own(desk: Any) -> None:
    """19 CFR 142.3a: the same number is not used for more than one entry."""
    story = _forty_left(desk)
    story.tell(_order(desk, story.state.number), desk.at("2026-03-11"))
    added, wanted = story.tell(FileAgain(1, "the rest ships on Friday"), desk.at("2026-03-11"))
    assert isinstance(added, EstimateAdded)
    assert (added.document, [line.quantity for line in added.lines]) == (2, [Decimal(60)])
    assert isinstance(wanted, NumberRequested)


@pytest.mark.parametrize(
    ("number", "at", "code"),
    [
        ("", "2026-03-12", "cancelled-when"),
        ("", "2026-03-06", "cancelled-when"),
        ("XYZ-0000000-0", "2026-03-11", "not-released"),
    ],
)
def test_what_cannot_be_cancelled_says_why(desk: Any, number: str, at: str, code: str) -> None:
    story = _forty_left(desk)
    refused = story.refused(_order(desk, number or story.state.number, at), desk.at("2026-03-11"))
    assert refused.code == code
    assert refused.citation
    assert refused.remedy


def test_of_a_compiled_week_nothing_is_left_to_cancel(desk: Any) -> None:
    story = _forty_left(desk)
    story.tell(desk.total("40", 1), desk.at("2026-03-16"))
    story.closed()
    story.answer_prices()
    refused = story.refused(_order(desk, story.state.number), desk.at("2026-03-20"))
    assert refused.code == "week-compiled"
