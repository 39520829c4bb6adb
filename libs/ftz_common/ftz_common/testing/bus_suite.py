"""What every bus must do, as tests that each adapter inherits: provide the fixture `broker`.

`BusSuite` is for all; `ReplicaSuite` for those whose groups are shared by several processes.
"""

# ruff: noqa: S101 these are tests, inherited by each adapter
import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import pytest

from ftz_common.bus.port import Bus, Delivery, Message, Subscription


class Process(Protocol):
    """What one process holds of a broker."""

    @property
    def bus(self) -> Bus: ...

    async def start(self) -> None:
        """Take up the subscriptions."""
        ...

    async def stop(self) -> None:
        """Leave in order: what was handled is committed."""
        ...

    async def crash(self) -> None:
        """Be gone, without another word to the broker; the broker notices."""
        ...


class Broker(Protocol):
    """A broker under test."""

    async def topic(self, name: str, partitions: int = 1) -> None:
        """Create a topic."""
        ...

    def process(self, name: str) -> Process:
        """A process that may publish, and subscribe before it is started."""
        ...

    async def drain(self) -> None:
        """Wait until all started processes have handled everything."""
        ...


@dataclass
class Ear:
    """A handler that remembers."""

    heard: list[Delivery] = field(default_factory=list[Delivery])
    batches: list[int] = field(default_factory=list[int])
    then: Callable[[Sequence[Delivery]], Awaitable[None]] | None = None

    async def __call__(self, batch: Sequence[Delivery]) -> None:
        if self.then is not None:
            await self.then(batch)
        self.heard += batch
        self.batches.append(len(batch))

    @property
    def values(self) -> list[bytes]:
        """What was heard, in order of hearing."""
        return [delivery.value for delivery in self.heard]

    def of_key(self, key: str) -> list[bytes]:
        """What was heard under one key."""
        return [delivery.value for delivery in self.heard if delivery.key == key]


def message(value: object, *, topic: str = "ftz.shipments.one.v1", key: str = "k") -> Message:
    """A small message; equal values make equal bytes."""
    return Message(topic, key, str(value).encode())


ONE, TWO = "ftz.shipments.one.v1", "ftz.shipments.two.v1"


class BrokerFixtures:
    """What an adapter provides: `broker`."""

    @pytest.fixture
    def broker(self) -> Broker:
        raise NotImplementedError("each adapter's test class provides its broker")


