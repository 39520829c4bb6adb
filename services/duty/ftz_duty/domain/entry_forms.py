"""What is filed of an entry: the 3461 that asks for release, the 7501 with what left and what it owes.

Both are facts first; the CATAIR records (SE, AE) are made of them alone (ftz_common.contracts.catair.entry).
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from msgspec.structs import replace

from ftz_common.contracts.catair.units import unit_code
from ftz_common.contracts.duty import EntryDocument, EntryLine, EntryOpened, EstimateLine
from ftz_common.contracts.filing import FiledDuty, FilingLine, FilingRequested, StatisticalQuantity
from ftz_common.values.calendar import PortCalendar
from ftz_common.values.exact import CENT, ZERO, rounded, to_dollars
from ftz_common.values.period import period_kind
from ftz_duty.domain.entry_state import ESTIMATE_FORM, SUMMARY_FORM
from ftz_duty.domain.goods_key import entry_stream

#: Foreign-trade zone consumption (CBP Form 7501 instructions, block 2).
ENTRY_TYPE = "06"
#: Quantities that one line of a summary can say.
QUANTITIES_MAX = 3


def estimate_filing(
    opened: EntryOpened, number: str, attempt: int, lines: Iterable[EstimateLine], at: datetime
) -> FilingRequested:
    """The 3461 of an estimate: units of each kind and their dutiable value (19 CFR 146.63(c)(1))."""
    form = _form(opened, number, attempt, at)
    filed = [
        FilingLine(
            line=i,
            number=line.number,
            description="",
            quantity=line.quantity,
            unit=line.unit,
            value=to_dollars(line.value),
            status=line.status,
            origin=line.origin,
            statistical=list(_statistical(line.quantity, line.unit)),
        )
        for i, line in enumerate(lines, start=1)
    ]
    return replace(form, kind=ESTIMATE_FORM, lines=filed)


def summary_filing(
    opened: EntryOpened,
    number: str,
    attempt: int,
    lines: Iterable[EntryLine],
    *,
    at: datetime,
    document: EntryDocument | None,
) -> FilingRequested:
    """The 7501: actual removals only, with the duty of each line and the fee of its entry (`document`)."""
    filed = [_summary_line(i, line) for i, line in enumerate(lines, start=1)]
    return replace(
        _form(opened, number, attempt, at),
        kind=SUMMARY_FORM,
        lines=filed,
        entry_date=document.entry_date if document is not None else "",
        mpf=document.mpf if document is not None else None,
    )


def _summary_line(i: int, line: EntryLine) -> FilingLine:
    duties = [
        FiledDuty(measure=s.measure, heading=s.heading, rate=s.rate, duty=s.duty)
        for s in line.stack
        if s.duty is not None
    ]
    added = sum((d.duty for d in duties), ZERO)
    return FilingLine(
        line=i,
        number=line.number,
        description="",
        quantity=line.quantity,
        unit=line.unit,
        value=line.entered_value,
        status=line.status,
        origin=line.origin,
        statistical=[
            *_statistical(line.quantity, line.unit),
            *(q for m in line.measures for q in _statistical(m.quantity, m.unit)),
        ][:QUANTITIES_MAX],
        pf_filed_on=line.pf_filed_on or "",
        rate=line.rate_text,
        duty=None if line.duty is None else line.duty - added,
        duties=duties,
    )


def _statistical(quantity: Decimal, unit: str) -> Iterator[StatisticalQuantity]:
    """A quantity under CBP's code, to the two decimals that its records have; none without a code."""
    code = unit_code(unit)
    if code is not None:
        yield StatisticalQuantity(unit=code, quantity=rounded(quantity, CENT))


def _form(opened: EntryOpened, number: str, attempt: int, at: datetime) -> FilingRequested:
    return FilingRequested(
        kind=SUMMARY_FORM,
        control=number,
        attempt=attempt,
        reply_to=entry_stream(opened.zone, opened.account, opened.week),
        port=opened.port,
        firms=opened.firms,
        filer=opened.filer,
        importer_of_record=opened.importer_of_record,
        lines=[],
        period_from=opened.week if period_kind(opened.week) == "weekly" else "",
        filed_on=PortCalendar.of(opened.timezone).local_date(at).isoformat(),
        zone_id=opened.zone_id,
        entry_type=ENTRY_TYPE,
        importer_ior=opened.importer_ior,
    )
