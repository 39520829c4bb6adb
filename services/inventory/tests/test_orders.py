"""Orders: what came before its time is taken up later, what left is never hidden, what is wrong says why."""

import pytest

from ftz_common.contracts.inventory import (
    Drawn,
    DrawRequested,
    LayerOpened,
    OrderEventWaits,
    OrderRecorded,
    ReleaseRequested,
    ReservationRequested,
)


@pytest.mark.parametrize(
    ("country", "state", "disposition", "recorded_country"),
    [
        ("US", "NJ", "consumption", "US"),
        ("US", "DC", "consumption", "US"),
        ("US", "PR", "consumption", "US"),
        ("PR", "", "consumption", "US"),
        ("US", "GU", "export", "GU"),
        ("US", "VI", "export", "VI"),
        ("GU", "", "export", "GU"),
        ("US", "MP", "export", "MP"),
        ("US", "AS", "export", "AS"),
        ("US", "PW", "export", "PW"),
        ("DE", "", "export", "DE"),
        ("CA", "ON", "export", "CA"),
    ],
)
def test_the_destination_decides(zone, country, state, disposition, recorded_country) -> None:
    """States, DC and Puerto Rico are customs territory; Guam and the Virgin Islands are not (146.1(b))."""
    paper = zone.Paper()
    paper.tell(zone.ordered(("MUG", "1"), country=country, state=state), "05-07")
    (recorded,) = paper.said(OrderRecorded)
    assert (recorded.disposition, recorded.destination_country) == (disposition, recorded_country)


@pytest.mark.parametrize(
    ("state", "code", "next_step"),
    [
        ("", "destination-state-missing", "Send destination_state"),
        ("XX", "destination-state-unknown", "postal abbreviation"),
        ("AE", "destination-military-post", "country that the post office is in"),
    ],
)
def test_a_destination_that_does_not_decide_is_refused(zone, state, code, next_step) -> None:
    paper = zone.Paper()
    event = paper.tell(zone.ordered(("MUG", "1"), state=state), "05-07")
    given = paper.outcome(event)
    assert (given.result, given.code, given.place) == ("refused", code, "data.destination_state")
    assert next_step in given.remedy
    assert "146.1(b)" in given.citation
    assert not paper.facts


@pytest.mark.parametrize("quantity", ["0", "-1", "999999999999999999"])
def test_a_quantity_out_of_range_is_refused_by_place(zone, quantity) -> None:
    paper = zone.Paper()
    event = paper.tell(zone.ordered(("MUG", "1"), ("MUG", quantity)), "05-07")
    given = paper.outcome(event)
    assert (given.code, given.place) == ("quantity-out-of-range", "data.lines[1].quantity")
    assert not paper.facts


def test_two_lines_of_one_sku_are_two_requests_of_one_ledger(zone) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "10"), "05-04")
    paper.tell(zone.ordered(("MUG", "2"), ("MUG/BLUE", "3")), "05-07")
    paper.tell(zone.shipped("P1", (1, "2"), (2, "3")), "05-08")
    assert len({r.to for r in paper.said(ReservationRequested)}) == 1
    assert [(d.line, str(d.quantity)) for d in paper.said(DrawRequested)] == [(1, "2"), (2, "3")]
    assert paper.left() == ["214-1 5"]


def test_two_portions_of_one_line_are_one_draw(zone) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "10"), "05-04")
    paper.tell(zone.ordered(("MUG", "5")), "05-07")
    paper.tell(zone.shipped("P1", (1, "2"), (1, "1")), "05-08")
    assert [str(d.quantity) for d in paper.said(DrawRequested)] == ["3"]


# ---- early ------------------------------------------------------------------------------------------


def test_what_comes_before_its_order_waits_and_is_taken_up(zone) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "10"), "05-04")
    back = paper.tell(zone.returned("RMA-1", (1, "1")), "05-20")
    left = paper.tell(zone.shipped("P1", (1, "4")), "05-08")
    off = paper.tell(zone.cancelled((1, "6")), "05-09")
    for event in (back, left, off):
        given = paper.outcome(event)
        assert (given.result, given.code) == ("waiting", "order-unknown")
        assert "order.allocated" in given.remedy
    paper.tell(zone.ordered(("MUG", "10")), "05-07")
    assert [paper.outcome(event).result for event in (back, left, off)] == ["accepted"] * 3
    assert paper.left() == ["214-1 6", "returned 1"]
    assert paper.order().waiting == []
    assert paper.order().lines[1].open == 0


