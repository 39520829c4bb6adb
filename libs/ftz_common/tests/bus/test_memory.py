"""The memory bus: the contract, rebalances, zombies, and that a simulator can interrupt it."""

from collections.abc import Coroutine, Generator, Sequence
from types import coroutine
from typing import Any

import pytest

from ftz_common.bus.memory import Consumer, Fenced, MemoryBus
from ftz_common.bus.port import Bus, Delivery, Message, Subscription
from ftz_common.testing.bus_suite import ONE, TWO, BusSuite, Ear, ReplicaSuite, message


class MemoryProcess:
    """Subscriptions of one process; its consumers join the shared bus when it starts."""

    def __init__(self, shared: MemoryBus, name: str) -> None:
        self._shared, self._name = shared, name
        self._subscriptions: list[Subscription] = []
        self.consumers: list[Consumer] = []

    @property
    def bus(self) -> Bus:
        return self

    async def publish(self, messages: Sequence[Message]) -> None:
        await self._shared.publish(messages)

    def subscribe(self, subscription: Subscription) -> None:
        self._subscriptions.append(subscription)

    async def start(self) -> None:
        self.consumers = [self._shared.join(s, self._name) for s in self._subscriptions]

    async def stop(self) -> None:
        for consumer in self.consumers:
            consumer.leave()
        self.consumers = []

    crash = stop


class MemoryBroker:
    def __init__(self) -> None:
        self.bus = MemoryBus(partitions=8)
        self.processes: list[MemoryProcess] = []

    async def topic(self, name: str, partitions: int = 1) -> None:
        """They come to be when they are published to."""

    def process(self, name: str) -> MemoryProcess:
        self.processes.append(MemoryProcess(self.bus, name))
        return self.processes[-1]

    async def drain(self) -> None:
        moved = True
        while moved:
            moved = False
            for consumer in [c for p in self.processes for c in p.consumers]:
                batch = await consumer.poll()
                if batch:
                    moved = True
                    await self.handle(consumer, batch)

    async def handle(self, consumer: Consumer, batch: list[Delivery]) -> None:
        try:
            await consumer.subscription.handler(batch)
        except ConnectionError:
            consumer.rewind()
        else:
            await consumer.commit()


class TestMemoryBus(BusSuite, ReplicaSuite):
    @pytest.fixture
    def broker(self) -> MemoryBroker:
        return MemoryBroker()


async def ignore(_batch: Sequence[Delivery]) -> None:
    return None


GROUP = Subscription("g", (ONE,), ignore)


