"""The journal of one service in one process: a cause becomes a commit, and a commit becomes known.

One insert is the whole transaction. What follows it (publishing, the due index) is idempotent, done in
the order of this writer's numbers, and held until it succeeds; the stored mark says how far it is done,
so that whoever meets a commit above its writer's mark does it again.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from ftz_common.bus.port import Bus, Message
from ftz_common.contracts import table
from ftz_common.contracts.commit import (
    COMMIT_BYTES_MAX,
    Commit,
    Recorded,
    StoredCommit,
    envelopes,
    seal,
    unseal,
)
from ftz_common.contracts.common import CommandRefused, DeadlineSet, Noted, OutcomeGiven
from ftz_common.contracts.envelope import EVENT_BYTES_MAX, encode, headers, instant_text
from ftz_common.contracts.fact import Fact, Refusal, Row
from ftz_common.flow.aggregate import Aggregate, Contradicted, Done, Repeated, Result, Work
from ftz_common.flow.clock import Clock
from ftz_common.flow.folding import Live, begin, fold
from ftz_common.flow.snapshots import Snapshots
from ftz_common.store.port import Store, StoreRow
from ftz_common.values.calendar import parse_instant

#: A batch that other writers overtake this often is given back to the bus.
ATTEMPTS_MAX = 20
#: A process remembers so many commits of other writers that it published, so as not to do it at each load.
STRAYS_KEPT_MAX = 10_000
#: What of an event's bytes its data may take; the rest is for the envelope.
FACT_BYTES_MAX = EVENT_BYTES_MAX - 6_000

MARKS = "marks"
DUE = "due"

_data_encoder = msgspec.json.Encoder()


class Overtaken(Exception):
    """Other writers were faster too often; the batch comes again."""


class WorkFailed(Exception):
    """Deciding one work of a batch failed by a fault of ours; none of its round is stored."""

    def __init__(self, index: int, error: Exception) -> None:
        super().__init__(f"work {index}: {type(error).__name__}: {error}")
        self.index = index
        self.error = error


class TooLarge(Exception):
    """A decision that no store or bus would take: it must travel in numbered parts."""


class Mark(msgspec.Struct):
    """How far a writer has published: everything up to `through`, but for the burnt numbers."""

    through: int = 0
    burnt: list[int] = []
    at: str = ""


@dataclass(slots=True)
class _Plan:
    """What one round wants to insert: commits with the work each answers and the facts it holds."""

    indexes: list[int] = field(default_factory=list[int])
    commits: list[StoredCommit] = field(default_factory=list[StoredCommit])
    facts: list[tuple[Fact, ...]] = field(default_factory=list[tuple[Fact, ...]])
    refusals: list[Refusal | None] = field(default_factory=list[Refusal | None])


class Journal:
    """Executes work on the streams of one service. One at a time per process: calls queue up."""

    def __init__(
        self,
        *,
        service: str,
        store: Store,
        bus: Bus,
        clock: Clock,
        streams_cached_max: int = 50_000,
    ) -> None:
        self.service = service
        self.store = store
        self.bus = bus
        self.clock = clock
        self.snapshots = Snapshots(store)
        self.on_commits: list[Callable[[Sequence[StoredCommit]], None]] = []
        self._cached_max = streams_cached_max
        self._live: OrderedDict[str, Live] = OrderedDict()
        self._forgetting = False
        self._lock = asyncio.Lock()
        self._outbox: deque[StoredCommit] = deque()
        self._marks_seen: dict[str, int] = {}
        self._strays: set[tuple[str, int]] = set()  # of other writers, published by this process
        self._marks: dict[str, Mark] = {}  # of the writers that this process was
        self._marks_changed: set[str] = set()
        self._seq = 0
        self.writer = ""  # none yet, or retired

    async def _be_a_writer(self) -> None:
        """Take the next free writer name of this service, and say so in the store."""
        if self.writer:
            return
        taken = await self.store.scan(MARKS, limit=1_000_000)
        number = int(taken[-1].key.rsplit("-", 1)[1]) + 1 if taken else 1
        mark = Mark(at=instant_text(self.clock.now()))
        while not await self.store.swap(
            MARKS, name := f"{self.service}-{number:08d}", None, msgspec.json.encode(mark)
        ):
            number += 1
        self.writer, self._seq, self._marks[name] = name, 0, mark

    # ---- deciding -------------------------------------------------------------------------------

    async def execute(self, works: Sequence[Work]) -> list[Result]:
        """Decide and record each work, in order; the results are in the same order.

        When it returns, every commit is stored and published. When it raises, any part may be stored:
        do the same again, causes make it safe.
        """
        if not works:
            return []
        async with self._lock:
            await self._be_a_writer()
            results: list[Result | None] = [None] * len(works)
            pending = list(range(len(works)))
            for _ in range(ATTEMPTS_MAX):
                try:
                    pending = await self._round(works, pending, results)
                except WorkFailed:
                    await self._make_known()  # what earlier rounds stored
                    raise
                if not pending:
                    await self._make_known()
                    return [r for r in results if r is not None]
            raise Overtaken(f"{self.service}: {len(pending)} of {len(works)} still contended")

    async def state(self, aggregate: Aggregate, stream: str) -> tuple[int, Any]:
        """Version and state of a stream, for reading only; version 0 if it does not exist."""
        return (await self.states({stream: aggregate}))[stream]

    async def states(self, wanted: dict[str, Aggregate]) -> dict[str, tuple[int, Any]]:
        """Versions and states of streams, for reading only and before the caller awaits again.

        What another process wrote since this one looked is read too: a spare answers like an owner.
        """
        async with self._lock:
            await self._load(wanted)
            commits = await self.store.read({s: self._live[s].version for s in wanted})
            await self._publish_strays(commits)
            for stored in commits:
                fold(wanted[stored.stream], self._live[stored.stream], stored)
            return {s: (self._live[s].version, self._live[s].state) for s in wanted}

    async def _round(
        self, works: Sequence[Work], pending: list[int], results: list[Result | None]
    ) -> list[int]:
        pending = await self._skip_known(works, pending, results)
        await self._load({works[i].stream: works[i].aggregate for i in pending})
        plan, later = self._decide(works, pending)
        if not plan.commits:
            return later
        try:
            refused = await self.store.insert(plan.commits)
        except BaseException:
            self._doubt(plan.commits)
            raise
        stored = len(plan.commits) if refused is None else refused.index
        for place in range(stored):
            commit = plan.commits[place]
            results[plan.indexes[place]] = Done(
                commit.stream, commit.version, plan.facts[place], plan.refusals[place]
            )
        self._outbox.extend(plan.commits[:stored])
        for commit in plan.commits[stored:]:
            self._live.pop(commit.stream, None)
            self._marks[self.writer].burnt.append(commit.seq)
        return sorted([*plan.indexes[stored:], *later])

    async def _skip_known(
        self, works: Sequence[Work], pending: list[int], results: list[Result | None]
    ) -> list[int]:
        known = await self.store.causes([works[i].cause_key for i in pending])
        if not known:
            return pending
        fresh: list[int] = []
        for i in pending:
            stored = known.get(works[i].cause_key)
            if stored is None:
                fresh.append(i)
                continue
            commit = unseal(stored)
            if commit.cause_digest != works[i].digest:
                results[i] = Contradicted(stored.stream, stored.version, stored.cause)
            else:
                results[i] = Repeated(stored.stream, stored.version, self._facts(commit))
        await self._publish_strays(known.values())
        return fresh

    def _decide(self, works: Sequence[Work], pending: list[int]) -> tuple[_Plan, list[int]]:
        """Decide in order on tentative states. A cause twice in one batch waits for the next round."""
        plan, later = _Plan(), list[int]()
        causes: set[tuple[str, str]] = set()
        for i in pending:
            work = works[i]
            if work.cause_key in causes:
                later.append(i)
                continue
            causes.add(work.cause_key)
            live = self._live[work.stream]
            try:
                facts, refusal = self._facts_of(work, live)
                commit = self._commit(work, live, facts)
            except Exception as error:
                self._forget(plan.commits, work.stream)
                raise WorkFailed(i, error) from error
            live.version, live.hash = commit.version, commit.hash
            plan.indexes.append(i)
            plan.commits.append(commit)
            plan.facts.append(facts)
            plan.refusals.append(refusal)
        return plan, later

    def _forget(self, commits: Sequence[StoredCommit], stream: str) -> None:
        """A decision failed: nothing of this round will be stored."""
        self._live.pop(stream, None)
        for commit in commits:
            self._live.pop(commit.stream, None)
            self._marks[self.writer].burnt.append(commit.seq)

    def _facts_of(self, work: Work, live: Live) -> tuple[tuple[Fact, ...], Refusal | None]:
        decision = work.aggregate.decide(live.state, work.command, work.occurred_at)
        refusal = decision if isinstance(decision, Refusal) else None
        facts: list[Fact] = [] if isinstance(decision, Refusal) else list(decision)
        if refusal is not None:
            facts.append(_refused(work, refusal))
        if not any(self._row(fact).sequenced for fact in facts):
            facts.append(Noted(why="only asked others" if facts else "nothing to do"))
        if work.answer is not None and not _answers(facts, work):
            facts.append(_outcome(work, refusal))
        for fact in facts:  # all of them, as a fold of the journal does
            live.state = work.aggregate.evolve(live.state, fact)
        return tuple(facts), refusal

    def _row(self, fact: Fact) -> Row:
        return table.BY_FACT[self.service, type(fact)]

    def _commit(self, work: Work, live: Live, facts: tuple[Fact, ...]) -> StoredCommit:
        recorded = [Recorded(self._row(f).type, msgspec.Raw(_data_encoder.encode(f))) for f in facts]
        for fact in recorded:
            if len(fact.data) > FACT_BYTES_MAX:
                raise TooLarge(f"{fact.type} of {len(fact.data):,} bytes; an event has {EVENT_BYTES_MAX:,}")
        self._seq += 1
        context = work.context
        stored = seal(
            Commit(
                stream=work.stream,
                version=live.version + 1,
                scope=work.scope or work.stream,
                cause=work.cause,
                cause_digest=work.digest,
                occurred_at=instant_text(work.occurred_at),
                recorded_at=instant_text(self.clock.now()),
                actor=context.actor,
                account=context.account,
                zone=context.zone,
                correlation=context.correlation,
                trace=context.trace,
                source=context.source,
                writer=self.writer,
                seq=self._seq,
                previous_hash=live.hash,
                facts=recorded,
            )
        )
        if len(stored.body) > COMMIT_BYTES_MAX:
            self._seq -= 1
            raise TooLarge(f"a commit of {len(stored.body):,} bytes; it has at most {COMMIT_BYTES_MAX:,}")
        return stored

    def _facts(self, commit: Commit) -> tuple[Fact, ...]:
        return tuple(table.decoder(r.type).decode(r.data) for r in commit.facts)

    # ---- loading --------------------------------------------------------------------------------

    async def _load(self, wanted: dict[str, Aggregate]) -> None:
        """Fold what is not live; publish what a stopped writer left unpublished in it."""
        if self._forgetting:
            self._live.clear()
            self._forgetting = False
        missing = {s: a for s, a in wanted.items() if s not in self._live}
        for stream in wanted:
            if stream in self._live:
                self._live.move_to_end(stream)
        if not missing:
            return
        folded = await self.snapshots.read(missing)
        for stream, aggregate in missing.items():
            if stream not in folded:
                folded[stream] = begin(aggregate, stream)
        commits = await self.store.read({s: live.version for s, live in folded.items()})
        await self._publish_strays(commits)
        for stored in commits:
            live = folded[stored.stream]
            fold(missing[stored.stream], live, stored)
        self._live.update(folded)
        self.snapshots.note(missing, commits)
        while len(self._live) > max(self._cached_max, len(wanted)):
            self._live.popitem(last=False)

    def forget_all(self) -> None:
        """Drop every cached state (partitions moved, memory is short) before the next load.

        Not at once: another consumer of this process may be in the middle of a decision.
        """
        self._forgetting = True

    # ---- becoming known -------------------------------------------------------------------------

    def _doubt(self, commits: Sequence[StoredCommit]) -> None:
        """An insert may or may not have happened, or may happen late: this writer retires.

        No later number of it exists, so its mark stays true; the sweeper and whoever loads those streams
        publish what turns up above it.
        """
        for commit in commits:
            self._live.pop(commit.stream, None)
        self.writer = ""

    async def _make_known(self) -> None:
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
            messages.extend(messages_of(commit, stored.hash))
            due.extend(_due_rows(commit, stored.hash))
        if due:
            await self.store.put(DUE, due)
        await self.bus.publish(messages)

    async def _publish_strays(self, commits: Iterable[StoredCommit]) -> None:
        """Publish those that lie above their writer's mark and are not about to be published by us."""
        ours = {(c.writer, c.seq) for c in self._outbox}
        ours |= self._strays
        suspects = [
            c
            for c in commits
            if c.seq > self._through(c.writer) and c.writer != self.writer and (c.writer, c.seq) not in ours
        ]
        if not suspects:
            return
        rows = await self.store.get(MARKS, sorted({c.writer for c in suspects}))
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

    async def flush(self) -> None:
        """Publish what an earlier call could not, then store the mark."""
        async with self._lock:
            await self._make_known()
            await self._store_mark()

    async def _store_mark(self) -> None:
        """Write down how far this process has published, under each name it wrote with."""
        changed = sorted(self._marks_changed)
        rows: list[StoreRow] = []
        for writer in changed:
            mark = self._marks[writer]
            mark.at = instant_text(self.clock.now())
            rows.append(StoreRow(writer, msgspec.json.encode(mark)))
        if rows:
            await self.store.put(MARKS, rows)
            self._marks_changed.difference_update(changed)

    async def sweep(self, quiet_since: str) -> int:
        """Publish what stopped writers left above their marks; returns how many commits.

        A writer counts as stopped when its mark was last written before `quiet_since` (an instant). One
        that is only quiet loses nothing: publishing twice is harmless.
        """
        swept = 0
        for row in await self.store.scan(MARKS, limit=1_000_000):
            mark = msgspec.json.decode(row.body, type=Mark)
            if row.key == self.writer or mark.at >= quiet_since:
                continue
            while strays := await self.store.written(row.key, mark.through, 500):
                await self._spread(strays)
                mark.through, mark.at = strays[-1].seq, instant_text(self.clock.now())
                await self.store.put(MARKS, [StoreRow(row.key, msgspec.json.encode(mark))])
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


def _answers(facts: Sequence[Fact], work: Work) -> bool:
    return work.answer is not None and any(
        isinstance(f, OutcomeGiven) and (f.source, f.event) == (work.answer.source, work.answer.event)
        for f in facts
    )


def _refused(work: Work, refusal: Refusal) -> CommandRefused:
    return CommandRefused(
        command=type(work.command).__name__,
        code=refusal.code,
        reason=refusal.reason,
        citation=refusal.citation,
        remedy=refusal.remedy,
        place=refusal.place,
    )


def _outcome(work: Work, refusal: Refusal | None) -> OutcomeGiven:
    assert work.answer is not None  # noqa: S101 the caller saw it
    answer = work.answer
    no = refusal or Refusal(code="", reason="", citation="", remedy="")
    return OutcomeGiven(
        source=answer.source,
        event=answer.event,
        event_type=answer.event_type,
        result="accepted" if refusal is None else "refused",
        code=no.code,
        reason=no.reason,
        citation=no.citation,
        remedy=no.remedy,
        place=no.place,
        dropped_fields=list(answer.dropped_fields),
        subject=work.stream,
    )
