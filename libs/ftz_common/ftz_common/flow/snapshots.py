"""Snapshots: a cache of folded state, made by a fold of the journal of its own, never from live state.

A snapshot whose state class has another shape than this build's, or that does not have its digest,
is ignored: deleting or damaging snapshots changes nothing but the time to load. A large one lies in parts,
named by what is in them: no row is larger than a store takes (MongoDB: 16 MB).
"""

import zlib
from collections import deque
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from typing import Any

import msgspec

from ftz_common.contracts.commit import StoredCommit
from ftz_common.flow.aggregate import Aggregate
from ftz_common.flow.folding import Live, begin, fold
from ftz_common.store.port import Store, StoreRow

TABLE = "snapshots"
PARTS = "snapshot_parts"
#: Bytes of a state in one row; a larger state is cut.
PART_BYTES = 4_000_000
#: A stream whose load folded this many commits gets a snapshot.
COMMITS_FOLDED_MAX = 200
_STREAMS_WAITING_MAX = 1000


class Snapshot(msgspec.Struct, frozen=True):
    """A folded state: where in the stream, of which class, and its compressed bytes, here or in parts."""

    version: int
    hash: str
    state_digest: str
    digest: str  #: over all the rest
    state: bytes
    parts: list[str] = []  #: keys of the rows that hold a state too large for one, in their order


@cache
def state_digest(state: type[Any]) -> str:
    """Changes with the shape of a state class: names, types, nesting."""
    schema = msgspec.json.schema(state)
    return sha256(msgspec.json.encode(schema, order="deterministic")).hexdigest()


def encode_state(state: Any) -> bytes:
    """The bytes of a state that snapshots keep and `replay` compares.

    Dicts stay in the order in which the facts filled them, which every fold repeats.
    """
    return msgspec.msgpack.encode(state)


class Snapshots:
    """Reads snapshots for the journal and makes those it asked for."""

    def __init__(self, store: Store) -> None:
        self.part_bytes = PART_BYTES
        self._store = store
        self._wanted: deque[tuple[str, Aggregate]] = deque(maxlen=_STREAMS_WAITING_MAX)

    async def read(self, wanted: Mapping[str, Aggregate]) -> dict[str, Live]:
        """The usable snapshots of these streams."""
        rows = await self._store.get(TABLE, list(wanted))
        found: dict[str, Live] = {}
        for stream, body in rows.items():
            live = await read(self._store, wanted[stream], body)
            if live is not None:
                found[stream] = live
        return found

    def note(self, folded: Mapping[str, Aggregate], commits: Sequence[StoredCommit]) -> None:
        """Remember which streams were long to fold."""
        counts: dict[str, int] = {}
        for commit in commits:
            counts[commit.stream] = counts.get(commit.stream, 0) + 1
        for stream, count in counts.items():
            if count >= COMMITS_FOLDED_MAX:
                self._wanted.append((stream, folded[stream]))

    async def make_wanted(self, most: int = 10) -> int:
        """Make up to `most` of the snapshots that loading asked for; returns how many."""
        made = 0
        while self._wanted and made < most:
            stream, aggregate = self._wanted.popleft()
            await self.make(stream, aggregate)
            made += 1
        return made

    async def make(self, stream: str, aggregate: Aggregate) -> None:
        """Fold the journal of one stream from its start and keep the result."""
        live = await folded(self._store, aggregate, stream)
        if live.version == 0:
            return
        before = _decoded((await self._store.get(TABLE, [stream])).get(stream, b""))
        shape, (first, *more) = state_digest(aggregate.state), _cut(encode_state(live.state), self.part_bytes)
        rows = [StoreRow(f"{stream}|{sha256(part).hexdigest()}", part) for part in (first, *more) if more]
        for row in rows:  # one at a time: a store need not take them all at once
            await self._store.put(PARTS, [row])
        state, parts = b"" if more else first, [row.key for row in rows]
        digest = _digest(live.version, live.hash, shape, state, parts)
        snapshot = Snapshot(live.version, live.hash, shape, digest, state, parts)
        await self._store.put(TABLE, [StoreRow(stream, msgspec.json.encode(snapshot))])
        if before is not None:
            await self._store.delete(PARTS, sorted({*before.parts} - {*parts}))


async def folded(store: Store, aggregate: Aggregate, stream: str, through: int | None = None) -> Live:
    """The state of a stream folded from its first commit, through a version (None: all).

    Its history passes by: it is never held whole.
    """
    live = begin(aggregate, stream)
    async for stored in store.commits(stream):
        if stored.stream == stream and (through is None or stored.version <= through):
            fold(aggregate, live, stored)
        elif live.version:
            break  # the streams after it, whose names begin like it
    return live


def _cut(state: bytes, size: int) -> list[bytes]:
    """Its bytes, compressed, in as many parts as it takes; at least one."""
    view = memoryview(state)
    return [zlib.compress(view[at : at + size]) for at in range(0, len(state), size)]


def _digest(version: int, last_hash: str, shape: str, state: bytes, parts: Sequence[str]) -> str:
    return sha256(f"{version} {last_hash} {shape} {' '.join(parts)} ".encode() + state).hexdigest()


def _decoded(body: bytes) -> Snapshot | None:
    try:
        return msgspec.json.decode(body, type=Snapshot)
    except msgspec.DecodeError:
        return None


async def read(store: Store, aggregate: Aggregate, body: bytes) -> Live | None:
    """The state of a snapshot's row and its parts; None when it is not `usable`."""
    snapshot = _decoded(body)
    return snapshot and usable(aggregate, body, await store.get(PARTS, snapshot.parts))


def usable(aggregate: Aggregate, body: bytes, parts: Mapping[str, bytes]) -> Live | None:
    """The state of a snapshot's row; None when it is not of this build, or it or a part of it is damaged."""
    snapshot, shape = _decoded(body), state_digest(aggregate.state)
    if snapshot is None or snapshot.state_digest != shape:
        return None
    if snapshot.digest != _digest(snapshot.version, snapshot.hash, shape, snapshot.state, snapshot.parts):
        return None
    state = zlib.decompress(snapshot.state) if not snapshot.parts else _joined(snapshot.parts, parts)
    if state is None:
        return None
    return Live(snapshot.version, snapshot.hash, msgspec.msgpack.decode(state, type=aggregate.state))


def _joined(names: Sequence[str], parts: Mapping[str, bytes]) -> bytearray | None:
    """What the parts hold together; None when one is not there, or is not what its name says."""
    joined = bytearray()
    for name in names:
        part = parts.get(name, b"")
        if sha256(part).hexdigest() != name.rsplit("|", 1)[1]:
            return None
        joined += zlib.decompress(part)
    return joined
