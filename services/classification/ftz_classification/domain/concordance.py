"""A concordance of two tariff revisions: which lines followed those that ended. One stream per revision."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ftz_common.contracts.classification import ConcordanceImported
from ftz_common.contracts.common import Noted
from ftz_common.contracts.fact import Fact

_OLD, _NEW, _TO = "old_hts10", "new_hts10", "revision_to"


class NotAConcordance(ValueError):
    """The bytes are no concordance; the message says where and why."""


@dataclass(frozen=True, slots=True)
class ImportConcordance:
    """A file of the operator, read before it comes here."""

    sha256: str
    lines: int
    file_name: str
    imported_by: str


@dataclass(slots=True)
class ConcordanceState:
    """The file that counts for a revision; "" before there is one."""

    revision: str
    sha256: str = ""


def start(parts: tuple[str, ...]) -> ConcordanceState:
    """From `concordance/<revision>`."""
    return ConcordanceState(parts[1])


def decide(state: ConcordanceState, command: ImportConcordance, _at: datetime) -> Sequence[Fact]:
    """The latest file counts."""
    if command.sha256 == state.sha256:
        return [Noted(why="this file counts already")]
    return [
        ConcordanceImported(
            revision=state.revision,
            sha256=command.sha256,
            lines=command.lines,
            file_name=command.file_name,
            imported_by=command.imported_by,
        )
    ]


def evolve(state: ConcordanceState, fact: Fact) -> ConcordanceState:
    """Fold one fact."""
    if isinstance(fact, ConcordanceImported):
        state.sha256 = fact.sha256
    return state


def read_concordance(content: bytes, revision: str = "") -> dict[str, list[str]]:
    """Successors by old number, from a CSV with the columns old_hts10 and new_hts10.

    Where the file has a column revision_to that names `revision`, only those rows count. Rows without
    one of the two numbers ("NA": added, or ended without successor) say nothing. Raises `NotAConcordance`.
    """
    try:
        rows = list(csv.DictReader(content.decode("utf-8-sig").splitlines(keepends=True), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise NotAConcordance(f"it is no UTF-8 CSV: {error}") from error
    if not rows or _OLD not in rows[0] or _NEW not in rows[0]:
        raise NotAConcordance(f"the columns {_OLD} and {_NEW} are needed, and at least one row")
    named = any(row.get(_TO) == revision for row in rows)
    found: dict[str, list[str]] = {}
    for place, row in enumerate(rows, start=2):
        old, new = _digits(row[_OLD], place), _digits(row[_NEW], place)
        if not old or not new or (named and row.get(_TO) != revision):
            continue
        known = found.setdefault(old, [])
        if new not in known:
            known.append(new)
    return found


def _digits(cell: str | None, place: int) -> str:
    text = (cell or "").replace(".", "").strip()
    if text in ("", "NA"):
        return ""
    if not text.isascii() or not text.isdigit() or len(text) not in (8, 10):
        raise NotAConcordance(f"row {place}: {cell!r} is no tariff number of eight or ten digits")
    return text
