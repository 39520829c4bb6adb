"""What a rate comes to on given facts: exact amounts with their reasons, or the names of the facts that are
missing.

Nothing is rounded here: rounding is done once per entry line and duty component by whoever sums them. Nothing
is guessed either: net weight is not taken for drained weight, nor the value of a watch for the value of its
case.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from ftz_duty.domain.goods import Goods, Quantity, exact
from ftz_duty.domain.rate import (
    APPLICABLE,
    AdValorem,
    Amount,
    CappedIf,
    Compound,
    Free,
    Greater,
    Inherit,
    Lesser,
    NoChange,
    Rate,
    Reference,
    Specific,
    SugarDegrees,
    Upon,
    money,
    plain,
    words,
)
from ftz_duty.domain.unit import read_unit

NeedKind = Literal["value", "quantity", "degrees", "amount", "rate", "condition"]


@dataclass(frozen=True, slots=True)
class Component:
    """One amount of US dollars, exact, and the part of the rate that made it; `base` is in `unit`, "USD" for
    values.
    """

    amount: Fraction
    rate: Rate
    base: Fraction
    unit: str
    note: str = ""

    @property
    def reason(self) -> str:
        """`1.5¢/kg × 2400 kg = $36`."""
        on = money_words(self.base) if self.unit == "USD" else f"{plain(self.base)} {self.unit}".rstrip()
        tail = f" ({self.note})" if self.note else ""
        return f"{words(self.rate)} × {on} = {money_words(self.amount)}{tail}"


@dataclass(frozen=True, slots=True)
class Assessed:
    """The exact sum of the components."""

    components: tuple[Component, ...]

    @property
    def amount(self) -> Fraction:
        return sum((component.amount for component in self.components), Fraction(0))


@dataclass(frozen=True, slots=True)
class Need:
    """One missing fact, by the name under which `Goods` takes it; `unit` is set for quantities."""

    kind: NeedKind
    name: str
    why: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Needs:
    """No amount yet: every fact that is missing, in the order of the rate."""

    missing: tuple[Need, ...]


def money_words(dollars: Fraction) -> str:
    """US dollars for people: `$36`, `$0.125`."""
    return f"-${plain(-dollars)}" if dollars < 0 else f"${plain(dollars)}"


def assess(rate: Rate, goods: Goods) -> Assessed | Needs:  # noqa: PLR0911 - one arm per kind of rate
    """The duty of `rate` on these goods.

    Returns exact, unrounded components, or every fact that is missing. Raises TypeError or ValueError for
    numbers that are not exact, not finite or negative.
    """
    match rate:
        case AdValorem():
            return _ad_valorem(rate, goods)
        case Specific():
            return _specific(rate, goods)
        case Compound(terms):
            return _sum([assess(term, goods) for term in terms])
        case Free():
            return _free(rate, goods)
        case Inherit() | NoChange() | Reference() | Upon():
            return _elsewhere(rate, goods)
        case SugarDegrees() | Amount():
            return _declared(rate, goods)
        case Greater() | Lesser() | CappedIf():
            return _bounded(rate, goods)


def _ad_valorem(rate: AdValorem, goods: Goods) -> Assessed | Needs:
    # A set is entered as one article (colors in sets, 3213.10): "on the entire set" is the value of the line.
    whole = rate.basis in {"", "entire set"}
    known = goods.value if whole else goods.values.get(rate.basis)
    if known is None:
        name = "dutiable value" if whole else rate.basis
        return Needs((Need("value", name, f"{words(rate)} is taken on it", "USD"),))
    base = exact(known)
    # One reduction instead of two: this line runs for every measure of every layer.
    percent = rate.percent
    amount = Fraction(base.numerator * percent.numerator, base.denominator * percent.denominator * 100)
    return Assessed((Component(amount, rate, base, "USD"),))


def _specific(rate: Specific, goods: Goods) -> Assessed | Needs:
    found = _measured(rate.unit, rate.basis, goods.quantities, words(rate))
    if isinstance(found, Needs):
        return found
    return Assessed((Component(found * rate.dollars, rate, found, rate.unit),))


def _measured(symbol: str, basis: str, quantities: Iterable[Quantity], why: str) -> Fraction | Needs:
    """The quantity in `symbol`, converted exactly from whichever given quantity measures the same thing."""
    unit = read_unit(symbol)
    if unit is None:
        raise ValueError(f"{symbol!r} is not a unit of the schedule")
    wanted = basis or unit.basis
    found: set[Fraction] = set()
    for quantity in quantities:
        given = read_unit(quantity.unit)
        if (
            given is not None
            and given.dimension == unit.dimension
            and (quantity.basis or given.basis) == wanted
        ):
            amount = exact(quantity.amount) * given.factor / unit.factor
            if quantity.unit == symbol:
                return amount
            found.add(amount)
    if len(found) == 1:
        return found.pop()
    if found:
        given_as = ", ".join(plain(amount) for amount in sorted(found))
        why = f"{why}: the quantities given disagree ({given_as} {symbol})"
    return Needs((Need("quantity", wanted or unit.dimension, why, symbol),))


def _sum(parts: Iterable[Assessed | Needs]) -> Assessed | Needs:
    components: list[Component] = []
    missing: dict[tuple[NeedKind, str, str], Need] = {}
    for part in parts:
        if isinstance(part, Needs):
            for need in part.missing:
                missing.setdefault((need.kind, need.name, need.unit), need)
        else:
            components.extend(part.components)
    return Needs(tuple(missing.values())) if missing else Assessed(tuple(components))


def _free(rate: Free, goods: Goods) -> Assessed | Needs:
    if not rate.terms or goods.conditions.get(rate.terms):
        return Assessed((Component(Fraction(0), rate, Fraction(0), "USD"),))
    denied = " (denied: the line does not apply)" if rate.terms in goods.conditions else ""
    return Needs((Need("condition", rate.terms, f"free only on these terms{denied}"),))


def _declared(rate: SugarDegrees | Amount, goods: Goods) -> Assessed | Needs:
    if isinstance(rate, Amount):
        if rate.name not in goods.amounts:
            return Needs((Need("amount", rate.name, "the rate names this sum", "USD"),))
        given = exact(goods.amounts[rate.name])
        return Assessed((Component(given, rate, given, "USD"),))
    why = words(rate)
    quantity = _measured(rate.unit, "", goods.quantities, why)
    degrees = None if goods.polarization is None else exact(goods.polarization)
    missing = quantity.missing if isinstance(quantity, Needs) else ()
    if degrees is None or degrees > 100:
        missing += (Need("degrees", "polarization", f"{why}: degrees from 0 to 100", "degrees"),)
    if isinstance(quantity, Needs) or degrees is None or missing:
        return Needs(missing)
    each = max(Fraction(0), rate.dollars - rate.less * (100 - degrees))
    note = f"{money(each)}/{rate.unit} at {plain(degrees)} degrees"
    return Assessed((Component(quantity * each, rate, quantity, rate.unit, note),))


def _bounded(rate: Greater | Lesser | CappedIf, goods: Goods) -> Assessed | Needs:
    if isinstance(rate, CappedIf):
        body = assess(rate.rate, goods)
        applies = goods.conditions.get(rate.condition)
        if applies is None:
            asked = Needs(
                (Need("condition", rate.condition, f"decides whether {words(rate.cap)} caps the duty"),)
            )
            return _sum([body, asked])
        return _choose((rate.rate, rate.cap), goods, min, "not more than") if applies else body
    if isinstance(rate, Greater):
        return _choose(rate.rates, goods, max, "not less than")
    return _choose(rate.rates, goods, min, "not more than")


def _choose(
    rates: tuple[Rate, ...],
    goods: Goods,
    pick: Callable[[Iterable[Fraction]], Fraction],
    bound: str,
) -> Assessed | Needs:
    results = [assess(rate, goods) for rate in rates]
    known = [result for result in results if isinstance(result, Assessed)]
    if len(known) < len(results):
        return _sum(results)
    amounts = [result.amount for result in known]
    chosen = amounts.index(pick(amounts))
    others = " and ".join(money_words(amount) for at, amount in enumerate(amounts) if at != chosen)
    note = f"{bound}: {money_words(amounts[chosen])} against {others}"
    return Assessed(tuple(replace(component, note=note) for component in known[chosen].components))


def _elsewhere(rate: Inherit | NoChange | Reference | Upon, goods: Goods) -> Assessed | Needs:
    if isinstance(rate, Upon):
        return _upon(rate, goods)
    name = _named(rate)
    found = goods.rates.get(name)
    addition = rate.addition if isinstance(rate, Inherit) else None
    extra = assess(addition, goods) if addition is not None else Assessed(())
    if found is None:
        return _sum([Needs((Need("rate", name, f"{words(rate)}"),)), extra])
    # The name is taken away while its rate is read: a rate that refers back to itself asks instead of turning
    # forever.
    rest = replace(goods, rates={other: known for other, known in goods.rates.items() if other != name})
    if isinstance(rate, Inherit) and rate.reduction:
        percent = percentage(found)
        if percent is None:
            why = f"{words(rate)}: {words(found)} is no plain percentage to lower"
            return Needs((Need("rate", name, why),))
        found = AdValorem(max(Fraction(0), percent - rate.reduction))
    return _sum([assess(found, rest), extra])


def _named(rate: Inherit | NoChange | Reference) -> str:
    match rate:
        case Inherit(where):
            return where
        case NoChange():
            return APPLICABLE
        case Reference(wording):
            return wording


def percentage(rate: Rate) -> Fraction | None:
    """The rate as a percentage of the whole value, or None when it is anything else."""
    match rate:
        case Free(""):
            return Fraction(0)
        case AdValorem(percent, ""):
            return percent
        case _:
            return None


def _upon(rate: Upon, goods: Goods) -> Assessed | Needs:
    """Duty on a declared value at the article's own rate (HTSUS 9802.00.40 to .80 and chapter 98 notes).

    A specific or compound rate has to be apportioned; that is left to a person, who gives the amount.
    """
    found = goods.rates.get(rate.rate.wording)
    if found is not None and (percent := percentage(found)) is not None:
        return _ad_valorem(AdValorem(percent, rate.basis), goods)
    by_hand = words(rate)
    if found is not None:
        return _declared(Amount(by_hand), goods)
    missing = (Need("rate", rate.rate.wording, by_hand),)
    if rate.basis not in goods.values:
        missing += (Need("value", rate.basis, by_hand, "USD"),)
    return Needs(missing)
