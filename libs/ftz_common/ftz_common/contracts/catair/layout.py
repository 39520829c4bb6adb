"""What a layout is made of: records of 80 columns, fields with positions, conditions as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

WIDTH = 80

#: A letters · N digits · AN letters and digits · X any printable character. Letters are capitals but in X.
FieldClass = Literal["A", "N", "AN", "X"]
#: Mandatory · conditional · optional.
Requirement = Literal["M", "C", "O"]


@dataclass(frozen=True, slots=True)
class When:
    """A field of the same 214 ("20.mot"), or of the same record ("mot"), has one of these values.

    Without values: it is given at all.
    """

    field: str
    among: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.field} is {' or '.join(self.among)}" if self.among else f"{self.field} is given"


@dataclass(frozen=True, slots=True)
class Required:
    """The field must be given when this holds."""

    when: When


@dataclass(frozen=True, slots=True)
class OnlyWhen:
    """The field may be given only when this holds."""

    when: When


@dataclass(frozen=True, slots=True)
class BlankWhen:
    """The field must be blank when this holds."""

    when: When


@dataclass(frozen=True, slots=True)
class Differs:
    """The field, if given, says something else than that field of the same record."""

    field: str


@dataclass(frozen=True, slots=True)
class NotAfter:
    """The date is not after that date of the same record."""

    field: str


@dataclass(frozen=True, slots=True)
class ShapeWhen:
    """When this holds, the field looks so (a regular expression), in words `shape`."""

    when: When
    pattern: str
    shape: str


Condition = Required | OnlyWhen | BlankWhen | Differs | NotAfter | ShapeWhen


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record: columns `start` to `end`, counted from 1.

    With `decimals` it is an amount (a Decimal) with so many implied decimals, filled with zeros on the left;
    without, it is text, filled with blanks on the right. Blank means: not given.
    """

    name: str
    start: int
    end: int
    of: FieldClass
    requirement: Requirement
    meaning: str
    decimals: int | None = None
    codes: tuple[str, ...] = ()  #: the values there are; empty: any
    never: tuple[str, ...] = ()  #: values that are refused
    pattern: str = ""  #: a regular expression for the whole value, in words `shape`
    shape: str = ""
    length_min: int = 1
    date_form: Literal["", "CCYYMMDD", "MMDDYY"] = ""
    counts_per: str = ""  #: counts 1, 2, 3 ... within each record of this kind
    conditions: tuple[Condition, ...] = ()
    inferred: bool = False  #: class or requirement are not in the transcription; what stands here is ours
    assumed: bool = False  #: the columns themselves are ours: nobody but us reads them so

    @property
    def width(self) -> int:
        """Columns."""
        return self.end - self.start + 1

    @property
    def columns(self) -> str:
        """As people write them: 15-22, or 3."""
        return f"{self.start}-{self.end}" if self.end > self.start else str(self.start)


@dataclass(frozen=True, slots=True)
class Record:
    """A record: its identifier stands in its first columns."""

    id: str
    title: str
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field:
        """The field of that name; raises KeyError."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(f"record {self.id} has no field {name!r}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands: under which other one, how often at least and at most (None: not known)."""

    record: str
    under: str  #: "" for the top
    least: int
    most: int | None
    unless: When | None = None  #: then none is needed
    called: str = ""  #: what many of them are called: "conveyances"


@dataclass(frozen=True, slots=True)
class NeedsRecord:
    """When this holds, a record of that kind must follow in the same `per`."""

    when: When
    record: str
    per: str


@dataclass(frozen=True, slots=True)
class RecordOnlyWhen:
    """The record may stand only when this holds."""

    record: str
    when: When


@dataclass(frozen=True, slots=True)
class OncePer:
    """In each `per` there is exactly one record whose field has this value."""

    record: str
    field: str
    value: str
    per: str
    unless: When | None = None


FileRule = NeedsRecord | RecordOnlyWhen | OncePer


@dataclass(frozen=True, eq=False)
class Layout:
    """All records of one application, their order and the rules between them."""

    application: str  #: FT, AE, SE
    title: str
    version: str
    records: Mapping[str, Record]
    places: tuple[Place, ...]
    rules: tuple[FileRule, ...] = ()
    split: str = "several files"  #: over what a file that is too long is split

    def record_of(self, text: str) -> Record | None:
        """The record that a line's first columns name."""
        return next((self.records[text[:n]] for n in (4, 2, 1) if text[:n] in self.records), None)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, where: line of the file (0: no file yet), record, field, columns."""

    code: str
    record: str
    field: str
    start: int
    end: int
    reason: str
    line: int = 0

    def __str__(self) -> str:
        at = f"line {self.line}, " if self.line else ""
        field = f" {self.field}" if self.field else ""
        columns = f" ({self.start}-{self.end})" if self.start else ""
        return f"{at}record {self.record}{field}{columns}: {self.reason}"
