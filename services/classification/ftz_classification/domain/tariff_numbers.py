"""The final numbers of one tariff revision: what a decision may name.

Read from the USITC's schedule export (CSV, column "HTS Number"). A number is final when goods are
declared under it: ten digits, or eight where the schedule prints no statistical suffix below.
"""

import csv
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

NUMBER_COLUMN = "HTS Number"


class NotASchedule(ValueError):
    """The bytes are no schedule export; the message says why."""


@dataclass(frozen=True, slots=True)
class TariffNumbers:
    """Sorted digits of all final numbers."""

    digits: tuple[str, ...]

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


def read_numbers(content: bytes) -> TariffNumbers:
    """The final numbers of a schedule export; raises `NotASchedule`."""
    digits = sorted(set(_numbers(content)))
    # Sorted, whatever stands below a number follows it at once.
    final = [
        number
        for number, after in zip(digits, [*digits[1:], ""], strict=True)
        if len(number) in (8, 10) and not after.startswith(number)
    ]
    if not final:
        raise NotASchedule("there is no tariff number of eight or ten digits in it")
    return TariffNumbers(tuple(final))


def _numbers(content: bytes) -> Iterator[str]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotASchedule(f"byte {error.start} is not UTF-8") from error
    rows = csv.reader(text.splitlines(keepends=True), strict=True)
    try:
        header = next(rows, list[str]())
        if NUMBER_COLUMN not in header:
            raise NotASchedule(f"there is no column {NUMBER_COLUMN!r} in the first row")
        column = header.index(NUMBER_COLUMN)
        for row in rows:
            number = row[column].replace(".", "").strip() if len(row) > column else ""
            if number.isascii() and number.isdigit():
                yield number
    except csv.Error as error:
        raise NotASchedule(f"row {rows.line_num}: {error}") from error


def dotted(number: str) -> str:
    """The digits as the schedule prints them: 6911.10.37.10."""
    pieces = [number[:4], number[4:6], number[6:8], number[8:10]]
    return ".".join(piece for piece in pieces if piece)