class BusSuite(BrokerFixtures):
    """One process, its groups, and its restarts."""

    async def test_every_group_hears_every_record_once(self, broker: Broker) -> None:
        await broker.topic(ONE, 4)
        process, ears = broker.process("p"), [Ear(), Ear()]
        for n, ear in enumerate(ears):
            process.bus.subscribe(Subscription(f"group-{n}", (ONE,), ear))
        await process.start()
        await process.bus.publish([message(n, key=f"k{n}") for n in range(100)])
        await broker.drain()
        for ear in ears:
            assert sorted(ear.values) == sorted(str(n).encode() for n in range(100))
        await process.stop()

    async def test_a_record_comes_as_it_was_published(self, broker: Broker) -> None:
        await broker.topic(ONE)
        process, ear = broker.process("p"), Ear()
        process.bus.subscribe(Subscription("g", (ONE,), ear))
        await process.start()
        headers = {"ce_id": "x", "traceparent": "00-ab-cd-01", "note": "é"}
        sent = [Message(ONE, "MUG/BLUE é", bytes(range(256)), headers), Message(ONE, "k", b"")]
        await process.bus.publish(sent)
        await broker.drain()
        assert [Message(d.topic, d.key, d.value, d.headers) for d in ear.heard] == sent
        await process.stop()

    async def test_publishing_nothing_is_no_error(self, broker: Broker) -> None:
        process = broker.process("p")
        await process.start()
        await process.bus.publish([])
        await process.stop()

    async def test_records_of_one_key_come_in_order(self, broker: Broker) -> None:
        await broker.topic(ONE, 4)
        process, ear = broker.process("p"), Ear()
        process.bus.subscribe(Subscription("g", (ONE,), ear, batch_max=7))
        await process.start()
        for start in range(0, 200, 40):
            await process.bus.publish([message(n, key=f"k{n % 5}") for n in range(start, start + 40)])
        await broker.drain()
        for key in range(5):
            assert ear.of_key(f"k{key}") == [str(n).encode() for n in range(key, 200, 5)]
        await process.stop()

    async def test_places_are_unique_and_rise_in_a_partition(self, broker: Broker) -> None:
        await broker.topic(ONE, 2)
        await broker.topic(TWO, 1)
        process, ear = broker.process("p"), Ear()
        process.bus.subscribe(Subscription("g", (ONE, TWO), ear))
        await process.start()
        sent = [message(n, topic=topic, key=f"k{n}") for n in range(40) for topic in (ONE, TWO)]
        await process.bus.publish(sent)
        await broker.drain()
        assert len({delivery.place for delivery in ear.heard}) == 80
        last: dict[tuple[str, int], int] = {}
        for delivery in ear.heard:
            assert delivery.offset > last.get((delivery.topic, delivery.partition), -1)
            last[delivery.topic, delivery.partition] = delivery.offset
        await process.stop()

    @pytest.mark.parametrize("batch_max", [1, 10, 250])
    async def test_a_batch_is_at_most_as_large_as_asked(self, broker: Broker, batch_max: int) -> None:
        await broker.topic(ONE, 4)
        process, ear = broker.process("p"), Ear()
        process.bus.subscribe(Subscription("g", (ONE,), ear, batch_max=batch_max))
        await process.bus.publish([message(n, key=f"k{n}") for n in range(60)])
        await process.start()
        await broker.drain()
        assert len(ear.heard) == 60
        assert max(ear.batches) <= batch_max
        await process.stop()

    async def test_topics_not_subscribed_are_not_heard(self, broker: Broker) -> None:
        await broker.topic(ONE)
        await broker.topic(TWO)
        process, ear = broker.process("p"), Ear()
        process.bus.subscribe(Subscription("g", (TWO,), ear))
        await process.start()
        await process.bus.publish([message("one"), message("two", topic=TWO)])
        await broker.drain()
        assert ear.values == [b"two"]
        await process.stop()

    async def test_a_prefix_hears_every_topic_that_starts_with_it(self, broker: Broker) -> None:
        await broker.topic(ONE)
        await broker.topic(TWO)
        await broker.topic("ftz.shipmentsx.v1")
        process, ear = broker.process("p"), Ear()
        process.bus.subscribe(Subscription("g", ("ftz.shipments.*",), ear))
        await process.start()
        away = message("no", topic="ftz.shipmentsx.v1")
        await process.bus.publish([message("one"), away, message("two", topic=TWO)])
        await broker.drain()
        assert sorted(ear.values) == [b"one", b"two"]
        await process.stop()

    async def test_a_prefix_hears_a_topic_that_comes_later(self, broker: Broker) -> None:
        await broker.topic(ONE)
        process, ear = broker.process("p"), Ear()
        process.bus.subscribe(Subscription("g", ("ftz.shipments.*",), ear))
        await process.start()
        await process.bus.publish([message("one")])
        await broker.drain()
        await broker.topic(TWO)
        await process.bus.publish([message("two", topic=TWO)])
        await broker.drain()
        assert ear.values == [b"one", b"two"]
        await process.stop()

    async def test_a_handler_that_raises_gets_its_batch_again(self, broker: Broker) -> None:
        await broker.topic(ONE, 2)
        process, failures = broker.process("p"), 2

        async def fail_twice(_batch: Sequence[Delivery]) -> None:
            nonlocal failures
            failures -= 1
            if failures >= 0:
                raise ConnectionError("the store is away")

        ear = Ear(then=fail_twice)
        process.bus.subscribe(Subscription("g", (ONE,), ear))
        await process.start()
        await process.bus.publish([message(n, key=f"k{n % 3}") for n in range(30)])
        await broker.drain()
        for key in range(3):
            assert ear.of_key(f"k{key}") == [str(n).encode() for n in range(key, 30, 3)]
        await process.stop()

    async def test_a_failing_group_does_not_stop_the_others(self, broker: Broker) -> None:
        await broker.topic(ONE)
        process, well = broker.process("p"), Ear()
        order: list[str] = []

        async def failing(_batch: Sequence[Delivery]) -> None:
            order.append("failing")
            if order.count("failing") == 1:
                raise ConnectionError("the store is away")

        async def working(_batch: Sequence[Delivery]) -> None:
            order.append("working")

        well.then = working
        process.bus.subscribe(Subscription("ill", (ONE,), Ear(then=failing)))
        process.bus.subscribe(Subscription("well", (ONE,), well))
        await process.bus.publish([message(1)])
        await process.start()
        await broker.drain()
        assert well.values == [b"1"]
        assert order.index("working") < len(order) - 1 - order[::-1].index("failing"), "before the second try"
        await process.stop()

    async def test_a_handler_may_publish(self, broker: Broker) -> None:
        await broker.topic(ONE)
        await broker.topic(TWO)
        process, ear = broker.process("p"), Ear()

        async def pass_on(batch: Sequence[Delivery]) -> None:
            await process.bus.publish([Message(TWO, d.key, d.value + b"!") for d in batch])

        process.bus.subscribe(Subscription("first", (ONE,), pass_on))
        process.bus.subscribe(Subscription("second", (TWO,), ear))
        await process.start()
        await process.bus.publish([message(n) for n in range(3)])
        await broker.drain()
        assert ear.values == [b"0!", b"1!", b"2!"]
        await process.stop()

    async def test_a_group_goes_on_where_it_stopped(self, broker: Broker) -> None:
        await broker.topic(ONE, 2)
        first, ear = broker.process("p"), Ear()
        first.bus.subscribe(Subscription("g", (ONE,), ear))
        await first.start()
        await first.bus.publish([message(n, key=f"k{n}") for n in range(10)])
        await broker.drain()
        await first.stop()
        second, again = broker.process("p"), Ear()
        second.bus.subscribe(Subscription("g", (ONE,), again))
        await second.start()
        await second.bus.publish([message(n, key=f"k{n}") for n in range(10, 20)])
        await broker.drain()
        assert sorted(ear.values + again.values) == sorted(str(n).encode() for n in range(20))
        await second.stop()

    async def test_what_was_not_finished_comes_again_after_a_crash(self, broker: Broker) -> None:
        await broker.topic(ONE)
        entered = asyncio.Event()

        async def stuck(_batch: Sequence[Delivery]) -> None:
            entered.set()
            await asyncio.Event().wait()

        first = broker.process("p")
        first.bus.subscribe(Subscription("g", (ONE,), stuck))
        await first.start()
        await first.bus.publish([message(n) for n in range(3)])
        draining = asyncio.create_task(broker.drain())
        await entered.wait()
        draining.cancel()
        await asyncio.gather(draining, return_exceptions=True)
        await first.crash()
        second, ear = broker.process("p again"), Ear()
        second.bus.subscribe(Subscription("g", (ONE,), ear))
        await second.start()
        await broker.drain()
        assert ear.values == [b"0", b"1", b"2"]
        await second.stop()

    async def test_a_new_group_starts_at_the_beginning(self, broker: Broker) -> None:
        await broker.topic(ONE)
        first = broker.process("p")
        first.bus.subscribe(Subscription(None, (ONE,), Ear()))  # keeps foreign records in the embedded world
        await first.start()
        await first.bus.publish([message(n) for n in range(5)])
        await broker.drain()
        await first.stop()
        second, late = broker.process("p"), Ear()
        second.bus.subscribe(Subscription("late", (ONE,), late))
        await second.start()
        await broker.drain()
        assert len(late.heard) == 5
        await second.stop()

    async def test_a_reader_without_a_group_reads_from_the_start_each_time(self, broker: Broker) -> None:
        await broker.topic(ONE)
        for run in range(1, 4):
            process, ear, shared = broker.process("p"), Ear(), Ear()
            process.bus.subscribe(Subscription(None, (ONE,), ear))
            process.bus.subscribe(Subscription("g", (ONE,), shared))
            await process.start()
            await process.bus.publish([message(run)])
            await broker.drain()
            assert ear.values == [str(n).encode() for n in range(1, run + 1)]
            assert shared.values == [str(run).encode()]
            await process.stop()

    async def test_readers_without_a_group_share_nothing(self, broker: Broker) -> None:
        await broker.topic(ONE, 4)
        process, ears = broker.process("p"), [Ear(), Ear()]
        for ear in ears:
            process.bus.subscribe(Subscription(None, (ONE,), ear))
        await process.start()
        await process.bus.publish([message(n, key=f"k{n}") for n in range(20)])
        await broker.drain()
        assert [len(ear.heard) for ear in ears] == [20, 20]
        await process.stop()

    async def test_a_reader_is_told_of_its_partitions_before_it_hears(self, broker: Broker) -> None:
        await broker.topic(ONE)
        process, order = broker.process("p"), list[str]()

        async def assigned() -> None:
            order.append("assigned")

        async def hear(_batch: Sequence[Delivery]) -> None:
            order.append("heard")

        process.bus.subscribe(Subscription("g", (ONE,), hear, on_assigned=assigned))
        await process.bus.publish([message(1)])
        await process.start()
        await broker.drain()
        assert order[0] == "assigned"
        assert "heard" in order
        await process.stop()


