"""`ftz zone`: check without a database, apply, history, exposure."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ftz_cli.zone import zone_app

SAMPLE = Path(__file__).parents[3] / "samples" / "home-goods" / "zone.yaml"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FTZ_VAR", str(tmp_path / "var"))
    return tmp_path


def ran(*words: str) -> Any:
    return CliRunner().invoke(zone_app, list(words))


def changed(tmp_path: Path, before: str, after: str) -> str:
    file = tmp_path / "zone.yaml"
    text = SAMPLE.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")
    return str(file)


def test_a_check_leaves_nothing_behind(tmp_path: Path) -> None:
    result = ran("check", str(SAMPLE))
    assert result.exit_code == 0, result.output
    assert "zone 999 can be applied" in result.output
    assert not (tmp_path / "var").exists()


def test_a_check_names_every_problem_with_its_place(tmp_path: Path) -> None:
    file = changed(tmp_path, 'port: "1401"', 'port: "14O1"')
    result = ran("check", file, "--json")
    assert result.exit_code == 1, result.output
    (problem,) = json.loads(result.output)["problems"]
    assert problem["place"] == "port"


def test_apply_keeps_who_changed_what_and_why(tmp_path: Path) -> None:
    assert ran("apply", str(SAMPLE), "--who", "p-1").exit_code == 0
    renamed = changed(tmp_path, "name: Home goods sample zone", "name: Another name")
    assert json.loads(ran("check", renamed, "--json").output)["changes"] == ["name"]
    assert ran("apply", renamed, "--who", "p-2", "--why", "new sign").exit_code == 0
    history = json.loads(ran("history", "999", "--json").output)["history"]
    assert [(h["who"], h["why"], h["changed"]) for h in history] == [
        ("p-1", "", ["first document"]),
        ("p-2", "new sign", ["name"]),
    ]


def test_exposure_stands_beside_the_bond() -> None:
    assert ran("apply", str(SAMPLE)).exit_code == 0
    result = ran("exposure", "999", "--json")
    assert result.exit_code == 0, result.output
    said = json.loads(result.output)
    assert (said["foreign_value"], said["bond"]) == ("0", "250000")
    assert (said["share_percent"], said["warn_percent"], said["level"]) == ("0.0", 80, "")
    assert "watched from 80 % on" in ran("exposure", "999").output
