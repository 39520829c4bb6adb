"""Harbor maintenance fee by quarter (19 CFR 24.24, 146.22(e)); informal fee (19 CFR 24.23(b)(2))."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftz_common.contracts.common import Noted
from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.filing import Arrival
from ftz_common.testing.story import Story
from ftz_duty.domain import harbor_quarter
from ftz_duty.domain.fees import informal_fee
from ftz_duty.domain.harbor_fee import Admitted, admission_fee, fee_quarter, quarter_of
from ftz_duty.domain.harbor_quarter import CountCargo, PayHarborFee
from ftz_duty.usecases import HARBOR


def admitted(value: str, **given_: Any) -> Admitted:
    """By container vessel, in February."""
    fields = {"number": f"n-{value}", "applicant": "a", "port": "1401", "mode": "11"}
    return Admitted(value=Decimal(value), **{"imported_on": date(2026, 2, 10), **fields, **given_})


def test_golden_case_32() -> None:
    one, other = admitted("80000"), admitted("45500")
    assert admission_fee(one) == Decimal("100.00")
    found = fee_quarter("a", date(2026, 3, 31), [one, other])
    assert found.fee == Decimal("156.88")
    assert (found.class_code, found.due_on) == ("505", date(2026, 5, 1))


@pytest.mark.parametrize(
    "given_",
    [
        {"mode": "40"},  # air
        {"mode": "30"},  # truck
        {"applicant": "b"},
        {"imported_on": date(2026, 4, 1)},
        {"imported_on": date(2025, 12, 31)},
    ],
)
def test_what_an_applicant_owes_nothing_for(given_: dict[str, Any]) -> None:
    assert fee_quarter("a", date(2026, 2, 1), [admitted("80000", **given_)]).fee == 0


def test_each_port_is_a_line() -> None:
    found = fee_quarter("a", date(2026, 2, 1), [admitted("1000"), admitted("2000", port="2704")])
    assert [(line.port, line.value, line.fee) for line in found.lines] == [
        ("1401", 1000, Decimal("1.25")),
        ("2704", 2000, Decimal("2.50")),
    ]


@given(st.dates(date(1990, 1, 1), date(2090, 12, 31)))
def test_a_quarter_holds_its_day_and_three_months(day: date) -> None:
    first, last = quarter_of(day)
    assert first <= day <= last
    assert (first.day, first.month % 3, last.month - first.month, first.year) == (1, 1, 2, last.year)


@pytest.mark.parametrize(("year", "fee"), [(2026, "2.69"), (2027, "2.77")])
def test_the_informal_fee_is_a_sum_per_entry(year: int, fee: str) -> None:
    assert informal_fee(Decimal(2500), year, chapter_99_quota=False) == Decimal(fee)


@pytest.mark.parametrize(
    ("value", "year", "quota", "code"),
    [
        ("2501", 2026, False, "not-informal"),
        ("251", 2026, True, "not-informal"),
        ("100", 2019, False, "fee-year-unknown"),
    ],
)
def test_what_cannot_be_entered_informally(value: str, year: int, quota: bool, code: str) -> None:
    found = informal_fee(Decimal(value), year, chapter_99_quota=quota)
    assert isinstance(found, Refusal)
    assert found.code == code


def test_a_quarter_is_stated_again_when_more_of_it_comes_to_light(desk: Any) -> None:
    story = Story(HARBOR, "harbor/999/party-acme/2026-01-01")
    arrival = Arrival(mode="11", port_of_unlading="1401", imported_on="2026-03-30", applicant="party-acme")
    layer = desk.layer("10", "80000", arrival=arrival)
    _, ends = story.tell(CountCargo(layer), desk.at("2026-04-01"))
    # Midnight of 1 April in Chicago.
    assert (ends.name, ends.due_at) == ("quarter-ends", "2026-04-01T05:00:00Z")
    assert isinstance(story.tell(CountCargo(layer), desk.at("2026-04-01"))[0], Noted)
    refusal = story.refused(PayHarborFee(Decimal(1), "2026-04-02", "r", "w"), desk.at("2026-04-01"))
    assert refusal.code == "quarter-not-stated"
    (stated,) = story.tell(ends, desk.at("2026-04-01"))
    assert (stated.fee, stated.due_on, stated.paid) == (Decimal("100.00"), "2026-05-01", 0)
    assert any(
        "999-26-000001" in note and "admitted after it" in note for note in _across_quarter(desk, arrival)
    )
    story.tell(PayHarborFee(Decimal("100.00"), "2026-04-10", "r-1", "w"), desk.at("2026-04-10"))
    late = desk.layer("10", "45500", layer="late", arrival=arrival)
    _, again = story.tell(CountCargo(late), desk.at("2026-04-20"))
    assert (again.fee, again.paid) == (Decimal("156.88"), Decimal("100.00"))
    (paid,) = story.tell(PayHarborFee(Decimal("56.88"), "2026-04-21", "r-2", "w"), desk.at("2026-04-21"))
    assert paid.open == 0


def _across_quarter(desk: Any, arrival: Arrival) -> list[str]:
    state = harbor_quarter.start(("harbor", "999", "party-acme", "2026-01-01"))
    layer = desk.layer(arrival=arrival, admitted_on="2026-04-02")
    for fact in harbor_quarter.decide(state, CountCargo(layer), desk.at("2026-04-02")):
        state = harbor_quarter.evolve(state, fact)
    return harbor_quarter.shown(state)["notes"]


@pytest.mark.parametrize(
    ("mode", "counts"), [("10", True), ("11", True), ("12", True), ("30", False), ("40", False)]
)
def test_only_vessels_count(desk: Any, mode: str, counts: bool) -> None:
    arrival = Arrival(mode=mode, port_of_unlading="1401", imported_on="2026-03-30", applicant="p")
    stream = harbor_quarter.harbor_stream("999", desk.layer(arrival=arrival))
    assert stream == ("harbor/999/p/2026-01-01" if counts else "")
    assert harbor_quarter.harbor_stream("999", desk.layer()) == ""
