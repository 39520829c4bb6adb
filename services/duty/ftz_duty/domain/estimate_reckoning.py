"""An estimate reckoned from what compiled weeks removed and what orders of the week have allocated.

The law asks for "estimated removals" and leaves the method to who makes entry (19 CFR 146.63(c)(1)). An
excess is never entered; too little needs a supplemental entry, with a fee of its own, before it leaves. So
every doubt is rounded up, and goods without a history are asked for whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from ftz_common.contracts.duty import EstimatesConfigured
from ftz_common.contracts.estimating import EstimateDrafted, EstimateReason
from ftz_common.contracts.reference import EstimatePolicy
from ftz_common.values.exact import ZERO, plain, share
from ftz_duty.domain.estimate_state import EstimatorState, Stock
from ftz_duty.domain.goods_key import key_parts

#: Reasons in one fact, so that it stays well under the size of an event.
PART_REASONS = 250

ON_HAND = (
    "everything foreign on hand: layers opened, less exports and compiled weeks; goods that left in weeks not"
    " yet compiled are still counted, an excess is never entered (19 CFR 146.63(c)(1))"
)


def basis_of(policy: EstimatePolicy) -> str:
    """How estimates of this policy are reckoned, for a person to read."""
    if policy.basis == "on-hand":
        return ON_HAND
    return (
        f"the most that left in one of the last {policy.weeks} compiled weeks and {policy.margin_percent} %"
        " more, at least what orders of the week have allocated, at most what is on hand; goods with fewer"
        " weeks behind them whole (19 CFR 146.63(c)(1))"
    )


def reckoned(state: EstimatorState, settings: EstimatesConfigured, week: str) -> list[EstimateReason]:
    """What is still to be asked for in a week, by goods: lines above zero, each with its reason."""
    ordered = _ordered(state, week)
    found: list[EstimateReason] = []
    for key in sorted(state.stock):
        stock = state.stock[key]
        if stock.quantity > 0:
            wanted = sum((ordered.get(uin, ZERO) for uin in stock.uins), ZERO)
            usual = _usual(state, settings.policy, key, week)
            reason = _reason(key, stock, usual, wanted, state.asked.get(week, {}).get(key, ZERO))
            if reason.quantity > 0:
                found.append(reason)
    return found


def _ordered(state: EstimatorState, week: str) -> dict[str, Decimal]:
    ordered: dict[str, Decimal] = {}
    for wanted in state.wanted.values():
        if wanted.week == week:
            ordered[wanted.uin] = ordered.get(wanted.uin, ZERO) + wanted.quantity
    return ordered


@dataclass(frozen=True, slots=True)
class Usual:
    """What history says of goods: the most of some weeks with a margin; None where it says nothing."""

    weeks: int
    most: Decimal
    most_in: str
    quantity: Decimal | None
    why: str


def _usual(state: EstimatorState, policy: EstimatePolicy, key: str, week: str) -> Usual:
    """Weeks in which the goods were here and nothing of them left count too: those show no need."""
    weeks = sorted(each for each in state.history if each < week)[-policy.weeks :]
    known = [each for each in weeks if each >= state.stock[key].since]
    left = {each: state.history[each].get(key, ZERO) for each in known}
    most = max(left.values(), default=ZERO)
    most_in = next((each for each in known if most and left[each] == most), "")
    if policy.basis == "on-hand":
        return Usual(len(known), most, most_in, None, "everything on hand")
    if len(known) < policy.weeks:
        why = f"{len(known)} compiled weeks since they came, fewer than {policy.weeks}: everything on hand"
        return Usual(len(known), most, most_in, None, why)
    quantity = (most * (100 + policy.margin_percent) / 100).quantize(Decimal(1), ROUND_CEILING)
    said = f"{plain(most)} left in the week of {most_in}" if most else "nothing left in any of these weeks"
    why = f"{said}, with {policy.margin_percent} % more {plain(quantity)}"
    return Usual(len(known), most, most_in, quantity, why)


def _reason(key: str, stock: Stock, usual: Usual, ordered: Decimal, asked: Decimal) -> EstimateReason:
    whole, why = stock.quantity, usual.why
    if usual.quantity is not None:
        whole = min(stock.quantity, max(usual.quantity, ordered))
        limit = "; no more is on hand" if whole == stock.quantity else ""
        why = f"{why}; orders of the week want {plain(ordered)}{limit}"
    quantity = max(ZERO, whole - asked)
    number, status, origin, unit = key_parts(key)
    return EstimateReason(
        number=number,
        status=status,
        origin=origin,
        unit=unit,
        on_hand=stock.quantity,
        weeks=usual.weeks,
        most=usual.most,
        most_in=usual.most_in,
        ordered=ordered,
        asked=asked,
        quantity=quantity,
        value=share(stock.value, quantity, stock.quantity),
        why=f"{why}; {plain(asked)} asked for already" if asked else why,
    )


def drafted(
    week: str, draft: int, reasons: Sequence[EstimateReason], policy: EstimatePolicy, *, supplement: bool
) -> list[EstimateDrafted]:
    """The reasoning as facts of bounded size."""
    return [
        EstimateDrafted(
            week=week,
            draft=draft,
            part=part,
            supplement=supplement,
            confirm=policy.confirm,
            basis=basis_of(policy),
            reasons=list(reasons[first : first + PART_REASONS]),
        )
        for part, first in enumerate(range(0, len(reasons), PART_REASONS), start=1)
    ]
