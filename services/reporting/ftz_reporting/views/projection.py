"""Taking facts into the archive: at least once, in any order, by any instance; the rows end the same.

The archive's row is written last: where it is, everything made from it is. A gap needs no buffer, since
what came early is in the archive already; it is only remembered, and said.
"""

from collections.abc import Iterable
from hashlib import sha256

import msgspec

from ftz_common.bus.port import Delivery
from ftz_common.contracts import table
from ftz_common.contracts.envelope import Envelope, instant_text
from ftz_common.flow.clock import Clock
from ftz_common.store.port import Store, StoreRow
from ftz_reporting.domain.places import after_version, place_key
from ftz_reporting.views import tables
from ftz_reporting.views.derived import derived
from ftz_reporting.views.tables import (
    ARCHIVE,
    DAMAGE,
    GAPS,
    HEADS,
    INDEX,
    NAMES,
    UNREAD,
    VIEWS,
    Gap,
    Head,
)

_PAGE = 1000
_NONE = Head(0)


def archived_topics() -> tuple[str, ...]:
    """Every topic of our own facts; the outcome topics of all sources as a prefix."""
    return tuple(sorted({topic.replace("{source}.v1", "*") for topic in table.topics()}))


class ArchiveProjection:
    """Every fact of every service, with what it is found by and the views."""

    topics: tuple[str, ...] = archived_topics()

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def take(self, deliveries: list[tuple[Envelope, Delivery]]) -> None:
        """Bring a batch into the rows. A repeated envelope changes nothing; one with other bytes is kept
        beside the first as damage.
        """
        batch: dict[str, list[tuple[Envelope, bytes]]] = {}
        for envelope, delivery in deliveries:
            key = place_key(envelope.stream, envelope.streamversion, envelope.factindex)
            batch.setdefault(key, []).append((envelope, delivery.value))
        kept = await self._store.get(ARCHIVE, list(batch))
        new = {key: told[0] for key, told in batch.items() if key not in kept}
        others = [
            _other(key, body)
            for key, told in batch.items()
            for _, body in told
            if body != (kept[key] if key in kept else told[0][1])
        ]
        await self._keep(new, others)
        await self._follow(told[0][0] for told in batch.values())

    async def _keep(self, new: dict[str, tuple[Envelope, bytes]], others: list[StoreRow]) -> None:
        puts: dict[str, list[StoreRow]] = {VIEWS: [], INDEX: [], NAMES: [], UNREAD: [], DAMAGE: others}
        for key, (envelope, _) in new.items():
            try:
                for made in derived(envelope, key):
                    puts[made.table].append(made.row)
            except (KeyError, msgspec.DecodeError) as error:
                puts[UNREAD].append(
                    StoreRow(key, f"{envelope.type}: {type(error).__name__}: {error}".encode())
                )
        puts[ARCHIVE] = [StoreRow(key, body) for key, (_, body) in new.items()]
        for name, rows in puts.items():
            if rows:
                await self._store.put(name, rows)

    # ---- seen, next or gap -----------------------------------------------------------------------

    async def _follow(self, envelopes: Iterable[Envelope]) -> None:
        """Move the heads of the streams that spoke; where a version is skipped, look and remember."""
        told: dict[str, set[int]] = {}
        for envelope in envelopes:
            row = table.BY_TYPE.get(envelope.type)
            if row is None or row.sequenced:
                told.setdefault(envelope.stream, set()).add(envelope.streamversion)
        kept = await self._store.get(HEADS, list(told))
        moved: list[StoreRow] = []
        for stream, versions in told.items():
            before = tables.head(kept[stream]) if stream in kept else _NONE
            through = before.through
            for version in sorted(versions):
                if version > through + 1:
                    break
                through = max(through, version)
            if before.gapped or max(versions) > through:
                after = await self._look(stream, through)
            else:
                after = Head(through)
            if after != before:
                moved.append(StoreRow(stream, tables.encode(after)))
        if moved:
            await self._store.put(HEADS, moved)

    async def _look(self, stream: str, through: int) -> Head:
        """The head as the archive itself says, the gap remembered or forgotten."""
        through, seen = await contiguous(self._store, stream, through)
        if seen <= through:
            await self._store.delete(GAPS, [stream])
            return Head(through)
        kept = (await self._store.get(GAPS, [stream])).get(stream)
        since = tables.gap(kept).since if kept else instant_text(self._clock.now())
        gap = Gap(stream=stream, missing=through + 1, seen=seen, since=since)
        await self._store.put(GAPS, [StoreRow(stream, tables.encode(gap))])
        return Head(through, True)


async def contiguous(store: Store, stream: str, through: int) -> tuple[int, int]:
    """From version `through` on: the last version before a gap, and the last one seen at all."""
    seen = through
    after = after_version(stream, through)
    while page := await store.scan(ARCHIVE, prefix=f"{stream} ", after=after, limit=_PAGE):
        for row in page:
            told = tables.kind(row.body)
            known = table.BY_TYPE.get(told.type)
            if known is not None and not known.sequenced:
                continue
            seen = told.streamversion
            if seen == through + 1:
                through = seen
        after = page[-1].key
    return through, seen


def _other(key: str, body: bytes) -> StoreRow:
    return StoreRow(f"{key} {sha256(body).hexdigest()}", body)
