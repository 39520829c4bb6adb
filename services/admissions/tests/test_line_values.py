"""The value of an announced line (19 CFR 146.65(b)(2)): as it says, or reckoned; never guessed."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftz_admissions.usecases.line_values import line_value
from ftz_admissions.usecases.numbers import Unusable
from ftz_common.contracts.platform import AnnouncedLine
from ftz_common.contracts.reference import CurrencyRated

PLACE = "data.lines[0]"
EURO = CurrencyRated(
    currency="EUR",
    usd=Decimal("1.10"),
    first="2026-01-01",
    last="2026-03-31",
    source="bulletin",
    who="broker-1",
)


def line(**said: Any) -> AnnouncedLine:
    given_ = {
        "line": 1,
        "sku": "LAMP",
        "quantity": "10",
        "unit": "No.",
        "status": "N",
        "origin": "PT",
        **said,
    }
    return msgspec.convert(given_, AnnouncedLine)


def usd(**more: Any) -> dict[str, Any]:
    return {"price": {"amount": "100.00"}, **more}


def euro(**more: Any) -> dict[str, Any]:
    return {"price": {"amount": "100.00", "currency": "EUR"}, **more}


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ({"value": "12.50"}, "12.50"),
        ({"valuation": usd()}, "100"),
        ({"valuation": euro()}, "110"),
        ({"valuation": euro(exported_on="2026-03-31")}, "110"),
        ({"valuation": usd(additions=[{"kind": "royalty", "amount": "7"}])}, "107"),
        ({"valuation": usd(deductions=[{"kind": "insurance", "amount": "7"}])}, "93"),
        ({"valuation": usd(deductions=[{"kind": "insurance", "amount": "7", "included": False}])}, "100"),
        ({"valuation": usd(basis="zone-sale", deductions=[{"kind": "profit", "amount": "30"}])}, "70"),
        ({"valuation": usd(), "value": "100"}, "100"),
    ],
)
def test_a_value_is_said_or_reckoned(said: dict[str, Any], value: str) -> None:
    found, shown = line_value(line(**said), "2026-02-20", [EURO], PLACE)
    assert found == Decimal(value)
    assert (shown is None) == ("valuation" not in said)
    assert shown is None or sum(step.usd for step in shown.steps) == found


@pytest.mark.parametrize(
    ("said", "export_date", "code", "place"),
    [
        ({}, "2026-02-20", "value-missing", "value"),
        ({"value": "0.1234567"}, "2026-02-20", "too-many-decimals", "value"),
        ({"valuation": euro()}, "", "exported-on-missing", "valuation.exported_on"),
        ({"valuation": euro()}, "2026-04-01", "no-exchange-rate", "valuation.currency"),
        ({"valuation": usd(), "value": "100.01"}, "2026-02-20", "value-differs", "value"),
        (
            {"valuation": usd(deductions=[{"kind": "insurance", "amount": "101"}])},
            "2026-02-20",
            "value-below-zero",
            "valuation.deductions",
        ),
        (
            {"valuation": usd(deductions=[{"kind": "profit", "amount": "1"}])},
            "2026-02-20",
            "not-deductible",
            "valuation.deductions[0]",
        ),
        ({"valuation": {"price": {"amount": "-1"}}}, "2026-02-20", "amount-negative", "valuation.price"),
    ],
)
def test_what_gives_no_value_is_refused_by_place(
    said: dict[str, Any], export_date: str, code: str, place: str
) -> None:
    with pytest.raises(Unusable) as unusable:
        line_value(line(**said), export_date, [EURO], PLACE)
    refusal = unusable.value.refusal
    assert (refusal.code, refusal.place) == (code, f"{PLACE}.{place}")
    assert refusal.reason
    assert refusal.remedy


@given(
    price=st.decimals(0, 10**8, places=2),
    rate=st.decimals("0.000001", 10**4, places=6),
    added=st.lists(st.decimals(0, 10**6, places=2), max_size=4),
)
def test_the_steps_add_up_to_the_value(price: Decimal, rate: Decimal, added: list[Decimal]) -> None:
    rated = msgspec.structs.replace(EURO, usd=rate)
    additions = [{"kind": "assist", "amount": f"{amount:f}", "currency": "EUR"} for amount in added]
    said = {"price": {"amount": f"{price:f}", "currency": "EUR"}, "additions": additions}
    value, shown = line_value(line(valuation=said), "2026-02-20", [rated], PLACE)
    assert shown is not None
    assert abs(sum((s.usd for s in shown.steps), Decimal(0)) - value) < Decimal("0.00001")
    assert abs(value - (price + sum(added, Decimal(0))) * rate) <= Decimal("0.0000005")
