"""Units that a dock may count in, and their exact factors.

A count converts to the 214's unit only by arithmetic that is true of any goods (a dozen is twelve, a
tonne is 1,000 kg). What depends on the goods (a carton of 24, 0.35 kg a piece) does not convert: the
announcement names the unit, and the dock counts in it.
"""

from decimal import Decimal
from fractions import Fraction

from ftz_admissions.domain.limits import PLACES_MAX
from ftz_common.values.exact import plain

_FACTORS: dict[str, dict[str, Fraction]] = {
    "count": {
        "no": Fraction(1),
        "pcs": Fraction(1),
        "pc": Fraction(1),
        "piece": Fraction(1),
        "pieces": Fraction(1),
        "each": Fraction(1),
        "ea": Fraction(1),
        "unit": Fraction(1),
        "units": Fraction(1),
        "doz": Fraction(12),
        "dozen": Fraction(12),
        "gross": Fraction(144),
        "thousand": Fraction(1000),
    },
    "pairs": {"prs": Fraction(1), "pr": Fraction(1), "pairs": Fraction(1), "doz prs": Fraction(12)},
    "mass": {"g": Fraction(1), "kg": Fraction(1000), "t": Fraction(1_000_000)},
    "volume": {"ml": Fraction(1), "l": Fraction(1000), "liter": Fraction(1000), "liters": Fraction(1000)},
    "length": {"mm": Fraction(1), "cm": Fraction(10), "m": Fraction(1000)},
    "area": {"cm2": Fraction(1), "m2": Fraction(10_000)},
}


def _plain_name(unit: str) -> str:
    return " ".join(unit.casefold().replace(".", " ").replace("²", "2").split())


def converted(quantity: Decimal, unit: str, into: str) -> Decimal | None:
    """`quantity` of `unit` in the unit `into`, exactly; None when arithmetic alone cannot say.

    The same symbol always converts, known here or not. 5 pcs are no whole number of decimals of a
    dozen, so they do not convert to it: nothing is rounded.
    """
    if unit == into:
        return quantity
    have, want = _plain_name(unit), _plain_name(into)
    if have == want:
        return quantity
    for factors in _FACTORS.values():
        if have in factors and want in factors:
            return _decimal(Fraction(quantity) * factors[have] / factors[want])
    return None


def _decimal(exact: Fraction) -> Decimal | None:
    scaled = exact * 10**PLACES_MAX
    if scaled.denominator != 1:
        return None
    return Decimal(plain(Decimal(scaled.numerator).scaleb(-PLACES_MAX)))
