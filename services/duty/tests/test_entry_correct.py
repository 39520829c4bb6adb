"""A post-summary correction: priced again as of its own date, the difference named (19 CFR 146.63(c)(1))."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from ftz_common.contracts.common import Noted
from ftz_common.contracts.corrections import CorrectionWaits, EntryCorrected
from ftz_common.contracts.duty import PricesRequested
from ftz_duty.domain.entry_correct import CorrectSummary
from ftz_duty.domain.explain import explained
from ftz_duty.domain.worksheet import worksheet

ORDER = CorrectSummary("p-7", "scanned late")


def _accepted(desk: Any, quantity: str = "10", value: str = "50") -> Any:
    """10 mugs at USD 5 in an accepted summary: 50 x 9.8 % = 4.90, MPF 33.58."""
    story = desk.released()
    story.tell(desk.offer("w-1", desk.priced(quantity, value)), desk.at("2026-03-10"))
    story.tell(desk.total(quantity, 1), desk.at("2026-03-16"))
    story.closed()
    story.answer_prices()
    story.answer(2, kind="7501", at="2026-03-20T12:00:00Z")
    return story


def _corrected(story: Any, desk: Any, on: str = "2026-03-26") -> EntryCorrected:
    story.tell(ORDER, desk.at(on))
    story.answer_prices(at=f"{on}T12:00:00Z")
    return story.last(EntryCorrected)


def test_what_came_to_light_is_priced_at_the_entrys_own_date_and_the_difference_is_to_pay(desk: Any) -> None:
    story = _accepted(desk)
    story.tell(desk.offer("w-9", desk.priced("300", "1500")), desk.at("2026-03-25"))
    done = _corrected(story, desk)
    assert {w.on for w in story.last(PricesRequested).wanted} == {"2026-03-07"}
    # 1,550 x 9.8 % = 151.90, 4.90 before; MPF at its least both times
    (one,) = done.entries
    assert (str(one.duty_before), str(one.duty), str(one.mpf)) == ("4.90", "151.90", "33.58")
    assert (str(done.difference), done.withdrawals) == ("147.00", ["w-9"])
    assert (str(done.entered_value), str(story.state.compiled.duty)) == ("1550", "151.90")


def test_what_was_taken_back_is_claimed_fee_and_all_where_nothing_is_left(desk: Any) -> None:
    story = _accepted(desk)
    story.tell(desk.offer("w-1", desk.priced("10", "50"), reversed=True), desk.at("2026-03-25"))
    story.tell(ORDER, desk.at("2026-03-26"))
    done = story.last(EntryCorrected)
    assert (str(done.difference), done.line_count) == ("-38.48", 0)  # 4.90 and 33.58
    assert story.state.lines == []
    (sheet,) = worksheet(story.state)["corrected"]
    assert (sheet["to_pay"], sheet["to_claim"]) == ("0.00", "38.48")


def test_a_part_taken_back_changes_no_fee_at_its_least(desk: Any) -> None:
    story = _accepted(desk)
    story.tell(desk.offer("w-1", desk.priced("4", "20"), reversed=True), desk.at("2026-03-25"))
    # 30 x 9.8 % = 2.94
    assert str(_corrected(story, desk).difference) == "-1.96"


def test_the_filing_replaces_the_accepted_one(desk: Any) -> None:
    story = _accepted(desk)
    story.tell(desk.offer("w-9", desk.priced("3", "15")), desk.at("2026-03-25"))
    _corrected(story, desk)
    first, second = story.filings("7501")
    assert (first.action, second.action) == ("A", "R")
    assert (first.control, second.control) == (second.control, first.control)
    assert (second.attempt, second.lines[0].quantity) == (3, Decimal(13))


def test_the_first_summary_stays_readable_and_the_explanation_names_both(desk: Any) -> None:
    story = _accepted(desk)
    story.tell(desk.offer("w-9", desk.priced("3", "15")), desk.at("2026-03-25"))
    _corrected(story, desk)
    assert [line.quantity for line in story.lines()] == [Decimal(10)]
    said = explained(story.state)
    assert said["corrected"][0]["entries"][0]["entered_value"] == {"before": "50", "after": "65"}
    assert said["lines"][0]["adds_up"]
    assert said["lines"][0]["quantity"] == "13 No."


def test_what_comes_while_it_is_priced_is_for_the_next_correction(desk: Any) -> None:
    story = _accepted(desk)
    story.tell(desk.offer("w-8", desk.priced("3", "15")), desk.at("2026-03-25"))
    story.tell(ORDER, desk.at("2026-03-26"))
    story.tell(desk.offer("w-9", desk.priced("2", "10")), desk.at("2026-03-26"))
    story.answer_prices(at="2026-03-26T13:00:00Z")
    assert story.last(EntryCorrected).withdrawals == ["w-8"]
    assert [c.withdrawal for c in story.state.corrections] == ["w-9"]
    story.answer(3, kind="7501", at="2026-03-26T15:00:00Z")
    assert _corrected(story, desk, "2026-03-27").correction == 2


def test_without_a_revision_it_waits_and_goes_on_when_asked_again(desk: Any) -> None:
    story = _accepted(desk)
    story.tell(desk.offer("w-9", desk.priced("3", "15")), desk.at("2026-03-25"))
    story.revision = ""
    story.tell(ORDER, desk.at("2026-03-26"))
    story.answer_prices(at="2026-03-26T13:00:00Z")
    assert "no tariff revision" in story.last(CorrectionWaits).differences[0]
    story.revision = "rev 4"
    assert _corrected(story, desk, "2026-03-27").correction == 1


def test_old_prices_do_not_correct_anything(desk: Any) -> None:
    story = _accepted(desk)
    story.tell(desk.offer("w-9", desk.priced("3", "15")), desk.at("2026-03-25"))
    _corrected(story, desk)
    assert isinstance(story.answer_prices(at="2026-03-27T12:00:00Z")[0], Noted)


@pytest.mark.parametrize(
    ("on", "liquidation", "code"),
    [
        ("2027-01-01", "", ""),  # 7 March 2026 and 300 days
        ("2027-01-02", "", "correction-too-late"),
        ("2026-12-17", "2027-01-01", ""),  # 15 days before
        ("2026-12-18", "2027-01-01", "correction-too-late"),
        ("2027-01-02", "2027-06-01", "correction-too-late"),
    ],
)
def test_the_window_closes_by_the_earlier_of_both_days(
    desk: Any, on: str, liquidation: str, code: str
) -> None:
    story = _accepted(desk)
    story.tell(desk.offer("w-9", desk.priced("3", "15")), desk.at("2026-03-25"))
    order = CorrectSummary("p-7", "late", liquidation)
    if code:
        assert story.refused(order, desk.at(on)).code == code
    else:
        story.tell(order, desk.at(on))


def test_nothing_is_corrected_without_anything_new_or_before_cbp_accepted(desk: Any) -> None:
    story = _accepted(desk)
    assert story.refused(ORDER, desk.at("2026-03-26")).code == "nothing-to-correct"
    assert desk.released().refused(ORDER, desk.at("2026-03-10")).code == "nothing-to-correct"
    story.tell(desk.offer("w-9", desk.priced("3", "15")), desk.at("2026-03-25"))
    _corrected(story, desk)
    story.tell(desk.offer("w-10", desk.priced("3", "15")), desk.at("2026-03-26"))
    assert story.refused(ORDER, desk.at("2026-03-26")).code == "summary-not-accepted"


def test_a_week_that_was_never_entered_has_no_summary_to_correct(desk: Any) -> None:
    """19 CFR 141.68(a), (b): nothing was released, and no summary served as the entry."""
    story = _accepted(desk)
    story.tell(desk.offer("w-9", desk.priced("300", "1500")), desk.at("2026-03-25"))
    story.state.compiled = replace(story.state.compiled, entry_date="")
    story.state.attempts.clear()
    assert story.refused(ORDER, desk.at("2026-03-26")).code == "entry-without-date"
