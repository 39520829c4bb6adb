"""Quarantine: poison is set aside with its reason, and what comes behind it under its key waits in order.

A parked key belongs to one consumer group. Its records are rows, so that a rebalance keeps them; verbs
(redrive, skip, replace, resume) are rows too, executed between batches by whoever owns the key.
"""

from base64 import b64decode, b64encode
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from msgspec import structs

from ftz_common.bus.port import Delivery
from ftz_common.contracts.common import CommandRefused
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.fact import Refusal
from ftz_common.store.port import Store, StoreRow, Swap
from ftz_common.values.names import stream_name, stream_parts

PARKED = "parked"
REQUESTS = "quarantine-requests"
#: By group: who last said that its blown fuses are whole again; every process reads it.
RESUMES = "quarantine-resumes"
#: What was asked and carried out: who, why, when.
DONE = "quarantine-done"
REFUSED = "refused-bodies"

Verb = Literal["redrive", "skip", "replace"]

#: How long the bytes of a refused record are kept.
REFUSED_KEPT = timedelta(days=30)

#: The reason of a record that is not poison itself.
FOLLOWS = "waits behind a parked record of its key"


class Parked(msgspec.Struct, kw_only=True):
    """A record that waits: the first of its key is the poison, the others follow behind it."""

    group: str
    topic: str
    partition: int
    offset: int
    key: str
    value: str  #: base64
    headers: dict[str, str]
    reason: str
    parked_at: str

    def delivery(self) -> Delivery:
        """The record as it was delivered."""
        return Delivery(
            self.topic, self.partition, self.offset, self.key, b64decode(self.value), self.headers
        )

    def is_copy_of(self, other: "Parked") -> bool:
        """True for the same record, delivered or published again."""
        name = self.headers.get("ce_id")
        return self.value == other.value or (name is not None and name == other.headers.get("ce_id"))


class Request(msgspec.Struct, kw_only=True):
    """What a person wants done with a parked key."""

    verb: Verb
    who: str
    why: str
    at: str
    value: str = ""  #: base64, for replace
    record: str = ""  #: the row of the record that stood first when it was asked


class Resumed(msgspec.Struct, kw_only=True):
    """The last time a person said that a group may go on, and how often that was."""

    times: int
    who: str
    why: str
    at: str


class RefusedBody(msgspec.Struct, kw_only=True):
    """A foreign record that was refused, byte for byte; it expires."""

    source: str
    value: str  #: base64
    code: str
    reason: str
    place: str
    refused_at: str
    expires_at: str


def refused_record(source: str, value: bytes, why: Refusal | CommandRefused, now: datetime) -> RefusedBody:
    """A record as it came, and why it was refused."""
    return RefusedBody(
        source=source,
        value=b64encode(value).decode(),
        code=why.code,
        reason=why.reason,
        place=why.place,
        refused_at=instant_text(now),
        expires_at=instant_text(now + REFUSED_KEPT),
    )


def refused_event_key(source: str, event: str) -> str:
    """Where the body of an event is kept that a rule refused; of one refused at the door, the fact says."""
    return stream_name("event", source, event)


def parked_key(group: str, topic: str, key: str) -> str:
    """Names a parked key for people and rows."""
    return stream_name(group, topic, key)


