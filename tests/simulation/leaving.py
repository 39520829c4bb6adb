# ruff: noqa: N802  methods are named after the facts they hear
"""Goods that leave without an entry for consumption: permits, statements, clocks, entries of type 08."""

from collections import Counter
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.simulation.checking import Check
from tests.simulation.goods import Goods
from tests.simulation.money import fee_of, revision_on
from tests.simulation.zone import added, rate_of

from ftz_common.contracts.commit import Commit
from ftz_common.values.exact import to_cents
from ftz_common.values.names import stream_name

ZERO = Decimal(0)
PARTNERS = ("CA", "MX")
Place = tuple[str, str, str]


class Leaving(Check):
    """Export permits are not exceeded, clocks are met or told, and type 08 adds up to the cent."""

    def __init__(self, evaluated: Counter[str], goods: Goods) -> None:
        super().__init__(evaluated)
        self._goods = goods
        self.clocks: dict[Place, Any] = {}  #: that run, or ran out
        self.expired: set[Place] = set()
        self.permitted: dict[str, Counter[tuple[str, ...]]] = {}
        self.counted: dict[str, dict[str, Any]] = {}  #: export permit, withdrawal
        self.back: dict[str, Counter[tuple[str, ...]]] = {}  #: by withdrawal
        self.manifested: dict[str, dict[str, Any]] = {}  #: export permit, in-bond
        self.lacking: dict[tuple[str, str], Decimal] = {}
        self.ended: set[str] = set()
        self.stated: set[str] = set()
        self.deferrals: dict[str, Deferred] = {}
        self.changes: dict[tuple[str, str], Any] = {}
        self.refused: set[tuple[str, str]] = set()

    # ---- clocks ---------------------------------------------------------------------------------

    def ClockStarted(self, fact: Any, commit: Commit) -> None:
        place = (commit.stream, fact.name, fact.subject)
        if not _leaves(place):
            return
        before = self.clocks.get(place)
        self.expect("a clock is never set back", before is None or before.act_by < fact.act_by, place, fact)
        self.clocks[place] = fact

    def ClockStopped(self, fact: Any, commit: Commit) -> None:
        place = (commit.stream, fact.name, fact.subject)
        if _leaves(place):
            self.expect("only a removal clock that runs is stopped", place in self.clocks, place)
            del self.clocks[place]
            self.expired.discard(place)

    def ClockExpired(self, fact: Any, commit: Commit) -> None:
        place = (commit.stream, fact.name, fact.subject)
        if not _leaves(place):
            return
        runs = place in self.clocks and self.clocks[place].act_by == fact.act_by
        self.expect("only a removal clock that runs runs out", runs, place, fact)
        self.expect("a removal clock runs out once", place not in self.expired, place)
        self.expired.add(place)

    def open_clocks(self) -> set[str]:
        """The risks that must stand."""
        return {stream_name("risk", "removal-clock", *place) for place in self.clocks}

    # ---- the weekly export permit ---------------------------------------------------------------

    def ExportPermitApproved(self, fact: Any, commit: Commit) -> None:
        known = self.permitted.setdefault(commit.stream, Counter())
        self.expect("the first permit is no supplement", fact.supplement == bool(known), fact)
        for line in fact.lines:
            known[_key(line)] += line.quantity

    def ExportManifested(self, fact: Any, commit: Commit) -> None:
        self.manifested.setdefault(commit.stream, {})[fact.inbond] = fact

    def ExportCounted(self, fact: Any, commit: Commit) -> None:
        if fact.reversed:
            back = self.back.setdefault(fact.withdrawal, Counter())
            for line in fact.lines:
                back[_key(line)] += line.quantity
            return
        counted = self.counted.setdefault(commit.stream, {})
        self.expect("an export is counted once", fact.withdrawal not in counted, fact)
        counted[fact.withdrawal] = fact

    def RemovalUnpermitted(self, fact: Any, commit: Commit) -> None:
        self._lack(commit, fact, sum((line.quantity for line in fact.lines), ZERO))

    def RemovalPermitted(self, fact: Any, commit: Commit) -> None:
        left = self._lack(commit, fact, -sum((line.quantity for line in fact.lines), ZERO))
        self.expect("what seemed unpermitted is permitted once", left == fact.left >= 0, fact, left)

    def _lack(self, commit: Commit, fact: Any, more: Decimal) -> Decimal:
        place = (commit.stream, fact.withdrawal)
        left = self.lacking[place] = self.lacking.get(place, ZERO) + more
        return left

    def without_permit(self) -> set[str]:
        """The alerts that must stand."""
        return {
            stream_name("risk", "removal-without-permit", *place)
            for place, left in self.lacking.items()
            if left
        }

    def ExportWeekEnded(self, fact: Any, commit: Commit) -> None:
        self.ended.add(commit.stream)

    def ExportStatementFiled(self, fact: Any, commit: Commit) -> None:
        self.expect("a statement is of a week that is over", commit.stream in self.ended, fact)
        whole = all(difference.explanation for difference in fact.differences)
        self.expect("a statement explains every difference", whole, fact)
        left, _ = self._under(commit.stream)
        for row in fact.rows:
            key = _key(row)
            said = (row.permitted, row.left)
            truth = (self.permitted[commit.stream][key], left[key])
            self.expect("a statement says what left under the permit", said == truth, row, truth)
        self.stated.add(commit.stream)

    def _under(self, permit: str) -> tuple[Counter[tuple[str, ...]], Decimal]:
        """What left under the week's permit, less what came back; and how much of it had no permit."""
        left: Counter[tuple[str, ...]] = Counter()
        lacking = ZERO
        for withdrawal, fact in self.counted.get(permit, {}).items():
            application = self.manifested.get(permit, {}).get(fact.inbond)
            if application is not None and not application.under:
                continue
            for line in fact.lines:
                left[_key(line)] += line.quantity
            left.subtract(self.back.get(withdrawal, Counter()))
            lacking += self.lacking.get((permit, withdrawal), ZERO)
        return left, lacking

    # ---- goods changed in the zone, to Canada or Mexico -----------------------------------------

    def _deferral(self, commit: Commit) -> "Deferred":
        return self.deferrals.setdefault(commit.stream, Deferred())

    def DeferralLineTaken(self, fact: Any, commit: Commit) -> None:
        deferred, offer = self._deferral(commit), fact.offer
        sign = -1 if offer.reversed else 1
        for piece in offer.pieces:
            deferred.travels[offer.withdrawal] += sign * piece.quantity
            deferred.goods[_line_key(piece)] += sign * piece.quantity
        deferred.first = deferred.first or offer
        deferred.assessed = None

    def ExportationDated(self, fact: Any, commit: Commit) -> None:
        deferred = self._deferral(commit)
        known = deferred.dated
        self.expect("an exportation has one date", known is None, fact)
        deferred.dated = fact

    def DeferralAssessed(self, fact: Any, commit: Commit) -> None:
        deferred = self._deferral(commit)
        on = deferred.dated.exported_on
        for line in fact.lines:
            self._line(line, line.pf_filed_on if line.status == "P" else on, on)
        there = {key for key, quantity in deferred.goods.items() if quantity}
        lines: Counter[tuple[Any, ...]] = Counter()
        for line in fact.lines:
            lines[_line_key(line)] += line.quantity
        whole = there == set(lines) and all(deferred.goods[key] == lines[key] for key in lines)
        self.expect("a deferral is assessed on all that travels", whole, fact, deferred.goods)
        duty = sum((line.duty for line in fact.lines if line.duty is not None), ZERO)
        value = sum((line.entered_value for line in fact.lines), ZERO)
        sums = (fact.duty, fact.waivable, fact.entered_value, fact.mpf)
        wanted = (duty, duty, value, fee_of(value) if fact.lines else fact.mpf)
        self.expect("a deferral adds up to the cent", sums == wanted, sums, wanted)
        deferred.assessed = fact

    def _line(self, line: Any, on: str, exported_on: str) -> None:
        rate = rate_of(line.number, revision_on(on))
        if rate is None:
            self.expect("a rate that nobody can read defers nothing", line.duty is None, line)
            return
        weight = Fraction(next((m.quantity for m in line.measures if m.unit == "kg"), 0))
        parts = (
            rate.percent * Fraction(line.entered_value),
            rate.per_kg * weight,
            rate.per_piece * Fraction(line.quantity),
        )
        value = Fraction(line.entered_value)
        more = [share * value for share in added(line.number, line.origin, exported_on)]
        duty = sum((to_cents(part) for part in (*parts, *more)), ZERO)
        self.expect("deferred duty re-derives to the cent", line.duty == duty, line, duty, on)

    def WaiverClaimed(self, fact: Any, commit: Commit) -> None:
        deferred = self._deferral(commit)
        found = deferred.assessed
        waived = min(found.duty, to_cents(Fraction(fact.paid) * Fraction(fact.usd_per_unit)))
        right = (fact.waived, fact.owed) == (waived, found.duty + found.mpf - waived)
        self.expect("waived is the lesser of both duties, never the fee", right, fact, found)
        deferred.waived = fact.waived

    def DeferralFiled(self, fact: Any, commit: Commit) -> None:
        deferred = self._deferral(commit)
        found = deferred.assessed
        owed = found.duty + found.mpf - deferred.waived
        self.expect("a 7501 of type 08 says what is owed", fact.owed == owed, fact, found)

    def DeferralDeposited(self, fact: Any, commit: Commit) -> None:
        deferred = self._deferral(commit)
        deferred.deposited += fact.amount
        found = deferred.assessed
        left = found.duty + found.mpf - deferred.waived - deferred.deposited
        self.expect("no more is deposited than is owed", left == fact.open >= 0, fact, left)

    # ---- elections on a 214 ---------------------------------------------------------------------

    def StatusChangePermitted(self, fact: Any, commit: Commit) -> None:
        place = (fact.to, fact.movement)
        self.expect("an election is permitted once", place not in self.changes, fact)
        self.changes[place] = fact

    def StatusChangeRefused(self, fact: Any, commit: Commit) -> None:
        self.refused.add((commit.stream, fact.movement))

    # ---- at rest --------------------------------------------------------------------------------

    def rest(self) -> None:
        """What left was counted, permitted or told; what was elected is so, or was refused."""
        self._exports()
        self._elections()
        for permit, permitted in self.permitted.items():
            left, lacking = self._under(permit)
            over = sum((max(ZERO, q - permitted[key]) for key, q in left.items()), ZERO)
            self.expect("no permit is exceeded untold", over <= lacking, permit, left, permitted, lacking)

    def _exports(self) -> None:
        counted = {w: fact for week in self.counted.values() for w, fact in week.items()}
        travelling: Counter[str] = Counter()
        for deferred in self.deferrals.values():
            travelling.update(deferred.travels)
        for name, withdrawal in self._goods.withdrawals.items():
            fact = withdrawal.fact
            if fact.disposition != "export":
                continue
            statuses = {piece.layer: piece.status for piece in fact.pieces}
            held = dict.fromkeys("PNZD", ZERO)
            for layer, quantity in withdrawal.held.items():
                held[statuses[layer]] += quantity
            if any(s != "D" for s in statuses.values()):
                said = counted.get(name)
                gone = sum((line.quantity for line in said.lines), ZERO) if said else ZERO
                gone -= sum(self.back.get(name, Counter()).values(), ZERO)
                foreign = held["P"] + held["N"] + held["Z"]
                self.expect("every export is counted in its week", gone == foreign, fact, gone, foreign)
            if fact.destination_country in PARTNERS:
                said = travelling[name]
                foreign = held["P"] + held["N"]
                self.expect("what goes to Canada or Mexico is followed", said == foreign, fact, said, foreign)

    def _elections(self) -> None:
        for (ledger, movement), fact in self.changes.items():
            moved = self._goods.moved.get((ledger, movement))
            told = moved is not None or (ledger, movement) in self.refused
            self.expect("an election is carried out or refused", told, ledger, movement)
            for name in moved.opened if moved else ():
                opened = self._goods.layers[name].fact
                filed_on = fact.filed_on if fact.status == "P" else None
                same = (opened.status, opened.pf_filed_on) == (fact.status, filed_on)
                self.expect("an election counts from its 214", same, fact, opened)


class Deferred:
    """A parcel for Canada or Mexico, kept a second time."""

    def __init__(self) -> None:
        self.first: Any = None
        self.travels: Counter[str] = Counter()
        self.goods: Counter[tuple[Any, ...]] = Counter()
        self.dated: Any = None
        self.assessed: Any = None
        self.waived = ZERO
        self.deposited = ZERO


def _leaves(place: Place) -> bool:
    """A clock of goods that leave; admissions and ledgers keep others."""
    return place[0].split("/", 1)[0] not in ("admission", "ledger")


def _key(line: Any) -> tuple[str, ...]:
    return (line.number, line.status, line.origin, line.unit)


def _line_key(line: Any) -> tuple[Any, ...]:
    return (line.number, line.status, line.pf_filed_on, line.origin, line.unit)
