"""Any rate written in words reads back as itself; any text at all is read or refused, never an error."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from ftz_duty.domain.rate import (
    AdValorem,
    Compound,
    Greater,
    Inherit,
    Lesser,
    Rate,
    SpecialRates,
    Specific,
    SugarDegrees,
    words,
)
from ftz_duty.domain.rate_phrases import QUANTITY_BASES, UNITS, VALUE_BASES
from ftz_duty.domain.rate_text import Unread, read_rate, read_special

percents = st.fractions(min_value=0, max_value=400, max_denominator=64)
decimals = st.decimals(min_value=0, max_value=99, places=6, allow_nan=False).map(Fraction)
simple = st.one_of(
    st.builds(AdValorem, percents, st.sampled_from(sorted(VALUE_BASES.values()))),
    st.builds(
        Specific,
        decimals,
        st.sampled_from(sorted({*UNITS.values()} - {"each", "other piece or part"})),
        st.sampled_from(sorted(QUANTITY_BASES.values())),
    ),
    st.builds(Specific, decimals, st.just("each")),
)
compounds = st.lists(simple, min_size=2, max_size=4).map(lambda terms: Compound(tuple(terms)))
sums = st.one_of(simple, compounds)
pairs = st.tuples(sums, sums)
rates: st.SearchStrategy[Rate] = st.one_of(
    sums,
    pairs.map(Greater),
    pairs.map(Lesser),
    st.builds(SugarDegrees, decimals, decimals, st.just("kg")),
    st.builds(Inherit, addition=st.none() | sums),
    st.builds(Inherit, st.just("such subheading"), st.none(), decimals),
)


@given(rates)
def test_words_read_back(rate: Rate) -> None:
    assert read_rate(words(rate)) == rate


NOISE = st.text("0123456789.,/%¢$+ ()-–\u00ad\ue000²½¹feachkgontdlrsFAUKR\n", max_size=60) | st.text(
    max_size=30
)


@given(NOISE)
def test_any_text_is_read_or_refused(text: str) -> None:
    read = read_rate(text)
    assert not isinstance(read, Unread) or (read.text == text and read.reason)
    special = read_special(text)
    assert isinstance(special, SpecialRates) or (special.text == text and special.reason)


@given(simple, st.integers(0, 200), st.sampled_from("0123456789.,%¢$/+x"))
def test_a_stray_character_never_leaves_the_same_rate_by_accident(rate: Rate, at: int, stray: str) -> None:
    """Whatever a mistyped character makes of a rate, it says so: refused, or other words than before."""
    text = words(rate)
    at %= len(text) + 1
    typed = read_rate(text[:at] + stray + text[at:])
    if typed == rate:
        # 5 = 05 = 5.0; 1000 = 1,000; "doz.." = "doz."; "1¢/ each" = "1¢ each"
        assert stray in "0." or (stray == "," and at) or text[at - 1 : at] + stray == "¢/"
