"""Taking over an existing zone: a file, examined whole, taken in parts."""

import csv
from datetime import date

from ftz_admissions.domain import opening
from ftz_admissions.domain.limits import refuse
from ftz_admissions.usecases.aggregates import OPENING
from ftz_common.contracts.fact import Refusal
from ftz_common.flow.aggregate import To
from ftz_common.flow.reference import Reference
from ftz_common.values.names import stream_name


class Openings:
    """A file of what is in the zone."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference

    def opening_rows(
        self, zone: str, content: bytes, as_of: date
    ) -> tuple[list[opening.OpeningRow], list[Refusal]]:
        """The rows of a file (CSV, UTF-8, with a header), or everything that is wrong with it."""
        try:
            table = csv.DictReader(content.decode("utf-8-sig").splitlines(), strict=True)
            said = [dict(row) for row in table]
            names = list(table.fieldnames or ())
        except (UnicodeDecodeError, csv.Error) as error:
            return [], [_not_a_table(str(error), "file")]
        known = (*opening.COLUMNS, *opening.OPTIONAL)
        strange = [n for n in names if n not in known and not n.startswith(opening.MEASURE)]
        missing = [n for n in opening.COLUMNS if n not in names]
        if strange or missing or not said:
            lacks = f"missing columns: {missing}; unknown columns: {strange}; {len(said)} rows"
            return [], [_not_a_table(lacks, "row 1")]
        accounts = frozenset(account.id for account in self._reference.zones[zone].accounts)
        rows: list[opening.OpeningRow] = []
        problems: list[Refusal] = []
        for number, cells in enumerate(said, 2):
            if None in cells or None in cells.values():
                problems.append(_not_a_table("another number of cells than the header", f"row {number}"))
                continue
            trimmed = {name: cell.strip() for name, cell in cells.items()}
            row = opening.read_row(number, trimmed, accounts, as_of)
            problems.append(row) if isinstance(row, Refusal) else rows.append(row)
        problems += opening.twice(rows)
        problems += self._without_schedule(rows, as_of)
        return rows, problems

    def _without_schedule(self, rows: list[opening.OpeningRow], as_of: date) -> list[Refusal]:
        """Numbers are those of a schedule that is read: on the PF filing date, else on the day of opening."""
        days = {row.pf_filed_on or as_of.isoformat() for row in rows if row.status != "D"}
        unread = sorted(day for day in days if self._reference.revision_on(date.fromisoformat(day)) is None)
        remedy = "import it: `ftz tariff import FILE --revision NAME --effective DAY`"
        return [
            refuse(
                "revision-unknown",
                f"no schedule in force on {day} is imported",
                "19 CFR 146.65(a)",
                remedy,
                "pf_filed_on",
            )
            for day in unread
        ]

    def open_part(
        self, zone: str, name: str, header: opening.Header, part: int, rows: list[opening.OpeningRow]
    ) -> To:
        """A part of a file that was examined whole."""
        document = self._reference.zones[zone]
        place = opening.Place(zone, document.site.id, document.timezone, document.procedures.week_starts)
        days = {row.pf_filed_on or header.as_of for row in rows if row.status != "D"}
        revisions = {
            day: found.revision
            for day in days
            if (found := self._reference.revision_on(date.fromisoformat(day)))
        }
        command = opening.TakePart(header, part, tuple(rows), place, revisions)
        return To(OPENING, stream_name("opening", zone, name), command, zone=zone)


def _not_a_table(reason: str, place: str) -> Refusal:
    columns = ", ".join(opening.COLUMNS)
    return refuse("not-an-opening-balance", reason, "19 CFR 146.23(b)", f"CSV with columns {columns}", place)
