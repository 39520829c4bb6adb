"""A 214 as filed, and the e214 that carries it: from one to the other and back.

Nothing is invented: what the filing does not say is blank in the file, and named. Whole dollars and whole
kilograms are rounded half-up; quantities have two decimals, and more of them are refused.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from msgspec.structs import replace as replace_part

from ftz_common.contracts.catair.codec import Value, Values, problem
from ftz_common.contracts.catair.e214 import RECORDS
from ftz_common.contracts.catair.file import File, Row, read, write
from ftz_common.contracts.catair.layout import Problem
from ftz_common.contracts.catair.units import unit_code
from ftz_common.contracts.filing import (
    Conveyance,
    FiledShipment,
    FilingLine,
    FilingRequested,
    Licence,
    StatisticalQuantity,
)
from ftz_common.values.exact import to_dollars

#: Admission types whose conveyance record is blank but for the type.
WITHOUT_CONVEYANCE = ("C", "D", "O", "Z")


_REASONS = ("reason", *(f"reason_{n}" for n in range(2, 9)))


@dataclass(frozen=True, slots=True)
class E214:
    """The file of a filing: its text, and what is missing in it or wrong with it (none: it can be sent)."""

    text: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Carried:
    """What an e214 carries of a 214."""

    control: str  #: zone-year-number
    admission_type: str
    zone_id: str
    port: str
    firms: str
    filer: str
    operator_ior: str
    applicant_ior: str
    direct_delivery: bool
    conveyance: Conveyance
    lines: tuple[FilingLine, ...]


def e214_of(filing: FilingRequested) -> E214:
    """The e214 of a 214's filing."""
    records = list(_records(filing))
    text, unfit = write(records)
    found = [*unfit, *_unsaid(filing, records)]
    named = {(p.line, p.field) for p in found}
    found.extend(p for p in read(text).problems if (p.line, p.field) not in named)
    return E214(text, tuple(sorted(found, key=lambda p: p.line)))


def _given(**values: Value | None) -> Values:
    """The values that are there."""
    return {name: value for name, value in values.items() if value not in ("", None)}


def _records(filing: FilingRequested) -> Iterator[tuple[str, Values]]:
    _, year, number = (*filing.control.split("-"), "", "", "")[:3]
    yield (
        "10",
        _given(
            action=filing.action,
            zone_id=filing.zone_id,
            year=year,
            control_no=number,
            expanded="Y" if len(filing.zone_id) == 9 else "N",
            port=filing.port,
            direct_delivery="Y" if filing.direct_delivery else "N",
            filer=filing.filer,
            operator_ior=filing.operator_ior,
            firms=filing.firms,
            applicant_ior=filing.applicant_ior,
        ),
    )
    if filing.action == "D":
        return
    if filing.action == "R":
        reasons = dict(zip(_REASONS, filing.reasons, strict=False))
        yield "11", _given(**reasons)
        if filing.remarks:
            yield "12", {"remarks": filing.remarks.upper()[:78]}
    for came, under, shipment in _conveyances(filing):
        if came is None or filing.admission_type in WITHOUT_CONVEYANCE:
            yield "20", _given(admission_type=filing.admission_type)
        else:
            yield "20", _conveyance(filing.admission_type, came)
        said = shipment
        for bill, lines in _by_bill(under):
            if came is not None:
                yield from _bill(replace_part(came, bill=bill) if bill else came)
            for number, line in enumerate(lines, 1):
                yield from _line(number, line)
                if said is not None:
                    yield "61", {"remarks": _annotation(said)}
                said = None


def _conveyances(
    filing: FilingRequested,
) -> Iterator[tuple[Conveyance | None, list[FilingLine], FiledShipment | None]]:
    """How goods came, and which: all in one way, unless the 214 is cumulative."""
    if not filing.shipments:
        yield filing.conveyance, filing.lines, None
    for place, shipment in enumerate(filing.shipments, 1):
        yield shipment.conveyance, [line for line in filing.lines if line.shipment == place], shipment


def _annotation(shipment: FiledShipment) -> str:
    """What a cumulative 214 says of a shipment in words, for want of a field (146.40(a)(7), (c)(1))."""
    whole = "ENTIRE CONTENTS ADMITTED" if shipment.whole else "PART ADMITTED"
    return f"MANIFEST {shipment.manifest.upper()} INVOICES {shipment.invoices} {whole}"[:78]


