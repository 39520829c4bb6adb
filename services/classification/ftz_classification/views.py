"""The list of parts and the queue of reviews: a row per part.

The queue is an index of the rows with an open review, written after the row and again with every repeat.
"""

from collections.abc import AsyncIterator, Sequence
from decimal import Decimal

import msgspec

from ftz_classification.domain.likeness import likeness_of
from ftz_classification.domain.part_state import PartState
from ftz_common.flow.aggregate import Aggregate
from ftz_common.flow.journal import Journal
from ftz_common.flow.rows import Shown, StreamRows, by_stream, decoded
from ftz_common.store.port import StoreRow
from ftz_common.values.names import stream_name

PARTS = "view.parts"
REVIEWS = "view.reviews"
_PAGE = 1000


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
    value: Decimal = Decimal(0)  #: USD that depends on the decision; 0: nobody said
    spread: Decimal | None = None  #: of the likely candidates' rates, in points; None: unknown
    stake: Decimal | None = None  #: duty at stake, USD; None: unknown
    proposal: str = ""  #: its id
    proposed: str = ""  #: its first candidate
    safe: str = ""  #: as many digits as the engine is sure of
    question: str = ""  #: what a person asked, or what the engine asks
    asked: bool = False  #: a person asked: the review waits for other facts
    held: str = ""  #: the number that a second person must decide too
    held_by: str = ""
    successors: list[str] = []  #: of a number that a revision ended
    likeness: str = ""  #: near-identical parts of the account have the same


def row_of(state: PartState, version: int) -> PartRow:
    """The row of a part at a version."""
    recorded, decision, proposal, held = state.recorded, state.decision, state.proposal, state.held
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
        value=state.value,
        spread=proposal.spread if proposal else None,
        stake=state.stake,
        proposal=proposal.proposal if proposal else "",
        proposed=proposal.candidates[0].number if proposal and proposal.candidates else "",
        safe=proposal.number if proposal else "",
        question=_question(state),
        asked=state.question is not None,
        held=held.number if held else "",
        held_by=held.decided_by if held else "",
        successors=list(state.review.successors) if state.review else [],
        likeness=likeness_of(recorded) if recorded else "",
    )


def _question(state: PartState) -> str:
    if state.question is not None:
        return state.question.text
    return state.proposal.questions[0] if state.proposal and state.proposal.questions else ""


def by_stake(row: PartRow) -> tuple[int, Decimal, str]:
    """Most duty at stake first; then what is unknown, by value; then nothing at stake; then who was asked."""
    if row.asked:
        return (3, -row.value, row.stream)
    if row.stake is None:
        return (1, -row.value, row.stream)
    return (0 if row.stake else 2, -row.stake, row.stream)


class PartRows(StreamRows):
    """The projection behind `GET /v1/classification/parts` and `/reviews`."""

    def __init__(self, journal: Journal, part: Aggregate) -> None:
        super().__init__(journal, PARTS, [Shown(part, by_stream(row_of))])
        self._kind_of_part = part.kind

    async def indexed(self, written: Sequence[StoreRow]) -> None:
        """See `StreamRows`: the queue holds the rows with an open review."""
        open_, done = list[StoreRow](), list[str]()
        for row in written:
            if msgspec.json.decode(row.body, type=PartRow).review:
                open_.append(row)
            else:
                done.append(row.key)
        await self.store.put(REVIEWS, open_)
        await self.store.delete(REVIEWS, done)

    async def rows(self, which: str, prefix: str, after: str, limit: int) -> list[PartRow]:
        """Rows of `PARTS` or `REVIEWS` in the order of their streams."""
        found = await self.store.scan(which, prefix=prefix, after=after, limit=limit)
        return decoded([row.body for row in found], PartRow)

    async def reviews_by_stake(self, prefix: str, after: str, limit: int) -> list[PartRow]:
        """Open reviews, most duty at stake first, behind the one of the stream `after`."""
        rows: list[PartRow] = []
        last = ""
        while found := await self.rows(REVIEWS, prefix, last, _PAGE):
            rows.extend(found)
            last = found[-1].stream
        rows.sort(key=by_stake)
        first = next((place for place, row in enumerate(rows, start=1) if row.stream == after), 0)
        return rows[first : first + limit]

    async def alike(self, row: PartRow) -> list[PartRow]:
        """The other parts of the account that differ from this one only in what seldom decides."""
        found: list[PartRow] = []
        prefix, last = stream_name(self._kind_of_part, row.account) + "/", ""
        while rows := await self.rows(PARTS, prefix, last, _PAGE):
            found.extend(r for r in rows if r.likeness == row.likeness and r.stream != row.stream)
            last = rows[-1].stream
        return found

    async def parts(self, account: str = "") -> AsyncIterator[PartState]:
        """Every part, or those of an account, folded from the journal."""
        kind = self._kind_of_part
        async for _, live in self.states((stream_name(kind, account) if account else kind) + "/"):
            yield live.state
