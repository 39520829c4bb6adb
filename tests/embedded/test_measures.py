"""Measures in a database: verify reckons them again, and misses nothing that was taken away or changed."""

import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ftz_cli.main import app
from ftz_cli.measures import app as measures

CASE = Path(__file__).parents[1] / "golden" / "cases" / "duty-06-steel-stack.yaml"
SHIPPED = Path(__file__).parents[2] / "samples" / "measures" / "us-2026.yaml"


def verified() -> tuple[int, list[str]]:
    """Exit code, and which checks found something."""
    result = CliRunner().invoke(app, ["verify", "--json"])
    found: dict[str, Any] = json.loads(result.stdout)
    return result.exit_code, sorted({p["check"] for p in found["problems"]})


def test_every_figure_is_reckoned_again_with_the_measures_known_then(database: Path) -> None:
    assert database.exists()
    assert verified() == (0, [])


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM blobs WHERE instr(content, 'ftz.measures/1')",
        "UPDATE blobs SET content = CAST(replace(CAST(content AS TEXT), '50%', '40%') AS BLOB)"
        " WHERE instr(content, 'ftz.measures/1')",
    ],
    ids=["missing", "changed"],
)
def test_a_set_that_is_missing_or_changed_shows_in_the_figures(database: Path, change: str) -> None:
    connection = sqlite3.connect(database)
    assert connection.execute(change).rowcount == 1
    connection.commit()
    connection.close()
    code, checks = verified()
    assert code == 1
    assert "entry duty again from the schedule" in checks


def test_what_meets_goods_is_shown_with_its_reason(database: Path) -> None:
    assert database.exists()
    asked = ["show", "9403.20.0090", "--origin", "CN", "--on", "2026-09-08", "--account", "acme", "--json"]
    result = CliRunner().invoke(measures, asked)
    assert result.exit_code == 0, result.output
    stack = {s["measure"]: (s["result"], s["heading"]) for s in json.loads(result.stdout)["stack"]}
    assert stack["list-3"] == ("applies", "9903.88.03")
    assert stack["forced-labour-cn"] == ("excluded", "9903.05.20")


LIST = "hts8,ch99_code\n84713001,9903.88.15\n8471300100,9903.88.15\n85171300,9903.88.03\n"
SET = """\
format: ftz.measures/1
name: lists
measures:
  - id: a
    programme: p
    heading: 9903.88.15
    rate: 7.5%
    numbers: {{file: list.csv, column: {column}, where: {{ch99_code: {where}}}, skip: ["8471300100"]}}
    from: 2020-02-14
    source: s
  - id: b
    like: {like}
    heading: 9903.88.03
    numbers: {{file: list.csv, column: hts8, where: {{ch99_code: 9903.88.03}}}}
"""
GOOD = {"column": "hts8", "where": "9903.88.15", "like": "a"}


def checked(folder: Path, *options: str, **given: str) -> tuple[int, dict[str, Any]]:
    """`ftz measures check` of the set above."""
    (folder / "list.csv").write_text(LIST, encoding="utf-8")
    (folder / "set.yaml").write_text(SET.format(**{**GOOD, **given}), encoding="utf-8")
    result = CliRunner().invoke(measures, ["check", str(folder / "set.yaml"), "--json", *options])
    return result.exit_code, json.loads(result.stdout)


def test_numbers_come_from_a_product_list_as_they_stand_there(tmp_path: Path) -> None:
    code, found = checked(tmp_path, "--data", str(tmp_path))
    assert code == 0
    rows = [(m["id"], m["rate"], m["numbers"]) for m in found["measures"]]
    assert rows == [("a", "7.5%", 1), ("b", "7.5%", 1)]


@pytest.mark.parametrize(
    ("given", "data", "place"),
    [
        ({}, False, "measures[0].numbers"),
        ({"column": "hts99"}, True, "measures[0].numbers"),
        ({"where": "9903.99.99"}, True, "measures[0].numbers"),
        ({"like": "nobody"}, True, "measures[1].like"),
    ],
    ids=["no folder", "no such column", "no such rows", "like nobody"],
)
def test_a_product_list_that_cannot_be_used_is_refused_with_its_place(
    tmp_path: Path, given: dict[str, str], data: bool, place: str
) -> None:
    code, found = checked(tmp_path, *(["--data", str(tmp_path)] if data else []), **given)
    assert code == 2
    assert found["place"].endswith(place)
    assert found["remedy"]


@pytest.mark.data
def test_the_shipped_set_can_be_read_with_the_public_lists() -> None:
    folder = os.getenv("FTZ_DATA")
    if not folder:
        pytest.skip("FTZ_DATA names no folder: bl_s301_product_lists.csv is not read")
    result = CliRunner().invoke(measures, ["check", str(SHIPPED), "--data", folder, "--json"])
    assert result.exit_code == 0, result.output
    assert all(not measure["confirmed"] for measure in json.loads(result.stdout)["measures"])