class ReplicaSuite(BrokerFixtures):
    """Several processes in one group."""

    async def started(self, broker: Broker, count: int) -> tuple[list[Process], list[Ear]]:
        """Processes in one group, each with its ear."""
        processes = [broker.process(f"p{n}") for n in range(count)]
        ears = [Ear() for _ in processes]
        for process, ear in zip(processes, ears, strict=True):
            process.bus.subscribe(Subscription("g", (ONE,), ear, batch_max=5))
            await process.start()
        return processes, ears

    async def test_members_share_the_records_and_a_key_stays_with_one(self, broker: Broker) -> None:
        await broker.topic(ONE, 8)
        processes, ears = await self.started(broker, 2)
        await broker.drain()
        await processes[0].bus.publish([message(n, key=f"k{n % 40}") for n in range(400)])
        await broker.drain()
        assert sorted(ears[0].values + ears[1].values) == sorted(str(n).encode() for n in range(400))
        assert all(ear.heard for ear in ears)
        assert not {d.key for d in ears[0].heard} & {d.key for d in ears[1].heard}
        for process in processes:
            await process.stop()

    @pytest.mark.parametrize("how", ["stop", "crash"])
    async def test_the_others_take_over_what_a_member_leaves(self, broker: Broker, how: str) -> None:
        await broker.topic(ONE, 8)
        processes, ears = await self.started(broker, 3)
        await processes[0].bus.publish([message(n, key=f"k{n % 40}") for n in range(100)])
        await broker.drain()
        await (processes[1].stop() if how == "stop" else processes[1].crash())
        await processes[0].bus.publish([message(n, key=f"k{n % 40}") for n in range(100, 200)])
        await broker.drain()
        heard = ears[0].values + ears[1].values + ears[2].values
        assert {int(value) for value in heard} == set(range(200))
        assert all(int(value) < 100 for value in ears[1].values)
        for process in (processes[0], processes[2]):
            await process.stop()
