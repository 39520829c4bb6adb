"""What is known of the goods of one line, as exact numbers under the names by which a rate asks for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from ftz_duty.domain.rate import Rate

Exact = Decimal | Fraction | int


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount in a unit symbol of the schedule; `basis` says what was measured when the unit itself does
    not.
    """

    amount: Exact
    unit: str
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Goods:
    """What is known of the goods of one line. Money in US dollars.

    `value` is the dutiable value of the line; `values` the value of its parts or contents by basis ("case",
    "steel content"); `amounts` sums from papers; `rates` the rates found for references and for "the
    applicable subheading"; `conditions` what a person has confirmed or denied; `polarization` the degrees of
    a sugar.
    """

    value: Exact | None = None
    quantities: tuple[Quantity, ...] = ()
    values: Mapping[str, Exact] = field(default_factory=dict[str, Exact])
    amounts: Mapping[str, Exact] = field(default_factory=dict[str, Exact])
    rates: Mapping[str, Rate] = field(default_factory=dict[str, Rate])
    conditions: Mapping[str, bool] = field(default_factory=dict[str, bool])
    polarization: Exact | None = None


def exact(number: Exact) -> Fraction:
    """The number as a fraction. TypeError for float and bool, ValueError when negative or not finite."""
    if isinstance(number, Fraction) and number.numerator >= 0:
        return number
    kind: type = type(number)
    if kind is float or kind is bool:
        raise TypeError(f"{number!r} is not an exact number: pass Decimal, Fraction or int")
    try:
        found = Fraction(number)
    except OverflowError as error:
        raise ValueError(f"{number!r} is not a finite number") from error
    if found.numerator < 0:
        raise ValueError(f"{number!r} is negative: duty is assessed on goods, never on their absence")
    return found
