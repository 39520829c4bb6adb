"""The `ftz` command: what a person sees when something is wrong, and exit codes."""

import json
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from ftz_cli import screen
from ftz_cli.main import app

CASES = Path(__file__).parents[1] / "golden" / "cases"
CASE = CASES / "one-order.yaml"
WAIT_SECONDS = 120


Said = tuple[int, str, str]  # exit code, standard output, standard error


def unframed(text: str) -> str:
    """A panel's words on one line."""
    return " ".join(text.replace("│", " ").split())


def said(process: Any) -> Said:
    """What a process of its own said."""
    stdout, stderr = process.communicate(timeout=WAIT_SECONDS)
    return process.returncode, stdout, unframed(stderr)


@pytest.fixture
def ftz(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    """The command in this process, which saves its start."""
    for console in (screen.out, screen.err):
        monkeypatch.setattr(console, "_width", 300)  # a path stays in one line

    def run(var: Path, *words: str | Path) -> Said:
        monkeypatch.setenv("FTZ_VAR", str(var))
        done = CliRunner().invoke(app, [str(word) for word in words])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.stdout, unframed(done.stderr)

    return run


def serving(var: Path, process: Any) -> str:
    """The address of a server, once it says it."""
    for _ in range(WAIT_SECONDS * 10):
        assert process.poll() is None, process.communicate()
        try:
            return json.loads((var / "server.json").read_text(encoding="utf-8"))["address"]
        except (FileNotFoundError, ValueError):
            time.sleep(0.1)
    raise AssertionError("it never served")


@pytest.fixture
def played(tmp_path: Path, ftz: Callable[..., Said]) -> Path:
    """A var folder with one order played into it."""
    code, out, err = ftz(tmp_path / "var", "run", CASE, "--once")
    assert code == 0, err
    assert "Admitted (CBP 214)" in out
    return tmp_path / "var"


def test_a_second_process_on_the_file_is_refused_and_says_what_to_do(
    played: Path, start: Callable[..., Any]
) -> None:
    server = start(played, "run")
    address = serving(played, server)
    code, _, err = said(start(played, "run", "--once"))
    assert code == 2
    assert "database-held" in err
    assert "next: stop the other process, or set FTZ_VAR to another folder" in err
    # Other commands speak to the server that holds it.
    code, out, _ = said(start(played, "zone", "show"))
    assert (code, "Example zone" in out) == (0, True)
    assert httpx.get(f"{address}/livez", timeout=10).text == "ok"
    server.terminate()
    code, _, err = said(server)
    assert code == 0, err
    assert not (played / "server.json").exists()


@pytest.mark.parametrize("command", [("run", "--once"), ("zone", "show"), ("verify",), ("trace", "O1")])
def test_a_damaged_file_is_refused_and_says_what_to_do(
    played: Path, ftz: Callable[..., Said], command: tuple[str, ...]
) -> None:
    file = played / "ftz.db"
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    body = bytearray(file.read_bytes())
    body[8192:16384] = b"\x5a" * 8192
    file.write_bytes(body)
    code, out, err = ftz(played, *command)
    assert code == 2, (out, err)
    assert "database-damaged" in err
    assert "next: restore a backup made with `ftz backup`" in err
    assert "Traceback" not in err


def test_a_file_that_is_no_database_is_refused(tmp_path: Path, ftz: Callable[..., Said]) -> None:
    var = tmp_path / "var"
    var.mkdir()
    (var / "ftz.db").write_text("this is a letter, not a database\n" * 500, encoding="utf-8")
    code, _, err = ftz(var, "run", "--once")
    assert code == 2
    assert "database-damaged" in err
    assert "next:" in err


def test_without_a_database_readers_say_how_to_start(tmp_path: Path, ftz: Callable[..., Said]) -> None:
    code, _, err = ftz(tmp_path / "var", "verify")
    assert code == 2
    assert "next: start with: ftz run" in err


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("format: ftz.scenario/9\nname: x\nstart: '2026-01-01T00:00:00Z'\n", "format is 'ftz.scenario/9'"),
        ("format: ftz.scenario/1\nname: x\nname: y\n", "line 3: the key 'name' stands twice"),
        ("format: ftz.scenario/1\nname: x\nstart: '2026-01-01T00:00:00'\n", "no instant with an offset"),
        ("format: ftz.scenario/1\nname: x\nstart: '2026-01-01T00:00:00Z'\nsteppes: []\n", "steppes"),
        ("- a list\n", "a mapping is expected"),
    ],
    ids=["newer", "key twice", "no offset", "unknown field", "a list"],
)
def test_a_scenario_that_cannot_be_used_names_file_and_place(
    tmp_path: Path, ftz: Callable[..., Said], content: str, place: str
) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(content, encoding="utf-8")
    code, _, err = ftz(tmp_path / "var", "check", file)
    assert code == 2
    assert "bad.yaml" in err
    assert place in err
    assert "next: see docs/scenarios.md" in err


def test_a_case_that_differs_has_exit_code_1_and_says_what(tmp_path: Path, ftz: Callable[..., Said]) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(
        CASE.read_text(encoding="utf-8").replace('quantity: "90"', 'quantity: "91"'), encoding="utf-8"
    )
    code, out, _ = ftz(tmp_path / "var", "check", CASE, wrong, "--json")
    assert code == 1
    right, differs = json.loads(out)["scenarios"]
    assert right["differences"] == []
    assert differs["differences"] == ["balance of acme MUG N: 90, expected 91"]


def test_a_wrong_zone_file_and_an_unknown_number_name_place_and_next_step(
    played: Path, ftz: Callable[..., Said]
) -> None:
    file = played.parent / "zone.yaml"
    file.write_text('format: ftz.zone/1\neffective_from: "2026-01-01"\nzone: "999"\n', encoding="utf-8")
    code, _, err = ftz(played, "zone", "apply", file)
    assert code == 2
    assert "zone.yaml" in err
    assert "next:" in err
    code, _, err = ftz(played, "tariff", "show", "9999.99", "--on", "2026-03-01")
    assert code == 2
    assert "unknown-number" in err
    assert "next: " in err
