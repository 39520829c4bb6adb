"""A store in memory, for tests and the simulator.

One instance is the database; all processes of a simulated service share it. Every method awaits the
injected `pause` before and after each of its effects, so that a simulator that drives coroutines by hand
can interrupt (or fail) it there; a bulk insert or put can so be cut in the middle, as on a real server.
No event loop is needed.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ftz_common.contracts.commit import StoredCommit
from ftz_common.store.port import InsertRefused, StoreRow, Swap

#: Awaited with the name of a point ("insert.before"); it may raise, or never return.
Pause = Callable[[str], Awaitable[None]]


def _version(commit: StoredCommit) -> int:
    return commit.version


def _seq(commit: StoredCommit) -> int:
    return commit.seq


@dataclass(slots=True)
class _Table:
    keys: list[str] = field(default_factory=list[str])  #: sorted; code points sort as their UTF-8 does
    bodies: dict[str, bytes] = field(default_factory=dict[str, bytes])

    def put(self, key: str, body: bytes) -> None:
        if key not in self.bodies:
            insort(self.keys, key)
        self.bodies[key] = body

    def delete(self, key: str) -> None:
        if self.bodies.pop(key, None) is not None:
            del self.keys[bisect_left(self.keys, key)]


class MemoryStore:
    """The store port, in memory."""

    def __init__(self, pause: Pause | None = None) -> None:
        self._on_pause = pause
        self._streams: dict[str, list[StoredCommit]] = {}
        self._versions: set[tuple[str, int]] = set()
        self._causes: dict[tuple[str, str], StoredCommit] = {}
        self._writers: dict[str, list[StoredCommit]] = {}
        self._tables: dict[str, _Table] = {}

    async def _pause(self, point: str) -> None:
        if self._on_pause is not None:
            await self._on_pause(point)

    async def insert(self, commits: Sequence[StoredCommit]) -> InsertRefused | None:
        await self._pause("insert.before")
        for index, commit in enumerate(commits):
            if index:
                await self._pause("insert.partly")
            if (commit.stream, commit.version) in self._versions:
                return await self._refused(index, "version")
            if (commit.scope, commit.cause) in self._causes:
                return await self._refused(index, "cause")
            self._keep(commit)
        await self._pause("insert.after")
        return None

    async def _refused(self, index: int, key: str) -> InsertRefused:
        await self._pause("insert.after")
        return InsertRefused(index, "version" if key == "version" else "cause")

    def _keep(self, commit: StoredCommit) -> None:
        self._versions.add((commit.stream, commit.version))
        self._causes[commit.scope, commit.cause] = commit
        insort(self._streams.setdefault(commit.stream, []), commit, key=_version)
        insort(self._writers.setdefault(commit.writer, []), commit, key=_seq)

    async def read(self, after: Mapping[str, int]) -> list[StoredCommit]:
        await self._pause("read.before")
        found: list[StoredCommit] = []
        for stream in sorted(after):
            chain = self._streams.get(stream, [])
            found += chain[bisect_right(chain, after[stream], key=_version) :]
        await self._pause("read.after")
        return found

    async def causes(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], StoredCommit]:
        await self._pause("causes.before")
        found = {key: self._causes[key] for key in keys if key in self._causes}
        await self._pause("causes.after")
        return found

    async def written(self, writer: str, after_seq: int, limit: int) -> list[StoredCommit]:
        await self._pause("written.before")
        line = self._writers.get(writer, [])
        start = bisect_right(line, after_seq, key=_seq)
        found = line[start : start + limit]
        await self._pause("written.after")
        return found

    async def commits(self, prefix: str = "") -> AsyncIterator[StoredCommit]:
        await self._pause("commits.before")
        for stream in sorted(name for name in self._streams if name.startswith(prefix)):
            for commit in list(self._streams[stream]):
                yield commit
        await self._pause("commits.after")

    async def get(self, table: str, keys: Sequence[str]) -> dict[str, bytes]:
        await self._pause("get.before")
        bodies = self._table(table).bodies
        found = {key: bodies[key] for key in keys if key in bodies}
        await self._pause("get.after")
        return found

    async def put(self, table: str, rows: Sequence[StoreRow]) -> None:
        await self._pause("put.before")
        for index, row in enumerate(rows):
            if index:
                await self._pause("put.partly")
            self._table(table).put(row.key, row.body)
        await self._pause("put.after")

    async def delete(self, table: str, keys: Sequence[str]) -> None:
        await self._pause("delete.before")
        for index, key in enumerate(keys):
            if index:
                await self._pause("delete.partly")
            self._table(table).delete(key)
        await self._pause("delete.after")

    async def scan(
        self, table: str, *, prefix: str = "", after: str = "", before: str | None = None, limit: int = 1000
    ) -> list[StoreRow]:
        await self._pause("scan.before")
        kept = self._table(table)
        start = max(bisect_right(kept.keys, after) if after else 0, bisect_left(kept.keys, prefix))
        found: list[StoreRow] = []
        for key in kept.keys[start:]:
            if len(found) >= limit or not key.startswith(prefix) or (before is not None and key >= before):
                break
            found.append(StoreRow(key, kept.bodies[key]))
        await self._pause("scan.after")
        return found

    async def swap(self, table: str, changes: Sequence[Swap]) -> list[bool]:
        await self._pause("swap.before")
        kept = self._table(table)
        happened: list[bool] = []
        for index, change in enumerate(changes):
            if index:
                await self._pause("swap.partly")
            happened.append(kept.bodies.get(change.key) == change.expected)
            if happened[-1]:
                kept.put(change.key, change.body)
        await self._pause("swap.after")
        return happened

    async def ping(self) -> None:
        await self._pause("ping")

    async def close(self) -> None:
        """Nothing is held; the commits stay for the next process."""

    def _table(self, name: str) -> _Table:
        return self._tables.setdefault(name, _Table())
