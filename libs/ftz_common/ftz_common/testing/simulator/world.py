"""The simulated world: processes of services, one broker, one store per service, one clock, one seed.

The seed schedules everything: which task steps, what is delivered in which batches, what fails where. The
clock moves only when nothing can go on.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from heapq import heappop, heappush
from random import Random  # noqa: TID251 the simulator's own seeded randomness
from typing import Any

from ftz_common.blobs.memory import MemoryBlobs
from ftz_common.bus.memory import Partition
from ftz_common.bus.port import BusUnavailable, Delivery, Message
from ftz_common.contracts.commit import Commit, StoredCommit
from ftz_common.flow.clock import PlayedClock
from ftz_common.flow.quarantine import REQUESTS
from ftz_common.flow.service import Ports, Service
from ftz_common.store.memory import MemoryStore
from ftz_common.store.port import StoreRow
from ftz_common.testing.simulator.driving import BLOCKED, IDLE, HandLoop, Task
from ftz_common.testing.simulator.faults import OF_PROCESSES, Faults, error_at
from ftz_common.testing.simulator.mischief import Mischief
from ftz_common.testing.simulator.operator import Operator
from ftz_common.testing.simulator.process import PASSING, Process, Request, listens
from ftz_common.testing.simulator.watched import Broken, Order, WatchedBus, WatchedStore

#: How many points a task may pass before another is chosen.
_BURSTS = (1, 1, 2, 3, 5, 8, 13, 30, 60, 150)
_BATCHES = (1, 3, 10, 30, 100, 250, 250, 250)
_TICK_STEPS = 500
#: A consumer that heard of a record reads within so many steps: others may have come by then.
_LINGER_STEPS = 600
#: A world that takes more steps than this without coming to rest goes round in circles.
STEPS_WITHOUT_REST_MAX = 3_000_000
#: The sweeper looks so often; who stands still from one look to the next has stopped.
SWEEP_EVERY = timedelta(minutes=1)

Builder = Callable[[Ports], Service]
Observer = Callable[[str, Commit, StoredCommit], None]
RowsObserver = Callable[[WatchedStore, str, Sequence[StoreRow]], None]


class World:
    """Everything of one seed."""

    def __init__(
        self,
        seed: int,
        start: datetime,
        builders: Mapping[str, Builder],
        processes: Mapping[str, int],
        *,
        observe: Observer = lambda _service, _commit, _stored: None,
        observe_rows: RowsObserver = lambda _store, _table, _rows: None,
        faults: bool = True,
        partitions: int = 3,
    ) -> None:
        self.seed = seed
        self.random = Random(seed)  # noqa: S311 a seed makes the run, nothing is secret
        self.clock = PlayedClock(start)
        self.builders = builders
        self.counts: Counter[str] = Counter()
        self.loop = HandLoop()
        self.bus = WatchedBus(self._appended, partitions)
        self.order = Order(self.bus)
        self.blobs = MemoryBlobs()
        self.faults = Faults(self.random, on=faults)
        self.operator = Operator(self)
        self.mischief = Mischief(self)
        self.step = 0
        self.changes = 0
        self._rested_at = 0
        self._observe = observe
        self._events: list[tuple[int, int, Callable[[], None]]] = []
        self._event_number = 0
        self._born: Counter[str] = Counter()
        self._unswept = False
        self._errors: dict[Task, Exception] = {}
        self._listening: dict[str, list[Task]] = {}
        self._next_tick = _TICK_STEPS
        self.stores = {name: WatchedStore(name, self._committed, observe_rows) for name in builders}
        self.processes: list[Process] = []
        self.wanted = dict(processes)
        for service, count in processes.items():
            for _ in range(count):
                self.start(service)

    # ---- what the adapters tell -----------------------------------------------------------------

    def _committed(self, service: str, commit: Commit, stored: StoredCommit) -> None:
        self.changes += 1
        task = self.loop.current
        if task is None or not isinstance(task.owner, Process):
            self.counts["commit of a late insert"] += 1
        elif task.owner.zombie:
            self.counts["commit of a zombie"] += 1
        self.order.commit(service, commit)
        self._observe(service, commit, stored)

    def _appended(self, topic: str) -> None:
        self.changes += 1
        listening = self._listening.get(topic)
        if listening is None:
            listening = [t for p in self.processes for t in listens(p, topic)]
            self._listening[topic] = listening
        for task in listening:
            if task.sleeping and not task.lingering:
                task.lingering = True
                self.later(int(self.random.random() * _LINGER_STEPS), partial(self._wake, task))

    def listeners_changed(self) -> None:
        """A process became ready: it hears of records from now on."""
        self._listening.clear()

    def _wake(self, task: Task) -> None:
        task.lingering = False
        if task.sleeping:
            self.loop.wake(task)

    # ---- what processes ask ---------------------------------------------------------------------

    def appetite(self, waiting: Sequence[Partition]) -> tuple[int, Sequence[Partition] | None]:
        """How many records the next batch takes at most, and of which partitions: the others wait."""
        random = self.random.random
        limit = _BATCHES[int(random() * len(_BATCHES))]
        if not self.faults.on or random() < 0.5:
            return limit, None
        some = [p for p in waiting if random() < 0.5]
        if some and len(some) < len(waiting):
            self.counts["topics reordered"] += 1
            return limit, some
        return limit, None

    def on_the_wire(self, batch: list[Delivery]) -> list[Delivery]:
        """The batch, with now and then a fact of ours that was damaged."""
        return self.mischief.on_the_wire(batch)

    def delivers_again(self) -> bool:
        """True when a batch that was handled comes again."""
        again = self.faults.on and self.random.random() < 0.03
        self.counts["delivered again"] += again
        return again

    def stream_to_snapshot(self, service: str) -> str:
        """A stream that gets a snapshot now, or ""."""
        if self.random.random() > 0.1:
            return ""
        streams = list(self.stores[service].chains)
        if not streams:
            return ""
        self.counts["snapshot made"] += 1
        return streams[int(self.random.random() * len(streams))]

    def tick_again(self, process: Process) -> None:
        """A tick failed by trouble that passes."""
        self.later(20, lambda: self._wake_tick(process))

    def wake_group(self, service: str) -> None:
        """A rebalance: the members of that service look again at what is theirs."""
        for process in self.processes:
            if process.kind == service:
                for _, task in process.listeners:
                    if task.sleeping:
                        self.loop.wake(task)

    # ---- processes ------------------------------------------------------------------------------

    def start(self, service: str) -> Process:
        """A new process, with nothing in memory."""
        self._born[service] += 1
        process = Process(self, service, self._born[service])
        self.processes.append(process)
        self.loop.tasks.extend(process.tasks)
        self._listening.clear()
        return process

    def crash(self, process: Process) -> None:
        """The process dies now, is missed by its groups at some time, and another takes its place."""
        if process.dead:
            return
        self._unswept = True
        self.processes.remove(process)
        process.die()
        self._listening.clear()
        random = self.random.random

        def missed() -> None:
            process.expel()
            self.wake_group(process.kind)

        self.later(int(random() * 200), missed)
        if sum(p.kind == process.kind for p in self.processes) < self.wanted[process.kind]:
            self.later(int(random() * 300), lambda: self._start_if_missing(process.kind))

    def _start_if_missing(self, service: str) -> None:
        if sum(p.kind == service for p in self.processes) < self.wanted[service]:
            self.start(service)

    def _freeze(self, process: Process) -> None:
        """It stops where it is; its groups give its partitions to others; later it goes on as a zombie."""
        process.frozen = process.zombie = True
        process.expel()
        random = self.random.random
        if random() < 0.7:
            self.start(process.kind)
        self.wake_group(process.kind)
        self.later(int(random() * 1500), lambda: self._thaw(process))

    def _thaw(self, process: Process) -> None:
        if process.dead:
            return
        process.frozen = False
        self.loop.tasks.extend(t for t in process.held if not t.done)
        process.held.clear()
        if sum(p.kind == process.kind for p in self.processes) > self.wanted[process.kind]:
            self.later(int(self.random.random() * 600), lambda: self.crash(process))
        else:
            self.later(300, lambda: setattr(process, "zombie", False))

    def later(self, steps: int, happen: Callable[[], None]) -> None:
        """Something that happens after so many steps, or when nothing else can."""
        self._event_number += 1
        heappush(self._events, (self.step + steps, self._event_number, happen))

    # ---- people and platforms -------------------------------------------------------------------

    def send(self, request: Request) -> None:
        """A person's command, to any process of the service that is ready."""
        ready = [p for p in self.processes if p.kind == request.service and p.ready and not p.frozen]
        if not ready:
            self.later(50, lambda: self.send(request))
            return
        ready[int(self.random.random() * len(ready))].serve(request)

    def publish(self, messages: Sequence[Message]) -> None:
        """A platform publishes, again and again until it is acknowledged."""
        self.spawn("platform", self._publish(messages))

    async def _publish(self, messages: Sequence[Message]) -> None:
        while True:
            try:
                await self.bus.publish(messages)
            except BusUnavailable:
                continue
            return

    def spawn(self, name: str, coro: Any) -> None:
        """A task of the world outside: it never crashes."""
        self.loop.tasks.append(Task(name, self, coro))

    # ---- scheduling -----------------------------------------------------------------------------

    def run(self) -> None:
        """Until nothing can go on."""
        loop, random = self.loop, self.random.random
        while True:
            while self._events and (self._events[0][0] <= self.step or not loop.tasks):
                at, _, happen = heappop(self._events)
                self.step = max(self.step, at)
                happen()
            tasks = loop.tasks
            if not tasks:
                return
            index = int(random() * len(tasks))
            task = tasks[index]
            owner = task.owner
            if task.done or (isinstance(owner, Process) and owner.frozen):
                _remove(tasks, index, task)
                if isinstance(owner, Process) and not task.done:
                    owner.held.append(task)
                continue
            self._advance(task, _BURSTS[int(random() * len(_BURSTS))])
            if task.done or not task.runnable:
                _remove(tasks, index, task)
            if self.step >= self._next_tick:
                self._next_tick = self.step + _TICK_STEPS
                self._tick_one()
                self.mischief.now()
            if self.step - self._rested_at > STEPS_WITHOUT_REST_MAX:
                raise Broken(f"no rest after {STEPS_WITHOUT_REST_MAX:,} steps: {task.name}")

    def _advance(self, task: Task, most: int) -> None:
        """Let a task pass some points; a fault that is due strikes at the first point it can."""
        self.loop.current, faults = task, self.faults
        send, error = task.coro.send, self._errors.pop(task, None)
        try:
            for _ in range(most):
                self.step += 1
                point = send(None) if error is None else task.coro.throw(error)
                error = None
                if point is IDLE or point is BLOCKED:
                    task.runnable = False
                    task.sleeping = point is IDLE
                    return
                if self.step >= faults.due_at and faults.can_strike(point) and self._struck(task, point):
                    return
        except StopIteration:
            task.done, task.runnable = True, False
        finally:
            self.loop.current = None

    def _struck(self, task: Task, point: str) -> bool:
        """Do the fault that is due to this task at this point; False if it cannot be done to it."""
        owner, kind = task.owner, self.faults.kind
        if not isinstance(owner, Process):
            if kind in OF_PROCESSES or not point.startswith("publish"):
                return False
        elif kind in OF_PROCESSES and (owner.zombie or not owner.ready):
            return False
        self.faults.strikes(self.step)
        if kind in OF_PROCESSES:
            assert isinstance(owner, Process)  # noqa: S101 seen above
            self._strike_process(owner, kind)
            return True
        self._errors[task] = error_at(point)
        if kind == "insert comes late":
            assert isinstance(owner, Process)  # noqa: S101 seen above
            self._insert_later(self.stores[owner.kind])
        if point.startswith("insert"):
            self._unswept = True
        return True

    def _strike_process(self, process: Process, kind: str) -> None:
        if kind.startswith("crash"):
            self.crash(process)
        elif kind.startswith("zombie"):
            self._freeze(process)
        else:
            process.expel()
            self.wake_group(process.kind)

    def _insert_later(self, store: WatchedStore) -> None:
        commits = list(store.inserting)

        async def insert() -> None:
            refused = await MemoryStore.insert(store, commits)
            self.counts["late insert refused" if refused else "late insert stored"] += 1

        self.later(int(self.random.random() * 400), lambda: self.spawn("late insert", insert()))

    # ---- time -----------------------------------------------------------------------------------

    def _wake_tick(self, process: Process) -> None:
        if process.ticker is not None and process.ticker.sleeping:
            self.loop.wake(process.ticker)

    def _tick_one(self) -> None:
        self._wake_tick(self.processes[int(self.random.random() * len(self.processes))])

    def settle(self) -> None:
        """Let everything happen that can happen at this instant."""
        with self.loop.running():
            while True:
                self.run()
                waiting = [p for p in self.processes if self._needs_tick(p)]
                if not waiting:
                    self._rested_at = self.step
                    return
                for process in waiting:
                    self._wake_tick(process)

    def _needs_tick(self, process: Process) -> bool:
        """True when its tick would do something at this instant."""
        store, journal = self.stores[process.kind], process.service.journal
        due = store.first_due()
        return (
            process.tidying
            or (due is not None and datetime.fromisoformat(due).replace(tzinfo=UTC) <= self.clock.now())
            or bool(journal.writer.unpublished or journal.writer.marks_waiting or store.rows(REQUESTS))
        )

    def next_due(self) -> datetime | None:
        """The next deadline of any service."""
        due = [first for store in self.stores.values() if (first := store.first_due())]
        return datetime.fromisoformat(min(due)).replace(tzinfo=UTC) if due else None

    def sweep(self) -> None:
        """Everybody tidies twice, so that what stopped writers left is published."""
        self._unswept = False
        for _ in range(2):
            self.clock.move_to(self.clock.now() + SWEEP_EVERY)
            for process in self.processes:
                process.tidying = True
            self.settle()
        self.counts["swept"] += 1

    def move_to(self, at: datetime) -> None:
        """Time passes until `at`, stopping at every deadline on the way."""
        while True:
            self.settle()
            if self._unswept:
                self.sweep()
            due = self.next_due()
            if due is None or due > at:
                break
            self.clock.move_to(due)
        self.clock.move_to(at)

    def calm(self) -> None:
        """No more faults: whoever is frozen goes on, the operator repairs, everything comes to rest."""
        self.faults.on = False
        for process in list(self.processes):
            if process.frozen:
                self._thaw(process)
        while True:
            self._unswept = True
            self.move_to(self.clock.now())
            if not self.operator.repair():
                return

    def close(self) -> None:
        """The world ends; what was on its way is dropped."""
        for process in self.processes:
            for task in process.tasks:
                task.close()
        for task in self.loop.tasks:
            task.close()


def _remove(tasks: list[Task], index: int, task: Task) -> None:
    if index >= len(tasks) or tasks[index] is not task:
        index = tasks.index(task)
    tasks[index] = tasks[-1]
    tasks.pop()


__all__ = ["PASSING", "Broken", "World"]
