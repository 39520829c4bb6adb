"""Taking over an existing zone: layers that carry their original 214, date, status and number.

The whole file is examined before anything is written; then it is taken in parts, each once, and is complete
with the last of them. Each part says to which file it belongs.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ftz_admissions.domain.limits import QUANTITY_MAX, VALUE_MAX, refuse
from ftz_common.contracts.admissions import (
    GoodsAdmitted,
    OpeningBalanceBegun,
    OpeningBalanceCompleted,
    OpeningPartTaken,
    ZoneStatus,
)
from ftz_common.contracts.common import Noted
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.reference import UnitMeasure
from ftz_common.values.calendar import PortCalendar
from ftz_common.values.exact import ZERO
from ftz_common.values.names import stream_name

#: What a row must say (146.22(d), 146.23(b)); `receipt`, `pf_filed_on` and `measure:<unit>` may be added.
COLUMNS = (
    "account",
    "uin",
    "quantity",
    "unit",
    "value",
    "status",
    "origin",
    "number",
    "admission_number",
    "line",
    "admitted_on",
)
OPTIONAL = ("pf_filed_on", "receipt")
MEASURE = "measure:"
#: Rows of one part: with their facts they stay far below the limit of a commit.
PART_ROWS = 2_000
_NUMBER = re.compile(r"[0-9]{1,18}(\.[0-9]{1,6})?")


@dataclass(frozen=True, slots=True)
class OpeningRow:
    """What is left of one line of one 214; value and quantity of the rest, not of the admission."""

    row: int
    account: str
    uin: str
    quantity: Decimal
    unit: str
    value: Decimal
    status: ZoneStatus
    origin: str
    number: str
    admission_number: str
    line: int
    receipt: str
    admitted_on: str
    pf_filed_on: str
    measures: tuple[UnitMeasure, ...] = ()


@dataclass(frozen=True, slots=True)
class Header:
    """The file: its digest, how many rows and parts, and who certifies it."""

    sha256: str
    rows: int
    parts: int
    as_of: str
    who: str
    certificate: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where the layers will be."""

    zone: str
    site: str
    timezone: str
    week_starts: int


@dataclass(frozen=True, slots=True)
class TakePart:
    """One part of the file. `revisions`: the schedule in force on each PF filing date, and on `as_of`."""

    header: Header
    part: int  #: from 1
    rows: tuple[OpeningRow, ...]
    place: Place
    revisions: Mapping[str, str]


@dataclass(slots=True)
class Opening:
    """An opening balance under way, or complete."""

    stream: str
    sha256: str = ""
    parts: int = 0
    taken: list[int] = field(default_factory=list[int])
    complete: bool = False


def start(parts: tuple[str, ...]) -> Opening:
    """From `opening/<zone>/<name>`."""
    return Opening(stream_name(*parts))


# ---- the rows of a file -------------------------------------------------------------------------


def read_row(
    row: int, cells: Mapping[str, str], accounts: frozenset[str], as_of: date
) -> OpeningRow | Refusal:
    """A row as it stands in the file, or the first thing that is wrong with it, with its column."""
    problem = next(_wrong(cells, accounts, as_of), None)
    if problem is not None:
        column, reason, remedy = problem
        citation = "19 CFR 146.22(d), 146.23(b), 146.25"
        return refuse("opening-row-wrong", reason, citation, remedy, f"row {row}, {column}")
    status: Any = cells["status"]
    return OpeningRow(
        row=row,
        account=cells["account"],
        uin=cells["uin"],
        quantity=Decimal(cells["quantity"]),
        unit=cells["unit"],
        value=Decimal(cells["value"]),
        status=status,
        origin=cells["origin"],
        number=cells["number"].replace(".", ""),
        admission_number=cells["admission_number"],
        line=int(cells["line"]),
        receipt=cells.get("receipt", ""),
        admitted_on=cells["admitted_on"],
        pf_filed_on=cells.get("pf_filed_on", ""),
        measures=tuple(
            UnitMeasure(unit=name.removeprefix(MEASURE), quantity=Decimal(said))
            for name, said in cells.items()
            if name.startswith(MEASURE) and said
        ),
    )


def _wrong(cells: Mapping[str, str], accounts: frozenset[str], as_of: date) -> Iterator[tuple[str, str, str]]:
    if cells["account"] not in accounts:
        yield "account", f"{cells['account']!r} is no account of the zone", "add it to zone.yaml"
    for name in ("uin", "unit", "admission_number"):
        if not cells[name] or len(cells[name].encode()) > 128:
            yield name, f"{cells[name]!r}", "1 to 128 bytes"
    for name, least, most in (("quantity", Decimal("0.000001"), QUANTITY_MAX), ("value", ZERO, VALUE_MAX)):
        said = cells[name]
        if not _NUMBER.fullmatch(said) or not least <= Decimal(said) <= most:
            yield name, f"{said!r} is no {name}", f"plain notation, {least} to {most}, at most six decimals"
    if not re.fullmatch("[0-9]{1,5}", cells["line"]) or int(cells["line"]) < 1:
        yield "line", f"{cells['line']!r} is no line of a 214", "1 to 99999"
    if not re.fullmatch("[A-Z]{2}", cells["origin"]):
        yield "origin", f"{cells['origin']!r} is no country", "ISO code of two letters"
    for name, said in cells.items():
        if name.startswith(MEASURE) and said and (not _NUMBER.fullmatch(said) or not Decimal(said)):
            yield name, f"{said!r} is no quantity", "what one unit of stock is in that unit, above zero"
    yield from _dates(cells, as_of)
    yield from _status(cells)


