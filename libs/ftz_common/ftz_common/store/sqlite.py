"""The embedded store: all services' commits and rows in one SQLite file.

`SqliteFile` is the file and its journal (every commit has a position, the embedded bus reads by it);
`file.store("inventory")` is one service's view of it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

from ftz_common.contracts.commit import StoredCommit
from ftz_common.store.port import InsertRefused, StoreRow, Swap
from ftz_common.store.sqlite_file import Connection, SqliteDatabase, stored_until_refused, transaction

#: Told of commits that are stored: position of the first, service, the commits. Called in the event loop.
Listener = Callable[[int, str, Sequence[StoredCommit]], None]

_COLUMNS = "stream, version, scope, cause, writer, seq, hash, body"
_INSERT = f"INSERT INTO commits (position, service, {_COLUMNS}, cause_key) VALUES (?{', ?' * 10})"  # noqa: S608 our own constant
_SELECT = f"SELECT {_COLUMNS} FROM commits WHERE service = ?"  # noqa: S608 our own constant
_ROWS = "SELECT key, body FROM rows WHERE service = ? AND tbl = ?"
_PAGE = 1000


class SqliteFile(SqliteDatabase):
    """One SQLite file with the journal of all services, their rows, the blobs and the bus's inbox."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._listeners: list[Listener] = []
        self._position = 0
        super().__init__(path, read_only=read_only)

    def _opened(self, connection: Connection) -> None:
        self._position = connection.execute("SELECT coalesce(max(position), 0) FROM commits").fetchone()[0]

    @property
    def position(self) -> int:
        """The position of the last commit stored by this process or before it."""
        return self._position

    def listen(self, listener: Listener) -> None:
        """Call `listener` after each insert, in journal order."""
        self._listeners.append(listener)

    def store(self, service: str) -> "SqliteStore":
        """The store of one service."""
        return SqliteStore(self, service)

    async def journal(self, after: int, limit: int) -> list[tuple[int, str, StoredCommit]]:
        """(position, service, commit) of all services above a position, in order. Positions have no holes."""
        found = await self.fetch(
            f"SELECT position, service, {_COLUMNS} FROM commits WHERE position > ? ORDER BY position LIMIT ?",  # noqa: S608 our own constant
            (after, limit),
        )
        return [(row[0], row[1], StoredCommit(*row[2:])) for row in found]

    async def append(self, service: str, commits: Sequence[StoredCommit]) -> InsertRefused | None:
        """Insert commits of one service in order, with the next positions, and tell the listeners."""
        loop = asyncio.get_running_loop()

        def job(connection: Connection) -> InsertRefused | None:
            first = self._position + 1
            rows = (
                (position, service, *commit, _cause_key(service, commit.scope, commit.cause))
                for position, commit in enumerate(commits, first)
            )
            refused = stored_until_refused(connection, _INSERT, rows)
            count = len(commits) if refused is None else refused[0]
            self._position += count
            if count and self._listeners:
                # From this thread, so that no cancelled caller can lose it, and before the caller's result.
                loop.call_soon_threadsafe(self._tell, first, service, commits[:count])
            if refused is None:
                return None
            return InsertRefused(count, "cause" if "commits.cause" in refused[1] else "version")

        return await self.work(job) if commits else None

    def _tell(self, first: int, service: str, commits: Sequence[StoredCommit]) -> None:
        for listener in self._listeners:
            listener(first, service, commits)


