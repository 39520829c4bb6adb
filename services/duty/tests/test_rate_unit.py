"""Unit symbols of the schedule."""

from fractions import Fraction

import pytest

from ftz_duty.domain.rate_phrases import UNITS
from ftz_duty.domain.unit import Unit, read_unit


@pytest.mark.parametrize(
    ("symbol", "unit"),
    [
        ("kg", Unit("mass", Fraction(1000))),
        ("t", Unit("mass", Fraction(1_000_000))),
        ("carat", Unit("mass", Fraction(1, 5))),
        ("No.", Unit("count", Fraction(1))),
        ("No", Unit("count", Fraction(1))),
        ("pcs ", Unit("count", Fraction(1))),
        ("Dz Pcs", Unit("count", Fraction(12))),
        ("doz. prs.", Unit("pairs", Fraction(12))),
        ("m²", Unit("area", Fraction(1))),
        ("pf.liters", Unit("proof volume", Fraction(1))),
        ("lin. m", Unit("length", Fraction(1))),
        ("Pb kg", Unit("mass", Fraction(1000), "lead content")),
        ("Au g", Unit("mass", Fraction(1), "gold content")),
        ("W kg", Unit("mass", Fraction(1000), "tungsten content")),
        ("W", Unit("power", Fraction(1))),
        ("cy kg", Unit("mass", Fraction(1000), "clean yield")),
        ("Xx kg", None),
        ("furlong", None),
        ("", None),
    ],
)
def test_reads_symbols(symbol: str, unit: Unit | None) -> None:
    assert read_unit(symbol) == unit


def test_every_unit_of_a_rate_is_known() -> None:
    assert [symbol for symbol in UNITS.values() if read_unit(symbol) is None] == []
