"""What a weekly entry holds: estimates filed, withdrawals taken, inventory's counts, and how it was closed.

Sums only grow by arithmetic, so the order in which withdrawals and reversals come does not matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from ftz_common.contracts.corrections import (
    CorrectionOpened,
    EntryCorrected,
)
from ftz_common.contracts.duty import (
    CoverNoted,
    EntryCompiled,
    EntryCorrectionNeeded,
    EntryLine,
    EntryOpened,
    EstimateLine,
    PricedPiece,
)
from ftz_common.values.exact import ZERO, plain
from ftz_common.values.names import stream_name
from ftz_duty.domain.goods_key import goods_key

#: Definite goods leave within five working days of their permit (19 CFR 146.71(c)).
REMOVAL_CLOCK = "entry-removal"
ESTIMATE_FORM = "3461"
SUMMARY_FORM = "7501"


@dataclass(slots=True)
class Attempt:
    """One filing of an entry of the week (`document`).

    `result`: "unfiled" (no number yet), "filed", "accepted", "rejected", "cancelled". `cancelled`: what of it
    CBP cancelled; `lines` is then what had left under it.
    """

    number: int
    form: str
    supplement: bool
    lines: list[EstimateLine]
    document: int = 1
    result: str = "unfiled"
    answered_at: str = ""
    reasons: list[str] = field(default_factory=list[str])
    cancelled: list[EstimateLine] = field(default_factory=list[EstimateLine])


@dataclass(slots=True)
class Held:
    """What the entry holds under one cover line; `withdrawals` counts those with a quantity left."""

    quantity: Decimal = ZERO
    value: Decimal = ZERO
    withdrawals: int = 0
    by_withdrawal: dict[str, Decimal] = field(default_factory=dict[str, Decimal])


@dataclass(slots=True)
class Share:
    """Of one layer in one line. `admission`: 214 number and line, for people."""

    quantity: Decimal = ZERO
    value: Decimal = ZERO
    admission: str = ""


@dataclass(slots=True)
class Group:
    """A line to be: one number, status, PF date, origin, unit. `measures`: unit -> what one stock unit is in
    it (plain text) -> quantity that has it."""

    number: str
    status: str
    pf_filed_on: str | None
    origin: str
    unit: str
    quantity: Decimal = ZERO
    value: Decimal = ZERO
    measures: dict[str, dict[str, Decimal]] = field(default_factory=dict[str, dict[str, Decimal]])
    layers: dict[str, Share] = field(default_factory=dict[str, Share])

    def measured(self) -> list[tuple[str, Fraction]]:
        """Quantities in other units, where every piece of the line has that measure; exact."""
        return [
            (unit, sum((Fraction(factor) * Fraction(q) for factor, q in by_factor.items()), Fraction(0)))
            for unit, by_factor in sorted(self.measures.items())
            if sum(by_factor.values(), ZERO) == self.quantity
        ]


@dataclass(slots=True)
class EntryState:
    """A period of an account, mostly a week. `numbers` by document: 1 the first entry, then supplements.

    Of definite goods: `ordered`, what reservations want of it; `to_file`, something of that waits to be
    filed; `remove_by`, the last day for the removal of a document's goods; `clocks`, documents that have not
    all left.

    `round`: the last asking for prices; `asked`: nothing changed since.

    `waits`: the differences said last; `counted` and `held` are by goods key, `groups` by line to be.
    """

    zone: str
    account: str
    week: str
    opened: EntryOpened | None = None
    numbers: dict[int, str] = field(default_factory=dict[int, str])
    decided_on: str = ""
    decided_for: int = 1
    attempts: list[Attempt] = field(default_factory=list[Attempt])
    taken: dict[str, bool] = field(default_factory=dict[str, bool])
    held: dict[str, Held] = field(default_factory=dict[str, Held])
    groups: dict[str, Group] = field(default_factory=dict[str, Group])
    counted: dict[str, CoverNoted] = field(default_factory=dict[str, CoverNoted])
    ended: bool = False
    summary_due_on: str = ""
    grace_over: bool = False
    round: int = 0
    asked: bool = False
    waits: list[str] = field(default_factory=list[str])
    retry_at: str = ""
    lines: list[EntryLine] = field(default_factory=list[EntryLine])
    compiled: EntryCompiled | None = None
    corrections: list[EntryCorrectionNeeded] = field(default_factory=list[EntryCorrectionNeeded])
    correcting: CorrectionOpened | None = None
    correction_waits: list[str] = field(default_factory=list[str])
    corrected: list[EntryCorrected] = field(default_factory=list[EntryCorrected])
    ordered: dict[str, list[EstimateLine]] = field(default_factory=dict[str, list[EstimateLine]])
    to_file: bool = False
    remove_by: dict[int, str] = field(default_factory=dict[int, str])
    clocks: list[int] = field(default_factory=list[int])

    @property
    def number(self) -> str:
        """Of the week's first entry; "" as long as it has none."""
        return self.numbers.get(1, "")

    def accepted(self) -> list[Attempt]:
        """Estimates that CBP released, in the order of filing."""
        return [a for a in self.attempts if a.form == ESTIMATE_FORM and a.result == "accepted"]

    def asking(self) -> list[Attempt]:
        """Filings that ask, or asked, for release and were not refused."""
        return [a for a in self.attempts if a.form == ESTIMATE_FORM and a.result != "rejected"]

    def attempt(self, number: int) -> Attempt | None:
        """The filing of that number."""
        return next((a for a in self.attempts if a.number == number), None)

    def add(self, withdrawal: str, pieces: Sequence[PricedPiece], sign: int) -> None:
        """Take pieces in (+1) or out again (-1)."""
        for piece in pieces:
            if piece.counts != "line":
                self._hold(withdrawal, piece, sign)
            if piece.counts != "cover":
                self._group(piece, sign)

    def _hold(self, withdrawal: str, piece: PricedPiece, sign: int) -> None:
        held = self.held.setdefault(goods_key(piece), Held())
        held.quantity += sign * piece.quantity
        held.value += sign * piece.value
        before = held.by_withdrawal.get(withdrawal, ZERO)
        after = before + sign * piece.quantity
        held.withdrawals += (after != 0) - (before != 0)
        held.by_withdrawal[withdrawal] = after

    def _group(self, piece: PricedPiece, sign: int) -> None:
        key = stream_name(piece.number, piece.status, piece.pf_filed_on or "", piece.origin, piece.unit)
        group = self.groups.get(key)
        if group is None:
            group = Group(piece.number, piece.status, piece.pf_filed_on, piece.origin, piece.unit)
            self.groups[key] = group
        quantity = sign * piece.quantity
        group.quantity += quantity
        group.value += sign * piece.value
        for measure in piece.measures:
            by_factor = group.measures.setdefault(measure.unit, {})
            _count(by_factor, plain(measure.quantity), quantity)
        share = group.layers.get(piece.layer)
        if share is None:
            share = group.layers[piece.layer] = Share(admission=_admission(piece))
        share.quantity += quantity
        share.value += sign * piece.value
        if not share.quantity and not share.value:
            del group.layers[piece.layer]
        if not group.layers:
            del self.groups[key]


def _admission(piece: PricedPiece) -> str:
    """214 999-26-000007, line 2; "" for goods without a 214."""
    line = f", line {piece.admission_line}" if piece.admission_line else ""
    return f"214 {piece.admission_number}{line}" if piece.admission_number else ""


def _count(sums: dict[str, Decimal], key: str, quantity: Decimal) -> None:
    after = sums.get(key, ZERO) + quantity
    if after:
        sums[key] = after
    else:
        sums.pop(key, None)


def start(parts: tuple[str, ...]) -> EntryState:
    """entry/<zone>/<account>/<first day of the week>."""
    return EntryState(zone=parts[1], account=parts[2], week=parts[3])