class SqliteStore:
    """The store port over one service's part of the file."""

    def __init__(self, file: SqliteFile, service: str) -> None:
        self._file = file
        self._service = service

    async def insert(self, commits: Sequence[StoredCommit]) -> InsertRefused | None:
        return await self._file.append(self._service, commits)

    async def read(self, after: Mapping[str, int]) -> list[StoredCommit]:
        streams = sorted(after.items())
        sql = f"{_SELECT} AND stream = ? AND version > ? ORDER BY version"
        return await self._each(sql, [(self._service, stream, version) for stream, version in streams])

    async def causes(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], StoredCommit]:
        sql = f"{_SELECT} AND cause_key = ?"
        found = await self._each(sql, [(self._service, _cause_key(self._service, *key)) for key in keys])
        return {(commit.scope, commit.cause): commit for commit in found}

    async def written(self, writer: str, after_seq: int, limit: int) -> list[StoredCommit]:
        sql = f"{_SELECT} AND writer = ? AND seq > ? ORDER BY seq LIMIT ?"
        return await self._each(sql, [(self._service, writer, after_seq, limit)])

    async def commits(self, prefix: str = "") -> AsyncIterator[StoredCommit]:
        where, bounds = _within("stream", prefix)
        sql = f"{_SELECT} AND (stream, version) > (?, ?){where} ORDER BY stream, version LIMIT {_PAGE}"
        stream, version = "", 0
        while page := await self._each(sql, [(self._service, stream, version, *bounds)]):
            for commit in page:
                yield commit
            stream, version = page[-1].stream, page[-1].version

    async def _each(self, sql: str, parameters: Sequence[Sequence[object]]) -> list[StoredCommit]:
        """One prepared query for each row of parameters: as fast as a join, and no limit on how many."""

        def job(connection: Connection) -> list[StoredCommit]:
            return [StoredCommit(*row) for given in parameters for row in connection.execute(sql, given)]

        return await self._file.work(job) if parameters else []

    async def get(self, table: str, keys: Sequence[str]) -> dict[str, bytes]:
        sql = "SELECT body FROM rows WHERE service = ? AND tbl = ? AND key = ?"

        def job(connection: Connection) -> dict[str, bytes]:
            found = ((key, connection.execute(sql, (self._service, table, key)).fetchone()) for key in keys)
            return {key: row[0] for key, row in found if row}

        return await self._file.work(job) if keys else {}

    async def put(self, table: str, rows: Sequence[StoreRow]) -> None:
        sql = "INSERT OR REPLACE INTO rows (service, tbl, key, body) VALUES (?, ?, ?, ?)"
        if rows:
            changed = [(self._service, table, row.key, row.body) for row in rows]
            await self._file.change((sql, changed), durable=False)

    async def delete(self, table: str, keys: Sequence[str]) -> None:
        sql = "DELETE FROM rows WHERE service = ? AND tbl = ? AND key = ?"
        if keys:
            await self._file.change((sql, [(self._service, table, key) for key in keys]), durable=False)

    async def scan(
        self, table: str, *, prefix: str = "", after: str = "", before: str | None = None, limit: int = 1000
    ) -> list[StoreRow]:
        where, bounds = _within("key", prefix)
        if before is not None:
            where, bounds = f"{where} AND key < ?", [*bounds, before]
        sql = f"{_ROWS} AND key > ?{where} ORDER BY key LIMIT ?"
        found = await self._file.fetch(sql, (self._service, table, after, *bounds, limit))
        return [StoreRow(*row) for row in found]

    async def swap(self, table: str, changes: Sequence[Swap]) -> list[bool]:
        insert = "INSERT OR IGNORE INTO rows (service, tbl, key, body) VALUES (?, ?, ?, ?)"
        update = "UPDATE rows SET body = ? WHERE service = ? AND tbl = ? AND key = ? AND body = ?"

        def one(connection: Connection, change: Swap) -> bool:
            place = (self._service, table, change.key)
            if change.expected is None:
                return connection.execute(insert, (*place, change.body)).rowcount == 1
            return connection.execute(update, (change.body, *place, change.expected)).rowcount == 1

        def job(connection: Connection) -> list[bool]:
            with transaction(connection, durable=False):
                return [one(connection, change) for change in changes]

        return await self._file.work(job) if changes else []

    async def ping(self) -> None:
        await self._file.fetch("SELECT 1")

    async def close(self) -> None:
        """The file stays open for the other services; whoever opened it closes it."""


def _cause_key(service: str, scope: str, cause: str) -> bytes:
    """What the unique index holds instead of three texts: an insert costs a quarter less (measured)."""
    return blake2b(f"{service}\0{scope}\0{cause}".encode(), digest_size=16).digest()


def _within(column: str, prefix: str) -> tuple[str, list[Any]]:
    """SQL and parameters for `column` starting with `prefix`, as a range that an index serves."""
    if not prefix:
        return "", []
    above = _above(prefix)
    if above is None:
        return f" AND {column} >= ?", [prefix]
    return f" AND {column} >= ? AND {column} < ?", [prefix, above]


def _above(prefix: str) -> str | None:
    """The least text above every text with this prefix; None when there is none."""
    kept = prefix.rstrip("\U0010ffff")
    if not kept:
        return None
    last = ord(kept[-1]) + 1
    return kept[:-1] + chr(0xE000 if last == 0xD800 else last)  # surrogates are no text
