"""What a real broker adds to the contract: slow batches, lost partitions, a broker that goes and comes."""

import asyncio
import signal
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tests.integration.conftest import impatient
from tests.integration.servers import found, spawned
from tests.integration.servers.found import Server, docker_answers
from tests.integration.servers.settings import ServerSettings
from tests.integration.servers.spawned import free_port

from ftz_common.bus.kafka import KafkaBus
from ftz_common.bus.kafka_broker import BusRefused, Cluster, Connection, NewTopicSpec
from ftz_common.bus.port import BusUnavailable, Delivery, Message, Subscription
from ftz_common.store.mongo import MongoStore
from ftz_common.store.mongo_client import MongoClient
from ftz_common.store.port import StoreUnavailable
from ftz_common.testing.bus_suite import Ear
from ftz_common.testing.store_suite import commit


@pytest.fixture
async def topic(connection: Connection, unique: str) -> str:
    cluster = Cluster(connection)
    await cluster.open()
    await cluster.create([NewTopicSpec(f"{unique}.topic", 2)])
    await cluster.close()
    return f"{unique}.topic"


def numbered(topic: str, count: int, first: int = 0) -> list[Message]:
    return [Message(topic, f"k{n}", str(n).encode()) for n in range(first, first + count)]


async def until_done(bus: KafkaBus) -> None:
    while any((await bus.lag()).values()):
        await asyncio.sleep(0.05)


async def test_a_batch_slower_than_the_poll_interval_comes_again_and_is_done(
    connection: Connection, topic: str
) -> None:
    slow = True

    async def take_long(_batch: Sequence[Delivery]) -> None:
        nonlocal slow
        if slow:
            slow = False
            await asyncio.sleep(4)

    ear = Ear(then=take_long)
    bus = KafkaBus(replace(connection, poll_interval_ms_max=1_500), retry_seconds=(0.05, 0.2))
    bus.subscribe(Subscription(topic, (topic,), ear))
    await bus.start()
    await bus.publish(numbered(topic, 20))
    await until_done(bus)
    assert set(ear.values) == {str(n).encode() for n in range(20)}
    await bus.stop()


async def test_partitions_wait_for_the_batch_in_hand_before_they_move(
    connection: Connection, topic: str
) -> None:
    entered, finish = asyncio.Event(), asyncio.Event()

    async def held(_batch: Sequence[Delivery]) -> None:
        entered.set()
        await finish.wait()

    first, second = KafkaBus(connection), KafkaBus(connection)
    ears = [Ear(then=held), Ear()]
    for bus, ear in zip((first, second), ears, strict=True):
        bus.subscribe(Subscription(topic, (topic,), ear))
    await first.start()
    await first.publish(numbered(topic, 20))
    await entered.wait()
    joining = asyncio.create_task(second.start())
    await asyncio.sleep(1)
    finish.set()
    await joining
    await until_done(first)
    heard = ears[0].values + ears[1].values
    assert sorted(heard) == sorted(str(n).encode() for n in range(20)), "nothing lost, nothing twice"
    await first.stop()
    await second.stop()


async def test_publishing_and_hearing_go_on_after_the_broker_was_killed_and_started(
    own_kafka: Server, unique: str
) -> None:
    if own_kafka.process is None:
        pytest.skip("the broker is not ours to kill")
    connection = replace(impatient(own_kafka.address), request_ms=3_000)
    cluster = Cluster(connection)
    await cluster.open()
    await cluster.create([NewTopicSpec(unique, 2)])
    await cluster.close()
    bus, ear = KafkaBus(connection, retry_seconds=(0.05, 0.2)), Ear()
    bus.subscribe(Subscription(unique, (unique,), ear))
    await bus.start()
    await bus.publish(numbered(unique, 10))
    own_kafka.process.stop(signal.SIGKILL)
    with pytest.raises(BusUnavailable):
        await bus.publish(numbered(unique, 10, first=10))
    own_kafka.process.start()
    while True:
        try:
            await bus.publish(numbered(unique, 10, first=10))
            break
        except BusUnavailable:
            await asyncio.sleep(0.2)
    while set(ear.values) != {str(n).encode() for n in range(20)}:
        await asyncio.sleep(0.05)
    await bus.stop()


