"""A service, assembled: its journal, its consumers, its deadlines. The same in every world."""

import logging
from calendar import timegm
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256
from time import perf_counter
from typing import Any, Protocol

import msgspec

from ftz_common.blobs.port import Blobs
from ftz_common.bus.port import Bus, Delivery, Message, Subscription
from ftz_common.contracts import envelope as envelopes
from ftz_common.contracts import table
from ftz_common.contracts.common import DeadlineSet
from ftz_common.contracts.envelope import Envelope, instant_text
from ftz_common.flow.aggregate import Aggregate, Arms, Context, Result, To, Work
from ftz_common.flow.clock import Clock
from ftz_common.flow.consumer import PASSING, Consumer, Failed, Fuse, FuseBlown
from ftz_common.flow.intake import INTAKE, INTAKE_PREFIX, Intake
from ftz_common.flow.journal import Journal
from ftz_common.flow.quarantine import Quarantine, expire_refused, is_asked
from ftz_common.flow.recording import Asked, Recording
from ftz_common.flow.reference import Reference
from ftz_common.flow.writer import DUE, due_key
from ftz_common.store.port import Store, StoreRow
from ftz_common.telemetry.metrics import Counters
from ftz_common.telemetry.tracing import batch_span, current, follow
from ftz_common.values.names import derived_id, stream_parts