def test_what_waited_and_is_wrong_is_refused_when_the_order_comes(zone) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "10"), "05-04")
    wrong = paper.tell(zone.shipped("P1", (1, "1"), (7, "4")), "05-08")
    right = paper.tell(zone.shipped("P2", (1, "2")), "05-08")
    paper.tell(zone.ordered(("MUG", "10")), "05-07")
    given = paper.outcome(wrong)
    assert (given.result, given.code, given.place) == ("refused", "line-unknown", "data.lines[1].line")
    assert paper.outcome(right).result == "accepted"
    assert paper.left() == ["214-1 8"]
    assert paper.order().waiting == []


def test_a_parcel_cancelled_before_it_is_reported_waits(zone) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "10"), "05-04")
    paper.tell(zone.ordered(("MUG", "4")), "05-07")
    off = paper.tell(zone.cancelled(parcel="P1"), "05-09")
    assert (paper.outcome(off).result, paper.outcome(off).code) == ("waiting", "parcel-unknown")
    left = paper.tell(zone.shipped("P1", (1, "4")), "05-08")
    assert (paper.outcome(off).result, paper.outcome(left).result) == ("accepted", "accepted")
    assert paper.left() == ["214-1 10"]


def test_a_return_before_its_parcel_waits(zone) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "10"), "05-04")
    paper.tell(zone.ordered(("MUG", "4")), "05-07")
    back = paper.tell(zone.returned("RMA-1", (1, "2")), "05-20")
    assert (paper.outcome(back).result, paper.outcome(back).code) == ("waiting", "not-shipped-yet")
    paper.tell(zone.shipped("P1", (1, "4")), "05-08")
    assert paper.outcome(back).result == "accepted"
    assert paper.left() == ["214-1 6", "returned 2"]


# ---- left -------------------------------------------------------------------------------------------


def test_more_than_ordered_is_drawn_and_said(zone) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "10"), "05-04")
    paper.tell(zone.ordered(("MUG", "4")), "05-07")
    paper.tell(zone.shipped("P1", (1, "3")), "05-08")
    event = paper.tell(zone.shipped("P2", (1, "3")), "05-08")
    given = paper.outcome(event)
    assert (given.result, given.code) == ("accepted", "shipped-more-than-ordered")
    assert "2 EA of line 1" in given.reason
    assert paper.left() == ["214-1 4"]


def test_a_parcel_reported_twice_is_one_parcel(zone) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "10"), "05-04")
    paper.tell(zone.ordered(("MUG", "9")), "05-07")
    paper.tell(zone.shipped("P1", (1, "3")), "05-08")
    again = paper.tell(zone.shipped("P1", (1, "3")), "05-08")
    assert (paper.outcome(again).result, paper.outcome(again).code) == ("accepted", "already-shipped")
    assert paper.left() == ["214-1 7"]


@pytest.mark.parametrize(("at", "quantity"), [("05-08", "4"), ("05-09", "3")])
def test_a_parcel_reported_differently_is_refused(zone, at, quantity) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "10"), "05-04")
    paper.tell(zone.ordered(("MUG", "9")), "05-07")
    paper.tell(zone.shipped("P1", (1, "3")), "05-08")
    event = paper.tell(zone.shipped("P1", (1, quantity)), at)
    given = paper.outcome(event)
    assert (given.result, given.code, given.place) == ("refused", "parcel-differs", "data.parcel")
    assert "3 of line 1" in given.reason
    assert paper.left() == ["214-1 7"]


def test_a_parcel_reported_line_by_line_is_one_parcel(zone) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "10"), "05-04")
    paper.tell(zone.ordered(("MUG", "2"), ("MUG", "3")), "05-07")
    paper.tell(zone.shipped("P1", (1, "2")), "05-08")
    event = paper.tell(zone.shipped("P1", (2, "3")), "05-08")
    assert (paper.outcome(event).result, paper.left()) == ("accepted", ["214-1 5"])
    paper.tell(zone.cancelled(parcel="P1"), "05-09")
    assert paper.left() == ["214-1 10"]


