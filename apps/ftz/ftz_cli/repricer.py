"""Duty again for `ftz verify`: from what left and the schedule files, not from what was priced."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import msgspec

from ftz_cli.client import Database
from ftz_common.blobs.port import BlobDamaged, BlobMissing
from ftz_common.contracts import table as contracts
from ftz_common.contracts.commit import unseal
from ftz_common.contracts.duty import EntryLine, PricedPiece
from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.inventory import Piece
from ftz_common.contracts.reference import MeasuresImported
from ftz_common.values.calendar import fiscal_year, parse_instant
from ftz_common.values.names import stream_parts
from ftz_duty.domain.entry_documents import Document, Release, divided
from ftz_duty.domain.entry_state import EntryState, Group
from ftz_duty.domain.fees import MpfBounds, bounds_of
from ftz_duty.domain.lookup import stated
from ftz_duty.domain.made_goods import parts_of
from ftz_duty.domain.measure import Met
from ftz_duty.domain.measure_book import KnownSet, MeasureBook, Ruling
from ftz_duty.domain.pricing import StatedRate, price, quantities_of
from ftz_duty.domain.stack import stacked
from ftz_duty.domain.summary import Totals, entry_lines, totals, wanted
from ftz_duty.domain.tariff import TariffBook
from ftz_duty.domain.withdrawal import RESTRICTED, UNFILED
from ftz_duty.usecases.measures import read_document
from ftz_reporting.domain.check_duty import Released, Repriced, Summed


class ScheduleRepricer:
    """Prices with the revisions of a book and the measures, as they were known at an instant."""

    def __init__(self, book: TariffBook, measures: MeasureBook | None = None) -> None:
        self._book = book
        self._measures = measures or MeasureBook()

    def parts(self, pieces: Sequence[Piece]) -> Sequence[tuple[Piece, str]]:
        """The pieces with the content of made goods apart."""
        return parts_of(pieces)

    def piece(self, piece: Piece, removed_on: str, known_at: datetime) -> Repriced:
        """A piece of a withdrawal, provisionally: NPF as of the removal, PF as of its filing date."""
        if piece.status == "D":
            return Repriced("", "", "", Decimal(0), "")
        on = piece.pf_filed_on if piece.status == "P" and piece.pf_filed_on else removed_on
        rate = stated(self._book, piece.number, piece.origin, on, known_at=known_at)
        rate = self._planned(rate, (_account(piece), removed_on), known_at)
        why = RESTRICTED if piece.status == "Z" else ""
        if piece.status == "P" and not piece.pf_filed_on:
            why = UNFILED
        if why:
            return Repriced(rate.revision, rate.rate_text, rate.rate_from, None, why)
        quantities = quantities_of(piece.quantity, piece.unit, piece.measures)
        base = price(rate, piece.value, quantities)
        found = stacked(base, rate.plan, piece.value, quantities).price
        return Repriced(rate.revision, rate.rate_text, rate.rate_from, found.stored, found.not_priced)

    def _planned(
        self, rate: StatedRate, goods: tuple[str, str], known_at: datetime, through: str = ""
    ) -> StatedRate:
        """`goods`: whose they are, and when they are entered."""
        met = Met(goods[0], rate.number, rate.origin, rate.on, goods[1])
        return replace(rate, plan=self._measures.plan(met, known_at, through))

    def summary(
        self,
        pieces: Sequence[Piece],
        entry_date: str,
        through: str,
        known_at: datetime,
        released: Sequence[Released] = (),
    ) -> Summed:
        """The lines of the week's entries that hold these pieces, in the order of the entries."""
        state = EntryState("", "", "")
        state.add("", [_as_taken(piece) for piece in pieces], 1)
        account = _account(pieces[0]) if pieces else ""
        found: list[EntryLine] = []
        sums: list[Totals] = []
        entries = [Release(r.document, r.number, r.entry_date, r.lines) for r in released]
        undivided = [Document(1, "", entry_date, state.groups)]
        for entry in divided(state.groups, entries) if entries else undivided:
            groups = list(entry.groups.values())
            lines = self._lines(groups, (account, entry.entry_date), known_at, through)
            sums.append(totals(lines, _bounds(entry.entry_date)))
            found += [
                msgspec.structs.replace(line, line=i, entry_number=entry.number)
                for i, line in enumerate(lines, start=len(found) + 1)
            ]
        return Summed(
            found,
            sum((s.entered_value for s in sums), Decimal(0)),
            sum((s.duty for s in sums), Decimal(0)),
            sum((s.mpf for s in sums), Decimal(0)),
        )

    def parcel(
        self, pieces: Sequence[tuple[PricedPiece, int]], account: str, exported_on: str, known_at: datetime
    ) -> Summed:
        """An entry of type 08, as of the exportation."""
        state = EntryState("", "", "")
        for piece, sign in pieces:
            state.add("", [piece], sign)
        lines = self._lines(list(state.groups.values()), (account, exported_on), known_at)
        sums = totals(lines, _bounds(exported_on))
        return Summed(lines, sums.entered_value, sums.duty, sums.mpf)

    def _lines(
        self, groups: Sequence[Group], goods: tuple[str, str], known_at: datetime, through: str = ""
    ) -> list[EntryLine]:
        """`goods`: whose they are, and when they are entered."""
        rates = [
            self._planned(
                stated(self._book, w.number, w.origin, w.on, known_at=known_at, through=through),
                goods,
                known_at,
                through,
            )
            for w in wanted(groups, goods[1])
        ]
        return entry_lines(groups, rates, goods[1])


def _account(piece: Piece) -> str:
    """The account whose goods they are: a layer's admission is admission/<account>/..."""
    return stream_parts(piece.admission)[1]


async def measure_book(database: Database) -> MeasureBook:
    """The sets of measures of a database and what people said of them, read again from the duty journal.

    A set whose file is missing or damaged is left out: it shows as figures that cannot be reckoned again.
    """
    blobs, sets, rulings = database.blobs, list[KnownSet](), list[tuple[Ruling, datetime]]()
    for kind in ("measures/", "ruling/"):
        async for stored in database.store("duty").commits(kind):
            commit = unseal(stored)
            at = parse_instant(commit.recorded_at)
            for recorded in commit.facts:
                fact = contracts.decoder(recorded.type).decode(recorded.data)
                if isinstance(fact, MeasuresImported):
                    try:
                        content = await blobs.get(fact.sha256)
                    except (BlobMissing, BlobDamaged):
                        continue
                    sets.append(KnownSet(fact.name, at, fact.sha256, read_document(content)))
                elif isinstance(fact, Ruling):
                    rulings.append((fact, at))
    return MeasureBook(
        tuple(sorted(sets, key=lambda known: known.recorded_at)), tuple(sorted(rulings, key=lambda r: r[1]))
    )


def _bounds(entry_date: str) -> MpfBounds | None:
    if not entry_date:
        return None
    bounds = bounds_of(fiscal_year(date.fromisoformat(entry_date)))
    return None if isinstance(bounds, Refusal) else bounds


def _as_taken(piece: Piece) -> PricedPiece:
    """What an entry line needs of a piece; what it was priced at before is left out."""
    return PricedPiece(
        layer=piece.layer,
        admission_number=piece.admission_number,
        status=piece.status,
        pf_filed_on=piece.pf_filed_on,
        origin=piece.origin,
        number=piece.number,
        revision="",
        decision=piece.decision,
        quantity=piece.quantity,
        unit=piece.unit,
        value=piece.value,
        rate_text="",
        rate_from="",
        duty=None,
        measures=piece.measures,
    )
