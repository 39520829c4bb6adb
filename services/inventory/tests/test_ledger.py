"""Layers leave first in, first out; what leaves without stock is suspended; what comes back goes back."""

from decimal import Decimal

import pytest

from ftz_common.contracts.common import Noted
from ftz_common.contracts.inventory import (
    CoverRequested,
    Drawn,
    DrawRequested,
    DrawReversed,
    DrawSuspended,
    LayerOpened,
    OrderLineAnswered,
    ReservationReleased,
    Reserved,
    ReversalRequested,
    SuspenseSettled,
)
from ftz_common.values.exact import plain


def test_golden_19_fifo_over_mixed_statuses(zone) -> None:
    """L1 100 at 10.00 PF, L2 150 at 10.50 NPF, L3 200 at 9.75 NPF; take 300: 100/150/50, L3 keeps 150."""
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "100", "1000", status="P"), "05-04")
    paper.hear(zone.admitted("214-2", "05-05", "150", "1575"), "05-05")
    paper.hear(zone.admitted("214-3", "05-06", "200", "1950"), "05-06")
    paper.tell(zone.ordered(("MUG", "300")), "05-07")
    paper.tell(zone.shipped("P1", (1, "300")), "05-08")
    assert paper.drawn() == ["214-1 100 1000", "214-2 150 1575", "214-3 50 487.5"]
    assert paper.left() == ["214-3 150"]
    asked = paper.said(CoverRequested)
    assert [(a.to.split("/")[5], str(a.quantity)) for a in asked] == [("P", "100"), ("N", "200")]


def test_golden_25_export_of_250_npf_asks_no_cover(zone) -> None:
    """An export owes nothing: the balance falls by 250 and no estimate is touched."""
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "300", "3000"), "05-04")
    paper.tell(zone.ordered(("MUG", "250"), country="DE", state=""), "05-07")
    paper.tell(zone.shipped("P1", (1, "250")), "05-08")
    (drawn,) = paper.said(Drawn)
    assert (drawn.disposition, drawn.destination_country) == ("export", "DE")
    assert paper.left() == ["214-1 50"]
    assert not paper.said(CoverRequested)


def test_a_price_that_does_not_divide_closes(zone) -> None:
    """$1,000 over 3 pieces: the pieces add up to $1,000."""
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "3", "1000"), "05-04")
    paper.tell(zone.ordered(("MUG", "3")), "05-07")
    for parcel in ("P1", "P2", "P3"):
        paper.tell(zone.shipped(parcel, (1, "1")), "05-08")
    assert paper.drawn() == ["214-1 1 333.333333", "214-1 1 333.333334", "214-1 1 333.333333"]


@pytest.mark.parametrize(
    ("told", "leaves_first"),
    [
        pytest.param([("b", "05-05", 1, "R1"), ("c", "05-04", 1, "R1")], ("c", 1, "R1"), id="date"),
        pytest.param([("b", "05-04", 1, "R1"), ("a", "05-04", 1, "R1")], ("a", 1, "R1"), id="214 number"),
        pytest.param([("a", "05-04", 2, "R1"), ("a", "05-04", 1, "R2")], ("a", 1, "R2"), id="line"),
        pytest.param([("a", "05-04", 1, "R2"), ("a", "05-04", 1, "R1")], ("a", 1, "R1"), id="receipt"),
    ],
)
def test_the_order_of_leaving_is_not_the_order_of_telling(zone, told, leaves_first) -> None:
    """Admission date, 214 number, line, receipt (19 CFR 146.23(a)(2))."""
    paper = zone.Paper()
    for number, on, line, receipt in told:
        paper.hear(zone.admitted(number, on, "1", line=line, receipt=receipt), "05-06")
    paper.tell(zone.ordered(("MUG", "1")), "05-07")
    paper.tell(zone.shipped("P1", (1, "1")), "05-08")
    (spent,) = (layer for layer in paper.ledger().every_layer() if not layer.left)
    assert (spent.admission_number, spent.line, spent.receipt) == leaves_first


