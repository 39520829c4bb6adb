"""Measures through time: sets by name as they were recorded, and what people decided and stated about them.

`known_at` cuts off what was recorded later, so that a past price can be reckoned again with what was known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from ftz_common.contracts.reference import GoodsStated, MeasureRuled, MeasuresConfirmed
from ftz_duty.domain.measure import Measure, MeasureSet, Met, Stated
from ftz_duty.domain.measure_plan import Candidate, Plan, planned

Ruling = MeasureRuled | GoodsStated | MeasuresConfirmed
Subject = tuple[str, ...]

_DIGEST_SHOWN = 8


@dataclass(frozen=True, slots=True)
class KnownSet:
    """One import. `sha256` names the file's bytes."""

    name: str
    recorded_at: datetime
    sha256: str
    measures: MeasureSet


@dataclass(frozen=True)
class MeasureBook:
    """Sets and rulings, each in the order in which it was recorded; indexed once, when first asked."""

    sets: tuple[KnownSet, ...] = ()
    rulings: tuple[tuple[Ruling, datetime], ...] = ()

    @cached_property
    def _about(self) -> dict[Subject, list[tuple[Ruling, datetime]]]:
        found: dict[Subject, list[tuple[Ruling, datetime]]] = {}
        for ruling, recorded in self.rulings:
            found.setdefault(_subject(ruling), []).append((ruling, recorded))
        return found

    def said(self, subject: Subject, known_at: datetime) -> list[Ruling]:
        """What was said of a measure (its id), of goods (account, number, origin), of an account."""
        return [ruling for ruling, recorded in self._about.get(subject, ()) if recorded <= known_at]

    def current(self, known_at: datetime) -> list[KnownSet]:
        """The last import of each name, by name."""
        last = {known.name: known for known in self.sets if known.recorded_at <= known_at}
        return [last[name] for name in sorted(last)]

    def plan(self, goods: Met, known_at: datetime, through: str = "") -> Plan | None:
        """What the sets say of goods on their two dates; None when no set is loaded.

        `through`: what begins or ends after the entry date and no later than this date (ISO) is named.
        """
        sets = self.current(known_at)
        if not sets:
            return None
        days = {goods.filed_on, goods.entered_on}
        meeting = [(m, known) for known in sets for m in known.measures.meeting(goods.number, goods.origin)]
        candidates = [
            _candidate(measure, known, self.said(("measure", measure.id), known_at), goods)
            for measure, known in meeting
            if any(map(measure.scope.in_force, days))
        ]
        changing = [m for m, _ in meeting if through and _changes(m, goods.entered_on, through)]
        about = ("goods", goods.account, goods.number, goods.origin)
        stated = _stated(self.said(about, known_at))
        answered = self.said(("account", goods.account), known_at)
        return Plan(
            sets=tuple(f"{known.name} ({known.sha256[:_DIGEST_SHOWN]})" for known in sets),
            measures=planned(candidates, goods, stated),
            contents=tuple(s for s in stated.values() if s.holds is None),
            incomplete=_incomplete(sets, answered, goods),
            changing=tuple(sorted(f"{m.programme} ({m.heading}, {m.id})" for m in changing)),
        )


def _subject(ruling: Ruling) -> Subject:
    match ruling:
        case MeasureRuled():
            return ("measure", ruling.measure)
        case GoodsStated():
            return ("goods", ruling.account, ruling.number, ruling.origin)
        case MeasuresConfirmed():
            return ("account", ruling.account)


def _changes(measure: Measure, on: str, through: str) -> bool:
    scope = measure.scope
    return on < scope.first <= through or (bool(scope.last) and on <= scope.last < through)


def _candidate(measure: Measure, known: KnownSet, rulings: Sequence[Ruling], goods: Met) -> Candidate:
    policy, ground, confirmed = measure.policy, "", measure.confirmed
    for ruling in rulings:
        if isinstance(ruling, MeasureRuled):
            if ruling.policy is not None:
                policy, ground = ruling.policy, f"decided by {ruling.who}: {ruling.ground}"
            if ruling.confirmed and ruling.set_sha256 == known.sha256:
                confirmed = True
    scope = measure.scope
    filed, entered = scope.in_force(goods.filed_on), scope.in_force(goods.entered_on)
    return Candidate(measure, filed, entered, policy, ground, confirmed)


def _stated(rulings: Sequence[Ruling]) -> dict[str, Stated]:
    """What was stated last of each fact."""
    return {
        r.fact: Stated(r.fact, r.holds, r.percent, r.usd_per_unit, r.unit)
        for r in rulings
        if isinstance(r, GoodsStated)
    }


def _incomplete(sets: Sequence[KnownSet], rulings: Sequence[Ruling], goods: Met) -> str:
    first, last = sorted((goods.filed_on, goods.entered_on))
    loaded = {known.name: known.sha256 for known in sets}
    confirmed = [r for r in rulings if isinstance(r, MeasuresConfirmed)]
    if any(r.sets == loaded and r.first <= first and last <= r.last for r in confirmed):
        return ""
    if confirmed and confirmed[-1].sets != loaded:
        return "the sets of additional duties changed since somebody answered for them being complete"
    return "nobody answers for the loaded sets holding every additional duty of the days that count"
