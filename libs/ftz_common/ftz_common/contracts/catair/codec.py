"""One record to 80 columns and back: `build(parse(text)) == text`, `parse(build(values)) == values`.

Letters and codes stand on the left, filled with blanks; amounts on the right, filled with zeros, with their
implied decimals; blank is "not given". What does not fit is refused with record, field and columns, never
cut, rounded or padded into something else.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ftz_common.contracts.catair.e214 import E214
from ftz_common.contracts.catair.layout import WIDTH, Field, FieldClass, Layout, Problem, Record

Value = str | Decimal
Values = Mapping[str, Value]

_ALLOWED: dict[FieldClass, re.Pattern[str]] = {
    "A": re.compile(r"[A-Z]+"),
    "N": re.compile(r"[0-9]+"),
    "AN": re.compile(r"[A-Z0-9]+"),
    "X": re.compile(r"[ -~]+"),
}
_IN_WORDS: dict[FieldClass, str] = {
    "A": "capital letters",
    "N": "digits",
    "AN": "capital letters and digits",
    "X": "printable ASCII characters",
}


class Unbuildable(ValueError):
    """Values that no record can carry; `problems` says each."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Parsed:
    """A record as read: its layout (None: unknown), the values that could be read, what is wrong."""

    record: Record | None
    values: Values
    problems: tuple[Problem, ...]


def problem(record: Record, field: Field, code: str, reason: str) -> Problem:
    """What is wrong with a field."""
    return Problem(code, record.id, field.name, field.start, field.end, reason)


def build(record: Record, values: Values) -> str:
    """The record's 80 columns; raises `Unbuildable` for a value that its field cannot carry."""
    text, problems = draft(record, values)
    if problems:
        raise Unbuildable(problems)
    return text


def draft(record: Record, values: Values) -> tuple[str, list[Problem]]:
    """The record's 80 columns with blanks for what cannot be carried, and what that is."""
    problems: list[Problem] = []
    columns = list(record.id.ljust(WIDTH))
    unknown = set(values) - {field.name for field in record.fields}
    if unknown:
        raise KeyError(f"record {record.id} has no field {sorted(unknown)[0]!r}")
    for field in record.fields:
        if field.name not in values:
            continue
        written = _written(record, field, values[field.name])
        if isinstance(written, Problem):
            problems.append(written)
        else:
            columns[field.start - 1 : field.end] = written
    return "".join(columns), problems


def _written(record: Record, field: Field, value: Value) -> str | Problem:
    if field.decimals is None:
        text = value if isinstance(value, str) else format(value, "f")
        wrong = wrong_text(record, field, text)
        return wrong or text.ljust(field.width)
    if isinstance(value, str):
        return problem(record, field, "not-a-number", f"{value!r} is text; this is an amount")
    if not value.is_finite() or value < 0:
        return problem(record, field, "not-a-number", f"{value} is no amount of 0 or more")
    whole, _, fraction = f"{value.copy_abs():f}".partition(".")
    fraction = fraction.rstrip("0")
    if len(fraction) > field.decimals:
        reason = f"{value:f} has more than {field.decimals} decimals"
        return problem(record, field, "too-many-decimals", reason)
    digits = (whole + fraction.ljust(field.decimals, "0")).lstrip("0") or "0"
    if len(digits) > field.width:
        reason = f"{value:f} needs {len(digits)} digits, there are {field.width}"
        return problem(record, field, "too-large", reason)
    return digits.rjust(field.width, "0")


def wrong_text(record: Record, field: Field, text: str) -> Problem | None:
    """What is wrong with the text of a field, if anything."""
    for code, reason in _wrongs(field, text):
        return problem(record, field, code, reason)
    return None


def _wrongs(field: Field, text: str) -> Iterator[tuple[str, str]]:
    if len(text) > field.width:
        yield "too-long", f"{text!r} has {len(text)} characters, there are {field.width}"
    if not _ALLOWED[field.of].fullmatch(text):
        yield "wrong-class", f"{text!r} is not {_IN_WORDS[field.of]} (class {field.of})"
    if text != text.strip(" "):
        yield "wrong-class", f"{text!r} begins or ends with a blank"
    if len(text) < field.length_min:
        yield "too-short", f"{text!r} has fewer than {field.length_min} characters"
    if field.codes and text not in field.codes:
        yield "unknown-code", f"{text!r} is none of {', '.join(field.codes)}"
    if text in field.never:
        yield "not-allowed", f"{text!r} may not stand here: {field.meaning}"
    if field.pattern and not re.fullmatch(field.pattern, text):
        yield "wrong-shape", f"{text!r} is not {field.shape}"
    if field.date_form and not _is_date(field, text):
        yield "no-such-date", f"{text!r} is no day of the calendar ({field.date_form})"


def _is_date(field: Field, text: str) -> bool:
    whole = f"20{text[4:]}{text[:4]}" if field.date_form == "MMDDYY" else text
    try:
        date(int(whole[:4]), int(whole[4:6]), int(whole[6:]))
    except ValueError:
        return False
    return True


def parse(text: str, layout: Layout = E214) -> Parsed:
    """A record of 80 columns; what cannot be read is left out and named."""
    record = layout.record_of(text)
    if record is None:
        known = ", ".join(layout.records)
        return Parsed(None, {}, (_whole(text[:2], "unknown-record", f"known are {known}"),))
    if len(text) != WIDTH:
        reason = f"a record has {WIDTH} characters, this one {len(text)}"
        return Parsed(record, {}, (_whole(record.id, "wrong-length", reason),))
    problems: list[Problem] = []
    values: dict[str, Value] = {}
    behind = len(record.id)
    for field in record.fields:
        _filler(record, text, behind, field.start - 1, problems)
        behind = field.end
        raw = text[field.start - 1 : field.end]
        if not raw.strip(" "):
            continue
        read = _read(record, field, raw)
        if isinstance(read, Problem):
            problems.append(read)
        else:
            values[field.name] = read
    _filler(record, text, behind, WIDTH, problems)
    return Parsed(record, values, tuple(problems))


def _whole(record: str, code: str, reason: str) -> Problem:
    return Problem(code, record, "", 0, 0, reason)


def _filler(record: Record, text: str, start: int, end: int, problems: list[Problem]) -> None:
    between = text[start:end]
    if between.strip(" "):
        reason = f"{between!r} stands where no field is"
        problems.append(Problem("not-blank", record.id, "", start + 1, end, reason))


def _read(record: Record, field: Field, raw: str) -> Value | Problem:
    if field.decimals is None:
        text = raw.rstrip(" ")
        return wrong_text(record, field, text) or text
    if not re.fullmatch(r"[0-9]+", raw):
        reason = f"{raw!r} is no amount of {field.width} digits, filled with zeros"
        return problem(record, field, "not-a-number", reason)
    return Decimal(int(raw)).scaleb(-field.decimals) if field.decimals else Decimal(int(raw))
