"""The store and the bus of a simulated world: the memory adapters, seen from inside.

What must hold after every single write is checked here: commits continue their stream, and nothing is
published twice with different content.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence

from ftz_common.bus.memory import MemoryBus
from ftz_common.bus.port import Message
from ftz_common.contracts.commit import Commit, StoredCommit, check
from ftz_common.flow.writer import DUE
from ftz_common.store.memory import MemoryStore
from ftz_common.store.port import InsertRefused, StoreRow
from ftz_common.testing.simulator.driving import pause


class Broken(BaseException):
    """An invariant does not hold. No `except Exception` of a service may take it for its own trouble."""


class WatchedStore(MemoryStore):
    """The database of one service. `on_commit` hears every commit at the instant it is stored."""

    def __init__(
        self,
        service: str,
        on_commit: Callable[[str, Commit, StoredCommit], None],
        on_rows: Callable[["WatchedStore", str, Sequence[StoreRow]], None],
    ) -> None:
        super().__init__(pause)
        self.service = service
        self._on_rows = on_rows
        self.inserting: Sequence[StoredCommit] = ()
        self.refused: Counter[str] = Counter()
        self._on_commit = on_commit

    async def insert(self, commits: Sequence[StoredCommit]) -> InsertRefused | None:
        self.inserting = commits
        refused = await super().insert(commits)
        if refused is not None:
            self.refused[refused.key] += 1
        return refused

    def _keep(self, commit: StoredCommit) -> None:
        before = self._streams.get(commit.stream, [])
        last = before[-1] if before else None
        super()._keep(commit)
        opened = check(commit)
        if commit.version != (last.version if last else 0) + 1:
            raise Broken(f"{commit.stream}: version {commit.version} after {last and last.version}")
        if opened.previous_hash != (last.hash if last else ""):
            raise Broken(f"{commit.stream} version {commit.version} does not continue the one before it")
        self._on_commit(self.service, opened, commit)

    async def put(self, table: str, rows: Sequence[StoreRow]) -> None:
        await super().put(table, rows)
        self._on_rows(self, table, rows)

    def rows(self, table: str) -> dict[str, bytes]:
        """The rows of a table, without awaiting."""
        kept = self._table(table)
        return {key: kept.bodies[key] for key in kept.keys}

    def keys(self, table: str, prefix: str) -> list[str]:
        """The keys of a table under a prefix, without awaiting."""
        keys = self._table(table).keys
        found: list[str] = []
        for key in keys[bisect_left(keys, prefix) :]:
            if not key.startswith(prefix):
                break
            found.append(key)
        return found

    def lay(self, table: str, row: StoreRow) -> None:
        """Put a row, without awaiting."""
        self._table(table).put(row.key, row.body)

    def drop(self, table: str, key: str) -> None:
        """Delete a row, without awaiting."""
        self._table(table).delete(key)

    @property
    def chains(self) -> dict[str, list[StoredCommit]]:
        """Every stream with its commits, without awaiting."""
        return self._streams

    def first_due(self) -> str | None:
        """The instant of the next deadline (as the due index has it), without awaiting."""
        keys = self._table(DUE).keys
        return keys[0].split("|")[0] if keys else None


class WatchedBus(MemoryBus):
    """The broker. `on_append` hears each topic that gets a record; `originals` has every fact by its id."""

    def __init__(self, on_append: Callable[[str], None], partitions: int) -> None:
        super().__init__(partitions=partitions, by_topic={"ftz.reference.v1": 1}, pause=pause)
        self.originals: dict[str, bytes] = {}
        self.damaged: set[bytes] = set()  #: what the world outside damaged on the wire
        self.again: int = 0  #: facts published more than once
        self._on_append = on_append

    def _append(self, message: Message) -> None:
        name = message.headers.get("ce_id")
        if name is not None and message.value not in self.damaged and not is_foreign(message.topic):
            first = self.originals.setdefault(name, message.value)
            if first is not message.value:
                if first != message.value:
                    raise Broken(f"{message.topic}: {name} published twice with different content")
                self.again += 1
        super()._append(message)
        self._on_append(message.topic)

    def lie(self, message: Message) -> None:
        """Append a record that no service published."""
        self.damaged.add(message.value)
        self._append(message)


def is_foreign(topic: str) -> bool:
    """True for the topics that platforms write."""
    return topic.startswith("ftz.shipments.")


class Order:
    """Records of one key are taken in their order by each service, also those behind a parked one."""

    def __init__(self, bus: WatchedBus) -> None:
        self._bus = bus
        self._last: dict[tuple[str, str, str], int] = {}
        self.evaluated = 0

    def commit(self, service: str, commit: Commit) -> None:
        """A commit was stored: where its record stands among those of its key."""
        if not commit.source or commit.stream.startswith("intake/"):
            return  # of a person or a clock; a second body under a taken id is refused after its batch
        topic, partition, number = commit.source.split("/")
        offset = int(number)
        key = self._bus.log((topic, int(partition)))[offset].key
        place = (service, topic, key)
        last = self._last.get(place, -1)
        self.evaluated += 1
        if offset < last:
            raise Broken(f"{service}: {commit.source} was taken after offset {last} of its key {key}")
        self._last[place] = offset
