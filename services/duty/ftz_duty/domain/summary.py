"""The entry summary: groups and rates become lines, lines become totals. Pure arithmetic.

Whole-dollar value and cents are made once per line and component, half-up, then summed; the fee is clamped
once per entry (19 CFR 24.23(b)(1)). What was not evaluated is named line by line.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ftz_common.contracts.duty import EntryLine, MeasuredQuantity, PriceWanted
from ftz_common.values.exact import PLACES_MAX, ZERO, rounded, to_dollars
from ftz_duty.domain.entry_state import Group
from ftz_duty.domain.fees import MpfBounds, merchandise_processing_fee
from ftz_duty.domain.goods import Quantity
from ftz_duty.domain.measure_plan import Plan
from ftz_duty.domain.pricing import Price, StatedRate, price, unpriced
from ftz_duty.domain.stack import Stack, stacked
from ftz_duty.domain.withdrawal import RESTRICTED, UNFILED

_PLACE = Decimal(1).scaleb(-PLACES_MAX)

CHAPTER_99 = (
    "chapter 99 may add duty by number, origin and date (safeguards, section 232, section 301 and others);"
    " no measures are loaded"
)
#: Origins whose goods a programme meets by origin alone, with its headings.
BY_ORIGIN = {"CN": "section 301 on products of China (9903.88, 9903.91)"}

SPECIAL = "column 1 special: no preference was claimed or evaluated"


@dataclass(frozen=True, slots=True)
class Totals:
    """Of a summary, in USD. `duty` is of the lines that could be priced; `unpriced` counts the others."""

    entered_value: Decimal
    duty: Decimal
    mpf: Decimal
    unpriced: int

    @property
    def total(self) -> Decimal:
        """Duty and fee."""
        return self.duty + self.mpf


def rate_date(group: Group, entry_date: str) -> str:
    """The date whose rates count: PF the filing date, NPF the time of entry (19 CFR 146.65(a), 141.69)."""
    return group.pf_filed_on if group.status == "P" and group.pf_filed_on else entry_date


def wanted(groups: Iterable[Group], entry_date: str, entered: str = "") -> list[PriceWanted]:
    """The rates that the lines need, each once, sorted. `entered`: "" for the week's first entry."""
    keys = {(g.number, g.origin, rate_date(g, entry_date)) for g in groups}
    return [
        PriceWanted(number=number, origin=origin, on=on, entered=entered)
        for number, origin, on in sorted(keys)
    ]


def entry_lines(
    groups: Iterable[Group], rates: Iterable[StatedRate], entry_date: str, entered: str = ""
) -> list[EntryLine]:
    """The lines of the summary in the order of number, status, PF date, origin and unit."""
    stated = {(rate.number, rate.origin, rate.on): rate for rate in rates if rate.entered == entered}
    ordered = sorted(groups, key=lambda g: (g.number, g.status, g.pf_filed_on or "", g.origin, g.unit))
    return [_line(i, group, stated, entry_date) for i, group in enumerate(ordered, start=1)]


def _line(
    line: int, group: Group, stated: Mapping[tuple[str, str, str], StatedRate], entry_date: str
) -> EntryLine:
    rate = stated[group.number, group.origin, rate_date(group, entry_date)]
    value = to_dollars(group.value)
    base = _priced(group, rate, value)
    found = Stack(base) if base.components is None else stacked(base, rate.plan, value, _quantities(group))
    return EntryLine(
        line=line,
        number=group.number,
        status=group.status,
        pf_filed_on=group.pf_filed_on,
        origin=group.origin,
        unit=group.unit,
        quantity=group.quantity,
        entered_value=value,
        revision=rate.revision,
        rate_text=rate.rate_text,
        rate_from=rate.rate_from,
        column=rate.column,
        duty=found.price.cents,
        not_priced=found.price.not_priced,
        chapter_99=_chapter_99(group, rate.plan),
        measures=[
            MeasuredQuantity(unit=unit, quantity=rounded(amount, _PLACE)) for unit, amount in group.measured()
        ],
        stack=found.shown(cents=True),
        how=base.how,
        layers=len(group.layers),
    )


def _priced(group: Group, rate: StatedRate, value: Decimal) -> Price:
    if group.status == "Z":
        return unpriced(RESTRICTED)
    if group.status == "P" and not group.pf_filed_on:
        return unpriced(UNFILED)
    return price(rate, value, _quantities(group))


