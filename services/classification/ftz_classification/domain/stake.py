"""What may be lost on a wrong number: the spread of duty between the candidates, times the goods' value.

Only free and plain ad valorem rates are compared ("9%", "6.5%"). Where a likely candidate has another rate
(cents per kilogram, a rate with a cap), the spread is unknown and said to be: never guessed.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from ftz_common.contracts.classification import ProposedLine
from ftz_common.values.exact import to_cents

#: The candidates that count: the first ones whose shares add up to so much of what all have.
LIKELY = Decimal("0.9")
_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?)\s?%")


def percent_of(general: str) -> Decimal | None:
    """The rate in percent of a printed general rate that is free or plain ad valorem; else None."""
    text = general.strip()
    if text.lower() == "free":
        return Decimal(0)
    found = _PERCENT.fullmatch(text)
    return Decimal(found[1]) if found else None


def likely(candidates: Sequence[ProposedLine], one_of: Sequence[str] = ()) -> list[ProposedLine]:
    """The candidates under the prefixes `one_of`, which hold the right one nine times in ten.

    Without such a set those that have nine tenths of the share, best first; all when none has a share.
    """
    inside = [c for c in candidates if one_of and c.number.startswith(tuple(one_of))]
    if inside:
        return inside
    ordered = sorted(candidates, key=lambda c: -c.share)
    wanted = sum((c.share for c in ordered), Decimal(0)) * LIKELY
    found: list[ProposedLine] = []
    gathered = Decimal(0)
    for candidate in ordered:
        if found and gathered >= wanted > 0:
            break
        found.append(candidate)
        gathered += candidate.share
    return found


def spread_of(candidates: Sequence[ProposedLine], one_of: Sequence[str] = ()) -> Decimal | None:
    """Highest less lowest rate of the likely candidates, in points of percent; None where it is unknown."""
    counted = likely(candidates, one_of)
    if not counted:
        return None
    if len({c.general for c in counted}) == 1 and counted[0].general:
        return Decimal(0)
    rates = [c.percent for c in counted]
    known = [rate for rate in rates if rate is not None]
    return max(known) - min(known) if len(known) == len(rates) else None


def duty_at_stake(spread: Decimal | None, value: Decimal) -> Decimal | None:
    """USD to the cent; None where the spread is unknown, or the value was never said."""
    if spread is None or (value == 0 and spread != 0):
        return None
    return to_cents(Fraction(spread) * Fraction(value) / 100)
