"""Balances by date: what we learned late counts on the day it happened."""

from itertools import pairwise
from typing import Any

import pytest

from ftz_common.values.exact import plain
from ftz_inventory.domain import balance, shelf


def test_the_balance_of_each_day(zone) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "10"), "05-04")
    paper.hear(zone.admitted("214-2", "05-06", "5"), "05-06")
    paper.tell(zone.ordered(("MUG", "20")), "05-07")
    paper.tell(zone.shipped("P1", (1, "4")), "05-05")
    paper.tell(zone.shipped("P2", (1, "8")), "05-08")
    assert paper.balance("05-03") == []
    assert paper.balance("05-04") == ["214-1 10-0=10"]
    assert paper.balance("05-05") == ["214-1 10-4=6"]
    assert paper.balance("05-07") == ["214-1 10-4=6", "214-2 5-0=5"]
    assert paper.balance("05-08") == ["214-1 10-10=0", "214-2 5-2=3"]


def test_a_late_receipt_and_the_removal_it_cures_count_on_their_days(zone) -> None:
    paper = zone.Paper()
    paper.tell(zone.ordered(("MUG", "20")), "05-07")
    paper.tell(zone.shipped("P1", (1, "4")), "05-05")
    paper.hear(zone.admitted("214-1", "05-04", "10"), "05-20")
    assert paper.balance("05-04") == ["214-1 10-0=10"]
    assert paper.balance("05-05") == ["214-1 10-4=6"]


def test_what_was_taken_back_never_left(zone) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "10", "1000"), "05-04")
    paper.tell(zone.ordered(("MUG", "20")), "05-07")
    paper.tell(zone.shipped("P1", (1, "4")), "05-08")
    paper.tell(zone.cancelled((1, "3"), parcel="P1"), "05-12")
    assert paper.balance("05-09") == ["214-1 10-1=9"]
    assert paper.balance("05-20") == ["214-1 10-1=9"]


def test_a_return_is_a_layer_of_its_day(zone) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "10"), "05-04")
    paper.tell(zone.ordered(("MUG", "4")), "05-07")
    paper.tell(zone.shipped("P1", (1, "4")), "05-08")
    paper.tell(zone.returned("RMA-1", (1, "2")), "05-20")
    assert paper.balance("05-19") == ["214-1 10-4=6"]
    assert paper.balance("05-20") == ["214-1 10-4=6", "returned 2-0=2"]


def test_totals_of_a_day_by_status(zone) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "10", "1000"), "05-04")
    paper.hear(zone.admitted("214-2", "05-06", "5", "50", status="D"), "05-06")
    paper.tell(zone.ordered(("MUG", "12")), "05-07")
    paper.tell(zone.shipped("P1", (1, "12")), "05-08")
    told = [
        [
            (t.status, *map(plain, (t.opened, t.drawn, t.left, t.worth)))
            for t in balance.totals(paper.ledger(), day)
        ]
        for day in ("2026-05-03", "2026-05-05", "2026-05-08")
    ]
    assert told == [
        [],
        [("N", "10", "0", "10", "1000")],
        [("D", "5", "2", "3", "30"), ("N", "10", "10", "0", "0")],
    ]


@pytest.mark.parametrize("together", [1, 3, 100])
def test_pages_show_every_layer_once(zone, monkeypatch: Any, together: int) -> None:
    """Open ones as they leave, then exhausted ones; a page goes on where the last ended."""
    monkeypatch.setattr(shelf, "BLOCK", 3)
    paper = zone.Paper()
    for number in range(20):
        status = "ND"[number % 2]
        paper.hear(zone.admitted(f"214-{number:02}", f"05-{4 + number:02}", "10", status=status), "05-25")
    paper.tell(zone.ordered(("MUG", "200")), "05-25")
    paper.tell(zone.shipped("P1", (1, "115")), "05-26")
    found: list[str] = []
    place = balance.START
    while page := list(zip(range(together), balance.rows(paper.ledger(), "2026-05-30", place), strict=False)):
        found += [row.admission_number for _, looked in page for row in looked.rows]
        place = page[-1][1].place
    assert found[:9] == [f"214-{number:02}" for number in range(11, 20)]
    assert sorted(found) == [f"214-{number:02}" for number in range(20)]
    assert all(a < b for a, b in pairwise(found[9:]))
