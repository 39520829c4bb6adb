"""Runs of scenario files, and both engines' entries in one shape."""

import asyncio
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

from tests.oracle import law

from ftz_cli.expect import facts_of
from ftz_cli.play import Player
from ftz_cli.scenario import load
from ftz_cli.text_yaml import read_yaml
from ftz_cli.world import simulated
from ftz_common.flow.clock import PlayedClock
from ftz_common.settings import Settings
from ftz_common.web.app import make_app

SUMS = ("entered_value", "duty", "mpf")

#: What a person claims of a parcel that has no assessment yet is refused, and so is the exportation of one in
#: which nothing is foreign: the random orders take domestic goods, too.
REFUSED = (
    "/claims: answered 422 deferral-not-assessed",
    "/exportations: answered 422 nothing-exported",
)


async def _played(path: Path) -> law.Facts:
    loaded = load(path)
    world = simulated(Settings(), PlayedClock(loaded.start), loaded.cbp())
    app = make_app(world.services, [s.api for s in world.services if s.api is not None])
    player = Player(world, loaded, app)
    await player.play()
    assert [said for said in player.unexpected if not any(each in said for each in REFUSED)] == []
    return await facts_of(world)


def facts_from(path: Path) -> law.Facts:
    """Every fact of a run of a scenario file."""
    return asyncio.run(_played(path))


def whole(path: Path) -> dict[str, Any]:
    """A scenario file with the files that it names: zone, schedules, feeds."""
    scenario = read_yaml(path)
    if isinstance(scenario["zone"], str):
        scenario["zone"] = read_yaml(path.parent / scenario["zone"])
    for revision in scenario["tariff"]:
        if "file" in revision:
            revision["csv"] = (path.parent / revision["file"]).read_text(encoding="utf-8")
    for feed in scenario.get("feeds", []):
        lines = (path.parent / feed).read_text(encoding="utf-8").splitlines()
        scenario["steps"] = [*map(json.loads, lines), *scenario["steps"]]
    return scenario


def schedules_of(scenario: dict[str, Any]) -> list[law.Schedule]:
    return [law.Schedule(t["revision"], t["effective"], t["csv"]) for t in scenario["tariff"]]


def measures_of(scenario: dict[str, Any]) -> law.Measures:
    """The sets that were taken, as their authors wrote them."""
    calls = [step["call"] for step in scenario["steps"] if "call" in step]
    taken = [c for c in calls if c["path"] == "/v1/duty/measures" and not c.get("status")]
    return [measure for call in taken for measure in call["body"]["document"]["measures"]]


def announced_in(scenario: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What was said last of each shipment, by the stream of its admission."""
    events = [step["event"] for step in scenario["steps"] if "event" in step]
    said: dict[str, dict[str, Any]] = {}
    for event in events:
        if event["type"] == "shipment.announced":
            data = event["data"]
            stream = f"admission/{data['account']}/{data.get('issuer', event['source'])}/{data['shipment']}"
            said[stream] = data
    return {stream: data for stream, data in said.items() if data.get("mode")}


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
        "lines": [line_of(line) for line in lines[first : first + one["line_count"]]],
    }


def _money(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)


def line_of(line: dict[str, Any]) -> dict[str, Any]:
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
    return None if found is None else [one | {"lines": [read_line(x) for x in one["lines"]]} for one in found]


def read_line(line: dict[str, Any]) -> dict[str, Any]:
    return {
        "goods": tuple(line[name] for name in ("number", "status", "pf_filed_on", "origin", "unit")),
        "quantity": line["quantity"],
        "value": line["value"],
        "rate": (line["revision"], line["column"], line["rate_text"]),
        "stack": line["stack"],
        "duty": line["duty"],
    }