def test_a_parcel_taken_back_may_leave_again(zone) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "10"), "05-04")
    paper.tell(zone.ordered(("MUG", "3")), "05-07")
    paper.tell(zone.shipped("P1", (1, "3")), "05-08")
    paper.tell(zone.cancelled(parcel="P1"), "05-09")
    paper.tell(zone.shipped("P1", (1, "3")), "05-10")
    assert paper.left() == ["214-1 7"]
    first, second = paper.said(Drawn)
    assert first.draw != second.draw
    late = paper.tell(zone.shipped("P1", (1, "3")), "05-08")
    assert (paper.outcome(late).result, paper.left()) == ("refused", ["214-1 7"])


# ---- cancelled --------------------------------------------------------------------------------------


def test_a_cancellation_frees_what_has_not_left(zone) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "10"), "05-04")
    paper.tell(zone.ordered(("MUG", "6"), ("MUG", "2")), "05-07")
    paper.tell(zone.shipped("P1", (1, "4")), "05-08")
    event = paper.tell(zone.cancelled(), "05-09")
    assert [(r.line, str(r.quantity)) for r in paper.said(ReleaseRequested)] == [(1, "2"), (2, "2")]
    assert (paper.outcome(event).result, paper.left()) == ("accepted", ["214-1 6"])
    assert paper.ledger().kept == {}


def test_a_cancellation_of_more_than_is_left_frees_that_and_says_so(zone) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "10"), "05-04")
    paper.tell(zone.ordered(("MUG", "6")), "05-07")
    paper.tell(zone.shipped("P1", (1, "4")), "05-08")
    event = paper.tell(zone.cancelled((1, "5")), "05-09")
    given = paper.outcome(event)
    assert (given.result, given.code) == ("accepted", "already-left")
    assert "P1" in given.reason
    assert [str(r.quantity) for r in paper.said(ReleaseRequested)] == ["2"]


@pytest.mark.parametrize(
    ("quantity", "result", "code"), [("4", "refused", "already-left"), ("3", "accepted", "already-cancelled")]
)
def test_nothing_left_to_cancel(zone, quantity, result, code) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "10"), "05-04")
    paper.tell(zone.ordered(("MUG", "4")), "05-07")
    paper.tell(zone.shipped("P1", (1, quantity)), "05-08")
    if quantity == "3":
        paper.tell(zone.cancelled(), "05-09")
    event = paper.tell(zone.cancelled(), "05-10")
    assert (paper.outcome(event).result, paper.outcome(event).code) == (result, code)


def test_a_parcel_that_left_after_its_cancellation_left(zone) -> None:
    """Whichever is heard first, a removal after the cancellation stands and the cancellation is refused."""
    for first in ("shipment", "cancellation"):
        paper = zone.Paper()
        paper.hear(zone.admitted("214-1", "05-04", "10"), "05-04")
        paper.tell(zone.ordered(("MUG", "4")), "05-07")
        if first == "shipment":
            paper.tell(zone.shipped("P1", (1, "4")), "05-09")
        off = paper.tell(zone.cancelled(parcel="P1"), "05-08")
        if first == "cancellation":
            paper.tell(zone.shipped("P1", (1, "4")), "05-09")
        given = paper.outcome(off)
        assert (given.result, given.code) == ("refused", "left-after-cancellation")
        assert "cancel it again" in given.remedy
        assert paper.left() == ["214-1 6"]


def test_a_parcel_cancelled_twice_is_taken_back_once(zone) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "10"), "05-04")
    paper.tell(zone.ordered(("MUG", "4")), "05-07")
    paper.tell(zone.shipped("P1", (1, "4")), "05-08")
    paper.tell(zone.cancelled(parcel="P1"), "05-09")
    again = paper.tell(zone.cancelled(parcel="P1"), "05-10")
    assert (paper.outcome(again).result, paper.outcome(again).code) == ("accepted", "already-cancelled")
    assert paper.left() == ["214-1 10"]


def test_more_than_the_parcel_holds_cannot_be_taken_back(zone) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "10"), "05-04")
    paper.tell(zone.ordered(("MUG", "4")), "05-07")
    paper.tell(zone.shipped("P1", (1, "4")), "05-08")
    event = paper.tell(zone.cancelled((1, "5"), parcel="P1"), "05-09")
    given = paper.outcome(event)
    assert (given.code, given.place) == ("more-than-left", "data.lines[0].quantity")
    assert paper.left() == ["214-1 6"]


