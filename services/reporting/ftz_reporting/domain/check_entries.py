"""Invariants of entries: lines add up, and an entry holds exactly what left in its week.

19 CFR 146.63(c)(1): actual removals of the week, neither more nor less.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from ftz_common.contracts.duty import (
    EntryCompiled,
    EntryCorrectionNeeded,
    EntryLine,
    EntryLinesCompiled,
    EntryLineTaken,
    PricedPiece,
)
from ftz_common.contracts.inventory import Drawn, DrawReversed, Piece
from ftz_common.values.exact import ZERO, plain
from ftz_common.values.names import stream_name
from ftz_reporting.domain.problem import Findings
from ftz_reporting.domain.told import Told

Goods = tuple[str, str, str | None, str, str]


def goods_of(of: PricedPiece | EntryLine) -> Goods:
    """What one line of a summary is made of: number, status, PF date, origin, unit."""
    return of.number, of.status, of.pf_filed_on, of.origin, of.unit


@dataclass(slots=True)
class _Entry:
    """An entry as its facts make it: what it holds by goods, and its lines."""

    lines: list[EntryLine] = field(default_factory=list[EntryLine])
    held: dict[Goods, Decimal] = field(default_factory=dict[Goods, Decimal])
    parts: int = 0


class EntryCheck:
    """Takes the facts of ledgers and entries; each stream in its order."""

    def __init__(self) -> None:
        self.sums = Findings(
            "entry lines sum", "compare the summary with the worksheet before anything is paid on it"
        )
        self.holds = Findings(
            "an entry holds exactly the withdrawals of its week",
            "trace the withdrawal, let every queue run empty and verify again; then correct the summary",
        )
        self._left: dict[tuple[str, str], Decimal] = {}
        self._entered: dict[tuple[str, str], Decimal] = {}
        self._at: dict[tuple[str, str], Told] = {}
        self._entries: dict[str, _Entry] = {}

    @property
    def findings(self) -> list[Findings]:
        """What each invariant found."""
        return [self.sums, self.holds]

    def take(self, told: Told) -> None:
        """The next fact."""
        fact = told.fact
        match fact:
            case Drawn() if fact.disposition == "consumption":
                self._moved(told, fact, 1)
            case DrawReversed() if fact.disposition == "consumption":
                self._moved(told, fact, -1)
            case EntryLineTaken():
                self._enter(told, fact)
                held = self._entry(told).held
                for piece in fact.pieces:
                    if piece.counts == "cover":
                        continue
                    quantity = -piece.quantity if fact.reversed else piece.quantity
                    held[goods_of(piece)] = held.get(goods_of(piece), ZERO) + quantity
            case EntryCorrectionNeeded():
                self._enter(told, fact)
            case EntryLinesCompiled():
                entry = self._entry(told)
                entry.lines += fact.lines
                entry.parts += 1
                self.sums.expect(fact.part == entry.parts, told, f"part {fact.part} is not the next part")
            case EntryCompiled():
                self._add_up(told, fact)
            case _:
                return

    def _entry(self, told: Told) -> _Entry:
        return self._entries.setdefault(told.envelope.stream, _Entry())

    def _moved(self, told: Told, fact: Drawn | DrawReversed, sign: int) -> None:
        key = (stream_name("entry", fact.zone, fact.account, fact.week), fact.withdrawal)
        quantity = sum((p.quantity for p in fact.pieces if _is_entered(p)), ZERO)
        if quantity:
            self._left[key] = self._left.get(key, ZERO) + sign * quantity
            self._at[key] = told

    def _enter(self, told: Told, fact: EntryLineTaken | EntryCorrectionNeeded) -> None:
        key = (told.envelope.stream, fact.withdrawal)
        quantity = sum((p.quantity for p in fact.pieces if p.counts != "line"), ZERO)
        self._entered[key] = self._entered.get(key, ZERO) + (-quantity if fact.reversed else quantity)
        self._at.setdefault(key, told)

    def _add_up(self, told: Told, fact: EntryCompiled) -> None:
        entry = self._entry(told)
        lines = entry.lines
        self.sums.expect(
            (fact.line_count, fact.parts) == (len(lines), entry.parts),
            told,
            f"it says {fact.line_count} lines in {fact.parts} parts; there are {len(lines)} in {entry.parts}",
        )
        for name, stated, summed in (
            ("entered value", fact.entered_value, sum((x.entered_value for x in lines), ZERO)),
            ("duty", fact.duty, sum((x.duty for x in lines if x.duty is not None), ZERO)),
            ("lines not priced", Decimal(fact.unpriced), Decimal(sum(x.duty is None for x in lines))),
            ("total", fact.total, fact.duty + fact.mpf),
            ("MPF", fact.mpf, sum((d.mpf for d in fact.documents), ZERO)),
            (
                "value of its entries",
                fact.entered_value,
                sum((d.entered_value for d in fact.documents), ZERO),
            ),
        ):
            self.sums.expect(
                stated == summed, told, f"{name} is {plain(stated)}; its lines give {plain(summed)}"
            )
        entered: dict[Goods, Decimal] = {}
        for line in lines:
            entered[goods_of(line)] = entered.get(goods_of(line), ZERO) + line.quantity
        held = {goods: quantity for goods, quantity in entry.held.items() if quantity}
        unique = {(line.entry_number, goods_of(line)) for line in lines}
        self.holds.expect(len(unique) == len(lines), told, "two lines of one entry are of the same goods")
        for goods in sorted({*entered, *held}, key=str):
            line, holds = entered.get(goods, ZERO), held.get(goods, ZERO)
            what = f"{' '.join(map(str, goods))}: the line says {plain(line)}, it holds {plain(holds)}"
            self.holds.expect(line == holds, told, what)

    def finish(self) -> None:
        """What can be said only when every stream was read."""
        for key in sorted({*self._left, *self._entered}):
            entry, withdrawal = key
            left, entered = self._left.get(key, ZERO), self._entered.get(key, ZERO)
            self.holds.expect(
                left == entered,
                self._at[key],
                f"withdrawal {withdrawal}: {plain(left)} left in that week, {plain(entered)} are in {entry}",
            )


def _is_entered(piece: Piece) -> bool:
    """Domestic goods return free and are not entered (19 CFR 146.43)."""
    return piece.status != "D"