def test_a_layer_told_twice_is_one_layer(zone) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "5"), "05-04")
    paper.hear(zone.admitted("214-1", "05-04", "5"), "05-04")
    assert len(paper.said(LayerOpened)) == 1
    assert len(paper.said(Noted)) == 1
    assert paper.left() == ["214-1 5"]


def test_a_layer_told_again_when_it_is_empty_stays_empty(zone) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "5"), "05-04")
    paper.tell(zone.ordered(("MUG", "5")), "05-07")
    paper.tell(zone.shipped("P1", (1, "5")), "05-08")
    paper.hear(zone.admitted("214-1", "05-04", "5"), "05-09")
    assert (paper.left(), len(paper.said(LayerOpened))) == ([], 1)


# ---- what the book does not have ------------------------------------------------------------------


def test_what_is_not_there_is_suspended_never_negative(zone) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "8"), "05-04")
    paper.tell(zone.ordered(("MUG", "10")), "05-07")
    event = paper.tell(zone.shipped("P1", (1, "10")), "05-08")
    (suspended,) = paper.said(DrawSuspended)
    assert (str(suspended.quantity), suspended.removed_on) == ("2", "2026-05-08")
    assert paper.left() == []
    given = paper.outcome(event)
    assert (given.result, given.code, given.citation) == ("suspended", "no-stock", "19 CFR 146.53")
    assert "2 EA left" in given.reason


def test_goods_admitted_after_they_left_never_cure(zone) -> None:
    """A layer of the 9th did not feed a removal of the 8th, also when the clock says the same day."""
    paper = zone.Paper()
    paper.tell(zone.ordered(("MUG", "5")), "05-07")
    event = paper.tell(zone.shipped("P1", (1, "5")), "05-08 15:00")
    paper.hear(zone.admitted("214-1", "05-09", "10"), "05-09")
    paper.hear(zone.admitted("214-2", "05-08 15:01", "10"), "05-09")
    assert paper.said(Drawn) == []
    assert paper.outcome(event).result == "suspended"
    paper.hear(zone.admitted("214-3", "05-08 14:59", "2"), "05-10")
    assert paper.drawn() == ["214-3 2 100"]
    assert paper.outcome(event).result == "suspended"
    paper.hear(zone.admitted("214-4", "05-02", "7"), "05-10")
    assert paper.left() == ["214-4 4", "214-2 10", "214-1 10"]
    assert paper.outcome(event).result == "accepted"


def test_a_draw_that_would_need_a_later_layer_is_suspended_beside_stock(zone) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-10", "10"), "05-10")
    paper.tell(zone.ordered(("MUG", "5")), "05-10")
    event = paper.tell(zone.shipped("P1", (1, "5")), "05-08")
    assert paper.left() == ["214-1 10"]
    assert paper.outcome(event).code == "admitted-later"


def test_suspended_draws_are_cured_in_order_of_removal(zone) -> None:
    paper = zone.Paper()
    paper.tell(zone.ordered(("MUG", "4"), order="1"), "05-07")
    paper.tell(zone.ordered(("MUG", "4"), order="2"), "05-07")
    later = paper.tell(zone.shipped("P1", (1, "4"), order="1"), "05-09")
    sooner = paper.tell(zone.shipped("P1", (1, "4"), order="2"), "05-08")
    paper.hear(zone.admitted("214-1", "05-04", "6"), "05-10")
    settled = [(str(s.quantity), str(s.missing), s.how) for s in paper.said(SuspenseSettled)]
    assert settled == [("4", "0", "cured"), ("2", "2", "cured")]
    assert (paper.outcome(sooner).result, paper.outcome(later).result) == ("accepted", "suspended")


