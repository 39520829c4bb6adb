"""A person confirms a reckoned estimate, as it is or with other quantities; then it is filed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from ftz_common.contracts.common import ClockStopped
from ftz_common.contracts.duty import EstimateLine, EstimatesConfigured
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.values.exact import plain, share
from ftz_duty.domain.estimate_proposal import proposal
from ftz_duty.domain.estimate_state import CITATION, Draft, EstimatorState, estimate_line, week_of
from ftz_duty.domain.goods_key import goods_key

CONFIRMATION = "estimate-confirmation"


@dataclass(frozen=True, slots=True)
class ConfirmEstimate:
    """`draft`: the one looked at; `quantities` by goods key replace those of the draft, 0 leaves out."""

    week: str
    draft: int
    who: str
    why: str = ""
    quantities: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])


def confirmed(state: EstimatorState, command: ConfirmEstimate, at: datetime) -> Sequence[Fact] | Refusal:
    """Filed at once, under who confirmed it (19 CFR 146.63(c)(1): the person making entry estimates)."""
    settings, draft = state.settings, state.drafts.get(command.week)
    if settings is not None and draft is not None and _week_over(settings, command.week, at):
        return _over(command.week)
    if settings is None or draft is None or not draft.open:
        return _no_draft(command.week, known=draft is not None)
    if draft.number != command.draft:
        return Refusal(
            code="draft-replaced",
            reason=f"draft {command.draft} of the week of {command.week} is not the last: {draft.number} is",
            citation="policy: a person confirms what they looked at",
            remedy="look at the draft that stands now, then confirm that one",
            place="draft",
        )
    lines = _lines(draft, command)
    if isinstance(lines, Refusal):
        return lines
    changed = "" if not command.quantities else f", {len(command.quantities)} of its quantities changed"
    basis = f"{draft.basis}; draft {draft.number} confirmed by {command.who}{changed}"
    return [
        *proposal(
            state,
            settings,
            command.week,
            lines,
            basis,
            supplement=draft.supplement,
            confirmed_by=command.who,
            why=command.why,
        ),
        ClockStopped(name=CONFIRMATION, subject=command.week, how=f"{command.who} confirmed the estimate"),
    ]


def _over(week: str) -> Refusal:
    return Refusal(
        code="week-over",
        reason=f"the week of {week} is over; an estimate releases goods before they leave",
        citation="19 CFR 146.63(c)(1)",
        remedy="confirm the week that runs; what left uncovered is filed late by a person",
        place="week",
    )


def _no_draft(week: str, *, known: bool) -> Refusal:
    return Refusal(
        code="no-draft",
        reason=f"the estimate of the week of {week} {'is filed already' if known else 'is not reckoned yet'}",
        citation="policy: estimate.confirm",
        remedy="see which weeks wait: ftz estimate show ZONE ACCOUNT",
        place="week",
    )


def _week_over(settings: EstimatesConfigured, week: str, at: datetime) -> bool:
    return date.fromisoformat(week_of(settings, at)) > date.fromisoformat(week)


def _lines(draft: Draft, command: ConfirmEstimate) -> list[EstimateLine] | Refusal:
    reasons = {goods_key(reason): reason for reason in draft.reasons}
    for key, quantity in command.quantities.items():
        reason = reasons.get(key)
        if reason is None or quantity > reason.on_hand:
            there = "is not in the draft" if reason is None else f"has {plain(reason.on_hand)} on hand"
            return Refusal(
                code="not-estimated",
                reason=f"{key} {there}",
                citation=CITATION,
                remedy="name goods of the draft, number/status/origin/unit, and no more than is on hand",
                place=f"quantities.{key}",
            )
    lines = [
        estimate_line(key, quantity, share(reason.value, quantity, reason.quantity))
        for key, reason in reasons.items()
        if (quantity := command.quantities.get(key, reason.quantity))
    ]
    if not lines:
        return Refusal(
            code="nothing-estimated",
            reason="every quantity is zero: nothing would be asked for",
            citation=CITATION,
            remedy="leave the draft unconfirmed: then nothing leaves in that week",
            place="quantities",
        )
    return lines
