"""Which additional duties meet goods on their two dates, and which of them apply: decided without amounts.

The dates are the PF filing date and the entry date (one and the same for NPF goods, 19 CFR 146.65(a)(2)).
Where a measure was in force on both, every policy gives the same answer; where on one only, its
`rate_date_policy` decides, and an unset one blocks: nobody's money rides on a guess.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ftz_common.contracts.reference import RateDatePolicy
from ftz_duty.domain.measure import Measure, Met, Stated

Result = Literal["applies", "not-in-force", "exempt", "not-met", "excluded", "blocked", "unknown"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A measure that meets number and origin and was in force on at least one of the two dates."""

    measure: Measure
    filed: bool
    entered: bool
    policy: RateDatePolicy
    ground: str
    confirmed: bool


@dataclass(frozen=True, slots=True, eq=False)
class Planned:
    """A measure with its answer for these goods. `on`: the date whose rule counted.

    Compared by identity: one is made for each kind of goods and asked for with every layer.
    """

    measure: Measure
    result: Result
    why: str
    on: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything the loaded sets say of goods. `sets`: names with the start of their digest.

    `incomplete`: why nobody answers for the sets being all there is; "" when somebody does. `changing`: what
    begins or ends between the entry date and the last day of the period asked for.
    """

    sets: tuple[str, ...]
    measures: tuple[Planned, ...] = ()
    contents: tuple[Stated, ...] = ()
    incomplete: str = ""
    changing: tuple[str, ...] = ()


def planned(candidates: Sequence[Candidate], goods: Met, stated: Mapping[str, Stated]) -> tuple[Planned, ...]:
    """The answer for each candidate, by id."""
    first = [_alone(c, candidates, goods, stated) for c in sorted(candidates, key=lambda c: c.measure.id)]
    return _kept_apart(_one_per_group(first, goods.number))


def _alone(
    candidate: Candidate, all_: Sequence[Candidate], goods: Met, stated: Mapping[str, Stated]
) -> Planned:
    """The answer as if no other measure could keep it away."""
    measure = candidate.measure
    dated = _dated(candidate, all_, goods)
    if dated.result != "applies":
        return dated
    if measure.rate is None:
        terms = f"it may apply, but its terms are not in the set: {measure.note or measure.source}"
        return replace(dated, result="unknown", why=terms)
    return _exempted(dated, goods, stated) or _conditioned(dated, stated) or dated


def _dated(candidate: Candidate, all_: Sequence[Candidate], goods: Met) -> Planned:
    """The answer of the calendar and of the measure's own policy."""
    filed_on, entered_on = goods.filed_on, goods.entered_on

    def said(result: Result, why: str, on: str) -> Planned:
        return Planned(candidate.measure, result, why, on, candidate.confirmed)

    if filed_on == entered_on:
        return said("applies", f"in force on {entered_on}", entered_on)
    if candidate.filed and candidate.entered:
        on = filed_on if candidate.policy == "PF_FILING_DATE" else entered_on
        both = f"in force on {filed_on} (PF filing date) and on {entered_on}: either date gives this"
        return said("applies", both, on)
    if candidate.filed:
        where = f"in force on {filed_on} (PF filing date), not on {entered_on}"
    else:
        where = f"in force on {entered_on}, not on {filed_on} (PF filing date)"
    if candidate.policy == "MANUAL":
        return said("blocked", f"{where}; no rate_date_policy says which date counts: decide it", "")
    applies, on, rule = _by_policy(candidate, all_, goods)
    ground = f"; {candidate.ground}" if candidate.ground else ""
    return said("applies" if applies else "not-in-force", f"{where}; {rule}{ground}", on)


