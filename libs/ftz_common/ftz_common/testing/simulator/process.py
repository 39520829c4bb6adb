"""A simulated process: one service with its own caches, its members in the consumer groups, its ticks."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ftz_common.bus.memory import Consumer, Fenced
from ftz_common.bus.port import BusUnavailable, Delivery, Message, Subscription
from ftz_common.flow.aggregate import Waiting
from ftz_common.flow.consumer import FuseBlown
from ftz_common.flow.journal import Overtaken
from ftz_common.flow.service import Ports, Service
from ftz_common.store.port import StoreUnavailable
from ftz_common.testing.simulator.driving import IDLE, Task, pause

if TYPE_CHECKING:
    from ftz_common.testing.simulator.world import World

#: So small that the larger states of a world lie in parts.
_PART_BYTES = 2_000
PASSING = (StoreUnavailable, BusUnavailable, Overtaken, Waiting)


@dataclass(eq=False)
class Request:
    """A person's command over HTTP: sent again under the same Idempotency-Key until it is answered."""

    service: str
    call: Callable[[Service], Awaitable[Any]]
    then: Callable[[Any], None] = lambda _answer: None
    answered: bool = False


class Process:
    """Lives until it crashes; while `frozen` nothing of it moves, and its groups take it for dead."""

    def __init__(self, world: "World", service: str, number: int) -> None:
        self.world = world
        self.kind = service
        self.name = f"{service}-{number}"
        self.frozen = False
        self.zombie = False
        self.dead = False
        self.ready = False
        self.tidying = False
        self.held: list[Task] = []  #: tasks that wait for the thaw
        self.requests: list[Request] = []
        self.subscriptions: list[Subscription] = []
        self.members: list[tuple[str, str, Consumer]] = []
        self.listeners: list[tuple[Subscription, Task]] = []
        ports = Ports(world.stores[service], self, world.blobs, world.clock)
        self.service = world.builders[service](ports)
        self.service.subscribe()
        self.tasks = [Task(f"{self.name} reference", self, self._read_reference())]
        self.ticker: Task | None = None

    # ---- the bus, as this process sees it -------------------------------------------------------

    async def publish(self, messages: Sequence[Message]) -> None:
        """To the one broker."""
        await self.world.bus.publish(messages)

    def subscribe(self, subscription: Subscription) -> None:
        """Collected; joined when reference data is read."""
        self.subscriptions.append(subscription)

    # ---- what it does ---------------------------------------------------------------------------

    async def _read_reference(self) -> None:
        """Read reference data from the start, then become ready, then follow it."""
        readers = [s for s in self.subscriptions if s.group is None]
        consumers = [self.world.bus.join(s, self.name) for s in readers]
        for subscription in readers:
            self.listeners.append((subscription, self.tasks[0]))
        while True:
            moved = False
            for index, consumer in enumerate(consumers):
                batch = await consumer.poll()
                if batch:
                    moved = True
                    try:
                        await consumer.subscription.handler(batch)
                    except PASSING:
                        consumers[index] = self.world.bus.join(consumer.subscription, self.name)
            if not moved:
                if not self.ready:
                    self._become_ready()
                await pause(IDLE)

    def _become_ready(self) -> None:
        self.ready = True
        for subscription in self.subscriptions:
            if subscription.group is not None:
                task = Task(f"{self.name} {subscription.group}", self, self._consume(subscription))
                self.listeners.append((subscription, task))
                self._spawn(task)
        self.world.listeners_changed()
        self.ticker = Task(f"{self.name} tick", self, self._tick())
        self._spawn(self.ticker)

    def _spawn(self, task: Task) -> None:
        self.tasks.append(task)
        self.world.loop.tasks.append(task)

    def _join(self, subscription: Subscription) -> Consumer:
        assert subscription.group is not None  # noqa: S101 readers without a group do not come here
        consumer = self.world.bus.join(subscription, self.name)
        self.members = [m for m in self.members if m[0] != subscription.group]
        self.members.append((subscription.group, self.name, consumer))
        self.world.wake_group(self.kind)
        return consumer

    async def _consume(self, subscription: Subscription) -> None:
        world, consumer = self.world, self._join(subscription)
        while True:
            try:
                waiting = consumer.waiting()
                if not waiting and not consumer.expelled:
                    await pause(IDLE)
                    continue
                batch = await consumer.poll(*world.appetite(waiting))
                if batch:
                    await subscription.handler(world.on_the_wire(batch))
                    if world.delivers_again():
                        consumer.rewind()
                    else:
                        await consumer.commit()
            except Fenced:
                world.counts["fenced"] += 1
                consumer.rewind()
                if consumer.expelled:
                    consumer = self._join(subscription)
            except FuseBlown:
                world.counts["fuse blown"] += 1
                consumer.rewind()
                await pause(IDLE)
            except PASSING as error:
                world.counts[f"batch again: {type(error).__name__}"] += 1
                consumer.rewind()

    async def _tick(self) -> None:
        while True:
            await pause(IDLE)
            try:
                await self.service.tick()
                if self.tidying:
                    await self.service.tidy()
                    self.tidying = False
                await self._snapshot()
            except PASSING as error:
                self.world.counts[f"tick again: {type(error).__name__}"] += 1
                self.world.tick_again(self)

    async def _snapshot(self) -> None:
        stream = self.world.stream_to_snapshot(self.kind)
        if stream:
            kind = stream.split("/", 1)[0]
            if kind in self.service.kinds:
                snapshots = self.service.journal.snapshots
                snapshots.part_bytes = _PART_BYTES
                await snapshots.make(stream, self.service.kinds[kind])

    def serve(self, request: Request) -> None:
        """Answer a person's command."""
        self.requests.append(request)
        self._spawn(Task(f"{self.name} request", self, self._answer(request)))

    async def _answer(self, request: Request) -> None:
        while True:
            try:
                answer = await request.call(self.service)
            except PASSING:
                self.world.counts["request again"] += 1
                await pause("request.again")
                continue
            if not request.answered:
                request.answered = True
                request.then(answer)
            return

    # ---- how it ends ----------------------------------------------------------------------------

    def expel(self) -> None:
        """The groups take it for dead."""
        for group, member, consumer in self.members:
            if not consumer.expelled:
                self.world.bus.expel(group, member)

    def die(self) -> None:
        """Everything it did not write down is gone."""
        self.dead = True
        for task in self.tasks:
            task.close()
        for request in self.requests:
            if not request.answered:
                self.world.send(request)


def listens(process: Process, topic: str) -> list[Task]:
    """The tasks of a process that read a topic."""
    return [task for subscription, task in process.listeners if subscription.hears(topic)]


__all__ = ["PASSING", "Delivery", "Process", "Request", "listens"]
