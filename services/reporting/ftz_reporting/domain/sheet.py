"""A report as a sheet: what it says about itself, columns, rows, totals; as JSON, CSV or a plain table."""

import csv
from collections.abc import Sequence
from io import StringIO
from typing import NamedTuple

import msgspec

FORMAT = "ftz.sheet/1"


class Column(NamedTuple):
    """A column: its key in JSON and CSV, its heading in a table, and whether it holds numbers."""

    key: str
    heading: str
    numeric: bool = False


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A report. Cells are text; numbers in plain notation, dates and instants as in the facts."""

    name: str
    title: str
    about: list[tuple[str, str]]  #: (label, value) above the table
    columns: tuple[Column, ...]
    rows: list[tuple[str, ...]]
    totals: list[tuple[str, str]]  #: (column key, value)
    notes: list[str]  #: what a reader must know: what is not covered, what is incomplete


def as_data(sheet: Sheet) -> dict[str, object]:
    """The sheet for JSON: rows as objects by column key."""
    keys = [column.key for column in sheet.columns]
    return {
        "format": FORMAT,
        "report": sheet.name,
        "title": sheet.title,
        "about": dict(sheet.about),
        "rows": [dict(zip(keys, row, strict=True)) for row in sheet.rows],
        "totals": dict(sheet.totals),
        "notes": sheet.notes,
    }


def as_csv(sheet: Sheet) -> str:
    """The rows under a line of column keys (RFC 4180).

    A text that a spreadsheet would take for a formula gets an apostrophe in front: SKUs are foreign text.
    """
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([column.key for column in sheet.columns])
    for row in sheet.rows:
        writer.writerow(
            [
                cell if column.numeric else _harmless(cell)
                for cell, column in zip(row, sheet.columns, strict=True)
            ]
        )
    return out.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def as_text(sheet: Sheet) -> str:
    """The sheet as a plain table; numbers on the right, totals under a rule, notes below."""
    lines = [sheet.title, *_about(sheet.about), ""]
    if sheet.rows:
        lines += _table(sheet)
    else:
        lines.append("(nothing)")
    for note in sheet.notes:
        lines += ["", note]
    return "\n".join(lines) + "\n"


def _about(about: Sequence[tuple[str, str]]) -> list[str]:
    width = max((len(label) for label, _ in about), default=0)
    return [f"  {label:<{width}}  {value}" for label, value in about]


def _table(sheet: Sheet) -> list[str]:
    totals = dict(sheet.totals)
    foot = tuple(totals.get(column.key, "") for column in sheet.columns)
    body = [tuple(map(_printable, row)) for row in (*sheet.rows, foot)]
    widths = [
        max(len(column.heading), *(len(row[at]) for row in body)) for at, column in enumerate(sheet.columns)
    ]

    def line(cells: Sequence[str]) -> str:
        padded = [
            cell.rjust(width) if column.numeric else cell.ljust(width)
            for cell, width, column in zip(cells, widths, sheet.columns, strict=True)
        ]
        return "  ".join(padded).rstrip()

    rule = "  ".join("-" * width for width in widths)
    lines = [line([column.heading for column in sheet.columns]), rule, *map(line, body[:-1])]
    return [*lines, rule, line(foot)] if totals else lines


def _printable(cell: str) -> str:
    """Control characters in foreign text would move the terminal's cursor."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in cell)
