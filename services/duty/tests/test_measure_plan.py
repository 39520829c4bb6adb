"""Which measures apply: dates and policies, exemptions, conditions, groups and what keeps away."""

from typing import Any

import pytest

from ftz_duty.domain.measure import Met, Stated, measure_set
from ftz_duty.domain.measure_file import read_measures
from ftz_duty.domain.measure_plan import Candidate, Plan, planned
from ftz_duty.domain.schedule_check import Refused

NUMBER = "7208101500"


def row(name: str, **given: Any) -> dict[str, Any]:
    """A measure of a file: on everything, 10 %, from 2026 on."""
    fields = {
        "id": name,
        "programme": name,
        "heading": f"9903.01.{sum(map(ord, name)) % 90 + 10}",
        "rate": "10%",
        "from": "2026-01-01",
        "source": "a test",
    }
    return {**fields, **{k.rstrip("_"): v for k, v in given.items()}}


def answers(
    *rows: dict[str, Any],
    filed: str = "2026-06-01",
    entered: str = "2026-06-01",
    origin: str = "CN",
    number: str = NUMBER,
    **facts: bool,
) -> dict[str, str]:
    """The result of each measure, by id."""
    found = read_measures({"format": "ftz.measures/1", "name": "t", "measures": list(rows)})
    assert not isinstance(found, Refused), found
    goods = Met("acme", number, origin, filed, entered)
    candidates = [
        Candidate(m, m.scope.in_force(filed), m.scope.in_force(entered), m.policy, "", m.confirmed)
        for m in found.meeting(number, origin)
        if m.scope.in_force(filed) or m.scope.in_force(entered)
    ]
    stated = {name: Stated(name, holds) for name, holds in facts.items()}
    return {p.measure.id: p.result for p in planned(candidates, goods, stated)}


ENDED = {"filed": "2026-04-10", "entered": "2026-09-01"}


@pytest.mark.parametrize(
    ("policy", "ended", "begun"),
    [
        ("PF_FILING_DATE", "applies", "not-in-force"),
        ("ENTRY_DATE", "not-in-force", "applies"),
        ("LATER_OF_RULES", "applies", "applies"),
        ("MANUAL", "blocked", "blocked"),
    ],
)
def test_a_measure_in_force_on_one_of_two_dates_goes_by_its_policy(
    policy: str, ended: str, begun: str
) -> None:
    over = row("over", to="2026-07-23", rate_date_policy=policy)
    new = row("new", from_="2026-08-01", rate_date_policy=policy)
    assert answers(over, **ENDED) == {"over": ended}
    assert answers(new, **ENDED) == {"new": begun}


def test_in_force_on_both_dates_needs_no_policy() -> None:
    assert answers(row("always"), **ENDED) == {"always": "applies"}


def test_npf_goods_have_one_date_and_need_no_policy() -> None:
    assert answers(row("over", to="2026-07-23"), filed="2026-07-23", entered="2026-07-23") == {
        "over": "applies"
    }
    assert answers(row("over", to="2026-07-23"), filed="2026-07-24", entered="2026-07-24") == {}


def test_the_later_rule_of_a_programme_replaces_the_one_of_the_filing_date() -> None:
    twins = [
        row("early", programme="steel", to="2026-07-23", rate_date_policy="LATER_OF_RULES"),
        row("late", programme="steel", from_="2026-07-24", rate_date_policy="LATER_OF_RULES"),
    ]
    assert answers(*twins, **ENDED) == {"early": "not-in-force", "late": "applies"}


@pytest.mark.parametrize(
    ("numbers", "number", "meets"),
    [
        (["7208101500"], "7208101500", True),
        (["7208101500"], "7208101510", False),  # ten digits are not broadened to eight
        (["72081015"], "7208101510", True),
        (["72"], "7208101510", True),
        ("all", "0101210010", True),
    ],
)
def test_a_prefix_meets_the_numbers_below_it_and_no_others(numbers: Any, number: str, meets: bool) -> None:
    assert bool(answers(row("m", numbers=numbers), number=number)) is meets


def test_numbers_and_origins_that_are_left_out() -> None:
    assert answers(row("m", not_numbers=["720810"])) == {}
    assert answers(row("m", origins=["BR"])) == {}
    assert answers(row("m", not_origins=["CN"])) == {}


@pytest.mark.parametrize(
    ("exemption", "facts", "result"),
    [
        ({}, {}, "exempt"),
        ({"origins": ["BR"]}, {}, "applies"),
        ({"to": "2026-05-31"}, {}, "applies"),
        ({"fact": "claimed"}, {}, "blocked"),
        ({"fact": "claimed"}, {"claimed": True}, "exempt"),
        ({"fact": "claimed"}, {"claimed": False}, "applies"),
        ({"fact": "claimed", "if_unknown": "duty"}, {}, "applies"),
    ],
)
def test_exemptions(exemption: dict[str, Any], facts: dict[str, bool], result: str) -> None:
    spared = row("m", exempt=[{"heading": "9903.01.02", "why": "spared", **exemption}])
    assert answers(spared, **facts) == {"m": result}


@pytest.mark.parametrize(
    ("facts", "result"),
    [({}, "blocked"), ({"steel": True}, "applies"), ({"steel": False}, "not-met")],
)
def test_a_condition_is_asked_for_and_never_guessed(facts: dict[str, bool], result: str) -> None:
    assert answers(row("m", only_if=[{"fact": "steel"}]), **facts) == {"m": result}


def test_of_a_group_the_first_in_order_applies_and_an_open_one_leaves_the_rest_open() -> None:
    first = row("first", group="g", order="0", only_if=[{"fact": "steel"}])
    second = row("second", group="g", order="1")
    assert answers(first, second, steel=True) == {"first": "applies", "second": "excluded"}
    assert answers(first, second, steel=False) == {"first": "not-met", "second": "applies"}
    assert answers(first, second) == {"first": "blocked", "second": "blocked"}


def test_the_longest_prefix_of_a_group_wins_among_equals() -> None:
    wide, narrow = row("a-wide", group="g", numbers=["72"]), row("narrow", group="g", numbers=["720810"])
    assert answers(wide, narrow) == {"a-wide": "excluded", "narrow": "applies"}


@pytest.mark.parametrize(
    ("metal", "facts", "result"),
    [
        ({}, {}, "excluded"),
        ({"only_if": [{"fact": "steel"}]}, {"steel": False}, "applies"),
        ({"only_if": [{"fact": "steel"}]}, {}, "blocked"),
        ({"rate": "unknown"}, {}, "unknown"),
        ({"origins": ["BR"]}, {}, "applies"),
    ],
)
def test_what_does_not_add_to_a_group(metal: dict[str, Any], facts: dict[str, bool], result: str) -> None:
    rows = row("metal", group="section 232", **metal), row("labour", not_with=["section 232"])
    assert answers(*rows, **facts)["labour"] == result


def test_a_set_finds_what_a_search_through_all_of_it_finds() -> None:
    rows = [
        row(f"m{at}", numbers=numbers, heading=f"9903.02.{at:02d}")
        for at, numbers in enumerate([["72"], ["7208"], ["720810"], ["7208101500"], ["7209"], "all"])
    ]
    found = read_measures({"format": "ftz.measures/1", "name": "t", "measures": rows})
    assert not isinstance(found, Refused)
    again = measure_set("t", found.measures)
    meant = [m for m in again.measures if m.scope.meets(NUMBER, "CN")]
    assert again.meeting(NUMBER, "CN") == meant
    assert len(meant) == 5


def test_a_plan_without_measures_is_a_plan() -> None:
    assert Plan(("t",)).measures == ()
