"""Goods for Canada or Mexico in a database: explained to the cent, reckoned again, and damage is seen."""

import json
import sqlite3
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from ftz_cli.main import app

CASE = Path(__file__).parents[1] / "golden" / "cases" / "deferral-08-reduced.yaml"
CHECK = "duty of parcels for Canada and Mexico again from the schedule"


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
