"""Processes on a shared Kafka, in one test's own name space, for the bus suites."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ftz_common.bus.kafka import KafkaBus
from ftz_common.bus.kafka_broker import Cluster, Connection, NewTopicSpec
from ftz_common.bus.port import Bus, Delivery, Message, Subscription


class KafkaProcess:
    """A bus whose topics and groups carry a prefix that nobody sees."""

    def __init__(self, connection: Connection, space: str) -> None:
        self._space = f"{space}."
        self.kafka = KafkaBus(connection, retry_seconds=(0.05, 0.2))
        self.running = False

    @property
    def bus(self) -> Bus:
        return self

    async def publish(self, messages: Sequence[Message]) -> None:
        await self.kafka.publish([replace(m, topic=self._space + m.topic) for m in messages])

    def subscribe(self, subscription: Subscription) -> None:
        async def handler(deliveries: Sequence[Delivery]) -> None:
            await subscription.handler(
                [replace(d, topic=d.topic.removeprefix(self._space)) for d in deliveries]
            )

        self.kafka.subscribe(
            replace(
                subscription,
                group=subscription.group and self._space + subscription.group,
                topics=tuple(self._space + topic for topic in subscription.topics),
                handler=handler,
            )
        )

    async def start(self) -> None:
        await self.kafka.start()
        self.running = True

    async def stop(self) -> None:
        self.running = False
        await self.kafka.stop()

    async def crash(self) -> None:
        """Gone without a word: no group is left, no batch is finished."""
        self.running = False
        for reader in self.kafka._readers:
            subscriber: Any = reader._subscriber
            subscriber.running = False
            for task in subscriber.tasks:
                task.cancel()
            await asyncio.gather(*subscriber.tasks, return_exceptions=True)
            coordinator = subscriber.consumer._coordinator
            if coordinator is not None and subscriber.group_id is not None:
                coordinator._maybe_leave_group = _nothing
            await subscriber.consumer.stop()
        await self.kafka.broker.config.disconnect()
        await self.kafka.cluster.close()


async def _nothing() -> None:
    return None


class KafkaSpace:
    """The broker of the bus suites."""

    def __init__(self, connection: Connection, space: str) -> None:
        self._connection, self._space = connection, space
        self.processes: list[KafkaProcess] = []

    async def topic(self, name: str, partitions: int = 1) -> None:
        cluster = Cluster(self._connection)
        await cluster.open()
        await cluster.create([NewTopicSpec(f"{self._space}.{name}", partitions)])
        await cluster.close()

    def process(self, name: str) -> KafkaProcess:
        self.processes.append(KafkaProcess(replace(self._connection, client=name), self._space))
        return self.processes[-1]

    async def drain(self) -> None:
        """Until nothing is behind, twice."""
        quiet = 0
        while quiet < 2:
            lags = [await p.kafka.lag() for p in self.processes if p.running]
            quiet = quiet + 1 if not any(behind for lag in lags for behind in lag.values()) else 0
            await asyncio.sleep(0.02)

    async def close(self) -> None:
        for process in self.processes:
            if process.running:
                await process.stop()
            elif process.kafka._connected and not process.kafka.stopping.is_set():
                await process.crash()