def _by_bill(filed: list[FilingLine]) -> list[tuple[str, list[FilingLine]]]:
    """Lines under their bills, in the order of the bills; all under one, unless the 214 is a blanket."""
    bills: dict[str, list[FilingLine]] = {}
    for line in filed:
        bills.setdefault(line.bill, []).append(line)
    return list(bills.items())


def _conveyance(admission_type: str, came: Conveyance) -> Values:
    return _given(
        admission_type=admission_type,
        mot=came.mode,
        scac=came.scac,
        name=came.vessel.upper(),
        voyage=came.voyage.upper(),
        export_date=_digits(came.export_date),
        import_date=_digits(came.import_date),
        port_unlading=came.port_of_unlading,
        sched_arrival=_digits(came.arrival_date),
    )


def _bill(came: Conveyance) -> Iterator[tuple[str, Values]]:
    yield (
        "40",
        _given(
            bill=came.bill,
            house=came.house_bill,
            quantity=came.packages,
            country_export=came.country_export,
            load_port=came.load_port,
        ),
    )
    if came.it_number:
        yield "41", {"it_number": came.it_number}
    if came.bonded_carrier:
        yield "42", {"carrier_ior": came.bonded_carrier}
    for container in came.containers:
        yield "43", {"container": container}


def _line(number: int, line: FilingLine) -> Iterator[tuple[str, Values]]:
    first, second = (*_statistical(line), None, None)[:2]
    yield (
        "50",
        _given(
            line_no=Decimal(number),
            hts=line.number.replace(".", ""),
            coo=line.province if line.origin == "CA" else line.origin,
            quantity_1=first.quantity if first else None,
            uom_1=first.unit if first else None,
            quantity_2=second.quantity if second else None,
            uom_2=second.unit if second else None,
        ),
    )
    yield (
        "51",
        _given(
            weight=None if line.weight_kg is None else to_dollars(line.weight_kg),
            value=to_dollars(line.value),
            charges=to_dollars(line.charges),
            zone_status=line.existing_status or line.status,
            existing_status=line.existing_status,
            requested_status=line.status if line.existing_status else None,
            affected_quantity=to_dollars(line.quantity) if line.existing_status else None,
            inventory_uom=(unit_code(line.unit) or line.unit.upper()[:3]) if line.existing_status else None,
        ),
    )
    maker = line.manufacturer
    yield (
        "60",
        _given(
            description=line.description.upper().strip(),
            qualifier="MID" if maker else None,
            reference=maker,
        ),
    )
    for licence in line.licences:
        yield "60", {"qualifier": licence.kind, "reference": licence.number}


def _statistical(line: FilingLine) -> Sequence[StatisticalQuantity]:
    """The quantities as said for the statistics; else the line's own, if its unit has a code."""
    if line.statistical:
        return line.statistical
    code = unit_code(line.unit)
    return [StatisticalQuantity(unit=code or "", quantity=line.quantity)]


def _digits(day: str) -> str:
    """2026-05-28 as 20260528; what is no such day is seen when it is written."""
    return day.replace("-", "")


def _unsaid(filing: FilingRequested, records: Sequence[tuple[str, Values]]) -> Iterator[Problem]:
    """What the layout cannot know: why a field is blank."""
    at = [number for number, (record, _) in enumerate(records, 1) if record == "50"]
    layout = RECORDS["50"]
    filed = [line for _, under, _ in _conveyances(filing) for _, lines in _by_bill(under) for line in lines]
    for where, line in zip(at, filed if at else (), strict=True):
        if line.origin == "CA" and not line.province:
            reason = f"line {line.line} is of Canada; the province is not said, and CA may not stand here"
            yield replace(problem(layout, layout.field("coo"), "province-missing", reason), line=where)
        if not line.statistical and unit_code(line.unit) is None:
            reason = f"line {line.line}: no code is known for the unit {line.unit!r}; say `statistical`"
            yield replace(problem(layout, layout.field("uom_1"), "unit-unknown", reason), line=where)


# ---- and back -----------------------------------------------------------------------------------


