"""A scenario on seven processes comes out as it does in one: the same balances, entries and duty."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from tests.integration.conftest import impatient
from tests.integration.processes import PACKAGES, Fleet
from tests.integration.servers.found import Server

from ftz_cli.expect import Said, differences, facts_of
from ftz_cli.play import Player
from ftz_cli.remote import RemotePlayer, RemoteWorld
from ftz_cli.scenario import Loaded, load
from ftz_cli.world import simulated
from ftz_common.bus.kafka import KafkaBus
from ftz_common.flow.clock import PlayedClock
from ftz_common.process.settings import ProcessSettings
from ftz_common.process.topics import apply
from ftz_common.settings import Settings
from ftz_common.store.mongo import MongoStore
from ftz_common.store.mongo_client import MongoClient
from ftz_common.web.app import make_app

ROOT = Path(__file__).parents[2]


@dataclass
class Stores:
    """What `facts_of` asks of a world: services with their stores."""

    services: list[Any]


@dataclass
class _Ports:
    store: MongoStore


@dataclass
class _Service:
    name: str
    ports: _Ports


@asynccontextmanager
async def stores(mongo: Server, prefix: str) -> AsyncIterator[Stores]:
    """The stores of all services, to look into."""
    client = MongoClient(mongo.address, prefix=prefix)
    yield Stores([_Service(name, _Ports(MongoStore(client, name))) for name in PACKAGES])
    await client.close()


async def in_one_process(loaded: Loaded) -> list[Said]:
    """The facts of a scenario played in one process."""
    world = simulated(Settings(), PlayedClock(loaded.start), loaded.cbp())
    app = make_app(world.services, [s.api for s in world.services if s.api is not None])
    player = Player(world, loaded, app)
    await player.play()
    assert player.unexpected == []
    return await facts_of(world)


def sandbox_environment(loaded: Loaded) -> dict[str, str]:
    """How the simulated CBP behaves, as environment."""
    settings = loaded.cbp()
    if settings is None:
        return {}
    told = settings.model_dump(mode="json")
    return {
        f"FTZ_CBP_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
        for name, value in told.items()
    }


def essence(facts: list[Said]) -> Counter[str]:
    """Balances, entries and duty: layers, draws, prices and entries, wherever they stand and in any order."""
    kinds = (
        "inventory.layer.opened",
        "inventory.stock.drawn",
        "inventory.draw.reversed",
        "inventory.removal.uncovered",
        "duty.withdrawal.priced",
        "duty.entry.compiled",
        "duty.summary.accepted",
        "duty.inbond.closed",
        "alerts.alert.raised",
    )
    wanted = {f"ftz.{kind}.v1" for kind in kinds}
    return Counter(
        f"{t} {stream} {json.dumps(data, sort_keys=True)}" for t, stream, data in facts if t in wanted
    )


async def played_on_processes(
    loaded: Loaded, kafka: Server, mongo: Server, prefix: str, folder: Path
) -> tuple[list[Said], list[str]]:
    """The facts of a scenario on seven processes, and what is not as it says."""
    fleet = Fleet(kafka, mongo, prefix, folder, more={"FTZ_CLOCK": "played", **sandbox_environment(loaded)})
    sources = {source["name"] for source in loaded.zone()["sources"]}
    await apply(ProcessSettings(kafka=kafka.address, partitions=4), sources)
    fleet.start()
    try:
        await fleet.ready()
        bus = KafkaBus(impatient(kafka.address))
        world = RemoteWorld(fleet.addresses(), bus, PlayedClock(datetime(1970, 1, 1, tzinfo=UTC)))
        player = RemotePlayer(world, loaded, FastAPI())
        try:
            await player.play()
        finally:
            await world.close()
    finally:
        fleet.stop()
    async with stores(mongo, prefix) as at_rest:
        facts = await facts_of(at_rest)  # pyright: ignore[reportArgumentType] it only looks into stores
        differs = await differences(at_rest, loaded.scenario.expect)  # pyright: ignore[reportArgumentType] so does this
    return facts, [*player.unexpected, *differs]


@pytest.mark.parametrize("name", ["tests/golden/cases/one-order.yaml"])
async def test_a_scenario_comes_out_the_same_on_processes(
    name: str, own_kafka: Server, mongo_server: Server, unique: str, tmp_path: Path
) -> None:
    loaded = load(ROOT / name)
    facts, unexpected = await played_on_processes(loaded, own_kafka, mongo_server, unique, tmp_path)
    assert unexpected == []
    expected = essence(await in_one_process(loaded))
    assert expected, "a scenario in which nothing happens compares nothing"
    assert essence(facts) - expected == Counter()
    assert expected - essence(facts) == Counter()