def _dates(cells: Mapping[str, str], as_of: date) -> Iterator[tuple[str, str, str]]:
    admitted, elected = _day(cells["admitted_on"]), _day(cells.get("pf_filed_on", ""))
    if admitted is None or admitted > as_of:
        yield "admitted_on", f"{cells['admitted_on']!r} is no day up to {as_of}", "YYYY-MM-DD"
    if cells.get("pf_filed_on") and (elected is None or elected > as_of):
        yield "pf_filed_on", f"{cells['pf_filed_on']!r} is no day up to {as_of}", "YYYY-MM-DD"


def _status(cells: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """PF goods carry their filing date and frozen number (19 CFR 146.65(a)(1)); foreign goods a number."""
    status, elected = cells["status"], cells.get("pf_filed_on", "")
    if status not in ("P", "N", "D", "Z"):
        yield "status", f"{status!r} is no zone status", "P, N, D or Z"
    if (status == "P") != bool(elected):
        yield "pf_filed_on", f"status {status} with PF filing date {elected!r}", "goods in status P have one"
    digits = cells["number"].replace(".", "")
    if not re.fullmatch("[0-9]{8}([0-9]{2})?", digits) and (status != "D" or cells["number"]):
        yield (
            "number",
            f"{cells['number']!r} is no tariff number",
            "8 or 10 digits; of PF goods the frozen one",
        )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text else None


def twice(rows: Sequence[OpeningRow]) -> Iterator[Refusal]:
    """Two rows for one layer: the same 214, line, receipt and goods."""
    seen: dict[tuple[str, ...], int] = {}
    for row in rows:
        key = (row.account, row.uin, row.admission_number, str(row.line), row.receipt)
        first = seen.setdefault(key, row.row)
        if first != row.row:
            yield refuse(
                "opening-row-twice",
                f"rows {first} and {row.row} are the same line of 214 {row.admission_number}",
                "19 CFR 146.23(b)",
                "add them up, or tell them apart in the column `receipt`",
                f"row {row.row}, admission_number",
            )


# ---- the balance itself -------------------------------------------------------------------------


def decide(state: Opening, command: Any, at: datetime) -> Sequence[Fact] | Refusal:
    """A part is taken once; another file under the same name is refused."""
    if not isinstance(command, TakePart):
        raise TypeError(f"an opening balance takes TakePart, not {type(command).__name__}")
    header = command.header
    if state.sha256 and state.sha256 != header.sha256:
        return refuse(
            "opened-before",
            f"this opening balance is that of file {state.sha256[:12]}",
            "19 CFR 146.23(b), 146.25",
            "correct it by adjustments; goods that were left out are an opening balance of another name",
            "name",
        )
    if command.part in state.taken:
        return [Noted(why=f"part {command.part} of {header.parts} is taken already")]
    facts: list[Fact] = []
    if not state.sha256:
        facts.append(
            OpeningBalanceBegun(
                sha256=header.sha256,
                rows=header.rows,
                parts=header.parts,
                as_of=header.as_of,
                who=header.who,
                certificate=header.certificate,
            )
        )
    facts += [_goods(state, command, row) for row in command.rows]
    facts.append(OpeningPartTaken(part=command.part, rows=len(command.rows)))
    if len(state.taken) + 1 == header.parts:
        facts.append(OpeningBalanceCompleted(rows=header.rows, completed_at=instant_text(at)))
    return facts


def _goods(state: Opening, command: TakePart, row: OpeningRow) -> GoodsAdmitted:
    place, foreign = command.place, row.status != "D"
    admitted = PortCalendar(place.timezone).instant(date.fromisoformat(row.admitted_on))
    return GoodsAdmitted(
        ledger=stream_name("ledger", place.zone, place.site, row.account, row.uin),
        site=place.site,
        account=row.account,
        uin=row.uin,
        admission=state.stream,
        admission_number=row.admission_number,
        line=row.line,
        receipt=f"{row.receipt or 'opening'}#{row.row}",
        admitted_on=row.admitted_on,
        admitted_at=instant_text(admitted),
        quantity=row.quantity,
        unit=row.unit,
        value=row.value,
        status=row.status,
        pf_filed_on=row.pf_filed_on or None,
        origin=row.origin,
        number=row.number,
        revision=command.revisions[row.pf_filed_on or command.header.as_of] if foreign else "",
        decision=f"opening balance: {command.header.certificate}",
        timezone=place.timezone,
        week_starts=place.week_starts,
        measures=list(row.measures),
    )


def evolve(state: Opening, fact: Fact) -> Opening:
    """Which parts are in."""
    match fact:
        case OpeningBalanceBegun():
            state.sha256, state.parts = fact.sha256, fact.parts
        case OpeningPartTaken():
            state.taken.append(fact.part)
        case OpeningBalanceCompleted():
            state.complete = True
        case _:
            pass
    return state
