"""A service, assembled: its journal, its consumers, its deadlines. The same in every world."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Protocol

import msgspec

from ftz_common.blobs.port import Blobs
from ftz_common.bus.port import Bus, Delivery, Message, Subscription
from ftz_common.contracts import envelope as envelopes
from ftz_common.contracts import table
from ftz_common.contracts.common import DeadlineSet
from ftz_common.contracts.envelope import Envelope, instant_text
from ftz_common.flow.aggregate import Aggregate, Arms, Context, Result, Work
from ftz_common.flow.clock import Clock
from ftz_common.flow.consumer import PASSING, Asked, Consumer, Fuse, FuseBlown
from ftz_common.flow.intake import INTAKE, INTAKE_PREFIX, Intake
from ftz_common.flow.journal import DUE, Journal, due_key
from ftz_common.flow.quarantine import Quarantine, expire_refused
from ftz_common.flow.reference import Reference
from ftz_common.store.port import Store
from ftz_common.telemetry.metrics import Counters
from ftz_common.telemetry.tracing import batch_span, follow
from ftz_common.values.names import derived_id, stream_parts

_log = logging.getLogger(__name__)

#: A writer whose mark is this old is taken to have stopped.
QUIET = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Ports:
    """What a world gives a service."""

    store: Store
    bus: Bus
    blobs: Blobs
    clock: Clock


class Projection(Protocol):
    """Views: rows made from facts. Idempotent; each row stores how far it has read its source stream."""

    topics: tuple[str, ...]

    async def take(self, deliveries: list[tuple[Envelope, Delivery]]) -> None:
        """Bring a batch into the rows; when it returns, offsets are let go."""
        ...


@dataclass
class Service:
    """One of the services, on the ports of its world. `subscribe` first, then deliveries and `tick`s."""

    name: str
    ports: Ports
    aggregates: Sequence[Aggregate]
    arms: Arms
    reference: Reference = field(default_factory=Reference)
    projection: Projection | None = None
    api: Any = None  #: the service's FastAPI router, set by `app.build` after `api.router(service, cases)`
    fuse_failures_max: int = 20
    batch_max: int = 250

    def __post_init__(self) -> None:
        ports = self.ports
        self.counters = Counters()
        self.journal = Journal(service=self.name, store=ports.store, bus=ports.bus, clock=ports.clock)
        self.kinds = {a.kind: a for a in (*self.aggregates, INTAKE)}
        self.intake = Intake(self.name, self.arms, self.reference, ports.clock.now)
        self.consumers: dict[str, Consumer] = {}
        self.projection_fuse = Fuse(self.fuse_failures_max)

    # ---- subscriptions --------------------------------------------------------------------------

    def subscribe(self) -> None:
        """Register every subscription of this service with the bus."""
        bus = self.ports.bus
        bus.subscribe(Subscription(None, (table.REFERENCE,), self._take_reference))
        if topics := table.subscribed(self.name):
            self._consume(self.name, topics, self._read_fact, None)
        if self.arms.foreign:
            group = f"{self.name}.intake"
            self._consume(group, (f"{INTAKE_PREFIX}*",), self.intake.read, self.intake.contradicted)
        if not getattr(bus, "reroutes", False):
            for reroute in table.REROUTES:
                if reroute.topic == table.commands(self.name):
                    source = table.BY_TYPE[reroute.type].topic
                    bus.subscribe(Subscription(f"{self.name}.router", (source,), self._router(reroute)))
        if self.projection is not None:
            topics = self.projection.topics
            bus.subscribe(Subscription(f"{self.name}.views", topics, self._project, self.batch_max))

    def _consume(
        self,
        group: str,
        topics: tuple[str, ...],
        read: Callable[[Delivery], Asked | None],
        contradicted: Callable[[Delivery], Asked] | None,
    ) -> None:
        consumer = Consumer(
            group=group,
            journal=self.journal,
            read=read,
            contradicted=contradicted,
            quarantine=Quarantine(self.ports.store, group),
            clock=self.ports.clock,
            fuse=Fuse(self.fuse_failures_max),
            counters=self.counters,
        )
        self.consumers[group] = consumer

        async def handle(deliveries: Sequence[Delivery]) -> None:
            with batch_span(group, deliveries):
                await consumer.handle(deliveries)

        self.ports.bus.subscribe(Subscription(group, topics, handle, self.batch_max, consumer.assigned))

    # ---- reading --------------------------------------------------------------------------------

    def _read_fact(self, delivery: Delivery) -> Asked | None:
        """What one of our own facts asks of this service."""
        fact_type = delivery.headers.get("ce_type")
        if fact_type is None:
            fact_type = envelopes.decode(delivery.value).type
        row = table.BY_TYPE.get(fact_type)
        if row is None:
            raise LookupError(
                f"unknown type {fact_type!r}: a newer build wrote it; deploy this consumer, then redrive"
            )
        if self.name not in row.heard_by:
            return None
        envelope = envelopes.decode(delivery.value)
        fact = table.decoder(fact_type).decode(envelope.data)
        digest = sha256(fact_type.encode() + envelope.data).hexdigest()
        context = Context(
            actor=envelope.actor,
            correlation=envelope.correlationid,
            account=envelope.account,
            zone=envelope.zone,
            trace=follow(envelope.traceparent, f"{self.name} {fact_type}"),
            source=delivery.place,
        )
        at = datetime.fromisoformat(envelope.time)
        asked = self.arms.facts[row.fact](fact, envelope)
        return Asked(
            [Work(t.aggregate, t.stream, t.command, envelope.id, digest, at, context) for t in asked]
        )

    async def _take_reference(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            envelope = envelopes.decode(delivery.value)
            row = table.BY_TYPE.get(envelope.type)
            if row is not None and row.topic == table.REFERENCE:
                await self.reference.take(table.decoder(envelope.type).decode(envelope.data), envelope)

    async def _project(self, deliveries: Sequence[Delivery]) -> None:
        assert self.projection is not None  # noqa: S101 subscribed only with one
        if self.projection_fuse.blown:
            raise FuseBlown(f"{self.name}.views stopped; resume it when repaired")
        try:
            with batch_span(f"{self.name}.views", deliveries):
                await self.projection.take([(envelopes.decode(d.value), d) for d in deliveries])
        except PASSING:
            raise
        except Exception:
            self.projection_fuse.failed()
            raise
        self.projection_fuse.worked()
        self.counters.consumed(f"{self.name}.views", len(deliveries))

    def _router(self, reroute: table.Reroute) -> Callable[[Sequence[Delivery]], Any]:
        async def send_on(deliveries: Sequence[Delivery]) -> None:
            messages: list[Message] = []
            for delivery in deliveries:
                if delivery.headers.get("ce_type") == reroute.type:
                    envelope = envelopes.decode(delivery.value)
                    key = getattr(table.decoder(reroute.type).decode(envelope.data), reroute.field)
                    messages.append(Message(reroute.topic, key, delivery.value, delivery.headers))
            await self.ports.bus.publish(messages)

        return send_on

    # ---- time -----------------------------------------------------------------------------------

    async def next_due(self) -> datetime | None:
        """When the next deadline is due."""
        rows = await self.ports.store.scan(DUE, limit=1)
        return datetime.fromisoformat(rows[0].key.split("|")[0] + "+00:00") if rows else None

    async def fire_due(self) -> int:
        """Tell every stream whose deadline has come; returns how many deadlines."""
        before = due_key(instant_text(self.ports.clock.now() + timedelta(microseconds=1)))
        rows = await self.ports.store.scan(DUE, before=before, limit=500)
        if not rows:
            return 0
        works: list[Work] = []
        for row in rows:
            envelope = envelopes.decode(row.body)
            deadline = msgspec.json.decode(envelope.data, type=DeadlineSet)
            context = Context(
                "clock", envelope.correlationid, envelope.account, envelope.zone, envelope.traceparent
            )
            works.append(
                Work(
                    self.kinds[stream_parts(envelope.stream)[0]],
                    envelope.stream,
                    deadline,
                    envelope.id,
                    sha256(envelope.data).hexdigest(),
                    datetime.fromisoformat(deadline.due_at),
                    context,
                )
            )
        await self.journal.execute(works)
        await self.ports.store.delete(DUE, [row.key for row in rows])
        return len(rows)

    async def tick(self) -> int:
        """What happens about once a second: requests, deadlines, marks, strays, snapshots, expiry.

        Returns how many deadlines fired and parked records were released.
        """
        done = 0
        for consumer in self.consumers.values():
            done += await consumer.carry_out_requests()
        done += await self.fire_due()
        await self.journal.flush()
        await self.journal.snapshots.make_wanted()
        return done

    async def tidy(self) -> None:
        """What happens about once a minute: strays of stopped writers, refused bodies that expire."""
        now = self.ports.clock.now()
        swept = await self.journal.sweep(instant_text(now - QUIET))
        if swept:
            _log.warning("published %d commits that a stopped writer left", swept)
        await expire_refused(self.ports.store, instant_text(now))

    # ---- commands from people -------------------------------------------------------------------

    async def command(
        self,
        aggregate: Aggregate,
        stream: str,
        command: Any,
        *,
        principal: str,
        idempotency_key: str,
        body_digest: str = "",
        account: str = "",
        zone: str = "",
    ) -> Result:
        """A command over HTTP: its cause is (principal, Idempotency-Key), its digest that of the body."""
        cause = derived_id(principal, idempotency_key)
        now = self.ports.clock.now()
        context = Context(principal, cause, account, zone)
        work = Work(
            aggregate, stream, command, cause, body_digest, now, context, f"{self.name}:foreign", None
        )
        return (await self.journal.execute([work]))[0]

    async def status(self) -> dict[str, Any]:
        """What `/status` says."""
        due = await self.next_due()
        return {
            "service": self.name,
            "writer": self.journal.writer,
            "unpublished": self.journal.unpublished,
            "next_due": instant_text(due) if due else None,
            "consumers": {
                group: {
                    "records": self.counters.records[group],
                    "batches": self.counters.batches[group],
                    "parked_keys": consumer.quarantine.size,
                    "fuse": "blown" if consumer.fuse.blown else "whole",
                }
                for group, consumer in self.consumers.items()
            },
        }
