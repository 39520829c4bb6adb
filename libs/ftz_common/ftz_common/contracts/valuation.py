"""Dutiable and zone value of goods (19 CFR 146.65(b); 19 USC 1401a(b)(1)), each step with its rule.

The price is that of the sale that brought the goods into the zone, not of the sale out of it. What the law
adds is added; what it takes out is taken out only where the price includes it. Amounts in another currency
are converted at the dated rate of the day of exportation (31 USC 5151; 19 CFR 159.32); without a rate, or
without a price, there is no value, and the answer says what is missing.

Stands with the contracts because two services reckon with it: admissions the value of a 214's line as it is
announced, duty that of goods about which a person asks.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from msgspec.structs import replace

from ftz_common.contracts.fact import Part, Refusal
from ftz_common.contracts.reference import CurrencyRated
from ftz_common.values.exact import PLACES_MAX, plain, rounded

AdditionKind = Literal["packing", "selling-commission", "assist", "royalty", "proceeds"]
DeductionKind = Literal[
    "international-freight", "insurance", "us-inland-freight", "zone-processing", "general-expenses", "profit"
]

Basis = Literal["admission-sale", "zone-sale", "zone-cost", "waste-sale"]


class ValueStep(Part, frozen=True, kw_only=True):
    """One step of a dutiable value, in USD, with its sign, how it was reckoned, and its rule."""

    what: str
    usd: Decimal
    how: str
    rule: str


class LineValue(Part, frozen=True, kw_only=True):
    """How the value of a 214's line came about (19 CFR 146.65(b)); the steps add up to it."""

    basis: Basis
    exported_on: str
    steps: list[ValueStep]


CITATION = "19 CFR 146.65(b)(2)"
#: The statutory additions of 19 USC 1401a(b)(1), by letter.
ADDITIONS: dict[AdditionKind, str] = {
    "packing": "packing costs borne by the buyer (19 USC 1401a(b)(1)(A))",
    "selling-commission": "selling commission borne by the buyer (19 USC 1401a(b)(1)(B))",
    "assist": "the apportioned value of an assist (19 USC 1401a(b)(1)(C))",
    "royalty": "a royalty or license fee paid as a condition of the sale (19 USC 1401a(b)(1)(D))",
    "proceeds": "proceeds of resale that accrue to the seller (19 USC 1401a(b)(1)(E))",
}
#: What leaves the price of admission, and what leaves zone value where there is no such price.
FROM_PRICE: frozenset[DeductionKind] = frozenset({"international-freight", "insurance", "us-inland-freight"})
FROM_ZONE_VALUE: frozenset[DeductionKind] = frozenset(
    {*FROM_PRICE, "zone-processing", "general-expenses", "profit"}
)

#: Currency and day (ISO) -> USD for one unit and where it is from; None when no rate of that day is known.
RateOf = Callable[[str, str], tuple[Decimal, str] | None]


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a currency (ISO 4217)."""

    amount: Decimal
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class Addition:
    """What the law adds to a price that does not hold it."""

    kind: AdditionKind
    money: Money


@dataclass(frozen=True, slots=True)
class Deduction:
    """A cost; taken out only when the price includes it."""

    kind: DeductionKind
    money: Money
    included: bool = True


@dataclass(frozen=True, slots=True)
class Sale:
    """What is known of goods. `basis`: the sale into the zone; for vendor-owned goods, which were not sold
    before they were admitted, the zone value: the price of the sale out of it ("zone-sale"), or the cost of
    materials and processing where there is none ("zone-cost"); for recoverable waste, what was paid for it.
    """

    basis: Basis
    price: Money
    exported_on: str
    additions: tuple[Addition, ...] = ()
    deductions: tuple[Deduction, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the reckoning, in USD, with its sign."""

    what: str
    amount: Decimal
    how: str
    rule: str


@dataclass(frozen=True, slots=True)
class Valued:
    """`dutiable` in USD, exact to nine places; whole dollars are made once per entry line."""

    dutiable: Decimal
    steps: tuple[Step, ...]
    rule: str


_BASES = {
    "admission-sale": "price paid or payable in the sale that brought the goods into the zone (146.65(b)(2))",
    "zone-sale": "no sale brought them in: zone value, the price out of the zone (146.65(b)(1), (2))",
    "zone-cost": "no sale: zone value, cost of materials and zone processing (146.65(b)(1), (2))",
    "waste-sale": "recoverable waste or scrap: the price paid for it out of the zone (146.65(b)(2))",
}


