"""The entry worksheet: the lines of a compiled weekly entry with duty and MPF, and what it covers.

19 CFR 146.63(c), 146.65; fees 19 CFR 24.23. An entry that is not compiled has a worksheet without lines
that says where it stands.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from ftz_common.contracts.duty import (
    EntryCompiled,
    EntryCorrectionNeeded,
    EntryLine,
    EntryLinesCompiled,
    EntryLineTaken,
    EntryNumbered,
    EntryOpened,
    EstimateAccepted,
    SummaryAccepted,
    SummaryRejected,
)
from ftz_common.values.exact import ZERO, plain
from ftz_common.values.period import said_period
from ftz_reporting.domain.sheet import Column, Sheet
from ftz_reporting.domain.steps import step
from ftz_reporting.domain.told import Told

_COLUMNS = (
    Column("line", "Line", True),
    Column("number", "Number"),
    Column("status", "Status"),
    Column("pf_filed_on", "PF filed"),
    Column("origin", "Origin"),
    Column("quantity", "Quantity", True),
    Column("unit", "Unit"),
    Column("entered_value_usd", "Entered USD", True),
    Column("rate", "Rate"),
    Column("rate_from", "Rate from"),
    Column("revision", "Revision"),
    Column("duty_usd", "Duty USD", True),
    Column("layers", "Layers", True),
    Column("remark", "Remark"),
)


def worksheet(entry: str, told: Sequence[Told], notes: Iterable[str] = ()) -> Sheet | None:
    """The worksheet of the entry whose stream this is; None if there is no such entry."""
    opened = next((t.fact for t in told if isinstance(t.fact, EntryOpened)), None)
    if opened is None:
        return None
    compiled = next((t.fact for t in reversed(told) if isinstance(t.fact, EntryCompiled)), None)
    lines = [line for t in told if isinstance(t.fact, EntryLinesCompiled) for line in t.fact.lines]
    return Sheet(
        name="entry worksheet",
        title=f"Entry worksheet: {opened.account}, {said_period(opened.week)}, zone {opened.zone}",
        about=[("stream", entry), *_about(opened, told), *_summed(compiled)],
        columns=_COLUMNS,
        rows=[_row(line) for line in lines],
        totals=_totals(compiled) if compiled and lines else [],
        notes=[*_notes(compiled, told), *notes],
    )


def _about(opened: EntryOpened, told: Sequence[Told]) -> list[tuple[str, str]]:
    number = next((t.fact.number for t in told if isinstance(t.fact, EntryNumbered)), "")
    released = next((t.fact.accepted_at for t in told if isinstance(t.fact, EstimateAccepted)), "")
    steps = [found[1] for t in told if (found := step(t.fact, t.envelope.time)) is not None]
    about = [
        ("entry number", number),
        ("type", "06, consumption from a foreign-trade zone, weekly"),
        ("port", opened.port),
        ("FIRMS", opened.firms),
        ("importer of record", opened.importer_of_record),
        ("filer", opened.filer),
        ("estimate released", released),
        ("state", f"{steps[-1].state} since {steps[-1].at}" if steps else ""),
        ("withdrawals", str(len(_taken(told)))),
    ]
    return [(label, value) for label, value in about if value]


def _summed(compiled: EntryCompiled | None) -> list[tuple[str, str]]:
    if compiled is None:
        return []
    about = [
        ("entry date", compiled.entry_date),
        ("revision", compiled.revision),
        ("summary due", compiled.summary_due_on),
        ("fee year", str(compiled.fee_year)),
        ("MPF USD", cents(compiled.mpf)),
        owed(compiled),
        ("covers", compiled.covers),
        ("payable", "yes" if compiled.payable else "no: see the notes"),
        ("not filed", compiled.not_filed),
    ]
    return [(label, value) for label, value in about if value]


def owed(compiled: EntryCompiled) -> tuple[str, str]:
    """What the entry owes; never called so while a line has no figure."""
    if not compiled.unpriced:
        return "owed in all USD", cents(compiled.total)
    lines = f"{compiled.unpriced} of {compiled.line_count} lines"
    return "owed in all USD", f"not known: {lines} have no duty figure; the others and the fee come to " + (
        f"{cents(compiled.total)}"
    )


def _taken(told: Sequence[Told]) -> list[str]:
    """The withdrawals of which the entry holds something, all takings and reversals added up."""
    held: dict[str, Decimal] = {}
    for t in told:
        if isinstance(t.fact, EntryLineTaken):
            quantity = sum((piece.quantity for piece in t.fact.pieces), ZERO)
            before = held.get(t.fact.withdrawal, ZERO)
            held[t.fact.withdrawal] = before - quantity if t.fact.reversed else before + quantity
    return [withdrawal for withdrawal, quantity in held.items() if quantity]


def _row(line: EntryLine) -> tuple[str, ...]:
    remarks = [f"not priced: {line.not_priced}" if line.not_priced else "", line.chapter_99]
    return (
        str(line.line),
        line.number,
        line.status,
        line.pf_filed_on or "",
        line.origin,
        plain(line.quantity),
        line.unit,
        plain(line.entered_value),
        line.rate_text,
        line.rate_from,
        line.revision,
        "" if line.duty is None else cents(line.duty),
        str(line.layers),
        "; ".join(remark for remark in remarks if remark),
    )


def cents(amount: Decimal) -> str:
    """Dollars with two decimals."""
    return f"{amount:.2f}"


def _totals(compiled: EntryCompiled) -> list[tuple[str, str]]:
    return [("entered_value_usd", plain(compiled.entered_value)), ("duty_usd", cents(compiled.duty))]


def _notes(compiled: EntryCompiled | None, told: Sequence[Told]) -> list[str]:
    notes: list[str] = []
    if compiled is None:
        notes.append("Not compiled yet: the lines follow when the week has ended and the counts agree.")
    elif not compiled.payable:
        notes.append(f"NOT PAYABLE. Not evaluated: {'; '.join(compiled.not_evaluated)}.")
    for t in told:
        if isinstance(t.fact, EntryCorrectionNeeded):
            what = "was taken back" if t.fact.reversed else "came to light"
            notes.append(
                f"Correction needed: withdrawal {t.fact.withdrawal} of {t.fact.removed_on} {what} after the "
                "entry was compiled (19 CFR 146.63(c))."
            )
    answers = [t.fact for t in told if isinstance(t.fact, SummaryAccepted | SummaryRejected)]
    if answers and isinstance(answers[-1], SummaryRejected):
        notes.append(f"CBP refused the summary: {'; '.join(answers[-1].reasons or answers[-1].codes)}.")
    return notes
