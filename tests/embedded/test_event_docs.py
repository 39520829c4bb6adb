"""docs/events.md: every type has its section and its example, and each example is accepted, in order."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from ftz_cli.scenario import load
from ftz_cli.world import World, simulated
from ftz_cli.zone_file import read_zone
from ftz_common.contracts.platform import FOREIGN
from ftz_common.flow.clock import PlayedClock
from ftz_common.settings import Settings
from ftz_common.values.calendar import parse_instant
from ftz_common.web.app import make_app

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
EXAMPLES: list[dict[str, Any]] = [
    json.loads(block) for block in re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
]
SAMPLE = ROOT / "samples" / "home-goods"
DECISION = {"number": "6912.00.44.00", "who": "reviewer-1", "licence": "LICENCE-1", "reason": "stoneware mug"}


def test_every_type_has_an_example_and_a_section() -> None:
    assert {example["type"] for example in EXAMPLES} == set(FOREIGN)
    sections = set(re.findall(r"^## ([a-z]+\.[a-z]+)$", TEXT, re.MULTILINE))
    assert sections == {name.removeprefix("ftz.platform.").removesuffix(".v1") for name in FOREIGN}


async def send(world: World, client: httpx.AsyncClient, example: dict[str, Any]) -> dict[str, Any]:
    """An example at its own time; a part that nobody decided yet is decided."""
    await world.move_to(parse_instant(example["time"]))
    content = json.dumps(example).encode()
    headers = {"Content-Type": "application/cloudevents+json"}
    answer = (await client.post("/v1/events", content=content, headers=headers)).json()["answers"][0]
    await world.settle()
    if example["type"] == "ftz.platform.part.published.v1":
        path = f"/v1/classification/parts/home/{example['data']['sku']}/decisions"
        assert (await client.post(path, json=DECISION)).status_code == 201
        await world.settle()
    return answer


async def outcomes() -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """For each example the answer at the door and the last outcome."""
    loaded = load(SAMPLE / "scenario.yaml")
    world = simulated(Settings(), PlayedClock(loaded.start))
    app = make_app(world.services, [s.api for s in world.services if s.api is not None])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://ftz") as client:
        assert (await client.post("/v1/admissions/zones", json=read_zone(SAMPLE / "zone.yaml"))).is_success
        query = {"revision": "sample", "effective": "2026-02-01", "extract": "true"}
        content = (SAMPLE / "tariff.csv").read_bytes()
        assert (await client.post("/v1/duty/tariff", params=query, content=content)).is_success
        await world.settle()
        doors = {example["id"]: await send(world, client, example) for example in EXAMPLES}
        return {
            name: (door, (await client.get(door["outcome"])).json()["latest"]) for name, door in doors.items()
        }


@pytest.fixture(scope="module")
def answered() -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    return asyncio.run(outcomes())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example['type']} {example['id']}")
def test_an_example_is_accepted(
    example: dict[str, Any], answered: dict[str, tuple[dict[str, Any], dict[str, Any]]]
) -> None:
    door, outcome = answered[example["id"]]
    assert door["status"] == 202
    assert "dropped_fields" not in door
    assert (outcome["result"], outcome["code"]) == ("accepted", "")
