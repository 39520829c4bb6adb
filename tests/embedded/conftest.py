"""The embedded world as people meet it: the `ftz` command in a process of its own, on its folder."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from ftz_cli.main import app

SAMPLE = Path(__file__).parents[2] / "samples" / "home-goods"
FTZ = (sys.executable, "-c", "from ftz_cli.main import app; app()")

Start = Callable[..., "subprocess.Popen[str]"]


def environment(var: Path, port: int) -> dict[str, str]:
    """Ours, on a folder of its own; nothing else of FTZ_ is inherited."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FTZ_")}  # noqa: TID251 the command's own
    return {**kept, "FTZ_VAR": str(var), "FTZ_PORT": str(port), "COLUMNS": "120", "NO_COLOR": "1"}


@pytest.fixture
def start() -> Any:
    """Starts `ftz` on a var folder; whatever still runs when the test ends is killed."""
    running: list[subprocess.Popen[str]] = []

    def run(var: Path, *words: str | Path, port: int = 0) -> "subprocess.Popen[str]":
        process = subprocess.Popen(  # noqa: S603 our own command
            [*FTZ, *map(str, words)],
            env=environment(var, port),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield run
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which the golden case that the test's file names as `CASE` was played."""
    var = tmp_path_factory.mktemp("played")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FTZ_VAR", str(var))
        result = CliRunner().invoke(app, ["run", str(request.module.CASE), "--once"])
    assert result.exit_code == 0, result.output
    return var / "ftz.db"


@pytest.fixture
def database(played: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, the test's own to look at and to damage."""
    monkeypatch.setenv("FTZ_VAR", str(tmp_path))
    source, target = sqlite3.connect(played), sqlite3.connect(tmp_path / "ftz.db")
    source.backup(target)
    source.close()
    target.close()
    return tmp_path / "ftz.db"


@pytest.fixture
def first_weeks(tmp_path: Path) -> Callable[[str], Path]:
    """Makes a scenario of the sample zone up to an instant."""
    return lambda until: _cut(tmp_path, until)


def _cut(folder: Path, until: str) -> Path:
    end = datetime.fromisoformat(until)
    said = yaml.load((SAMPLE / "scenario.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506 it makes only text
    said["steps"] = [step for step in said["steps"] if datetime.fromisoformat(step["at"]) < end]
    said["zone"] = str(SAMPLE / said["zone"])
    said["tariff"][0]["file"] = str(SAMPLE / said["tariff"][0]["file"])
    feed = (SAMPLE / "feed.jsonl").read_text(encoding="utf-8").splitlines()
    kept = [line for line in feed if datetime.fromisoformat(json.loads(line)["at"]) < end]
    (folder / "feed.jsonl").write_text("\n".join(kept) + "\n", encoding="utf-8")
    said.update(name="first-weeks", until=until, expect={})
    made = folder / "first-weeks.yaml"
    made.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    return made
