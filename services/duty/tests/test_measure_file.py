"""A set of measures is taken whole, or refused with place and reason."""

from pathlib import Path
from typing import Any

import pytest

from ftz_duty.domain.measure_diff import diff_measures
from ftz_duty.domain.measure_file import read_measures
from ftz_duty.domain.schedule_check import Refused

MEASURE: dict[str, Any] = {
    "id": "m",
    "programme": "p",
    "heading": "9903.88.15",
    "rate": "7.5%",
    "numbers": ["8471.30.01"],
    "origins": ["CN"],
    "from": "2020-02-14",
    "source": "note 20(s)",
}


def document(*measures: dict[str, Any]) -> dict[str, Any]:
    return {"format": "ftz.measures/1", "name": "set", "measures": list(measures)}


def with_(**given: Any) -> dict[str, Any]:
    return {**MEASURE, **{k.rstrip("_"): v for k, v in given.items()}}


@pytest.mark.parametrize(
    ("given", "place", "code"),
    [
        ({"heading": "8471.30"}, "measures[0] (m).heading", "heading"),
        ({"rate": "a lot"}, "measures[0] (m).rate", "rate"),
        ({"rate": "250%"}, "measures[0] (m).rate", "high rate"),
        ({"rate": "2%/kg", "kind": "minimum-total"}, "measures[0] (m).rate", "rate"),
        ({"rate": "$1/kg", "kind": "minimum-total"}, "measures[0] (m).rate", "rate"),
        ({"kind": "subtracted"}, "measures[0] (m).kind", "choice"),
        ({"from_": "14/02/2020"}, "measures[0] (m).from", "date"),
        ({"from_": ""}, "measures[0] (m).from", "date"),
        ({"to": "2019-12-31"}, "measures[0] (m).to", "date"),
        ({"numbers": ["847"]}, "measures[0] (m).numbers[0]", "numbers"),
        ({"numbers": ["8471.30.01", "84713001"]}, "measures[0] (m).numbers[1]", "doubled"),
        ({"numbers": []}, "measures[0] (m).numbers", "list"),
        ({"origins": ["China"]}, "measures[0] (m).origins[0]", "origins"),
        ({"source": " "}, "measures[0] (m).source", "missing"),
        ({"colour": "red"}, "measures[0] (m).colour", "field"),
        ({"confirmed": "maybe"}, "measures[0] (m).confirmed", "choice"),
        ({"rate_date_policy": "TODAY"}, "measures[0] (m).rate_date_policy", "choice"),
        ({"order": "first"}, "measures[0] (m).order", "order"),
        ({"exempt": [{"heading": "9903.88.69"}]}, "measures[0] (m).exempt[0].why", "missing"),
        ({"only_if": [{"is": "yes"}]}, "measures[0] (m).only_if[0].fact", "missing"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(given: dict[str, Any], place: str, code: str) -> None:
    found = read_measures(document(with_(**given)))
    assert isinstance(found, Refused)
    assert (found.problems[0].place, found.problems[0].code) == (place, code)
    assert found.problems[0].action


@pytest.mark.parametrize(
    ("other", "overlaps"),
    [
        ({}, True),
        ({"numbers": ["8471"]}, True),
        ({"numbers": "all"}, True),
        ({"numbers": ["8471.30.01.10"]}, True),
        ({"numbers": ["8471.41"]}, False),
        ({"numbers": ["8471"], "not_numbers": ["8471.30"]}, False),
        ({"origins": ["BR"]}, False),
        ({"origins": "all", "not_origins": ["CN"]}, False),
        ({"from_": "2019-01-01", "to": "2020-02-13"}, False),
        ({"from_": "2019-01-01", "to": "2020-02-14"}, True),
        ({"heading": "9903.88.03"}, False),
    ],
)
def test_rows_of_a_heading_that_would_take_a_duty_twice(other: dict[str, Any], overlaps: bool) -> None:
    found = read_measures(document(MEASURE, with_(id="n", **other)))
    codes = [p.code for p in found.problems] if isinstance(found, Refused) else []
    assert codes == (["overlap"] if overlaps else [])


def test_rows_of_one_group_may_overlap_when_an_order_says_which_applies() -> None:
    rows = with_(group="g", order="0"), with_(id="n", group="g", order="1")
    assert not isinstance(read_measures(document(*rows)), Refused)
    assert isinstance(read_measures(document(with_(group="g"), with_(id="n", group="g"))), Refused)


def test_an_id_stands_once() -> None:
    found = read_measures(document(MEASURE, with_(origins=["BR"])))
    assert isinstance(found, Refused)
    assert found.problems[0].code == "doubled"


def test_a_format_newer_than_this_build_is_refused_by_name() -> None:
    found = read_measures({**document(MEASURE), "format": "ftz.measures/2"})
    assert isinstance(found, Refused)
    assert "ftz.measures/2" in found.problems[0].reason


def test_a_high_rate_is_taken_once_accepted() -> None:
    assert not isinstance(read_measures(document(with_(rate="250%")), {"high rate"}), Refused)


def test_a_set_says_what_it_changes() -> None:
    before = read_measures(document(MEASURE, with_(id="gone", origins=["BR"])))
    after = read_measures(document(with_(rate="25%", numbers=["8471.41"]), with_(id="new", origins=["VN"])))
    assert not isinstance(before, Refused)
    assert not isinstance(after, Refused)
    found = diff_measures(before, after)
    assert (found.added, found.deleted) == (("new",), ("gone",))
    assert {(c.field, c.before, c.after) for c in found.changed} == {
        ("rate_text", "7.5%", "25%"),
        ("numbers", "84713001", "847141"),
    }


def test_the_set_that_is_shipped_confirms_nothing() -> None:
    """An operator must compare each measure with its source before a statement is payable."""
    shipped = Path(__file__).parents[3] / "samples" / "measures" / "us-2026.yaml"
    text = shipped.read_text(encoding="utf-8")
    assert "confirmed: no" in text
    assert "confirmed: yes" not in text
