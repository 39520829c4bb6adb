"""The bus of the embedded world: the journal itself, read by durable cursors.

Facts need no publishing: they are read from the commits, in the order of the file. Messages that are in
no journal (foreign records, quarantine) go through the inbox. One pump serves all readers in turn, a batch
each, so that topics interleave and the same input gives the same journal. A handler that raises gets its
batch again, later and later, while the others go on.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from ftz_common.bus.inbox import Inbox
from ftz_common.bus.journal import COMMIT_OFFSETS, Journal, Route
from ftz_common.bus.port import Delivery, Message, Subscription
from ftz_common.bus.reader import Known, Reader
from ftz_common.store.port import StoreRow, StoreUnavailable
from ftz_common.store.sqlite import SqliteFile

FOREIGN = "ftz.shipments."
#: How long a failed handler waits at first, and at most: each failure in a row doubles it.
RETRY_SECONDS = (0.1, 5.0)
#: `settle` gives up on a handler that failed so often in a row (about six seconds).
SETTLE_ATTEMPTS = 7

_CURSORS = "cursors"
_KNOWN = "known"
_cursors = msgspec.json.Decoder(dict[str, tuple[int, int]])
_log = logging.getLogger(__name__)


def is_journaled(message: Message) -> bool:
    """True for a fact of our own: it was in the journal before it was published, and is read from there."""
    foreign = message.topic.startswith(FOREIGN) or ".quarantine." in message.topic
    return not foreign and "ce_id" in message.headers and message.topic.startswith("ftz.")


class EmbeddedBus:
    """The bus port over one SQLite file; all services of the process share it."""

    #: Facts are read from the journal: publishing them is nothing.
    journaled = True
    #: Rerouted facts are found under their other key by `route`: no router needs to send them on.
    reroutes = True

    def __init__(
        self,
        file: SqliteFile,
        route: Route,
        *,
        journaled: Callable[[Message], bool] = is_journaled,
        retry_seconds: tuple[float, float] = RETRY_SECONDS,
    ) -> None:
        self._journal = Journal(file, route)
        self._inbox = Inbox(file)
        self._rows = file.store("bus")
        self._journaled = journaled
        self._retry_seconds = retry_seconds
        self._readers: list[Reader] = []
        self._started = 0
        self._wake = asyncio.Event()
        self._pumping = asyncio.Lock()
        self._stopping = False
        self._emptied = 0
        self._dirty = False
        self._more = False  #: a reader stopped before the end of the journal
        self._known: dict[str, Known] = {}
        file.listen(lambda _first, _service, _commits: self._wake.set())

    async def publish(self, messages: Sequence[Message]) -> None:
        """Keep what is in no journal; facts are there already. Readers wake up."""
        kept = [message for message in messages if not self._journaled(message)]
        if kept:
            await self._inbox.put(kept)
        self._wake.set()

    def subscribe(self, subscription: Subscription) -> None:
        """Register a reader. Two subscriptions of one group must not name the same topic."""
        for reader in self._readers:
            if subscription.group is not None and reader.subscription.group == subscription.group:
                both = set(reader.subscription.topics) & set(subscription.topics)
                if both:
                    raise ValueError(f"group {subscription.group} reads {', '.join(sorted(both))} twice")
        self._readers.append(Reader(subscription))

    def lag(self) -> dict[str, int]:
        """Commits and inbox records not yet passed, by group."""
        found: dict[str, int] = {}
        for reader in self._readers[: self._started]:
            name = reader.subscription.group
            if name is not None:
                behind = self._journal.end - min(reader.journal.values()) // COMMIT_OFFSETS
                found[name] = found.get(name, 0) + behind + self._inbox.end - min(reader.inbox.values())
        return found

    async def start(self) -> None:
        """Let readers without a group (reference data) read all there is; the rest waits for the pump."""
        async with self._pumping:
            await self._open_readers()
            await self._until_quiet(self._read_reference)

    async def run(self) -> None:
        """Pump until `stop`."""
        while not self._stopping:
            self._wake.clear()
            try:
                async with self._pumping:
                    moved = await self._round()
            except StoreUnavailable:
                seconds = self._retry_seconds[1]
                _log.exception("the store cannot answer; again in %s s", seconds)
                await asyncio.sleep(seconds)
                continue
            if not moved and not self._more:
                await self._wait()

    async def stop(self) -> None:
        """Finish the batch in hand, keep the cursors, and let `run` return."""
        self._stopping = True
        self._wake.set()
        async with self._pumping:
            await self._keep_cursors()

    async def settle(self) -> int:
        """Pump until every queue is empty; the number of deliveries. Raises what a handler keeps raising."""
        async with self._pumping:
            return await self._until_quiet(self._round)

    async def _until_quiet(self, step: Callable[[], Awaitable[int]]) -> int:
        for reader in self._readers:
            reader.failures, reader.retry_at = 0, 0.0  # whoever asks now wants to know now
        total = 0
        while True:
            moved = await step()
            total += moved
            failing = [(r.retry_at, r.failures, r.error) for r in self._readers if r.error is not None]
            if moved == 0 and not failing and not self._more:
                return total
            for _, failures, error in failing:
                if failures >= SETTLE_ATTEMPTS:
                    raise error
            if moved == 0 and not self._more:
                await asyncio.sleep(max(0.0, min(at for at, _, _ in failing) - self._now()))

    async def _wait(self) -> None:
        """Until something is published or a failed handler may try again."""
        failing = [r.retry_at for r in self._readers if r.error is not None]
        timeout = max(0.0, min(failing) - self._now()) if failing else None
        try:
            await asyncio.wait_for(self._wake.wait(), timeout)
        except TimeoutError:
            return

    async def _round(self) -> int:
        """Everything for readers without a group, then one turn of each group."""
        await self._open_readers()
        moved = await self._read_reference()
        for reader in self._readers:
            if reader.subscription.group is not None and not self._stopping:
                moved += await self._turn(reader)
        if self._dirty:
            await self._keep_cursors()
        await self._empty_inbox()
        return moved

    async def _open_readers(self) -> None:
        if self._started == 0:
            await self._inbox.open()
        for reader in self._readers[self._started :]:
            subscription = reader.subscription
            group = subscription.group
            kept = await self._rows.get(_CURSORS, [group]) if group is not None else {}
            cursors = _cursors.decode(kept[group]) if group in kept else {}
            for pattern in subscription.topics:
                reader.journal[pattern], reader.inbox[pattern] = cursors.get(pattern, (0, 0))
            if group is None:
                reader.known = await self._known_of(subscription.topics)
            if subscription.on_assigned is not None:
                await subscription.on_assigned()
            self._started += 1

    async def _known_of(self, topics: Sequence[str]) -> Known:
        name = " ".join(sorted(topics))
        if name not in self._known:
            stored = (await self._rows.get(_KNOWN, [name])).get(name)
            self._known[name] = msgspec.json.decode(stored, type=Known) if stored else Known()
        return self._known[name]

    async def _read_reference(self) -> int:
        """Readers without a group go on together, until none of them finds more."""
        readers, total, moved = [r for r in self._readers if r.subscription.group is None], 0, 0
        self._more = True
        while moved or self._more:
            self._more = False
            moved = sum([await self._turn(reader) for reader in readers])
            total += moved
        return total

    async def _turn(self, reader: Reader) -> int:
        """One batch of the journal and one of the inbox."""
        if reader.error is not None and self._now() < reader.retry_at:
            return 0
        batch, through, more = await reader.read(self._journal)
        if not await self._handled(reader, batch, reader.journal, through):
            return 0
        self._more = self._more or more
        moved = len(batch)
        if min(reader.inbox.values()) < self._inbox.end:
            batch, through = await self._from_inbox(reader)
            moved += len(batch) if await self._handled(reader, batch, reader.inbox, through) else 0
        return moved

    async def _from_inbox(self, reader: Reader) -> tuple[list[Delivery], int]:
        end = self._inbox.end  # before reading: what is put meanwhile belongs to the next turn
        if not any(reader.pattern(topic) for topic in self._inbox.topics):
            return [], end
        found = await self._inbox.after(min(reader.inbox.values()), reader.subscription.batch_max)
        through = found[-1].offset if found else end
        return [delivery for delivery in found if reader.wants(delivery, reader.inbox)], through

    async def _handled(
        self, reader: Reader, batch: list[Delivery], cursors: dict[str, int], through: int
    ) -> bool:
        if batch:
            try:
                await reader.subscription.handler(batch)
            except Exception as error:
                self._back_off(reader, error)
                return False
            reader.error, reader.failures = None, 0
            self._dirty = self._dirty or reader.subscription.group is not None
        reader.move(cursors, through)
        return True

    def _back_off(self, reader: Reader, error: Exception) -> None:
        first, longest = self._retry_seconds
        seconds = min(longest, first * 2**reader.failures)
        reader.error = error
        reader.failures += 1
        reader.retry_at = self._now() + seconds
        _log.warning("%s failed; again in %s s", reader.subscription.group, seconds, exc_info=error)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    async def _keep_cursors(self) -> None:
        """Store how far every group has read, also those that heard nothing: none shall start far behind."""
        groups: dict[str, dict[str, tuple[int, int]]] = {}
        for reader in self._readers[: self._started]:
            if reader.subscription.group is not None:
                cursors = {pattern: (at, reader.inbox[pattern]) for pattern, at in reader.journal.items()}
                groups.setdefault(reader.subscription.group, {}).update(cursors)
        rows = [StoreRow(group, msgspec.json.encode(groups[group])) for group in sorted(groups)]
        await self._rows.put(_CURSORS, rows)
        self._dirty = False
        for name, known in self._known.items():
            if known.stale:
                known.kept = (known.through, len(known.positions))
                await self._rows.put(_KNOWN, [StoreRow(name, msgspec.json.encode(known))])

    async def _empty_inbox(self) -> None:
        """Drop what every group has passed. Topics that nobody or a reader without a group hears stay."""
        groups = [r for r in self._readers if r.subscription.group is not None]
        passed = min((min(r.inbox.values()) for r in groups), default=0)
        if passed > self._emptied:
            heard = {t for t in self._inbox.topics if any(r.pattern(t) for r in groups)}
            forever = [r for r in self._readers if r.subscription.group is None]
            await self._inbox.drop(passed, {t for t in heard if not any(r.pattern(t) for r in forever)})
            self._emptied = passed