def test_a_cure_draws_cover_from_the_week_of_the_removal(zone) -> None:
    paper = zone.Paper()
    paper.tell(zone.ordered(("MUG", "4")), "05-07")
    paper.tell(zone.shipped("P1", (1, "4")), "05-08")
    paper.hear(zone.admitted("214-1", "05-04", "6"), "05-20")
    (drawn,) = paper.said(Drawn)
    assert (drawn.cures, drawn.removed_on, drawn.week) == (True, "2026-05-08", "2026-05-03")
    assert paper.said(CoverRequested)[0].to.split("/")[3] == "2026-05-03"


def test_local_dates_decide_not_utc(zone) -> None:
    """Sunday 01:00 UTC is Saturday evening in New York: the removal belongs to the week before."""
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "6"), "05-04")
    paper.tell(zone.ordered(("MUG", "1")), "05-07")
    paper.tell(zone.shipped("P1", (1, "1")), "05-10 01:00")
    (drawn,) = paper.said(Drawn)
    assert (drawn.removed_on, drawn.week) == ("2026-05-09", "2026-05-03")


# ---- who may take what ----------------------------------------------------------------------------


def test_zone_restricted_goods_are_for_export_only(zone) -> None:
    """19 CFR 146.44(a): never for US consumption, first in turn for an export."""
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "5", status="Z"), "05-04")
    paper.hear(zone.admitted("214-2", "05-05", "5"), "05-05")
    paper.tell(zone.ordered(("MUG", "7"), order="1"), "05-07")
    home = paper.tell(zone.shipped("P1", (1, "7"), order="1"), "05-08")
    assert paper.left() == ["214-1 5"]
    assert (paper.outcome(home).result, paper.outcome(home).code) == ("suspended", "zone-restricted")
    paper.tell(zone.ordered(("MUG", "4"), order="2", country="FR", state=""), "05-07")
    paper.tell(zone.shipped("P1", (1, "4"), order="2"), "05-08")
    assert paper.left() == ["214-1 1"]


def test_an_export_takes_restricted_and_other_goods_in_one_queue(zone) -> None:
    paper = zone.Paper()
    for number, on, status in [("214-1", "05-04", "N"), ("214-2", "05-05", "Z"), ("214-3", "05-06", "P")]:
        paper.hear(zone.admitted(number, on, "2", status=status), on)
    paper.tell(zone.ordered(("MUG", "5"), country="FR", state=""), "05-07")
    paper.tell(zone.shipped("P1", (1, "5")), "05-08")
    assert [line.rsplit(" ", 1)[0] for line in paper.drawn()] == ["214-1 2", "214-2 2", "214-3 1"]


def test_domestic_goods_leave_in_turn_and_need_no_cover(zone) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "2", status="D"), "05-04")
    paper.hear(zone.admitted("214-2", "05-05", "2", status="N"), "05-05")
    paper.tell(zone.ordered(("MUG", "3")), "05-07")
    paper.tell(zone.shipped("P1", (1, "3")), "05-08")
    assert paper.left() == ["214-2 1"]
    assert [str(asked.quantity) for asked in paper.said(CoverRequested)] == ["1"]


def test_another_unit_is_never_converted_silently(zone) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "10", unit="EA"), "05-04")
    event = paper.tell(zone.ordered(("MUG", "2"), unit="DOZ"), "05-07")
    given = paper.outcome(event)
    assert (given.result, given.code, given.place) == ("waiting", "unit-differs", "data.lines[0]")
    assert "EA" in given.reason
    assert "unit of the stock" in given.remedy
    left = paper.tell(zone.shipped("P1", (1, "2")), "05-08")
    assert (paper.outcome(left).result, paper.left()) == ("suspended", ["214-1 10"])


# ---- promises ---------------------------------------------------------------------------------------


def reserved(paper) -> list[tuple[str, str]]:
    return [(str(r.quantity), str(r.missing)) for r in paper.said(Reserved)]