async def test_work_waits_for_a_store_that_is_gone_and_is_done_when_it_is_back(
    connection: Connection, topic: str, tmp_path: Path
) -> None:
    settings = ServerSettings()
    if settings.mongo or docker_answers():
        pytest.skip("the store is not ours to stop")
    with found.mongo(settings, tmp_path) as server:
        assert server.process is not None
        client = MongoClient(server.address, timeout_ms=500)
        store = MongoStore(client, "toy")
        await store.open()

        async def keep(batch: Sequence[Delivery]) -> None:
            for delivery in batch:  # again what was kept before: refused, and that is fine
                await store.insert([commit(f"order/{delivery.value.decode()}")])

        bus, ear = KafkaBus(connection, retry_seconds=(0.05, 0.2)), Ear(then=keep)
        bus.subscribe(Subscription(topic, (topic,), ear))
        await bus.start()
        await bus.publish(numbered(topic, 10))
        await until_done(bus)
        server.process.stop(signal.SIGTERM)
        await bus.publish(numbered(topic, 10, first=10))
        with pytest.raises(StoreUnavailable):
            await store.ping()
        await asyncio.sleep(1)
        assert any((await bus.lag()).values()), "what could not be stored is not let go"
        server.process.start()
        await until_done(bus)
        assert {c.stream async for c in store.commits()} == {f"order/{n}" for n in range(20)}
        await bus.stop()
        await client.close()


@pytest.mark.parametrize("let_in", [True, False])
async def test_wrong_credentials_are_named_with_the_user_and_without_the_password(
    let_in: bool, tmp_path: Path
) -> None:
    settings = ServerSettings()
    if settings.kafka or docker_answers():
        pytest.skip("only a broker of our own asks for a password")
    right = uuid4().hex
    server = spawned.kafka(settings.cache, tmp_path, right)
    server.start()
    said = right if let_in else uuid4().hex
    bus = KafkaBus(replace(impatient(server.address), username="ftz", password=said))
    try:
        if let_in:
            await bus.start()
        else:
            with pytest.raises(BusRefused, match=r"does not take us as ftz .* FTZ_KAFKA_PASSWORD") as refusal:
                await bus.start()
            assert said not in str(refusal.value)
    finally:
        await bus.stop()
        server.stop()


async def test_a_wrong_address_is_named() -> None:
    port = free_port()
    bus = KafkaBus(impatient(f"127.0.0.1:{port}"))
    with pytest.raises(BusRefused, match=rf"127\.0\.0\.1:{port} does not take us .* check FTZ_KAFKA"):
        await bus.start()
    await bus.stop()


async def test_a_missing_topic_is_named_with_what_to_do(connection: Connection, unique: str) -> None:
    bus = KafkaBus(connection)
    bus.subscribe(Subscription("g", (f"{unique}.none",), Ear()))
    with pytest.raises(BusRefused, match=f"topic {unique}.none does not exist: run `ftz topics apply`"):
        await bus.start()
    await bus.stop()


async def test_a_wrong_number_of_partitions_is_named(connection: Connection, topic: str) -> None:
    bus = KafkaBus(connection, partitions={topic: 3})
    with pytest.raises(BusRefused, match="has 2 partitions and must have 3"):
        await bus.start()
    await bus.stop()


async def test_headers_that_are_no_text_sink_no_batch(connection: Connection, topic: str) -> None:
    """A foreign producer may send any bytes as header, key or value."""
    bus, ear = KafkaBus(connection), Ear()
    bus.subscribe(Subscription(topic, (topic,), ear))
    await bus.start()
    producer: Any = bus.broker.config.producer._producer.producer  # what a foreign client is
    await producer.send_and_wait(
        topic, b"\xff\xfe", key=b"\xff", headers=[("odd", b"\xff\xfe"), ("none", None)]
    )
    await producer.send_and_wait(topic, None, key=b"tombstone")
    await bus.publish(numbered(topic, 1))
    await until_done(bus)
    assert sorted(ear.values) == [b"", b"0", b"\xff\xfe"]
    await bus.stop()
