"""A stated rate on goods: an amount, or the name of what is missing."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftz_common.values.exact import rounded
from ftz_duty.domain.assess import Component
from ftz_duty.domain.pricing import Price, price, quantities_of
from ftz_duty.domain.rate import Free


@pytest.mark.parametrize(
    ("text", "value", "quantity", "unit", "measures", "cents", "why"),
    [
        ("Free", "10000", "400", "No.", {}, "0.00", "free"),
        ("6%", "10000", "400", "No.", {}, "600.00", "400 units at $25, PF rate"),
        ("8%", "10000", "400", "No.", {}, "800.00", "400 units at $25, rate at entry"),
        ("4%", "2063", "150", "No.", {}, "82.52", "whole dollars first: 2,062.50 is 2,063"),
        ("1.9¢/kg", "10000", "20000", "kg", {}, "380.00", "specific, on the stock unit"),
        ("1.9¢/kg", "10000", "40000", "No.", {"kg": "0.5"}, "380.00", "specific, on a second quantity"),
        ("1.5¢/kg + 2.8%", "18350", "2400", "kg", {}, "549.80", "compound: 36.00 + 513.80"),
        ("33 1/3%", "100", "1", "No.", {}, "33.33", "a third of a dollar, half-up"),
        ("0.25¢ each", "10", "2", "No.", {}, "0.01", "half a cent goes up"),
        ("0.3¢/kg + 0.4%", "1", "1", "kg", {}, "0.00", "each component to cents: 0.003 and 0.004"),
        ("60¢/doz.", "100", "30", "No.", {}, "1.50", "two and a half dozen"),
    ],
)
def test_an_amount(
    *,
    desk: Any,
    text: str,
    value: str,
    quantity: str,
    unit: str,
    measures: dict[str, str],
    cents: str,
    why: str,
) -> None:
    known = quantities_of(Decimal(quantity), unit, [desk.measure(u, q) for u, q in measures.items()])
    found = price(desk.rate(text), Decimal(value), known)
    assert (found.cents, found.not_priced) == (Decimal(cents), ""), why


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("1.9¢/kg", "needs quantity mass in kg (1.9¢/kg)"),
        ("1.5¢/kg + 2.8%", "needs quantity mass in kg (1.5¢/kg)"),
        ("5% on the case", "needs value case in USD"),
        ("See 9902.11.22", "needs rate"),
        ("whatever the collector finds", "is not understood"),
    ],
)
def test_what_is_missing_is_named_and_nothing_is_guessed(desk: Any, text: str, needs: str) -> None:
    found = price(desk.rate(text), Decimal(100), quantities_of(Decimal(5), "No.", []))
    assert (found.cents, found.stored, found.how) == (None, None, "")
    assert needs in found.not_priced


def test_a_number_that_the_revision_lacks_is_not_priced_for_that_reason(desk: Any) -> None:
    found = price(desk.rate("", missing="6912.00.48.10 is not in this revision"), Decimal(100), [])
    assert found.not_priced == "6912.00.48.10 is not in this revision"


def test_an_exact_amount_is_kept_to_nine_places_while_provisional(desk: Any) -> None:
    assert price(desk.rate("33 1/3%"), Decimal(1), []).stored == Decimal("0.333333333")


@given(
    st.lists(
        st.tuples(st.integers(0, 10**20), st.sampled_from([1, 3, 7, 8, 40, 100, 625, 999, 10**9, 10**11])),
        min_size=1,
        max_size=5,
    )
)
def test_the_fast_sum_and_its_nine_places_are_the_exact_ones(amounts: list[tuple[int, int]]) -> None:
    parts = [Fraction(above, below) for above, below in amounts]
    found = Price(tuple(Component(part, Free(), part, "USD") for part in parts))
    assert found.exact == sum(parts)
    assert found.stored == rounded(sum(parts, Fraction(0)), Decimal("0.000000001"))
