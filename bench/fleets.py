"""Runs on real servers: our processes, and the rivals' in their place, from first event to last price."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from fastapi import FastAPI
from tests.integration.conftest import impatient
from tests.integration.processes import Fleet
from tests.integration.servers.found import Server

from bench import hops, unit
from bench.rivals import naive, relay
from ftz_cli.remote import RemotePlayer, RemoteWorld
from ftz_common.bus.kafka import KafkaBus
from ftz_common.bus.kafka_broker import Cluster, NewTopicSpec
from ftz_common.contracts import table
from ftz_common.flow.clock import PlayedClock
from ftz_common.process.settings import ProcessSettings
from ftz_common.process.topics import apply

PARTITIONS = 4
READY_SECONDS = 60.0
PRICED_SECONDS = 240.0


class NotPriced(Exception):
    """Not everything arrived in time."""


@dataclass(frozen=True)
class Servers:
    """What runs."""

    kafka: Server
    mongo: Server
    folder: Path


async def topics(kafka: str, names: Sequence[str]) -> None:
    """Topics for a rival, with as many partitions as ours have."""
    cluster = Cluster(impatient(kafka))
    await cluster.open()
    try:
        await cluster.create([NewTopicSpec(name, PARTITIONS) for name in names])
    finally:
        await cluster.close()


class Finish:
    """Sees the last line priced, on the topic on which duty says so."""

    def __init__(self, kafka: str, topic: str, is_priced: Callable[[Any], bool]) -> None:
        self._consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka, auto_offset_reset="latest")
        self._is_priced = is_priced

    async def __aenter__(self) -> "Finish":
        await self._consumer.start()
        await self._consumer.seek_to_end()
        for partition in self._consumer.assignment():
            await self._consumer.position(partition)
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._consumer.stop()

    async def seen(self, count: int, patience: float | None = None) -> float:
        """When the last of so many was seen."""
        left = count
        try:
            async with asyncio.timeout(patience or PRICED_SECONDS):
                while left > 0:
                    for records in (await self._consumer.getmany(timeout_ms=50)).values():
                        left -= sum(map(self._is_priced, records))
        except TimeoutError:
            raise NotPriced(f"{left} of {count} lines were not priced in time") from None
        return time.perf_counter()


# ---- ours ---------------------------------------------------------------------------------------


@asynccontextmanager
async def ours(servers: Servers, prefix: str) -> AsyncIterator[tuple[Fleet, RemoteWorld]]:
    """The six services and the simulated CBP as processes, with the zone's goods in stock."""
    kafka = servers.kafka.address
    loaded = unit.zone(servers.folder)
    fleet = Fleet(servers.kafka, servers.mongo, prefix, servers.folder, more={"FTZ_CLOCK": "played"})
    await apply(ProcessSettings(kafka=kafka, partitions=PARTITIONS), {unit.SOURCE})
    fleet.start()
    world = RemoteWorld({}, KafkaBus(impatient(kafka)), PlayedClock(datetime(1970, 1, 1, tzinfo=UTC)))
    try:
        await fleet.ready()
        world.addresses = fleet.addresses()
        player = RemotePlayer(world, loaded, FastAPI())
        await player.play()
        if player.unexpected:
            raise NotPriced(player.unexpected[0])
        await world.move_to(unit.NOW)
        yield fleet, world
    finally:
        await world.close()
        fleet.stop()


