"""The dutiable value of an announced line: as it says, or reckoned from price, additions and costs."""

from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from ftz_admissions.domain.limits import refuse
from ftz_admissions.usecases.numbers import PLACES_MAX, Unusable, exact
from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.platform import AnnouncedAmount, AnnouncedLine, AnnouncedValue
from ftz_common.contracts.reference import CurrencyRated
from ftz_common.contracts.valuation import (
    CITATION,
    Addition,
    Deduction,
    LineValue,
    Money,
    Sale,
    Valued,
    ValueStep,
    dutiable_value,
    rates_of,
)
from ftz_common.values.exact import plain, rounded

#: As fine as a 214 carries a value here.
_PLACE = Decimal(1).scaleb(-PLACES_MAX)


def line_value(
    line: AnnouncedLine, export_date: str, currencies: Sequence[CurrencyRated], place: str
) -> tuple[Decimal, LineValue | None]:
    """USD for the line, and how it came about where it was reckoned; raises `Unusable` with the place.

    19 CFR 146.65(b)(2): the price of the sale that brought the goods in, the statutory additions, without
    freight and insurance that it includes. A currency without a rate of its day gives no value.
    """
    if line.valuation is None:
        if line.value == "":
            remedy = "send `value`, or `valuation` with the price and what it includes"
            raise Unusable(refuse("value-missing", "no value is said", CITATION, remedy, f"{place}.value"))
        return exact(line.value, f"{place}.value"), None
    at = f"{place}.valuation"
    sale = _sale(line.valuation, export_date, at)
    found = dutiable_value(sale, rates_of(currencies))
    if isinstance(found, Refusal):
        raise Unusable(replace(found, place=f"{at}.{found.place}"))
    value = rounded(found.dutiable, _PLACE)
    if line.value != "" and exact(line.value, f"{place}.value") != value:
        reason = f"value says {line.value}, and price, additions and costs come to {plain(value)}"
        remedy = "leave `value` out, or correct what it is reckoned from"
        raise Unusable(refuse("value-differs", reason, CITATION, remedy, f"{place}.value"))
    return value, _shown(sale, found)


def _sale(said: AnnouncedValue, export_date: str, at: str) -> Sale:
    exported_on = said.exported_on or export_date
    moneys = [said.price, *said.additions, *said.deductions]
    if not exported_on and any(money.currency != "USD" for money in moneys):
        reason = "an amount in another currency needs the day of exportation"
        remedy = "send `exported_on`, or the shipment's `export_date`"
        raise Unusable(refuse("exported-on-missing", reason, "19 CFR 159.32", remedy, f"{at}.exported_on"))
    return Sale(
        basis=said.basis,
        price=_money(said.price, f"{at}.price"),
        exported_on=exported_on,
        additions=tuple(
            Addition(each.kind, _money(each, f"{at}.additions[{n}]")) for n, each in enumerate(said.additions)
        ),
        deductions=tuple(
            Deduction(each.kind, _money(each, f"{at}.deductions[{n}]"), each.included)
            for n, each in enumerate(said.deductions)
        ),
    )


def _money(said: AnnouncedAmount, at: str) -> Money:
    return Money(exact(said.amount, f"{at}.amount"), said.currency)


def _shown(sale: Sale, found: Valued) -> LineValue:
    return LineValue(
        basis=sale.basis,
        exported_on=sale.exported_on,
        steps=[
            ValueStep(what=s.what, usd=rounded(s.amount, _PLACE), how=s.how, rule=s.rule) for s in found.steps
        ],
    )
