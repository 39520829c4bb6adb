"""Amounts of the additional duties that apply, on top of the duty of the column.

Each is taken on the dutiable value, the quantity or the value of a named content; a `minimum total` tops the
column duty up: max(0, cap x V - base), a specific base counting at its ad valorem equivalent, which is its
amount over the value (HTSUS chapter 99 subchapter III note 52(k)). Nothing is rounded here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from ftz_common.contracts.duty import StackedMeasure
from ftz_duty.domain.assess import Assessed, Component, assess, money_words
from ftz_duty.domain.goods import Goods, Quantity
from ftz_duty.domain.measure import Stated
from ftz_duty.domain.measure_plan import Plan, Planned
from ftz_duty.domain.pricing import Price, unpriced
from ftz_duty.domain.rate import AdValorem, plain


@dataclass(frozen=True, slots=True)
class Stack:
    """Column duty and additional duties together, and each measure looked at.

    `blocked`: what a person must decide or state before there is a figure.
    """

    price: Price
    measures: tuple[tuple[Planned, Price, str], ...] = ()
    blocked: tuple[str, ...] = ()

    def shown(self, *, cents: bool) -> list[StackedMeasure]:
        """For the record: cents per component on an entry line, nine places on a piece."""
        return [_shown(plan, price, how, cents=cents) for plan, price, how in self.measures]


def stacked(
    base: Price, plan: Plan | None, value: Decimal | Fraction, quantities: Sequence[Quantity]
) -> Stack:
    """The whole duty of goods worth `value`. Without a plan (no measures loaded) the column duty alone."""
    if plan is None:
        return Stack(base)
    found: list[tuple[Planned, Price, str]] = []
    added: list[Component] = []
    blocked: list[str] = []
    for measure in plan.measures:
        if measure.result != "applies":
            found.append((measure, unpriced(measure.why), ""))
            if measure.result == "blocked":
                blocked.append(f"{measure.measure.id}: {measure.why}")
            continue
        price, how = _amount(measure, base, plan.contents, value, quantities)
        if price.components is None:
            blocked.append(f"{measure.measure.id}: {price.not_priced}")
        else:
            added.extend(price.components)
        found.append((measure, price, how))
    if base.components is None:
        whole = base
    elif blocked:
        whole = unpriced(f"additional duties: {'; '.join(blocked)}")
    else:
        whole = Price((*base.components, *added)) if added else base
    return Stack(whole, tuple(found), tuple(blocked))


def _amount(
    plan: Planned,
    base: Price,
    contents: Iterable[Stated],
    value: Decimal | Fraction,
    quantities: Sequence[Quantity],
) -> tuple[Price, str]:
    measure = plan.measure
    assert measure.rate is not None  # noqa: S101 a measure without terms never applies
    if measure.kind == "minimum-total":
        return _top_up(plan, base, value)
    values = _values(contents, value, quantities) if contents else {}
    if over := next((name for name, amount in values.items() if amount > value), ""):
        return unpriced(f"the value stated of {over} is over the dutiable value"), ""
    found = assess(measure.rate, Goods(value=value, quantities=tuple(quantities), values=values))
    if isinstance(found, Assessed):
        return Price(found.components), ""
    asked = "; ".join(
        f"needs {need.kind} {need.name}{f' in {need.unit}' if need.unit else ''}" for need in found.missing
    )
    return unpriced(asked), ""


def _top_up(plan: Planned, base: Price, value: Decimal | Fraction) -> tuple[Price, str]:
    rate = plan.measure.rate
    assert isinstance(rate, AdValorem)  # noqa: S101 the file reader takes nothing else
    if base.components is None:
        return unpriced(f"needs the column duty: {base.not_priced}"), ""
    cap = Fraction(value) * rate.percent / 100
    paid = sum((c.amount for c in base.components), Fraction(0))
    owed = max(Fraction(0), cap - paid)
    how = f"max($0, {plain(rate.percent)}% × {money_words(Fraction(value))} - {money_words(paid)})"
    return Price((Component(owed, rate, Fraction(value), "USD", "minimum total"),)), how


def _values(
    contents: Iterable[Stated], value: Decimal | Fraction, quantities: Sequence[Quantity]
) -> dict[str, Fraction]:
    found: dict[str, Fraction] = {}
    for stated in contents:
        if stated.percent is not None:
            found[stated.fact] = Fraction(value) * Fraction(stated.percent) / 100
        elif stated.usd_per_unit is not None:
            amount = next((q.amount for q in quantities if q.unit == stated.unit), None)
            if amount is not None:
                found[stated.fact] = Fraction(amount) * Fraction(stated.usd_per_unit)
    return found


def _shown(plan: Planned, price: Price, how: str, *, cents: bool) -> StackedMeasure:
    measure = plan.measure
    duty = None if price.components is None else price.cents if cents else price.stored
    why = plan.why if price.components is not None or plan.result != "applies" else price.not_priced
    if cents and not how and price.components:
        how = price.how
    elif cents and how and price.components:
        how = f"{how} = {money_words(price.components[0].amount)}"
    return StackedMeasure(
        measure=measure.id,
        programme=measure.programme,
        heading=measure.heading,
        rate=measure.rate_text,
        result=plan.result if plan.result != "applies" or price.components is not None else "blocked",
        why=why,
        on=plan.on,
        duty=duty,
        how=how if cents else "",
        confirmed=plan.confirmed,
        drawback=measure.drawback,
        source=measure.source,
    )
