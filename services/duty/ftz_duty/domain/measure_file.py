"""Reading a set of measures (`ftz.measures/1`, docs/measures.md): every problem is named with its place.

A set is taken whole or not at all. Scalars may be text, as in YAML read without guessing: dates are
YYYY-MM-DD, yes and no are yes and no, rates are texts as the schedule writes them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, cast

from ftz_duty.domain.measure import (
    Condition,
    Exemption,
    Measure,
    MeasureSet,
    Scope,
    measure_set,
)
from ftz_duty.domain.measure_check import overlaps
from ftz_duty.domain.rate import AdValorem, Inherit, Rate, plain
from ftz_duty.domain.rate_text import Unread, read_rate
from ftz_duty.domain.schedule import Problem
from ftz_duty.domain.schedule_check import DOUBTFUL_OVER, Refused

FORMAT = "ftz.measures/1"
UNKNOWN = "unknown"
HIGH_RATE = "high rate"

_HEADING = re.compile(r"99\d\d\.\d\d(\.\d\d)?|[AC]-\d{3}-\d{3}(-\d{3})?", re.ASCII)
_NUMBER = re.compile(r"\d{2}(\d\d){0,4}", re.ASCII)
_ORIGIN = re.compile(r"[A-Z]{2}", re.ASCII)
_ID = re.compile(r"[a-z0-9][a-z0-9.-]{0,79}", re.ASCII)
_TRUTH: dict[Any, bool] = {"yes": True, "true": True, True: True, "no": False, "false": False, False: False}
_REPORTED = 50

_SCOPE_FIELDS = frozenset({"numbers", "not_numbers", "origins", "not_origins", "from", "to"})
_MEASURE_FIELDS = _SCOPE_FIELDS | {
    "id", "programme", "heading", "rate", "kind", "exempt", "only_if", "group", "order", "not_with",
    "pf_required", "rate_date_policy", "drawback", "confirmed", "source", "note",
}  # fmt: skip
_EXEMPT_FIELDS = _SCOPE_FIELDS | {"heading", "why", "fact", "if_unknown"}


class _Reader:
    """Collects problems while it reads; what has one is left out."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def problem(self, place: str, code: str, reason: str, action: str) -> None:
        self.problems.append(Problem(place, code, reason, action))

    def text(self, raw: Mapping[str, Any], name: str, place: str, default: str | None = None) -> str:
        value = raw.get(name, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            self.problem(f"{place}.{name}", "missing", f"{name} is not said", f"write {name} as text")
            return ""
        return value.strip()

    def choice(self, raw: Mapping[str, Any], name: str, place: str, of: tuple[str, ...]) -> Any:
        value = raw.get(name, of[0])
        if value not in of:
            said = f"{value!r} is none of {', '.join(of)}"
            self.problem(f"{place}.{name}", "choice", said, f"write one of {', '.join(of)}")
            return of[0]
        return value

    def truth(self, raw: Mapping[str, Any], name: str, place: str, default: bool = False) -> bool:
        value = raw.get(name, default)
        found = _TRUTH.get(value) if isinstance(value, str | bool) else None
        if found is None:
            self.problem(f"{place}.{name}", "choice", f"{value!r} is neither yes nor no", "write yes or no")
        return bool(found)

    def known(self, raw: Mapping[str, Any], fields: frozenset[str], place: str) -> None:
        for name in sorted(set(raw) - fields):
            self.problem(f"{place}.{name}", "field", f"{name!r} is no field of it", "see docs/measures.md")

    def day(self, raw: Mapping[str, Any], name: str, place: str) -> str:
        value = raw.get(name, "")
        if value in ("", None):
            return ""
        try:
            return date.fromisoformat(value).isoformat()
        except (TypeError, ValueError):
            self.problem(f"{place}.{name}", "date", f"{value!r} is not a date", "write YYYY-MM-DD")
            return ""

    def words(
        self, raw: Mapping[str, Any], name: str, place: str, pattern: re.Pattern[str], what: str
    ) -> tuple[str, ...]:
        """A list, "all" or nothing; "all" is the empty tuple."""
        value: Any = raw.get(name, "all")
        if value == "all":
            return ()
        if not isinstance(value, list) or not value:
            said = f"{name} is neither all nor a list"
            self.problem(f"{place}.{name}", "list", said, f"write all, or a list of {what}")
            return ()
        found: dict[str, None] = {}
        for at, item in enumerate(cast("list[Any]", value)):
            text = item.replace(".", "") if isinstance(item, str) else ""
            if not pattern.fullmatch(text):
                self.problem(f"{place}.{name}[{at}]", name, f"{item!r} is not {what}", f"write {what}")
            elif text in found:
                said = f"{item!r} stands twice"
                self.problem(f"{place}.{name}[{at}]", "doubled", said, "leave one of them")
            found[text] = None
        return tuple(found)

    def scope(self, raw: Mapping[str, Any], place: str) -> Scope:
        first, last = self.day(raw, "from", place), self.day(raw, "to", place)
        if first and last and last < first:
            said = f"it ends on {last}, before it begins on {first}"
            self.problem(f"{place}.to", "date", said, "`to` is the last day in force")
        digits = "2, 4, 6, 8 or 10 digits of a tariff number"
        countries = "an ISO 3166 country code of two capital letters"
        return Scope(
            numbers=self.words(raw, "numbers", place, _NUMBER, digits),
            not_numbers=self.words(raw, "not_numbers", place, _NUMBER, digits),
            origins=frozenset(self.words(raw, "origins", place, _ORIGIN, countries)),
            not_origins=frozenset(self.words(raw, "not_origins", place, _ORIGIN, countries)),
            first=first,
            last=last,
        )

    def rows(self, raw: Mapping[str, Any], name: str, place: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        value: Any = raw.get(name, [])
        if not isinstance(value, list):
            self.problem(f"{place}{name}", "list", f"{name} is not a list", "write a list")
            return
        for at, row in enumerate(cast("list[Any]", value)):
            where = f"{place}{name}[{at}]"
            if isinstance(row, dict):
                yield where, cast("dict[str, Any]", row)
            else:
                self.problem(where, "row", f"{row!r} is not a mapping", "see docs/measures.md")


def read_measures(document: Any, accept: Iterable[str] = ()) -> MeasureSet | Refused:
    """The set of a document, or its problems (at most 50). `accept`: "high rate"."""
    reader = _Reader()
    if not isinstance(document, dict):
        return Refused((Problem("file", "format", "it is not a mapping", f"begin with format: {FORMAT}"),))
    raw = cast("dict[str, Any]", document)
    if raw.get("format") != FORMAT:
        said = f"format is {raw.get('format')!r}; this build reads {FORMAT!r}"
        return Refused((Problem("format", "format", said, f"write format: {FORMAT}"),))
    reader.known(raw, frozenset({"format", "name", "about", "measures"}), "file")
    name = reader.text(raw, "name", "file")
    measures = [_measure(reader, row, place) for place, row in reader.rows(raw, "measures", "")]
    if not measures:
        reader.problem("measures", "empty", "the set has no measures", "write at least one")
    _doubled(reader, measures)
    if not reader.problems:
        reader.problems.extend(overlaps(measures))
    _groups(reader, measures)
    problems = [p for p in reader.problems if p.code not in set(accept)]
    return Refused(tuple(problems[:_REPORTED])) if problems else measure_set(name, tuple(measures))


def _measure(reader: _Reader, raw: Mapping[str, Any], index: str) -> Measure:
    name = reader.text(raw, "id", index)
    place = f"{index} ({name})" if name else index
    reader.known(raw, _MEASURE_FIELDS, place)
    if name and not _ID.fullmatch(name):
        said = f"{name!r} is not an id"
        reader.problem(f"{place}.id", "id", said, "small letters, digits, dots and hyphens, at most 80")
    heading = reader.text(raw, "heading", place)
    if heading and not _HEADING.fullmatch(heading):
        said = f"{heading!r} is neither a heading of chapter 99 nor a case number"
        reader.problem(f"{place}.heading", "heading", said, "write it as printed: 9903.88.15, or A-570-123")
    scope = reader.scope(raw, place)
    if not scope.first:
        reader.problem(f"{place}.from", "date", "its first day is not said", "write from: YYYY-MM-DD")
    kind = reader.choice(raw, "kind", place, ("added", "minimum-total"))
    text = reader.text(raw, "rate", place)
    not_with: Any = raw.get("not_with", [])
    return Measure(
        id=name,
        programme=reader.text(raw, "programme", place),
        heading=heading,
        rate_text=text,
        rate=_rate(reader, text, kind, place),
        scope=scope,
        source=reader.text(raw, "source", place),
        kind=kind,
        conditions=tuple(_conditions(reader, raw, place)),
        exemptions=tuple(_exemption(reader, row, at) for at, row in reader.rows(raw, "exempt", f"{place}.")),
        group=reader.text(raw, "group", place, ""),
        order=_order(reader, raw, place),
        not_with=tuple(map(str, cast("list[Any]", not_with))) if isinstance(not_with, list) else (),
        pf_required=reader.truth(raw, "pf_required", place),
        policy=reader.choice(
            raw, "rate_date_policy", place, ("MANUAL", "PF_FILING_DATE", "ENTRY_DATE", "LATER_OF_RULES")
        ),
        drawback=reader.choice(raw, "drawback", place, ("unknown", "yes", "no")),
        confirmed=reader.truth(raw, "confirmed", place),
        note=reader.text(raw, "note", place, ""),
    )


def _rate(reader: _Reader, text: str, kind: str, place: str) -> Rate | None:
    if not text or text == UNKNOWN:
        return None
    read = read_rate(text)
    if isinstance(read, Inherit) and read.addition is not None and not read.reduction:
        read = read.addition  # "The duty provided in the applicable subheading + 25%": the measure is the 25%
    if isinstance(read, Unread | Inherit):
        why = read.reason if isinstance(read, Unread) else "it is not an addition"
        said = f"the rate {text!r} is not understood: {why}"
        reader.problem(
            f"{place}.rate", "rate", said, "write 25%, $0.50/kg, 50% on the value of the steel content"
        )
        return None
    if isinstance(read, AdValorem) and read.percent > DOUBTFUL_OVER:
        said = f"{plain(read.percent)} % is over {DOUBTFUL_OVER} %"
        reader.problem(
            f"{place}.rate", HIGH_RATE, said, "compare it with its source, then accept 'high rate'"
        )
    if kind == "minimum-total" and not (isinstance(read, AdValorem) and not read.basis):
        said = f"a minimum total is a percentage of the whole value, not {text!r}"
        reader.problem(f"{place}.rate", "rate", said, "write the total as a percentage")
    return read


def _conditions(reader: _Reader, raw: Mapping[str, Any], place: str) -> Iterator[Condition]:
    for at, row in reader.rows(raw, "only_if", f"{place}."):
        reader.known(row, frozenset({"fact", "is"}), at)
        yield Condition(reader.text(row, "fact", at), reader.truth(row, "is", at, True))


def _exemption(reader: _Reader, raw: Mapping[str, Any], place: str) -> Exemption:
    reader.known(raw, _EXEMPT_FIELDS, place)
    return Exemption(
        heading=reader.text(raw, "heading", place, ""),
        scope=reader.scope(raw, place),
        why=reader.text(raw, "why", place),
        fact=reader.text(raw, "fact", place, ""),
        if_unknown=reader.choice(raw, "if_unknown", place, ("ask", "duty")),
    )


def _order(reader: _Reader, raw: Mapping[str, Any], place: str) -> int:
    value = raw.get("order", 0)
    text = str(value)
    if isinstance(value, bool) or not text.isascii() or not text.isdigit() or len(text) > 4:
        reader.problem(f"{place}.order", "order", f"{value!r} is not a small whole number", "write 0, 1, 2")
        return 0
    return int(text)


def _doubled(reader: _Reader, measures: list[Measure]) -> None:
    seen: dict[str, int] = {}
    for at, measure in enumerate(measures):
        if measure.id in seen:
            said = f"{measure.id!r} stands already at measures[{seen[measure.id]}]"
            reader.problem(f"measures[{at}].id", "doubled", said, "give each measure an id of its own")
        seen.setdefault(measure.id, at)


def _groups(reader: _Reader, measures: list[Measure]) -> None:
    """`not_with` looks at groups whose own measures look at nobody: one step, in any order."""
    looking = {m.group for m in measures if m.group and m.not_with}
    for at, measure in enumerate(measures):
        for group in measure.not_with:
            if group in looking:
                said = f"measures of {group!r} have a not_with of their own"
                reader.problem(
                    f"measures[{at}].not_with", "group", said, "name groups that depend on no other"
                )
