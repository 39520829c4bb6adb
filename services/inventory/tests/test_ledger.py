"""Layers leave first in, first out; what leaves without stock is suspended; what comes back goes back."""

import pytest

from ftz_common.contracts.common import Noted
from ftz_common.contracts.inventory import (
    CoverRequested,
    Drawn,
    LayerOpened,
)


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
    (spent,) = paper.ledger().spent.values()
    assert (spent.admission_number, spent.line, spent.receipt) == leaves_first


def test_a_layer_told_twice_is_one_layer(zone) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "5"), "05-04")
    paper.hear(zone.admitted("214-1", "05-04", "5"), "05-04")
    assert len(paper.said(LayerOpened)) == 1
    assert len(paper.said(Noted)) == 1
    assert paper.left() == ["214-1 5"]
