"""The list of parts and the queue of reviews: a row per part, always a fold of its own stream.

What is heard on the topic only says which streams moved. A row is made from the journal, at the version
it says, and only ever moves forward: heard twice, late or after a crash, it comes out the same. The
queue is an index of the rows with an open review, written after the row and again with every repeat.
"""

from collections.abc import Iterator

import msgspec

from ftz_classification.domain.part_state import PartState
from ftz_common.bus.port import Delivery
from ftz_common.contracts import table
from ftz_common.contracts.commit import StoredCommit
from ftz_common.contracts.envelope import Envelope
from ftz_common.flow.aggregate import Aggregate
from ftz_common.flow.folding import Live, begin, fold
from ftz_common.store.port import Store, StoreRow

PARTS = "view.parts"
REVIEWS = "view.reviews"


class PartRow(msgspec.Struct):
    """One part in the list. `through`: the version of its stream that it shows."""

    stream: str
    through: int
    account: str
    uin: str
    description: str
    origin: str
    unit: str
    facts_digest: str
    number: str
    revision: str
    decided_by: str
    review: str  #: why a person must decide; "" when nobody must
    waiting: list[str]  #: the admissions that wait, each once


def row_of(state: PartState, version: int) -> PartRow:
    """The row of a part at a version."""
    recorded, decision = state.recorded, state.decision
    return PartRow(
        stream=state.stream,
        through=version,
        account=state.account,
        uin=state.uin,
        description=recorded.description if recorded else "",
        origin=recorded.origin if recorded else "",
        unit=recorded.unit if recorded else "",
        facts_digest=state.digest,
        number=decision.number if decision else "",
        revision=decision.revision if decision else "",
        decided_by=decision.decided_by if decision else "",
        review=state.review.reason if state.review else "",
        waiting=list(dict.fromkeys(w.reply_to for w in state.waiting.values())),
    )


def _folded(aggregate: Aggregate, commits: list[StoredCommit]) -> Iterator[PartRow]:
    live: dict[str, Live] = {}
    for stored in commits:
        fold(aggregate, live.setdefault(stored.stream, begin(aggregate, stored.stream)), stored)
    for folded in live.values():
        yield row_of(folded.state, folded.version)


class PartRows:
    """The projection behind `GET /v1/classification/parts` and `/reviews`."""

    topics = (table.home("classification"),)

    def __init__(self, store: Store, part: Aggregate) -> None:
        self._store = store
        self._part = part
        self._prefix = f"{part.kind}/"

    async def take(self, deliveries: list[tuple[Envelope, Delivery]]) -> None:
        """Make the rows of the parts that moved."""
        streams = {e.stream for e, _ in deliveries if e.stream.startswith(self._prefix)}
        if not streams:
            return
        for row in _folded(self._part, await self._store.read(dict.fromkeys(sorted(streams), 0))):
            await self._forward(row)

    async def _forward(self, row: PartRow) -> None:
        body = msgspec.json.encode(row)
        while True:
            before = (await self._store.get(PARTS, [row.stream])).get(row.stream)
            if before is not None and msgspec.json.decode(before, type=PartRow).through > row.through:
                return
            if await self._store.swap(PARTS, row.stream, before, body):
                break
        if row.review:
            await self._store.put(REVIEWS, [StoreRow(row.stream, body)])
        else:
            await self._store.delete(REVIEWS, [row.stream])

    async def rows(self, which: str, prefix: str, after: str, limit: int) -> list[PartRow]:
        """Rows of `PARTS` or `REVIEWS` in the order of their streams."""
        found = await self._store.scan(which, prefix=prefix, after=after, limit=limit)
        return [msgspec.json.decode(row.body, type=PartRow) for row in found]

    async def rebuilt(self) -> list[StoreRow]:
        """Every row of `PARTS` as the journal alone gives it, to compare with the live ones."""
        rows: list[StoreRow] = []
        stream: list[StoredCommit] = []
        async for stored in self._store.commits(self._prefix):
            if stream and stored.stream != stream[0].stream:
                rows.extend(self._stored(stream))
                stream = []
            stream.append(stored)
        return [*rows, *self._stored(stream)]

    def _stored(self, commits: list[StoredCommit]) -> list[StoreRow]:
        return [StoreRow(r.stream, msgspec.json.encode(r)) for r in _folded(self._part, commits)]
