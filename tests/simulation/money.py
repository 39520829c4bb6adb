# ruff: noqa: N802  methods are named after the facts they hear
"""Duty, reckoned a second time from our own table of rates, and what each weekly entry must hold."""

from collections import Counter
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.simulation.checking import Check
from tests.simulation.goods import Goods
from tests.simulation.zone import REVISION, REVISION_2, SECOND, Rate, added, rate_of

from ftz_common.contracts.commit import Commit
from ftz_common.values.exact import to_cents, to_dollars

ZERO = Decimal(0)
_MPF_RATE, _MPF_LEAST, _MPF_MOST = Fraction("0.003464"), Decimal("33.58"), Decimal("651.50")
Key = tuple[str, str, str | None, str, str]


def revision_on(day: str) -> str:
    """The revision in force on a day."""
    return REVISION_2 if day >= SECOND else REVISION


def kilograms(piece: Any) -> Fraction:
    """The weight of a piece, as its part says; goods of another zone say none, and owe nothing by weight."""
    each = next((m.quantity for m in piece.measures if m.unit == "kg"), 0)
    return Fraction(piece.quantity) * Fraction(each)


class Money(Check):
    """Every figure of duty again, to the cent; every entry holds exactly its week's withdrawals."""

    def __init__(self, evaluated: Counter[str], goods: Goods) -> None:
        super().__init__(evaluated)
        self._goods = goods
        self.lines: dict[str, list[Any]] = {}
        self.compiled: dict[str, Any] = {}
        self.released: set[str] = set()
        self.waiting: set[str] = set()
        self.taken: dict[str, dict[Key, list[Any]]] = {}
        self.late: dict[str, list[Any]] = {}  #: by week: removals that came to light since its summary
        self._again: dict[str, list[Any]] = {}
        self.priced: dict[str, Any] = {}
        self.exempt: set[str] = set()
        self.back: Counter[str] = Counter()
        self.requested: set[tuple[str, str, int]] = set()

    def WithdrawalPriced(self, fact: Any, commit: Commit) -> None:
        self.expect("a withdrawal is priced once", fact.withdrawal not in self.priced, fact.withdrawal)
        self.priced[fact.withdrawal] = fact
        for piece in fact.pieces:
            if piece.status == "D":
                continue
            on = piece.pf_filed_on if piece.status == "P" else fact.removed_on
            rate = rate_of(piece.number, revision_on(on))
            wanted = None if rate is None else _exact(rate, piece) + _more(piece, fact.removed_on)
            right = piece.revision == revision_on(on) and (
                piece.duty is None if wanted is None else piece.duty is not None and _near(piece.duty, wanted)
            )
            self.expect("provisional duty re-derives", right, piece, wanted)

    def WithdrawalExempt(self, fact: Any, commit: Commit) -> None:
        self.exempt.add(fact.withdrawal)

    def EntryLineTaken(self, fact: Any, commit: Commit) -> None:
        sign = -1 if fact.reversed else 1
        self.back[fact.withdrawal] += sign < 0
        self.expect("a withdrawal is entered in its own week", commit.stream in self._week(fact), fact)
        self._take(commit.stream, fact)

    def _take(self, entry: str, fact: Any) -> None:
        held, sign = self.taken.setdefault(entry, {}), -1 if fact.reversed else 1
        for piece in fact.pieces:
            if piece.status in ("P", "N"):
                held.setdefault(_key(piece), []).append((sign, piece))

    def _week(self, fact: Any) -> str:
        drawn = self._goods.withdrawals[fact.withdrawal].fact
        return f"entry/{drawn.zone}/{drawn.account}/{drawn.week}"

    def EntryCorrectionNeeded(self, fact: Any, commit: Commit) -> None:
        self.expect("only a compiled week is corrected", commit.stream in self.compiled, commit.stream)
        self.late.setdefault(commit.stream, []).append(fact)

    def CorrectedLines(self, fact: Any, commit: Commit) -> None:
        before = [] if fact.part == 1 else self._again[commit.stream]
        self._again[commit.stream] = [*before, *fact.lines]

    def EntryCorrected(self, fact: Any, commit: Commit) -> None:
        """What came to light is in the summary now, the whole of which adds up again."""
        entry, count = commit.stream, len(fact.withdrawals)
        came, self.late[entry] = self.late[entry][:count], self.late[entry][count:]
        named = [each.withdrawal for each in came] == fact.withdrawals
        self.expect("a correction names what came to light", named, fact, came)
        for each in came:
            self._take(entry, each)
        self.lines[entry] = self._again.pop(entry, [])
        self._whole(entry, fact)
        differs = sum((e.duty - e.duty_before + e.mpf - e.mpf_before for e in fact.entries), ZERO)
        self.expect("a correction says what is owed or claimed", differs == fact.difference, fact)

    def EstimateAccepted(self, fact: Any, commit: Commit) -> None:
        self.released.add(commit.stream)

    def CompilationWaits(self, fact: Any, commit: Commit) -> None:
        self.waiting.add(commit.stream)

    def EntryLinesCompiled(self, fact: Any, commit: Commit) -> None:
        self.lines.setdefault(commit.stream, []).extend(fact.lines)

    def EntryCompiled(self, fact: Any, commit: Commit) -> None:
        self.expect("a week is compiled once", commit.stream not in self.compiled, commit.stream)
        self.compiled[commit.stream] = fact
        self._whole(commit.stream, fact)
        self.expect("nothing is called payable", not fact.payable and bool(fact.covers), fact)

    def _whole(self, entry: str, fact: Any) -> None:
        lines = self.lines.get(entry, [])
        held = self.taken.get(entry, {})
        for line in lines:
            self._line(fact, line, held.get(_key(line), []))
        for key in {_key(line) for line in lines}:
            self._goods_of_a_week([line for line in lines if _key(line) == key], held.get(key, []))
        whole = {k for k, pieces in held.items() if sum((s * p.quantity for s, p in pieces), ZERO)}
        self.expect("an entry has a line for all that left", whole == {_key(x) for x in lines}, whole, lines)
        value = sum((line.entered_value for line in lines), ZERO)
        duty = sum((line.duty for line in lines if line.duty is not None), ZERO)
        mpf = sum((_fee(lines, number) for number in {line.entry_number for line in lines}), ZERO)
        sums = (fact.entered_value, fact.duty, fact.mpf, fact.total)
        self.expect(
            "an entry adds up to the cent", sums == (value, duty, mpf, duty + mpf), sums, value, duty, mpf
        )

    def _goods_of_a_week(self, lines: list[Any], pieces: list[Any]) -> None:
        """One line, or one in each entry of the week: together what left, whole dollars by line."""
        quantity = sum((sign * p.quantity for sign, p in pieces), ZERO)
        value = sum((sign * p.value for sign, p in pieces), ZERO)
        self.expect(
            "a line is what left under it", sum(x.quantity for x in lines) == quantity, lines, quantity
        )
        near = abs(sum(x.entered_value for x in lines) - value) <= Decimal("0.5") * len(lines)
        exact = len(lines) > 1 or lines[0].entered_value == to_dollars(value)
        self.expect("a line is what left under it", near and exact, lines, value)
        numbers = [x.entry_number for x in lines]
        self.expect("goods stand once in an entry", len(set(numbers)) == len(numbers), lines)

    def _line(self, entry: Any, line: Any, pieces: list[Any]) -> None:
        (document,) = (d for d in entry.documents if d.entry_number == line.entry_number)
        value, quantity = line.entered_value, line.quantity
        on = line.pf_filed_on if line.status == "P" else document.entry_date
        rate = rate_of(line.number, revision_on(on))
        if rate is None:
            self.expect("a rate that nobody can read is not guessed", line.duty is None, line)
            return
        weight = sum((sign * kilograms(p) for sign, p in pieces), Fraction(0))
        if rate.per_kg and sum((sign * p.quantity for sign, p in pieces), ZERO) != quantity:
            # The goods stand in two entries of the week: this one says its own weight.
            (said,) = (m.quantity for m in line.measures if m.unit == "kg")
            weight = Fraction(said)
        parts = (rate.percent * Fraction(value), rate.per_kg * weight, rate.per_piece * Fraction(quantity))
        more = [share * Fraction(value) for share in added(line.number, line.origin, document.entry_date)]
        duty = sum((to_cents(part) for part in (*parts, *more)), ZERO)
        right = line.duty == duty and line.revision == revision_on(on)
        self.expect("duty re-derives to the cent", right, line, duty, on)

    def unreleased(self) -> list[str]:
        """The weeks that wait for a person, because CBP released nothing of them (19 CFR 141.68(b))."""
        return sorted(self.waiting - set(self.compiled))

    # ---- at rest --------------------------------------------------------------------------------

    def rest(self) -> None:
        """Every withdrawal is priced or exempt; every compiled week holds what left in it."""
        weeks: dict[str, dict[Key, Decimal]] = {}
        for name, withdrawal in self._goods.withdrawals.items():
            fact = withdrawal.fact
            known = name in self.priced or name in self.exempt
            self.expect("every withdrawal is priced or exempt", known, fact)
            if fact.disposition != "consumption":
                continue
            left = dict(withdrawal.held)
            for piece in fact.pieces:
                if piece.status in ("P", "N"):  # domestic goods are not entered
                    week = weeks.setdefault(f"entry/{fact.zone}/{fact.account}/{fact.week}", {})
                    week[_key(piece)] = week.get(_key(piece), ZERO) + left.pop(piece.layer, ZERO)
        for entry, keys in weeks.items():
            compiled = entry in self.compiled
            self.expect("every week that goods left in is compiled", compiled, entry)
            lines: dict[Key, Decimal] = {}
            for line in self.lines.get(entry, []):
                lines[_key(line)] = lines.get(_key(line), ZERO) + line.quantity
            late: dict[Key, Decimal] = {}
            for fact in self.late.get(entry, []):
                for piece in fact.pieces:
                    if piece.status in ("P", "N"):
                        more = -piece.quantity if fact.reversed else piece.quantity
                        late[_key(piece)] = late.get(_key(piece), ZERO) + more
            for key in {*keys, *lines, *late}:
                holds = lines.get(key, ZERO) + late.get(key, ZERO) == keys.get(key, ZERO)
                self.expect("a compiled week holds its withdrawals", holds, entry, key, lines.get(key), late)


def _fee(lines: list[Any], number: str) -> Decimal:
    """Each entry of a week has its own least and most."""
    return fee_of(sum((line.entered_value for line in lines if line.entry_number == number), ZERO))


def fee_of(value: Decimal) -> Decimal:
    """The merchandise processing fee of an entry (19 CFR 24.23(b)(1); fiscal year 2026)."""
    return min(max(to_cents(Fraction(value) * _MPF_RATE), _MPF_LEAST), _MPF_MOST)


def _key(piece: Any) -> Key:
    return (piece.number, piece.status, piece.pf_filed_on, piece.origin, piece.unit)


def _exact(rate: Rate, piece: Any) -> Fraction:
    return (
        rate.percent * Fraction(piece.value)
        + rate.per_kg * kilograms(piece)
        + rate.per_piece * Fraction(piece.quantity)
    )


def _more(piece: Any, on: str) -> Fraction:
    return sum(added(piece.number, piece.origin, on), Fraction(0)) * Fraction(piece.value)


def _near(said: Decimal, wanted: Fraction) -> bool:
    """Kept at nine places at most."""
    return abs(Fraction(said) - wanted) <= Fraction(1, 10**8)
