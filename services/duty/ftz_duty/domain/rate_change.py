"""Rates that will change for goods on hand, from what is loaded today.

Non-privileged goods take the number and rate of their entry (19 CFR 146.65(a)(2)), so each coming revision of
the schedule may change what they owe; privileged goods keep those of their filing date (146.65(a)(1)), and
only a measure whose own clause looks at the entry date can. A change is known as soon as what causes it is
loaded; nothing is said of days that have begun.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from ftz_common.contracts.common import DeadlineSet
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.fact import Fact
from ftz_common.contracts.rates import RateChangeAhead, RateChangeEnded
from ftz_common.values.calendar import PortCalendar
from ftz_common.values.names import stream_name
from ftz_duty.domain.goods import Quantity
from ftz_duty.domain.measure_book import KnownSet
from ftz_duty.domain.pricing import StatedRate, price
from ftz_duty.domain.rate_text import Unread, read_rate
from ftz_duty.domain.stack import stacked
from ftz_duty.domain.tariff import TariffBook

RATE_CHANGE = "rate-change"
CITATION = "19 CFR 146.65(a)"
_DAY = timedelta(days=1)
#: Answers of a measure that change what goods owe, or whether anybody can say it.
_COUNT = frozenset({"applies", "blocked", "unknown"})


@dataclass(frozen=True, slots=True)
class Held:
    """Goods on hand that owe by the same terms. `pf_filed_on`: "" for non-privileged ones."""

    number: str
    status: str
    origin: str
    unit: str
    pf_filed_on: str = ""


@dataclass(frozen=True, slots=True)
class Ahead:
    """Terms of goods on the day before `on`, and from then on."""

    goods: Held
    on: str
    was: StatedRate
    becomes: StatedRate

    @property
    def change(self) -> str:
        """What it is called."""
        goods = self.goods
        return stream_name(goods.number, goods.status, goods.origin, goods.unit, goods.pf_filed_on, self.on)


@dataclass(frozen=True, slots=True)
class LookAhead:
    """Every change that what is loaded now brings for the goods on hand; what is not in it is none."""

    found: tuple[Ahead, ...]


@dataclass(frozen=True, slots=True)
class OnHand:
    """How much of them, and their dutiable value in USD."""

    quantity: Decimal
    value: Decimal


def days_of_change(tariff: TariffBook, sets: Iterable[KnownSet], goods: Held, after: date) -> list[str]:
    """Days after `after` (ISO) on which a revision begins, or a measure that may meet these goods begins or
    ends.
    """
    days: set[str] = set()
    if goods.status != "P":
        days.update(revision.effective_from.isoformat() for revision in tariff.revisions)
    for known in sets:
        for measure in known.measures.meeting(goods.number, goods.origin):
            for scope in (measure.scope, *(spared.scope for spared in measure.exemptions)):
                days.add(scope.first)
                if scope.last:
                    days.add((date.fromisoformat(scope.last) + _DAY).isoformat())
    return sorted(day for day in days if day > after.isoformat())


def differ(was: StatedRate, becomes: StatedRate) -> bool:
    """Whether the terms differ; the same rate in other words is no change, nor is another reason for none."""
    return (_column(was), _measures(was)) != (_column(becomes), _measures(becomes))


def _column(stated: StatedRate) -> object:
    if stated.missing:
        return None
    read = read_rate(stated.rate_text)
    return stated.rate_text if isinstance(read, Unread) else read


def _measures(stated: StatedRate) -> frozenset[tuple[str, str, str]]:
    plan = stated.plan
    found = plan.measures if plan else ()
    return frozenset((p.measure.id, p.measure.rate_text, p.result) for p in found if p.result in _COUNT)


def in_words(stated: StatedRate) -> str:
    """The terms for a person: `9.8%; section 301 China 9903.88.03 25%`."""
    plan = stated.plan
    added = [
        f"{p.measure.programme} {p.measure.heading} {p.measure.rate_text or 'terms not in the set'}"
        + ("" if p.result == "applies" else f" ({p.result}: {p.why})")
        for p in (plan.measures if plan else ())
        if p.result in _COUNT
    ]
    return "; ".join([stated.missing or stated.rate_text, *added])


# ---- what an estimator says ---------------------------------------------------------------------


def said(
    found: Iterable[Ahead], known: Mapping[str, RateChangeAhead], on_hand: Mapping[Held, OnHand], zone: str
) -> list[Fact]:
    """Changes that are new for goods on hand, each with the clock of its day. `zone`: its timezone."""
    facts: list[Fact] = []
    for ahead in found:
        stock = on_hand.get(ahead.goods)
        if stock is None:
            continue
        fact = _fact(ahead, stock, zone)
        before = known.get(fact.change)
        if before is not None and (before.was, before.becomes) == (fact.was, fact.becomes):
            continue
        facts.append(fact)
        if before is None:
            facts.append(
                DeadlineSet(name=RATE_CHANGE, due_at=fact.at, subject=fact.change, citation=CITATION)
            )
    return facts


def unsaid(command: LookAhead, known: Mapping[str, RateChangeAhead]) -> list[Fact]:
    """Changes that what is loaded now no longer brings."""
    still = {ahead.change for ahead in command.found}
    how = "what is loaded now no longer says so"
    return [RateChangeEnded(change=change, how=how) for change in known if change not in still]


def gone(known: Mapping[str, RateChangeAhead], left: Sequence[Held]) -> list[Fact]:
    """Of goods that are not on hand any more, no rate changes."""
    wanted = {(g.number, g.status, g.origin, g.unit) for g in left}
    return [
        RateChangeEnded(change=change, how="none of these goods is on hand any more")
        for change, fact in known.items()
        if (fact.number, fact.status, fact.origin, fact.unit) in wanted
    ]


def come(known: Mapping[str, RateChangeAhead], change: str) -> list[Fact]:
    """The day is here."""
    fact = known.get(change)
    return [RateChangeEnded(change=change, how=f"in force since {fact.on}: {fact.becomes}")] if fact else []


def _fact(ahead: Ahead, stock: OnHand, zone: str) -> RateChangeAhead:
    goods = ahead.goods
    begins: datetime = PortCalendar.of(zone).instant(date.fromisoformat(ahead.on))
    return RateChangeAhead(
        change=ahead.change,
        number=goods.number,
        status=goods.status,
        origin=goods.origin,
        pf_filed_on=goods.pf_filed_on,
        on=ahead.on,
        at=instant_text(begins),
        was=in_words(ahead.was),
        becomes=in_words(ahead.becomes),
        by=_by(ahead),
        quantity=stock.quantity,
        unit=goods.unit,
        value=stock.value,
        duty_was=_owed(ahead.was, goods.unit, stock),
        duty_becomes=_owed(ahead.becomes, goods.unit, stock),
    )


def _by(ahead: Ahead) -> str:
    if _column(ahead.was) != _column(ahead.becomes):
        return ahead.becomes.revision
    return ", ".join(ahead.becomes.plan.sets) if ahead.becomes.plan else ahead.becomes.revision


def _owed(stated: StatedRate, unit: str, stock: OnHand) -> Decimal | None:
    quantities = [Quantity(stock.quantity, unit)]
    base = price(stated, stock.value, quantities)
    return stacked(base, stated.plan, stock.value, quantities).price.stored
