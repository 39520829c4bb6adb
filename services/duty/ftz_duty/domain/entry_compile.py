"""The summary of a weekly entry, made once: actual removals, final rates, one fee.

Source: 19 CFR 146.62(a), 146.63(c)(1), 146.65, 24.23(b)(1).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from msgspec.structs import replace

from ftz_common.contracts.common import DeadlineSet, Noted
from ftz_common.contracts.duty import (
    CompilationWaits,
    EntryCompiled,
    EntryDocument,
    EntryLine,
    EntryLinesCompiled,
    EntryOpened,
    EstimateLine,
    RemovalsNoted,
)
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.values.calendar import PortCalendar, fiscal_year
from ftz_common.values.exact import ZERO
from ftz_duty.domain.entry_agreement import NAMED_MAX, News, standing
from ftz_duty.domain.entry_definite import is_definite
from ftz_duty.domain.entry_documents import Document, documents
from ftz_duty.domain.entry_filing import next_attempt
from ftz_duty.domain.entry_forms import summary_filing
from ftz_duty.domain.entry_state import EntryState
from ftz_duty.domain.estimate_proposal import LINES_MAX
from ftz_duty.domain.fees import MpfBounds, bounds_of
from ftz_duty.domain.goods_key import ENTERABLE, entry_stream, estimator_stream, key_parts
from ftz_duty.domain.pricing import StatedRate
from ftz_duty.domain.summary import Totals, covers, entry_lines, not_evaluated, open_measures, totals

COMPILE_AGAIN = "compile-again"

#: An entry summary follows within ten business days (19 CFR 146.62(a)); for a week, counted from its end.
SUMMARY_WORKING_DAYS = 10
SUMMARY_CITATION = "19 CFR 146.62(a)"

#: Lines in one `EntryLinesCompiled`, so that each stays well under the size of an event.
PART_LINES = 250


@dataclass(frozen=True, slots=True)
class Compile:
    """The rates that `PricesRequested` asked for. `revision`: in force on the entry date."""

    round: int
    revision: str
    rates: tuple[StatedRate, ...]


def compiled(state: EntryState, command: Compile, at: datetime) -> Sequence[Fact]:
    """The tariff answered: compile, unless something changed since it was asked."""
    opened = state.opened
    if opened is None or state.compiled is not None or not state.asked or command.round != state.round:
        return [Noted(why="these prices were asked for an earlier state of the entry")]
    found = standing(state, opened, News())
    if found.differences:
        return [waits(state, found.differences)]
    missing = sorted({rate.on for rate in command.rates if not rate.revision})
    if missing:
        days = ", ".join(missing)
        why = f"no tariff revision in force on {days} is known (19 CFR 141.69): import it (ftz tariff import)"
        return [waits(state, [why]), ask_again(opened, at)]
    lines = [line for part in statements(state, command, found.entry_date) for line in part.lines]
    if undecided := open_measures(lines):
        return [waits(state, undecided[:NAMED_MAX]), ask_again(opened, at)]
    return summary_facts(state, opened, command, found.entry_date, at)


def summary_facts(
    state: EntryState, opened: EntryOpened, command: Compile, on: str, at: datetime
) -> list[Fact]:
    """Lines in parts, the summary over them, its filing, and what the estimator need not count any more."""
    entries = statements(state, command, on)
    lines = [line for entry in entries for line in entry.lines]
    said = document_sums(entries)
    parts = [lines[first : first + PART_LINES] for first in range(0, len(lines), PART_LINES)]
    unpriced = sum(one.unpriced for one in said)
    duty = sum((one.duty for one in said), Decimal("0.00"))
    mpf = sum((one.mpf for one in said), Decimal("0.00"))
    left_out = not_evaluated(lines, command.rates)
    payable = bool(lines) and not left_out and not unpriced
    facts: list[Fact] = [EntryLinesCompiled(part=i, lines=part) for i, part in enumerate(parts, start=1)]
    facts.append(
        EntryCompiled(
            zone=state.zone,
            account=state.account,
            week=state.week,
            entry_number=said[0].entry_number if said else state.number,
            entry_date=on,
            fee_year=_fee_year(on),
            revision=command.revision,
            line_count=len(lines),
            parts=len(parts),
            entered_value=sum((one.entered_value for one in said), ZERO),
            duty=duty,
            unpriced=unpriced,
            mpf=mpf,
            total=duty + mpf,
            covers=covers(lines, command.rates, payable=payable),
            payable=payable,
            not_evaluated=left_out,
            summary_due_on=state.summary_due_on,
            not_filed=_not_filed_in_all(state, said),
            documents=said,
        )
    )
    filed = [(entry, one) for entry, one in zip(entries, said, strict=True) if not one.not_filed]
    facts.extend(
        summary_filing(opened, one.entry_number, attempt, entry.lines, at=at, document=one)
        for attempt, (entry, one) in enumerate(filed, start=next_attempt(state))
    )
    facts.extend(removals_noted(state, _left(state), entry_stream(state.zone, state.account, state.week)))
    return facts


@dataclass(frozen=True, slots=True)
class Statement:
    """An entry of the week with its lines, which are numbered through the whole week."""

    of: Document
    lines: list[EntryLine]


def statements(state: EntryState, command: Compile, on: str) -> list[Statement]:
    """The entries under which something left, each with its lines at the rates of its own date."""
    found: list[Statement] = []
    before = 0
    for document in documents(state, on):
        entered = "" if document.entry_date == on else document.entry_date
        lines = entry_lines(document.groups.values(), command.rates, document.entry_date, entered)
        if lines:
            numbered = [
                replace(line, line=line.line + before, entry_number=document.number) for line in lines
            ]
            found.append(Statement(document, numbered))
            before += len(lines)
    return found


def document_sums(entries: Sequence[Statement]) -> list[EntryDocument]:
    """The sums of each entry: its own fee within the bounds of its own fiscal year."""
    found: list[EntryDocument] = []
    for entry in entries:
        sums = totals(entry.lines, _bounds(entry.of.entry_date))
        found.append(
            EntryDocument(
                document=entry.of.document,
                entry_number=entry.of.number,
                entry_date=entry.of.entry_date,
                fee_year=_fee_year(entry.of.entry_date),
                first_line=entry.lines[0].line,
                line_count=len(entry.lines),
                entered_value=sums.entered_value,
                duty=sums.duty,
                unpriced=sums.unpriced,
                mpf=sums.mpf,
                not_filed=_not_filed(entry.lines, sums),
            )
        )
    return found


def _not_filed_in_all(state: EntryState, documents: Sequence[EntryDocument]) -> str:
    if not documents and is_definite(state.week):
        return "nothing was removed, and no entry stands (19 CFR 146.71(d)(1))"
    if not documents:
        return "nothing was removed: the estimate was never entered (19 CFR 146.63(c)(1))"
    unfiled = [d for d in documents if d.not_filed]
    if len(documents) == 1:
        return documents[0].not_filed
    return "; ".join(f"{d.entry_number}: {d.not_filed}" for d in unfiled)


def _fee_year(on: str) -> int:
    bounds = _bounds(on)
    return bounds.fiscal_year if bounds else 0


def _bounds(on: str) -> MpfBounds | None:
    if not on:
        return None
    bounds = bounds_of(fiscal_year(date.fromisoformat(on)))
    return None if isinstance(bounds, Refusal) else bounds


def _not_filed(lines: Sequence[EntryLine], sums: Totals) -> str:
    if sums.unpriced:
        which = ", ".join(str(line.line) for line in lines if line.duty is None)
        return f"line {which} has no duty figure: a person must supply it"
    if len(lines) > LINES_MAX:
        return f"{len(lines)} lines: an entry summary holds {LINES_MAX} (CATAIR AE record 40)"
    return ""


def _left(state: EntryState) -> list[EstimateLine]:
    lines: list[EstimateLine] = []
    for key in sorted(state.held):
        number, status, origin, unit = key_parts(key)
        held = state.held[key]
        if status in ENTERABLE and held.quantity:
            lines.append(
                EstimateLine(
                    number=number,
                    status=status,
                    origin=origin,
                    unit=unit,
                    quantity=held.quantity,
                    value=held.value,
                )
            )
    return lines


def removals_noted(state: EntryState, lines: list[EstimateLine], reference: str) -> list[Fact]:
    """Tell the estimator what need not be estimated any more, in facts of bounded size."""
    to = estimator_stream(state.zone, state.account)
    return [
        RemovalsNoted(to=to, reference=reference, lines=lines[first : first + LINES_MAX])
        for first in range(0, max(1, len(lines)), LINES_MAX)
    ]


def waits(state: EntryState, differences: list[str]) -> CompilationWaits:
    """It is not compiled, and why."""
    return CompilationWaits(differences=differences, summary_due_on=state.summary_due_on)


def ask_again(opened: EntryOpened, at: datetime) -> DeadlineSet:
    """The next working morning: an operator may have brought by then what is missing."""
    calendar = PortCalendar.of(opened.timezone, map(date.fromisoformat, opened.closures))
    day = calendar.add_working_days(calendar.local_date(at), 1)
    return DeadlineSet(
        name=COMPILE_AGAIN,
        due_at=instant_text(calendar.instant(day, 6)),
        subject=opened.week,
        citation=SUMMARY_CITATION,
    )
