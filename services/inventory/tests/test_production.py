"""Bills of materials, division by relative value, and the Board's authority."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.inventory import Content, Piece
from ftz_common.contracts.production import Component, ComponentsTaken, Output, ProductionOpened
from ftz_common.contracts.reference import KitPart
from ftz_common.values.exact import plain
from ftz_inventory.domain import production
from ftz_inventory.domain.bom import Item, explode
from ftz_inventory.domain.making import contents_of, divided
from ftz_inventory.domain.production import OpenProduction

D = Decimal


@pytest.mark.parametrize(
    ("items", "quantity", "needed"),
    [
        ([Item("A", D(2), "EA")], "3", {"A": "6"}),
        ([Item("A", D(1), "EA", D("0.02"))], "98", {"A": "100"}),
        ([Item("A", D(1), "EA", D("0.02"))], "1", {"A": "1.020409"}),
        (
            [Item("X", D(2), "EA", D(0), (Item("A", D(3), "EA"), Item("B", D("0.5"), "kg")))],
            "10",
            {"A": "60", "B": "10"},
        ),
        ([Item("A", D(1), "EA"), Item("X", D(1), "EA", D(0), (Item("A", D(1), "EA"),))], "5", {"A": "10"}),
    ],
)
def test_a_bill_goes_through_every_level_and_never_takes_too_little(items, quantity, needed) -> None:
    found = explode(items, D(quantity))
    assert not isinstance(found, Refusal)
    assert {uin: plain(each.quantity) for (uin, _), each in found.items()} == needed


@pytest.mark.parametrize(
    ("used", "complete"),
    [
        ({("MUG", "EA"): "10", ("SPOON", "EA"): "5"}, True),
        ({("MUG", "EA"): "12", ("SPOON", "EA"): "5"}, True),
        ({("MUG", "EA"): "10", ("SPOON", "EA"): "4"}, False),
        ({("MUG", "EA"): "10", ("SPOON", "DOZ"): "5"}, False),
        ({("SET", "EA"): "5"}, True),
        ({("SET", "EA"): "4", ("MUG", "EA"): "2", ("SPOON", "EA"): "1"}, True),
        ({("SET", "EA"): "4", ("MUG", "EA"): "2"}, False),
    ],
)
def test_a_set_is_put_up_from_all_of_its_parts(used, complete) -> None:
    """Two mugs and a spoon each, five sets; sets may be made of sets again."""
    kits = {
        "SET": [KitPart(uin="MUG", quantity=D(2), unit="EA"), KitPart(uin="SPOON", quantity=D(1), unit="EA")]
    }
    components = [
        Component(ledger=f"ledger/999/site-1/acme/{uin}", uin=uin, quantity=D(quantity), unit=unit)
        for (uin, unit), quantity in used.items()
    ]
    output = Output(
        ledger="ledger/999/site-1/acme/SET",
        uin="SET",
        quantity=D(5),
        unit="EA",
        number="6912004400",
        revision="test-1",
        origin="PT",
    )
    opened = ProductionOpened(
        production="PR1",
        zone="999",
        site="site-1",
        account="acme",
        kind="manipulated",
        at="2026-05-07T12:00:00Z",
        timezone="America/New_York",
        week_starts=6,
        components=components,
        outputs=[output],
        who="clerk",
    )
    command = OpenProduction(opened, kits, {key: D(quantity) for key, quantity in used.items()})
    state = production.start(("production", "999", "acme", "PR1"))
    decided = production.decide(state, command, None)  # type: ignore[arg-type]  # decide looks at no clock
    assert (decided.code == "set-incomplete") if isinstance(decided, Refusal) else complete
    assert isinstance(decided, Refusal) != complete


def nested(levels: int) -> Item:
    item = Item("A", D(1), "EA")
    for _ in range(levels):
        item = Item("X", D(1), "EA", D(0), (item,))
    return item


@pytest.mark.parametrize(
    ("item", "code"),
    [
        (Item("A", D(0), "EA"), "bom-wrong"),
        (Item("A", D(1), "EA", D(1)), "bom-wrong"),
        (nested(25), "bom-too-deep"),
    ],
)
def test_a_bill_that_cannot_be(item, code) -> None:
    found = explode([item], D(1))
    assert isinstance(found, Refusal)
    assert found.code == code


def content(quantity: Decimal, value: Decimal) -> Any:
    return Content(
        layer="L",
        ledger="l",
        uin="A",
        admission="a",
        admission_number="1",
        admitted_on="2026-05-04",
        quantity=quantity,
        unit="EA",
        value=value,
        status="N",
        origin="PT",
        number="6912004400",
        revision="r",
        decision="d",
    )


AMOUNT = st.decimals(min_value=0, max_value=10**6, places=2)


@given(
    contents=st.lists(st.builds(content, AMOUNT, AMOUNT), max_size=4),
    weights=st.lists(st.integers(0, 50), min_size=1, max_size=5).filter(any),
)
def test_products_divide_their_content_and_nothing_is_lost(contents, weights) -> None:
    """19 USC 81c(a): by relative value; the parts are the whole, to the last millionth."""
    parts = divided(contents, [D(w) for w in weights])
    for field in ("quantity", "value"):
        whole = sum((getattr(c, field) for c in contents), D(0))
        assert sum((getattr(c, field) for part in parts for c in part), D(0)) == whole
    for part, weight in zip(parts, weights, strict=True):
        assert weight or not part


PART = Component(ledger="ledger/999/site-1/acme/A", uin="A", quantity=D(2), unit="EA")
KIT = Output(
    ledger="ledger/999/site-1/acme/KIT",
    uin="KIT",
    quantity=D(1),
    unit="EA",
    number="6912004400",
    revision="r",
    decision="d",
    origin="PT",
)
OPENED = ProductionOpened(
    production="PR1",
    zone="999",
    site="site-1",
    account="acme",
    kind="manipulated",
    at="2026-05-07T12:00:00Z",
    timezone="America/New_York",
    week_starts=6,
    components=[PART],
    outputs=[KIT],
    who="clerk",
)


def all_of(part: Component) -> Component:
    return msgspec.structs.replace(part, waste=part.quantity)


@pytest.mark.parametrize(
    ("known", "opened", "code"),
    [
        (False, msgspec.structs.replace(OPENED, components=[PART, PART]), "component-twice"),
        (False, msgspec.structs.replace(OPENED, components=[all_of(PART)]), "waste-out-of-range"),
        (False, msgspec.structs.replace(OPENED, components=[]), "production-empty"),
        (False, msgspec.structs.replace(OPENED, outputs=[]), "production-empty"),
        (True, msgspec.structs.replace(OPENED, who="another"), "production-differs"),
    ],
)
def test_a_production_that_cannot_be(known, opened, code) -> None:
    state = production.start(("production", "999", "acme", "PR1"))
    if known:
        state.opened = OPENED
    decided = production.decide(state, OpenProduction(opened), None)  # type: ignore[arg-type]  # no clock
    assert isinstance(decided, Refusal)
    assert (decided.code, bool(decided.remedy)) == (code, True)


@pytest.mark.parametrize(
    ("items", "lost"),
    [
        ([Item("A", D(1), "EA", D("0.02"))], "2"),  # 98 of 100
        ([Item("A", D(1), "EA")], "0"),
        # A tenth is lost of A on the lower level, and a tenth of X that A is in: 98 / 0.81 are taken.
        ([Item("X", D(1), "EA", D("0.1"), (Item("A", D(1), "EA", D("0.1")),))], "22.987655"),
    ],
)
def test_what_a_bill_says_is_lost_is_told_apart(items, lost) -> None:
    found = explode(items, D(98))
    assert not isinstance(found, Refusal)
    ((each,),) = [list(found.values())]
    assert plain(each.lost) == lost
    assert each.quantity - each.lost == D(98)


@given(
    quantity=st.decimals(min_value="0.000001", max_value=10**6, places=6),
    value=st.decimals(min_value=0, max_value=10**8, places=2),
    taken=st.decimals(min_value="0.000002", max_value=10**6, places=6),
    part=st.fractions(min_value=0, max_value=1),
)
def test_the_allowance_never_makes_content_or_loses_any(quantity, value, taken, part) -> None:
    """19 USC 81c(a): of privileged content what is used and what is allowed for are what was taken."""
    fine = D("0.000001")
    waste = min((D(part.numerator) * taken / D(part.denominator)).quantize(fine), taken - fine)
    component = Component(ledger="l", uin="A", quantity=taken, unit="EA", waste=waste)
    piece = piece_of(quantity, value, "P")
    (used,) = contents_of(ComponentsTaken(ledger="l", uin="A", pieces=[piece]), component)
    assert used.quantity + used.waste == quantity
    assert 0 <= used.value <= value
    plain_piece = ComponentsTaken(ledger="l", uin="A", pieces=[piece_of(quantity, value, "N")])
    (kept,) = contents_of(plain_piece, component)
    assert (kept.quantity, kept.value, kept.waste) == (quantity, value, 0)


def piece_of(quantity: Decimal, value: Decimal, status: Any) -> Piece:
    return Piece(
        layer="l-1",
        admission="admission/acme/shop/S1",
        admission_number="999-26-000001",
        admitted_on="2026-05-01",
        quantity=quantity,
        unit="EA",
        value=value,
        left=D(0),
        status=status,
        pf_filed_on="2026-05-01" if status == "P" else None,
        origin="DE",
        number="2902909000",
        revision="r",
        decision="d",
    )
