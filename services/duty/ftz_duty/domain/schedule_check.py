"""From the rows of an export to a schedule: number, order, completeness and high rates are checked first."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ftz_duty.domain.rate import AdValorem, Compound, Inherit, Rate, SpecialRates, plain
from ftz_duty.domain.rate_text import Unread, read_rate, read_special
from ftz_duty.domain.schedule import Footnote, Problem, Row, Schedule, build, digits, dotted

_CHAPTERS = frozenset(f"{chapter:02d}" for chapter in range(1, 100)) - {"77"}  # 77 is reserved
_REPORTED = 50

DOUBTFUL_OVER = 200
# Over-quota tobacco really is 350 % (HTSUS 2401, 2403): nothing else in the schedule passes 200 %.
KNOWN_HIGH = {"2401": 350, "2403": 350}

EXPORT_AGAIN = "export the schedule again from hts.usitc.gov and import that file"


@dataclass(frozen=True, slots=True)
class Refused:
    """A file of which nothing is taken; `problems` in the order of the file, at most 50."""

    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One row as it stands in the file; `place` is "line 29" of a CSV, "item 28" of a JSON."""

    place: str
    number: str
    indent: str
    description: str
    units: Sequence[str] | None
    cells: tuple[str, str, str, str]
    footnotes: tuple[Footnote, ...] = ()


def checked(records: Sequence[Record], *, extract: bool) -> Schedule | Refused:
    """The schedule of these rows, or every problem found; `extract` allows chapters to be missing."""
    rows: list[Row] = []
    problems: list[Problem] = []
    for record in records:
        row = _row(record)
        if isinstance(row, Problem):
            problems.append(row)
        else:
            rows.append(row)
    problems.extend(_out_of_order(rows))
    if not rows and not problems:
        problems.append(Problem("line 2", "empty", "the file has a header and no rows", EXPORT_AGAIN))
    if not extract and not problems:
        problems.extend(_incomplete(rows))
    if problems:
        return Refused(tuple(problems[:_REPORTED]))
    return build(rows, tuple(_doubts(rows)))


def _row(record: Record) -> Row | Problem:
    place = f"{record.place} ({record.number or record.description[:40]!r})"
    number = digits(record.number) if record.number else ""
    if number is None:
        reason = f"{record.number!r} is not a tariff number of 4, 6, 8 or 10 digits"
        return Problem(place, "number", reason, EXPORT_AGAIN)
    if not (record.indent.isascii() and record.indent.isdigit() and len(record.indent) <= 2):
        return Problem(place, "indent", f"indent {record.indent!r} is not a small whole number", EXPORT_AGAIN)
    if record.units is None:
        return Problem(place, "units", "the unit of quantity is not a list of texts", EXPORT_AGAIN)
    if not number and any(record.cells):
        return Problem(place, "number", "a row with a rate has no number", EXPORT_AGAIN)
    return Row(
        record.place, number, int(record.indent), record.description, _units(record.units), record.cells,
        record.footnotes,
    )  # fmt: skip


def _units(symbols: Sequence[str]) -> tuple[str, ...]:
    """Unit symbols without blanks around them; "No. and kg" is two."""
    return tuple(
        unicodedata.normalize("NFKC", part).strip()
        for symbol in symbols
        for part in symbol.split(" and ")
        if part.strip()
    )


def _out_of_order(rows: Iterable[Row]) -> Iterator[Problem]:
    """The export is in ascending order of numbers: a repeat or a step back is a doubled or a pasted part."""
    seen: dict[str, str] = {}
    last = ""
    for row in rows:
        if not row.number:
            continue
        place = f"{row.place} ({dotted(row.number)!r})"
        if row.number in seen:
            yield Problem(place, "doubled", f"already stands on {seen[row.number]}", EXPORT_AGAIN)
        elif row.number < last:
            yield Problem(place, "order", f"stands after {dotted(last)}", EXPORT_AGAIN)
        seen.setdefault(row.number, row.place)
        last = max(last, row.number)


def _incomplete(rows: list[Row]) -> Iterator[Problem]:
    last = rows[-1]
    chapters = {row.number[:2] for row in rows if row.number}
    if missing := sorted(_CHAPTERS - chapters):
        ends = max(chapters, default="none")
        reason = f"the file ends in chapter {ends}; chapters {', '.join(missing)} are missing"
        action = f"{EXPORT_AGAIN}, or say that the file is an extract"
        yield Problem(last.place, "cut", reason, action)
    elif len(last.number) < 8 or last.description.endswith(":"):
        yield Problem(last.place, "cut", "the file ends in a heading without lines", EXPORT_AGAIN)


def _doubts(rows: Iterable[Row]) -> Iterator[Problem]:
    for row in rows:
        known = KNOWN_HIGH.get(row.number[:4], DOUBTFUL_OVER)
        for at, text in enumerate(row.cells):
            worst = max(_percentages(text, special=at == 1), default=Fraction(0)) if text else Fraction(0)
            if worst > known:
                reason = f"{plain(worst)} % in {text!r} is over {known} %"
                action = "compare the line with hts.usitc.gov, then accept the doubt or import a sound file"
                yield Problem(f"{row.place} ({dotted(row.number)!r})", "high rate", reason, action)


def _percentages(text: str, *, special: bool) -> list[Fraction]:
    read = read_special(text) if special else read_rate(text)
    if isinstance(read, Unread):
        return []
    rates = [segment.rate for segment in read.segments] if isinstance(read, SpecialRates) else [read]
    return [percent for rate in rates for percent in _percents_of(rate)]


def _percents_of(rate: Rate) -> Iterator[Fraction]:
    match rate:
        case AdValorem(percent):
            yield percent
        case Compound(terms):
            for term in terms:
                yield from _percents_of(term)
        case Inherit(addition=addition) if addition is not None:
            yield from _percents_of(addition)
        case _:
            return
