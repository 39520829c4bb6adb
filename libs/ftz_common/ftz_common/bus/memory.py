"""A bus in memory with what makes Kafka hard: partitions, groups, generations, fenced commits, zombies.

One instance is the broker; all simulated processes share it. Every method awaits the injected `pause`
before and after each effect. A simulator joins members, chooses whom to poll and from which partitions,
rewinds them (duplicates), expels them (zombies) and drops their coroutines (crashes). Without a simulator,
`settle` delivers everything there is, in one deterministic order. No event loop is needed.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from zlib import crc32

from ftz_common.bus.port import Delivery, Message, Subscription, matches

#: Awaited with the name of a point ("publish.before"); it may raise, or never return.
Pause = Callable[[str], Awaitable[None]]
Partition = tuple[str, int]


class Fenced(Exception):
    """The group was rebalanced without this member: its commit is refused, its poll gives nothing."""


@dataclass(slots=True)
class _Group:
    name: str
    generation: int = 0
    members: "dict[str, Consumer]" = field(default_factory=lambda: {})
    committed: dict[Partition, int] = field(default_factory=dict[Partition, int])
    topics: set[str] = field(default_factory=set[str])  #: patterns that any member ever named

    def rebalance(self) -> None:
        self.generation += 1


class Consumer:
    """A member of a group, or a reader without one. Made by `MemoryBus.join`."""

    def __init__(
        self, bus: "MemoryBus", subscription: Subscription, member: str, group: _Group | None
    ) -> None:
        self.subscription = subscription
        self.member = member
        self._bus = bus
        self._group = group
        self._generation = -1
        self._positions: dict[Partition, int] = {}
        self._turn = 0
        self._assigned: list[Partition] = []
        self._assigned_at = (-1, -1)

    @property
    def expelled(self) -> bool:
        """The group no longer knows this member."""
        return self._group is not None and self._group.members.get(self.member) is not self

    def assigned(self) -> list[Partition]:
        """The partitions this member reads, sorted."""
        generation = 0 if self._group is None else self._group.generation
        partitions = self._bus.partitions()
        if self._assigned_at != (generation, len(partitions)):
            self._assigned_at = (generation, len(partitions))
            heard = [p for p in partitions if self.subscription.hears(p[0])]
            group = self._group
            self._assigned = [p for p in heard if group is None or self._bus.owner(group, p) is self]
        return self._assigned

    def waiting(self) -> list[Partition]:
        """The assigned partitions that hold records not yet polled."""
        return [p for p in self.assigned() if self._position(p) < self._bus.end(p)]

    def _position(self, partition: Partition) -> int:
        start = 0 if self._group is None else self._group.committed.get(partition, 0)
        return self._positions.get(partition, start)

    async def poll(self, limit: int | None = None, only: Sequence[Partition] | None = None) -> list[Delivery]:
        """The next records, at most `limit` (default: the subscription's), each partition in order.

        `only` restricts the partitions, so that a caller can reorder topics and delay keys. Raises `Fenced`
        for an expelled member.
        """
        await self._bus.pause("poll.before")
        await self._adopt()
        waiting = [p for p in self.waiting() if only is None or p in only]
        left = self.subscription.batch_max if limit is None else limit
        batch: list[Delivery] = []
        self._turn += 1
        for index in range(len(waiting)):
            partition = waiting[(index + self._turn) % len(waiting)]
            fair = -(-left // (len(waiting) - index))
            start = self._position(partition)
            taken = self._bus.log(partition)[start : start + fair]
            self._positions[partition] = start + len(taken)
            batch += taken
            left -= len(taken)
        await self._bus.pause("poll.after")
        return batch

    async def _adopt(self) -> None:
        """Take the group's present generation: what was polled and not committed comes again."""
        if self.expelled:
            raise Fenced(f"{self.member} was expelled from {self.subscription.group}")
        generation = 0 if self._group is None else self._group.generation
        if self._generation != generation:
            self.rewind()
            if self.subscription.on_assigned is not None:
                await self.subscription.on_assigned()
            self._generation = generation

    async def commit(self) -> None:
        """Keep the offsets behind everything polled; raises `Fenced` after a rebalance."""
        await self._bus.pause("commit.before")
        if self._group is not None:
            if self.expelled or self._generation != self._group.generation:
                raise Fenced(f"{self.member}: generation {self._generation} of {self._group.name} is over")
            self._group.committed |= self._positions
        await self._bus.pause("commit.after")

    def rewind(self) -> None:
        """Go back to the committed offsets: what was polled and not committed comes again."""
        if self._group is not None:
            self._positions.clear()

    def leave(self) -> None:
        """Leave the group in order; its partitions go to the others."""
        if self._group is not None and not self.expelled:
            self._bus.expel(self._group.name, self.member)


class MemoryBus:
    """The bus port, in memory. Topics come to be when they are first published to."""

    def __init__(
        self, *, partitions: int = 4, by_topic: Mapping[str, int] | None = None, pause: Pause | None = None
    ) -> None:
        self._count = partitions
        self._by_topic = dict(by_topic or {})
        self._on_pause = pause
        self._logs: dict[str, list[list[Delivery]]] = {}
        self._partitions: list[Partition] = []
        self._groups: dict[str, _Group] = {}
        self._subscriptions: list[Subscription] = []
        self._settlers: list[Consumer] = []

    async def pause(self, point: str) -> None:
        """Where a simulator may interrupt."""
        if self._on_pause is not None:
            await self._on_pause(point)

    async def publish(self, messages: Sequence[Message]) -> None:
        await self.pause("publish.before")
        for index, message in enumerate(messages):
            if index:
                await self.pause("publish.partly")
            self._append(message)
        await self.pause("publish.after")

    def _append(self, message: Message) -> None:
        topic = message.topic
        if topic not in self._logs:
            self._logs[topic] = [[] for _ in range(self._by_topic.get(topic, self._count))]
            self._partitions = [
                (t, number) for t in sorted(self._logs) for number in range(len(self._logs[t]))
            ]
        logs = self._logs[topic]
        number = crc32(message.key.encode()) % len(logs)
        log = logs[number]
        log.append(Delivery(topic, number, len(log), message.key, message.value, dict(message.headers)))

    def subscribe(self, subscription: Subscription) -> None:
        self._subscriptions.append(subscription)

    def join(self, subscription: Subscription, member: str) -> Consumer:
        """A member joins the subscription's group: a rebalance. A member of that name is replaced."""
        if subscription.group is None:
            return Consumer(self, subscription, member, None)
        group = self._groups.setdefault(subscription.group, _Group(subscription.group))
        consumer = Consumer(self, subscription, member, group)
        group.members[member] = consumer
        group.topics.update(subscription.topics)
        group.rebalance()
        return consumer

    def expel(self, group: str, member: str) -> None:
        """Take a member for dead: a rebalance. It may still work on what it polled; it cannot commit it."""
        if self._groups[group].members.pop(member, None) is not None:
            self._groups[group].rebalance()

    def owner(self, group: _Group, partition: Partition) -> Consumer | None:
        """The member that reads a partition: by number among those that subscribed, in joining order."""
        eligible = [m for m in group.members.values() if m.subscription.hears(partition[0])]
        return eligible[partition[1] % len(eligible)] if eligible else None

    def partitions(self) -> list[Partition]:
        """The partitions of all topics that exist, sorted."""
        return self._partitions

    def log(self, partition: Partition) -> Sequence[Delivery]:
        """Everything ever published to a partition, by offset."""
        return self._logs[partition[0]][partition[1]]

    def end(self, partition: Partition) -> int:
        """The offset the next record will have."""
        return len(self.log(partition))

    def lag(self) -> dict[str, int]:
        """Records not yet committed, by group that was ever joined, members or not."""
        return {
            name: sum(
                self.end(p) - group.committed.get(p, 0)
                for p in self.partitions()
                if any(matches(pattern, p[0]) for pattern in group.topics)
            )
            for name, group in self._groups.items()
        }

    async def settle(self) -> int:
        """Deliver everything to every subscribed handler until nothing is left; the number of deliveries.

        Readers without a group first, then a batch to each group in order of subscription. A handler's
        exception is raised here, its batch uncommitted.
        """
        for subscription in self._subscriptions[len(self._settlers) :]:
            self._settlers.append(self.join(subscription, f"settle-{len(self._settlers)}"))
        total = 0
        while moved := await self._round():
            total += moved
        return total

    async def _round(self) -> int:
        moved = 0
        for consumer in self._settlers:
            if consumer.subscription.group is None:
                while count := await self._deliver(consumer):
                    moved += count
        for consumer in self._settlers:
            if consumer.subscription.group is not None:
                moved += await self._deliver(consumer)
        return moved

    async def _deliver(self, consumer: Consumer) -> int:
        batch = await consumer.poll()
        if not batch:
            return 0
        try:
            await consumer.subscription.handler(batch)
        except BaseException:
            consumer.rewind()
            raise
        await consumer.commit()
        return len(batch)
