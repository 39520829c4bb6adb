"""The journal of one service in one process: a cause becomes a commit, and a commit becomes known.

One insert is the whole transaction; what follows it is the writer's (ftz_common.flow.writer).
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from ftz_common.bus.port import Bus
from ftz_common.contracts import table
from ftz_common.contracts.commit import (
    COMMIT_BYTES_MAX,
    Commit,
    Recorded,
    StoredCommit,
    seal,
    unseal,
)
from ftz_common.contracts.common import CommandRefused, Noted, OutcomeGiven
from ftz_common.contracts.envelope import EVENT_BYTES_MAX, instant_text
from ftz_common.contracts.fact import Fact, Refusal, Row
from ftz_common.flow.aggregate import Aggregate, Contradicted, Done, Repeated, Result, Work
from ftz_common.flow.clock import Clock
from ftz_common.flow.folding import Live, begin, fold
from ftz_common.flow.snapshots import Snapshots
from ftz_common.flow.writer import Writer
from ftz_common.store.port import Store

#: A batch that other writers overtake this often is given back to the bus.
ATTEMPTS_MAX = 20
#: What of an event's bytes its data may take; the rest is for the envelope.
FACT_BYTES_MAX = EVENT_BYTES_MAX - 6_000

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
        states_mb_max: int = 512,
    ) -> None:
        self.service = service
        self.store = store
        self.bus = bus
        self.clock = clock
        self.snapshots = Snapshots(store)
        self.writer = Writer(service, store, bus, clock)
        self._cached_max = streams_cached_max
        self._bytes_max = states_mb_max * 1_000_000
        self._bytes = 0
        self._live: OrderedDict[str, Live] = OrderedDict()
        self._forgetting = False
        self._lock = asyncio.Lock()

    # ---- deciding -------------------------------------------------------------------------------

    async def execute(self, works: Sequence[Work]) -> list[Result]:
        """Decide and record each work, in order; the results are in the same order.

        When it returns, every commit is stored and published. When it raises, any part may be stored:
        do the same again, causes make it safe.
        """
        if not works:
            return []
        async with self._lock:
            await self.writer.be_one()
            results: list[Result | None] = [None] * len(works)
            pending = list(range(len(works)))
            for _ in range(ATTEMPTS_MAX):
                try:
                    pending = await self._round(works, pending, results)
                except WorkFailed:
                    await self.writer.make_known()  # what earlier rounds stored
                    raise
                if not pending:
                    await self.writer.make_known()
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
            await self.writer.publish_strays(commits)
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
            for commit in plan.commits:
                self._drop(commit.stream)
            self.writer.retire()
            raise
        stored = len(plan.commits) if refused is None else refused.index
        for place in range(stored):
            commit = plan.commits[place]
            results[plan.indexes[place]] = Done(
                commit.stream, commit.version, plan.facts[place], plan.refusals[place]
            )
        self.writer.stored(plan.commits[:stored])
        self._forget(plan.commits[stored:])
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
        await self.writer.publish_strays(known.values())
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
                self._drop(work.stream)
                self._forget(plan.commits)
                raise WorkFailed(i, error) from error
            live.version, live.hash = commit.version, commit.hash
            plan.indexes.append(i)
            plan.commits.append(commit)
            plan.facts.append(facts)
            plan.refusals.append(refusal)
        return plan, later

    def _forget(self, commits: Sequence[StoredCommit]) -> None:
        """These will not be stored: their numbers are burnt, their states read again."""
        for commit in commits:
            self._drop(commit.stream)
        self.writer.burn(commit.seq for commit in commits)

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
                writer=self.writer.name,
                seq=self.writer.number(),
                previous_hash=live.hash,
                facts=recorded,
            )
        )
        if len(stored.body) > COMMIT_BYTES_MAX:
            self.writer.unnumber()
            raise TooLarge(f"a commit of {len(stored.body):,} bytes; it has at most {COMMIT_BYTES_MAX:,}")
        return stored

    def _facts(self, commit: Commit) -> tuple[Fact, ...]:
        return tuple(table.decoder(r.type).decode(r.data) for r in commit.facts)

    # ---- loading --------------------------------------------------------------------------------

    async def _load(self, wanted: dict[str, Aggregate]) -> None:
        """Fold what is not live; publish what a stopped writer left unpublished in it."""
        if self._forgetting:
            self._live.clear()
            self._bytes = 0
            self._forgetting = False
        missing = {s: a for s, a in wanted.items() if s not in self._live}
        for stream in wanted:
            if stream in self._live:
                self._live.move_to_end(stream)
        if missing:
            await self._read(missing)
        self._shed(wanted)

    async def _read(self, missing: dict[str, Aggregate]) -> None:
        folded = await self.snapshots.read(missing)
        for stream, aggregate in missing.items():
            if stream not in folded:
                folded[stream] = begin(aggregate, stream)
        commits = await self.store.read({s: live.version for s, live in folded.items()})
        await self.writer.publish_strays(commits)
        for stored in commits:
            live = folded[stored.stream]
            fold(missing[stored.stream], live, stored)
        self._live.update(folded)
        self.snapshots.note(missing, commits)

    def _shed(self, wanted: dict[str, Aggregate]) -> None:
        """Weigh what is used now, and let go of what was not used for longest beyond what may be held."""
        for stream, aggregate in wanted.items():
            live = self._live[stream]
            weight = aggregate.weight(live.state)
            self._bytes += weight - live.weight
            live.weight = weight
        while len(self._live) > len(wanted):
            if len(self._live) <= self._cached_max and self._bytes <= self._bytes_max:
                return
            self._drop(next(iter(self._live)))

    def _drop(self, stream: str) -> None:
        live = self._live.pop(stream, None)
        if live is not None:
            self._bytes -= live.weight

    def forget_all(self) -> None:
        """Drop every cached state (partitions moved, memory is short) before the next load.

        Not at once: another consumer of this process may be in the middle of a decision.
        """
        self._forgetting = True

    # ---- becoming known -------------------------------------------------------------------------

    async def flush(self) -> None:
        """Publish what an earlier call could not, then store the mark."""
        async with self._lock:
            await self.writer.make_known()
            await self.writer.store_mark()

    async def sweep(self) -> int:
        """See `Writer.sweep`."""
        return await self.writer.sweep()


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
