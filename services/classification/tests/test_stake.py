"""Duty at stake: the spread of rates between the likely candidates, times the value."""

from decimal import Decimal

import pytest

from ftz_classification.domain.stake import duty_at_stake, likely, percent_of, spread_of
from ftz_common.contracts.classification import ProposedLine


def line(number: str, share: str, general: str) -> ProposedLine:
    return ProposedLine(number=number, share=Decimal(share), general=general, percent=percent_of(general))


@pytest.mark.parametrize(
    ("general", "percent"),
    [
        ("Free", "0"),
        ("free", "0"),
        ("9%", "9"),
        ("6.5%", "6.5"),
        (" 6.5 % ", "6.5"),
        ("4.4¢/kg", None),
        ("4.4¢/kg + 2%", None),
        ("The rate applicable to the article of which it is a part", None),
        ("", None),
        ("1E+3%", None),
        ("٩%", None),  # a digit of another script is no rate
    ],
)
def test_only_free_and_plain_ad_valorem_rates_are_read(general: str, percent: str | None) -> None:
    assert percent_of(general) == (None if percent is None else Decimal(percent))


@pytest.mark.parametrize(
    ("candidates", "spread"),
    [
        ([], None),
        ([("a", "1", "9%")], "0"),
        ([("a", "0.6", "9%"), ("b", "0.4", "20%")], "11"),
        ([("a", "0.6", "9%"), ("b", "0.4", "Free")], "9"),
        ([("a", "0.6", "9%"), ("b", "0.4", "4¢/kg")], None),  # unknown, not guessed
        ([("a", "0.6", "4¢/kg"), ("b", "0.4", "4¢/kg")], "0"),  # the same text is the same duty
        ([("a", "0.95", "9%"), ("b", "0.05", "80%")], "0"),  # too unlikely to count
        ([("a", "0", "9%"), ("b", "0", "10%")], "1"),  # an untrained order has no shares
    ],
)
def test_the_spread_of_the_likely_candidates(
    candidates: list[tuple[str, str, str]], spread: str | None
) -> None:
    found = spread_of([line(*c) for c in candidates])
    assert found == (None if spread is None else Decimal(spread))


def test_the_likely_ones_have_nine_tenths_of_the_share_best_first() -> None:
    lines = [line("a", "0.05", "1%"), line("b", "0.7", "1%"), line("c", "0.2", "1%"), line("d", "0.05", "1%")]
    assert [c.number for c in likely(lines)] == ["b", "c"]


@pytest.mark.parametrize(
    ("one_of", "found"),
    [
        ((), ["6911103710"]),
        (("691110",), ["6911103710", "6911108000"]),
        (("6911108000", "91"), ["6911108000", "9102111000"]),
        (("01",), ["6911103710"]),  # nothing of the set was shown: by share
    ],
)
def test_a_set_with_a_promise_counts_before_shares(one_of: tuple[str, ...], found: list[str]) -> None:
    lines = [line("6911103710", "1", "9%"), line("6911108000", "0", "20%"), line("9102111000", "0", "3%")]
    assert [c.number for c in likely(lines, one_of)] == found


@pytest.mark.parametrize(
    ("spread", "value", "stake"),
    [
        ("11", "1000", "110.00"),
        ("0", "1000", "0.00"),
        ("0", "0", "0.00"),
        ("2.5", "0.99", "0.02"),
        ("11", "0", None),  # nobody said a value
        (None, "1000", None),
    ],
)
def test_duty_at_stake(spread: str | None, value: str, stake: str | None) -> None:
    found = duty_at_stake(None if spread is None else Decimal(spread), Decimal(value))
    assert found == (None if stake is None else Decimal(stake))
