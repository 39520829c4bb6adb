"""The estimator of an account: what a week's entry asks release for before anything leaves.

By the account's policy (`EstimatePolicy`): everything foreign that the zone holds when it is made, layers
opened less exports and what compiled entries removed; or by history and orders (`estimate_reckoning`). Too
much is lawful: what is not removed is neither entered nor constructively transferred (19 CFR 146.63(c)(1));
too little would be a removal without entry. Any goods, any seven-day period: 19 USC 1484(i).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from ftz_common.contracts.common import ClockStarted, ClockStopped, DeadlineSet, Noted
from ftz_common.contracts.duty import (
    EstimateLine,
    EstimateMade,
    EstimatesConfigured,
    RemovalsNoted,
    StockEstimated,
)
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.estimating import DemandCounted, EstimateReason, WeekCounted
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.inventory import LayerOpened
from ftz_common.values.calendar import PortCalendar, week_start
from ftz_common.values.exact import ZERO
from ftz_common.values.names import stream_parts
from ftz_common.values.period import period_kind
from ftz_duty.domain import rate_change
from ftz_duty.domain.estimate_ahead import comes_with, filed_on, gone_with, held, look_ahead
from ftz_duty.domain.estimate_confirm import CONFIRMATION, ConfirmEstimate, confirmed
from ftz_duty.domain.estimate_proposal import LINES_MAX, proposal
from ftz_duty.domain.estimate_reckoning import ON_HAND, basis_of, drafted, reckoned
from ftz_duty.domain.estimate_state import (
    BUNDLE,
    BUNDLE_WAITS,
    CITATION,
    ESTIMATE,
    WEEK,
    EstimatorState,
    Stock,
    estimate_line,
    evolve,
    start,
    week_of,
)
from ftz_duty.domain.goods_key import ENTERABLE, goods_key, key_parts
from ftz_duty.domain.rate_change import RATE_CHANGE, Ahead, LookAhead

ADDED = "admitted after the estimate of this week was made: the added quantity (19 CFR 146.63(c)(1))"


@dataclass(frozen=True, slots=True)
class CountLayer:
    """A layer was opened; `settings` as the zone has them `now`: only what leaves from now on needs cover."""

    layer: LayerOpened
    settings: EstimatesConfigured
    now: datetime
    ahead: tuple[Ahead, ...] = ()


@dataclass(frozen=True, slots=True)
class CountDemand:
    """An order line of a UIN is to ship on a day: all that it wants now (`to`), or how much less (`by`)."""

    reservation: str
    uin: str
    ship_on: str
    to: Decimal | None
    by: Decimal
    settings: EstimatesConfigured
    now: datetime


def decide(state: EstimatorState, command: Any, at: datetime) -> Sequence[Fact] | Refusal:
    """Count in, count out, estimate when the week's deadline comes."""
    match command:
        case CountLayer():
            return _count_in(state, command)
        case CountDemand():
            return _count_demand(state, command)
        case RemovalsNoted():
            return _count_out(state, command)
        case LookAhead():
            return look_ahead(state, command)
        case DeadlineSet():
            return _due(state, command)
        case ConfirmEstimate():
            return confirmed(state, command, at)
        case _:
            raise TypeError(f"an estimator does not take {type(command).__name__}")


def _count_in(state: EstimatorState, command: CountLayer) -> Sequence[Fact]:
    layer, settings = command.layer, command.settings
    if layer.status not in ENTERABLE:
        return [Noted(why=f"status {layer.status} is not entered from the zone")]
    key = goods_key(layer)
    facts: list[Fact] = [] if state.settings == settings else [settings]
    week = week_of(settings, command.now)
    weeks = sorted({week, *(later for later in (*state.made, *state.drafts) if later > week)})
    asked_for = weeks if settings.entry_period == "weekly" else []
    facts.append(_stocked(key, layer.quantity, layer.value, layer.layer, weeks=asked_for, of=layer))
    facts.extend(comes_with(state, key, layer, command.ahead, settings.timezone))
    if settings.entry_period != "weekly":
        return facts
    facts.extend(_bundles(state, weeks, command.now))
    if not state.next_week:
        following = date.fromisoformat(weeks[-1]) + WEEK
        facts.append(_deadline(settings, following))
    return facts


