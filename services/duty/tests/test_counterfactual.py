"""The same goods entered otherwise: singly, outside a zone, under another fee table, status or date."""

from decimal import Decimal
from typing import Any

import pytest

from ftz_duty.domain.counterfactual import OUTSIDE, Otherwise, Removed, suppose
from ftz_duty.domain.fees import bounds_of
from ftz_duty.domain.pricing import StatedRate


def rate_of(number: str, origin: str, on: str, _entered: str) -> StatedRate:
    """6 % until April 2026, 8 % from May on."""
    text = "6%" if on < "2026-05-01" else "8%"
    return StatedRate(number, origin, on, "rev", "general", text, number[:8])


def shipments(desk: Any, count: int, each: str) -> list[Removed]:
    """So many withdrawals of one week, from shipments of April."""
    return [
        Removed(
            f"w-{at:02d}", f"s-{at % 2}", "2026-04-10", "2026-06-02", desk.priced("1", each, layer=f"l-{at}")
        )
        for at in range(count)
    ]


@pytest.mark.parametrize(
    ("count", "each", "singly", "weekly"),
    [(20, "60000", "4156.80", "651.50"), (50, "3000", "1679.00", "519.60")],
    ids=["golden case 15", "golden case 16"],
)
def test_singly_each_entry_has_its_own_least_and_most(
    desk: Any, count: int, each: str, singly: str, weekly: str
) -> None:
    goods = shipments(desk, count, each)
    alone = suppose(goods, Otherwise(entries="withdrawal"), rate_of)
    assert (len(alone.entries), alone.mpf) == (count, Decimal(singly))
    together = suppose(goods, Otherwise(), rate_of)
    assert together.mpf == Decimal(weekly)
    assert together.duty == alone.duty


def test_the_cap_of_another_fee_table(desk: Any) -> None:
    """Golden case 15: the cap of fiscal year 2027 is 670.86."""
    bounds = bounds_of(2027)
    goods = shipments(desk, 20, "60000")
    found = suppose(goods, Otherwise(bounds=bounds), rate_of)  # type: ignore[arg-type]  # 2027 is known
    assert found.mpf == Decimal("670.86")


def test_outside_a_zone_each_shipment_is_entered_on_its_import(desk: Any) -> None:
    found = suppose(shipments(desk, 4, "1000"), OUTSIDE, rate_of)
    assert [(e.key, e.entry_date, e.duty) for e in found.entries] == [
        ("s-0", "2026-04-10", Decimal("120.00")),
        ("s-1", "2026-04-10", Decimal("120.00")),
    ]


def test_another_status_or_date_takes_another_rate(desk: Any) -> None:
    goods = shipments(desk, 1, "10000")
    assert suppose(goods, Otherwise(), rate_of).duty == Decimal("800.00")
    privileged = Otherwise(status="P", pf_filed_on="2026-04-10")
    assert suppose(goods, privileged, rate_of).duty == Decimal("600.00")
    assert suppose(goods, Otherwise(on="2026-04-30"), rate_of).duty == Decimal("600.00")


def test_what_has_no_figure_is_named(desk: Any) -> None:
    goods = shipments(desk, 1, "10000")
    found = suppose(goods, Otherwise(on="1999-01-01"), rate_of)
    assert "fiscal year 1999" in found.open[0]
    restricted = [Removed("w", "s", "2026-04-10", "2026-06-02", desk.priced(status="Z"))]
    assert "zone-restricted" in suppose(restricted, Otherwise(), rate_of).open[0]
