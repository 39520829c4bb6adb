"""Whatever is counted, however it is split and in whatever order it is told: it closes."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ftz_common.contracts.admissions import AdmissionConcurred, DiscrepancyFound, GoodsAdmitted

QUANTITIES = st.decimals(min_value=0, max_value=400, places=2)


@settings(max_examples=150, deadline=None)
@given(
    line=st.tuples(
        st.decimals(min_value=Decimal("0.01"), max_value=900, places=2),
        st.decimals(min_value=0, max_value=10**9, places=2),
    ),
    counts=st.lists(QUANTITIES, min_size=1, max_size=6),
    order=st.randoms(use_true_random=False),
    permit_after=st.integers(min_value=0, max_value=6),
)
def test_receipts(
    make: Any, line: tuple[Decimal, Decimal], counts: list[Decimal], order: Any, permit_after: int
) -> None:
    announced, value = line
    desk = make.desk()
    desk.file(make.line(1, quantity=announced, value=value))
    last = len(counts) - 1
    told = [
        ((1, quantity), f"R-{n}", n == last, make.monday + timedelta(minutes=n))
        for n, quantity in enumerate(counts)
    ]
    order.shuffle(told)
    desk.later(hours=1)
    for n, (counted, receipt, final, at) in enumerate(told):
        if n == permit_after:
            desk.answered()
        desk.receive(counted, receipt=receipt, final=final, at=at)
    if permit_after >= len(told):
        desk.answered()

    goods = desk.of(GoodsAdmitted)
    counted_all = sum(counts, Decimal(0))
    admitted = sum((g.quantity for g in goods), Decimal(0))
    assert admitted == min(announced, counted_all), "never more than announced, never less than there is"
    assert all(g.quantity > 0 and g.value >= 0 for g in goods)
    if admitted == announced:
        assert sum((g.value for g in goods), Decimal(0)) == value, "the receipts add up to the line"
    assert len({(g.line, g.receipt) for g in goods}) == len(goods), "a receipt of a line is one layer"
    assert desk.of(AdmissionConcurred)
    found = desk.of(DiscrepancyFound)
    assert (found[-1].counted if found else announced) == counted_all
