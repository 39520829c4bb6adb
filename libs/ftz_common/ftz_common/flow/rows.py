"""Rows of lists: one per stream, made from its state, moving only forward.

What is heard on the topic only says which streams moved. A row is made from the state that the journal
has at that moment, so that hearing twice, late or after a crash comes out the same.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec

from ftz_common.bus.port import Delivery
from ftz_common.contracts import table
from ftz_common.contracts.envelope import Envelope
from ftz_common.flow.aggregate import Aggregate
from ftz_common.flow.folding import Live, begin, fold
from ftz_common.flow.journal import Journal
from ftz_common.store.port import Store, StoreRow, Swap

R = TypeVar("R")


class Shown(NamedTuple):
    """A kind of stream in a list: `row` makes its row of a stream, a state and a version."""

    aggregate: Aggregate
    row: Callable[[str, Any, int], StoreRow]


class _Through(msgspec.Struct):
    through: int


class StreamRows:
    """A table of rows, each the fold of its own stream; a row's body says `through` which version."""

    def __init__(self, journal: Journal, name: str, shown: Sequence[Shown]) -> None:
        self.topics = (table.home(journal.service),)
        self.journal = journal
        self.store: Store = journal.store
        self.name = name
        self._shown = {each.aggregate.kind: each for each in shown}

    async def take(self, deliveries: list[tuple[Envelope, Delivery]]) -> None:
        """Make the rows of the streams that moved."""
        moved = sorted({envelope.stream for envelope, _ in deliveries if self._kind(envelope.stream)})
        if not moved:
            return
        states = await self.journal.states({s: self._of(s).aggregate for s in moved})
        rows = [self._of(s).row(s, state, version) for s, (version, state) in states.items()]
        found = await self.store.get(self.name, [row.key for row in rows])
        await self.indexed(await self._forward(rows, found))

    async def indexed(self, written: Sequence[StoreRow]) -> None:
        """Where a list has an index beside it: bring it to rows just written, or found written."""

    async def _forward(self, rows: Sequence[StoreRow], found: Mapping[str, bytes]) -> list[StoreRow]:
        """Write rows, but for those of which a later one is there; returns what is written now."""
        written: list[StoreRow] = []
        left: list[StoreRow] = list(rows)
        while left:
            due = [row for row in left if not _is_later(found.get(row.key), row.body)]
            changes = [Swap(r.key, found.get(r.key), r.body) for r in due if found.get(r.key) != r.body]
            swapped = await self.store.swap(self.name, changes) if changes else []
            lost: set[str] = {change.key for change, done in zip(changes, swapped, strict=True) if not done}
            written += [row for row in due if row.key not in lost]
            left = [row for row in due if row.key in lost]
            found = await self.store.get(self.name, sorted(lost)) if lost else {}
        return written

    async def bodies(self, prefix: str, after: str, limit: int) -> list[bytes]:
        """Rows in the order of their keys."""
        found = await self.store.scan(self.name, prefix=prefix, after=after, limit=limit)
        return [row.body for row in found]

    async def states(self, prefix: str) -> AsyncIterator[tuple[str, Live]]:
        """Every stream under a prefix of one kind, folded from the journal alone."""
        aggregate = self._of(prefix).aggregate
        live: Live | None = None
        stream = ""
        async for stored in self.store.commits(prefix):
            if live is None or stored.stream != stream:
                if live is not None:
                    yield stream, live
                stream, live = stored.stream, begin(aggregate, stored.stream)
            fold(aggregate, live, stored)
        if live is not None:
            yield stream, live

    async def rebuilt(self) -> list[StoreRow]:
        """Every row as the journal alone gives it, to compare with the live ones."""
        rows: list[StoreRow] = []
        for kind, shown in self._shown.items():
            async for stream, live in self.states(f"{kind}/"):
                rows.append(shown.row(stream, live.state, live.version))
        return rows

    def _kind(self, stream: str) -> Shown | None:
        return self._shown.get(stream.split("/", 1)[0])

    def _of(self, stream: str) -> Shown:
        return self._shown[stream.split("/", 1)[0]]


def by_stream(make: Callable[[Any, int], msgspec.Struct]) -> Callable[[str, Any, int], StoreRow]:
    """For `Shown`: rows made of state and version, whose key is the stream."""

    def row(stream: str, state: Any, version: int) -> StoreRow:
        return StoreRow(stream, msgspec.json.encode(make(state, version)))

    return row


def _through(body: bytes) -> int:
    return msgspec.json.decode(body, type=_Through).through


def _is_later(there: bytes | None, body: bytes) -> bool:
    return there is not None and _through(there) > _through(body)


def decoded(bodies: Sequence[bytes], kind: type[R]) -> list[R]:
    """Bodies as structs."""
    return [msgspec.json.decode(body, type=kind) for body in bodies]