def _bundles(state: EstimatorState, weeks: Sequence[str], now: datetime) -> list[Fact]:
    return [
        DeadlineSet(name=BUNDLE, due_at=instant_text(now + BUNDLE_WAITS), subject=week, citation=CITATION)
        for week in weeks
        if week not in state.waiting
    ]


def _count_demand(state: EstimatorState, command: CountDemand) -> Sequence[Fact]:
    """Only what raises a week that is asked for already is looked at before its own deadline."""
    settings = command.settings
    known = state.wanted.get(command.reservation)
    before = known.quantity if known else ZERO
    if known is None and command.to is None:
        return [Noted(why="an order line that no estimate counts")]
    change = command.to - before if command.to is not None else -min(before, command.by)
    if not change:
        return [Noted(why="that much is counted for this order line already")]
    facts: list[Fact] = [] if state.settings == settings else [settings]
    running = week_of(settings, command.now)
    week = known.week if known else max(_shipping_week(command), running)
    again = [week] if week >= running and _beyond(state, week, command.uin, change) else []
    counted = DemandCounted(
        week=week, uin=command.uin, quantity=change, reference=command.reservation, again=again
    )
    return [*facts, counted, *_bundles(state, again, command.now)]


def _beyond(state: EstimatorState, week: str, uin: str, change: Decimal) -> bool:
    """Whether orders of a week that was asked for, or waits for a person, want more than it holds."""
    if week not in state.made and week not in state.drafts:
        return False
    ordered = change + sum(
        (w.quantity for w in state.wanted.values() if (w.week, w.uin) == (week, uin)), ZERO
    )
    asked = state.asked.get(week, {})
    return any(uin in stock.uins and asked.get(key, ZERO) < ordered for key, stock in state.stock.items())


def _shipping_week(command: CountDemand) -> str:
    return week_start(date.fromisoformat(command.ship_on), command.settings.week_starts).isoformat()


def _count_out(state: EstimatorState, removals: RemovalsNoted) -> Sequence[Fact]:
    """What left for good is not estimated again; what a compiled week removed is its history."""
    facts: list[Fact] = [
        _stocked(goods_key(line), -line.quantity, -line.value, removals.reference) for line in removals.lines
    ]
    week = stream_parts(removals.reference)[3] if removals.reference.startswith("entry/") else ""
    if week and period_kind(week) == "weekly":
        facts.append(WeekCounted(week=week, removed=removals.lines))
    facts.extend(gone_with(state, removals.lines))
    return facts or [Noted(why="nothing left")]


def _bundled(state: EstimatorState, week: str) -> Sequence[Fact]:
    """What came in one go is asked for in one filing: each has a number and a fee of its own."""
    settings = state.settings
    if settings is None or settings.entry_period != "weekly" or week not in state.waiting:
        return [Noted(why="nothing waits for that week's estimate")]
    supplement = week in state.made
    if _as_it_comes(settings):
        lines = _lines(state.waiting[week] if supplement else state.stock)
        found = proposal(
            state, settings, week, lines, ADDED if supplement else ON_HAND, supplement=supplement
        )
    else:
        found = _reckon(state, settings, week)
    # Taken back before anything was asked for: nothing is, and nothing waits any more.
    return found or _nothing_asked(state, week, supplement=supplement)


def _nothing_asked(state: EstimatorState, week: str, *, supplement: bool) -> list[Fact]:
    """Nothing is left to ask for: a draft that waited for a person waits no more."""
    draft = state.drafts.get(week)
    facts: list[Fact] = [EstimateMade(week=week, supplement=supplement, lines=[])]
    if draft is not None and draft.open:
        facts.append(ClockStopped(name=CONFIRMATION, subject=week, how="nothing is left to ask for"))
    return facts


def _as_it_comes(settings: EstimatesConfigured) -> bool:
    """Everything on hand, filed at once: no reasons are needed beyond the stock itself."""
    return settings.policy.basis == "on-hand" and settings.policy.confirm == "policy"


