"""The store port: what a database must do for us, and nothing more.

Any store that inserts one document atomically and keeps two unique keys can carry it: there are no
transactions, no reads of uncommitted work, and a bulk insert stops at the first refused document.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from ftz_common.contracts.commit import StoredCommit


@dataclass(frozen=True, slots=True)
class InsertRefused:
    """The first commit that a unique key refused; all before it are stored, none from it on."""

    index: int
    key: Literal["version", "cause"]


@dataclass(frozen=True, slots=True)
class StoreRow:
    """A row of a named table: rows are ordered by key (bytewise UTF-8)."""

    key: str
    body: bytes


class Swap(NamedTuple):
    """A row that is to be replaced if its body is `expected` (None: if it does not exist)."""

    key: str
    expected: bytes | None
    body: bytes


class StoreUnavailable(Exception):
    """The store cannot answer now; the work is tried again, nothing is lost."""


class StoreDamaged(Exception):
    """The store's file or index is not what it must be; a person must look before anything is written."""


class Store(Protocol):
    """Commits of one service, and its rows (marks, views, parked records, due index, snapshots)."""

    async def insert(self, commits: Sequence[StoredCommit]) -> InsertRefused | None:
        """Insert in order, durably. Unique: (stream, version) and (scope, cause).

        On a refusal everything before `index` is stored and nothing from `index` on.
        """
        ...

    async def read(self, after: Mapping[str, int]) -> list[StoredCommit]:
        """The commits of these streams above the given versions, ordered by (stream, version).

        Versions of a stream have no holes (each commit is inserted after the one before it), and an adapter
        may rely on it; `commits` walks what is there, so that `verify` sees a hole.
        """
        ...

    async def causes(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], StoredCommit]:
        """The commits that hold these (scope, cause) keys."""
        ...

    async def written(self, writer: str, after_seq: int, limit: int) -> list[StoredCommit]:
        """Commits of one writer with a larger number, by number."""
        ...

    def commits(self, prefix: str = "") -> AsyncIterator[StoredCommit]:
        """Every commit of streams whose name starts with `prefix`, ordered by (stream, version)."""
        ...

    async def get(self, table: str, keys: Sequence[str]) -> dict[str, bytes]:
        """The bodies of the rows that exist."""
        ...

    async def put(self, table: str, rows: Sequence[StoreRow]) -> None:
        """Insert or replace rows, each atomically; the batch in order.

        A row may be lost with the machine, but then so is everything that was written after it.
        """
        ...

    async def delete(self, table: str, keys: Sequence[str]) -> None:
        """Delete rows; a missing one is no error."""
        ...

    async def scan(
        self, table: str, *, prefix: str = "", after: str = "", before: str | None = None, limit: int = 1000
    ) -> list[StoreRow]:
        """Rows in key order with `key > after`, `key < before` and the prefix; at most `limit`."""
        ...

    async def swap(self, table: str, changes: Sequence[Swap]) -> list[bool]:
        """Replace rows with different keys, each atomically and only if it is as expected; say which were.

        When it raises, some may have been. Of several who swap a row at once one is told that it did, and
        another only if it asked for the same body.
        """
        ...

    async def ping(self) -> None:
        """Answer, or raise `StoreUnavailable`."""
        ...

    async def close(self) -> None:
        """Release what is held."""
        ...
