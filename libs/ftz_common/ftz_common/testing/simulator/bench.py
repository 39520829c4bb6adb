"""A bench: one store and bus, toy services on them, and a clock that stands still."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from ftz_common.blobs.memory import MemoryBlobs
from ftz_common.bus.memory import MemoryBus
from ftz_common.bus.port import BusUnavailable, Delivery, Message
from ftz_common.contracts.commit import StoredCommit
from ftz_common.contracts.table import BY_TYPE
from ftz_common.flow.aggregate import Aggregate, Context, Work
from ftz_common.flow.clock import PlayedClock
from ftz_common.flow.intake import intake_topic
from ftz_common.flow.service import Ports, Service
from ftz_common.store.memory import MemoryStore
from ftz_common.store.port import InsertRefused, StoreUnavailable
from ftz_common.testing.simulator.toy import docks, watchers

START = datetime(2026, 3, 2, 12, tzinfo=UTC)


class FailingStore(MemoryStore):
    """Refuses, or does and then refuses, the next inserts."""

    before = 0
    after = 0

    async def insert(self, commits: Sequence[StoredCommit]) -> InsertRefused | None:
        if self.before:
            self.before -= 1
            raise StoreUnavailable("not now")
        refused = await super().insert(commits)
        if self.after:
            self.after -= 1
            raise StoreUnavailable("who knows")
        return refused


class FailingBus(MemoryBus):
    """Away for the next publications."""

    away = 0

    async def publish(self, messages: Sequence[Message]) -> None:
        if self.away:
            self.away -= 1
            raise BusUnavailable("away")
        await super().publish(messages)


@dataclass
class Bench:
    """Everything a toy service stands on."""

    store: FailingStore = field(default_factory=FailingStore)
    bus: FailingBus = field(default_factory=FailingBus)
    clock: PlayedClock = field(default_factory=lambda: PlayedClock(START))

    def docks(self) -> Service:
        """A process of the docks, with nothing cached."""
        return docks(self._ports())

    def watchers(self) -> Service:
        """A process of the watchers, with nothing cached."""
        return watchers(self._ports())

    def _ports(self) -> Ports:
        return Ports(self.store, self.bus, MemoryBlobs(), self.clock)

    def published(self, fact: type[Any] | None = None) -> list[Delivery]:
        """Every record on our own topics, in the order of topics and partitions."""
        found = [d for p in self.bus.partitions() for d in self.bus.log(p) if "shipments" not in p[0]]
        if fact is None:
            return found
        return [d for d in found if BY_TYPE[d.headers["ce_type"]].fact is fact]

    async def commits(self) -> list[StoredCommit]:
        """Everything in the store."""
        return [c async for c in self.store.commits()]


def event(
    shipment: str,
    *,
    event_id: str = "",
    kind: str = "ftz.platform.shipment.arrived.v1",
    source: str = "shop",
    time: str = "2026-03-02T12:00:00Z",
    **data: Any,
) -> bytes:
    """A shipment's arrival as a structured CloudEvent."""
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "id": event_id or f"event-{shipment}",
            "type": kind,
            "source": source,
            "time": time,
            "data": {"account": "acme", "shipment": shipment, **data},
        }
    )


def delivery(
    value: bytes, offset: int = 0, key: str = "acme", headers: dict[str, str] | None = None
) -> Delivery:
    """A record on the shop's intake topic."""
    return Delivery(intake_topic("shop"), 0, offset, key, value, headers or {})


def as_delivered(d: Delivery, **changed: Any) -> Delivery:
    """A record with something changed."""
    return Delivery(**{f: changed.get(f, getattr(d, f)) for f in d.__dataclass_fields__})


def changed_fact(d: Delivery, change: Callable[[dict[str, Any]], None]) -> Delivery:
    """The same record, whose fact says something else."""
    body = msgspec.json.decode(d.value)
    change(body["data"])
    return as_delivered(d, value=msgspec.json.encode(body))


def work(aggregate: Aggregate, stream: str, command: Any, cause: str, digest: str = "d") -> Work:
    """A command of a test to a stream."""
    return Work(aggregate, stream, command, cause, digest, START, Context("test", cause))
