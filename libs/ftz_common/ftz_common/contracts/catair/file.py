"""A whole e214 file: records in their order, loops within their limits, conditions between fields."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from ftz_common.contracts.catair.codec import Value, Values, draft, parse, problem
from ftz_common.contracts.catair.e214 import E214
from ftz_common.contracts.catair.layout import (
    BlankWhen,
    Condition,
    Differs,
    Field,
    Layout,
    NeedsRecord,
    NotAfter,
    OncePer,
    OnlyWhen,
    Problem,
    Record,
    RecordOnlyWhen,
    Required,
    ShapeWhen,
    When,
)


class _Index:
    """A layout as a pass through a file asks for it."""

    def __init__(self, layout: Layout) -> None:
        rules, places = layout.rules, layout.places
        self.places = {place.record: (n, place) for n, place in enumerate(places)}
        self.under = {
            id_: tuple(place for place in places if place.under == id_) for id_ in ("", *layout.records)
        }
        self.per = {
            id_: tuple(rule for rule in rules if not isinstance(rule, RecordOnlyWhen) and rule.per == id_)
            for id_ in layout.records
        }
        self.only = {
            id_: tuple(rule for rule in rules if isinstance(rule, RecordOnlyWhen) and rule.record == id_)
            for id_ in layout.records
        }
        self.watched = frozenset(_watched(layout))


@lru_cache
def _index(layout: Layout) -> _Index:
    return _Index(layout)


def _watched(layout: Layout) -> Iterator[tuple[str, str]]:
    """The fields whose values rules ask for among what stands under a record."""
    for rule in layout.rules:
        match rule:
            case NeedsRecord(when, _, _):
                record, _, name = when.field.rpartition(".")
                yield record, name
            case OncePer(record, name, _, _):
                yield record, name
            case _:
                pass
    for place in layout.places:
        if place.unless is not None:
            record, _, name = place.unless.field.rpartition(".")
            yield record, name


@dataclass(frozen=True, slots=True)
class Row:
    """A record of a file: its line (from 1), its 80 columns, its layout, its values."""

    line: int
    text: str
    record: Record | None
    values: Values


@dataclass(frozen=True, slots=True)
class File:
    """A file as read: every record, and everything that is wrong, in the order of lines."""

    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]


def write(records: Iterable[tuple[str, Values]], layout: Layout = E214) -> tuple[str, list[Problem]]:
    """The text of a file, one record a line, and what its fields could not carry (blank there)."""
    lines: list[str] = []
    problems: list[Problem] = []
    for number, (record, values) in enumerate(records, 1):
        text, wrong = draft(layout.records[record], values)
        lines.append(text)
        problems.extend(replace(w, line=number) for w in wrong)
    return "".join(f"{line}\n" for line in lines), problems


def read(text: str, layout: Layout = E214) -> File:
    """Every record of a file with everything that is wrong with it; lines end with LF or CR LF."""
    rows: list[Row] = []
    found: list[Problem] = []
    for number, line in enumerate(text.removesuffix("\n").split("\n") if text else [], 1):
        line = line.removesuffix("\r")  # noqa: PLW2901 files come with either end of line
        parsed = parse(line, layout)
        rows.append(Row(number, line, parsed.record, parsed.values))
        found.extend(replace(p, line=number) for p in parsed.problems)
    unread = {(p.line, p.field) for p in found}
    found.extend(p for p in _Walk(rows, layout).problems() if (p.line, p.field) not in unread or not p.field)
    return File(tuple(rows), tuple(sorted(found, key=lambda p: p.line)))


@dataclass(slots=True)
class _Open:
    """A record that others stand under, while the walk is inside it."""

    row: Row
    id: str
    order: int
    counts: dict[str, int] = field(default_factory=dict[str, int])
    seen: dict[tuple[str, str, str], int] = field(default_factory=dict[tuple[str, str, str], int])
    counted: dict[str, int] = field(default_factory=dict[str, int])  #: fields that count in it


class _Walk:
    """One pass through a file; `path` is the records that are open, outermost first."""

    def __init__(self, rows: list[Row], layout: Layout) -> None:
        self._rows = rows
        self._layout = layout
        self._index = _index(layout)
        self._path: list[_Open] = []
        self._top = _Open(Row(0, "", None, {}), "", -1)

    def problems(self) -> Iterator[Problem]:
        for row in self._rows:
            if row.record is None:
                continue
            yield from self._enter(row, row.record)
        while self._path:
            yield from self._leave(self._path.pop())
        yield from self._too_few(self._top)

    # ---- structure ------------------------------------------------------------------------------

    def _enter(self, row: Row, record: Record) -> Iterator[Problem]:
        order, place = self._index.places[record.id]
        while self._path and self._path[-1].id != place.under:
            if place.under not in {o.id for o in self._path[:-1]} | {""}:
                yield _at(
                    row, record, "out-of-order", f"record {record.id} stands under a record {place.under}"
                )
                return
            yield from self._leave(self._path.pop())
        above = self._path[-1] if self._path else self._top
        if above.id != place.under:
            yield _at(row, record, "out-of-order", f"record {record.id} stands under a record {place.under}")
            return
        later = [r for r in above.counts if self._index.places[r][0] > order]
        if later:
            yield _at(row, record, "out-of-order", f"record {record.id} stands before record {later[0]}")
        above.counts[record.id] = above.counts.get(record.id, 0) + 1
        if place.most is not None and above.counts[record.id] == place.most + 1:
            what = place.called or f"records {record.id}"
            reason = f"more than {place.most:,} {what}; split it over {self._layout.split}"
            yield _at(row, record, "too-many", reason)
        opened = _Open(row, record.id, order)
        self._path.append(opened)
        self._remember(opened)
        yield from self._fields(row, record)

    def _leave(self, closed: _Open) -> Iterator[Problem]:
        yield from self._too_few(closed)
        record = closed.row.record
        assert record is not None  # noqa: S101 only known records are opened
        for rule in self._index.per[closed.id]:
            match rule:
                case NeedsRecord(when, needed, _):
                    if self._seen(closed, when) and not closed.counts.get(needed):
                        yield _at(
                            closed.row, record, "record-missing", f"{when}, so a record {needed} follows"
                        )
                case OncePer(of, name, value, per):
                    count = closed.seen.get((of, name, value), 0)
                    if count != 1:
                        code = f"{value.lower()}-missing" if not count else f"{value.lower()}-twice"
                        reason = f"{value} stands once in each record {per}, here {count} times"
                        yield Problem(code, of, name, *self._columns(of, name), reason, closed.row.line)

    def _columns(self, record: str, name: str) -> tuple[int, int]:
        found = self._layout.records[record].field(name)
        return found.start, found.end

    def _too_few(self, above: _Open) -> Iterator[Problem]:
        for place in self._index.under[above.id]:
            if above.counts.get(place.record, 0) >= place.least:
                continue
            if place.unless is not None and self._seen(above, place.unless):
                continue
            reason = f"at least {place.least} record {place.record} is needed here"
            yield Problem("record-missing", place.record, "", 0, 0, reason, above.row.line)

    def _remember(self, opened: _Open) -> None:
        for name, value in opened.row.values.items():
            if (opened.id, name) in self._index.watched and isinstance(value, str):
                key = (opened.id, name, value)
                for above in self._path:
                    above.seen[key] = above.seen.get(key, 0) + 1

    @staticmethod
    def _seen(above: _Open, when: When) -> bool:
        record, _, name = when.field.rpartition(".")
        return any((record, name, value) in above.seen for value in when.among)

    # ---- fields ---------------------------------------------------------------------------------

    def _fields(self, row: Row, record: Record) -> Iterator[Problem]:
        for rule in self._index.only[record.id]:
            if not self._holds(rule.when, row):
                yield _at(row, record, "not-allowed", f"record {record.id} stands only when {rule.when}")
        for each in record.fields:
            value = row.values.get(each.name)
            if value is None and each.requirement == "M":
                yield _field(row, record, each, "missing", f"{each.meaning}: mandatory")
            for condition in each.conditions:
                wrong = self._condition(condition, row, value)
                if wrong:
                    yield _field(row, record, each, *wrong)
            if each.counts_per and value is not None:
                yield from self._counts(row, record, each, value)

    def _counts(self, row: Row, record: Record, each: Field, value: Value) -> Iterator[Problem]:
        above = next((o for o in self._path if o.id == each.counts_per), None)
        if above is None:
            return
        above.counted[each.name] = expected = above.counted.get(each.name, 0) + 1
        if value != expected:
            reason = f"{value}, where {expected} comes: {each.meaning}"
            yield _field(row, record, each, "wrong-count", reason)

    def _condition(self, condition: Condition, row: Row, value: Value | None) -> tuple[str, str] | None:
        match condition:
            case Required(when):
                if value is None and self._holds(when, row):
                    return "missing", f"mandatory, because {when}"
            case OnlyWhen(when):
                if value is not None and not self._holds(when, row):
                    return "not-allowed", f"stands only when {when}"
            case BlankWhen(when):
                if value is not None and self._holds(when, row):
                    return "not-allowed", f"blank, because {when}"
            case _ if value is not None:
                return self._comparison(condition, row, value)
            case _:
                pass
        return None

    def _comparison(self, condition: Condition, row: Row, value: Value) -> tuple[str, str] | None:
        match condition:
            case Differs(other) if value == row.values.get(other):
                return "not-allowed", f"stands only when it is not {other}"
            case NotAfter(other) if other in row.values and str(value) > str(row.values[other]):
                return "after", f"{value} is after {other} {row.values[other]}"
            case ShapeWhen(when, pattern, shape) if self._holds(when, row):
                if not re.fullmatch(pattern, str(value)):
                    return "wrong-shape", f"{value!r} is not {shape}"
            case _:
                pass
        return None

    def _holds(self, when: When, row: Row) -> bool:
        record, _, name = when.field.rpartition(".")
        values: Mapping[str, Value] = row.values
        if record:
            open_ = [o.row.values for o in self._path if o.id == record]
            values = open_[-1] if open_ else {}
        value = values.get(name)
        return value is not None if not when.among else value in when.among


def _at(row: Row, record: Record, code: str, reason: str) -> Problem:
    return Problem(code, record.id, "", 0, 0, reason, row.line)


def _field(row: Row, record: Record, each: Field, code: str, reason: str) -> Problem:
    return replace(problem(record, each, code, reason), line=row.line)
