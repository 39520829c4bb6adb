"""The SQLite driver: one file, one writer process, one thread that talks to it.

WAL with synchronous=FULL for commits, inbox and blobs: what was acknowledged survives a crash of the
machine. Rows (cursors, marks, views, the due index) wait for no disk: lost with a machine, they are made
again, because a row is never kept without everything written before it. All work runs in one
dedicated thread, one transaction per call, so that the event loop never waits for a disk. An advisory lock
on `<file>.lock` keeps a second process away; readers (`ftz trace`, `ftz verify`) open the file read-only.
This is the only place that imports the driver.
"""

import asyncio
import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from ftz_common.store.port import StoreDamaged, StoreUnavailable

#: The format of the file; a file of a newer one is refused.
FORMAT = 1
#: PRAGMA application_id of our files: "ftz1".
APPLICATION_ID = 0x66747A31
#: Files up to this size are checked whole when they are opened (about half a second).
CHECKED_BYTES_MAX = 256_000_000

_RESTORE = "restore it from a backup (made with `ftz backup`, never by copying a live file)"
_DAMAGE_CODES = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_OUTAGE_CODES = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_NOMEM,
}
_SCHEMA = """
CREATE TABLE format (only INTEGER PRIMARY KEY CHECK (only = 1), version INTEGER NOT NULL);
CREATE TABLE commits (
    position INTEGER PRIMARY KEY,
    service TEXT NOT NULL,
    stream TEXT NOT NULL,
    version INTEGER NOT NULL,
    scope TEXT NOT NULL,
    cause TEXT NOT NULL,
    writer TEXT NOT NULL,
    seq INTEGER NOT NULL,
    hash TEXT NOT NULL,
    body BLOB NOT NULL,
    cause_key BLOB NOT NULL
);
CREATE UNIQUE INDEX commits_version ON commits (service, stream, version);
CREATE UNIQUE INDEX commits_cause ON commits (cause_key);
CREATE INDEX commits_writer ON commits (service, writer, seq);
CREATE TABLE rows (
    service TEXT NOT NULL,
    tbl TEXT NOT NULL,
    key TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (service, tbl, key)
) WITHOUT ROWID;
CREATE TABLE blobs (sha256 TEXT PRIMARY KEY, content BLOB NOT NULL);
CREATE TABLE inbox (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    topic TEXT NOT NULL,
    key TEXT NOT NULL,
    headers TEXT NOT NULL,
    value BLOB NOT NULL
);
"""

T = TypeVar("T")
#: What a job in the file's thread is given.
Connection = sqlite3.Connection


class StoreHeld(StoreUnavailable):
    """Another process holds the file."""

    def __init__(self, path: Path, holder: str) -> None:
        self.path, self.holder = path, holder
        super().__init__(
            f"{path} is held by {holder or 'another process'}: stop it first, or point this one elsewhere"
        )


class StoreNewer(StoreDamaged):
    """The file was written by a newer build."""