_log = logging.getLogger(__name__)


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
    routes: Callable[[], Any] | None = None  #: makes the FastAPI router; set by `app.build`
    about: Callable[[], Awaitable[dict[str, Any]]] | None = None  #: what its world adds to `/status`
    lag: Callable[[], Mapping[str, int]] = dict[str, int]  #: by group, as of the last look of its world
    broker: str = "memory"  #: what carries its records: for the labels of its metrics
    fuse_failures_max: int = 20
    batch_max: int = 250
    states_mb_max: int = 512

    def __post_init__(self) -> None:
        ports = self.ports
        self.counters = Counters()
        self.journal = Journal(
            service=self.name,
            store=ports.store,
            bus=ports.bus,
            clock=ports.clock,
            states_mb_max=self.states_mb_max,
        )
        #: Deadlines fire up to here; where time is played by many, not before everybody's clock stands there.
        self.due_until: Callable[[], datetime] = ports.clock.now
        self.kinds = {a.kind: a for a in (*self.aggregates, INTAKE)}
        self.intake = Intake(self.name, self.arms, self.reference, ports.clock.now)
        self.consumers: dict[str, Consumer[Any]] = {}
        recording = Recording(self.journal)
        self._deadlines = self._consumer(f"{self.name}.deadlines", _read_deadline(self.kinds), recording.do)

    @cached_property
    def api(self) -> Any:
        """The service's FastAPI router, made when it is first asked for; None where there is none."""
        return self.routes() if self.routes is not None else None

    # ---- subscriptions --------------------------------------------------------------------------

    def subscribe(self) -> None:
        """Register every subscription of this service with the bus."""
        bus = self.ports.bus
        bus.subscribe(Subscription(None, (table.REFERENCE,), self._take_reference))
        if topics := table.subscribed(self.name):
            consumer = self._consumer(self.name, self._read_fact, Recording(self.journal).do)
            self._subscribe(consumer, topics)
        if self.arms.foreign:
            recording = Recording(self.journal, self.intake.contradicted)
            consumer = self._consumer(f"{self.name}.intake", self.intake.read, recording.do)
            self._subscribe(consumer, (f"{INTAKE_PREFIX}*",))
        if not getattr(bus, "reroutes", False):
            for reroute in table.REROUTES:
                if reroute.topic == table.commands(self.name):
                    source = table.BY_TYPE[reroute.type].topic
                    bus.subscribe(Subscription(f"{self.name}.router", (source,), self._router(reroute)))
        if self.projection is not None:
            views = self._consumer(f"{self.name}.views", _read_view, self._project)
            self._subscribe(views, self.projection.topics)

    def _consumer(
        self,
        group: str,
        read: Callable[[Delivery], Any],
        do: Callable[[list[tuple[Delivery, Any]]], Awaitable[None]],
    ) -> Consumer[Any]:
        consumer = self.consumers[group] = Consumer(
            group=group,
            read=read,
            do=do,
            quarantine=Quarantine(self.ports.store, group),
            clock=self.ports.clock,
            fuse=Fuse(self.fuse_failures_max),
            counters=self.counters,
            forget=self.journal.forget_all,
        )
        return consumer

    def _subscribe(self, consumer: Consumer[Any], topics: tuple[str, ...]) -> None:
        async def handle(deliveries: Sequence[Delivery]) -> None:
            error, begun = "", perf_counter()
            try:
                with batch_span(consumer.group, deliveries):
                    await consumer.handle(deliveries)
            except Exception as failure:
                error = type(failure).__name__
                raise
            finally:
                self.counters.took(consumer.group, len(deliveries), perf_counter() - begun, error)

        self.ports.bus.subscribe(
            Subscription(consumer.group, topics, handle, self.batch_max, consumer.assigned)
        )

    # ---- reading --------------------------------------------------------------------------------

    def _read_fact(self, delivery: Delivery) -> Asked | None:
        """What one of our own facts asks of this service."""
        if len(delivery.value) > envelopes.EVENT_BYTES_MAX:
            raise ValueError(
                f"{len(delivery.value):,} bytes; a fact has at most {envelopes.EVENT_BYTES_MAX:,}"
            )
        fact_type = delivery.headers.get("ce_type")
        if fact_type is None:
            fact_type = _type_within(delivery)
        row = table.BY_TYPE.get(fact_type)
        if row is None:
            raise LookupError(_unknown(fact_type, delivery.topic))
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
            [Work(t.aggregate, t.stream, t.command, envelope.id, digest, at, _of(t, context)) for t in asked]
        )

    async def _take_reference(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            envelope = envelopes.decode(delivery.value)
            row = table.BY_TYPE.get(envelope.type)
            if row is not None and row.topic == table.REFERENCE:
                await self.reference.take(table.decoder(envelope.type).decode(envelope.data), envelope)

    async def _project(self, jobs: list[tuple[Delivery, Envelope]]) -> None:
        """Bring a batch into the views; if that fails, one record at a time, to know which one it is."""
        assert self.projection is not None  # noqa: S101 subscribed only with one
        views = [(envelope, delivery) for delivery, envelope in jobs]
        try:
            await self.projection.take(views)
        except PASSING:
            raise
        except Exception as error:
            for index, view in enumerate(views):
                try:
                    await self.projection.take([view])
                except PASSING:
                    raise
                except Exception as one:
                    raise Failed(index, one) from error

    def _router(self, reroute: table.Reroute) -> Callable[[Sequence[Delivery]], Any]:
        async def send_on(deliveries: Sequence[Delivery]) -> None:
            messages: list[Message] = []
            for delivery in deliveries:
                if delivery.headers.get("ce_type") == reroute.type:
                    key = _other_key(reroute, delivery)
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
        before = due_key(instant_text(self.due_until() + timedelta(microseconds=1)))
        rows = await self.ports.store.scan(DUE, before=before, limit=500)
        if not rows or self._deadlines.fuse.blown:
            return 0
        try:
            await self._deadlines.handle([_due_delivery(row) for row in rows])
        except FuseBlown:
            _log.exception("deadlines stop: resume them when repaired")
            return 0
        await self.ports.store.delete(DUE, [row.key for row in rows])
        return len(rows)

    async def tick(self) -> int:
        """What happens about once a second: requests, deadlines, marks, strays, snapshots, expiry.

        Returns how many deadlines fired and parked records were released.
        """
        done = 0
        asked = await is_asked(self.ports.store)
        for consumer in self.consumers.values():
            if asked or consumer.waits:
                done += await consumer.carry_out_requests()
        await self.journal.flush()
        done += await self.fire_due()
        await self.journal.flush()
        await self.journal.snapshots.make_wanted()
        return done

    async def tidy(self) -> None:
        """What happens about once a minute: strays of stopped writers, refused bodies that expire."""
        swept = await self.journal.sweep()
        if swept:
            _log.warning("published %d commits that a stopped writer left", swept)
        await expire_refused(self.ports.store, instant_text(self.ports.clock.now()))

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
        context = Context(principal, cause, account, zone, current())
        work = Work(
            aggregate, stream, command, cause, body_digest, now, context, f"{self.name}:foreign", None
        )
        return (await self.journal.execute([work]))[0]

    async def status(self) -> dict[str, Any]:
        """What `/status` says."""
        due = await self.next_due()
        return {
            **(await self.about() if self.about is not None else {}),
            "service": self.name,
            "writer": self.journal.writer.name,
            "unpublished": self.journal.writer.unpublished,
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


def _type_within(delivery: Delivery) -> str:
    """The type of a record without headers, from its body."""
    try:
        return envelopes.decode(delivery.value).type
    except msgspec.DecodeError as error:
        raise ValueError(f"neither a type in the headers nor an envelope of ours ({error})") from error


def _unknown(fact_type: str, topic: str) -> str:
    if fact_type.startswith("ftz.platform."):
        return (
            f"{fact_type} is a platform's, and {topic} is ours alone: see who may write there, then skip it"
        )
    return f"unknown type {fact_type!r}: a newer build wrote it; deploy this consumer, then redrive"


def _of(to: To, context: Context) -> Context:
    """The context, in the account and zone that the arm named, if it named any."""
    if not to.account and not to.zone:
        return context
    return replace(context, account=to.account or context.account, zone=to.zone or context.zone)


def _read_view(delivery: Delivery) -> Envelope:
    return envelopes.decode(delivery.value)


def _other_key(reroute: table.Reroute, delivery: Delivery) -> str:
    """The key a record is sent on under; an unreadable one keeps its own, and who hears it sets it aside."""
    try:
        envelope = envelopes.decode(delivery.value)
        return getattr(table.decoder(reroute.type).decode(envelope.data), reroute.field)
    except msgspec.DecodeError:
        return delivery.key


def _due_delivery(row: StoreRow) -> Delivery:
    """A row of the due index as a record, so that a deadline that fails is set aside like any other."""
    envelope = envelopes.decode(row.body)
    due = datetime.fromisoformat(row.key.split("|")[0] + "+00:00")
    offset = timegm(due.utctimetuple()) << 32 | int(envelope.id[:8], 16)
    return Delivery(DUE, 0, offset, envelope.stream, row.body, envelopes.headers(envelope))


def _read_deadline(kinds: Mapping[str, Aggregate]) -> Callable[[Delivery], Asked]:
    def read(delivery: Delivery) -> Asked:
        """The deadline that has come, told to its stream."""
        envelope = envelopes.decode(delivery.value)
        deadline = msgspec.json.decode(envelope.data, type=DeadlineSet)
        context = Context(
            "clock", envelope.correlationid, envelope.account, envelope.zone, envelope.traceparent
        )
        work = Work(
            kinds[stream_parts(envelope.stream)[0]],
            envelope.stream,
            deadline,
            envelope.id,
            sha256(envelope.data).hexdigest(),
            datetime.fromisoformat(deadline.due_at),
            context,
        )
        return Asked([work])

    return read