def test_a_parcel_whose_goods_came_back_did_leave(zone) -> None:
    """Taken back to its layers and returned as domestic, the goods would be in the book twice."""
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "10"), "05-04")
    paper.tell(zone.ordered(("MUG", "4")), "05-07")
    paper.tell(zone.shipped("P1", (1, "4")), "05-08")
    paper.tell(zone.returned("RMA-1", (1, "3")), "05-20")
    event = paper.tell(zone.cancelled(parcel="P1"), "05-21")
    given = paper.outcome(event)
    assert (given.result, given.code) == ("refused", "came-back-already")
    assert "RMA-1" in given.reason
    assert paper.left() == ["214-1 6", "returned 3"]
    paper.tell(zone.cancelled((1, "1"), parcel="P1"), "05-21")
    assert paper.left() == ["214-1 7", "returned 3"]


# ---- sent back --------------------------------------------------------------------------------------


def test_a_return_from_abroad_is_a_new_admission(zone) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "10"), "05-04")
    paper.tell(zone.ordered(("MUG", "4"), country="DE", state=""), "05-07")
    paper.tell(zone.shipped("P1", (1, "4")), "05-08")
    event = paper.tell(zone.returned("RMA-1", (1, "1")), "05-20")
    given = paper.outcome(event)
    assert (given.result, given.code) == ("refused", "returned-from-abroad")
    assert "214" in given.remedy
    assert len(paper.said(LayerOpened)) == 1


def test_more_than_left_cannot_come_back(zone) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "10"), "05-04")
    paper.tell(zone.ordered(("MUG", "4")), "05-07")
    paper.tell(zone.shipped("P1", (1, "4")), "05-08")
    paper.tell(zone.returned("RMA-1", (1, "3")), "05-20")
    event = paper.tell(zone.returned("RMA-2", (1, "2")), "05-21")
    given = paper.outcome(event)
    assert (given.result, given.code, given.place) == ("refused", "more-than-left", "data.lines[0].quantity")
    again = paper.tell(zone.returned("RMA-1", (1, "3")), "05-22")
    assert (paper.outcome(again).result, paper.outcome(again).code) == ("accepted", "already-returned")
    differs = paper.tell(zone.returned("RMA-1", (1, "1")), "05-22")
    assert (paper.outcome(differs).result, paper.outcome(differs).code) == ("refused", "return-differs")


# ---- the same order again -----------------------------------------------------------------------------


def test_an_order_told_again_changes_nothing_and_a_different_one_is_refused(zone) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "10"), "05-04")
    paper.tell(zone.ordered(("MUG", "4")), "05-07")
    same = paper.tell(zone.ordered(("MUG", "4")), "05-08")
    other = paper.tell(zone.ordered(("MUG", "5")), "05-08")
    assert paper.outcome(same).result == "accepted"
    assert (paper.outcome(other).result, paper.outcome(other).code) == ("refused", "order-differs")
    assert len(paper.said(ReservationRequested)) == 1


def test_the_platform_is_told_once_that_waiting_is_over(zone) -> None:
    paper = zone.Paper()
    event = paper.tell(zone.ordered(("MUG", "4"), ("LAMP", "1")), "05-07")
    paper.hear(zone.admitted("214-1", "05-04", "10"), "05-08")
    assert paper.outcome(event).result == "waiting"
    paper.hear(zone.admitted("214-2", "05-04", "10", uin="LAMP"), "05-08")
    assert [given.result for given in paper.outcomes[event]][-1] == "accepted"
    assert len(paper.said(OrderEventWaits)) == 0


def test_a_short_line_that_left_all_the_same_waits_no_longer(zone) -> None:
    paper = zone.Paper()
    event = paper.tell(zone.ordered(("MUG", "4")), "05-07")
    assert paper.outcome(event).result == "waiting"
    left = paper.tell(zone.shipped("P1", (1, "4")), "05-08")
    assert (paper.outcome(event).result, paper.outcome(left).result) == ("accepted", "suspended")
    paper.hear(zone.admitted("214-1", "05-09", "10"), "05-09")
    assert paper.ledger().kept == {}
