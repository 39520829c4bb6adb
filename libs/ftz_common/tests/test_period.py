"""The period of an entry: its name says its kind and its days."""

from datetime import date

import pytest

from ftz_common.values.period import (
    EntryPeriod,
    first_day,
    last_day,
    period_kind,
    regular_period,
    said_period,
)


@pytest.mark.parametrize(
    ("kind", "name", "said", "last"),
    [
        ("daily", "2026-03-02.day", "2026-03-02", date(2026, 3, 2)),
        ("single", "2026-03-02.order.shop.O-1", "order O-1 of 2026-03-02", date(2026, 3, 2)),
    ],
)
def test_a_regular_entry_is_named_by_its_day_or_order(
    kind: EntryPeriod, name: str, said: str, last: date
) -> None:
    assert regular_period(kind, "2026-03-02", "shop", "O-1") == name
    assert (period_kind(name), said_period(name)) == (kind, said)
    assert (first_day(name), last_day(name)) == (date(2026, 3, 2), last)


def test_a_week_is_named_by_the_day_of_its_removals() -> None:
    assert regular_period("weekly", "2026-03-02", "shop", "O-1") == ""
    assert (period_kind("2026-03-01"), said_period("2026-03-01")) == ("weekly", "the week of 2026-03-01")
    assert last_day("2026-03-01") == date(2026, 3, 7)


def test_two_orders_never_share_a_name() -> None:
    names = [regular_period("single", "2026-03-02", *which) for which in (("a.b", "c"), ("a", "b.c"))]
    assert len(set(names)) == 2
    assert all("/" not in regular_period("single", "2026-03-02", "s", each) for each in ("A/1", "A 1"))


def test_an_order_of_an_issuer_called_day_is_still_an_order() -> None:
    assert period_kind(regular_period("single", "2026-03-02", "day", "1")) == "single"
