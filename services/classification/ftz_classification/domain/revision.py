"""A new tariff revision: a decision whose number is no line of it comes back, with what may follow it."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ftz_classification.domain.decision import EndsIn, InForce, ended
from ftz_classification.domain.part_state import PartState, latest_for
from ftz_classification.domain.tariff_numbers import TariffNumbers
from ftz_common.contracts.classification import Classified
from ftz_common.contracts.common import Noted
from ftz_common.contracts.fact import Fact

SUCCESSORS_MAX = 10
_OLD, _NEW, _TO = "old_hts10", "new_hts10", "revision_to"


class NotAConcordance(ValueError):
    """The bytes are no concordance; the message says where and why."""


@dataclass(frozen=True, slots=True)
class RevisionKnown:
    """A revision was imported (or its concordance); `successors` of the number that the part has."""

    in_force: InForce
    successors: tuple[str, ...]


def decided_for(state: PartState, effective_from: str) -> Classified | None:
    """The decision on the description that stands that would answer in a revision of that first day."""
    return latest_for(state.remembered.get(state.digest, []), effective_from)


def is_ended(state: PartState, in_force: InForce) -> bool:
    """True when the part's number is no line of this revision."""
    decision = decided_for(state, in_force.effective_from)
    return decision is not None and not in_force.numbers.has(decision.number)


def revision_known(state: PartState, command: RevisionKnown) -> Sequence[Fact]:
    """The part comes back for review; until the revision begins, the decision goes on answering."""
    in_force = command.in_force
    decision = decided_for(state, in_force.effective_from)
    if decision is None or in_force.numbers.has(decision.number):
        return [Noted(why=f"revision {in_force.revision} holds what was decided")]
    ends = EndsIn(in_force.revision, in_force.effective_from, command.successors)
    opened = ended(decision.number, ends, state.digest)
    return [Noted(why="this review is open already")] if opened == state.review else [opened]


def successors_of(
    number: str, numbers: TariffNumbers, concordance: Mapping[str, Sequence[str]]
) -> tuple[str, ...]:
    """Final lines that may take a number's place: those that the concordance names, else the nearest."""
    named = [new for new in concordance.get(number, ()) if numbers.has(new)]
    return tuple((named or numbers.near(number, SUCCESSORS_MAX))[:SUCCESSORS_MAX])


def read_concordance(content: bytes, revision: str = "") -> dict[str, list[str]]:
    """Successors by old number, from a CSV with the columns old_hts10 and new_hts10.

    Where the file has a column revision_to, and names `revision` in it, only those rows count. Rows
    without one of the two numbers ("NA": added or ended without successor) say nothing. Raises
    `NotAConcordance`.
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
