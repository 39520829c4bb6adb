"""What would have been drawn is shown, and what was drawn stays."""

from typing import Any

import pytest

from ftz_common.values.exact import plain
from ftz_inventory.domain.attribution import attribution
from ftz_inventory.domain.method import Method


def differ(paper: Any, method: Method | None = None) -> list[str]:
    facts = paper.stories["ledger/999/site-1/acme/MUG"].facts
    return [
        f"{removal.parcel}: {share.admission_number} {plain(share.drawn)} -> {plain(share.would_be)}"
        for removal in attribution(facts, method or Method())
        for share in removal.shares
    ]


def sold(zone) -> Any:
    """10 of 5 May in the book; 4 left on 7 May, 3 on 8 May."""
    paper = zone.Paper()
    paper.hear(zone.admitted("214-2", "05-05", "10"), "05-05")
    paper.tell(zone.ordered(("MUG", "7")), "05-06")
    paper.tell(zone.shipped("P1", (1, "4")), "05-07")
    paper.tell(zone.shipped("P2", (1, "3")), "05-08")
    return paper


def test_in_time_nothing_differs(zone) -> None:
    assert differ(sold(zone)) == []


def test_a_late_receipt_shows_what_would_have_left_and_draws_nothing_again(zone) -> None:
    """5 of 4 May are told on 9 May: they were the oldest when both parcels left."""
    paper = sold(zone)
    drawn = paper.drawn()
    paper.hear(zone.admitted("214-1", "05-04", "5"), "05-09")
    assert differ(paper) == [
        "P1: 214-1 0 -> 4",
        "P1: 214-2 4 -> 0",
        "P2: 214-1 0 -> 1",
        "P2: 214-2 3 -> 2",
    ]
    assert paper.drawn() == drawn
    assert paper.left() == ["214-1 5", "214-2 3"]


def test_a_late_cancellation_shows_what_the_later_parcel_would_have_taken(zone) -> None:
    """4 of 4 May went out with P1, 3 of 5 May with P2; P1 did not leave: P2 would have taken the older."""
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "4"), "05-04")
    paper.hear(zone.admitted("214-2", "05-05", "10"), "05-05")
    paper.tell(zone.ordered(("MUG", "7")), "05-06")
    paper.tell(zone.shipped("P1", (1, "4")), "05-07")
    paper.tell(zone.shipped("P2", (1, "3")), "05-08")
    paper.tell(zone.cancelled(parcel="P1"), "05-09")
    assert differ(paper) == ["P2: 214-1 0 -> 3", "P2: 214-2 3 -> 0"]


@pytest.mark.parametrize("admitted", ["05-07 18:00", "05-08 18:00"])
def test_what_came_after_it_left_would_not_have_left(zone, admitted) -> None:
    paper = sold(zone)
    paper.hear(zone.admitted("214-0", admitted, "5"), "05-09")
    assert differ(paper) == []