def test_two_orders_are_never_promised_the_last_unit(zone) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "5"), "05-04")
    first = paper.tell(zone.ordered(("MUG", "4"), order="1"), "05-07")
    second = paper.tell(zone.ordered(("MUG", "4"), order="2"), "05-07")
    assert reserved(paper) == [("4", "0"), ("1", "3")]
    assert (paper.outcome(first).result, paper.outcome(second).result) == ("accepted", "waiting")
    assert paper.outcome(second).code == "promised"


def test_an_order_for_a_part_never_admitted_waits_with_a_reason(zone) -> None:
    paper = zone.Paper()
    event = paper.tell(zone.ordered(("LAMP", "1")), "05-07")
    given = paper.outcome(event)
    assert (given.result, given.code, given.place) == ("waiting", "never-admitted", "data.lines[0]")
    assert "LAMP" in given.reason
    assert "SKU" in given.remedy


@pytest.mark.parametrize("freed_by", ["receipt", "cancellation", "parcel taken back"])
def test_what_becomes_free_is_kept_for_those_who_waited_in_turn(zone, freed_by) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "4"), "05-04")
    paper.tell(zone.ordered(("MUG", "4"), order="1"), "05-07")
    second = paper.tell(zone.ordered(("MUG", "3"), order="2"), "05-07")
    third = paper.tell(zone.ordered(("MUG", "3"), order="3"), "05-07")
    if freed_by == "receipt":
        paper.hear(zone.admitted("214-2", "05-08", "4"), "05-08")
    elif freed_by == "cancellation":
        paper.tell(zone.cancelled(order="1"), "05-08")
    else:
        paper.tell(zone.shipped("P1", (1, "4"), order="1"), "05-08")
        paper.tell(zone.cancelled(parcel="P1", order="1"), "05-09")
    assert reserved(paper)[3:] == [("3", "0"), ("1", "2")]
    assert (paper.outcome(second).result, paper.outcome(third).result) == ("accepted", "waiting")


def test_a_removal_takes_goods_whoever_they_were_promised_to(zone) -> None:
    """What left, left: the promise is short afterwards, the book is right."""
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "5"), "05-04")
    paper.tell(zone.ordered(("MUG", "5"), order="1"), "05-07")
    paper.tell(zone.ordered(("MUG", "5"), order="2"), "05-07")
    event = paper.tell(zone.shipped("P1", (1, "5"), order="2"), "05-08")
    assert (paper.left(), paper.outcome(event).result) == ([], "accepted")


def test_what_was_missing_is_given_up_before_what_was_kept(zone) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "4"), "05-04")
    paper.tell(zone.ordered(("MUG", "6")), "05-07")
    paper.tell(zone.cancelled((1, "3")), "05-08")
    (released,) = paper.said(ReservationReleased)
    assert (str(released.quantity), str(released.missing)) == ("1", "2")
    assert paper.ledger().kept == {"consumption/EA": 3}


def test_what_left_before_its_reservation_came_is_not_kept(zone) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "10"), "05-04")
    paper.post(zone.ordered(("MUG", "6")), "05-07")
    paper.post(zone.shipped("P1", (1, "4")), "05-08")
    paper.mail.reverse()
    paper.deliver()
    assert (reserved(paper), paper.left()) == ([("2", "0")], ["214-1 6"])


def test_export_promises_use_restricted_stock_first(zone) -> None:
    """3 restricted and 2 free: an export of 3 leaves both free ones to promise at home."""
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "3", status="Z"), "05-04")
    paper.hear(zone.admitted("214-2", "05-05", "2"), "05-05")
    paper.tell(zone.ordered(("MUG", "3"), order="1", country="FR", state=""), "05-07")
    paper.tell(zone.ordered(("MUG", "3"), order="2"), "05-07")
    paper.tell(zone.ordered(("MUG", "1"), order="3", country="FR", state=""), "05-07")
    assert reserved(paper) == [("3", "0"), ("2", "1"), ("0", "1")]


