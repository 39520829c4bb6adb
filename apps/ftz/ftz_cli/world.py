"""Worlds of one process: the embedded one on a SQLite file, the simulated one in memory.

Both play a feed at its own time: the clock moves only when every queue is empty and no deadline is due.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from ftz_cbp_sandbox.settings import SandboxSettings
from ftz_cli.services import build_all
from ftz_common.blobs.memory import MemoryBlobs
from ftz_common.blobs.sqlite import SqliteBlobs
from ftz_common.bus.embedded import EmbeddedBus
from ftz_common.bus.memory import MemoryBus
from ftz_common.bus.port import Bus
from ftz_common.contracts import table
from ftz_common.contracts.commit import unseal
from ftz_common.flow.clock import Clock, PlayedClock
from ftz_common.flow.service import Service
from ftz_common.settings import Settings
from ftz_common.store.memory import MemoryStore
from ftz_common.store.sqlite import SqliteFile
from ftz_common.values.calendar import parse_instant

DATABASE = "ftz.db"
_BEFORE = datetime.min.replace(tzinfo=UTC)


class SettlingBus(Bus, Protocol):
    """A bus that can deliver everything it holds."""

    async def settle(self) -> int:
        """Deliver until every queue is empty; the number of records."""
        ...


class ClockHand:
    """The clock that services hold: it can be exchanged under them (played time, then real time)."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def now(self) -> datetime:
        """The current instant of whichever clock is in force."""
        return self.clock.now()


@dataclass
class World:
    """All services of one process, on one bus and one clock."""

    services: list[Service]
    bus: SettlingBus
    clock: Clock
    file: SqliteFile | None = None
    hand: "ClockHand | None" = None

    def __post_init__(self) -> None:
        # One process holds the whole world, so a service's next deadline changes only when it commits.
        self._due: dict[str, datetime | None] = {}
        for service in self.services:
            service.journal.writer.on_commits.append(
                lambda _commits, name=service.name: self._due.pop(name, None)
            )

    def service(self, name: str) -> Service:
        """One of the services."""
        return next(s for s in self.services if s.name == name)

    def set_clock(self, clock: Clock) -> None:
        """Go by another clock from now on."""
        self.clock = clock
        if self.hand is not None:
            self.hand.clock = clock

    async def settle(self) -> int:
        """Let everything happen that can happen now; returns how many records and deadlines."""
        total = 0
        while True:
            moved = await self.bus.settle()
            now = self.clock.now()
            for service in self.services:
                due = await self._due_of(service)
                if due is not None and due <= now:
                    moved += await service.fire_due()
                    self._due.pop(service.name, None)
            if not moved:
                return total
            total += moved

    async def next_due(self) -> datetime | None:
        """When the next deadline of any service is due."""
        due = [d for s in self.services if (d := await self._due_of(s)) is not None]
        return min(due, default=None)

    async def _due_of(self, service: Service) -> datetime | None:
        if service.name not in self._due:
            self._due[service.name] = await service.next_due()
        return self._due[service.name]

    async def move_to(self, at: datetime) -> None:
        """Let time pass until `at`, stopping at every deadline on the way."""
        clock = self.clock
        if not isinstance(clock, PlayedClock):
            raise TypeError("only a played clock can be moved")
        while (due := await self.next_due()) is not None and due <= at:
            clock.move_to(due)
            await self.settle()
        clock.move_to(at)

    async def last_recorded(self) -> datetime:
        """When the last commit of the file was recorded: a clock that goes on never stands before it."""
        found = await self.file.journal(self.file.position - 1, 1) if self.file is not None else []
        return max((parse_instant(unseal(commit).recorded_at) for _, _, commit in found), default=_BEFORE)

    async def close(self) -> None:
        """Store marks and release the file."""
        for service in self.services:
            await service.journal.flush()
        if self.file is not None:
            await self.file.close()


def embedded(settings: Settings, clock: Clock, cbp: SandboxSettings | None = None) -> World:
    """The world on `<var>/ftz.db`; raises the store's errors for a held, newer or damaged file."""
    path = Path(settings.var) / DATABASE
    file = SqliteFile(path)
    bus = EmbeddedBus(file, table.places)
    hand = ClockHand(clock)
    services = build_all(settings, store=file.store, bus=bus, blobs=SqliteBlobs(file), clock=hand, cbp=cbp)
    for service in services:
        service.lag, service.broker = bus.lag, "embedded"
    return World(services, bus, clock, file, hand)


def simulated(settings: Settings, clock: PlayedClock, cbp: SandboxSettings | None = None) -> World:
    """The world in memory, without faults: for scenarios."""
    bus = MemoryBus()
    settings = settings.model_copy(update={"filing": "sandbox"})  # what is simulated leaves no files behind
    services = build_all(
        settings, store=lambda _name: MemoryStore(), bus=bus, blobs=MemoryBlobs(), clock=clock, cbp=cbp
    )
    return World(services, bus, clock)
