"""The bus on Kafka: batches of raw bytes, offsets let go only after a batch is done.

What a crash, a rebalance or a batch that took too long repeats is harmless: causes are remembered, and a
stream's next version is taken once. So a commit of offsets that fails is logged, not raised.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ftz_common.bus.kafka_broker import (
    BusRefused,
    Cluster,
    Connection,
    ConsumerRebalanceListener,
    ConsumerRecord,
    IllegalStateError,
    KafkaError,
    TopicPartition,
    make_broker,
    make_subscriber,
)
from ftz_common.bus.port import BusUnavailable, Delivery, Message, Subscription

_log = logging.getLogger(__name__)

#: Between two tries of a batch whose handler raised: the first and the longest wait, in seconds.
RETRY_SECONDS = (0.1, 5.0)
Record = ConsumerRecord[bytes, bytes]
Partition = tuple[str, int]


class KafkaBus:
    """The bus port on Kafka. `subscribe`, then `start`; `stop` finishes the batches in hand.

    `partitions` says how many a topic must have; `start` refuses another count, or a topic that is missing.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        partitions: Mapping[str, int] | None = None,
        retry_seconds: tuple[float, float] = RETRY_SECONDS,
    ) -> None:
        self.connection = connection
        self.cluster = Cluster(connection)
        self.retry_seconds = retry_seconds
        self.broker = make_broker(connection)
        self.stopping = asyncio.Event()
        self._partitions = dict(partitions or {})
        self._connected = False
        self._connecting = asyncio.Lock()
        self._readers: list[Reader] = []

    # ---- publishing -----------------------------------------------------------------------------

    async def connect(self) -> None:
        """Connect; raises `BusRefused` naming the address, or the user that is not let in."""
        async with self._connecting:
            if not self._connected:
                await self.cluster.open()
                await self.broker.connect()
                self._connected = True

    async def publish(self, messages: Sequence[Message]) -> None:
        if not messages:
            return
        if not self._connected:
            await self.connect()
        acks: list[asyncio.Future[Any]] = []
        patience = self.connection.request_ms / 1000  # an idempotent client would try for ever
        try:
            async with asyncio.timeout(patience):
                for message in messages:
                    acks.append(await self._sent(message))
                await asyncio.wait(acks)
        except (KafkaError, OSError, TimeoutError) as error:
            for ack in acks:
                ack.add_done_callback(_heard)  # some may arrive all the same: twice is harmless
            raise BusUnavailable(f"Kafka at {self.connection.servers}: {error!r}") from error
        failed = [error for ack in acks if (error := ack.exception()) is not None]
        if failed:
            raise BusUnavailable(f"Kafka at {self.connection.servers}: {failed[0]!r}") from failed[0]

    async def _sent(self, message: Message) -> "asyncio.Future[Any]":
        """Handed to the client in order; the future is done when all replicas have it."""
        return await self.broker.publish(
            message.value,
            message.topic,
            key=message.key.encode(),
            headers=dict(message.headers),
            correlation_id=message.headers.get("ce_id", "-"),
            no_confirm=True,
        )

    # ---- subscribing ----------------------------------------------------------------------------

    def subscribe(self, subscription: Subscription) -> None:
        self._readers.append(Reader(self, subscription))

    async def start(self) -> None:
        """Read reference topics to their present end, then join the groups. Raises `BusRefused`."""
        await self.connect()
        await self._check_topics()
        reference = [r for r in self._readers if r.subscription.group is None]
        await asyncio.gather(*(reader.start() for reader in reference))
        await asyncio.gather(*(reader.caught_up() for reader in reference))
        await asyncio.gather(*(r.start() for r in self._readers if r.subscription.group is not None))

    async def _check_topics(self) -> None:
        existing = await self.cluster.topics()
        for reader in self._readers:
            for topic in reader.subscription.topics:
                if not topic.endswith("*") and topic not in existing:
                    raise BusRefused(f"topic {topic} does not exist: run `ftz topics apply`")
        for topic, count in self._partitions.items():
            if existing.get(topic, count) != count:
                raise BusRefused(
                    f"topic {topic} has {existing[topic]} partitions and must have {count}: keys would move"
                    " between partitions, so set FTZ_PARTITIONS to what the topics were made with"
                )

    async def stop(self) -> None:
        """Stop fetching, finish the batches in hand, commit, leave the groups, disconnect."""
        self.stopping.set()
        await asyncio.gather(*(reader.stop() for reader in self._readers))
        if self._connected:
            await self.broker.stop()
            await self.cluster.close()

    def done(self) -> dict[str, dict[str, int]]:
        """By group (or "reads ..."), the offset behind what this process has done, by "topic/partition"."""
        found: dict[str, dict[str, int]] = {}
        for reader in self._readers:
            offsets = {f"{topic}/{n}": offset for (topic, n), offset in reader.done.items()}
            found.setdefault(reader.name, {}).update(offsets)
        return found

    def hears(self) -> dict[str, list[str]]:
        """By the same names, the topics and prefixes heard."""
        found: dict[str, list[str]] = {}
        for reader in self._readers:
            found.setdefault(reader.name, []).extend(reader.subscription.topics)
        return found

    async def lag(self) -> dict[str, int]:
        """Records not yet done, by group, over every partition of its topics, whoever reads them.

        A reader without a group counts for this process, as "reads" and its topics.
        """
        existing = await self.cluster.topics()
        readers = list(self._readers)
        heard = {t: n for t, n in existing.items() if any(r.subscription.hears(t) for r in readers)}
        groups = sorted({r.subscription.group for r in readers if r.subscription.group is not None})
        ends = await self.cluster.ends(heard)  # first the ends: what is published now is not behind
        done = dict(zip(groups, await asyncio.gather(*map(self.cluster.committed, groups)), strict=True))
        found: dict[str, int] = {}
        for reader in readers:
            group = reader.subscription.group
            name = f"reads {' '.join(reader.subscription.topics)}" if group is None else group
            through = reader.done if group is None else done[group]
            behind = sum(
                end - through.get(p, 0) for p, end in ends.items() if reader.subscription.hears(p[0])
            )
            found[name] = found.get(name, 0) + behind
        return found


