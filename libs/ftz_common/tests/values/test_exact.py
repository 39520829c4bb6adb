"""Exact numbers: rounding, plain notation, shares and allocations that close."""

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftz_common.values.exact import (
    CENT,
    DOLLAR,
    allocate,
    is_storable,
    plain,
    rounded,
    share,
    to_cents,
    to_dollars,
)

D = Decimal
MONEY = st.decimals(min_value=0, max_value=D("1e12"), places=2)
SIGNED = st.decimals(min_value=D("-1e12"), max_value=D("1e12"), places=2)
QUANTITY = st.decimals(min_value=0, max_value=D("1e9"), places=6)


@pytest.mark.parametrize(
    ("amount", "cents"),
    [
        ("0.005", "0.01"),
        ("0.0049999999999999999999999999999999999999", "0.00"),
        ("1.115", "1.12"),
        ("1.125", "1.13"),  # half-even would say 1.12
        ("-0.005", "-0.01"),  # a correction of x and of -x cancel
        ("-1.125", "-1.13"),
        ("999999999999999999.995", "1000000000000000000.00"),
    ],
)
def test_a_half_cent_goes_up_and_away_from_zero(amount: str, cents: str) -> None:
    assert to_cents(D(amount)) == D(cents)
    assert to_cents(Fraction(amount)) == D(cents)


@pytest.mark.parametrize(
    ("amount", "cents"),
    [
        # golden cases of the rules: exact product first, then one rounding to the cent
        (Fraction(60_000) * Fraction("0.003464"), "207.84"),  # MPF of one shipment
        (Fraction(3_000) * Fraction("0.003464"), "10.39"),
        (Fraction(150_000) * Fraction("0.003464"), "519.60"),
        (Fraction(2_400) * Fraction("0.015") + Fraction(18_350) * Fraction("0.028"), "549.80"),  # compound
        (Fraction(125_500) * Fraction("0.00125"), "156.88"),  # HMF of a quarter: 156.875
        (Fraction(1000, 3), "333.33"),
    ],
)
def test_duties_and_fees_round_once(amount: Fraction, cents: str) -> None:
    assert to_cents(amount) == D(cents)


@pytest.mark.parametrize(
    ("value", "dollars"), [("2062.50", "2063"), ("2062.49", "2062"), ("0.5", "1"), ("0", "0")]
)
def test_entered_value_is_in_whole_dollars(value: str, dollars: str) -> None:
    assert to_dollars(D(value)) == D(dollars)


def test_what_is_no_exact_number_is_refused() -> None:
    with pytest.raises(TypeError, match="float"):
        rounded(0.1, CENT)  # type: ignore[arg-type] the mistake under test
    for bad in ("NaN", "Infinity", "-Infinity"):
        with pytest.raises(ValueError, match="cannot be rounded"):
            rounded(D(bad), CENT)


@given(st.fractions(min_value=-(10**12), max_value=10**12))
def test_rounding_is_to_the_nearest_and_symmetric(amount: Fraction) -> None:
    got = Fraction(rounded(amount, CENT))
    assert abs(got - amount) <= Fraction(1, 200)
    assert Fraction(rounded(-amount, CENT)) == -got
    assert (got * 100).denominator == 1


@given(
    st.decimals(allow_nan=False, allow_infinity=False, min_value=D("-1e18"), max_value=D("1e18"), places=12)
)
def test_a_decimal_rounds_as_the_fraction_it_is(amount: Decimal) -> None:
    assert rounded(amount, CENT) == rounded(Fraction(amount), CENT)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("1E+3", "1000"),
        ("2.50", "2.5"),
        ("100", "100"),
        ("100.000", "100"),
        ("0E-9", "0"),
        ("0E+5", "0"),
        ("-0.00", "0"),
        ("1E-9", "0.000000001"),
        ("-12.340", "-12.34"),
        ("999999999999999999.999999999", "999999999999999999.999999999"),
    ],
)
def test_plain_notation_has_no_exponent_and_no_superfluous_zeros(number: str, text: str) -> None:
    assert plain(D(number)) == text
    assert plain(D(text)) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=D("-1e18"), max_value=D("1e18")))
def test_plain_notation_keeps_the_value(number: Decimal) -> None:
    assert D(plain(number)) == number


