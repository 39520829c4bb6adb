"""Units of quantity as the tariff schedule writes them, and the exact factors between them.

A unit is a dimension, a factor to that dimension's smallest measure here, and what it is measured on: `kg`
and `t` are mass, `Pb kg` is mass of the lead content, `cy kg` mass of the clean yield. Two quantities convert
only when dimension and basis are equal, so net weight never stands in for lead content, nor pieces for pairs.
Barrels, proof liters and packs stand alone: what one holds depends on temperature, strength or trade, not on
arithmetic. Source: HTSUS, abbreviations in the preface ("cy" clean yield, "adw" air dry weight, "pf. liter"
proof liter, ...).
"""

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Unit:
    """`factor` of one unit in the dimension's base; `basis` is what is measured, "" for the goods."""

    dimension: str
    factor: Fraction
    basis: str = ""


def _rows(dimension: str, factors: dict[str, int | str]) -> dict[str, Unit]:
    return {symbol: Unit(dimension, Fraction(factor)) for symbol, factor in factors.items()}


_UNITS: dict[str, Unit] = {
    # The pound and the ounce are exact by definition (NIST SP 811): shops weigh in them.
    **_rows(
        "mass", {"g": 1, "kg": 1000, "t": 1_000_000, "carat": "0.2", "lb": "453.59237", "oz": "28.349523125"}
    ),
    **_rows("volume", {"ml": "0.001", "liter": 1, "l": 1, "m3": 1000, "thousand m3": 1_000_000}),
    **_rows("proof volume", {"pf.liter": 1}),
    **_rows("barrels", {"bbl": 1}),
    **_rows("area", {"cm2": "0.0001", "m2": 1}),
    **_rows("roofing squares", {"square": 1}),
    **_rows("length", {"mm": "0.001", "cm": "0.01", "m": 1, "lin.m": 1, "thousand m": 1000}),
    **_rows("count", {"no": 1, "each": 1, "pcs": 1, "head": 1, "article": 1}),
    **_rows(
        "count", {"doz": 12, "dz pcs": 12, "gross": 144, "hundreds": 100, "1000": 1000, "thousands": 1000}
    ),
    **_rows("pairs", {"pr": 1, "prs": 1, "doz.prs": 12}),
    **_rows("packs", {"pack": 1}),
    **_rows("gross lines", {"line/gross": 1, "gr.lines": 1}),
    **_rows("doses", {"doses": 1}),
    **_rows("radioactivity", {"gbq": 1}),
    **_rows("energy", {"mwh": 1}),
    **_rows("power", {"w": 1}),
    "jwls": Unit("count", Fraction(1), "jewels"),
    "jewel": Unit("count", Fraction(1), "jewels"),
    "jewel over 7": Unit("count", Fraction(1), "jewels over 7"),
    "other piece or part": Unit("count", Fraction(1), "other pieces or parts"),
    "fiber m": Unit("length", Fraction(1), "fiber"),
    "cy kg": Unit("mass", Fraction(1000), "clean yield"),
    "clean kg": Unit("mass", Fraction(1000), "clean yield"),
    "kg ttl sug": Unit("mass", Fraction(1000), "total sugars"),
    "kg amc": Unit("mass", Fraction(1000), "anhydrous morphine content"),
    "kg msc": Unit("mass", Fraction(1000), "milk solids content"),
    "kg cmsc": Unit("mass", Fraction(1000), "cow's milk solids content"),
    "t adw": Unit("mass", Fraction(1_000_000), "air dry weight"),
    "t dwb": Unit("mass", Fraction(1_000_000), "dry weight basis"),
}

_ALIASES = {
    "liters": "liter",
    "pf.liters": "pf.liter",
    "x": "no",
    "thousand": "thousands",
    "1,000": "1000",
    "1,000 pins": "1000",
    "dozen": "doz",
    "pairs": "prs",
    "number": "no",
}

_SUBSTANCES = {
    "Ag": "silver", "Au": "gold", "Co": "cobalt", "Cr": "chromium", "Cu": "copper", "Ir": "iridium",
    "Mg": "magnesium", "Mn": "manganese", "Mo": "molybdenum", "Ni": "nickel", "Os": "osmium", "Pb":
    "lead", "Pd": "palladium", "Pt": "platinum", "Rh": "rhodium", "Ru": "ruthenium", "Sb":
    "antimony", "Si": "silicon", "Sn": "tin", "V": "vanadium", "W": "tungsten", "Zn": "zinc",
    "Cr2O3": "Cr2O3", "NH3": "NH3", "NaOH": "NaOH", "V2O5": "V2O5",
}  # fmt: skip

_CONTENT = re.compile(r"([A-Z][A-Za-z0-9]*) (kg|g|t)")


@lru_cache(maxsize=1024)
def read_unit(symbol: str) -> Unit | None:
    """The unit that a symbol of the schedule (`No.`, `doz. prs.`, `Pb kg`, `m²`) stands for, or None when
    unknown.
    """
    text = " ".join(unicodedata.normalize("NFKC", symbol).split())
    if match := _CONTENT.fullmatch(text):
        substance = _SUBSTANCES.get(match[1])
        return None if substance is None else Unit("mass", _UNITS[match[2]].factor, f"{substance} content")
    key = text.casefold().replace(". ", ".").removesuffix(".")
    return _UNITS.get(_ALIASES.get(key, key))
