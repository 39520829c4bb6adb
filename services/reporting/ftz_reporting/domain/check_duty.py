"""Every duty figure again: from what left and the schedule file, not from what was priced.

Reporting has no tariff. Whoever composes the services gives a `Repricer` that reads the schedule files and
knows how duty is reckoned; what it is asked comes from inventory's facts and CBP's answers alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, Protocol

import msgspec

from ftz_common.contracts.corrections import CorrectedLines, EntryCancelled, EntryCorrected
from ftz_common.contracts.deferral import (
    DeferralAssessed,
    DeferralLineTaken,
    ExportationDated,
    WaiverClaimed,
)
from ftz_common.contracts.duty import (
    EntryCompiled,
    EntryCorrectionNeeded,
    EntryDateDecided,
    EntryLine,
    EntryLinesCompiled,
    EntryLineTaken,
    EntryNumbered,
    EntryOpened,
    EstimateAccepted,
    EstimateAdded,
    EstimateLine,
    PricedPiece,
    WithdrawalPriced,
)
from ftz_common.contracts.inventory import Drawn, Piece
from ftz_common.values.calendar import PortCalendar
from ftz_common.values.exact import ZERO, plain
from ftz_common.values.period import last_day
from ftz_reporting.domain.problem import Findings
from ftz_reporting.domain.told import Told


class Repriced(NamedTuple):
    """A piece priced again: exact USD to nine places, or why there is no figure."""

    revision: str
    rate_text: str
    rate_from: str
    duty: Decimal | None
    not_priced: str


class Summed(NamedTuple):
    """A summary made again: its lines and sums, in USD."""

    lines: Sequence[EntryLine]
    entered_value: Decimal
    duty: Decimal
    mpf: Decimal


class Released(NamedTuple):
    """An entry of the week that CBP released: number, local date, goods asked for."""

    document: int
    number: str
    entry_date: str
    lines: tuple[EstimateLine, ...]


class Repricer(Protocol):
    """Duty from the schedule files. Raises nothing: what cannot be priced says why."""

    def parts(self, pieces: Sequence[Piece]) -> Sequence[tuple[Piece, str]]:
        """The pieces with the content of made goods apart: "both", "cover" (owes nothing itself), "line"."""
        ...

    def piece(self, piece: Piece, removed_on: str, known_at: datetime) -> Repriced:
        """A piece of a withdrawal, provisionally: NPF as of the removal, PF as of its filing date.

        `known_at`: only revisions recorded by then count.
        """
        ...

    def summary(
        self,
        pieces: Sequence[Piece],
        entry_date: str,
        through: str,
        known_at: datetime,
        released: Sequence[Released] = (),
    ) -> Summed:
        """The lines of an entry that holds these pieces, all of status P, N or Z.

        `released`: the week's entries; none when a person let the summary be the entry.
        """
        ...

    def parcel(
        self, pieces: Sequence[tuple[PricedPiece, int]], account: str, exported_on: str, known_at: datetime
    ) -> Summed:
        """An entry of type 08: goods of a parcel, each with +1, or -1 where it was taken out again."""
        ...


@dataclass(slots=True)
class _Entry:
    opened: EntryOpened | None = None
    released: dict[int, str] = field(default_factory=dict[int, str])  #: attempt -> instant
    asked: dict[int, EstimateAdded] = field(default_factory=dict[int, EstimateAdded])
    numbers: dict[int, str] = field(default_factory=dict[int, str])
    decided_on: str = ""
    taken: dict[tuple[str, str], tuple[Decimal, Decimal]] = field(
        default_factory=dict[tuple[str, str], tuple[Decimal, Decimal]]
    )  #: (withdrawal, layer) -> quantity and value in the entry
    lines: list[EntryLine] = field(default_factory=list[EntryLine])
    late: list[EntryCorrectionNeeded] = field(default_factory=list[EntryCorrectionNeeded])

    @property
    def entry_date(self) -> str:
        """The local date of the first release (19 CFR 141.68(a)), else the day a person decided."""
        if not self.released or self.opened is None:
            return self.decided_on
        return self._local(self.released.values())

    def _local(self, instants: Iterable[str]) -> str:
        assert self.opened is not None  # noqa: S101 asked for only then
        first = min(map(datetime.fromisoformat, instants))
        return PortCalendar.of(self.opened.timezone).local_date(first).isoformat()

    def entries(self) -> list[Released]:
        """The entries that CBP released, each with its own date; else the one a person dated."""
        if not self.released:
            return [Released(1, self.numbers.get(1, ""), self.decided_on, ())] if self.decided_on else []
        by_document: dict[int, list[int]] = {}
        for attempt in sorted(self.released):
            if attempt in self.asked and self.opened is not None:
                by_document.setdefault(self.asked[attempt].document, []).append(attempt)
        return [
            Released(
                document,
                self.numbers.get(document, ""),
                self._local(self.released[attempt] for attempt in attempts),
                tuple(line for attempt in attempts for line in self.asked[attempt].lines),
            )
            for document, attempts in sorted(by_document.items())
        ]


class _Compiled(NamedTuple):
    """A summary with what its entry held when it was made."""

    told: Told
    fact: EntryCompiled | EntryCorrected
    entry_date: str
    taken: dict[tuple[str, str], tuple[Decimal, Decimal]]
    lines: list[EntryLine]
    released: list[Released]


@dataclass(slots=True)
class _Parcel:
    """Goods for Canada or Mexico: what travels, and when it left the country."""

    exported_on: str = ""
    pieces: list[tuple[PricedPiece, int]] = field(default_factory=list[tuple[PricedPiece, int]])
    waivable: Decimal = ZERO


class DutyCheck:
    """Takes the facts of ledgers, withdrawals and entries; each stream in its order."""

    def __init__(self, reprice: Repricer) -> None:
        self.provisional = Findings(
            "provisional duty again from the schedule",
            "check the tariff file (ftz tariff show), then tell us",
        )
        self.final = Findings(
            "entry duty again from the schedule",
            "do not pay on this summary until the difference is explained",
        )
        self.parcels = Findings(
            "duty of parcels for Canada and Mexico again from the schedule",
            "do not file or deposit on this assessment until the difference is explained",
        )
        self._reprice = reprice
        self._travelling: dict[str, _Parcel] = {}
        self._assessed: list[tuple[Told, DeferralAssessed, _Parcel]] = []
        self._drawn: dict[str, Drawn] = {}
        self._priced: list[tuple[Told, WithdrawalPriced]] = []
        self._entries: dict[str, _Entry] = {}
        self._compiled: list[_Compiled] = []

    @property
    def findings(self) -> list[Findings]:
        """What was found."""
        return [self.provisional, self.final, self.parcels]

    def take(self, told: Told) -> None:
        """The next fact."""
        fact = told.fact
        match fact:
            case Drawn():
                self._drawn[fact.withdrawal] = fact
            case WithdrawalPriced():
                self._priced.append((told, fact))
            case EntryOpened():
                self._entry(told).opened = fact
            case EstimateAccepted():
                self._entry(told).released.setdefault(fact.attempt, fact.accepted_at)
            case EstimateAdded():
                self._entry(told).asked[fact.attempt] = fact
            case EntryNumbered():
                self._entry(told).numbers[fact.document] = fact.number
            case EntryDateDecided():
                self._entry(told).decided_on = fact.entry_date
            case EntryLineTaken():
                _hold(self._entry(told), fact)
            case EntryLinesCompiled():
                self._entry(told).lines += fact.lines
            case EntryCompiled() | EntryCorrected():
                self._summed(told, fact)
            case _:
                self._mended(told)

    def _mended(self, told: Told) -> None:
        match told.fact:
            case CorrectedLines() as fact:
                entry = self._entry(told)
                entry.lines = [*([] if fact.part == 1 else entry.lines), *fact.lines]
            case EntryCorrectionNeeded() as fact:
                self._entry(told).late.append(fact)
            case EntryCancelled() as fact:
                _cancel(self._entry(told), fact)
            case _:
                self._deferred(told)

    def _deferred(self, told: Told) -> None:
        parcel = self._travelling.get(told.envelope.stream, _Parcel())
        match told.fact:
            case DeferralLineTaken(offer=offer):
                sign = -1 if offer.reversed else 1
                parcel.pieces += [(piece, sign) for piece in offer.pieces]
            case ExportationDated() as fact:
                parcel.exported_on = fact.exported_on
            case DeferralAssessed() as fact:
                parcel.waivable = fact.waivable
                before = _Parcel(parcel.exported_on, list(parcel.pieces), fact.waivable)
                self._assessed.append((told, fact, before))
            case WaiverClaimed() as fact:
                lesser = min(parcel.waivable, fact.paid_usd)
                what = f"{plain(fact.waived)} is waived; the lesser of both duties is {plain(lesser)}"
                self.parcels.expect(fact.waived == lesser, told, what)
            case _:
                return
        self._travelling[told.envelope.stream] = parcel

    def _summed(self, told: Told, fact: EntryCompiled | EntryCorrected) -> None:
        entry = self._entry(told)
        if isinstance(fact, EntryCorrected):
            for late in entry.late[: len(fact.withdrawals)]:
                _hold(entry, late)
            del entry.late[: len(fact.withdrawals)]
            entry.lines = entry.lines if fact.line_count else []
        self._compiled.append(
            _Compiled(told, fact, entry.entry_date, dict(entry.taken), entry.lines, entry.entries())
        )

    def _entry(self, told: Told) -> _Entry:
        return self._entries.setdefault(told.envelope.stream, _Entry())

    def finish(self) -> None:
        """Everything was read: reckon."""
        for told, fact in self._priced:
            self._again(told, fact)
        for compiled in self._compiled:
            self._summary_again(compiled)
        for told, assessed, parcel in self._assessed:
            self._parcel_again(told, assessed, parcel)

    def _parcel_again(self, told: Told, fact: DeferralAssessed, parcel: _Parcel) -> None:
        """As of the exportation, privileged content as of its filing date (19 CFR 181.53(b)(4))."""
        known_at = datetime.fromisoformat(told.envelope.recordedtime)
        account = told.envelope.account
        again = self._reprice.parcel(parcel.pieces, account, parcel.exported_on, known_at)
        for name, was, now in (
            ("entered value", fact.entered_value, again.entered_value),
            ("duty", fact.duty, again.duty),
            ("MPF", fact.mpf, again.mpf),
        ):
            self.parcels.expect(was == now, told, f"{name} is {plain(was)}; the schedule gives {plain(now)}")
        self._lines_again(self.parcels, told, fact.lines, again.lines)

    def _again(self, told: Told, fact: WithdrawalPriced) -> None:
        drawn = self._drawn.get(fact.withdrawal)
        if not self.provisional.expect(drawn is not None, told, "it is priced, but no ledger says it left"):
            return
        assert drawn is not None  # noqa: S101 expected just above
        known_at = datetime.fromisoformat(told.envelope.recordedtime)
        by_layer = {piece.layer: piece for piece in fact.pieces}
        parts = self._reprice.parts(drawn.pieces)
        self.provisional.expect(
            sorted(by_layer) == sorted(piece.layer for piece, _ in parts),
            told,
            "the layers priced are not the layers drawn",
        )
        for piece, counts in parts:
            priced = by_layer.get(piece.layer)
            if priced is not None and counts != "cover":
                self._piece_again(told, piece, priced, self._reprice.piece(piece, drawn.removed_on, known_at))

    def _piece_again(self, told: Told, piece: Piece, priced: PricedPiece, again: Repriced) -> None:
        for name in ("quantity", "value", "status", "pf_filed_on", "origin", "number", "unit"):
            was, now = getattr(piece, name), getattr(priced, name)
            self.provisional.expect(
                was == now, told, f"layer {piece.layer}: {name} was drawn as {was} and priced as {now}"
            )
        for name in ("duty", "rate_text", "rate_from", "revision", "not_priced"):
            was, now = getattr(priced, name), getattr(again, name)
            self.provisional.expect(
                was == now, told, f"layer {piece.layer}: {name} is {was!s}; the schedule gives {now!s}"
            )

    def _summary_again(self, compiled: _Compiled) -> None:
        told, fact, on = compiled.told, compiled.fact, compiled.entry_date
        self.final.expect(
            on == fact.entry_date, told, f"entry date is {fact.entry_date}; by CBP's release it is {on}"
        )
        pieces = [
            msgspec.structs.replace(piece, quantity=quantity, value=value)
            for (withdrawal, layer), (quantity, value) in compiled.taken.items()
            if quantity
            for piece in self._pieces(withdrawal)
            if piece.layer == layer
        ]
        through = last_day(fact.week).isoformat()
        known_at = datetime.fromisoformat(told.envelope.recordedtime)
        again = self._reprice.summary(pieces, on, through, known_at, compiled.released)
        for name, was, now in (
            ("entered value", fact.entered_value, again.entered_value),
            ("duty", fact.duty, again.duty),
            ("MPF", fact.mpf, again.mpf),
        ):
            self.final.expect(was == now, told, f"{name} is {plain(was)}; the schedule gives {plain(now)}")
        self._lines_again(self.final, told, compiled.lines, again.lines)

    def _pieces(self, withdrawal: str) -> Sequence[Piece]:
        drawn = self._drawn.get(withdrawal)
        parts = self._reprice.parts(drawn.pieces) if drawn else ()
        return [piece for piece, counts in parts if counts != "cover"]

    @staticmethod
    def _lines_again(
        findings: Findings, told: Told, lines: Sequence[EntryLine], again: Sequence[EntryLine]
    ) -> None:
        findings.expect(
            len(lines) == len(again), told, f"it has {len(lines)} lines; again it has {len(again)}"
        )
        for line, other in zip(lines, again, strict=False):
            for name in line.__struct_fields__:
                was, now = getattr(line, name), getattr(other, name)
                findings.expect(was == now, told, f"line {line.line}: {name} is {was!s}; again it is {now!s}")


def _hold(entry: _Entry, fact: EntryLineTaken | EntryCorrectionNeeded) -> None:
    sign = -1 if fact.reversed else 1
    for piece in fact.pieces:
        quantity, value = entry.taken.get((fact.withdrawal, piece.layer), (ZERO, ZERO))
        entry.taken[fact.withdrawal, piece.layer] = (
            quantity + sign * piece.quantity,
            value + sign * piece.value,
        )


def _cancel(entry: _Entry, fact: EntryCancelled) -> None:
    """What had left under a cancelled entry stays in it; an attempt under which nothing had is none."""
    for each in fact.attempts:
        if not each.left:
            entry.released.pop(each.attempt, None)
        elif each.attempt in entry.asked:
            entry.asked[each.attempt] = msgspec.structs.replace(entry.asked[each.attempt], lines=each.left)
