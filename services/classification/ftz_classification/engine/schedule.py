"""The tariff schedule as the engine sees it: lines with their paths, read from the USITC CSV export.

A *line* is a number goods can be declared under: ten digits, or eight where the schedule has no
statistical suffix (watches of chapter 91, reported by component). Chapters 98 and 99 are never
candidates: they are overlays on a base classification (General Statistical Note; duty applies them).
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import sys
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

OVERLAY_CHAPTERS = ("98", "99")
LEVELS = (2, 4, 6, 8, 10)
_COLUMNS = ("HTS Number", "Indent", "Description", "Unit of Quantity", "General Rate of Duty")
_MARKUP = re.compile(r"<[^>]+>")
_SPACE = re.compile(r"\s+")


class ScheduleUnreadable(ValueError):
    """The file is not a USITC schedule export; the message names row, reason and what to do."""


@dataclass(frozen=True, slots=True)
class Line:
    """One declarable number. `path` runs from heading to line, `numbers` holds the digits printed
    at each step of it ("" for a step without a number)."""

    code: str
    path: tuple[str, ...]
    numbers: tuple[str, ...]
    units: tuple[str, ...]
    general: str

    @property
    def heading(self) -> str:
        return self.code[:4]


class Schedule:
    """All lines of one revision in the order of their numbers, with what is printed at each node."""

    def __init__(self, lines: Iterable[Line], titles: dict[str, str], revision: str) -> None:
        self.lines: tuple[Line, ...] = tuple(sorted(lines, key=lambda line: line.code))
        self.revision = revision
        self.titles = titles
        self._codes = [line.code for line in self.lines]
        self._position = {code: index for index, code in enumerate(self._codes)}

    def __len__(self) -> int:
        return len(self.lines)

    def __contains__(self, code: str) -> bool:
        return code in self._position

    def line(self, code: str) -> Line | None:
        """The line with exactly these digits, or None."""
        index = self._position.get(code)
        return None if index is None else self.lines[index]

    def position(self, code: str) -> int:
        return self._position[code]

    def under(self, prefix: str) -> range:
        """Positions of all lines whose number starts with `prefix`."""
        return range(bisect_left(self._codes, prefix), bisect_left(self._codes, prefix + ":"))

    def alive(self, code: str) -> str | None:
        """The line `code` names today: itself, or its eight-digit form where no suffix exists."""
        if code in self._position:
            return code
        if code[:8] in self._position and code[8:] in ("", "00"):
            return code[:8]
        return None

    def title(self, prefix: str) -> str:
        """What the schedule prints at `prefix` ("" when nothing is printed there)."""
        return self.titles.get(prefix, "")


def read_schedule(path: Path) -> Schedule:
    """Read a USITC CSV export (columns HTS Number, Indent, Description, ...).

    Raises ScheduleUnreadable when columns are missing, an indent is no number or no line is found.
    The revision is the file's stem and the first twelve hex digits of its sha256.
    """
    raw = path.read_bytes()
    # Row by row: all rows at once would leave the process thirty megabytes larger.
    rows = csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""))
    missing = [name for name in _COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise ScheduleUnreadable(f"{path.name}: columns {missing} missing; export the HTS as CSV")
    revision = f"{path.stem}+{hashlib.sha256(raw).hexdigest()[:12]}"
    return _build(rows, revision, path.name)


def _build(rows: Iterable[dict[str, str]], revision: str, name: str) -> Schedule:
    same: dict[tuple[str, ...], tuple[str, ...]] = {}
    stack: list[tuple[int, str, str, str]] = []
    found: list[Line] = []
    titles: dict[str, str] = {}
    for number, row in enumerate(rows, start=2):
        try:
            indent = int(row["Indent"])
        except ValueError:
            raise ScheduleUnreadable(f"{name} row {number}: indent {row['Indent']!r} is no number") from None
        digits = row["HTS Number"].replace(".", "").strip()
        text = clean(row["Description"])
        while stack and stack[-1][0] >= indent:
            stack.pop()
        general = clean(row["General Rate of Duty"]) or (stack[-1][3] if stack else "")
        stack.append((indent, digits, text, general))
        if not digits or digits[:2] in OVERLAY_CHAPTERS:
            continue
        titles.setdefault(digits, text)
        if len(digits) in (8, 10):
            found.append(
                Line(
                    code=digits,
                    path=tuple(step[2] for step in stack),
                    numbers=tuple(step[1] for step in stack),
                    units=same.setdefault(units := _units(row["Unit of Quantity"]), units),
                    general=sys.intern(general),
                )
            )
    with_suffix = {line.code[:8] for line in found if len(line.code) == 10}
    lines = [line for line in found if len(line.code) == 10 or line.code not in with_suffix]
    if not lines:
        raise ScheduleUnreadable(f"{name}: no line with eight or ten digits found")
    return Schedule(lines, titles, revision)


def _units(cell: str) -> tuple[str, ...]:
    if not cell.strip():
        return ()
    try:
        found = json.loads(cell)
    except ValueError:
        return (cell.strip(),)
    return tuple(str(unit) for unit in found) if isinstance(found, list) else (str(found),)


def clean(text: str) -> str:
    """Description without markup, soft hyphens, doubled space and the colon that opens a level."""
    return _SPACE.sub(" ", _MARKUP.sub("", text).replace("\u00ad", "")).strip().rstrip(":").strip()
