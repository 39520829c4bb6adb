"""What the estimator of an account remembers: stock, history, orders, what was asked for."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from ftz_common.contracts.common import ClockStopped, DeadlineSet
from ftz_common.contracts.duty import EstimateLine, EstimateMade, EstimatesConfigured, StockEstimated
from ftz_common.contracts.estimating import DemandCounted, EstimateDrafted, EstimateReason, WeekCounted
from ftz_common.contracts.fact import Fact
from ftz_common.contracts.rates import RateChangeAhead, RateChangeEnded
from ftz_common.values.calendar import PortCalendar, week_start
from ftz_common.values.exact import ZERO
from ftz_duty.domain.goods_key import goods_key, key_parts

ESTIMATE = "estimate"
#: What comes together is asked for together, whatever the order in which processes hear of it: every filing
#: has a number and a fee of its own.
BUNDLE = "estimate-bundle"
BUNDLE_WAITS = timedelta(minutes=1)
CITATION = "19 CFR 146.63(c)(1); 19 USC 1484(i)"
WEEK = timedelta(days=7)
#: Weeks whose estimates can still be added to, and whose drafts can still be confirmed.
WEEKS_OPEN = 4
#: Compiled weeks that are kept.
WEEKS_KEPT = 52


@dataclass(slots=True)
class Stock:
    """On hand: quantity in the unit of its goods key, dutiable value in USD. `uins`: admitted as."""

    quantity: Decimal = ZERO
    value: Decimal = ZERO
    since: str = ""  #: week in which these goods first came
    uins: list[str] = field(default_factory=list[str])


@dataclass(slots=True)
class Wanted:
    """What one reservation wants of a UIN in a week."""

    week: str
    uin: str
    quantity: Decimal


@dataclass(slots=True)
class Draft:
    """A reckoned estimate. `open`: a person has not confirmed it yet."""

    number: int
    supplement: bool
    basis: str
    open: bool
    reasons: list[EstimateReason]


@dataclass(slots=True)
class EstimatorState:
    """`made`: the last weeks with an estimate, oldest first; `next_week`: whose deadline runs, "" none.

    `waiting`: what came since, by week whose estimate does not hold it yet; asked for in one go.
    `filed`: PF filing dates of the layers counted under a goods key, as long as there is stock under it.
    `ahead`: changes of rates that were said and are still to come.
    `asked` and `drafts` by week; `history`: what compiled weeks removed, by goods key.
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
    history: dict[str, dict[str, Decimal]] = field(default_factory=dict[str, dict[str, Decimal]])
    wanted: dict[str, Wanted] = field(default_factory=dict[str, Wanted])
    asked: dict[str, dict[str, Decimal]] = field(default_factory=dict[str, dict[str, Decimal]])
    drafts: dict[str, Draft] = field(default_factory=dict[str, Draft])


def start(parts: tuple[str, ...]) -> EstimatorState:
    """estimates/<zone>/<account>."""
    return EstimatorState(zone=parts[1], account=parts[2])


def week_of(settings: EstimatesConfigured, now: datetime) -> str:
    """The local week that runs."""
    return week_start(PortCalendar.of(settings.timezone).local_date(now), settings.week_starts).isoformat()


def estimate_line(key: str, quantity: Decimal, value: Decimal) -> EstimateLine:
    """A line of these goods."""
    number, status, origin, unit = key_parts(key)
    return EstimateLine(
        number=number, status=status, origin=origin, unit=unit, quantity=quantity, value=value
    )


def evolve(state: EstimatorState, fact: Fact) -> EstimatorState:
    """Remember settings, stock, weeks estimated and the deadline that runs."""
    match fact:
        case EstimatesConfigured():
            state.settings = fact
        case StockEstimated():
            _stocked(state, fact)
        case EstimateMade():
            _made(state, fact)
        case DeadlineSet(name="estimate"):
            state.next_week = fact.subject
        case WeekCounted():
            removed = state.history.setdefault(fact.week, {})
            removed.update({goods_key(line): line.quantity for line in fact.removed})
            for old in sorted(state.history)[:-WEEKS_KEPT]:
                del state.history[old]
        case DemandCounted():
            known = state.wanted.setdefault(fact.reference, Wanted(fact.week, fact.uin, ZERO))
            known.quantity += fact.quantity
            for week in fact.again:
                state.waiting.setdefault(week, {})
        case RateChangeAhead():
            state.ahead[fact.change] = fact
        case RateChangeEnded():
            state.ahead.pop(fact.change, None)
        case _:
            _draft(state, fact)
    return state


def _draft(state: EstimatorState, fact: Fact) -> None:
    match fact:
        case EstimateDrafted():
            _drafted(state, fact)
        case ClockStopped(name="estimate-confirmation", subject=week) if week in state.drafts:
            state.drafts[week].open = False
        case _:
            pass


def _stocked(state: EstimatorState, fact: StockEstimated) -> None:
    stock = state.stock.setdefault(fact.cover, Stock())
    stock.quantity += fact.quantity
    stock.value += fact.value
    if fact.weeks and not stock.since:
        stock.since = min(fact.weeks)
    if fact.uin and fact.uin not in stock.uins:
        stock.uins.append(fact.uin)
    if fact.pf_filed_on:
        state.filed[fact.cover] = sorted({*state.filed.get(fact.cover, ()), fact.pf_filed_on})
    if not stock.quantity and not stock.value:
        del state.stock[fact.cover]
        state.filed.pop(fact.cover, None)
    for week in fact.weeks:
        waiting = state.waiting.setdefault(week, {}).setdefault(fact.cover, Stock())
        waiting.quantity += fact.quantity
        waiting.value += fact.value


def _made(state: EstimatorState, fact: EstimateMade) -> None:
    weekly = fact.week == state.next_week
    if fact.week not in state.made and (fact.lines or weekly):
        state.made = sorted([*state.made, fact.week])[-WEEKS_OPEN:]
    if not fact.lines and weekly:
        state.next_week = ""  # nothing on hand: the next layer starts the clock again
    state.waiting.pop(fact.week, None)
    asked = state.asked.setdefault(fact.week, {})
    for line in fact.lines:
        key = goods_key(line)
        asked[key] = asked.get(key, ZERO) + line.quantity
    if fact.week in state.drafts:
        state.drafts[fact.week].open = False
    _forget(state, fact.week)


def _drafted(state: EstimatorState, fact: EstimateDrafted) -> None:
    known = state.drafts.get(fact.week)
    if known is not None and fact.part > 1:
        known.reasons.extend(fact.reasons)
    else:
        waits = fact.confirm == "person"
        state.drafts[fact.week] = Draft(fact.draft, fact.supplement, fact.basis, waits, list(fact.reasons))
    state.waiting.pop(fact.week, None)


def _forget(state: EstimatorState, week: str) -> None:
    """What no estimate will look at again."""
    oldest = (date.fromisoformat(week) - WEEKS_OPEN * WEEK).isoformat()
    for by_week in (state.asked, state.drafts):
        for old in [each for each in by_week if each < oldest]:
            del by_week[old]
    for reference in [r for r, wanted in state.wanted.items() if wanted.week < oldest]:
        del state.wanted[reference]