def _quantities(group: Group) -> list[Quantity]:
    return [
        Quantity(group.quantity, group.unit),
        *(Quantity(amount, unit) for unit, amount in group.measured()),
    ]


def _chapter_99(group: Group, plan: Plan | None) -> str:
    """What of additional duties this line leaves open; "" when everything was evaluated on confirmed data."""
    origin = group.origin
    if plan is None:
        named = BY_ORIGIN.get(origin)
        return f"origin {origin}: {named}; {CHAPTER_99}" if named else f"origin {origin}: {CHAPTER_99}"
    notes: list[str] = []
    for found in plan.measures:
        name = f"{found.measure.programme} ({found.measure.heading}, {found.measure.id})"
        if found.result == "unknown":
            notes.append(f"{name}: {found.why}")
        elif not found.confirmed:
            notes.append(f"{name}: nobody has confirmed its data against {found.measure.source}")
        if group.status == "N" and found.measure.pf_required and found.result == "applies":
            notes.append(f"{name} requires privileged foreign status; these goods are non-privileged")
    if group.status == "N":
        notes.extend(
            f"{name} begins or ends inside the week; reckoned at the time of entry (19 CFR 141.68, 141.69)"
            for name in plan.changing
        )
    if plan.incomplete:
        notes.append(plan.incomplete)
    return "; ".join(notes)


def totals(lines: Sequence[EntryLine], bounds: MpfBounds | None) -> Totals:
    """Sums of the lines; the fee on the whole entered value, none when nothing was entered."""
    value = sum((line.entered_value for line in lines), ZERO)
    duty = sum((line.duty for line in lines if line.duty is not None), Decimal("0.00"))
    mpf = merchandise_processing_fee(value, bounds) if lines and bounds is not None else Decimal("0.00")
    return Totals(value, duty, mpf, sum(line.duty is None for line in lines))


def covers(lines: Iterable[EntryLine], rates: Sequence[StatedRate], *, payable: bool) -> str:
    """What the statement covers, in words."""
    second = any(line.column == "column2" for line in lines)
    columns = "column 1 general, column 2" if second else "column 1 general"
    sets = measures_of(rates)
    if not sets:
        return f"{columns} and MPF only; additional duties not evaluated; not payable"
    said = f"{columns}, additional duties of {', '.join(sets)}, and MPF; no preference is claimed"
    return said if payable else f"{said}; not payable"


def measures_of(rates: Iterable[StatedRate]) -> list[str]:
    """The sets of measures that every one of these rates was looked up in; empty when one had none."""
    plans = [rate.plan for rate in rates]
    if not plans or any(plan is None for plan in plans):
        return []
    return sorted({name for plan in plans if plan is not None for name in plan.sets})


def open_measures(lines: Iterable[EntryLine]) -> list[str]:
    """What a person must decide or state before the lines have a duty, each with its line."""
    return [
        f"line {line.line} ({line.number} of {line.origin}): {entry.measure}, {entry.heading}: {entry.why}"
        for line in lines
        for entry in line.stack
        if entry.result == "blocked"
    ]


def not_evaluated(lines: Sequence[EntryLine], rates: Sequence[StatedRate]) -> list[str]:
    """Everything left out, each with the lines it concerns, one by one."""
    later = {(r.number, r.origin, r.on): r.later for r in rates if r.later}
    by_reason: dict[str, list[int]] = {}
    for line in lines:
        by_reason.setdefault(line.chapter_99, []).append(line.line)
        if line.not_priced:
            by_reason.setdefault(f"no duty figure: {line.not_priced}", []).append(line.line)
        if line.status == "N":
            for (number, origin, _), change in later.items():
                if (number, origin) == (line.number, line.origin):
                    by_reason.setdefault(
                        f"the rate changed inside the week ({change}); priced at the time of entry"
                        " (19 CFR 141.68, 141.69)",
                        [],
                    ).append(line.line)
    named = [f"{reason}: line {', '.join(map(str, at))}" for reason, at in by_reason.items() if reason]
    # With measures loaded the statement says that no preference is claimed: the full column is then owed.
    general = [SPECIAL] if lines and not measures_of(rates) else []
    return [*named, *general]
