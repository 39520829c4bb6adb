"""What additional duties come to, on top of the duty of the column."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftz_duty.domain.goods import Quantity
from ftz_duty.domain.measure import Stated
from ftz_duty.domain.measure_file import read_measures
from ftz_duty.domain.measure_plan import Plan, Planned
from ftz_duty.domain.pricing import StatedRate, price
from ftz_duty.domain.schedule_check import Refused
from ftz_duty.domain.stack import Stack, stacked

KG = [Quantity(Decimal(20000), "kg")]
TEN_THOUSAND = Decimal(10000)


def plan(*rates: tuple[str, str], contents: tuple[Stated, ...] = ()) -> Plan:
    """Measures that apply: kind and rate."""
    rows: list[dict[str, Any]] = [
        {
            "id": f"m{at}",
            "programme": "p",
            "heading": f"9903.01.{at:02d}",
            "kind": kind,
            "rate": rate,
            "from": "2026-01-01",
            "source": "a test",
        }
        for at, (kind, rate) in enumerate(rates)
    ]
    found = read_measures({"format": "ftz.measures/1", "name": "t", "measures": rows})
    assert not isinstance(found, Refused), found
    applies = tuple(Planned(m, "applies", "in force", "2026-06-01", True) for m in found.measures)
    return Plan(("t",), applies, contents)


def duty(base: str, of: Plan, value: Decimal = TEN_THOUSAND) -> Stack:
    """The stack on goods whose column rate is `base`."""
    rate = StatedRate("7208101500", "JP", "2026-06-01", "rev", "general", base, "72081015")
    return stacked(price(rate, value, KG), of, value, KG)


@pytest.mark.parametrize(
    ("base", "cap", "added"),
    [
        ("1.9¢/kg", "12.5%", "870.00"),  # golden case 3: 1,250.00 less 380.00
        ("6%", "10%", "400.00"),  # golden case 5: 1,000.00 less 600.00
        ("10%", "10%", "0.00"),
        ("15%", "10%", "0.00"),  # never below zero
        ("Free", "10%", "1000.00"),
    ],
)
def test_a_minimum_total_tops_the_column_duty_up(base: str, cap: str, added: str) -> None:
    found = duty(base, plan(("minimum-total", cap)))
    assert found.shown(cents=True)[0].duty == Decimal(added)
    column = duty(base, Plan(("t",))).price.cents
    assert column is not None
    assert found.price.cents == column + Decimal(added)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 10**7))
def test_a_minimum_total_never_lowers_and_never_overshoots(base: int, cap: int, value: int) -> None:
    found = duty(f"{base}%", plan(("minimum-total", f"{cap}%")), Decimal(value))
    assert found.price.components is not None
    whole = sum((c.amount for c in found.price.components), Fraction(0))
    assert whole == Fraction(value) * max(base, cap) / 100


def test_measures_add_up_in_cents_per_component() -> None:
    found = duty("1.9¢/kg", plan(("added", "25%"), ("added", "7.5%"), ("added", "$0.01/kg")))
    assert [s.duty for s in found.shown(cents=True)] == [
        Decimal("2500.00"),
        Decimal("750.00"),
        Decimal("200.00"),
    ]
    assert found.price.cents == Decimal("3830.00")


CONTENT = ("added", "50% on the value of the steel content")


@pytest.mark.parametrize(
    ("stated", "amount"),
    [
        (Stated("steel content", percent=Decimal(30)), "1500.00"),
        (Stated("steel content", usd_per_unit=Decimal("0.10"), unit="kg"), "1000.00"),
    ],
)
def test_a_content_rate_is_taken_on_the_value_stated(stated: Stated, amount: str) -> None:
    assert duty("Free", plan(CONTENT, contents=(stated,))).price.cents == Decimal(amount)


@pytest.mark.parametrize(
    ("contents", "why"),
    [
        ((), "needs value steel content"),
        ((Stated("steel content", usd_per_unit=Decimal(9), unit="No."),), "needs value steel content"),
        ((Stated("steel content", usd_per_unit=Decimal(9), unit="kg"),), "over the dutiable value"),
    ],
)
def test_a_content_that_is_not_known_blocks(contents: tuple[Stated, ...], why: str) -> None:
    found = duty("Free", plan(CONTENT, contents=contents))
    assert found.price.components is None
    assert why in found.price.not_priced
    assert found.blocked
    assert found.shown(cents=True)[0].result == "blocked"


def test_without_measures_the_column_duty_stands_alone() -> None:
    rate = StatedRate("7208101500", "JP", "2026-06-01", "rev", "general", "5%", "72081015")
    base = price(rate, TEN_THOUSAND, KG)
    assert stacked(base, None, TEN_THOUSAND, KG) == Stack(base)