def dutiable_value(sale: Sale, rate_of: RateOf) -> Valued | Refusal:
    """The dutiable value, or what is missing or cannot be."""
    if wrong := _wrong(sale):
        return wrong
    steps: list[Step] = []
    moneys: list[tuple[str, str, Money, int]] = [
        (sale.basis, _BASES[sale.basis], sale.price, 1),
        *((a.kind, ADDITIONS[a.kind], a.money, 1) for a in sale.additions),
        *(
            (d.kind, f"included in the price and not dutiable ({CITATION})", d.money, -1)
            for d in sale.deductions
            if d.included
        ),
    ]
    total = Fraction(0)
    for at, (what, rule, money, sign) in enumerate(moneys):
        found = _usd(money, sale.exported_on, rate_of)
        if isinstance(found, Refusal):
            return found if at == 0 else _at(found, f"{what}")
        usd, how = found
        total += sign * usd
        steps.append(Step(what, sign * _nine(usd), how, rule))
    if total < 0:
        return _refusal(
            "value-below-zero",
            f"what is taken out exceeds the price: {plain(_nine(total))}",
            "correct the costs: only those that the price includes are taken out",
            "deductions",
        )
    return Valued(_nine(total), tuple(steps), _BASES[sale.basis])


def relative_shares(total: Decimal, values: Sequence[Decimal]) -> list[Decimal]:
    """Duty or value of privileged content over co-products, by their relative value at separation.

    19 USC 81c(a). The shares are cumulative to nine places: they add up to the total. ValueError when no
    product is worth anything.
    """
    worth = sum((Fraction(v) for v in values), Fraction(0))
    if worth <= 0 or any(v < 0 for v in values):
        raise ValueError("co-products need values at separation, none negative, that say how they relate")
    found: list[Decimal] = []
    upto, given = Fraction(0), Decimal(0)
    for value in values:
        upto += Fraction(value)
        until = total if upto == worth else _nine(Fraction(total) * upto / worth)
        found.append(until - given)
        given = until
    return found


def _wrong(sale: Sale) -> Refusal | None:
    allowed = FROM_PRICE if sale.basis == "admission-sale" else FROM_ZONE_VALUE
    for at, deduction in enumerate(sale.deductions):
        if deduction.kind not in allowed or sale.basis == "waste-sale":
            return _refusal(
                "not-deductible",
                f"{deduction.kind} does not leave the {sale.basis} price",
                "zone costs leave zone value only; of an admission's price only freight and insurance do",
                f"deductions[{at}]",
            )
    if sale.basis != "admission-sale" and sale.additions:
        return _refusal(
            "addition-to-zone-value",
            "the statutory additions belong to the price of a sale into the zone",
            "state them with basis admission-sale, or leave them out",
            "additions[0]",
        )
    moneys = [sale.price, *(a.money for a in sale.additions), *(d.money for d in sale.deductions)]
    if any(money.amount < 0 for money in moneys):
        return _refusal(
            "amount-negative",
            "an amount is negative",
            "state amounts without a sign; their kind gives it",
            "price",
        )
    return None


def _usd(money: Money, on: str, rate_of: RateOf) -> tuple[Fraction, str] | Refusal:
    if money.currency == "USD":
        return Fraction(money.amount), f"${plain(money.amount)}"
    known = rate_of(money.currency, on)
    if known is None:
        return Refusal(
            code="no-exchange-rate",
            reason=f"no rate of {money.currency} for {on}, the day of exportation, is known",
            citation="31 USC 5151; 19 CFR 159.32",
            remedy=f"enter the certified rate: ftz value rate {money.currency} --usd RATE ...",
            place="currency",
        )
    rate, source = known
    usd = Fraction(money.amount) * Fraction(rate)
    return usd, f"{plain(money.amount)} {money.currency} × {plain(rate)} ({source})"


def _nine(amount: Fraction) -> Decimal:
    return rounded(amount, Decimal(1).scaleb(-PLACES_MAX))


def _at(refusal: Refusal, place: str) -> Refusal:
    return replace(refusal, place=place)


def _refusal(code: str, reason: str, remedy: str, place: str) -> Refusal:
    return Refusal(code=code, reason=reason, citation=CITATION, remedy=remedy, place=place)


def rate_on(said: Iterable[CurrencyRated], currency: str, on: str) -> CurrencyRated | None:
    """The rate of a day: of those that hold it the one for the fewest days, then the last said.

    A daily rate goes before the quarter's (31 USC 5151(c), (d)).
    """
    holding = [
        (-_days(rated), at, rated)
        for at, rated in enumerate(said)
        if rated.currency == currency and rated.first <= on <= rated.last
    ]
    return max(holding, key=lambda found: found[:2])[2] if holding else None


def _days(rated: CurrencyRated) -> int:
    return (date.fromisoformat(rated.last) - date.fromisoformat(rated.first)).days


def rates_of(said: Iterable[CurrencyRated]) -> RateOf:
    """Rates as entered, for a value: USD for one unit on a day and where that is from."""

    def rate(currency: str, on: str) -> tuple[Decimal, str] | None:
        found = rate_on(said, currency, on)
        return (found.usd, f"{found.source}, {found.first} to {found.last}") if found else None

    return rate
