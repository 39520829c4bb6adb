"""What a weekly entry holds: estimates filed, withdrawals taken, inventory's counts, and how it was closed.

Sums only grow by arithmetic, so the order in which withdrawals and reversals come does not matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from msgspec.structs import replace

from ftz_common.contracts.common import DeadlineSet
from ftz_common.contracts.corrections import (
    CorrectedLines,
    CorrectionOpened,
    CorrectionWaits,
    EntryCancelled,
    EntryCorrected,
)
from ftz_common.contracts.duty import (
    CompilationWaits,
    CoverNoted,
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
    EstimateRejected,
    PricedPiece,
    PricesRequested,
    SummaryAccepted,
    SummaryRejected,
    WeekEnded,
)
from ftz_common.contracts.fact import Fact
from ftz_common.contracts.filing import FilingRequested
from ftz_common.values.exact import ZERO, plain
from ftz_common.values.names import stream_name
from ftz_duty.domain.goods_key import goods_key, goods_of_cover

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
    """A week of an account. `numbers` by document: 1 the first entry, the others supplemental.

    `round`: the last asking for prices; `asked`: nothing changed since.

    `waits`: the differences said last; `counted` and `held` are by goods key, `groups` by line to be.
    """

    zone: str
    account: str
    week: str
    opened: EntryOpened | None = None
    numbers: dict[int, str] = field(default_factory=dict[int, str])
    decided_on: str = ""
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

    @property
    def number(self) -> str:
        """Of the week's first entry; "" as long as it has none."""
        return self.numbers.get(1, "")

    def accepted(self) -> list[Attempt]:
        """Estimates that CBP released, in the order of filing."""
        return [a for a in self.attempts if a.form == ESTIMATE_FORM and a.result == "accepted"]

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


def evolve(state: EntryState, fact: Fact) -> EntryState:
    """Add one fact of the entry's own stream."""
    match fact:
        case EntryLineTaken():
            _take(state, fact)
        case EntryOpened():
            state.opened = fact
        case EntryDateDecided():
            state.decided_on = fact.entry_date
        case EntryNumbered():
            state.numbers[fact.document] = fact.number
        case EstimateAdded():
            state.attempts.append(
                Attempt(fact.attempt, ESTIMATE_FORM, fact.supplement, fact.lines, fact.document)
            )
        case FilingRequested():
            _filed(state, fact)
        case EstimateAccepted():
            _answered(state, fact.attempt, "accepted", fact.accepted_at, [])
            state.asked = False  # the time of entry may be another now
        case EstimateRejected():
            _answered(state, fact.attempt, "rejected", "", fact.reasons)
        case SummaryAccepted():
            _answered(state, fact.attempt, "accepted", fact.accepted_at, [])
        case SummaryRejected():
            _answered(state, fact.attempt, "rejected", "", fact.reasons)
        case _:
            _close(state, fact)
    return state


def _close(state: EntryState, fact: Fact) -> None:
    match fact:
        case CoverNoted():
            state.counted[goods_of_cover(fact.cover)] = fact
        case WeekEnded():
            state.ended, state.summary_due_on = True, fact.summary_due_on
        case CompilationWaits():
            state.grace_over, state.asked, state.waits = True, False, fact.differences
        case DeadlineSet(name="compile-again"):
            state.retry_at = fact.due_at
        case PricesRequested():
            state.grace_over, state.asked, state.round = True, True, fact.round
            state.waits = []
        case EntryLinesCompiled():
            state.lines.extend(fact.lines)
        case EntryCompiled():
            state.compiled, state.grace_over, state.asked = fact, True, False
        case _:
            _mend(state, fact)


def _mend(state: EntryState, fact: Fact) -> None:
    match fact:
        case EntryCorrectionNeeded():
            state.corrections.append(fact)
        case EntryCancelled():
            _cancelled(state, fact)
        case CorrectionOpened():
            state.correcting, state.correction_waits = fact, []
        case CorrectionWaits():
            state.asked, state.correction_waits = False, fact.differences
        case CorrectedLines():
            state.lines = [*([] if fact.part == 1 else state.lines), *fact.lines]
        case EntryCorrected():
            _corrected(state, fact)
        case _:
            pass


def _cancelled(state: EntryState, fact: EntryCancelled) -> None:
    for each in fact.attempts:
        attempt = state.attempt(each.attempt)
        if attempt is not None:
            attempt.lines, attempt.cancelled = each.left, each.lines
            attempt.result = attempt.result if each.left else "cancelled"
    state.asked = False  # the time of entry may be another now


def _corrected(state: EntryState, fact: EntryCorrected) -> None:
    assert state.compiled is not None  # noqa: S101 nothing is corrected before
    take_corrections(state, len(fact.withdrawals))
    state.corrected.append(fact)
    state.correcting, state.asked = None, False
    if not fact.line_count:
        state.lines = []
    state.compiled = replace(
        state.compiled,
        line_count=fact.line_count,
        entry_date=fact.entry_date,
        entered_value=fact.entered_value,
        duty=fact.duty,
        unpriced=fact.unpriced,
        mpf=fact.mpf,
        total=fact.total,
        documents=fact.documents,
    )


def take_corrections(state: EntryState, count: int) -> None:
    """The first so many that came to light are in the entry, or out of it."""
    for known in state.corrections[:count]:
        state.add(known.withdrawal, known.pieces, -1 if known.reversed else 1)
        if not known.reversed:
            state.taken[known.withdrawal] = True
    del state.corrections[:count]


def _take(state: EntryState, fact: EntryLineTaken) -> None:
    state.add(fact.withdrawal, fact.pieces, -1 if fact.reversed else 1)
    if not fact.reversed:
        state.taken[fact.withdrawal] = True
    state.asked = False


def _filed(state: EntryState, fact: FilingRequested) -> None:
    known = state.attempt(fact.attempt)
    if known is None:
        document = next((d for d, number in state.numbers.items() if number == fact.control), 1)
        known = Attempt(fact.attempt, fact.kind, document > 1, [], document)
        state.attempts.append(known)
    known.result = "filed"


def _answered(state: EntryState, number: int, result: str, at: str, reasons: list[str]) -> None:
    attempt = state.attempt(number)
    if attempt is not None:
        attempt.result, attempt.answered_at, attempt.reasons = result, at, reasons
