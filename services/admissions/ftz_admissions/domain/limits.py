"""What a 214 can carry at all, and the shape of a refusal."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from ftz_common.contracts.fact import Refusal

#: Record 50 of the e214 (CATAIR): twelve digits, two of them decimals.
QUANTITY_MAX = Decimal("9999999999.99")
#: Record 51: twelve digits, whole dollars.
VALUE_MAX = Decimal("999999999999")
#: Layers are cut out of a line to the millionth; what is announced and counted is a whole number of those.
PLACES_MAX = 6


#: A sentence names so many things, and counts the others.
NAMED_MAX = 20


def named(items: Sequence[str], between: str = ", ") -> str:
    """The things as a sentence names them."""
    more = len(items) - NAMED_MAX
    return between.join(items[:NAMED_MAX]) + (f" and {more} more" if more > 0 else "")


def too_fine(number: Decimal) -> bool:
    """True for a number with more than six decimals."""
    return (Fraction(number) * 10**PLACES_MAX).denominator != 1


def refuse(code: str, reason: str, citation: str, remedy: str, place: str = "") -> Refusal:
    """A refusal, in the order in which a person reads it."""
    return Refusal(code=code, reason=reason, citation=citation, remedy=remedy, place=place)
