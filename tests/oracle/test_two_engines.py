"""Two engines agree: the entry as the services compile it, and as the law reads (law.py), to the cent."""

import ast
import asyncio
import json
import sys
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from tests.oracle import histories, law

from ftz_cli.expect import facts_of
from ftz_cli.play import Player
from ftz_cli.scenario import load
from ftz_cli.text_yaml import read_yaml
from ftz_cli.world import simulated
from ftz_common.flow.clock import PlayedClock
from ftz_common.settings import Settings
from ftz_common.web.app import make_app

SUMS = ("entered_value", "duty", "mpf")
#: What many histories must have compared.
EVERYTHING = {
    "entry",
    "entry that waits for a person",
    "supplemental entry",
    *(f"line in status {status}" for status in "PN"),
    *(f"line of {column}" for column in ("general", "column2")),
    *(f"line by the {name} revision" for name in ("first", "second")),
    *(
        f"measure {result}"
        for result in ("applies", "not-in-force", "exempt", "not-met", "excluded", "unknown")
    ),
}
#: The oracle reads no content: privileged content of what is made in the zone is a line of its own.
NOT_READ = {"duty-08-all-pf", "duty-08-mixed", "duty-11-motor-pf", "duty-12-processing-loss"}
CASES = sorted(
    path
    for path in (Path(__file__).parents[1] / "golden" / "cases").glob("duty-*.yaml")
    if path.stem not in NOT_READ
)


async def _played(path: Path) -> law.Facts:
    loaded = load(path)
    world = simulated(Settings(), PlayedClock(loaded.start), loaded.cbp())
    app = make_app(world.services, [s.api for s in world.services if s.api is not None])
    player = Player(world, loaded, app)
    await player.play()
    assert player.unexpected == []
    return await facts_of(world)


def facts_from(path: Path) -> law.Facts:
    """Every fact of a run of a scenario file."""
    return asyncio.run(_played(path))


def schedules_of(scenario: dict[str, Any]) -> list[law.Schedule]:
    return [law.Schedule(t["revision"], t["effective"], t["csv"]) for t in scenario["tariff"]]


def measures_of(scenario: dict[str, Any]) -> law.Measures:
    """The sets that were taken, as their authors wrote them."""
    calls = [step["call"] for step in scenario["steps"] if "call" in step]
    taken = [c for c in calls if c["path"] == "/v1/duty/measures" and not c.get("status")]
    return [measure for call in taken for measure in call["body"]["document"]["measures"]]


def compiled(facts: law.Facts, entry: str) -> list[dict[str, Any]] | None:
    """The week's entries as the services made them, their numbers as fractions; None when they wait."""
    whole = [d for kind, s, d in facts if kind == "ftz.duty.entry.compiled.v1" and s == entry]
    if not whole:
        return None
    lines = [
        line
        for kind, stream, d in facts
        if kind == "ftz.duty.entrylines.compiled.v1" and stream == entry
        for line in d["lines"]
    ]
    entries = [_entry(one, lines) for one in whole[0]["documents"]]
    for name in SUMS:
        assert Fraction(whole[0][name]) == sum(one[name] for one in entries), name
    assert Fraction(whole[0]["total"]) == sum(one["duty"] + one["mpf"] for one in entries)
    return entries


def _entry(one: dict[str, Any], lines: list[dict[str, Any]]) -> dict[str, Any]:
    first = one["first_line"] - 1
    return {
        "entry_date": one["entry_date"],
        "fee_year": one["fee_year"],
        **{name: Fraction(one[name]) for name in SUMS},
        "lines": [_line(line) for line in lines[first : first + one["line_count"]]],
    }


def _money(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)


def _line(line: dict[str, Any]) -> dict[str, Any]:
    return {
        "goods": (
            line["number"],
            line["status"],
            line.get("pf_filed_on") or "",
            line["origin"],
            line["unit"],
        ),
        "quantity": Fraction(line["quantity"]),
        "value": Fraction(line["entered_value"]),
        "rate": (line["revision"], line.get("column", "general"), line["rate_text"]),
        "stack": {s["measure"]: (s["result"], _money(s.get("duty"))) for s in line.get("stack", [])},
        "duty": _money(line["duty"]),
    }


def literally(facts: law.Facts, entry: str, scenario: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The same entries by the oracle, in the same shape."""
    timezone = scenario["zone"]["timezone"]
    found = law.entry_of(facts, entry, timezone, schedules_of(scenario), measures_of(scenario))
    return None if found is None else [one | {"lines": [_read(x) for x in one["lines"]]} for one in found]


def _read(line: dict[str, Any]) -> dict[str, Any]:
    return {
        "goods": tuple(line[name] for name in ("number", "status", "pf_filed_on", "origin", "unit")),
        "quantity": line["quantity"],
        "value": line["value"],
        "rate": (line["revision"], line["column"], line["rate_text"]),
        "stack": line["stack"],
        "duty": line["duty"],
    }


def agree(facts: law.Facts, scenario: dict[str, Any], seen: Counter[str] | None = None) -> None:
    """Every entry of a run. `seen`: what was compared is counted there."""
    for entry in law.weeks(facts):
        if not law.lines_of(facts, entry):
            continue
        made = compiled(facts, entry)
        assert made == literally(facts, entry, scenario), entry
        if seen is not None:
            seen.update(_kinds(made))


def _kinds(made: list[dict[str, Any]] | None) -> Iterator[str]:
    yield "entry" if made is not None else "entry that waits for a person"
    yield from ("supplemental entry" for _ in (made or [])[1:])
    for line in (line for one in made or [] for line in one["lines"]):
        yield f"line in status {line['goods'][1]}"
        yield f"line of {line['rate'][1]}"
        yield f"line by the {line['rate'][0]} revision"
        yield from (f"measure {result}" for result, _ in line["stack"].values())


def test_the_oracle_shares_nothing_with_the_product() -> None:
    tree = ast.parse(Path(law.__file__).read_text(encoding="utf-8"))
    names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    names |= {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_golden_cases_read_literally(path: Path) -> None:
    agree(facts_from(path), read_yaml(path))


def _history(seed: int, folder: Path, seen: Counter[str] | None = None) -> None:
    """One seed; the folder keeps its scenario file, so that it can be played by hand (`ftz check`)."""
    scenario, path = histories.scenario(seed), folder / f"seed-{seed}.yaml"
    path.write_text(json.dumps(scenario, indent=1), encoding="utf-8")
    agree(facts_from(path), scenario, seen)


@pytest.mark.parametrize("seed", range(12))
def test_random_weeks(seed: int, tmp_path: Path) -> None:
    _history(seed, tmp_path)


@pytest.mark.slow
def test_many_random_weeks(tmp_path: Path) -> None:
    seen: Counter[str] = Counter()
    for seed in range(300):
        _history(seed, tmp_path, seen)
    assert set(seen) == EVERYTHING, seen
    assert seen["entry"] > 300
