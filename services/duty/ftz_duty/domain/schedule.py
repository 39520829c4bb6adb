"""One revision of the Harmonized Tariff Schedule as a tree of lines, each with the texts that count for it.

Rates stand on the eight-digit line; the ten-digit lines below it are statistical and take its rates (HTSUS
general statistical note 3, general note 3). Every cell says where its text stands. Numbers are digits only
inside the project; `dotted` writes them as the schedule prints them.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

Column = Literal["general", "special", "column2", "additional"]
COLUMNS: tuple[Column, ...] = ("general", "special", "column2", "additional")

_NUMBER = re.compile(r"\d{4}(?:\d\d){0,3}")


@dataclass(frozen=True, slots=True)
class Cell:
    """A rate text and the number of the line it stands on; both "" when the schedule states nothing."""

    text: str = ""
    stated_at: str = ""


@dataclass(frozen=True, slots=True)
class Footnote:
    """A footnote of the JSON export; `lines` are the provisions it points to ("See 9903.88.03.")."""

    columns: tuple[str, ...]
    text: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A numbered line; `path` holds the descriptions from the heading down to the line itself.

    `final` lines are those that an entry reports: ten digits, or eight where no ten-digit line follows
    (chapters 98 and 99, watches of chapter 91). `place` is where the export.
    """

    number: str
    indent: int
    path: tuple[str, ...]
    units: tuple[str, ...]
    general: Cell
    special: Cell
    column2: Cell
    additional: Cell
    footnotes: tuple[Footnote, ...]
    place: str
    final: bool

    @property
    def statistical(self) -> bool:
        """Ten digits."""
        return len(self.number) == 10

    @property
    def description(self) -> str:
        return " > ".join(text.rstrip(":") for text in self.path)

    def cell(self, column: Column) -> Cell:
        match column:
            case "general":
                return self.general
            case "special":
                return self.special
            case "column2":
                return self.column2
            case "additional":
                return self.additional


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an export before the tree is built; `number` is "" for rows that only describe."""

    place: str
    number: str
    indent: int
    description: str
    units: tuple[str, ...]
    cells: tuple[str, str, str, str]
    footnotes: tuple[Footnote, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something is refused or doubted: where, what, and what to do about it."""

    place: str
    code: str
    reason: str
    action: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """A number that this schedule does not have, and the lines nearest to it."""

    number: str
    reason: str
    nearest: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Schedule:
    """All lines of one revision. `doubts` are oddities that a person should look at before the revision
    counts.
    """

    lines: dict[str, Line]
    doubts: tuple[Problem, ...] = ()
    _numbers: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_numbers", tuple(sorted(self.lines)))

    def __len__(self) -> int:
        return len(self.lines)

    def __iter__(self) -> Iterator[Line]:
        """Lines in the order of their numbers."""
        return (self.lines[number] for number in self._numbers)

    def line(self, number: str) -> Line | None:
        """The line with this number, dotted or plain; None when the schedule has no such line."""
        return self.lines.get(number) or self.lines.get(digits(number) or "")

    def find(self, number: str) -> Line | Unknown:
        """The line, or why there is none and which lines are nearest."""
        found = self.line(number)
        if found is not None:
            return found
        plain = digits(number)
        if plain is None:
            reason = f"{number!r} is not a tariff number: 4, 6, 8 or 10 digits, with or without dots"
            return Unknown(number, reason, ())
        return Unknown(plain, f"{dotted(plain)} is not in this revision", self.nearest(plain))

    def nearest(self, number: str, most: int = 5) -> tuple[Line, ...]:
        """Final lines sharing the longest beginning with `number`, those closest in number first."""
        for length in (8, 6, 4):
            prefix = number[:length]
            kin = [line for line in self._under(prefix) if line.final] if len(prefix) == length else []
            if kin:
                wanted = int(number.ljust(10, "0"))
                kin.sort(key=lambda line: (abs(int(line.number.ljust(10, "0")) - wanted), line.number))
                return tuple(kin[:most])
        return ()

    def _under(self, prefix: str) -> Iterator[Line]:
        at = bisect_left(self._numbers, prefix)
        while at < len(self._numbers) and self._numbers[at].startswith(prefix):
            yield self.lines[self._numbers[at]]
            at += 1


def digits(number: str) -> str | None:
    """The digits of a tariff number however it is dotted, or None when it has not 4, 6, 8 or 10 digits."""
    plain = number.strip().replace(".", "")
    return plain if plain.isascii() and _NUMBER.fullmatch(plain) else None


def dotted(number: str) -> str:
    """`0101210010` as the schedule prints it: `0101.21.00.10`."""
    return ".".join([number[:4], *(number[at : at + 2] for at in range(4, len(number), 2))])


def build(rows: Iterable[Row], doubts: tuple[Problem, ...] = ()) -> Schedule:
    """The tree from rows in the order of the export, rates inherited from the eight-digit line."""
    rows = list(rows)
    stated = {row.number: row for row in rows if len(row.number) == 8}
    parents = {row.number[:8] for row in rows if len(row.number) == 10}
    lines: dict[str, Line] = {}
    for row, path in zip(rows, _paths(rows), strict=True):
        if not row.number:
            continue
        parent = stated.get(row.number[:8]) if len(row.number) == 10 else None
        general, special, column2, additional = (_cell(row, parent, at) for at in range(4))
        final = len(row.number) == 10 or (len(row.number) == 8 and row.number not in parents)
        lines[row.number] = Line(
            row.number, row.indent, path, row.units, general, special, column2, additional, row.footnotes,
            row.place, final,
        )  # fmt: skip
    return Schedule(lines, doubts)


def _paths(rows: list[Row]) -> list[tuple[str, ...]]:
    """The descriptions above and including each row.

    Indents in exports jump in places: a row belongs to the nearest row above it with a smaller indent, within
    its heading. A row without number belongs to the heading of the next numbered one; extracts leave headings
    out.
    """
    headings: list[str] = []
    heading = ""
    for row in reversed(rows):
        heading = row.number[:4] or heading
        headings.append(heading)
    above: list[tuple[int, str, tuple[str, ...]]] = []
    paths: list[tuple[str, ...]] = []
    for row, own in zip(rows, reversed(headings), strict=True):
        while above and (above[-1][0] >= row.indent or above[-1][1] != own):
            above.pop()
        path = (*(above[-1][2] if above else ()), row.description)
        above.append((row.indent, own, path))
        paths.append(path)
    return paths


def _cell(row: Row, parent: Row | None, at: int) -> Cell:
    if row.cells[at]:
        return Cell(row.cells[at], row.number)
    if parent is not None and parent.cells[at]:
        return Cell(parent.cells[at], parent.number)
    return Cell()
