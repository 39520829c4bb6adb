"""Dutiable value (19 CFR 146.65(b)): worked by hand, one rule each."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.reference import CurrencyRated
from ftz_common.contracts.valuation import (
    Addition,
    Deduction,
    Money,
    Sale,
    Valued,
    dutiable_value,
    rate_on,
    relative_shares,
)
from ftz_common.testing.story import Story
from ftz_duty.usecases import CURRENCY

DAY = "2026-08-03"


def money(amount: str, currency: str = "USD") -> Money:
    return Money(Decimal(amount), currency)


def no_rate(_currency: str, _on: str) -> None:
    return None


def sale(price: str | Money = "10000", **given_: Any) -> Sale:
    paid = money(price) if isinstance(price, str) else price
    return Sale(**{"basis": "admission-sale", "price": paid, "exported_on": DAY, **given_})


def out(kind: Any, amount: str, *, included: bool = True) -> Deduction:
    return Deduction(kind, money(amount), included)


def add(kind: Any, amount: str) -> Addition:
    return Addition(kind, money(amount))


@pytest.mark.parametrize(
    ("given_", "value", "why"),
    [
        (sale(), "10000", "the price alone"),
        (sale(additions=(add("packing", "120"), add("assist", "500"))), "10620", "10,000 + 120 + 500"),
        (
            sale(additions=(add("selling-commission", "300"), add("royalty", "200"), add("proceeds", "50"))),
            "10550",
            "all that 1401a(b)(1) adds",
        ),
        (
            sale(deductions=(out("international-freight", "800"), out("insurance", "40.50"))),
            "9159.5",
            "10,000 - 800 - 40.50",
        ),
        (sale(deductions=(out("us-inland-freight", "75"),)), "9925", "inland freight in the price"),
        (
            sale(deductions=(out("international-freight", "800", included=False),)),
            "10000",
            "freight that the buyer paid beside the price is not in it",
        ),
        (
            sale(
                "15000",
                basis="zone-sale",
                deductions=(
                    out("zone-processing", "1000"),
                    out("general-expenses", "700"),
                    out("profit", "2000"),
                    out("international-freight", "300"),
                ),
            ),
            "11000",
            "vendor-owned goods: 15,000 - 1,000 - 700 - 2,000 - 300",
        ),
        (sale("150", basis="waste-sale"), "150", "case 33: residue sold at 150"),
    ],
)
def test_value(given_: Sale, value: str, why: str) -> None:
    found = dutiable_value(given_, no_rate)
    assert isinstance(found, Valued)
    assert found.dutiable == Decimal(value), why
    assert all(step.rule for step in found.steps)


@pytest.mark.parametrize(
    ("given_", "code", "place"),
    [
        (sale(deductions=(out("profit", "10"),)), "not-deductible", "deductions[0]"),
        (
            sale("150", basis="waste-sale", deductions=(out("insurance", "1"),)),
            "not-deductible",
            "deductions[0]",
        ),
        (sale(basis="zone-sale", additions=(add("royalty", "1"),)), "addition-to-zone-value", "additions[0]"),
        (sale("10", deductions=(out("insurance", "11"),)), "value-below-zero", "deductions"),
        (sale("-1"), "amount-negative", "price"),
        (sale(price=money("10", "EUR")), "no-exchange-rate", "currency"),
        (sale(additions=(Addition("royalty", money("1", "CNY")),)), "no-exchange-rate", "royalty"),
    ],
)
def test_what_has_no_value(given_: Sale, code: str, place: str) -> None:
    found = dutiable_value(given_, no_rate)
    assert isinstance(found, Refusal)
    assert (found.code, found.place) == (code, place)
    assert found.remedy


def rated(usd: str, first: str, last: str, currency: str = "EUR") -> CurrencyRated:
    return CurrencyRated(
        currency=currency, usd=Decimal(usd), first=first, last=last, source="bulletin", who="w"
    )


QUARTER, DAILY = rated("1.10", "2026-07-01", "2026-09-30"), rated("1.20", DAY, DAY)


@pytest.mark.parametrize(
    ("said", "on", "usd", "why"),
    [
        ([QUARTER], DAY, "1.10", "the quarter's"),
        ([QUARTER, DAILY], DAY, "1.20", "a daily rate goes before the quarter's"),
        ([DAILY, QUARTER], DAY, "1.20", "whichever was said first"),
        ([QUARTER, DAILY], "2026-08-04", "1.10", "of its day only"),
        ([QUARTER, rated("1.11", "2026-07-01", "2026-09-30")], DAY, "1.11", "the last said corrects"),
        ([QUARTER], "2026-10-01", None, "the next quarter has none"),
        ([rated("0.14", "2026-07-01", "2026-09-30", "CNY")], DAY, None, "another currency's"),
    ],
)
def test_rate_of_a_day(said: list[CurrencyRated], on: str, usd: str | None, why: str) -> None:
    found = rate_on(said, "EUR", on)
    assert (found.usd if found else None) == (Decimal(usd) if usd else None), why


def test_the_rate_of_the_day_of_exportation_is_taken_and_said() -> None:
    def rate_of(currency: str, on: str) -> tuple[Decimal, str] | None:
        found = rate_on([QUARTER, DAILY], currency, on)
        return (found.usd, found.source) if found else None

    found = dutiable_value(sale(price=money("1000", "EUR"), additions=(add("packing", "20"),)), rate_of)
    assert isinstance(found, Valued)
    # 1,000 EUR x 1.20 + 20.
    assert (found.dutiable, found.steps[0].how) == (Decimal(1220), "1000 EUR × 1.2 (bulletin)")


@pytest.mark.parametrize(
    ("usd", "first", "last", "code"),
    [
        ("1.1", "2026-09-30", "2026-07-01", "days-reversed"),
        ("0", "2026-07-01", "2026-09-30", "rate-not-positive"),
        ("110", "2026-07-01", "2026-09-30", "rate-far-off"),
    ],
)
def test_a_rate_that_cannot_be(desk: Any, usd: str, first: str, last: str, code: str) -> None:
    story = Story(CURRENCY, "currency/EUR")
    story.tell(QUARTER, desk.at(DAY))
    assert story.refused(rated(usd, first, last), desk.at(DAY)).code == code


def test_duty_of_privileged_content_goes_to_co_products_by_relative_value() -> None:
    # $1,000 over products worth 300, 100 and 200 at separation (19 USC 81c(a)).
    shares = relative_shares(Decimal(1000), [Decimal(300), Decimal(100), Decimal(200)])
    assert shares == [Decimal(500), Decimal("166.666666667"), Decimal("333.333333333")]


@given(
    total=st.decimals(0, 10**6, places=2),
    values=st.lists(st.decimals(0, 10**6, places=2), min_size=1, max_size=9),
)
def test_shares_of_co_products_add_up(total: Decimal, values: list[Decimal]) -> None:
    if not any(values):
        with pytest.raises(ValueError, match="values at separation"):
            relative_shares(total, values)
    else:
        assert sum(relative_shares(total, values)) == total
