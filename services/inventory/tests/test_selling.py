"""Orders in packs and kits: said in the shop's words, kept in parts and stock units."""

from typing import Any

import msgspec
import pytest

from ftz_common.contracts import platform
from ftz_common.contracts.inventory import OrderEventWaits, Reserved
from ftz_common.values.exact import plain


def kit(zone: Any, quantity: str, ships_as: str) -> platform.OrderAllocated:
    said = zone.ordered(("KIT", quantity))
    return msgspec.structs.replace(said, lines=[msgspec.structs.replace(said.lines[0], ships_as=ships_as)])


@pytest.mark.parametrize(
    ("unit", "quantity", "kept"),
    [("EA", "5", "5"), ("DOZ", "2", "24"), ("DOZ", "0.25", "3"), ("HALF", "3", "1.5"), ("KG", "7", "20")],
)
def test_a_pack_is_so_many_of_the_stock_unit(zone: Any, unit: str, quantity: str, kept: str) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "30"), "05-04")
    paper.tell(zone.ordered(("MUG/ANY", quantity), unit=unit), "05-07")
    assert [(plain(r.quantity), r.unit) for r in paper.said(Reserved)] == [(kept, "EA")]


@pytest.mark.parametrize(
    ("said", "code", "place"),
    [
        ("0.1 DOZ MUG/ANY", "unit-does-not-convert", "data.lines[0].quantity"),
        ("5 KG MUG/ANY", "unit-does-not-convert", "data.lines[0].quantity"),
        ("1 PALLET MUG/ANY", "pack-unknown", "data.lines[0].unit"),
        ("1 EA KIT", "kit-form-missing", "data.lines[0].ships_as"),
    ],
)
def test_what_does_not_close_is_refused(zone: Any, said: str, code: str, place: str) -> None:
    paper = zone.Paper()
    quantity, unit, sku = said.split()
    given = paper.outcome(paper.tell(zone.ordered((sku, quantity), unit=unit), "05-07"))
    assert (given.result, given.code, given.place) == ("refused", code, place)
    assert given.citation
    assert given.remedy


def test_what_came_before_its_order_waits_as_it_was_said(zone: Any) -> None:
    """A dozen left before the order came: twelve are drawn when it does."""
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "30"), "05-04")
    left = paper.tell(zone.shipped("P1", (1, "1")), "05-08")
    assert [str(waits.lines[0].quantity) for waits in paper.said(OrderEventWaits)] == ["1"]
    paper.tell(zone.ordered(("MUG/ANY", "2"), unit="DOZ"), "05-09")
    assert paper.drawn() == ["214-1 12 40"]
    assert paper.outcome(left).result == "accepted"
    back = paper.tell(zone.cancelled((1, "1"), parcel="P9"), "05-08")
    # A parcel that nobody reported is waited for in the words in which it was said.
    assert (paper.outcome(back).result, paper.outcome(back).code) == ("waiting", "parcel-unknown")
    assert {str(waits.lines[0].quantity) for waits in paper.order().waiting} == {"1"}


def test_separate_goods_are_drawn_by_their_parts(zone: Any) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "30"), "05-04")
    paper.hear(zone.admitted("214-2", "05-04", "10", uin="LAMP"), "05-04")
    paper.tell(kit(zone, "3", "separate"), "05-07")
    paper.tell(zone.shipped("P1", (1, "3")), "05-08")
    assert (paper.left("MUG"), paper.left("LAMP")) == (["214-1 24"], ["214-2 7"])
    back = platform.OrderReturned(
        account="acme",
        order="1",
        return_id="R1",
        lines=[platform.OrderPortion(line=1, quantity="1", part="LAMP")],
    )
    paper.tell(back, "05-09")
    assert (paper.left("MUG"), paper.left("LAMP")) == (["214-1 24"], ["214-2 7", "returned 1"])
    wrong = msgspec.structs.replace(
        back, return_id="R2", lines=[platform.OrderPortion(line=1, quantity="1", part="VASE")]
    )
    given = paper.outcome(paper.tell(wrong, "05-09"))
    assert (given.result, given.code) == ("refused", "line-unknown")


def test_a_set_is_one_article(zone: Any) -> None:
    """Its ledger is that of the set; what is missing of it is named by the line of the order."""
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "30"), "05-04")
    given = paper.outcome(paper.tell(kit(zone, "1", "set"), "05-07"))
    assert (given.result, given.code, given.place) == ("waiting", "never-admitted", "data.lines[0]")
    assert paper.left("MUG") == ["214-1 30"]