# ---- back before leaving ----------------------------------------------------------------------------


def test_a_reversal_goes_back_to_the_same_layers_last_taken_first(zone) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "3", "1000"), "05-04")
    paper.hear(zone.admitted("214-2", "05-05", "5", "50"), "05-05")
    paper.tell(zone.ordered(("MUG", "5")), "05-07")
    paper.tell(zone.shipped("P1", (1, "5")), "05-08")
    paper.tell(zone.cancelled((1, "3"), parcel="P1"), "05-09")
    (back,) = paper.said(DrawReversed)
    given = [(p.admission_number, str(p.quantity), str(p.left)) for p in back.pieces]
    assert given == [("214-2", "2", "5"), ("214-1", "1", "1")]
    assert [plain(p.value) for p in back.pieces] == ["20", "333.333333"]
    assert paper.left() == ["214-1 1", "214-2 5"]
    restored = [(a.what, str(a.quantity)) for a in paper.said(CoverRequested)]
    assert restored == [("remove", "5"), ("restore", "3")]


def test_a_reversed_draw_leaves_the_values_whole(zone) -> None:
    """Draw 1 and 1 of $1,000 / 3, take the first back, draw the rest: still $1,000."""
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "3", "1000"), "05-04")
    paper.tell(zone.ordered(("MUG", "5")), "05-07")
    paper.tell(zone.shipped("P1", (1, "1")), "05-08")
    paper.tell(zone.shipped("P2", (1, "1")), "05-08")
    paper.tell(zone.cancelled(parcel="P1"), "05-09")
    paper.tell(zone.shipped("P3", (1, "2")), "05-09")
    values = [piece.value for drawn in paper.said(Drawn) for piece in drawn.pieces]
    (back,) = paper.said(DrawReversed)
    assert sum(values) - back.pieces[0].value == 1000
    assert paper.ledger().layer(zone.layer("214-1")).worth == 0


@pytest.mark.parametrize("when", ["before the draw", "after it"])
def test_reversals_of_one_draw_never_give_back_more_than_it_took(zone, when) -> None:
    """Asked 3, 4 and 1 of 5, before or after the draw: 5 go back, once."""
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "9", "90"), "05-04")
    paper.tell(zone.ordered(("MUG", "5")), "05-07")
    paper.post(zone.shipped("P1", (1, "5")), "05-08")
    (draw, at) = paper.mail.pop()
    back = [
        ReversalRequested(
            to=draw.to, draw=draw.draw, order=draw.order, line=1, quantity=Decimal(quantity), reason="test"
        )
        for quantity in ("3", "4", "1")
    ]
    letters = [*back, draw] if when == "before the draw" else [draw, *back]
    for letter in letters:
        paper.mail.append((letter, at))
        paper.deliver()
    assert paper.left() == ["214-1 9"]
    restored = [asked.quantity for asked in paper.said(CoverRequested) if asked.what == "restore"]
    assert sum(restored) == 5
    assert all(restored)


def test_taking_back_a_suspended_draw_settles_it(zone) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "2"), "05-04")
    paper.tell(zone.ordered(("MUG", "5")), "05-07")
    event = paper.tell(zone.shipped("P1", (1, "5")), "05-08")
    paper.tell(zone.cancelled((1, "4"), parcel="P1"), "05-09")
    (settled,) = paper.said(SuspenseSettled)
    assert (str(settled.quantity), str(settled.missing), settled.how) == ("3", "0", "reversed")
    assert (paper.left(), paper.outcome(event).result) == (["214-1 1"], "accepted")


def test_goods_given_back_cure_what_was_suspended(zone) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "5"), "05-04")
    paper.tell(zone.ordered(("MUG", "9")), "05-07")
    paper.tell(zone.shipped("P1", (1, "5")), "05-08")
    event = paper.tell(zone.shipped("P2", (1, "4")), "05-08")
    assert paper.outcome(event).result == "suspended"
    paper.tell(zone.cancelled(parcel="P1"), "05-09")
    assert (paper.left(), paper.outcome(event).result) == (["214-1 1"], "accepted")


