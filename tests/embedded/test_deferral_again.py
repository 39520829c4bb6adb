"""Goods for Canada or Mexico in a database: explained to the cent, reckoned again, and damage is seen."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ftz_cli.main import app

CASE = Path(__file__).parents[1] / "golden" / "cases" / "deferral-08-reduced.yaml"
CHECK = "duty of parcels for Canada and Mexico again from the schedule"


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which a parcel was assessed and a waiver claimed."""
    var = tmp_path_factory.mktemp("played")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FTZ_VAR", str(var))
        result = CliRunner().invoke(app, ["run", str(CASE), "--once"])
    assert result.exit_code == 0, result.output
    return var / "ftz.db"


@pytest.fixture
def database(played: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of its own."""
    monkeypatch.setenv("FTZ_VAR", str(tmp_path))
    source, target = sqlite3.connect(played), sqlite3.connect(tmp_path / "ftz.db")
    source.backup(target)
    source.close()
    target.close()
    return tmp_path / "ftz.db"


def verified() -> tuple[int, dict[str, Any]]:
    """Exit code and JSON."""
    result = CliRunner().invoke(app, ["verify", "--json"])
    return result.exit_code, json.loads(result.stdout)


def test_it_is_reckoned_again_from_what_travels(database: Path) -> None:
    assert database.exists()
    code, found = verified()
    assert (code, found["problems"]) == (0, [])
    assert found["evaluated"][CHECK] > 10


def test_another_tariff_than_it_was_assessed_by_is_seen(database: Path) -> None:
    """The file says another rate than the figures: whichever of both is wrong, a person hears of it."""
    connection = sqlite3.connect(database)
    ((name, content),) = connection.execute(
        "SELECT sha256, content FROM blobs WHERE instr(content, 'HTS Number')"
    ).fetchall()
    changed = content.replace(b'"6%"', b'"7%"').replace(b'"10%"', b'"11%"').replace(b'"4%"', b'"5%"')
    assert changed != content
    connection.execute("UPDATE blobs SET content = ? WHERE sha256 = ?", (changed, name))
    connection.commit()
    connection.close()
    code, found = verified()
    assert code == 1
    assert {p["check"] for p in found["problems"]} >= {"tariff files have their SHA-256"}


def test_each_cent_of_a_parcel_is_explained(database: Path) -> None:
    assert database.exists()
    connection = sqlite3.connect(database)
    ((stream,),) = connection.execute(
        "SELECT DISTINCT stream FROM commits WHERE stream LIKE 'deferral/%'"
    ).fetchall()
    connection.close()
    result = CliRunner().invoke(app, ["explain", stream, "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["entry"] == stream
    assert found["lines"]
    assert all(line["adds_up"] for line in found["lines"])
    layers = [share for line in found["lines"] for amount in line["amounts"] for share in amount["layers"]]
    assert layers
    assert all(share["admission"].startswith("214 ") for share in layers)
    assert "the lesser of" in found["waiver"]["how"]
    shown = CliRunner().invoke(app, ["explain", stream])
    assert "waived: the lesser of" in " ".join(shown.output.split())
