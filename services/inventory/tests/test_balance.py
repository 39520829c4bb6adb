"""Balances by date: what we learned late counts on the day it happened."""


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