class SqliteDatabase:
    """An open file; close it, or the lock stays until the process ends."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Open the file, or make it.

        Raises `StoreHeld`, `StoreNewer`, `StoreDamaged`, or `StoreUnavailable` when it cannot be opened;
        `FileNotFoundError` when it is to be read and is not there.
        """
        self.path = path
        self.read_only = read_only
        self._closed = False
        if not read_only:
            path.parent.mkdir(parents=True, exist_ok=True)
        elif not path.exists():
            raise FileNotFoundError(f"{path} does not exist: name the file that `ftz run` made")
        self._lock = None if read_only else _locked(path)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="sqlite")
        try:
            self._connection = self._worker.submit(_connected, path, read_only).result()
            self._worker.submit(self._guarded, self._opened).result()
        except BaseException:
            self._worker.shutdown()
            self._unlock()
            raise

    async def fetch(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of one query."""
        return await self.work(lambda connection: connection.execute(sql, parameters).fetchall())

    async def change(self, *statements: tuple[str, Sequence[Sequence[object]]], durable: bool = True) -> int:
        """Each statement with each of its rows, in one transaction; the number of rows changed.

        `durable` False does not wait for the disk: a crash of the process loses nothing, one of the machine
        can lose it, but only together with every transaction after it (the WAL is a prefix).
        """

        def work(connection: sqlite3.Connection) -> int:
            before = connection.total_changes
            with transaction(connection, durable=durable):
                for sql, rows in statements:
                    connection.executemany(sql, rows)
            return connection.total_changes - before

        return await self.work(work)

    async def work(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Run a job in the thread that owns the connection; its errors become the port's."""
        if self._closed:
            raise StoreUnavailable(f"{self.path} is closed")
        return await asyncio.get_running_loop().run_in_executor(self._worker, self._guarded, job)

    def _opened(self, connection: sqlite3.Connection) -> None:
        """Read what must be known from the start."""

    def _guarded(self, job: Callable[[sqlite3.Connection], T]) -> T:
        with translated(self.path):
            return job(self._connection)

    async def backup_to(self, target: Path) -> None:
        """A consistent copy of the whole file, while it is in use. Refuses to overwrite."""
        await self.work(lambda connection: _copy(connection, target))

    async def close(self) -> None:
        """Finish the work in hand, close the file, let go of the lock. Closing twice is no error."""
        if self._closed:
            return
        self._closed = True
        await asyncio.get_running_loop().run_in_executor(self._worker, self._connection.close)
        self._worker.shutdown()
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def stored_until_refused(
    connection: sqlite3.Connection, sql: str, rows: Iterable[Sequence[object]]
) -> tuple[int, str] | None:
    """Insert rows in order, in one transaction, up to the first that a unique index refuses.

    Returns None, or how many are stored and the columns of the index.
    """
    before = connection.total_changes
    refused: sqlite3.IntegrityError | None = None
    with transaction(connection):
        try:
            connection.executemany(sql, rows)
        except sqlite3.IntegrityError as refusal:
            if refusal.sqlite_errorcode != sqlite3.SQLITE_CONSTRAINT_UNIQUE:
                raise
            refused = refusal
    return None if refused is None else (connection.total_changes - before, str(refused))


def _locked(path: Path) -> int:
    lock_path = path.with_name(path.name + ".lock")
    lock = os.open(lock_path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = os.pread(lock, 64, 0).decode(errors="replace").strip()
        os.close(lock)
        raise StoreHeld(path, holder) from None
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"process {os.getpid()}\n".encode(), 0)
    return lock


def _connected(path: Path, read_only: bool) -> sqlite3.Connection:
    with translated(path):
        uri = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, cached_statements=256)
        try:
            _prepare(connection, path, read_only)
        except BaseException:
            connection.close()
            raise
        return connection


def _prepare(connection: sqlite3.Connection, path: Path, read_only: bool) -> None:
    connection.execute("PRAGMA busy_timeout = 5000")
    connection.execute("PRAGMA cache_size = -65536")
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables and not read_only:
        _make(connection)
    elif (
        connection.execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,) or "format" not in tables
    ):
        raise StoreDamaged(f"{path} is not a file of ftz: name another path, or move it away")
    (version,) = connection.execute("SELECT version FROM format").fetchone() or (0,)
    if version > FORMAT:
        raise StoreNewer(
            f"{path} has format {version}, this build reads up to {FORMAT}: "
            "use the build that wrote it, or a newer one"
        )
    if not read_only:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA wal_autocheckpoint = 4000")
        _check_pages(connection, path)


def _make(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA page_size = 8192")
    connection.execute("PRAGMA journal_mode = WAL")
    with transaction(connection):
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        for statement in _SCHEMA.split(";\n"):
            connection.execute(statement)
        connection.execute("INSERT INTO format VALUES (1, ?)", (FORMAT,))


def _check_pages(connection: sqlite3.Connection, path: Path) -> None:
    """Find structural damage before anything is written; larger files meet it when they read it."""
    if path.stat().st_size > CHECKED_BYTES_MAX:
        return
    (finding,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if finding != "ok":
        raise StoreDamaged(f"{path} is damaged ({' '.join(finding.split())}): {_RESTORE}")


def _copy(connection: sqlite3.Connection, target: Path) -> None:
    if target.exists():
        raise FileExistsError(f"{target} exists: name a new file for the backup")
    target.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(sqlite3.connect(target)) as copy:
        connection.backup(copy)


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection, *, durable: bool = True) -> Generator[None]:
    """BEGIN IMMEDIATE ... COMMIT, rolled back when the body raises; `durable` waits for the disk."""
    connection.execute("PRAGMA synchronous = FULL" if durable else "PRAGMA synchronous = NORMAL")
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.execute("COMMIT")


@contextlib.contextmanager
def translated(path: Path) -> Generator[None]:
    """SQLite's errors as the port's: damage for a person, outage to be tried again; a bug stays itself."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _DAMAGE_CODES:
            raise StoreDamaged(f"{path} is damaged ({error}): {_RESTORE}") from error
        if code in _OUTAGE_CODES:
            raise StoreUnavailable(f"{path}: {error}") from error
        raise