class Reader:
    """One subscription of this process."""

    def __init__(self, bus: KafkaBus, subscription: Subscription) -> None:
        self.subscription = subscription
        self.name = subscription.group or f"reads {' '.join(subscription.topics)}"
        self.done: dict[Partition, int] = {}  #: the offset behind what was handled, by partition
        self.failures = 0
        self._bus = bus
        self._working = asyncio.Lock()
        self._moved = asyncio.Event()
        self._subscriber = make_subscriber(
            bus.broker,
            bus.connection,
            group=subscription.group,
            topics=subscription.topics,
            batch_max=subscription.batch_max,
            listener=_Rebalances(self),
            handle=self.handle,
        )

    async def start(self) -> None:
        """Begin to fetch."""
        if self.subscription.group is None:
            await self.assigned()  # the driver tells only members of groups
        await self._subscriber.start()

    async def stop(self) -> None:
        """Finish the batch in hand, and leave the group."""
        await self._subscriber.stop()

    async def caught_up(self) -> None:
        """Wait until everything that was there on start is handled."""
        topics = {t: n for t, n in (await self._bus.cluster.topics()).items() if self.subscription.hears(t)}
        ends = await self._bus.cluster.ends(topics)
        while any(self.done.get(partition, 0) < end for partition, end in ends.items()):
            self._moved.clear()
            await self._moved.wait()

    async def handle(self, records: Sequence[Record]) -> None:
        """Have a batch handled and let its offsets go; or go back to where it began, and wait."""
        async with self._working:
            mine = await self._still_mine(records)
            if not mine:
                return
            try:
                await self.subscription.handler([_delivery(record) for record in mine])
            except Exception:
                seconds = min(self._bus.retry_seconds[1], self._bus.retry_seconds[0] * 2**self.failures)
                self.failures += 1
                _log.warning("%s failed; again in %s s", self.subscription.group, seconds, exc_info=True)
                self._rewind(mine)
            else:
                self.failures, seconds = 0, 0.0
                await self._let_go(mine)
        if seconds:
            await _wait(self._bus.stopping, seconds)

    async def _still_mine(self, records: Sequence[Record]) -> list[Record]:
        """The records of partitions that were not taken away (and perhaps given back) since the fetch."""
        consumer = self._subscriber.consumer
        last = {TopicPartition(r.topic, r.partition): r.offset for r in records}
        lost: set[Any] = set()
        for partition, offset in last.items():
            try:
                if await consumer.position(partition) <= offset:
                    lost.add(partition)
            except IllegalStateError:
                lost.add(partition)
        return [r for r in records if TopicPartition(r.topic, r.partition) not in lost]

    def _rewind(self, records: Sequence[Record]) -> None:
        consumer = self._subscriber.consumer
        for (topic, number), offset in _firsts(records).items():
            partition = TopicPartition(topic, number)
            if partition in consumer.assignment():
                consumer.seek(partition, offset)

    async def _let_go(self, records: Sequence[Record]) -> None:
        through = {(r.topic, r.partition): r.offset + 1 for r in records}
        if self.subscription.group is not None:
            offsets = {TopicPartition(*partition): offset for partition, offset in through.items()}
            try:
                await self._subscriber.consumer.commit(offsets)
            except (KafkaError, IllegalStateError) as error:
                _log.warning("%s: offsets not committed, the batch may come again: %r",
                             self.subscription.group, error)  # fmt: skip
        self.done |= through
        self._moved.set()

    async def revoked(self) -> None:
        """Partitions go away: let the batch in hand finish first, if it does in time."""
        try:
            async with asyncio.timeout(self._bus.connection.poll_interval_ms_max / 2000):
                async with self._working:
                    return
        except TimeoutError:
            _log.warning("%s: partitions went away from under a batch", self.subscription.group)

    async def assigned(self) -> None:
        """Partitions came: forget what is cached for the old ones."""
        if self.subscription.on_assigned is not None:
            await self.subscription.on_assigned()


class _Rebalances(ConsumerRebalanceListener):
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def on_partitions_revoked(self, revoked: Any) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] aiokafka awaits what it gets
        if revoked:
            await self._reader.revoked()

    async def on_partitions_assigned(self, assigned: Any) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] so here
        await self._reader.assigned()


def _firsts(records: Iterable[Record]) -> dict[Partition, int]:
    found: dict[Partition, int] = {}
    for record in records:
        found.setdefault((record.topic, record.partition), record.offset)
    return found


def _delivery(record: Record) -> Delivery:
    """The record as the port gives it; what FastStream adds to the headers is taken off again."""
    headers = {name: (value or b"").decode("utf-8", "replace") for name, value in record.headers}
    headers.pop("correlation_id", None)
    if headers.get("content-type") == "":
        del headers["content-type"]
    return Delivery(
        record.topic,
        record.partition,
        record.offset,
        (record.key or b"").decode("utf-8", "replace"),
        record.value or b"",
        headers,
    )


def _heard(ack: "asyncio.Future[Any]") -> None:
    if not ack.cancelled():
        ack.exception()


async def _wait(stopping: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return
