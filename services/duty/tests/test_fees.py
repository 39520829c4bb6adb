"""The merchandise processing fee: once per entry, within its year's bounds (19 CFR 24.23(b)(1))."""

from decimal import Decimal

import pytest

from ftz_common.contracts.fact import Refusal
from ftz_duty.domain.fees import MPF_BOUNDS, MpfBounds, bounds_of, merchandise_processing_fee


def _bounds(year: int) -> MpfBounds:
    bounds = bounds_of(year)
    assert isinstance(bounds, MpfBounds)
    return bounds


@pytest.mark.parametrize(
    ("year", "value", "fee", "why"),
    [
        (2026, "60000", "207.84", "0.3464 % between the bounds"),
        (2026, "1200000", "651.50", "twenty shipments of $60,000 in one weekly entry: the most"),
        (2027, "1200000", "670.86", "the same in the next fiscal year"),
        (2026, "3000", "33.58", "one shipment of $3,000 would be 10.39: the least"),
        (2026, "150000", "519.60", "fifty of them in one weekly entry"),
        (2025, "1", "32.71", "the least of 2025"),
        (2025, "1000000", "634.62", "the most of 2025"),
        (2026, "9693", "33.58", "just under the floor: 33.5766 rounds to 33.58"),
        (2026, "9695", "33.58", "just over: 33.58348"),
        (2026, "9697", "33.59", "over the floor"),
        (2026, "188077", "651.50", "651.498728 is under the cap and rounds to it"),
        (2026, "188078", "651.50", "651.502192 is over it"),
        (2026, "12500", "43.30", "43.3 exactly"),
        (2026, "0", "33.58", "an entry of goods without value still pays the least"),
    ],
)
def test_fee_of_one_entry(year: int, value: str, fee: str, why: str) -> None:
    assert merchandise_processing_fee(Decimal(value), _bounds(year)) == Decimal(fee), why


def test_one_weekly_entry_instead_of_twenty_saves_what_the_published_case_says() -> None:
    bounds = _bounds(2026)
    singly = 20 * merchandise_processing_fee(Decimal(60000), bounds)
    weekly = merchandise_processing_fee(Decimal(20 * 60000), bounds)
    assert (singly, singly - weekly, 52 * (singly - weekly)) == (
        Decimal("4156.80"),
        Decimal("3505.30"),
        Decimal("182275.60"),
    )


def test_fifty_small_entries_cost_fifty_times_the_least() -> None:
    assert 50 * merchandise_processing_fee(Decimal(3000), _bounds(2026)) == Decimal("1679.00")


def test_a_year_that_is_not_known_is_refused_by_name() -> None:
    refusal = bounds_of(2031)
    assert isinstance(refusal, Refusal)
    assert refusal.code == "fee-year-unknown"
    assert "2031" in refusal.reason
    assert "2025, 2026, 2027" in refusal.reason
    assert refusal.citation.startswith("19 CFR 24.23")


def test_every_year_names_its_source_and_leaves_room_between_its_bounds() -> None:
    assert [b.fiscal_year for b in MPF_BOUNDS] == sorted({b.fiscal_year for b in MPF_BOUNDS})
    assert all(bounds.source and bounds.least < bounds.most for bounds in MPF_BOUNDS)
