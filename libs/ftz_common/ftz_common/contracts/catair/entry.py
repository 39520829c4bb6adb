"""A 3461 or 7501 as filed, and the CATAIR records that carry it (SE, AE): from one to the other and back.

Nothing is invented: what the filing does not say is blank in the file, and named.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ftz_common.contracts.catair.admission import e214_of
from ftz_common.contracts.catair.ae import AE
from ftz_common.contracts.catair.codec import Value, Values
from ftz_common.contracts.catair.e214 import E214
from ftz_common.contracts.catair.file import File, Row, read, write
from ftz_common.contracts.catair.layout import Layout, Problem
from ftz_common.contracts.catair.se import SE
from ftz_common.contracts.filing import FiledDuty, FilingLine, FilingRequested, StatisticalQuantity
from ftz_common.values.exact import CENT, allocate, to_dollars

LAYOUTS: dict[str, Layout] = {"214": E214, "3461": SE, "7501": AE}
#: Fee accounting class of the merchandise processing fee of a formal entry.
MPF = "499"
_CASES = ("A-", "C-")
_NOTHING: Values = {}


@dataclass(frozen=True, slots=True)
class Made:
    """The file of a filing: its text, and what is missing in it or wrong with it (none: it is complete)."""

    text: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Carried:
    """What a file carries of a 3461 or 7501; `entry_date` of a summary, `period_from` of an estimate."""

    control: str
    filer: str
    port: str
    entry_type: str
    importer_ior: str
    zone_id: str
    firms: str
    entry_date: str
    period_from: str
    mpf: Decimal | None
    lines: tuple[FilingLine, ...]


def catair_of(filing: FilingRequested) -> Made:
    """The records of any filing: FT of a 214, SE of a 3461, AE of a 7501."""
    if filing.kind == "214":
        made = e214_of(filing)
        return Made(made.text, made.problems)
    layout = LAYOUTS[filing.kind]
    records = list(_release(filing) if filing.kind == "3461" else _summary(filing))
    text, unfit = write(records, layout)
    named = {(p.line, p.field) for p in unfit}
    found = [*unfit, *(p for p in read(text, layout).problems if (p.line, p.field) not in named)]
    return Made(text, tuple(sorted(found, key=lambda p: p.line)))


def _given(**values: Value | None) -> Values:
    """The values that are there."""
    return {name: value for name, value in values.items() if value not in ("", None)}


def _entry_no(control: str) -> str:
    """Z99-2600007-3 as 26000073, after the filer's code."""
    return control.partition("-")[2].replace("-", "")


def _short(day: str) -> str:
    """2026-03-01 as 030126; what is no such day is seen when it is written."""
    return f"{day[5:7]}{day[8:10]}{day[2:4]}"


def _header(filing: FilingRequested) -> dict[str, Value | None]:
    return {
        "action": filing.action,
        "filer": filing.filer,
        "entry_no": _entry_no(filing.control),
        "port": filing.port,
        "entry_type": filing.entry_type,
    }


# ---- 3461 ---------------------------------------------------------------------------------------


def _release(filing: FilingRequested) -> Iterator[tuple[str, Values]]:
    yield (
        "SE10",
        _given(
            **_header(filing),
            importer_ior=filing.importer_ior,
            firms=filing.firms,
            zone_id=filing.zone_id,
            week=_short(filing.period_from) if filing.period_from else None,
        ),
    )
    for line in filing.lines:
        yield "SE40", _given(line_no=Decimal(line.line), coo=line.origin)
        yield "SE41", _zone(line)
        yield "SE50", _given(hts=line.number, value=to_dollars(line.value), **_quantities(line, 1))


def _zone(line: FilingLine) -> Values:
    return _given(
        status=line.status,
        pf_filed_on=_short(line.pf_filed_on) if line.pf_filed_on else None,
        zone_quantity=line.quantity,
    )


def _quantities(line: FilingLine, most: int) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for at, said in enumerate(line.statistical[:most], 1):
        found |= {f"quantity_{at}": said.quantity, f"uom_{at}": said.unit}
    return found


# ---- 7501 ---------------------------------------------------------------------------------------


def _summary(filing: FilingRequested) -> Iterator[tuple[str, Values]]:
    yield "10", _given(**_header(filing), pga="F" if filing.period_from else None)
    yield (
        "11",
        _given(
            importer_ior=filing.importer_ior,
            entry_date=_short(filing.entry_date) if filing.entry_date else None,
            zone_id=filing.zone_id,
        ),
    )
    fees = _fees(filing)
    for line, fee in zip(filing.lines, fees, strict=True):
        yield from _summary_line(line, fee)
    yield from _totals(filing)


def _totals(filing: FilingRequested) -> Iterator[tuple[str, Values]]:
    """The sums at the end: cases by kind (only where there are any), fees, and all of it."""
    kinds = {"A": Decimal(0), "C": Decimal(0)}
    duty, cases = Decimal(0), 0
    for line in filing.lines:
        duty += line.duty or Decimal(0)
        for added in line.duties:
            if added.heading.startswith(_CASES):
                kinds[added.heading[0]] += added.duty
                cases += 1
            else:
                duty += added.duty
    if cases:
        yield "88", {"antidumping": kinds["A"], "countervailing": kinds["C"]}
    if filing.mpf is not None:
        yield "89", {"fee_class": MPF, "fee": filing.mpf}
    value = sum((to_dollars(line.value) for line in filing.lines), Decimal(0))
    fees = filing.mpf or Decimal(0)
    yield "90", {"value": value, "duty": duty, "fees": fees, "cases": kinds["A"] + kinds["C"]}


