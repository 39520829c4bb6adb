"""The estimator of an account: what a week's entry asks release for before anything leaves.

Policy "on hand": the estimate of a week is everything foreign that the zone holds when it is made: layers
opened, less exports and what compiled entries removed. Too much is lawful: what is not removed is neither
entered nor constructively transferred (19 CFR 146.63(c)(1)); too little would be a removal without entry. Any
goods, any seven-day period: 19 USC 1484(i).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from ftz_common.contracts.common import DeadlineSet, Noted
from ftz_common.contracts.duty import (
    EstimateLine,
    EstimateMade,
    EstimateProposed,
    EstimatesConfigured,
    RemovalsNoted,
    StockEstimated,
)
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.fact import Fact
from ftz_common.contracts.inventory import LayerOpened
from ftz_common.contracts.rates import RateChangeAhead, RateChangeEnded
from ftz_common.values.calendar import PortCalendar, week_start
from ftz_common.values.exact import ZERO
from ftz_duty.domain import rate_change
from ftz_duty.domain.goods_key import ENTERABLE, entry_stream, goods_key, key_parts
from ftz_duty.domain.rate_change import RATE_CHANGE, Ahead, Held, LookAhead, OnHand

ESTIMATE = "estimate"
#: What comes together is asked for together, whatever the order in which processes hear of it: every filing
#: has a number and a fee of its own.
BUNDLE = "estimate-bundle"
BUNDLE_WAITS = timedelta(minutes=1)
CITATION = "19 CFR 146.63(c)(1); 19 USC 1484(i)"
WEEK = timedelta(days=7)

#: Lines of one filing: an entry summary numbers its lines with three digits (CATAIR AE record 40).
LINES_MAX = 999

ON_HAND = (
    "everything foreign on hand: layers opened, less exports and compiled weeks; goods that left in weeks not"
    " yet compiled are still counted, an excess is never entered (19 CFR 146.63(c)(1))"
)
ADDED = "admitted after the estimate of this week was made: the added quantity (19 CFR 146.63(c)(1))"


@dataclass(frozen=True, slots=True)
class CountLayer:
    """A layer was opened; `settings` as the zone has them `now`: only what leaves from now on needs cover.

    `ahead`: changes of the rate of such goods that are known already.
    """

    layer: LayerOpened
    settings: EstimatesConfigured
    now: datetime
    ahead: tuple[Ahead, ...] = ()


@dataclass(slots=True)
class Stock:
    """On hand: quantity in the unit of its goods key, dutiable value in USD."""

    quantity: Decimal = ZERO
    value: Decimal = ZERO


@dataclass(slots=True)
class EstimatorState:
    """`made`: the last weeks with an estimate, oldest first; `next_week`: whose deadline runs, "" none.

    `waiting`: what came since, by week whose estimate does not hold it yet; asked for in one go.
    `filed`: PF filing dates of the layers counted under a goods key, as long as there is stock under it.
    `ahead`: changes of rates that were said and are still to come.
    """

    zone: str
    account: str
    settings: EstimatesConfigured | None = None
    stock: dict[str, Stock] = field(default_factory=dict[str, Stock])
    made: list[str] = field(default_factory=list[str])
    next_week: str = ""
    waiting: dict[str, dict[str, Stock]] = field(default_factory=dict[str, dict[str, Stock]])
    filed: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    ahead: dict[str, RateChangeAhead] = field(default_factory=dict[str, RateChangeAhead])


def start(parts: tuple[str, ...]) -> EstimatorState:
    """estimates/<zone>/<account>."""
    return EstimatorState(zone=parts[1], account=parts[2])


def decide(state: EstimatorState, command: Any, _at: datetime) -> Sequence[Fact]:
    """Count in, count out, estimate when the week's deadline comes."""
    match command:
        case CountLayer():
            return _count_in(state, command)
        case RemovalsNoted():
            return _count_out(state, command)
        case LookAhead():
            return _look_ahead(state, command)
        case DeadlineSet():
            return _due(state, command)
        case _:
            raise TypeError(f"an estimator does not take {type(command).__name__}")