# ---- back after leaving -----------------------------------------------------------------------------


def test_a_us_return_is_domestic_and_worth_what_left(zone) -> None:
    """19 CFR 146.71(d)(3): domestic status; no 214 number, no cover when it leaves again."""
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "3", "1000"), "05-04")
    paper.tell(zone.ordered(("MUG", "3")), "05-07")
    paper.tell(zone.shipped("P1", (1, "3")), "05-08")
    paper.tell(zone.returned("RMA-1", (1, "1")), "05-20")
    paper.tell(zone.returned("RMA-2", (1, "1")), "05-21")
    paper.tell(zone.returned("RMA-3", (1, "1")), "05-22")
    layers = paper.said(LayerOpened)[1:]
    assert [(x.status, x.admission_number, x.admitted_on, str(x.value)) for x in layers] == [
        ("D", "", "2026-05-20", "333.333333"),
        ("D", "", "2026-05-21", "333.333334"),
        ("D", "", "2026-05-22", "333.333333"),
    ]
    assert {x.returned_from for x in layers} == {paper.order().stream}
    assert paper.left() == ["returned 1"] * 3


def test_a_return_of_a_suspended_draw_waits_for_its_layer(zone) -> None:
    paper = zone.Paper()
    paper.tell(zone.ordered(("MUG", "3")), "05-07")
    paper.tell(zone.shipped("P1", (1, "3")), "05-08")
    event = paper.tell(zone.returned("RMA-1", (1, "2")), "05-20")
    given = paper.outcome(event)
    assert (given.result, given.code) == ("suspended", "draw-not-attributed")
    paper.hear(zone.admitted("214-1", "05-04", "4", "40"), "05-21")
    assert paper.outcome(event).result == "accepted"
    assert paper.left() == ["214-1 1", "returned 2"]


def test_a_draw_that_a_return_was_built_upon_is_not_taken_back(zone) -> None:
    """2 of P1 and all 5 of P2 are in the book, 3 of P1 are not; 5 came back. P2 back: 5 returned, 2 left."""
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "2", "20"), "05-04")
    paper.hear(zone.admitted("214-2", "05-07", "5", "100"), "05-07")
    paper.tell(zone.ordered(("MUG", "10")), "05-04")
    paper.tell(zone.shipped("P1", (1, "5")), "05-05")
    paper.tell(zone.shipped("P2", (1, "5")), "05-08")
    paper.tell(zone.returned("RMA-1", (1, "5")), "05-12")
    event = paper.tell(zone.cancelled(parcel="P2"), "05-13")
    given = paper.outcome(event)
    assert (given.result, given.code) == ("suspended", "return-built-upon")
    assert "receipt" in given.remedy
    assert not paper.said(DrawReversed)
    paper.hear(zone.admitted("214-3", "05-05", "3", "30"), "05-14")
    assert paper.outcome(event).result == "accepted"
    assert paper.left() == ["214-2 5", "returned 5"]
    assert not paper.ledger().reversals


def test_a_removal_is_taken_back_once(zone) -> None:
    """A second cancellation of it finds nothing to take back, and is answered."""
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "10", "100"), "05-04")
    paper.tell(zone.ordered(("MUG", "5")), "05-05")
    paper.tell(zone.shipped("P1", (1, "5")), "05-06")
    (asked,) = paper.said(DrawRequested)
    twice = [
        ReversalRequested(
            to=asked.to,
            draw=asked.draw,
            order=asked.order,
            line=1,
            quantity=Decimal(5),
            reason="not taken by the carrier",
            reference=name,
        )
        for name in ("c-1", "c-2")
    ]
    for request in twice:
        paper.hear(request, "05-07")
    assert paper.said(OrderLineAnswered)[-1].code == "already-reversed"
