"""Measures through time: what is known when, who answers for it, and what changes inside a week."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from ftz_common.contracts.reference import GoodsStated, MeasureRuled, MeasuresConfirmed
from ftz_duty.domain.measure import Met
from ftz_duty.domain.measure_book import KnownSet, MeasureBook, Ruling
from ftz_duty.domain.measure_file import read_measures
from ftz_duty.domain.measure_plan import Plan
from ftz_duty.domain.schedule_check import Refused

GOODS = Met("acme", "6912004810", "CN", "2026-04-10", "2026-09-01")
SAID = {"ground": "a ruling", "who": "broker-1"}


def at(day: int) -> datetime:
    """A day of June 2026."""
    return datetime(2026, 6, day, tzinfo=UTC)


def known(day: int, sha: str = "a" * 64, name: str = "set", **given: Any) -> KnownSet:
    """A set of one measure, recorded on a day."""
    row = {
        "id": "m",
        "programme": "p",
        "heading": "9903.03.01",
        "rate": "10%",
        "from": "2026-02-24",
        "source": "s",
        **given,
    }
    found = read_measures({"format": "ftz.measures/1", "name": name, "measures": [row]})
    assert not isinstance(found, Refused), found
    return KnownSet(name, at(day), sha, found)


def plan(book: MeasureBook, day: int = 30, goods: Met = GOODS, through: str = "") -> Plan:
    """What the book says, as known on a day."""
    found = book.plan(goods, at(day), through)
    assert found is not None
    return found


def results(book: MeasureBook, day: int = 30) -> list[tuple[str, str, bool]]:
    """Result, rate and whether it is confirmed."""
    return [(p.result, p.measure.rate_text, p.confirmed) for p in plan(book, day).measures]


def test_before_the_first_set_nothing_is_evaluated() -> None:
    assert MeasureBook((known(2),)).plan(GOODS, at(1)) is None


def test_a_newer_import_replaces_the_name_and_the_past_answer_can_be_given_again() -> None:
    book = MeasureBook((known(2), known(5, "b" * 64, rate="25%")))
    assert results(book, 4) == [("applies", "10%", False)]
    assert results(book, 5) == [("applies", "25%", False)]


def test_two_names_stand_beside_each_other() -> None:
    book = MeasureBook((known(2), known(2, "b" * 64, "other", id="n", heading="9903.03.02")))
    assert len(results(book)) == 2
    assert plan(book).sets == ("other (bbbbbbbb)", "set (aaaaaaaa)")


def test_a_decision_counts_from_when_it_was_made_and_is_shown_with_its_ground() -> None:
    ruling = MeasureRuled(measure="m", policy="PF_FILING_DATE", **SAID)
    book = MeasureBook((known(2, to="2026-07-23"),), ((ruling, at(10)),))
    assert results(book, 9) == [("blocked", "10%", False)]
    assert results(book, 10) == [("applies", "10%", False)]
    assert "decided by broker-1: a ruling" in plan(book).measures[0].why


def test_a_confirmation_is_of_one_content() -> None:
    ruling = MeasureRuled(measure="m", confirmed=True, set_sha256="a" * 64, **SAID)
    book = MeasureBook((known(2),), ((ruling, at(3)),))
    assert results(book) == [("applies", "10%", True)]
    again = MeasureBook((known(2), known(5, "b" * 64, rate="25%")), ((ruling, at(3)),))
    assert results(again) == [("applies", "25%", False)]


@pytest.mark.parametrize(
    ("given", "counts"),
    [
        ({}, True),
        ({"account": "other"}, False),
        ({"number": "6912004400"}, False),
        ({"origin": "VN"}, False),
    ],
)
def test_a_statement_is_of_an_accounts_goods(given: dict[str, str], counts: bool) -> None:
    fields = {"account": "acme", "number": "6912004810", "origin": "CN", **given}
    stated = GoodsStated(fact="claimed", holds=True, **fields, **SAID)
    exempt = [{"why": "spared", "fact": "claimed"}]
    book = MeasureBook((known(2, exempt=exempt),), ((stated, at(3)),))
    assert results(book)[0][0] == ("exempt" if counts else "blocked")


def test_the_last_statement_counts() -> None:
    said = [
        GoodsStated(
            account="acme", number="6912004810", origin="CN", fact="steel", percent=Decimal(p), **SAID
        )
        for p in (10, 30)
    ]
    rulings: list[tuple[Ruling, datetime]] = [(fact, at(3 + i)) for i, fact in enumerate(said)]
    assert plan(MeasureBook((known(2),), tuple(rulings))).contents[0].percent == 30


@pytest.mark.parametrize(
    ("given", "complete"),
    [
        ({}, True),
        ({"account": "other"}, False),
        ({"first": "2026-04-11"}, False),  # the PF filing date counts too
        ({"last": "2026-08-31"}, False),
        ({"sets": {"set": "b" * 64}}, False),
        ({"sets": {"set": "a" * 64, "gone": "c" * 64}}, False),
    ],
)
def test_somebody_answers_for_the_sets_being_complete(given: dict[str, Any], complete: bool) -> None:
    fields = {"account": "acme", "sets": {"set": "a" * 64}, "first": "2026-04-10", "last": "2026-09-01"}
    book = MeasureBook((known(2),), ((MeasuresConfirmed(**{**fields, **given}, **SAID), at(3)),))
    assert (plan(book).incomplete == "") is complete


@pytest.mark.parametrize(
    ("given", "changes"),
    [
        ({}, False),
        ({"from": "2026-09-01"}, False),
        ({"from": "2026-09-02"}, True),
        ({"from": "2026-09-05"}, True),
        ({"from": "2026-09-06"}, False),
        ({"to": "2026-08-31"}, False),
        ({"to": "2026-09-01"}, True),
        ({"to": "2026-09-04"}, True),
        ({"to": "2026-09-05"}, False),
    ],
)
def test_what_begins_or_ends_inside_the_week_is_named(given: dict[str, str], changes: bool) -> None:
    found = plan(MeasureBook((known(2, **given),)), through="2026-09-05")
    assert bool(found.changing) is changes
