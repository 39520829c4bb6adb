"""Amounts of the additional duties that apply, on top of the duty of the column.

Each is taken on the dutiable value, the quantity or the value of a named content; a `minimum total` tops the
column duty up: max(0, cap x V - base), a specific base counting at its ad valorem equivalent, which is its
amount over the value (HTSUS chapter 99 subchapter III note 52(k)). Nothing is rounded here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from msgspec.structs import replace

from ftz_common.contracts.duty import StackedMeasure
from ftz_duty.domain.assess import Assessed, Component, assess, money_words
from ftz_duty.domain.goods import Goods, Quantity
from ftz_duty.domain.measure import Stated
from ftz_duty.domain.measure_plan import Plan, Planned
from ftz_duty.domain.pricing import Price, unpriced
from ftz_duty.domain.rate import AdValorem, Rate, plain


@dataclass(frozen=True, slots=True)
class Stack:
    """Column duty and additional duties together, and each measure looked at.

    `blocked`: what a person must decide or state before there is a figure.
    """

    price: Price
    base: Price = field(default_factory=lambda: Price(None))
    measures: tuple[tuple[Planned, Price], ...] = ()
    blocked: tuple[str, ...] = ()

    def shown(self, *, cents: bool) -> list[StackedMeasure]:
        """For the record: cents per component on an entry line, nine places on a piece."""
        return [self._shown(plan, price, cents=cents) for plan, price in self.measures]

    def _shown(self, plan: Planned, price: Price, *, cents: bool) -> StackedMeasure:
        if price.components is None:
            if plan.result != "applies":
                return said(plan)
            return replace(said(plan), result="blocked", why=price.not_priced)
        if not cents:
            return replace(said(plan), duty=price.stored)
        return replace(said(plan), duty=price.cents, how=self._how(plan, price))

    def _how(self, plan: Planned, price: Price) -> str:
        rate = plan.measure.rate
        if plan.measure.kind == "added" or not isinstance(rate, AdValorem) or not price.components:
            return price.how
        top_up = price.components[0]
        paid = money_words(self.base.exact)
        cap = f"{plain(rate.percent)}% × {money_words(top_up.base)}"
        return f"max($0, {cap} - {paid}) = {money_words(top_up.amount)}"


@lru_cache(maxsize=4096)
def said(plan: Planned) -> StackedMeasure:
    """What is said of a measure whatever the goods are worth."""
    measure = plan.measure
    return StackedMeasure(
        measure=measure.id,
        programme=measure.programme,
        heading=measure.heading,
        rate=measure.rate_text,
        result=plan.result,
        why=plan.why,
        on=plan.on,
        confirmed=plan.confirmed,
        drawback=measure.drawback,
        source=measure.source,
    )


def stacked(
    base: Price, plan: Plan | None, value: Decimal | Fraction, quantities: Sequence[Quantity]
) -> Stack:
    """The whole duty of goods worth `value`. Without a plan (no measures loaded) the column duty alone."""
    if plan is None:
        return Stack(base)
    worth = Fraction(value)
    goods = Goods(
        value=worth,
        quantities=tuple(quantities),
        values=_values(plan.contents, worth, quantities) if plan.contents else {},
    )
    found: list[tuple[Planned, Price]] = []
    added: list[Component] = []
    blocked: list[str] = []
    for measure in plan.measures:
        if measure.result == "applies":
            price = _amount(measure, base, goods, worth)
        else:
            price = Price(None, measure.why)
        if price.components is not None:
            added.extend(price.components)
        elif measure.result in {"applies", "blocked"}:
            blocked.append(f"{measure.measure.id}: {price.not_priced}")
        found.append((measure, price))
    whole = base
    if base.components is not None and blocked:
        whole = unpriced(f"additional duties: {'; '.join(blocked)}")
    elif base.components is not None and added:
        whole = Price((*base.components, *added))
    return Stack(whole, base, tuple(found), tuple(blocked))


def _amount(plan: Planned, base: Price, goods: Goods, value: Fraction) -> Price:
    rate = plan.measure.rate
    assert rate is not None  # noqa: S101 a measure without terms never applies
    if plan.measure.kind == "minimum-total":
        return _top_up(rate, base, value)
    if over := next((name for name, amount in goods.values.items() if amount > value), ""):
        return unpriced(f"the value stated of {over} is over the dutiable value")
    found = assess(rate, goods)
    if isinstance(found, Assessed):
        return Price(found.components)
    return unpriced(
        "; ".join(
            f"needs {need.kind} {need.name}{f' in {need.unit}' if need.unit else ''}"
            for need in found.missing
        )
    )


def _top_up(rate: Rate, base: Price, value: Fraction) -> Price:
    assert isinstance(rate, AdValorem)  # noqa: S101 the file reader takes nothing else
    if base.components is None:
        return unpriced(f"needs the column duty: {base.not_priced}")
    owed = max(Fraction(0), value * rate.percent / 100 - base.exact)
    return Price((Component(owed, rate, value, "USD", "minimum total"),))


def _values(
    contents: Iterable[Stated], value: Fraction, quantities: Sequence[Quantity]
) -> dict[str, Fraction]:
    found: dict[str, Fraction] = {}
    for stated in contents:
        if stated.percent is not None:
            found[stated.fact] = value * Fraction(stated.percent) / 100
        elif stated.usd_per_unit is not None:
            amount = next((q.amount for q in quantities if q.unit == stated.unit), None)
            if amount is not None:
                found[stated.fact] = Fraction(amount) * Fraction(stated.usd_per_unit)
    return found
