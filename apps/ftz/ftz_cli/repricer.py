"""Duty again for `ftz verify`: from what left and the schedule files, not from what was priced."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from ftz_common.contracts.duty import PricedPiece
from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.inventory import Piece
from ftz_common.values.calendar import fiscal_year
from ftz_duty.domain.entry_state import EntryState
from ftz_duty.domain.fees import MpfBounds, bounds_of
from ftz_duty.domain.lookup import stated
from ftz_duty.domain.pricing import price, quantities_of
from ftz_duty.domain.summary import entry_lines, totals, wanted
from ftz_duty.domain.tariff import TariffBook
from ftz_duty.domain.withdrawal import RESTRICTED, UNFILED
from ftz_reporting.domain.check_duty import Repriced, Summed


class ScheduleRepricer:
    """Prices with the revisions of a book, as they were known at an instant."""

    def __init__(self, book: TariffBook) -> None:
        self._book = book

    def piece(self, piece: Piece, removed_on: str, known_at: datetime) -> Repriced:
        """A piece of a withdrawal, provisionally: NPF as of the removal, PF as of its filing date."""
        if piece.status == "D":
            return Repriced("", "", "", Decimal(0), "")
        on = piece.pf_filed_on if piece.status == "P" and piece.pf_filed_on else removed_on
        rate = stated(self._book, piece.number, piece.origin, on, known_at=known_at)
        why = RESTRICTED if piece.status == "Z" else ""
        if piece.status == "P" and not piece.pf_filed_on:
            why = UNFILED
        if why:
            return Repriced(rate.revision, rate.rate_text, rate.rate_from, None, why)
        found = price(rate, piece.value, quantities_of(piece.quantity, piece.unit, piece.measures))
        return Repriced(rate.revision, rate.rate_text, rate.rate_from, found.stored, found.not_priced)

    def summary(self, pieces: Sequence[Piece], entry_date: str, through: str, known_at: datetime) -> Summed:
        """The lines of an entry that holds these pieces."""
        state = EntryState("", "", "")
        state.add("", [_as_taken(piece) for piece in pieces], 1)
        groups = list(state.groups.values())
        rates = [
            stated(self._book, w.number, w.origin, w.on, known_at=known_at, through=through)
            for w in wanted(groups, entry_date)
        ]
        lines = entry_lines(groups, rates, entry_date)
        sums = totals(lines, _bounds(entry_date))
        return Summed(lines, sums.entered_value, sums.duty, sums.mpf)


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
