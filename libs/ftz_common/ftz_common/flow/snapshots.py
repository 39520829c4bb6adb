"""Snapshots: a cache of folded state, made by a fold of the journal of its own, never from live state.

A snapshot whose state class has another shape than this build's, or that does not have its digest,
is ignored: deleting or damaging snapshots changes nothing but the time to load.
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
#: A stream whose load folded this many commits gets a snapshot.
COMMITS_FOLDED_MAX = 200
_STREAMS_WAITING_MAX = 1000


class Snapshot(msgspec.Struct, frozen=True):
    """A folded state: where in the stream, of which class, and its compressed bytes."""

    version: int
    hash: str
    state_digest: str
    digest: str  #: over all the rest
    state: bytes


@cache
def state_digest(state: type[Any]) -> str:
    """Changes with the shape of a state class: names, types, nesting."""
    schema = msgspec.json.schema(state)
    return sha256(msgspec.json.encode(schema, order="deterministic")).hexdigest()


def encode_state(state: Any) -> bytes:
    """The bytes of a state that snapshots keep and `replay` compares.

    Dicts stay in the order in which the facts filled them, which every fold repeats.
    """
    return msgspec.json.encode(state)


class Snapshots:
    """Reads snapshots for the journal and makes those it asked for."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._wanted: deque[tuple[str, Aggregate]] = deque(maxlen=_STREAMS_WAITING_MAX)

    async def read(self, wanted: Mapping[str, Aggregate]) -> dict[str, Live]:
        """The usable snapshots of these streams."""
        rows = await self._store.get(TABLE, list(wanted))
        found: dict[str, Live] = {}
        for stream, body in rows.items():
            live = usable(wanted[stream], body)
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
        state, shape = zlib.compress(encode_state(live.state)), state_digest(aggregate.state)
        digest = _digest(live.version, live.hash, shape, state)
        snapshot = Snapshot(live.version, live.hash, shape, digest, state)
        await self._store.put(TABLE, [StoreRow(stream, msgspec.json.encode(snapshot))])


async def folded(store: Store, aggregate: Aggregate, stream: str, through: int | None = None) -> Live:
    """The state of a stream folded from its first commit, through a version (None: all)."""
    live = begin(aggregate, stream)
    for stored in await store.read({stream: 0}):
        if through is None or stored.version <= through:
            fold(aggregate, live, stored)
    return live


def _digest(version: int, last_hash: str, shape: str, state: bytes) -> str:
    return sha256(f"{version} {last_hash} {shape} ".encode() + state).hexdigest()


def usable(aggregate: Aggregate, body: bytes) -> Live | None:
    """The state in the bytes of a snapshot; None when it is not of this build, or damaged."""
    try:
        snapshot = msgspec.json.decode(body, type=Snapshot)
    except msgspec.DecodeError:
        return None
    shape = state_digest(aggregate.state)
    if snapshot.state_digest != shape:
        return None
    if snapshot.digest != _digest(snapshot.version, snapshot.hash, shape, snapshot.state):
        return None
    state = msgspec.json.decode(zlib.decompress(snapshot.state), type=aggregate.state)
    return Live(snapshot.version, snapshot.hash, state)