def _count_in(state: EstimatorState, command: CountLayer) -> Sequence[Fact]:
    layer, settings = command.layer, command.settings
    if layer.status not in ENTERABLE:
        return [Noted(why=f"status {layer.status} is not entered from the zone")]
    key = goods_key(layer)
    facts: list[Fact] = [] if state.settings == settings else [settings]
    week = _week_of(settings, command.now)
    weeks = sorted({week, *(made for made in state.made if made > week)})
    filed = layer.pf_filed_on or "" if layer.status == "P" else ""
    facts.append(_stocked(key, layer.quantity, layer.value, layer.layer, weeks=weeks, pf_filed_on=filed))
    if command.ahead:
        before = state.stock.get(key, Stock())
        stock = OnHand(before.quantity + layer.quantity, before.value + layer.value)
        on_hand = {ahead.goods: stock for ahead in command.ahead}
        facts.extend(rate_change.said(command.ahead, state.ahead, on_hand, settings.timezone))
    facts.extend(
        DeadlineSet(
            name=BUNDLE, due_at=instant_text(command.now + BUNDLE_WAITS), subject=open_week, citation=CITATION
        )
        for open_week in weeks
        if open_week not in state.waiting
    )
    if not state.next_week:
        following = date.fromisoformat(weeks[-1]) + WEEK
        facts.append(_deadline(settings, following))
    return facts


def _week_of(settings: EstimatesConfigured, now: datetime) -> str:
    return week_start(PortCalendar.of(settings.timezone).local_date(now), settings.week_starts).isoformat()


def _count_out(state: EstimatorState, removals: RemovalsNoted) -> Sequence[Fact]:
    if not removals.lines:
        return [Noted(why="nothing left")]
    facts: list[Fact] = []
    left: dict[str, Decimal] = {}
    for line in removals.lines:
        key = goods_key(line)
        facts.append(_stocked(key, -line.quantity, -line.value, removals.reference))
        left[key] = left.get(key, state.stock.get(key, Stock()).quantity) - line.quantity
    if state.ahead and (out := [h for key, quantity in left.items() if not quantity for h in _held(key)]):
        facts.extend(rate_change.gone(state.ahead, out))
    return facts


def _look_ahead(state: EstimatorState, command: LookAhead) -> Sequence[Fact]:
    """A revision or a set of measures was loaded: what changes for goods on hand, and what no longer does."""
    if state.settings is None:
        return [Noted(why="nothing was ever on hand")]
    on_hand = {
        held: OnHand(stock.quantity, stock.value)
        for key, stock in state.stock.items()
        for held in _held(key, state.filed.get(key, ()))
    }
    facts = [
        *rate_change.unsaid(command, state.ahead),
        *rate_change.said(command.found, state.ahead, on_hand, state.settings.timezone),
    ]
    return facts or [Noted(why="no rate changes for goods on hand that was not said")]


def held(state: EstimatorState) -> list[Held]:
    """Goods on hand, apart by what decides their rate."""
    return [h for key in sorted(state.stock) for h in _held(key, state.filed.get(key, ()))]


def _held(key: str, filed: Sequence[str] = ()) -> list[Held]:
    number, status, origin, unit = key_parts(key)
    return [Held(number, status, origin, unit, on) for on in (filed or ("",))]


def _bundled(state: EstimatorState, week: str) -> Sequence[Fact]:
    """What came in one go is asked for in one filing: each has a number and a fee of its own."""
    settings = state.settings
    if settings is None or week not in state.waiting:
        return [Noted(why="nothing waits for that week's estimate")]
    if week in state.made:
        lines = _lines(state.waiting[week])
        found = _proposal(state, settings, week, lines, supplement=True)
    else:
        found = _proposal(state, settings, week, _lines(state.stock), supplement=False)
    # Taken back before anything was asked for: nothing is, and nothing waits any more.
    return found or [EstimateMade(week=week, supplement=week in state.made, lines=[])]


