"""Exact numbers: one door for rounding, plain notation, shares that close.

Money is US dollars. Rounding is half-up, away from zero for negative corrections, so that a
correction of x and of -x cancel.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

#: Digits kept before the point of any quantity or amount we store.
DIGITS_MAX = 18
#: Digits kept behind the point of any quantity or amount we store.
PLACES_MAX = 9
#: Places of a layer's cumulative shares.
SHARE_PLACES = 6

CENT = Decimal("0.01")
DOLLAR = Decimal("1")
ZERO = Decimal(0)

_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)
_FINEST = Decimal(1).scaleb(-PLACES_MAX)

_NO_FLOAT = "exact numbers are Decimal, Fraction or int; a float has already lost digits"


def rounded(amount: Decimal | Fraction | int, quantum: Decimal) -> Decimal:
    """`amount` rounded half-up to a multiple of `quantum` (a power of ten: CENT, DOLLAR)."""
    if isinstance(amount, Fraction):
        steps, of = quantum.as_integer_ratio()
        below = amount.denominator * steps
        whole, rest = divmod(abs(amount.numerator) * of, below)
        whole += 1 if 2 * rest >= below else 0
        return _WIDE.multiply(Decimal(-whole if amount.numerator < 0 else whole), quantum)
    if isinstance(amount, float):
        raise TypeError(_NO_FLOAT)
    if not (number := Decimal(amount)).is_finite():
        raise ValueError(f"{amount} cannot be rounded")
    return _WIDE.quantize(number, quantum)


def to_cents(amount: Decimal | Fraction | int) -> Decimal:
    """Dollars and cents, half-up: a duty or a fee."""
    return rounded(amount, CENT)


def to_dollars(amount: Decimal | Fraction | int) -> Decimal:
    """Whole dollars, half-up: the entered value of a line (19 CFR 141.90 as filed in AE records)."""
    return rounded(amount, DOLLAR)


def plain(number: Decimal) -> str:
    """Plain notation without exponent or superfluous zeros: `1E+3` is "1000", `2.50` is "2.5"."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def is_storable(number: Decimal) -> bool:
    """True for a finite number of at most 18 digits before and 9 behind the point, zero or at least 0.000001.

    `str` of its `plain` notation is that notation again.
    """
    if not number.is_finite():
        return False
    if number == 0:
        return True
    return -6 <= number.adjusted() < DIGITS_MAX and _WIDE.quantize(number, _FINEST) == number


def share(total: Decimal, part: Decimal, whole: Decimal, places: int = SHARE_PLACES) -> Decimal:
    """The share `part / whole` of `total`, rounded to `places`; the whole of it is `total` itself.

    Shares of growing parts are cumulative: take `share(t, b, w) - share(t, a, w)` for what lies
    between a and b, and the pieces add up to the total ($1,000 / 3 closes).
    """
    if part == whole:
        return total
    exact = Fraction(total) * Fraction(part) / Fraction(whole)
    return rounded(exact, Decimal(1).scaleb(-places))


def allocate(total: Decimal, weights: Sequence[Decimal], quantum: Decimal = CENT) -> list[Decimal]:
    """`total` split over `weights` in multiples of `quantum` by largest remainder; the sum is `total`.

    Equal remainders go to the earlier weight. All weights zero: the first takes everything.
    """
    if not weights:
        return []
    units = Fraction(total) / Fraction(quantum)
    if units.denominator != 1:
        raise ValueError(f"{total} is no multiple of {quantum}")
    exact = [Fraction(weight) for weight in weights]  # a sum of Decimals may be rounded to 28 digits
    whole = sum(exact)
    if whole == 0:
        return [total, *[ZERO] * (len(weights) - 1)]
    shares = [units * weight / whole for weight in exact]
    floors = [s.numerator // s.denominator for s in shares]
    left = int(units) - sum(floors)
    by_remainder = sorted(range(len(shares)), key=lambda i: (floors[i] - shares[i], i))
    for i in by_remainder[:left]:
        floors[i] += 1
    return [_WIDE.multiply(Decimal(units_), quantum) for units_ in floors]