def by_hand(work: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine driven without an event loop."""
    while True:
        try:
            work.send(None)
        except StopIteration as done:
            return done.value


def filled(**options: Any) -> MemoryBus:
    bus = MemoryBus(**options)
    by_hand(bus.publish([message(n, key=f"k{n}") for n in range(40)]))
    return bus


def test_the_same_key_goes_to_the_same_partition_of_as_many_as_the_topic_has() -> None:
    bus = MemoryBus(partitions=4, by_topic={"ftz.reference.v1": 1})
    by_hand(bus.publish([message(n, key=f"k{n % 9}") for n in range(90)]))
    by_hand(bus.publish([message(n, topic="ftz.reference.v1", key=f"k{n}") for n in range(9)]))
    assert [p for p in bus.partitions() if p[0] == ONE] == [(ONE, n) for n in range(4)]
    assert len(bus.log(("ftz.reference.v1", 0))) == 9
    of_key: dict[str, set[int]] = {}
    for partition in bus.partitions():
        for delivery in bus.log(partition):
            if delivery.topic == ONE:
                of_key.setdefault(delivery.key, set()).add(delivery.partition)
    assert all(len(numbers) == 1 for numbers in of_key.values())
    assert len(set.union(*of_key.values())) == 4


def test_a_join_gives_the_partitions_anew_and_takes_the_commit_of_the_old_generation() -> None:
    bus = filled()
    first = bus.join(GROUP, "one")
    polled = by_hand(first.poll())
    assert len(polled) == 40
    second = bus.join(GROUP, "two")
    with pytest.raises(Fenced):
        by_hand(first.commit())
    again = by_hand(first.poll()) + by_hand(second.poll())
    assert sorted(d.place for d in again) == sorted(d.place for d in polled), "nothing was committed"
    by_hand(first.commit())
    by_hand(second.commit())
    assert bus.lag() == {"g": 0}


def test_a_zombie_may_work_but_not_commit_and_its_records_come_to_another() -> None:
    bus = filled()
    zombie = bus.join(GROUP, "one")
    polled = by_hand(zombie.poll(10))
    bus.expel("g", "one")
    heir = bus.join(GROUP, "two")
    taken = by_hand(heir.poll())
    assert {d.place for d in polled} <= {d.place for d in taken}
    by_hand(heir.commit())
    with pytest.raises(Fenced):
        by_hand(zombie.commit())
    with pytest.raises(Fenced):
        by_hand(zombie.poll())
    assert bus.lag() == {"g": 0}


def test_a_member_that_comes_back_under_its_name_replaces_its_old_self() -> None:
    bus = filled()
    old = bus.join(GROUP, "one")
    by_hand(old.poll())
    new = bus.join(GROUP, "one")
    with pytest.raises(Fenced):
        by_hand(old.commit())
    old.leave()
    assert len(by_hand(new.poll())) == 40, "the old self leaving does not take the new one's partitions"


def test_a_commit_covers_what_was_polled_and_no_more() -> None:
    bus = filled()
    consumer = bus.join(GROUP, "one")
    by_hand(consumer.poll(7))
    by_hand(consumer.commit())
    by_hand(consumer.poll(7))
    assert bus.lag() == {"g": 33}
    assert len(by_hand(consumer.poll())) == 26


def test_rewinding_gives_again_what_was_not_committed() -> None:
    bus = filled()
    consumer = bus.join(GROUP, "one")
    first = by_hand(consumer.poll(7))
    by_hand(consumer.commit())
    second = by_hand(consumer.poll(7))
    consumer.rewind()
    again = by_hand(consumer.poll())
    assert {d.place for d in second} <= {d.place for d in again}
    assert not {d.place for d in first} & {d.place for d in again}


def test_a_caller_may_choose_the_partitions() -> None:
    bus = filled()
    consumer = bus.join(GROUP, "one")
    assert consumer.waiting() == [(ONE, n) for n in range(4)]
    batch = by_hand(consumer.poll(only=[(ONE, 2)]))
    assert {d.partition for d in batch} == {2}
    assert consumer.waiting() == [(ONE, 0), (ONE, 1), (ONE, 3)]


def test_a_small_batch_takes_from_every_partition_in_turn() -> None:
    bus = filled()
    consumer = bus.join(GROUP, "one")
    seen = {d.partition for _ in range(4) for d in by_hand(consumer.poll(1))}
    assert len(seen) > 1
    assert {d.partition for d in by_hand(bus.join(GROUP, "one").poll(8))} == {0, 1, 2, 3}


def test_members_are_told_of_every_new_assignment() -> None:
    told: list[str] = []

    def member(name: str) -> Subscription:
        async def assigned() -> None:
            told.append(name)

        return Subscription("g", (ONE,), ignore, on_assigned=assigned)

    bus = filled()
    one = bus.join(member("one"), "one")
    by_hand(one.poll(1))
    by_hand(one.poll(1))
    two = bus.join(member("two"), "two")
    by_hand(two.poll(1))
    by_hand(one.poll(1))
    assert told == ["one", "two", "one"]


@coroutine
def _yielded(point: str) -> Generator[str]:
    yield point


async def interrupted(point: str) -> None:
    await _yielded(point)


def points(work: Coroutine[Any, Any, Any]) -> list[str]:
    seen: list[str] = []
    while True:
        try:
            seen.append(work.send(None))
        except StopIteration:
            return seen


def test_every_method_can_be_interrupted_before_and_after_its_effect() -> None:
    bus = MemoryBus(pause=interrupted)
    assert points(bus.publish([message(1), message(2)])) == [
        "publish.before",
        "publish.partly",
        "publish.after",
    ]
    consumer = bus.join(GROUP, "one")
    assert points(consumer.poll()) == ["poll.before", "poll.after"]
    assert points(consumer.commit()) == ["commit.before", "commit.after"]


def test_a_crash_between_handling_and_commit_gives_the_batch_again() -> None:
    bus = MemoryBus(pause=interrupted)
    points(bus.publish([message(1)]))
    crashed = bus.join(GROUP, "one")
    points(crashed.poll())
    commit = crashed.commit()
    assert commit.send(None) == "commit.before"
    commit.close()
    bus.expel("g", "one")
    assert bus.lag() == {"g": 1}, "also while nobody is a member"
    assert bus.join(GROUP, "two").waiting() != []


class TestSettle:
    def test_everything_is_delivered_in_one_order_and_counted(self) -> None:
        def play() -> tuple[int, list[bytes]]:
            bus, heard = MemoryBus(), Ear()

            async def pass_on(batch: Sequence[Delivery]) -> None:
                await bus.publish([Message(TWO, d.key, d.value + b"!") for d in batch])

            bus.subscribe(Subscription("first", (ONE,), pass_on, batch_max=3))
            bus.subscribe(Subscription("second", (ONE, TWO), heard, batch_max=4))
            by_hand(bus.publish([message(n, key=f"k{n}") for n in range(20)]))
            count = by_hand(bus.settle())
            assert by_hand(bus.settle()) == 0
            return count, heard.values

        count, order = play()
        assert count == 20 + 40
        assert sorted(order) == sorted([b"%d" % n for n in range(20)] + [b"%d!" % n for n in range(20)])
        assert play() == (count, order)

    def test_reference_data_is_read_before_anything_else(self) -> None:
        bus, order = MemoryBus(), list[str]()

        def note(name: str) -> Ear:
            async def then(_batch: Sequence[Delivery]) -> None:
                order.append(name)

            return Ear(then=then)

        bus.subscribe(Subscription("g", (ONE,), note("order")))
        bus.subscribe(Subscription(None, (TWO,), note("reference"), batch_max=2))
        by_hand(bus.publish([message(n) for n in range(3)]))
        by_hand(bus.publish([message(n, topic=TWO) for n in range(6)]))
        by_hand(bus.settle())
        assert order[-1] == "order"
        assert set(order[:-1]) == {"reference"}

    def test_a_failing_handler_is_raised_and_its_batch_stays(self) -> None:
        bus = MemoryBus()
        healthy = False

        async def handler(_batch: Sequence[Delivery]) -> None:
            if not healthy:
                raise ValueError("a bug")

        bus.subscribe(Subscription("g", (ONE,), handler))
        by_hand(bus.publish([message(1)]))
        with pytest.raises(ValueError, match="a bug"):
            by_hand(bus.settle())
        assert bus.lag() == {"g": 1}
        healthy = True
        assert by_hand(bus.settle()) == 1
