"""What follows an insert: every commit becomes known, in the order of its writer's numbers.

Publishing and the due index are idempotent and held until they succeed; the stored mark says how far a
writer is done, so that whoever meets a commit above its writer's mark does it again.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence

import msgspec

from ftz_common.bus.port import Bus, Message
from ftz_common.contracts import table
from ftz_common.contracts.commit import Commit, StoredCommit, envelopes, unseal
from ftz_common.contracts.common import DeadlineSet
from ftz_common.contracts.envelope import encode, headers, instant_text
from ftz_common.flow.clock import Clock
from ftz_common.store.port import Store, StoreRow, Swap
from ftz_common.values.calendar import parse_instant

#: A process remembers so many commits of other writers that it published, so as not to do it at each load.
STRAYS_KEPT_MAX = 10_000

MARKS = "marks"
DUE = "due"


class Mark(msgspec.Struct):
    """How far a writer has published: everything up to `through`, but for the burnt numbers."""

    through: int = 0
    burnt: list[int] = []
    at: str = ""


class Writer:
    """A name in the store, numbers without gaps, and the commits of them that are not published yet.

    Used under its journal's lock; only `sweep` may run beside it.
    """

    def __init__(self, service: str, store: Store, bus: Bus, clock: Clock) -> None:
        self.name = ""  #: none yet, or retired
        self.on_commits: list[Callable[[Sequence[StoredCommit]], None]] = []
        self.published = Counter[str]()  #: records that the bus took, by topic
        self._service, self._store, self._bus, self._clock = service, store, bus, clock
        self._bus_is_journal = getattr(bus, "journaled", False)  # what is stored needs no publishing there
        self._outbox: deque[StoredCommit] = deque()
        self._marks_seen: dict[str, int] = {}
        self._strays: set[tuple[str, int]] = set()  # of other writers, published by this process
        self._marks: dict[str, Mark] = {}  # of the writers that this process was
        self._marks_changed: set[str] = set()
        self._marks_swept: dict[str, bytes] = {}  # of others, as the last sweep left or found them
        self._seq = 0

    async def be_one(self) -> None:
        """Take the next free writer name of this service, and say so in the store."""
        if self.name:
            return
        taken = await self._store.scan(MARKS, limit=1_000_000)
        number = int(taken[-1].key.rsplit("-", 1)[1]) + 1 if taken else 1
        mark = Mark(at=instant_text(self._clock.now()))
        while True:
            name = f"{self._service}-{number:08d}"
            if await self._store.swap(MARKS, [Swap(name, None, msgspec.json.encode(mark))]) == [True]:
                break
            number += 1
        self.name, self._seq, self._marks[name] = name, 0, mark

    def number(self) -> int:
        """The next number of this writer."""
        self._seq += 1
        return self._seq

    def unnumber(self) -> None:
        """The last number was given to nothing."""
        self._seq -= 1

    def burn(self, seqs: Iterable[int]) -> None:
        """These numbers will never be commits."""
        self._marks[self.name].burnt.extend(seqs)

    def retire(self) -> None:
        """An insert may or may not have happened, or may happen late: no later number of this name exists.

        So its mark stays true; the sweeper and whoever loads those streams publish what turns up above it.
        """
        self.name = ""

    def stored(self, commits: Sequence[StoredCommit]) -> None:
        """These are in the store, and must become known."""
        self._outbox.extend(commits)

    async def make_known(self) -> None:
        """Publish and index everything in the outbox, in order; raises and keeps it when that fails."""
        if not self._outbox:
            return
        commits = list(self._outbox)
        await self._spread(commits)
        self._outbox.clear()
        for commit in commits:
            self._marks[commit.writer].through = commit.seq
            self._marks_changed.add(commit.writer)
        for hear in self.on_commits:
            hear(commits)

    async def _spread(self, commits: Iterable[StoredCommit]) -> None:
        messages: list[Message] = []
        due: list[StoreRow] = []
        for stored in commits:
            commit = unseal(stored)
            if any(table.BY_TYPE[recorded.type].deadline for recorded in commit.facts):
                due.extend(_due_rows(commit, stored.hash))
            if not self._bus_is_journal:
                messages.extend(messages_of(commit, stored.hash))
        if due:
            await self._store.put(DUE, due)
        if messages:
            await self._bus.publish(messages)
            self.published.update(message.topic for message in messages)

    async def publish_strays(self, commits: Iterable[StoredCommit]) -> None:
        """Publish those that lie above their writer's mark and are not about to be published by us."""
        ours = {(c.writer, c.seq) for c in self._outbox}
        ours |= self._strays
        suspects = [
            c
            for c in commits
            if c.seq > self._through(c.writer) and c.writer != self.name and (c.writer, c.seq) not in ours
        ]
        if not suspects:
            return
        rows = await self._store.get(MARKS, sorted({c.writer for c in suspects}))
        for writer, body in rows.items():
            self._marks_seen[writer] = msgspec.json.decode(body, type=Mark).through
        strays = [c for c in suspects if c.seq > self._through(c.writer)]
        if strays:
            await self._spread(sorted(strays, key=lambda c: (c.writer, c.seq)))
            if len(self._strays) > STRAYS_KEPT_MAX:
                self._strays.clear()
            self._strays.update((c.writer, c.seq) for c in strays)

    def _through(self, writer: str) -> int:
        mark = self._marks.get(writer)
        return mark.through if mark else self._marks_seen.get(writer, 0)

    async def store_mark(self) -> None:
        """Write down how far this process has published, under each name it wrote with."""
        changed = sorted(self._marks_changed)
        rows: list[StoreRow] = []
        for writer in changed:
            mark = self._marks[writer]
            mark.at = instant_text(self._clock.now())
            rows.append(StoreRow(writer, msgspec.json.encode(mark)))
        if rows:
            await self._store.put(MARKS, rows)
            self._marks_changed.difference_update(changed)

    async def sweep(self) -> int:
        """Publish what stopped writers left above their marks; returns how many commits.

        A writer counts as stopped when its mark is as the last sweep saw it: whoever works moves it each
        second, and no clocks are compared. Publishing twice is harmless: one that is only
        quiet loses nothing.
        """
        swept, seen = 0, self._marks_swept
        self._marks_swept = {}
        for row in await self._store.scan(MARKS, limit=1_000_000):
            if row.key != self.name:
                stopped, self._marks_swept[row.key] = seen.get(row.key) == row.body, row.body
                swept += await self._sweep_up(row) if stopped else 0
        return swept

    async def _sweep_up(self, row: StoreRow) -> int:
        """Publish everything above this writer's mark, and move the mark with it."""
        swept, mark = 0, msgspec.json.decode(row.body, type=Mark)
        while strays := await self._store.written(row.key, mark.through, 500):
            await self._spread(strays)
            mark.through, mark.at = strays[-1].seq, instant_text(self._clock.now())
            self._marks_swept[row.key] = body = msgspec.json.encode(mark)
            await self._store.put(MARKS, [StoreRow(row.key, body)])
            swept += len(strays)
        return swept

    @property
    def unpublished(self) -> int:
        """Commits stored and not yet published by this process."""
        return len(self._outbox)

    @property
    def marks_waiting(self) -> int:
        """Writers whose stored mark is older than what this process has published."""
        return len(self._marks_changed)


def messages_of(commit: Commit, commit_hash: str) -> list[Message]:
    """The records that a commit publishes."""
    messages: list[Message] = []
    for envelope in envelopes(commit, commit_hash):
        row = table.BY_TYPE[envelope.type]
        key, topic = envelope.stream, row.topic
        if not row.sequenced or "{" in topic:
            fact = table.decoder(envelope.type).decode(envelope.data)
            key, topic = row.key(fact, envelope.stream), table.topic_of(row, fact)
        messages.append(Message(topic, key, encode(envelope), headers(envelope)))
    return messages


def _due_rows(commit: Commit, commit_hash: str) -> list[StoreRow]:
    return [
        StoreRow(due_key(msgspec.json.decode(e.data, type=DeadlineSet).due_at, e.id), encode(e))
        for e in envelopes(commit, commit_hash)
        if table.BY_TYPE[e.type].deadline
    ]


def due_key(due_at: str, deadline: str = "") -> str:
    """The key of a deadline in the due index: sorts by instant."""
    return f"{parse_instant(due_at):%Y-%m-%dT%H:%M:%S.%f}|{deadline}"