@pytest.mark.parametrize(
    ("number", "storable"),
    [
        ("0", True),
        ("0E-9", True),
        ("0E+40", True),
        ("1E+3", True),
        ("2.5000000000000", True),
        ("0.000001", True),
        ("1.123456789", True),
        ("-999999999999999999.999999999", True),
        ("0.000000999", False),  # str would write an exponent
        ("1.1234567891", False),
        ("1000000000000000000", False),
        ("1E+18", False),
        ("1E+400", False),
        ("1E-400", False),
        ("NaN", False),
        ("sNaN", False),
        ("Infinity", False),
        ("1.0000000000000000000000000000001", False),  # 31 places: more than a default context keeps
        ("1." + "0" * 70 + "1", False),
    ],
)
def test_a_storable_number_has_18_digits_before_and_9_behind_the_point(number: str, storable: bool) -> None:
    assert is_storable(D(number)) is storable


@given(st.decimals(allow_nan=True, allow_infinity=True))
def test_a_storable_number_is_written_plainly_by_str(number: Decimal) -> None:
    if is_storable(number):
        assert str(D(plain(number))) == plain(number)


class TestShare:
    def test_a_thousand_dollars_over_three_closes(self) -> None:
        cumulative = [share(D(1000), D(n), D(3)) for n in range(4)]
        pieces = [later - earlier for earlier, later in pairwise(cumulative)]
        assert pieces == [D("333.333333"), D("333.333334"), D("333.333333")]
        assert sum(pieces) == D(1000)

    @given(QUANTITY.filter(bool), MONEY, st.lists(st.integers(0, 10**6), max_size=20))
    def test_pieces_in_any_order_of_draws_add_up_and_none_is_negative(
        self, whole: Decimal, total: Decimal, cuts: list[int]
    ) -> None:
        parts = sorted({D(0), whole, *(whole * cut / 10**6 for cut in cuts)})
        cumulative = [share(total, part, whole) for part in parts]
        pieces = [later - earlier for earlier, later in pairwise(cumulative)]
        assert sum(pieces, D(0)) == total
        assert all(piece >= 0 for piece in pieces)

    def test_the_whole_of_it_is_the_total_itself(self) -> None:
        assert share(D("10.123456789"), D(7), D(7)) == D("10.123456789")


class TestAllocate:
    @pytest.mark.parametrize(
        ("total", "weights", "parts"),
        [
            ("10.00", ["1", "1", "1"], ["3.34", "3.33", "3.33"]),  # equal remainders: the earlier
            ("100.00", ["1", "2", "4"], ["14.29", "28.57", "57.14"]),
            ("0.05", ["1", "1", "1"], ["0.02", "0.02", "0.01"]),
            ("0.01", ["1", "3"], ["0.00", "0.01"]),  # the larger remainder
            ("5.00", ["0", "1", "0"], ["0", "5", "0"]),
            ("5.00", ["0", "0"], ["5", "0"]),  # nothing to go by: the first takes it
            ("-10.00", ["1", "1", "1"], ["-3.33", "-3.33", "-3.34"]),
            ("0", ["1", "2"], ["0", "0"]),
            ("7.77", ["0.000001"], ["7.77"]),
            ("5.00", [], []),
        ],
    )
    def test_cents_go_by_largest_remainder(self, total: str, weights: list[str], parts: list[str]) -> None:
        assert allocate(D(total), [D(w) for w in weights]) == [D(p) for p in parts]

    def test_whole_dollars_too(self) -> None:
        assert allocate(D(10), [D(1), D(2)], DOLLAR) == [D(3), D(7)]

    @pytest.mark.parametrize("weights", [["1", "1"], ["0", "0"]])
    def test_a_total_that_is_no_multiple_is_refused(self, weights: list[str]) -> None:
        with pytest.raises(ValueError, match=r"10\.005 is no multiple of 0\.01"):
            allocate(D("10.005"), [D(w) for w in weights])

    @given(SIGNED, st.lists(QUANTITY, min_size=1, max_size=40))
    def test_the_sum_is_the_total_and_no_part_is_a_cent_off_its_exact_share(
        self, total: Decimal, weights: list[Decimal]
    ) -> None:
        parts = allocate(total, weights)
        assert sum(map(Fraction, parts)) == Fraction(total)
        whole = sum(map(Fraction, weights))
        if whole:
            for part, weight in zip(parts, weights, strict=True):
                exact = Fraction(total) * Fraction(weight) / whole
                assert abs(Fraction(part) - exact) < Fraction(1, 100)

    def test_weights_longer_than_a_default_context_still_close(self) -> None:
        weights = [
            D("999999999999999999.999999999"),
            D("0.000000001"),
            D("123456789012345678.123456789"),
        ] * 40
        total = D("100000000000.01")
        assert sum(map(Fraction, allocate(total, weights))) == Fraction(total)
