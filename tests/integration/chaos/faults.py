"""The faults, one after another, each seen to have happened where it was meant to."""

import asyncio
import random
import signal
from collections.abc import Sequence

import httpx
from tests.integration.chaos.report import Report
from tests.integration.conftest import impatient
from tests.integration.processes import Fleet, Running
from tests.integration.servers.found import Server
from tests.integration.servers.spawned import Spawned

from ftz_common.bus.kafka import KafkaBus
from ftz_common.bus.kafka_broker import Cluster
from ftz_common.bus.port import BusUnavailable, Delivery, Subscription
from ftz_common.contracts import envelope, table
from ftz_common.store.mongo import MongoStore
from ftz_common.store.mongo_client import MongoClient

VICTIMS = ("inventory", "duty", "reporting", "alerts")
WRITERS = ("inventory", "duty")
AT_RANDOM = "killed at random"
INSERTED = "killed between insert and publish"
PUBLISHED = "killed between publish and offset commit"
FROZEN = "inventory frozen until its partitions were another's"
RESTARTED = "broker killed and started"
SILENT = "store stopped, seconds"
KILLS = (AT_RANDOM, INSERTED, PUBLISHED)
#: How often a moment that lasts milliseconds is looked for.
TRIES = 10


class Faults:
    """What befalls a fleet."""

    def __init__(self, fleet: Fleet, kafka: Server, mongo: Server, seed: int, report: Report) -> None:
        assert kafka.process is not None, "only a broker of our own can be killed"
        assert mongo.process is not None, "only a store of our own can be stopped"
        self.fleet, self.report = fleet, report
        self.broker: Spawned = kafka.process
        self.store: Spawned = mongo.process
        self.address = kafka.address
        self.random = random.Random(seed)
        self.client = MongoClient(mongo.address, prefix=fleet.prefix)
        self.http = httpx.AsyncClient(timeout=5)

    async def close(self) -> None:
        await self.http.aclose()
        await self.client.close()

    async def run(self, kills: int, silent_seconds: int) -> None:
        """All of it: a third of the kills at each of the three places, restarts and silence between."""
        for number in range(kills):
            await asyncio.sleep(self.random.random())
            await (self.kill, self.kill_after_insert, self.kill_after_publish)[number % 3]()
            if number in (kills // 3, 2 * kills // 3):
                await self.restart_broker()
            if number in (kills // 4, 3 * kills // 4):
                await self.freeze_inventory()
            if number == kills // 2:
                await self.stop_store(silent_seconds)

    # ---- kills ----------------------------------------------------------------------------------

    async def kill(self) -> None:
        """SIGKILL at any moment, also while it starts."""
        alive = [r for r in self.fleet.running if r.alive and r.service in VICTIMS]
        self._kill(self.random.choice(alive), AT_RANDOM)

    def _kill(self, one: Running, what: str) -> None:
        one.kill()
        one.start()
        self.report.did[what] += 1

    async def kill_after_insert(self) -> None:
        """The broker is frozen; a commit of this writer is seen in the store; the writer is killed."""
        while True:
            one, writer = await self._writer(*WRITERS)
            store = MongoStore(self.client, one.service)
            stored = await store.written(writer, 0, 1_000_000)
            last = stored[-1].seq if stored else 0
            self.broker.send(signal.SIGSTOP)
            try:
                if await self._seen(store, writer, last):
                    self._kill(one, INSERTED)
                    return
            finally:
                self.broker.send(signal.SIGCONT)
            await asyncio.sleep(0.3)

    async def _seen(self, store: MongoStore, writer: str, last: int) -> bool:
        for _ in range(30):
            if await store.written(writer, last, 1):
                return True
            await asyncio.sleep(0.01)
        return False

    async def kill_after_publish(self) -> None:
        """Again until one was caught: the offset may be committed before we see the word."""
        for _ in range(TRIES):
            if await self._caught_after_publish():
                return

    async def _caught_after_publish(self) -> bool:
        """A topic is watched; who speaks is killed on sight, and the offset of its cause is still held."""
        one, writer = await self._writer("duty")
        spoke: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        caught = asyncio.Event()

        async def see(deliveries: Sequence[Delivery]) -> None:
            for delivery in deliveries if caught.is_set() else ():
                fact = envelope.decode(delivery.value)
                if fact.writer == writer and fact.sourceref and not spoke.done():
                    one.kill()
                    spoke.set_result(fact.sourceref)

        bus = KafkaBus(impatient(self.address))
        bus.subscribe(Subscription(None, (table.home("duty"),), see))
        try:
            await bus.start()
            caught.set()
            place = await asyncio.wait_for(spoke, 20)
        except (TimeoutError, BusUnavailable):
            return False
        finally:
            await bus.stop()
        topic, partition, offset = place.rsplit("/", 2)
        held = await self._committed(one.service, topic, int(partition)) <= int(offset)
        one.start()
        self.report.did[PUBLISHED if held else AT_RANDOM] += 1
        return held

    async def _committed(self, group: str, topic: str, partition: int) -> int:
        cluster = Cluster(impatient(self.address))
        await cluster.open()
        try:
            return (await cluster.committed(group)).get((topic, partition), 0)
        finally:
            await cluster.close()

    async def _writer(self, *services: str) -> tuple[Running, str]:
        """A process that is up, and the name that it writes under."""
        while True:
            candidates = [r for r in self.fleet.running if r.alive and r.service in services]
            self.random.shuffle(candidates)
            for one in candidates:
                try:
                    said = (await self.http.get(f"{one.address}/status")).json()["services"][0]
                except (httpx.HTTPError, ValueError, KeyError):
                    continue
                if said["ready"] and said["writer"]:
                    return one, str(said["writer"])
            await asyncio.sleep(0.3)

    # ---- servers, and a zombie ------------------------------------------------------------------

    async def freeze_inventory(self) -> None:
        """One of two is silent beyond its session, wakes, and finishes a batch that is another's by now."""
        one, _ = await self._writer("inventory")
        one.send(signal.SIGSTOP)
        await asyncio.sleep(5)  # sessions end after three
        one.send(signal.SIGCONT)
        self.report.did[FROZEN] += 1

    async def restart_broker(self) -> None:
        """SIGKILL; its log is recovered on start."""
        self.broker.stop(signal.SIGKILL)
        await asyncio.to_thread(self.broker.start)
        self.report.did[RESTARTED] += 1

    async def stop_store(self, seconds: int) -> None:
        """SIGSTOP: it answers nobody, and nobody's connection ends."""
        self.store.send(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        self.store.send(signal.SIGCONT)
        self.report.did[SILENT] += seconds