def _due(state: EstimatorState, deadline: DeadlineSet) -> Sequence[Fact]:
    settings = state.settings
    if deadline.name == BUNDLE:
        return _bundled(state, deadline.subject)
    if deadline.name == RATE_CHANGE:
        come = rate_change.come(state.ahead, deadline.subject)
        return come or [Noted(why="that rate change was taken back")]
    if deadline.subject != state.next_week or settings is None:
        return [Noted(why="not the deadline that runs")]
    lines = _lines(state.stock)
    if not lines:
        return [EstimateMade(week=deadline.subject, supplement=False, lines=[])]
    facts: list[Fact] = []
    if deadline.subject not in state.made:
        facts.extend(_proposal(state, settings, deadline.subject, lines, supplement=False))
    facts.append(_deadline(settings, date.fromisoformat(deadline.subject) + WEEK))
    return facts


def _proposal(
    state: EstimatorState,
    settings: EstimatesConfigured,
    week: str,
    lines: Sequence[EstimateLine],
    *,
    supplement: bool,
) -> list[Fact]:
    """The estimate in filings of at most 999 lines; those after the first supplement it."""
    facts: list[Fact] = []
    for first in range(0, len(lines), LINES_MAX):
        part = list(lines[first : first + LINES_MAX])
        more = supplement or first > 0
        facts.append(EstimateMade(week=week, supplement=more, lines=part))
        facts.append(
            EstimateProposed(
                to=entry_stream(state.zone, state.account, week),
                account=state.account,
                lines=part,
                supplement=more,
                basis=ADDED if supplement else ON_HAND,
                port=settings.port,
                firms=settings.firms,
                filer=settings.filer,
                importer_of_record=settings.importer_of_record,
                timezone=settings.timezone,
                week_starts=settings.week_starts,
                compile_grace_days=settings.compile_grace_days,
                closures=settings.closures,
                summary_clock=settings.summary_clock,
                zone_id=settings.zone_id,
                importer_ior=settings.importer_ior,
            )
        )
    return facts


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
    pf_filed_on: str = "",
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
        pf_filed_on=pf_filed_on,
    )


def _lines(stock: dict[str, Stock]) -> list[EstimateLine]:
    return [_line(key, stock[key]) for key in sorted(stock) if stock[key].quantity > 0]


def _line(key: str, stock: Stock) -> EstimateLine:
    number, status, origin, unit = key_parts(key)
    return EstimateLine(
        number=number, status=status, origin=origin, unit=unit, quantity=stock.quantity, value=stock.value
    )


def evolve(state: EstimatorState, fact: Fact) -> EstimatorState:
    """Remember settings, stock, weeks estimated and the deadline that runs."""
    match fact:
        case EstimatesConfigured():
            state.settings = fact
        case StockEstimated():
            stock = state.stock.setdefault(fact.cover, Stock())
            stock.quantity += fact.quantity
            stock.value += fact.value
            if fact.pf_filed_on:
                state.filed[fact.cover] = sorted({*state.filed.get(fact.cover, ()), fact.pf_filed_on})
            if not stock.quantity and not stock.value:
                del state.stock[fact.cover]
                state.filed.pop(fact.cover, None)
            for week in fact.weeks:
                waiting = state.waiting.setdefault(week, {}).setdefault(fact.cover, Stock())
                waiting.quantity += fact.quantity
                waiting.value += fact.value
        case EstimateMade():
            weekly = fact.week == state.next_week
            if fact.week not in state.made and (fact.lines or weekly):
                state.made = sorted([*state.made, fact.week])[-4:]
            if not fact.lines and weekly:
                state.next_week = ""  # nothing on hand: the next layer starts the clock again
            state.waiting.pop(fact.week, None)
        case RateChangeAhead():
            state.ahead[fact.change] = fact
        case RateChangeEnded():
            state.ahead.pop(fact.change, None)
        case DeadlineSet(name="estimate"):
            state.next_week = fact.subject
        case _:
            pass
    return state
