"""docs/icrs.md: every requirement once, every file there; what the page says is what the runs show (slow)."""

import pytest
from tests.golden.icrs.page import GOLDEN, PAGE, Row, page, requirements, row


def test_every_requirement_stands_once_in_order() -> None:
    assert [about["id"] for about in requirements()] == [f"I-{n:02}" for n in range(1, 21)]


def test_every_file_that_is_named_is_there() -> None:
    named = {
        run["file"]
        for about in requirements()
        for key in ("accepts", "refuses")
        for run in about.get(key, [])
    }
    assert {name for name in named if not (GOLDEN / name).exists()} == set()


def test_the_page_names_every_requirement_with_its_rule() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [
        about["id"]
        for about in requirements()
        if f"| {about['id']} | {about['requires']} ({about['cite']})" not in text
    ] == []


def test_a_requirement_without_both_kinds_of_runs_is_open() -> None:
    about = {"id": "I-99", "cite": "a rule", "requires": "something"}
    assert Row(about, ["a"], ["b"], []).state == "shown"
    assert Row(about, ["a"], [], []).state == "**open**: no refusing case"
    assert Row(about, [], [], []).state == "**open**: no accepting and no refusing case"
    assert Row(about | {"open": "later"}, ["a"], ["b"], []).state == "**open**: later"
    assert Row(about, ["a"], ["b"], ["x shows no y"]).state == "**open**: x shows no y"


@pytest.mark.slow
def test_the_page_says_what_the_runs_show() -> None:
    rows = [row(about) for about in requirements()]
    assert [line for each in rows for line in each.missing] == []
    assert PAGE.read_text(encoding="utf-8") == page(rows), "run `make icrs`"