def carried_by(file: File) -> Carried:
    """What a file of one admission with one conveyance and one bill says; raises `ValueError` for another."""
    header, came, bill = (_one(file, record) for record in ("10", "20", "40"))
    containers = [str(row.values["container"]) for row in _all(file, "43")]
    zone_id = _text(header, "zone_id")
    return Carried(
        control=f"{zone_id[:3]}-{_text(header, 'year')}-{_text(header, 'control_no')}",
        admission_type=_text(came, "admission_type"),
        zone_id=zone_id,
        port=_text(header, "port"),
        firms=_text(header, "firms"),
        filer=_text(header, "filer"),
        operator_ior=_text(header, "operator_ior"),
        applicant_ior=_text(header, "applicant_ior"),
        direct_delivery=_text(header, "direct_delivery") == "Y",
        conveyance=Conveyance(
            mode=_text(came, "mot"),
            carrier=_text(came, "scac"),
            bill=_text(bill, "bill"),
            port_of_unlading=_text(came, "port_unlading"),
            export_date=_day(came, "export_date"),
            import_date=_day(came, "import_date"),
            scac=_text(came, "scac"),
            vessel=_text(came, "name"),
            voyage=_text(came, "voyage"),
            arrival_date=_day(came, "sched_arrival"),
            country_export=_text(bill, "country_export"),
            load_port=_text(bill, "load_port"),
            house_bill=_text(bill, "house"),
            packages=_amount(bill, "quantity"),
            it_number="".join(_text(row.values, "it_number") for row in _all(file, "41")),
            bonded_carrier="".join(_text(row.values, "carrier_ior") for row in _all(file, "42")),
            containers=containers,
        ),
        lines=tuple(_lines(file)),
    )


def _all(file: File, record: str) -> list[Row]:
    return [row for row in file.rows if row.record is not None and row.record.id == record]


def _one(file: File, record: str) -> Values:
    found = _all(file, record)
    if len(found) != 1:
        raise ValueError(f"{len(found)} records {record}; read files of one admission, conveyance and bill")
    return found[0].values


def _text(values: Values, name: str) -> str:
    return str(values.get(name, ""))


def _day(values: Values, name: str) -> str:
    text = _text(values, name)
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if text else ""


def _amount(values: Values, name: str) -> Decimal | None:
    value = values.get(name)
    return value if isinstance(value, Decimal) else None


def _lines(file: File) -> Iterator[FilingLine]:
    starts = [n for n, row in enumerate(file.rows) if row.record is not None and row.record.id == "50"]
    for start, end in zip(starts, [*starts[1:], len(file.rows)], strict=True):
        yield _line_of(file.rows[start:end])


def _line_of(rows: Sequence[Row]) -> FilingLine:
    line, money = rows[0].values, _values_of(rows, "51")
    references = [row.values for row in rows if row.record is not None and row.record.id == "60"]
    known = {_text(r, "qualifier"): _text(r, "reference") for r in references}
    coo, first = _text(line, "coo"), _amount(line, "quantity_1") or Decimal(0)
    statistical = [
        StatisticalQuantity(unit=_text(line, f"uom_{n}"), quantity=quantity)
        for n in (1, 2)
        if (quantity := _amount(line, f"quantity_{n}")) is not None
    ]
    return FilingLine(
        line=int(_amount(line, "line_no") or 0),
        number=_text(line, "hts"),
        description=next((_text(r, "description") for r in references if "description" in r), ""),
        quantity=first,
        unit=_text(line, "uom_1"),
        value=_amount(money, "value") or Decimal(0),
        status=_text(money, "zone_status"),
        origin="CA" if coo in CANADA else coo,
        charges=_amount(money, "charges") or Decimal(0),
        province=coo if coo in CANADA else "",
        manufacturer=known.get("MID", ""),
        weight_kg=_amount(money, "weight"),
        statistical=statistical,
        licences=[
            Licence(kind="STL" if kind == "STL" else "ALU", number=number)
            for r in references
            if (kind := _text(r, "qualifier")) in ("STL", "ALU") and (number := _text(r, "reference"))
        ],
    )


#: CBP's codes of Canadian provinces and territories (from memory; compare before filing).
CANADA = ("XA", "XB", "XC", "XM", "XN", "XO", "XP", "XQ", "XS", "XT", "XV", "XW", "XY")


def _values_of(rows: Sequence[Row], record: str) -> Values:
    for row in rows:
        if row.record is not None and row.record.id == record:
            return row.values
    return {}