def _reckon(state: EstimatorState, settings: EstimatesConfigured, week: str) -> list[Fact]:
    """The reasons, and by policy the estimate; where a person confirms, a clock until the week begins."""
    reasons = reckoned(state, settings, week)
    if not reasons:
        return []
    supplement = week in state.made
    known = state.drafts.get(week)
    number = known.number + 1 if known else 1
    facts: list[Fact] = [*drafted(week, number, reasons, settings.policy, supplement=supplement)]
    if settings.policy.confirm == "person":
        if known is None or not known.open:
            facts.append(_to_confirm(settings, week))
        return facts
    lines = [_asked(reason) for reason in reasons]
    return [
        *facts,
        *proposal(state, settings, week, lines, basis_of(settings.policy), supplement=supplement),
    ]


def _asked(reason: EstimateReason) -> EstimateLine:
    return estimate_line(goods_key(reason), reason.quantity, reason.value)


def _to_confirm(settings: EstimatesConfigured, week: str) -> ClockStarted:
    begins = date.fromisoformat(week)
    return ClockStarted(
        name=CONFIRMATION,
        subject=week,
        act_by=(begins - timedelta(days=1)).isoformat(),
        what=f"the estimate of the week of {week} waits for a person",
        citation=f"{CITATION}; policy: estimate.confirm",
        remedy="look at it and confirm it (ftz estimate show, ftz estimate confirm); until CBP accepted it"
        " nothing it would cover may leave",
    )


def _due(state: EstimatorState, deadline: DeadlineSet) -> Sequence[Fact]:
    settings = state.settings
    if deadline.name == BUNDLE:
        return _bundled(state, deadline.subject)
    if deadline.name == RATE_CHANGE:
        return rate_change.come(state.ahead, deadline.subject) or [
            Noted(why="that rate change was taken back")
        ]
    if deadline.subject != state.next_week or settings is None:
        return [Noted(why="not the deadline that runs")]
    lines = _lines(state.stock)
    if not lines or settings.entry_period != "weekly":
        return _nothing_asked(state, deadline.subject, supplement=False)
    facts: list[Fact] = [*_given_up(state, deadline.subject)]
    if deadline.subject not in state.made:
        if _as_it_comes(settings):
            facts.extend(proposal(state, settings, deadline.subject, lines, ON_HAND, supplement=False))
        else:
            facts.extend(_reckon(state, settings, deadline.subject))
    facts.append(_deadline(settings, date.fromisoformat(deadline.subject) + WEEK))
    return facts


def _given_up(state: EstimatorState, week: str) -> list[Fact]:
    """Drafts of weeks that are over: nobody can file them any more."""
    before = (date.fromisoformat(week) - WEEK).isoformat()
    return [
        ClockStopped(name=CONFIRMATION, subject=old, how="the week is over; nothing was filed for it")
        for old, draft in sorted(state.drafts.items())
        if draft.open and old < before
    ]


def _deadline(settings: EstimatesConfigured, week: date) -> DeadlineSet:
    """`estimate_lead_hours` before the week's first local midnight: release must precede removal."""
    begins = PortCalendar.of(settings.timezone).instant(week)
    return DeadlineSet(
        name=ESTIMATE,
        due_at=instant_text(begins - timedelta(hours=settings.estimate_lead_hours)),
        subject=week.isoformat(),
        citation=CITATION,
    )


def _stocked(
    key: str,
    quantity: Decimal,
    value: Decimal,
    reference: str,
    *,
    weeks: Sequence[str] = (),
    of: LayerOpened | None = None,
) -> StockEstimated:
    number, status, origin, unit = key_parts(key)
    return StockEstimated(
        cover=key,
        number=number,
        status=status,
        origin=origin,
        unit=unit,
        quantity=quantity,
        value=value,
        reference=reference,
        weeks=list(weeks),
        uin=of.uin if of is not None else "",
        pf_filed_on=filed_on(of) if of is not None else "",
    )


def _lines(stock: dict[str, Stock]) -> list[EstimateLine]:
    return [
        estimate_line(key, stock[key].quantity, stock[key].value)
        for key in sorted(stock)
        if stock[key].quantity > 0
    ]


__all__ = [
    "BUNDLE",
    "ESTIMATE",
    "LINES_MAX",
    "CountDemand",
    "CountLayer",
    "EstimatorState",
    "decide",
    "evolve",
    "held",
    "start",
]
