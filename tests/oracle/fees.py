"""Harbor maintenance and informal fees, and the value of a 214's line, read literally.

harbor fee      19 CFR 24.24(a), (e)(2), 146.22(e): 0.125 % of vessel cargo admitted, by port and quarter
informal fee    19 CFR 24.23(b)(2), 143.21: a sum per entry of at most $2,500, or $250 of chapter 99
value           19 CFR 146.65(b)(2), 19 USC 1401a(b)(1): price and additions, less what it includes
"""

from datetime import date
from fractions import Fraction
from typing import Any

from tests.oracle.rates import Facts, cents, half_up

VESSELS = ("10", "11", "12")
#: As adjusted for inflation (19 CFR 24.22(k)).
INFORMAL = {2026: "2.69", 2027: "2.77"}


def quarter(day: str) -> str:
    """The first day of a day's calendar quarter."""
    month = (int(day[5:7]) - 1) // 3 * 3 + 1
    return f"{day[:4]}-{month:02}-01"


def harbor_fees(
    facts: Facts, announced: dict[str, dict[str, Any]]
) -> dict[str, dict[str, tuple[int, Fraction, Fraction]]]:
    """By quarter and port: how many 214s, their value in whole dollars, the fee in cents.

    `announced`: what was said of how a shipment comes, by the stream of its admission. All statuses count.
    """
    of_214: dict[tuple[str, str, str], Fraction] = {}
    for kind, stream, goods in facts:
        came = announced.get(stream)
        if kind == "ftz.admissions.goods.admitted.v1" and came is not None and came["mode"] in VESSELS:
            key = (quarter(came["import_date"]), came["port_of_unlading"], goods["admission_number"])
            of_214[key] = of_214.get(key, Fraction(0)) + Fraction(goods["value"])
    found: dict[str, dict[str, tuple[int, Fraction, Fraction]]] = {}
    for (first, port, _), value in of_214.items():
        count, before, _ = found.setdefault(first, {}).get(port, (0, Fraction(0), Fraction(0)))
        whole = before + half_up(value, Fraction(1))
        found[first][port] = (count + 1, whole, cents(whole * Fraction("0.00125")))
    return found


def informal(value: Fraction, year: int, *, chapter_99: bool) -> Fraction | None:
    """The fee of an automated informal entry; None for goods that cannot be entered so."""
    if value > (250 if chapter_99 else 2500):
        return None
    return Fraction(INFORMAL[year])


def line_value(said: dict[str, Any], exported_on: str, rates: list[dict[str, Any]]) -> Fraction:
    """What a line is worth by its price, additions and costs. `rates`: in the order they were said."""

    def usd(money: dict[str, Any]) -> Fraction:
        amount, currency = Fraction(money["amount"]), money.get("currency", "USD")
        if currency == "USD":
            return amount
        day = said.get("exported_on") or exported_on
        fit = [r for r in rates if r["currency"] == currency and r["first"] <= day <= r["last"]]
        return amount * Fraction(min(reversed(fit), key=_days)["usd"])

    total = usd(said["price"]) + sum((usd(a) for a in said.get("additions", [])), Fraction(0))
    included = [d for d in said.get("deductions", []) if d.get("included", "true") == "true"]
    return total - sum((usd(d) for d in included), Fraction(0))


def _days(rate: dict[str, Any]) -> int:
    return (date.fromisoformat(rate["last"]) - date.fromisoformat(rate["first"])).days
