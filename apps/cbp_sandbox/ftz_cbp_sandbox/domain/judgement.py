"""What the simulated CBP checks. Its reason codes are its own words, not those of ACE.

It checks what an importer's own mistakes look like, with the rules that the regulation and the record
layouts state; it knows no tariff, and of bonds what it is told. The basic rules hold for every filing; with
the e214 rules a 214 must also be a file without a fault.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from ftz_cbp_sandbox.domain import e214, entry_records
from ftz_common.contracts.filing import Conveyance, FilingLine, FilingRequested

STATUSES = ("P", "N", "D", "Z")
#: Status change, domestic, overage and zone-to-zone name no conveyance (CATAIR e214 record 20).
WITHOUT_CONVEYANCE = ("C", "D", "O", "Z")
OVERAGE_BILL = r"[A-Z0-9]{4}ADJ[0-9]{9}"
WEEK = timedelta(days=7)

Finding = tuple[str, str]  # code, reason


@dataclass(frozen=True, slots=True)
class Checks:
    """What is checked: the ports there are, operators with a type 4 bond (empty: any), the records or not."""

    ports: frozenset[str] = frozenset()
    bonds: frozenset[str] = frozenset()
    e214: bool = False
    entries: bool = False  #: the SE of a 3461 and the AE of a 7501 are read, too


def findings(filing: FilingRequested, today: date, checks: Checks) -> list[Finding]:
    """Everything that is wrong with a filing; empty: it is accepted."""
    found = [*_header(filing, checks.ports), *_of_kind(filing, today), *_lines(filing)]
    if filing.kind == "214":
        found.extend(_bond(filing, checks.bonds))
        if checks.e214:
            known = {code for code, _ in found}
            found.extend(f for f in e214.findings(filing) if f[0] not in known)
    elif checks.entries:
        known = {code for code, _ in found}
        found.extend(f for f in entry_records.findings(filing) if f[0] not in known)
    return found


def _bond(filing: FilingRequested, bonds: frozenset[str]) -> Iterator[Finding]:
    """An admission needs its operator's active bond, activity code 4 (19 CFR 113.73, 146.6)."""
    if bonds and filing.operator_ior not in bonds:
        yield "bond-missing", f"operator {filing.operator_ior!r} has no active bond of type 4"


def _header(filing: FilingRequested, ports: frozenset[str]) -> Iterator[Finding]:
    codes = [filing.port]
    codes += [came.port_of_unlading for came, _ in _ways(filing) if came and came.port_of_unlading]
    for code in dict.fromkeys(codes):
        if not re.fullmatch(r"[0-9]{4}", code) or (ports and code not in ports):
            yield "port-unknown", f"{code!r} is no port of Schedule D that is known here"
    if not re.fullmatch(r"[A-Z0-9]{4}", filing.firms):
        yield "firms-unknown", f"{filing.firms!r} is no FIRMS code"
    for name in ("filer", "importer_of_record"):
        if not getattr(filing, name):
            yield "party-missing", f"no {name.replace('_', ' ')}"


def _of_kind(filing: FilingRequested, today: date) -> Iterator[Finding]:
    if filing.kind == "214":
        yield from _admission(filing)
    else:
        yield from _weekly(filing, today)


def _admission(filing: FilingRequested) -> Iterator[Finding]:
    """19 CFR 146.32(a); e214 record 20: export not after import; record 40: a bill of lading."""
    for came, lines in _ways(filing):
        yield from _came(filing.admission_type, came, lines)


def _ways(filing: FilingRequested) -> Iterator[tuple[Conveyance | None, list[FilingLine]]]:
    """How goods came, and which: a cumulative 214 has as many ways as shipments."""
    if not filing.shipments:
        yield filing.conveyance, filing.lines
    for place, shipment in enumerate(filing.shipments, 1):
        yield shipment.conveyance, [line for line in filing.lines if line.shipment == place]


def _came(admission_type: str, came: Conveyance | None, lines: list[FilingLine]) -> Iterator[Finding]:
    if admission_type in WITHOUT_CONVEYANCE:
        if admission_type == "O" and not re.fullmatch(OVERAGE_BILL, came.bill if came else ""):
            yield "bill-shape", "an overage has the bill FIRMS, ADJ, YYMMDD and three digits"
        return
    if came is None:
        yield "conveyance-missing", "a regular admission names how the goods came"
        return
    if not came.bill and not all(line.bill for line in lines):
        yield "bill-missing", "no bill of lading or air waybill"
    dates = [_date(came.export_date), _date(came.import_date)]
    if None in dates:
        yield "date-unreadable", f"export {came.export_date!r}, import {came.import_date!r}"
    elif came.export_date > came.import_date:
        yield "export-after-import", f"exported {came.export_date}, imported {came.import_date}"


def _weekly(filing: FilingRequested, today: date) -> Iterator[Finding]:
    """An estimate comes before its week is over, a summary after it (19 CFR 146.63(c)(1)).

    An entry of definite goods (146.62(a)) names no week.
    """
    if not filing.period_from:
        return
    first = _date(filing.period_from)
    if first is None:
        yield "period-missing", f"{filing.period_from!r} is no first day of a week"
    elif filing.kind == "3461" and today >= first + WEEK:
        yield "estimate-too-late", f"the week of {first} ended on {first + WEEK - timedelta(days=1)}"
    elif filing.kind == "7501" and today < first + WEEK:
        yield "summary-too-early", f"the week of {first} ends on {first + WEEK - timedelta(days=1)}"


def _lines(filing: FilingRequested) -> Iterator[Finding]:
    if not filing.lines and filing.kind != "7501":
        yield "no-lines", "a filing has at least one line"
    numbers = [line.line for line in filing.lines]
    if len(set(numbers)) != len(numbers):
        yield "line-twice", "two lines have one number"
    for line in filing.lines:
        yield from _line(filing, line)


def _line(filing: FilingRequested, line: FilingLine) -> Iterator[Finding]:
    if filing.admission_type == "T":
        yield from _deposited(line)
        return
    if not re.fullmatch(r"[0-9]{8}([0-9]{2})?", line.number):
        yield "number-unreadable", f"line {line.line}: {line.number!r} is no tariff number"
    if line.quantity <= Decimal(0):
        yield "quantity-zero", f"line {line.line}: quantity {line.quantity}"
    if line.value < Decimal(0) or (filing.kind == "214" and line.value == Decimal(0)):
        yield "value-zero", f"line {line.line}: value {line.value}"
    if line.status not in STATUSES:
        yield "status-unknown", f"line {line.line}: zone status {line.status!r}"
    if not re.fullmatch(r"[A-Z]{2}", line.origin):
        yield "origin-unknown", f"line {line.line}: origin {line.origin!r}"


def _deposited(line: FilingLine) -> Iterator[Finding]:
    """Goods in temporary deposit have no status; their 214 is completed later (19 CFR 146.35(a), (c))."""
    if line.quantity <= Decimal(0):
        yield "quantity-zero", f"line {line.line}: quantity {line.quantity}"
    if line.status:
        yield "status-in-deposit", f"line {line.line}: zone status {line.status!r}"


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
