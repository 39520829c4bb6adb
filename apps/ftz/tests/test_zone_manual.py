"""`ftz zone manual`: keep a version, list them, what is refused (19 CFR 146.21(b))."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ftz_cli.zone import zone_app
from ftz_cli.zone_manual import manual_app

SAMPLE = Path(__file__).parents[3] / "samples" / "home-goods" / "zone.yaml"


def ran(app: Any, *words: str) -> Any:
    return CliRunner().invoke(app, list(words))


@pytest.fixture
def manual(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A zone in a database of its own, and the file of its manual."""
    monkeypatch.setenv("FTZ_VAR", str(tmp_path / "var"))
    assert ran(zone_app, "apply", str(SAMPLE)).exit_code == 0
    file = tmp_path / "manual.pdf"
    file.write_bytes(b"procedures")
    return file


def keep(file: Path, *more: str, version: str = "1", sent: str = "2026-01-05") -> Any:
    words = ["keep", str(file), "--zone", "999", "--version", version, "--effective-from", "2026-01-05"]
    return ran(manual_app, *words, "--sent-on", sent, "--kept-at", "office, shelf 2", "--who", "p-7", *more)


def test_a_version_is_kept_by_its_digest_and_listed(manual: Path) -> None:
    result = keep(manual)
    assert result.exit_code == 0, result.output
    assert "version 1 of the manual is kept" in result.output
    assert "1 version of the manual" in ran(manual_app, "list", "999").output
    (kept,) = json.loads(ran(manual_app, "list", "999", "--json").output)["manuals"]
    assert kept["sha256"] == sha256(b"procedures").hexdigest()
    assert keep(manual, version="2").exit_code == 0
    assert "2 versions of the manual" in ran(manual_app, "list", "999").output


def test_a_late_one_needs_its_reason_and_says_how_late_it_was(manual: Path) -> None:
    refused = keep(manual, "--json", sent="2026-01-08")
    assert refused.exit_code == 2
    assert json.loads(refused.output)["code"] == "manual-sent-late"
    assert keep(manual, "--late-because", "nobody told the office", sent="2026-01-08").exit_code == 0
    (kept,) = json.loads(ran(manual_app, "list", "999", "--json").output)["manuals"]
    assert (kept["days_late"], kept["late_because"]) == (3, "nobody told the office")


def test_what_the_zone_changed_after_the_newest_manual_is_named(manual: Path, tmp_path: Path) -> None:
    assert keep(manual).exit_code == 0
    text = SAMPLE.read_text(encoding="utf-8")
    line = next(row for row in text.splitlines() if row.startswith("effective_from:"))
    changed = tmp_path / "zone.yaml"
    changed.write_text(
        text.replace(line, 'effective_from: "2026-03-01"').replace("name: Home goods sample zone", "name: X"),
        encoding="utf-8",
    )
    assert ran(zone_app, "apply", str(changed)).exit_code == 0
    assert "changed after the newest: name" in ran(manual_app, "list", "999").output


def test_a_file_that_is_not_there_is_refused(manual: Path) -> None:
    result = keep(manual.with_name("other.pdf"), "--json")
    assert result.exit_code == 2
    assert json.loads(result.output)["code"] == "no-such-file"