async def our_orders_per_second(servers: Servers, world: RemoteWorld, count: int) -> float:
    """From the first event to the last price, after a warm-up."""

    def is_priced(record: Any) -> bool:
        return ("ce_type", unit.PRICED.encode()) in record.headers

    async with Finish(servers.kafka.address, table.home("duty"), is_priced) as finish:
        warm = max(5, count // 10)
        await world.bus.publish(unit.orders(warm, 10_000_000))
        await finish.seen(warm * unit.LINES)
        await world.settle()
        begun = time.perf_counter()
        publishing = asyncio.create_task(world.bus.publish(unit.orders(count)))
        end = await finish.seen(count * unit.LINES)
        await publishing
    return count / (end - begun)


# ---- rivals -------------------------------------------------------------------------------------


class Rivals:
    """One process of a rival program in the place of each service."""

    def __init__(self, module: str, services: Sequence[str], arguments: Sequence[str], log: Path) -> None:
        self._log = log
        with log.open("ab") as out:
            self._processes = [
                subprocess.Popen(
                    [sys.executable, "-m", module, service, *arguments], stdout=subprocess.PIPE, stderr=out
                )
                for service in services
            ]

    async def ready(self) -> None:
        """Until each has said so."""
        async with asyncio.timeout(READY_SECONDS):
            for process in self._processes:
                assert process.stdout is not None
                if b"ready\n" not in await asyncio.to_thread(_lines_until_ready, process.stdout):
                    raise NotPriced(f"a rival did not start: {self._log.read_text()[-2000:]}")

    def stop(self) -> None:
        """SIGTERM, and see them gone."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
            if process.stdout is not None:
                process.stdout.close()


def _lines_until_ready(out: IO[bytes]) -> list[bytes]:
    """What a program says until it is ready, or ends."""
    said: list[bytes] = []
    while b"ready\n" not in said and (line := out.readline()):
        said.append(line)
    return said


async def rival_orders_per_second(
    servers: Servers, plan: hops.Hops, count: int, *, program: str, space: str, with_insert: bool
) -> float:
    """A relay or the naive app on the hops of ours; as ours is measured."""
    kafka, mongo = servers.kafka.address, servers.mongo.address
    names = sorted({space + record.topic for record in plan.records} | _plain(plan, space))
    await topics(kafka, names)
    path = plan.kept(servers.folder / f"hops-{space}json")
    arguments = [str(path), kafka, space, *([mongo] if with_insert else [])]
    rivals = Rivals(f"bench.rivals.{program}", list(plan.hears), arguments, servers.folder / f"{space}log")
    said = _RELAY if program == "relay" else _NAIVE
    priced = set(plan.priced)
    producer = AIOKafkaProducer(bootstrap_servers=kafka, **relay.PRODUCER)
    await producer.start()
    try:
        await rivals.ready()
        duty = Finish(kafka, space + table.home("duty"), lambda r: said.number(r.value) in priced)
        async with duty as finish:
            warm = max(2, count // 10)
            await _send(producer, plan, space, said, range(10_000_000, 10_000_000 + warm))
            await finish.seen(warm * unit.LINES)
            await asyncio.sleep(0.5)
            begun = time.perf_counter()
            sending = asyncio.create_task(_send(producer, plan, space, said, range(count)))
            end = await finish.seen(count * unit.LINES)
            await sending
        return count / (end - begun)
    finally:
        await producer.stop()
        rivals.stop()


def _plain(plan: hops.Hops, space: str) -> set[str]:
    """Every topic that some process subscribes to by name: it would wait for one that does not exist."""
    heard = {t for consumers in plan.hears.values() for topics in consumers for t in topics}
    return {space + topic for topic in heard if not topic.endswith("*")}


@dataclass(frozen=True)
class _Said:
    value: Callable[[int, int, int], bytes]
    number: Callable[[bytes], int]


_RELAY = _Said(relay.value, relay.number_of)
_NAIVE = _Said(
    lambda number, order, size: naive.event(number, order, size).model_dump_json().encode(),
    lambda body: naive.Event.model_validate_json(body).number,
)


async def _send(producer: AIOKafkaProducer, plan: hops.Hops, space: str, said: _Said, numbers: range) -> None:
    sent: list[asyncio.Future[Any]] = []
    for order in numbers:
        for number in plan.from_shop:
            record = plan.records[number]
            body = said.value(number, order, record.size)
            sent.append(await producer.send(space + record.topic, body, key=b"%d" % order))
    await asyncio.gather(*sent)
