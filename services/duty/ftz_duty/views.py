"""The list of weekly entries: a row per entry, made from the facts that its stream publishes.

Withdrawals do not move a row (an entry takes hundreds of thousands), so a row is carried forward by the few
facts that do; each row keeps the position it has read its stream to and takes nothing twice.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from ftz_common.bus.port import Delivery
from ftz_common.contracts import table
from ftz_common.contracts.commit import envelopes, unseal
from ftz_common.contracts.corrections import EntryCorrected
from ftz_common.contracts.duty import (
    CompilationWaits,
    EntryCompiled,
    EntryCorrectionNeeded,
    EntryNumbered,
    EntryOpened,
    EstimateAccepted,
    EstimateRejected,
    PricesRequested,
    SummaryAccepted,
    SummaryRejected,
    WeekEnded,
)
from ftz_common.contracts.envelope import Envelope
from ftz_common.store.port import Store, StoreRow
from ftz_common.values.exact import plain
from ftz_common.values.names import stream_parts

TABLE = "view.entries"
_KIND = "entry/"
_MOVES: dict[str, type[Any]] = {
    row.type: row.fact
    for row in table.ROWS
    if row.owner == "duty"
    and row.fact
    in {
        EntryOpened,
        EntryNumbered,
        EstimateAccepted,
        EstimateRejected,
        WeekEnded,
        CompilationWaits,
        PricesRequested,
        EntryCompiled,
        SummaryAccepted,
        SummaryRejected,
        EntryCorrectionNeeded,
        EntryCorrected,
    }
}


class EntryRow(msgspec.Struct):
    """One weekly entry in the list; money in USD. `through`, `index`: how far its stream was read."""

    stream: str
    zone: str
    account: str
    week: str
    through: int = 0
    index: int = -1
    number: str = ""
    phase: str = "open"
    summary_due_on: str = ""
    entry_date: str = ""
    lines: int = 0
    entered_value: str = ""
    duty: str = ""
    mpf: str = ""
    total: str = ""
    unpriced: int = 0
    covers: str = ""
    payable: bool = False
    waits: list[str] = []
    estimates_accepted: int = 0
    estimates_rejected: int = 0
    corrections: int = 0


def move(row: EntryRow, fact: Any) -> None:
    """Carry a row over one fact of its entry."""
    match fact:
        case EntryNumbered():
            row.number = fact.number if fact.document == 1 else row.number
        case EstimateAccepted():
            row.estimates_accepted += 1
        case EstimateRejected():
            row.estimates_rejected += 1
        case WeekEnded():
            row.phase, row.summary_due_on = "ended", fact.summary_due_on
        case CompilationWaits():
            row.phase, row.waits = "waits", fact.differences
        case PricesRequested():
            row.phase, row.waits = "compiling", []
        case EntryCompiled():
            row.phase, row.waits, row.entry_date = "compiled", [], fact.entry_date
            row.lines, row.unpriced, row.covers = fact.line_count, fact.unpriced, fact.covers
            row.entered_value, row.duty = plain(fact.entered_value), f"{fact.duty:f}"
            row.mpf, row.total, row.payable = f"{fact.mpf:f}", f"{fact.total:f}", fact.payable
        case SummaryAccepted():
            row.phase = "accepted"
        case SummaryRejected():
            row.phase = "rejected"
        case EntryCorrectionNeeded():
            row.corrections += 1
        case EntryCorrected():
            row.phase, row.lines, row.unpriced = "corrected", fact.line_count, fact.unpriced
            row.entered_value, row.duty = plain(fact.entered_value), f"{fact.duty:f}"
            row.mpf, row.total = f"{fact.mpf:f}", f"{fact.total:f}"
        case _:
            pass


class EntryRows:
    """The projection behind `GET /v1/duty/entries`."""

    topics = (table.home("duty"),)

    def __init__(self, store: Store) -> None:
        self._store = store

    async def take(self, deliveries: list[tuple[Envelope, Delivery]]) -> None:
        """Carry the rows of a batch forward."""
        moves = [e for e, _ in deliveries if e.stream.startswith(_KIND) and e.type in _MOVES]
        if moves:
            streams = sorted({e.stream for e in moves})
            before = await self._store.get(TABLE, streams)
            rows = {s: msgspec.json.decode(body, type=EntryRow) for s, body in before.items()}
            carry(rows, moves)
            await self._store.put(TABLE, [StoreRow(s, msgspec.json.encode(rows[s])) for s in streams])

    async def rows(self, prefix: str, after: str, limit: int) -> list[EntryRow]:
        """Rows in the order of their streams."""
        found = await self._store.scan(TABLE, prefix=prefix, after=after, limit=limit)
        return [msgspec.json.decode(row.body, type=EntryRow) for row in found]

    async def rebuilt(self) -> list[StoreRow]:
        """Every row as the journal alone gives it, to compare with the live ones."""
        rows: dict[str, EntryRow] = {}
        async for stored in self._store.commits(_KIND):
            found = envelopes(unseal(stored), stored.hash)
            carry(rows, [e for e in found if e.type in _MOVES])
        return [StoreRow(stream, msgspec.json.encode(rows[stream])) for stream in sorted(rows)]


def carry(rows: dict[str, EntryRow], moves: Iterable[Envelope]) -> None:
    """Carry rows over facts; a fact that a row has read already is passed over."""
    for envelope in moves:
        row = rows.get(envelope.stream)
        if row is None:
            _, zone, account, week = stream_parts(envelope.stream)
            row = rows[envelope.stream] = EntryRow(envelope.stream, zone, account, week)
        here = (envelope.streamversion, envelope.factindex)
        if here > (row.through, row.index):
            move(row, table.decoder(envelope.type).decode(envelope.data))
            row.through, row.index = here
