"""A process that cannot start says why and leaves with code 2; topics are applied once and for life."""

import asyncio
import signal
from collections.abc import Generator
from pathlib import Path

import httpx
import pytest
from tests.integration.conftest import impatient
from tests.integration.processes import Fleet
from tests.integration.servers.found import Server
from tests.integration.servers.spawned import free_port

from ftz_common.bus.kafka_broker import BusRefused, Cluster, NewTopicSpec
from ftz_common.contracts import table
from ftz_common.contracts.topics import CLOCK, topics_wanted
from ftz_common.process.settings import ProcessSettings
from ftz_common.process.topics import apply
from ftz_common.store.mongo import MongoStore
from ftz_common.store.mongo_client import MongoClient
from ftz_common.testing.store_suite import commit


async def refusal(fleet: Fleet, **told: str) -> str:
    """What a process says that cannot start."""
    one = fleet.add("alerts", **told)
    assert await asyncio.to_thread(one.wait, 90) == 2
    return one.said()


@pytest.fixture
def fleet(own_kafka: Server, mongo_server: Server, unique: str, tmp_path: Path) -> Generator[Fleet]:
    processes = Fleet(own_kafka, mongo_server, unique, tmp_path)
    yield processes
    processes.stop()


async def test_topics_are_made_once_and_never_repartitioned(own_kafka: Server) -> None:
    settings = ProcessSettings(kafka=own_kafka.address, partitions=4)
    wanted = topics_wanted(4, {"shop"})
    first = await apply(settings, {"shop"})
    assert set(first.made) == set(wanted)
    assert wanted[table.REFERENCE] == wanted[CLOCK] == 1
    assert {"ftz.shipments.shop.v1", "ftz.outcomes.shop.v1"} <= set(first.made)
    second = await apply(settings, {"shop"})
    assert second.made == []
    assert set(second.there) == set(wanted)
    third = await apply(settings, {"shop", "dock"})
    assert set(third.made) == {"ftz.shipments.dock.v1", "ftz.outcomes.dock.v1"}
    for other in (2, 8):
        with pytest.raises(BusRefused, match=r"fixed for life.* Nothing was changed"):
            await apply(settings.model_copy(update={"partitions": other}), {"later"})
    cluster = Cluster(impatient(own_kafka.address))
    await cluster.open()
    topics = await cluster.topics()
    await cluster.close()
    assert "ftz.shipments.later.v1" not in topics
    assert {name: topics[name] for name in wanted} == wanted


async def test_what_is_wrong_with_the_servers_is_said_on_start(fleet: Fleet, own_kafka: Server) -> None:
    assert "run `ftz topics apply`" in await refusal(fleet)
    await apply(ProcessSettings(kafka=own_kafka.address, partitions=4), set())
    nowhere = f"127.0.0.1:{free_port()}"
    assert f"Kafka at {nowhere} does not take us" in await refusal(fleet, FTZ_KAFKA=nowhere)
    wrong = f"mongodb://user:secret@{nowhere}/?serverSelectionTimeoutMS=300"
    said = await refusal(fleet, FTZ_MONGO=wrong)
    assert f"MongoDB at {nowhere} cannot be reached" in said
    assert "secret" not in said
    assert "must have 5" in await refusal(fleet, FTZ_PARTITIONS="5")
    client = MongoClient(fleet.mongo.address, prefix=fleet.prefix)
    store = MongoStore(client, "alerts")
    await store.open()
    await store.insert([commit()])
    await client.database("alerts")["commits"].drop_index("cause")
    await client.close()
    assert "no unique index" in await refusal(fleet)


async def test_a_process_is_ready_then_leaves_in_order_on_sigterm(fleet: Fleet, own_kafka: Server) -> None:
    await apply(ProcessSettings(kafka=own_kafka.address, partitions=4), set())
    one = fleet.add("alerts")
    await fleet.ready()
    async with httpx.AsyncClient() as client:
        assert (await client.get(f"{one.address}/livez")).status_code == 200
        status = (await client.get(f"{one.address}/status")).json()["services"][0]
        assert status["ready"] is True
        assert (await client.get(f"{one.address}/metrics")).status_code == 200
    taken = fleet.add("alerts", FTZ_PORT=str(one.port))
    assert await asyncio.to_thread(taken.wait, 90) == 2
    assert "set FTZ_PORT to a free port" in taken.said()
    one.send(signal.SIGTERM)
    assert await asyncio.to_thread(one.wait, 30) == 0


async def test_a_topic_that_was_made_by_hand_is_refused(own_kafka: Server) -> None:
    cluster = Cluster(impatient(own_kafka.address))
    await cluster.open()
    await cluster.create([NewTopicSpec(table.REFERENCE, 3)])
    await cluster.close()
    with pytest.raises(BusRefused, match=r"ftz\.reference\.v1 has 3 partitions, not 1"):
        await apply(ProcessSettings(kafka=own_kafka.address, partitions=4), set())


async def test_a_topic_that_forgets_is_refused_with_what_to_do(own_kafka: Server) -> None:
    cluster = Cluster(impatient(own_kafka.address))
    await cluster.open()
    await cluster.create([NewTopicSpec(table.home("duty"), 4, configs={"retention.ms": "604800000"})])
    await cluster.close()
    with pytest.raises(
        BusRefused, match=r"ftz\.duty\.\S+ has retention\.ms=604800000, not -1: facts would be lost"
    ):
        await apply(ProcessSettings(kafka=own_kafka.address, partitions=4), set())
