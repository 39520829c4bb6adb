"""Reading an official USITC export of the schedule, CSV or JSON: whole and sound, or refused with place and
reason.
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, cast

from ftz_duty.domain.schedule import Footnote, Problem, Schedule, digits
from ftz_duty.domain.schedule_check import EXPORT_AGAIN, Record, Refused, checked

_CSV_COLUMNS = (
    "HTS Number",
    "Indent",
    "Description",
    "Unit of Quantity",
    "General Rate of Duty",
    "Special Rate of Duty",
    "Column 2 Rate of Duty",
    "Quota Quantity",
    "Additional Duties",
)
_JSON_KEYS = frozenset({"htsno", "indent", "description", "general", "special", "other"})
# "addiitionalDuties" is how the export itself spells the key.
_JSON_OPTIONAL = frozenset(
    {"superior", "units", "footnotes", "quotaQuantity", "additionalDuties", "addiitionalDuties"}
)
_MOJIBAKE = re.compile("Â[¢²]|Ã[\u0080-\u00bf]|\ufffd|\x00")
_TAG = re.compile(r"</?[a-z]{1,6}/?>")  # the JSON export sets species and units in <i>, <il>, <sup>
_POINTER = re.compile(r"\b\d{4}(?:\.\d{2}){2,3}\b")


class _Unreadable(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.reason)
        self.problem = problem


def read_csv(data: bytes, *, extract: bool = False) -> Schedule | Refused:
    """The schedule in a CSV export.

    `extract` allows a file with some chapters only (a sample); otherwise chapters 1 to 99 must all be there.
    """
    try:
        text = _decoded(data)
        if not extract and not text.endswith(("\n", "\r")):
            lines = text.count("\n") + 1
            raise _unreadable(f"line {lines}", "cut", "the file ends in the middle of a line")
        records = _csv_records(text)
    except _Unreadable as refused:
        return Refused((refused.problem,))
    return checked(records, extract=extract)


def read_json(data: bytes, *, extract: bool = False) -> Schedule | Refused:
    """The schedule in a JSON export, with footnotes. `extract` as for `read_csv`."""
    try:
        records = _json_records(_decoded(data))
    except _Unreadable as refused:
        return Refused((refused.problem,))
    return checked(records, extract=extract)


def _unreadable(place: str, code: str, reason: str, action: str = EXPORT_AGAIN) -> _Unreadable:
    return _Unreadable(Problem(place, code, reason, action))


def _decoded(data: bytes) -> str:
    if not data.strip():
        raise _unreadable("line 1", "empty", "the file is empty")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise _unreadable("line 1", "encoding", "the file is UTF-16, not UTF-8", "save it as UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        reason = f"byte 0x{data[error.start]:02X} is not UTF-8 (a ¢ saved as Windows-1252 looks like this)"
        raise _unreadable(f"line {line}", "encoding", reason, "save it as UTF-8") from error
    if match := _MOJIBAKE.search(text):
        line = text.count("\n", 0, match.start()) + 1
        reason = f"{match[0]!r} shows that the text was decoded with the wrong encoding once before"
        raise _unreadable(f"line {line}", "encoding", reason)
    return text


def _csv_records(text: str) -> list[Record]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    records: list[Record] = []
    place = 1
    try:
        header = [name.strip() for name in next(reader)]
        _check_columns(header)
        order = [header.index(name) for name in _CSV_COLUMNS]
        place = reader.line_num + 1
        for fields in reader:
            if len(fields) != len(_CSV_COLUMNS):
                reason = f"{len(fields)} fields instead of {len(_CSV_COLUMNS)}"
                raise _unreadable(f"line {place}", "cut", f"{reason}: the row is broken or cut off")
            number, indent, description, units, *rest = (fields[at].strip() for at in order)
            general, special, column2, _quota, additional = rest
            cells = (general, special, column2, additional)
            records.append(Record(f"line {place}", number, indent, description, _unit_list(units), cells))
            place = reader.line_num + 1
    except csv.Error as error:
        raise _unreadable(f"line {place}", "cut", f"the row that begins here is broken: {error}") from error
    return records


def _check_columns(header: list[str]) -> None:
    unknown = sorted(set(header) - set(_CSV_COLUMNS))
    missing = [name for name in _CSV_COLUMNS if name not in header]
    twice = sorted({name for name in header if header.count(name) > 1})
    for what, names in (("unknown column", unknown), ("missing column", missing), ("doubled column", twice)):
        if names:
            reason = f"{what}: {', '.join(repr(name) for name in names)}"
            raise _unreadable("line 1", "columns", reason, f"the columns are: {', '.join(_CSV_COLUMNS)}")


def _unit_list(cell: str) -> Sequence[str] | None:
    """The JSON list in a unit cell; None when it is not one."""
    if not cell:
        return ()
    try:
        units: Any = json.loads(cell)
    except (ValueError, RecursionError):
        return None
    return _texts(units)


def _texts(value: Any) -> Sequence[str] | None:
    if isinstance(value, list) and all(isinstance(item, str) for item in cast("list[object]", value)):
        return cast("list[str]", value)
    return None


def _json_records(text: str) -> list[Record]:
    try:
        items: Any = json.loads(text, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        raise _unreadable(
            f"line {error.lineno}", "cut", f"the JSON is broken or cut off: {error.msg}"
        ) from error
    except (ValueError, RecursionError) as error:
        raise _unreadable("line 1", "columns", f"the JSON holds what no export holds: {error}") from error
    if not isinstance(items, list):
        raise _unreadable("item 1", "columns", "the export is a JSON list of rows")
    return [_json_record(place, item) for place, item in enumerate(cast("list[object]", items), start=1)]


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise _unreadable(f"row {found.get('htsno', '')!r}", "columns", f"doubled key: {', '.join(twice)}")
    return found


def _json_record(place: int, item: object) -> Record:
    if not isinstance(item, dict):
        raise _unreadable(f"item {place}", "columns", "the item is not an object")
    row = cast("dict[str, object]", item)
    for what, keys in (
        ("unknown key", row.keys() - _JSON_KEYS - _JSON_OPTIONAL),
        ("missing key", _JSON_KEYS - row.keys()),
    ):
        if keys:
            raise _unreadable(f"item {place}", "columns", f"{what}: {', '.join(sorted(keys))}")

    def text(key: str) -> str:
        value = row.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise _unreadable(f"item {place}", "columns", f"{key} is not text: {value!r}")
        return value.strip()

    units = row.get("units")
    additional = text("additionalDuties") or text("addiitionalDuties")
    return Record(
        f"item {place}",
        text("htsno"),
        text("indent"),
        _TAG.sub("", text("description")),
        () if units is None else _texts(units),
        (text("general"), text("special"), text("other"), additional),
        tuple(_footnotes(place, row.get("footnotes"))),
    )


def _footnotes(place: int, value: object) -> Iterator[Footnote]:
    for item in cast("list[object]", value) if isinstance(value, list) else ():
        note = cast("dict[str, object]", item) if isinstance(item, dict) else {}
        columns, words = _texts(note.get("columns")), note.get("value")
        if columns is None or not isinstance(words, str):
            raise _unreadable(f"item {place}", "footnote", f"a footnote without columns or value: {item!r}")
        lines = tuple(number for found in _POINTER.findall(words) if (number := digits(found)))
        yield Footnote(tuple(columns), words.strip(), lines)
