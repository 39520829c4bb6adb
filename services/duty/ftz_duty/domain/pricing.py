"""From a rate as the schedule states it to an amount, or to the reason why there is none.

Nothing is looked up here: a `StatedRate` is what a use case found in the tariff, with where it stands.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from typing import Literal

from ftz_common.contracts.reference import UnitMeasure
from ftz_common.values.exact import PLACES_MAX, rounded, to_cents
from ftz_duty.domain.assess import Component, Needs, assess
from ftz_duty.domain.goods import Goods, Quantity
from ftz_duty.domain.measure_plan import Plan
from ftz_duty.domain.rate_text import Unread, read_rate

RateColumn = Literal["general", "column2"]
_PLACE = Decimal(1).scaleb(-PLACES_MAX)
_NINE = 10**PLACES_MAX
#: A quotient of such a numerator that ends within nine places has at most 27 digits.
_LONG = 10**18
_EXACT = Context(prec=28)


@dataclass(frozen=True, slots=True)
class StatedRate:
    """The rate of a number for goods of an origin on a date (ISO), as one revision states it.

    `revision` is "" when none in force on that date is known. `missing` says why there is no rate text.
    `later` is another rate text that came into force between `on` and the end of the period asked for.
    `entered`: the entry date that was asked for when it is not that of the week's first entry.
    `plan`: what the loaded measures say of the goods; None when none are loaded.
    """

    number: str
    origin: str
    on: str
    revision: str = ""
    column: RateColumn = "general"
    rate_text: str = ""
    rate_from: str = ""
    missing: str = ""
    later: str = ""
    entered: str = ""
    plan: Plan | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """What a rate comes to: `components` in USD, exact; None with the reason `not_priced`."""

    components: tuple[Component, ...] | None
    not_priced: str = ""

    @property
    def stored(self) -> Decimal | None:
        """The sum to nine places, for a provisional figure."""
        if self.components is None:
            return None
        exact = self.exact
        above, below = exact.numerator, exact.denominator
        if not _NINE % below and -_LONG < above < _LONG:
            # It ends within nine places: nothing to round, and no zeros to take off again.
            return _EXACT.divide(Decimal(above), Decimal(below))
        return rounded(exact, _PLACE)

    @property
    def exact(self) -> Fraction:
        """The exact sum; 0 where there is no amount."""
        found = self.components or ()
        if len(found) == 1:
            return found[0].amount
        # Summed over one growing denominator and reduced once: this runs for every layer that is priced.
        above, below = 0, 1
        for component in found:
            amount = component.amount
            if amount.denominator == below:
                above += amount.numerator
            else:
                above = above * amount.denominator + amount.numerator * below
                below *= amount.denominator
        return Fraction(above, below)

    @property
    def cents(self) -> Decimal | None:
        """The duty of an entry line: cents per component, half-up, then summed."""
        if self.components is None:
            return None
        return sum((to_cents(c.amount) for c in self.components), Decimal("0.00"))

    @property
    def how(self) -> str:
        """The arithmetic, for a person: `1.5¢/kg × 2400 kg = $36; 2.8% × $18350 = $513.8`."""
        return "; ".join(c.reason for c in self.components or ())


def unpriced(why: str) -> Price:
    """No amount, and why."""
    return Price(None, why)


def price(stated: StatedRate, value: Decimal | Fraction, quantities: Iterable[Quantity]) -> Price:
    """The duty of goods worth `value` under a stated rate; asks by name for what the rate needs.

    Free, ad valorem, specific, compound and bounded rates give an amount (DOMAIN: V x r, Q x s, both);
    a text that is not understood is kept and named, never guessed.
    """
    if stated.missing:
        return unpriced(stated.missing)
    rate = read_rate(stated.rate_text)
    if isinstance(rate, Unread):
        return unpriced(f"rate {rate.text!r} of {stated.rate_from} is not understood: {rate.reason}")
    found = assess(rate, Goods(value=value, quantities=tuple(quantities)))
    if isinstance(found, Needs):
        return unpriced(
            "; ".join(_asked(need.kind, need.name, need.unit, need.why) for need in found.missing)
        )
    return Price(found.components)


def _asked(kind: str, name: str, unit: str, why: str) -> str:
    return f"needs {kind} {name}{f' in {unit}' if unit else ''} ({why})"


def quantities_of(quantity: Decimal, unit: str, measures: Iterable[UnitMeasure]) -> list[Quantity]:
    """A piece in its stock unit and in every unit that its layer knows; exact."""
    return [
        Quantity(quantity, unit),
        *(Quantity(Fraction(quantity) * Fraction(m.quantity), m.unit) for m in measures),
    ]
