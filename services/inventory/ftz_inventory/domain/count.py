"""A count: planned, taken in parts, held against the book, and each difference judged and settled."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

import msgspec

from ftz_common.contracts.common import Noted
from ftz_common.contracts.counts import (
    CountCompared,
    CountedGoods,
    CountKind,
    CountPlanned,
    Difference,
    DifferenceJudged,
    DifferencePriced,
    DifferenceSettled,
    GoodsCounted,
    GoodsDiffer,
)
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.values.exact import plain
from ftz_common.values.names import derived_id, stream_name
from ftz_inventory.domain.reconciling import shortage

#: 19 CFR 146.53(a)(3): one percent of the quantity, and duties and taxes of $100.
SHARE, DUTY = Decimal("0.01"), Decimal(100)


@dataclass(frozen=True, slots=True)
class PlanCount:
    """A count on a day."""

    planned: CountPlanned


@dataclass(frozen=True, slots=True)
class RecordCount:
    """A part of a count."""

    counted: GoodsCounted


@dataclass(frozen=True, slots=True)
class CompareCount:
    """Count and book, held against each other; differences in numbered parts, the summary in the last."""

    zone: str
    account: str
    found_on: str
    differences: tuple[Difference, ...]
    compared: CountCompared | None


@dataclass(frozen=True, slots=True)
class SettleDifference:
    """What became of a difference."""

    settled: DifferenceSettled


Command = PlanCount | RecordCount | CompareCount | SettleDifference | DifferencePriced


@dataclass(slots=True)
class Found:
    """A difference."""

    uin: str
    share: Decimal
    line: Difference
    duty: Decimal | None = None
    report: bool = False
    judged: bool = False
    settled: str = ""


@dataclass(slots=True)
class Count:
    """A count and what came of it."""

    stream: str
    zone: str
    account: str
    number: str
    kind: CountKind = "spot"
    planned: CountPlanned | None = None
    through: str = ""
    complete: bool = False
    of: int = 0
    parts: dict[int, str] = field(default_factory=dict[int, str])  #: digests
    lines: list[CountedGoods] = field(default_factory=list[CountedGoods])
    compared: CountCompared | None = None
    differences: dict[str, Found] = field(default_factory=dict[str, Found])

    @property
    def is_whole(self) -> bool:
        """Every part is here."""
        return self.of > 0 and len(self.parts) == self.of


def start(parts: tuple[str, ...]) -> Count:
    """("count", zone, account, id)."""
    _, zone, account, number = parts
    return Count(stream_name(*parts), zone, account, number)


def decide(count: Count, command: Command, _at: datetime) -> Sequence[Fact] | Refusal:
    """Nothing of a count is ever changed: who counts again makes another count."""
    match command:
        case PlanCount(planned=planned):
            return _plan(count, planned)
        case RecordCount():
            return _record(count, command)
        case CompareCount():
            return _compare(count, command)
        case DifferencePriced():
            return _judge(count, command)
        case SettleDifference(settled=settled):
            return _settle(count, settled)


def _plan(count: Count, planned: CountPlanned) -> Sequence[Fact] | Refusal:
    if count.planned is not None:
        if count.planned == planned:
            return [Noted(why=f"count {count.number} is planned already")]
        return _no(
            "count-differs", f"count {count.number} was planned otherwise", "Plan another count.", "count"
        )
    if planned.kind == "annual" and not planned.told_cbp_on:
        return _no(
            "cbp-not-told",
            "CBP is told of the annual inventory before it is taken, and no day is named",
            "Tell the port director the date, and send told_cbp_on.",
            "told_cbp_on",
        )
    if planned.told_cbp_on and planned.told_cbp_on > planned.on:
        return _no(
            "cbp-told-late",
            f"CBP was told on {planned.told_cbp_on}, after the count of {planned.on}",
            "Plan the count for a day after CBP was told.",
            "told_cbp_on",
        )
    return [planned]


def _no(code: str, reason: str, remedy: str, place: str) -> Refusal:
    return Refusal(code=code, reason=reason, citation="19 CFR 146.23(c)", remedy=remedy, place=place)


def _digest(counted: GoodsCounted) -> str:
    return sha256(msgspec.json.encode(counted)).hexdigest()


def _record(count: Count, command: RecordCount) -> Sequence[Fact] | Refusal:
    counted = command.counted
    if known := count.parts.get(counted.part):
        if known == _digest(counted):
            return [Noted(why=f"part {counted.part} of count {count.number} is here already")]
        return _no(
            "count-differs",
            f"part {counted.part} of count {count.number} was sent before with other figures",
            "Send what was counted again as a count of its own.",
            "part",
        )
    if count.parts and (count.through, count.of) != (counted.through, counted.of):
        return _no(
            "count-differs",
            f"the other parts of count {count.number} are of {count.through}, {count.of} in all",
            "Send all parts with the same `through` and the same number of parts.",
            "through",
        )
    for place, line in enumerate(counted.lines):
        if line.quantity < 0:
            why = f"{plain(line.quantity)} {line.unit} of {line.uin} cannot be counted"
            return _no(
                "quantity-out-of-range", why, "Send what is there, at least 0.", f"lines[{place}].quantity"
            )
    return [counted]


def _compare(count: Count, command: CompareCount) -> Sequence[Fact]:
    if count.compared is not None:
        return [Noted(why=f"count {count.number} was compared already")]
    facts: list[Fact] = [
        GoodsDiffer(
            difference=derived_id("difference", count.stream, line.uin, line.unit),
            count=count.stream,
            zone=command.zone,
            account=command.account,
            found_on=command.found_on,
            share=shortage(line),
            line=line,
        )
        for line in command.differences
        if derived_id("difference", count.stream, line.uin, line.unit) not in count.differences
    ]
    if command.compared is not None:
        facts.append(command.compared)
    return facts or [Noted(why="nothing differs in this part")]


def _judge(count: Count, priced: DifferencePriced) -> Sequence[Fact]:
    found = count.differences.get(priced.difference)
    if found is None or found.judged:
        return [Noted(why=f"difference {priced.difference} is judged already, or is not of this count")]
    report, why = judged(found.share, priced.duty, priced.not_priced)
    return [
        DifferenceJudged(
            difference=priced.difference,
            uin=found.uin,
            report=report,
            share=found.share,
            duty=priced.duty,
            why=why,
        )
    ]


def judged(part: Decimal, duty: Decimal | None, not_priced: str = "") -> tuple[bool, str]:
    """Whether a shortage is to be reported at once, and why (19 CFR 146.53(a)(3)).

    One percent or more of the quantity, and duty of $100 or more; what cannot be priced may be.
    """
    percent = f"{plain(part * 100)} % of the quantity"
    if part < SHARE:
        return False, f"{percent} is less than 1 %"
    if duty is None:
        return True, f"{percent}; its duty could not be priced ({not_priced}): it may be $100 or more"
    if duty < DUTY:
        return False, f"{percent}, but duty of ${plain(duty)} is less than $100"
    return True, f"{percent} and duty of ${plain(duty)}"


def _settle(count: Count, settled: DifferenceSettled) -> Sequence[Fact] | Refusal:
    found = count.differences.get(settled.difference)
    if found is None or not settled.reference:
        return Refusal(
            code="difference-unknown" if found is None else "field-missing",
            reason=f"no difference {settled.difference} in count {count.number}"
            if found is None
            else "no paper or record is named",
            citation="19 CFR 146.53(a)",
            remedy="Name the difference and the adjustment, overage, report or recount that settles it.",
            place="difference" if found is None else "reference",
        )
    if found.settled:
        return [Noted(why=f"difference {settled.difference} was settled: {found.settled}")]
    return [settled]


def evolve(count: Count, fact: Any) -> Count:
    """The count after a fact."""
    match fact:
        case CountPlanned():
            count.planned, count.kind = fact, fact.kind
        case GoodsCounted():
            count.kind, count.through, count.complete = fact.kind, fact.through, fact.complete
            count.of = fact.of
            count.parts[fact.part] = _digest(fact)
            count.lines.extend(fact.lines)
        case GoodsDiffer():
            count.differences[fact.difference] = Found(fact.line.uin, fact.share, fact.line)
        case CountCompared():
            count.compared = fact
            count.lines = []
        case DifferenceJudged():
            found = count.differences[fact.difference]
            found.duty, found.report, found.judged = fact.duty, fact.report, True
        case DifferenceSettled():
            count.differences[fact.difference].settled = f"{fact.how} {fact.reference}"
        case _:
            pass
    return count