def _by_policy(candidate: Candidate, all_: Sequence[Candidate], goods: Met) -> tuple[bool, str, str]:
    """Whether it applies, the date whose rule counted, and the rule in words."""
    if candidate.policy == "PF_FILING_DATE":
        return candidate.filed, goods.filed_on, "PF_FILING_DATE counts"
    if candidate.policy == "ENTRY_DATE":
        return candidate.entered, goods.entered_on, "ENTRY_DATE counts"
    if candidate.entered:
        return True, goods.entered_on, "LATER_OF_RULES: the later rule counts"
    programme = candidate.measure.programme
    later = [c.measure.id for c in all_ if c.entered and c.measure.programme == programme]
    if later:
        return False, goods.entered_on, f"LATER_OF_RULES: {later[0]} is the later rule"
    return True, goods.filed_on, "LATER_OF_RULES: no later rule replaces it"


def _exempted(dated: Planned, goods: Met, stated: Mapping[str, Stated]) -> Planned | None:
    asked = ""
    for exemption in dated.measure.exemptions:
        scope = exemption.scope
        if not (scope.meets(goods.number, goods.origin) and scope.in_force(dated.on)):
            continue
        named = f"{exemption.why} ({exemption.heading})" if exemption.heading else exemption.why
        if not exemption.fact:
            return replace(dated, result="exempt", why=named)
        known = stated.get(exemption.fact)
        if known is not None and known.holds:
            return replace(dated, result="exempt", why=f"{named}; stated: {exemption.fact}")
        if known is None and exemption.if_unknown == "ask":
            asked = asked or f"needs the fact {exemption.fact!r}, yes or no: {named}"
    return replace(dated, result="blocked", why=asked) if asked else None


def _conditioned(dated: Planned, stated: Mapping[str, Stated]) -> Planned | None:
    for condition in dated.measure.conditions:
        known = stated.get(condition.fact)
        if known is None or known.holds is None:
            needs = f"needs the fact {condition.fact!r}, yes or no"
            return replace(dated, result="blocked", why=needs)
        if known.holds != condition.holds:
            said = "holds" if known.holds else "does not hold"
            return replace(dated, result="not-met", why=f"stated: {condition.fact!r} {said}")
    return None


def _one_per_group(found: Sequence[Planned], number: str) -> list[Planned]:
    """Of one group one measure applies; one whose answer is open leaves those behind it open too."""
    rank = {p.measure.id: (p.measure.order, -p.measure.scope.depth(number), p.measure.id) for p in found}
    before: dict[str, Planned] = {}
    answers: dict[str, Planned] = {}
    for plan in sorted(found, key=lambda p: rank[p.measure.id]):
        group, answer = plan.measure.group, plan
        if group and plan.result in {"applies", "blocked"}:
            if (first := before.get(group)) is None:
                before[group] = plan
            elif first.result == "applies":
                why = f"one measure of {group} per good: {first.measure.id} applies"
                answer = replace(plan, result="excluded", why=why)
            else:
                why = f"one measure of {group} per good, and {first.measure.id} is open"
                answer = replace(plan, result="blocked", why=why)
        answers[plan.measure.id] = answer
    return [answers[plan.measure.id] for plan in found]


def _kept_apart(found: Sequence[Planned]) -> tuple[Planned, ...]:
    """What does not add to another programme (`not_with`)."""
    return tuple(_apart(plan, found) for plan in found)


def _apart(plan: Planned, found: Sequence[Planned]) -> Planned:
    if plan.result not in {"applies", "blocked"}:
        return plan
    against = [o for o in found if o.measure.group and o.measure.group in plan.measure.not_with]
    for other in against:
        if other.result == "applies":
            why = f"does not add to {other.measure.group}: {other.measure.id} applies"
            return replace(plan, result="excluded", why=why)
    for other in against:
        if other.result == "blocked":
            why = f"does not add to {other.measure.group}, and {other.measure.id} is open"
            return replace(plan, result="blocked", why=why)
    for other in against:
        if other.result == "unknown":
            why = f"does not add to {other.measure.group}, and the terms of {other.measure.id} are not known"
            return replace(plan, result="unknown", why=why)
    return plan
