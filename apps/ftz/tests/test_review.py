"""`ftz review`: the queue, and what a licensed person says, on the database of this machine."""

import json
import sqlite3
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ftz_cli.main import app as ftz
from ftz_cli.review import app as review

WHO = ["--who", "broker-1", "--licence", "L-1", "--reason", "GRI 1 and 6"]
SCENARIO = Path(__file__).with_name("review.yaml")


@pytest.fixture
def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database in which one part waits for a person."""
    monkeypatch.setenv("FTZ_VAR", str(tmp_path / "var"))
    monkeypatch.delenv("FTZ_CLASSIFY_DIR", raising=False)
    result = CliRunner().invoke(ftz, ["run", str(SCENARIO), "--once"])
    assert result.exit_code == 0, result.output
    return tmp_path


def said(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(review, list(arguments))
    assert result.exit_code == code, (arguments, result.output, result.exception)
    return result.output


def told(*arguments: str, code: int = 0) -> Any:
    return json.loads(said(*arguments, "--json", code=code))


def test_from_the_queue_to_decisions_and_what_is_learned_of_them(played: Path) -> None:
    page = told("list", "acme", code=1)
    assert [(p["uin"], p["review"]) for p in page["parts"]] == [("MUG/BLUE", "no decision yet")]
    assert page["engine"]["state"] == "off"
    assert "FTZ_CLASSIFY_DIR" in said("list", "acme", code=1)
    wrong = told("decide", "acme", "MUG/BLUE", "6912.00.44.01", *WHO, code=2)
    assert wrong["code"] == "number-not-in-revision"
    alike = told("approve-similar", "acme", "MUG/BLUE", "6912.00.44.00", *WHO)["undecided"]
    assert [p["uin"] for p in alike] == ["MUG-RED"], "shown, not decided"
    done = told("approve-similar", "acme", "MUG/BLUE", "6912.00.44.00", *WHO, "--yes")
    assert [(p["uin"], p["outcome"]) for p in done["parts"]] == [
        ("MUG/BLUE", "decided"),
        ("MUG-RED", "decided"),
    ]
    assert "asked of shop" in said("ask", "acme", "STEIN", "With a lid of metal?", *WHO, "--of", "shop")
    (waiting,) = told("list", "acme", code=1)["parts"]
    assert (waiting["uin"], waiting["asked"]) == ("STEIN", True)
    nothing = CliRunner().invoke(review, ["reject", "acme", "STEIN", *WHO])
    assert nothing.exit_code == 2
    assert told("decide", "acme", "STEIN", "6912.00.44.00", *WHO, "--cite", "GRI 1")["outcome"] == "decided"
    assert told("list", "acme")["parts"] == []
    assert json.loads(said("show", "acme", "STEIN", "--why"))["decision"]["citations"] == ["GRI 1"]
    said("export", "acme", str(played / "decisions.jsonl"))
    lines = (played / "decisions.jsonl").read_text(encoding="utf-8").splitlines()
    assert sorted(json.loads(line)["facts"]["part"] for line in lines) == ["MUG-RED", "MUG/BLUE", "STEIN"]


def test_a_concordance_is_read_or_refused(played: Path) -> None:
    file = played / "c.csv"
    file.write_text("old_hts10,new_hts10\n6912004400,6912004500\n", encoding="utf-8")
    done = said("concordance", str(file), "--revision", "test-2", "--who", "broker-1")
    assert done.startswith("1 line with successors")
    file.write_text("a,b\n", encoding="utf-8")
    assert (
        CliRunner().invoke(review, ["concordance", str(file), "--revision", "t", "--who", "b"]).exit_code == 2
    )
    gone = ["concordance", str(played / "none.csv"), "--revision", "t", "--who", "b"]
    assert CliRunner().invoke(review, gone).exit_code == 2


def test_a_proposal_cannot_be_asked_for_where_there_is_no_engine(played: Path) -> None:
    assert CliRunner().invoke(review, ["propose", "acme", "STEIN", "--who", "b"]).exit_code == 2


@pytest.mark.skipif(find_spec("lightgbm") is None, reason="requirements-engine.lock is not installed")
def test_with_an_engine_the_same_feed_still_gives_the_same_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A played world has settled when its proposals are made; the engine's own process changes no byte."""
    (tmp_path / "prepared").mkdir()
    monkeypatch.setenv("FTZ_CLASSIFY_DIR", str(tmp_path / "prepared"))
    monkeypatch.setenv("FTZ_CLASSIFY_VECTORS", "false")
    journals: list[list[Any]] = []
    for run in ("one", "two"):
        monkeypatch.setenv("FTZ_VAR", str(tmp_path / run))
        result = CliRunner().invoke(ftz, ["run", str(SCENARIO), "--once"])
        assert result.exit_code == 0, result.output
        page = told("list", "acme", code=1)
        assert {p["uin"]: p["proposed"] for p in page["parts"]} == dict.fromkeys(
            ("MUG/BLUE", "MUG-RED", "STEIN"), "6912004400"
        )
        with closing(sqlite3.connect(tmp_path / run / "ftz.db")) as database:
            journals.append(database.execute("SELECT * FROM commits ORDER BY 1").fetchall())
    assert journals[0] == journals[1]
