"""A scenario on seven processes comes out as it does in one: the same balances, entries and duty."""

import json
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from fastapi import FastAPI
from tests.integration.chaos.census import ask_ftz
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
from ftz_reporting.views.archive import Archive
from ftz_reporting.views.tracing import Tracer

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


async def in_one_process(loaded: Loaded, order: str) -> tuple[list[Said], Any]:
    """The facts of a scenario played in one process, and the story of an order."""
    world = simulated(Settings(), PlayedClock(loaded.start), loaded.cbp())
    app = make_app(world.services, [s.api for s in world.services if s.api is not None])
    player = Player(world, loaded, app)
    await player.play()
    assert player.unexpected == []
    told = await Tracer(Archive(world.service("reporting").ports.store)).trace(order, "order")
    return await facts_of(world), msgspec.to_builtins(told.story)


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


#: Who is first within one instant is nobody's to say across partitions: which of two entries opened at once
#: takes the lower number of the gapless series, which of the goods admitted at once opens the estimate, the
#: version of a stream that an alert had heard. So these fields are compared as "there is one", ...
PLACES = {"entry_number", "control", "attempt", "heard"}
#: ... and of these facts only how many there are: they are about such a number (the simulated CBP's streams
#: are named by it), a running remainder between two draws of one instant, or a word that came late.
ORDERED_FREELY = {
    "ftz.duty.number.taken.v1",
    "ftz.duty.number.assigned.v1",
    "ftz.duty.entry.numbered.v1",
    "ftz.duty.estimate.proposed.v1",
    "ftz.duty.estimate.made.v1",
    "ftz.duty.estimate.added.v1",
    "ftz.cbp.filing.taken.v1",
    "ftz.cbp.filing.answered.v1",
    "ftz.cbp.deadline.set.v1",
    "ftz.cbp.cause.noted.v1",
    "ftz.inventory.cover.drawn.v1",
}
#: Of these also the number may differ: whether a risk is cleared twice or the second word finds it cleared.
UNCOUNTED = {"ftz.alerts.risk.cleared.v1", "ftz.alerts.cause.noted.v1"}
_ENTRY_NUMBER = re.compile(r"Z99-26\d+(-\d)?")  # also where a message names it
_DERIVED = re.compile(
    r"\b[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b"
)  # ids made of places


def essence(facts: list[Said]) -> Counter[str]:
    """Every fact with its stream and every value, but for what only tells the order within an instant."""
    return Counter(
        fact_type if fact_type in ORDERED_FREELY else f"{fact_type} {stream} {json.dumps(_placeless(data))}"
        for fact_type, stream, data in facts
        if fact_type not in UNCOUNTED
    )


def _placeless(data: Any) -> Any:
    if isinstance(data, dict):
        return {k: "*" if k in PLACES else _placeless(v) for k, v in sorted(data.items())}
    if isinstance(data, list):
        return [_placeless(item) for item in data]
    return _ENTRY_NUMBER.sub("*", _DERIVED.sub("*", data)) if isinstance(data, str) else data


def numbers(facts: list[Said]) -> list[tuple[str, int]]:
    """The numbers that every series gave out."""
    return sorted((stream, data["number"]) for t, stream, data in facts if t.endswith("number.taken.v1"))


def story_of(told: Any) -> str:
    """A story as text; entry numbers are places in an order, as above."""
    return _placeless(json.dumps(told, sort_keys=True, indent=1))


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


@pytest.mark.parametrize(
    ("name", "order"),
    [("tests/golden/cases/one-order.yaml", "O1"), ("samples/home-goods/scenario.yaml", "O-1042")],
)
async def test_a_scenario_comes_out_the_same_on_processes(  # noqa: PLR0917 fixtures
    name: str, order: str, own_kafka: Server, mongo_server: Server, unique: str, tmp_path: Path
) -> None:
    loaded = load(ROOT / name)
    facts, unexpected = await played_on_processes(loaded, own_kafka, mongo_server, unique, tmp_path)
    assert unexpected == []
    expected, story = await in_one_process(loaded, order)
    assert numbers(facts) == numbers(expected)
    found, wanted = essence(facts), essence(expected)
    assert sorted((found - wanted).elements()) == []
    assert sorted((wanted - found).elements()) == []
    assert len(found) > 50, "a scenario in which little happens compares little"
    told = ask_ftz(Fleet(own_kafka, mongo_server, unique, tmp_path), "trace", order, "--kind", "order")
    assert story_of(told) == story_of(story)
    assert ask_ftz(Fleet(own_kafka, mongo_server, unique, tmp_path), "verify")["problems"] == []