def _fees(filing: FilingRequested) -> Sequence[Decimal | None]:
    """The fee of the entry over its lines by value, by largest remainder: the lines add up to it."""
    weights = [line.value for line in filing.lines]
    if filing.mpf is None or not sum(weights):
        return [None] * len(filing.lines)
    return allocate(filing.mpf, weights, CENT)


def _summary_line(line: FilingLine, fee: Decimal | None) -> Iterator[tuple[str, Values]]:
    yield "40", _given(line_no=Decimal(line.line), coo=line.origin)
    yield "41", _zone(line)
    cases = [duty for duty in line.duties if duty.heading.startswith(_CASES)]
    for added in line.duties:
        if added not in cases:
            yield "50", {"hts": added.heading.replace(".", ""), "duty": added.duty}
    yield (
        "50",
        _given(hts=line.number, duty=line.duty, value=to_dollars(line.value), **_quantities(line, 3)),
    )
    for case in cases:
        rate = case.rate.removesuffix("%")
        yield (
            "53",
            _given(
                case=case.heading.replace("-", ""),
                rate=Decimal(rate) if rate.replace(".", "", 1).isdecimal() else None,
                rate_kind="A" if case.rate.endswith("%") else None,
                value=to_dollars(line.value),
                duty=case.duty,
            ),
        )
    if fee is not None:
        yield "62", {"fee_class": MPF, "fee": fee}


# ---- and back -----------------------------------------------------------------------------------


def carried_by(file: File) -> Carried:
    """What the records of one 3461 or 7501 say; raises `ValueError` for a file without a header."""
    rows = {row.record.id: row.values for row in reversed(file.rows) if row.record is not None}
    header = rows.get("10") or rows.get("SE10")
    if header is None:
        raise ValueError("no header record (10 or SE10)")
    about = header if "SE10" in rows else rows.get("11", _NOTHING)
    number = _text(header, "entry_no")
    return Carried(
        control=f"{_text(header, 'filer')}-{number[:7]}-{number[7:]}",
        filer=_text(header, "filer"),
        port=_text(header, "port"),
        entry_type=_text(header, "entry_type"),
        importer_ior=_text(about, "importer_ior"),
        zone_id=_text(about, "zone_id"),
        firms=_text(about, "firms"),
        entry_date=_day(about, "entry_date"),
        period_from=_day(about, "week"),
        mpf=_amount(rows.get("89", _NOTHING), "fee"),
        lines=tuple(_lines(file)),
    )


def _lines(file: File) -> Iterator[FilingLine]:
    starts = [n for n, row in enumerate(file.rows) if row.record and row.record.id in ("40", "SE40")]
    for start, end in zip(starts, [*starts[1:], len(file.rows)], strict=True):
        yield _line_of(file.rows[start:end])


def _line_of(rows: Sequence[Row]) -> FilingLine:
    of = [(row.record.id.removeprefix("SE"), row.values) for row in rows if row.record is not None]
    head, zone = of[0][1], next((values for record, values in of if record == "41"), _NOTHING)
    numbers = [values for record, values in of if record == "50"]
    own = numbers[-1] if numbers else _NOTHING
    duties = [_added(values) for values in numbers[:-1]]
    duties += [_case(values) for record, values in of if record == "53"]
    return FilingLine(
        line=int(_amount(head, "line_no") or 0),
        number=_text(own, "hts"),
        description="",
        quantity=_amount(zone, "zone_quantity") or Decimal(0),
        unit="",
        value=_amount(own, "value") or Decimal(0),
        status=_text(zone, "status"),
        origin=_text(head, "coo"),
        statistical=[
            StatisticalQuantity(unit=_text(own, f"uom_{n}"), quantity=quantity)
            for n in (1, 2, 3)
            if (quantity := _amount(own, f"quantity_{n}")) is not None
        ],
        pf_filed_on=_day(zone, "pf_filed_on"),
        duty=_amount(own, "duty"),
        duties=duties,
    )


def _added(values: Values) -> FiledDuty:
    number = _text(values, "hts")
    parts = [number[:4], *(number[at : at + 2] for at in range(4, len(number), 2))]
    return FiledDuty(measure="", heading=".".join(parts), rate="", duty=_amount(values, "duty") or Decimal(0))


def _case(values: Values) -> FiledDuty:
    case, rate = _text(values, "case"), _amount(values, "rate")
    heading = "-".join(part for part in (case[:1], case[1:4], case[4:7], case[7:]) if part)
    return FiledDuty(
        measure="",
        heading=heading,
        rate="" if rate is None else f"{rate.normalize():f}%",
        duty=_amount(values, "duty") or Decimal(0),
    )


def _text(values: Values, name: str) -> str:
    return str(values.get(name, ""))


def _amount(values: Values, name: str) -> Decimal | None:
    value = values.get(name)
    return value if isinstance(value, Decimal) else None


def _day(values: Values, name: str) -> str:
    """030126 as 2026-03-01."""
    text = _text(values, name)
    return date(2000 + int(text[4:]), int(text[:2]), int(text[2:4])).isoformat() if text else ""
