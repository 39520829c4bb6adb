"""Bills of materials: what so many of a product take, through every level, with what is lost."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from ftz_common.contracts.fact import Refusal
from ftz_common.values.exact import SHARE_PLACES, plain, rounded

LEVELS_MAX = 20
SMALLEST = Decimal(1).scaleb(-SHARE_PLACES)


@dataclass(frozen=True, slots=True)
class Item:
    """`per` of a part in one of what it goes into; `loss`: the part of it that is lost, as 0.02.

    With `made_of` it is no stock but made on the way (a level of the bill).
    """

    uin: str
    per: Decimal
    unit: str
    loss: Decimal = Decimal(0)
    made_of: tuple["Item", ...] = ()


@dataclass(frozen=True, slots=True)
class Needed:
    """What is taken of a part, and what of that is lost on the way."""

    quantity: Decimal
    lost: Decimal


def explode(items: Iterable[Item], quantity: Decimal) -> dict[tuple[str, str], Needed] | Refusal:
    """What each (UIN, unit) takes for `quantity` of the product. A loss of 2 % takes 1 / 0.98 as much."""
    needed: dict[tuple[str, str], tuple[Fraction, Fraction]] = {}
    for found in _walk(items, Fraction(quantity), Fraction(quantity), 1):
        if isinstance(found, Refusal):
            return found
        uin, unit, amount, kept = found
        before = needed.get((uin, unit), (Fraction(0), Fraction(0)))
        needed[uin, unit] = (before[0] + amount, before[1] + kept)
    return {
        key: Needed(taken := _up(amount), taken - rounded(kept, SMALLEST))
        for key, (amount, kept) in needed.items()
    }


def _up(amount: Fraction) -> Decimal:
    """Whole millionths, never less than what is needed."""
    found = rounded(amount, SMALLEST)
    return found if Fraction(found) >= amount else found + SMALLEST


def _walk(
    items: Iterable[Item], quantity: Fraction, kept: Fraction, level: int
) -> Iterator[tuple[str, str, Fraction, Fraction] | Refusal]:
    """UIN, unit, what is taken, and what of it would be enough if nothing were lost on any level."""
    if level > LEVELS_MAX:
        yield _wrong("bom-too-deep", f"the bill has more than {LEVELS_MAX} levels", "made_of")
        return
    for item in items:
        if item.per <= 0 or not 0 <= item.loss < 1:
            why = f"{plain(item.per)} {item.unit} of {item.uin} with a loss of {plain(item.loss)}"
            yield _wrong("bom-wrong", f"{why} is no part of a bill", "bom")
            return
        amount = quantity * Fraction(item.per) / (1 - Fraction(item.loss))
        enough = kept * Fraction(item.per)
        if item.made_of:
            yield from _walk(item.made_of, amount, enough, level + 1)
        else:
            yield item.uin, item.unit, amount, enough


def _wrong(code: str, reason: str, place: str) -> Refusal:
    return Refusal(
        code=code,
        reason=reason,
        citation="19 CFR 146.52(d)(2)",
        remedy="Correct the bill of materials: quantities above zero, losses below one.",
        place=place,
    )
