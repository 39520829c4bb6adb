"""One changed byte in journal, archive or tariff, one changed row in a view: each is found and named."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ftz_cli.main import app

CASE = Path(__file__).parents[1] / "golden" / "cases" / "one-order.yaml"
Planting = Callable[[sqlite3.Connection], str]


def ftz(*arguments: str) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON of a command."""
    result = CliRunner().invoke(app, [*arguments, "--json"])
    return result.exit_code, json.loads(result.stdout)


def said(found: dict[str, Any]) -> list[str]:
    """Every problem in one line of text."""
    return [f"{p['check']}: {p['stream']} {p['what']}" for p in found["problems"]]


def plant(database: Path, planting: Planting) -> str:
    """Change the file behind everybody's back; returns what must be named."""
    connection = sqlite3.connect(database)
    named = planting(connection)
    connection.commit()
    connection.close()
    return named


def in_the_journal(connection: sqlite3.Connection) -> str:
    stream = "ledger/999/site-1/acme/MUG"
    (position, body) = connection.execute(
        'SELECT position, body FROM commits WHERE stream = ? AND instr(body, \'"quantity":"100"\')', (stream,)
    ).fetchone()
    changed = body.replace(b'"quantity":"100"', b'"quantity":"101"', 1)
    connection.execute("UPDATE commits SET body = ? WHERE position = ?", (changed, position))
    return stream


def in_the_archive(connection: sqlite3.Connection) -> str:
    (key, body) = connection.execute(
        "SELECT key, body FROM rows WHERE service = 'reporting' AND tbl = 'archive'"
        " AND instr(body, 'ftz.duty.withdrawal.priced.v1') LIMIT 1"
    ).fetchone()
    changed = body.replace(b'"duty":"4"', b'"duty":"5"', 1)
    assert changed != body
    connection.execute(
        "UPDATE rows SET body = ? WHERE service = 'reporting' AND tbl = 'archive' AND key = ?", (changed, key)
    )
    return "withdrawal/"


def in_the_tariff(connection: sqlite3.Connection) -> str:
    (sha, content) = connection.execute("SELECT sha256, content FROM blobs").fetchone()
    connection.execute(
        "UPDATE blobs SET content = ? WHERE sha256 = ?", (content.replace(b'"10%"', b'"11%"'), sha)
    )
    return "tariff/test-1"


@pytest.mark.parametrize(
    "planting", [in_the_journal, in_the_archive, in_the_tariff], ids=lambda p: p.__name__
)
def test_verify_finds_one_changed_byte_and_names_the_stream(planting: Planting, database: Path) -> None:
    assert ftz("verify")[0] == 0
    named = plant(database, planting)
    code, found = ftz("verify")
    assert code == 1
    assert any(named in line for line in said(found)), said(found)


def test_replay_finds_a_changed_row_of_a_view_and_names_it(database: Path) -> None:
    def in_a_view(connection: sqlite3.Connection) -> str:
        (key, body) = connection.execute(
            "SELECT key, body FROM rows WHERE service = 'reporting' AND tbl = 'views'"
            " AND instr(body, '\"100\"')"
        ).fetchone()
        connection.execute(
            "UPDATE rows SET body = ? WHERE service = 'reporting' AND tbl = 'views' AND key = ?",
            (body.replace(b'"100"', b'"99"', 1), key),
        )
        return key

    assert ftz("replay")[0] == 0
    key = plant(database, in_a_view)
    code, found = ftz("replay")
    assert code == 1
    assert any(key in line for line in said(found)), said(found)


def test_a_healthy_database_evaluates_every_check_it_can(database: Path) -> None:
    code, found = ftz("verify")
    assert code == 0
    idle = {name for name, count in found["evaluated"].items() if count == 0}
    assert idle <= {
        "suspense accounts for what is missing",
        "duty of parcels for Canada and Mexico again from the schedule",
    }
