"""What changed between two revisions of the schedule, and where numbers went."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ftz_duty.domain.rate_text import Unread, read_rate, read_special
from ftz_duty.domain.schedule import COLUMNS, Cell, Column, Line, Problem, Schedule, digits, dotted
from ftz_duty.domain.schedule_check import Refused

Concordance = Mapping[str, tuple[str, ...]]
"""Successors by number, digits only, as the concordance of one or more revision steps gives them."""

NO_CONCORDANCE: Concordance = MappingProxyType({})

_OLD, _NEW = "old_hts10", "new_hts10"


@dataclass(frozen=True, slots=True)
class Deleted:
    """A line that is gone; `successors` are lines of the newer schedule, empty when the concordance knows
    none.
    """

    line: Line
    successors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CellChange:
    """The text that counts for a line changed; `same_rate` when both texts state the same rate."""

    number: str
    column: Column
    before: Cell
    after: Cell
    same_rate: bool


@dataclass(frozen=True, slots=True)
class TextChange:
    """A description or the units of quantity changed."""

    number: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScheduleDiff:
    """Differences in order of number. Rates are compared on lines of eight and ten digits, inherited ones
    too.
    """

    added: tuple[Line, ...]
    deleted: tuple[Deleted, ...]
    rates: tuple[CellChange, ...]
    reworded: tuple[CellChange, ...]
    descriptions: tuple[TextChange, ...]
    units: tuple[TextChange, ...]


def diff(before: Schedule, after: Schedule, concordance: Concordance = NO_CONCORDANCE) -> ScheduleDiff:
    """What `after` adds, deletes and changes against `before`."""
    kept = [(line, now) for line in before if (now := after.line(line.number)) is not None]
    cells = [change for line, now in kept if len(line.number) >= 8 for change in _cells(line, now)]
    return ScheduleDiff(
        added=tuple(line for line in after if line.number not in before.lines),
        deleted=tuple(
            Deleted(line, successors(line.number, after, concordance))
            for line in before
            if line.number not in after.lines
        ),
        rates=tuple(change for change in cells if not change.same_rate),
        reworded=tuple(change for change in cells if change.same_rate),
        descriptions=tuple(
            TextChange(line.number, line.path, now.path) for line, now in kept if line.path != now.path
        ),
        units=tuple(
            TextChange(line.number, line.units, now.units) for line, now in kept if line.units != now.units
        ),
    )


def _cells(line: Line, now: Line) -> list[CellChange]:
    return [
        CellChange(line.number, column, was, new, _same_rate(column, was.text, new.text))
        for column in COLUMNS
        if (was := line.cell(column)).text != (new := now.cell(column)).text
    ]


def _same_rate(column: Column, before: str, after: str) -> bool:
    read = read_special if column == "special" else read_rate
    one = read(before)
    return not isinstance(one, Unread) and one == read(after)


def successors(number: str, schedule: Schedule, concordance: Concordance) -> tuple[str, ...]:
    """Where a number went, through any number of revisions, as far as those lines are in `schedule`."""
    found: dict[str, None] = {}
    seen = {number}
    waiting = list(concordance.get(number, ()))
    while waiting:
        following = waiting.pop(0)
        if following in seen:
            continue
        seen.add(following)
        if following in schedule.lines:
            found[following] = None
        else:
            waiting.extend(concordance.get(following, ()))
    return tuple(found)


def shrunk(before: Schedule, after: Schedule) -> str:
    """Why `after` looks like a part of the schedule rather than a revision of it, "" when it does not.

    A file cut between two rows is well-formed: only the lines that it lacks tell. Revisions delete a few
    lines in a hundred; over a tenth, or everything after some number, is a question for a person.
    """
    last = max(after.lines, default="")
    beyond = sum(line.final for line in before if line.number > last)
    if beyond:
        return f"it ends at {dotted(last)}, after which {beyond} lines stood before"
    finals = [line for line in before if line.final]
    gone = sum(line.number not in after.lines for line in finals)
    if gone * 10 > len(finals):
        return f"{gone} of the {len(finals)} lines before are not in it"
    return ""


def read_concordance(text: str) -> Concordance | Refused:
    """A concordance file: CSV with the columns old_hts10 and new_hts10, "NA" where a line is new or has no
    heir.
    """
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if missing := [name for name in (_OLD, _NEW) if name not in (reader.fieldnames or ())]:
        action = f"a concordance has the columns {_OLD} and {_NEW}"
        return Refused((Problem("line 1", "columns", f"missing column: {', '.join(missing)}", action),))
    found: dict[str, dict[str, None]] = {}
    problems: list[Problem] = []
    for row in reader:
        old, new = (str(row[name] or "").strip() for name in (_OLD, _NEW))
        if "NA" in {old, new}:
            continue
        numbers = digits(old), digits(new)
        if numbers[0] is None or numbers[1] is None:
            reason = f"{old!r} to {new!r} are not two tariff numbers"
            problems.append(Problem(f"line {reader.line_num}", "number", reason, "correct the row"))
        else:
            found.setdefault(numbers[0], {})[numbers[1]] = None
    if problems:
        return Refused(tuple(problems))
    return {old: tuple(new) for old, new in found.items()}
