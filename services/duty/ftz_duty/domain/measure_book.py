"""Measures through time: sets by name as they were recorded, and what people decided and stated about them.

`known_at` cuts off what was recorded later, so that a past price can be reckoned again with what was known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ftz_common.contracts.reference import GoodsStated, MeasureRuled, MeasuresConfirmed
from ftz_duty.domain.measure import Measure, MeasureSet, Met, Stated
from ftz_duty.domain.measure_plan import Candidate, Plan, planned

Ruling = MeasureRuled | GoodsStated | MeasuresConfirmed

_DIGEST_SHOWN = 8


@dataclass(frozen=True, slots=True)
class KnownSet:
    """One import. `sha256` names the file's bytes."""

    name: str
    recorded_at: datetime
    sha256: str
    measures: MeasureSet


@dataclass(frozen=True, slots=True)
class MeasureBook:
    """Sets and rulings, each in the order in which it was recorded."""

    sets: tuple[KnownSet, ...] = ()
    rulings: tuple[tuple[Ruling, datetime], ...] = ()

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
        rulings = [ruling for ruling, recorded in self.rulings if recorded <= known_at]
        days = {goods.filed_on, goods.entered_on}
        meeting = [(m, known) for known in sets for m in known.measures.meeting(goods.number, goods.origin)]
        candidates = [
            _candidate(measure, known, rulings, goods)
            for measure, known in meeting
            if any(map(measure.scope.in_force, days))
        ]
        changing = [m for m, _ in meeting if through and _changes(m, goods.entered_on, through)]
        stated = _stated(rulings, goods)
        return Plan(
            sets=tuple(f"{known.name} ({known.sha256[:_DIGEST_SHOWN]})" for known in sets),
            measures=planned(candidates, goods, stated),
            contents=tuple(s for s in stated.values() if s.holds is None),
            incomplete=_incomplete(sets, rulings, goods),
            changing=tuple(sorted(f"{m.programme} ({m.heading}, {m.id})" for m in changing)),
        )


def _changes(measure: Measure, on: str, through: str) -> bool:
    scope = measure.scope
    return on < scope.first <= through or (bool(scope.last) and on <= scope.last < through)


def _candidate(measure: Measure, known: KnownSet, rulings: Sequence[Ruling], goods: Met) -> Candidate:
    policy, ground, confirmed = measure.policy, "", measure.confirmed
    for ruling in rulings:
        if isinstance(ruling, MeasureRuled) and ruling.measure == measure.id:
            if ruling.policy is not None:
                policy, ground = ruling.policy, f"decided by {ruling.who}: {ruling.ground}"
            if ruling.confirmed and ruling.set_sha256 == known.sha256:
                confirmed = True
    scope = measure.scope
    filed, entered = scope.in_force(goods.filed_on), scope.in_force(goods.entered_on)
    return Candidate(measure, filed, entered, policy, ground, confirmed)


def _stated(rulings: Sequence[Ruling], goods: Met) -> dict[str, Stated]:
    """What was stated last of each fact."""
    about = (goods.account, goods.number, goods.origin)
    return {
        r.fact: Stated(r.fact, r.holds, r.percent, r.usd_per_unit, r.unit)
        for r in rulings
        if isinstance(r, GoodsStated) and (r.account, r.number, r.origin) == about
    }


def _incomplete(sets: Sequence[KnownSet], rulings: Sequence[Ruling], goods: Met) -> str:
    first, last = sorted((goods.filed_on, goods.entered_on))
    loaded = {known.name: known.sha256 for known in sets}
    confirmed = [r for r in rulings if isinstance(r, MeasuresConfirmed) and r.account == goods.account]
    if any(r.sets == loaded and r.first <= first and last <= r.last for r in confirmed):
        return ""
    if confirmed and confirmed[-1].sets != loaded:
        return "the sets of additional duties changed since somebody answered for them being complete"
    return "nobody answers for the loaded sets holding every additional duty of the days that count"
