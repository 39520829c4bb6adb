"""The final numbers of one tariff revision: what a decision may name, and what is printed beside them.

Read from the USITC's schedule export: CSV (column "HTS Number") or JSON (key "htsno"). A number is final
when goods are declared under it: ten digits, or eight where the schedule prints no statistical suffix below.
"""

import csv
import json
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

NUMBER_COLUMN = "HTS Number"
_COLUMNS = (NUMBER_COLUMN, "Indent", "Description", "General Rate of Duty")
_KEYS = ("htsno", "indent", "description", "general")
_OTHER = "other"


class NotASchedule(ValueError):
    """The bytes are no schedule export; the message says why."""


@dataclass(frozen=True, slots=True)
class Printed:
    """What a revision prints at a final number: its text, and the general rate that holds for it."""

    text: str
    general: str


@dataclass(frozen=True, slots=True)
class TariffNumbers:
    """Sorted digits of all final numbers, with what is printed at them."""

    digits: tuple[str, ...]
    printed: Mapping[str, Printed] = field(default_factory=dict[str, Printed])

    def has(self, number: str) -> bool:
        """True when these digits are a final number."""
        at = bisect_left(self.digits, number)
        return at < len(self.digits) and self.digits[at] == number

    def near(self, number: str, most: int = 5) -> list[str]:
        """Final numbers that share the longest start with this one: eight digits, else six, else four."""
        for length in (8, 6, 4):
            prefix = number[:length]
            if len(prefix) < length:
                continue
            start = bisect_left(self.digits, prefix)
            found = [d for d in self.digits[start : start + most] if d.startswith(prefix)]
            if found:
                return found
        return []

    def general(self, number: str) -> str:
        """The general rate that holds for a final number, as printed; "" when none is."""
        found = self.printed.get(number)
        return found.general if found else ""


def read_numbers(content: bytes) -> TariffNumbers:
    """The final numbers of a schedule export; raises `NotASchedule`."""
    printed: dict[str, Printed] = {}
    above: list[tuple[int, str, str]] = []  # indent, text, rate of the rows that this one stands under
    for number, indent, said, rate in _rows(content):
        while above and above[-1][0] >= indent:
            above.pop()
        general = rate or (above[-1][2] if above else "")
        residual = above and said.rstrip(":").lower() == _OTHER
        text = f"{above[-1][1]}: {said}" if residual else said
        above.append((indent, text.rstrip(":"), general))
        if number.isascii() and number.isdigit():
            printed[number] = Printed(text.rstrip(":"), general)
    digits = sorted(printed)
    # Sorted, whatever stands below a number follows it at once.
    final = [
        number
        for number, after in zip(digits, [*digits[1:], ""], strict=True)
        if len(number) in (8, 10) and not after.startswith(number)
    ]
    if not final:
        raise NotASchedule("there is no tariff number of eight or ten digits in it")
    return TariffNumbers(tuple(final), {number: printed[number] for number in final})


def _rows(content: bytes) -> Iterator[tuple[str, int, str, str]]:
    """Digits, indent, text and general rate of each row."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotASchedule(f"byte {error.start} is not UTF-8") from error
    cells = _json_cells(text) if text.lstrip().startswith("[") else _csv_cells(text)
    for number, indent, description, general in cells:
        depth = int(indent) if indent.isascii() and indent.isdigit() else 0
        yield number.replace(".", ""), depth, " ".join(description.split()), general


def _csv_cells(text: str) -> Iterator[list[str]]:
    rows = csv.reader(text.splitlines(keepends=True), strict=True)
    try:
        header = next(rows, list[str]())
        if NUMBER_COLUMN not in header:
            raise NotASchedule(f"there is no column {NUMBER_COLUMN!r} in the first row")
        places = [header.index(name) if name in header else len(header) for name in _COLUMNS]
        for row in rows:
            yield [row[place].strip() if place < len(row) else "" for place in places]
    except csv.Error as error:
        raise NotASchedule(f"row {rows.line_num}: {error}") from error


def _json_cells(text: str) -> Iterator[list[str]]:
    try:
        items: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotASchedule(f"it starts as JSON and is none: {error}") from error
    for place, item in enumerate(cast("list[object]", items), start=1):
        if not isinstance(item, dict):
            raise NotASchedule(f"item {place} is no object")
        row = cast("dict[str, object]", item)
        yield [str(row.get(key) or "").strip() for key in _KEYS]


def dotted(number: str) -> str:
    """The digits as the schedule prints them: 6911.10.37.10."""
    pieces = [number[:4], number[4:6], number[6:8], number[8:10]]
    return ".".join(piece for piece in pieces if piece)