class Quarantine:
    """The parked keys of one group, in its service's store. A key's records are in order of their offsets."""

    def __init__(self, store: Store, group: str) -> None:
        self._store = store
        self.group = group
        self._parked: dict[tuple[str, str], bool] | None = None  #: key -> its first record is no poison

    def forget(self) -> None:
        """Partitions came or went: read again what is parked."""
        self._parked = None

    async def load(self) -> None:
        """Read which keys are parked."""
        if self._parked is not None:
            return
        parked: dict[tuple[str, str], bool] = {}
        for row in await self._store.scan(PARKED, prefix=f"{stream_name(self.group)}/", limit=1_000_000):
            _, topic, key, _ = stream_parts(row.key)
            if (topic, key) not in parked:
                first = msgspec.json.decode(row.body, type=Parked)
                parked[topic, key] = first.reason == FOLLOWS
        self._parked = parked

    def is_parked(self, delivery: Delivery) -> bool:
        """True when records of this key wait; `load` comes first."""
        return bool(self._parked) and (delivery.topic, delivery.key) in (self._parked or {})

    @property
    def size(self) -> int:
        """How many keys are parked, as far as read."""
        return len(self._parked or {})

    @property
    def unsure(self) -> bool:
        """True when something is parked, or may be."""
        return self._parked is None or bool(self._parked)

    def left_behind(self) -> list[str]:
        """Keys whose first record only waited behind one that was released meanwhile."""
        parked = self._parked or {}
        return [parked_key(self.group, *place) for place in sorted(parked) if parked[place]]

    async def park(self, delivery: Delivery, reason: str, at: str) -> None:
        """Set a record aside, behind those of its key; the same record again changes nothing."""
        await self.load()
        assert self._parked is not None  # noqa: S101 load filled it
        place = delivery.topic, delivery.key
        row = f"{parked_key(self.group, *place)}/{delivery.offset:020d}"
        if await self._store.get(PARKED, [row]):
            return
        parked = Parked(
            group=self.group,
            topic=delivery.topic,
            partition=delivery.partition,
            offset=delivery.offset,
            key=delivery.key,
            value=b64encode(delivery.value).decode(),
            headers=dict(delivery.headers),
            reason=reason,
            parked_at=at,
        )
        self._parked.setdefault(place, reason == FOLLOWS)
        await self._keep(row, parked)

    async def _keep(self, row: str, parked: Parked) -> None:
        await self._store.put(PARKED, [StoreRow(row, msgspec.json.encode(parked))])

    async def explain(self, row: str, parked: Parked, reason: str) -> None:
        """A parked record was tried again and failed: it is the poison now."""
        await self._keep(row, structs.replace(parked, reason=reason))

    async def replace(self, row: str, parked: Parked, value: str) -> None:
        """A person gives a parked record another body (base64)."""
        await self._keep(row, structs.replace(parked, value=value))

    async def requests(self) -> list[tuple[str, Request]]:
        """What people asked of this group's keys."""
        rows = await self._store.scan(REQUESTS, prefix=f"{stream_name(self.group)}/")
        return [(row.key, msgspec.json.decode(row.body, type=Request)) for row in rows]

    async def resumed(self) -> int:
        """How often people said that this group may go on."""
        rows = await self._store.get(RESUMES, [self.group])
        return msgspec.json.decode(rows[self.group], type=Resumed).times if rows else 0

    async def waiting(self, parked: str) -> list[tuple[str, Parked]]:
        """The records of one parked key, in order, with their row keys."""
        rows = await self._store.scan(PARKED, prefix=f"{parked}/", limit=1_000_000)
        return [(row.key, msgspec.json.decode(row.body, type=Parked)) for row in rows]

    async def release(self, row: str) -> None:
        """A parked record was handled."""
        await self._store.delete(PARKED, [row])

    async def done(self, key: str, request: Request) -> None:
        """A request was carried out; who asked for it and why stays on record."""
        await self._store.put(DONE, [StoreRow(f"{key}/{request.at}", msgspec.json.encode(request))])
        await self._store.delete(REQUESTS, [key])


async def is_asked(store: Store) -> bool:
    """Whether people ask anything of a service's parked keys."""
    return bool(await store.scan(REQUESTS, limit=1))


async def parked_keys(store: Store) -> dict[str, list[Parked]]:
    """Every parked key of a service with its records (`ftz quarantine list`)."""
    keys: dict[str, list[Parked]] = {}
    for row in await store.scan(PARKED, limit=1_000_000):
        keys.setdefault(row.key.rsplit("/", 1)[0], []).append(msgspec.json.decode(row.body, type=Parked))
    return keys


async def ask(store: Store, parked: str, request: Request) -> None:
    """Leave a request for the consumers of a parked key. It is about the record that now stands first."""
    first = await store.scan(PARKED, prefix=f"{parked}/", limit=1)
    pinned = structs.replace(request, record=first[0].key if first else "")
    await store.put(REQUESTS, [StoreRow(parked, msgspec.json.encode(pinned))])


async def resume(store: Store, group: str, who: str, why: str, at: str) -> None:
    """Tell every process of a group that its fuse is whole again."""
    while True:
        before = (await store.get(RESUMES, [group])).get(group)
        times = msgspec.json.decode(before, type=Resumed).times if before else 0
        said = Resumed(times=times + 1, who=who, why=why, at=at)
        if await store.swap(RESUMES, [Swap(group, before, msgspec.json.encode(said))]) == [True]:
            break
    await store.put(DONE, [StoreRow(f"{stream_name(group)}/resume/{at}", msgspec.json.encode(said))])


async def keep_refused(store: Store, key: str, body: RefusedBody) -> None:
    """Keep the bytes of a refused foreign record until they expire."""
    await store.put(REFUSED, [StoreRow(key, msgspec.json.encode(body))])


async def refused_body(store: Store, key: str) -> RefusedBody | None:
    """The bytes of a refused foreign record, if they are still kept."""
    found = await store.get(REFUSED, [key])
    return msgspec.json.decode(found[key], type=RefusedBody) if key in found else None


async def refused_bodies(store: Store, limit: int) -> dict[str, RefusedBody]:
    """Refused foreign records that are still kept, by key; the latest refused first."""
    rows = await store.scan(REFUSED, limit=1_000_000)
    found = [(row.key, msgspec.json.decode(row.body, type=RefusedBody)) for row in rows]
    found.sort(key=lambda kept: (kept[1].refused_at, kept[0]), reverse=True)
    return dict(found[:limit])


async def expire_refused(store: Store, now: str) -> int:
    """Delete refused bodies whose time is over; returns how many."""
    rows = await store.scan(REFUSED, limit=1_000_000)
    over = [r.key for r in rows if msgspec.json.decode(r.body, type=RefusedBody).expires_at <= now]
    await store.delete(REFUSED, over)
    return len(over)
