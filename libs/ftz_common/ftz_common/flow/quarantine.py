"""Quarantine: poison is set aside with its reason, and what comes behind it under its key waits in order.

A parked key belongs to one consumer group. Its records are rows, so that a rebalance keeps them; verbs
(redrive, skip) are rows too, executed between batches by whoever owns the key.
"""

from base64 import b64decode, b64encode
from typing import Literal

import msgspec

from ftz_common.bus.port import Delivery
from ftz_common.store.port import Store, StoreRow
from ftz_common.values.names import stream_name, stream_parts

PARKED = "parked"
REQUESTS = "quarantine-requests"
REFUSED = "refused-bodies"

Verb = Literal["redrive", "skip", "replace"]


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


class Request(msgspec.Struct, kw_only=True):
    """What a person wants done with a parked key."""

    verb: Verb
    who: str
    why: str
    at: str
    value: str = ""  #: base64, for replace


class RefusedBody(msgspec.Struct, kw_only=True):
    """A foreign record that was refused, byte for byte; it expires."""

    source: str
    value: str  #: base64
    code: str
    reason: str
    place: str
    refused_at: str
    expires_at: str


def parked_key(group: str, topic: str, key: str) -> str:
    """Names a parked key for people and rows."""
    return stream_name(group, topic, key)


class Quarantine:
    """The parked keys of one group, in its service's store."""

    def __init__(self, store: Store, group: str) -> None:
        self._store = store
        self.group = group
        self._next: dict[tuple[str, str], int] | None = None

    def forget(self) -> None:
        """Partitions came or went: read again what is parked."""
        self._next = None

    async def load(self) -> None:
        """Read which keys are parked."""
        if self._next is not None:
            return
        parked: dict[tuple[str, str], int] = {}
        for row in await self._store.scan(PARKED, prefix=f"{stream_name(self.group)}/", limit=1_000_000):
            _, topic, key, number = stream_parts(row.key)
            parked[topic, key] = int(number) + 1
        self._next = parked

    def is_parked(self, delivery: Delivery) -> bool:
        """True when records of this key wait; `load` comes first."""
        return bool(self._next) and (delivery.topic, delivery.key) in (self._next or {})

    @property
    def size(self) -> int:
        """How many keys are parked, as far as read."""
        return len(self._next or {})

    async def park(self, delivery: Delivery, reason: str, at: str) -> None:
        """Set a record aside, behind those of its key."""
        await self.load()
        assert self._next is not None  # noqa: S101 load filled it
        place = delivery.topic, delivery.key
        number = self._next.get(place, 0)
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
        row = f"{parked_key(self.group, *place)}/{number:010d}"
        self._next[place] = number + 1
        await self._store.put(PARKED, [StoreRow(row, msgspec.json.encode(parked))])

    async def requests(self) -> list[tuple[str, Request]]:
        """What people asked of this group's keys."""
        rows = await self._store.scan(REQUESTS, prefix=f"{stream_name(self.group)}/")
        return [(row.key, msgspec.json.decode(row.body, type=Request)) for row in rows]

    async def waiting(self, parked: str) -> list[tuple[str, Parked]]:
        """The records of one parked key, in order, with their row keys."""
        rows = await self._store.scan(PARKED, prefix=f"{parked}/", limit=1_000_000)
        return [(row.key, msgspec.json.decode(row.body, type=Parked)) for row in rows]

    async def release(self, row: str) -> None:
        """A parked record was handled."""
        await self._store.delete(PARKED, [row])

    async def done(self, request: str) -> None:
        """A request was carried out; keys that hold nothing any more are free."""
        await self._store.delete(REQUESTS, [request])
        self.forget()
        await self.load()


async def parked_keys(store: Store) -> dict[str, list[Parked]]:
    """Every parked key of a service with its records (`ftz quarantine list`)."""
    keys: dict[str, list[Parked]] = {}
    for row in await store.scan(PARKED, limit=1_000_000):
        keys.setdefault(row.key.rsplit("/", 1)[0], []).append(msgspec.json.decode(row.body, type=Parked))
    return keys


async def ask(store: Store, parked: str, request: Request) -> None:
    """Leave a request for the owner of a parked key."""
    await store.put(REQUESTS, [StoreRow(parked, msgspec.json.encode(request))])


async def keep_refused(store: Store, key: str, body: RefusedBody) -> None:
    """Keep the bytes of a refused foreign record until they expire."""
    await store.put(REFUSED, [StoreRow(key, msgspec.json.encode(body))])


async def refused_body(store: Store, key: str) -> RefusedBody | None:
    """The bytes of a refused foreign record, if they are still kept."""
    found = await store.get(REFUSED, [key])
    return msgspec.json.decode(found[key], type=RefusedBody) if key in found else None


async def expire_refused(store: Store, now: str) -> int:
    """Delete refused bodies whose time is over; returns how many."""
    rows = await store.scan(REFUSED, limit=1_000_000)
    over = [r.key for r in rows if msgspec.json.decode(r.body, type=RefusedBody).expires_at <= now]
    await store.delete(REFUSED, over)
    return len(over)
