"""Units of quantity as CBP's statistics code them.

The codes are from memory of the schedule's units and not from a document at hand: compare before filing. A
unit that is not here has no code: the announcement then says the statistical quantity itself.
"""

_CODES: dict[str, tuple[str, ...]] = {
    "NO": ("no", "number", "each", "ea", "piece", "pieces", "pc", "unit", "units"),
    "PCS": ("pcs",),
    "DOZ": ("doz", "dozen"),
    "PRS": ("prs", "pr", "pairs"),
    "DPR": ("doz prs", "doz pr"),
    "GRS": ("gross",),
    "KG": ("kg",),
    "G": ("g",),
    "T": ("t",),
    "L": ("l", "liter", "liters"),
    "M": ("m",),
    "M2": ("m2",),
    "M3": ("m3",),
}
_BY_NAME = {name: code for code, names in _CODES.items() for name in names}


def unit_code(unit: str) -> str | None:
    """The code of a unit as shops and docks write it ("No.", "doz.", "m²"); None if none is known."""
    if unit in _CODES:
        return unit
    return _BY_NAME.get(" ".join(unit.casefold().replace(".", " ").replace("²", "2").split()))
