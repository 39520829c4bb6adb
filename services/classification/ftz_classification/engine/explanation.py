"""The reasons kept in the file: why this line, why not its neighbours (19 CFR 141.89, 19 USC 1484 care)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ftz_classification.engine.constraints import Objection, objections
from ftz_classification.engine.facts import PartFacts
from ftz_classification.engine.index import Index
from ftz_classification.engine.notes import notes_on
from ftz_classification.engine.query import Query
from ftz_classification.engine.ranking import Ranking
from ftz_classification.engine.schedule import Line
from ftz_classification.engine.tree import RESIDUAL

NEIGHBOURS = 5
NEXT = 5
SIBLINGS = 3


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the path: what is printed there, its number, the words of the part that match it."""

    number: str
    text: str
    matched: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A line beside the first, and why it stands behind."""

    number: str
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """`rule`: the General Rule of Interpretation the step rests on; `nearest`: key, number, similarity."""

    steps: tuple[Step, ...]
    rule: str
    notes: tuple[tuple[str, str], ...]
    objections: tuple[Objection, ...]
    nearest: tuple[tuple[str, str, float], ...]
    rejected: tuple[Rejected, ...]


def explain(index: Index, facts: PartFacts, ranking: Ranking, code: str) -> Explanation:
    """Reasons for `code` as they follow from the facts; nothing in it is written by a model."""
    query = ranking.pool.query
    line = index.schedule.line(code)
    assert line is not None, code  # noqa: S101 candidates come from the schedule
    return Explanation(
        steps=_steps(index, line, query),
        rule=_rule(line, query),
        notes=tuple((note.citation, note.says) for note in notes_on(query, code)),
        objections=tuple(objections(index, facts, query, code)),
        nearest=tuple(
            (near.record.key, near.record.numbers[0], round(near.similarity, 4))
            for near in ranking.pool.nearest[:NEIGHBOURS]
        ),
        rejected=_rejected(index, facts, ranking, code),
    )


def _steps(index: Index, line: Line, query: Query) -> tuple[Step, ...]:
    return tuple(
        Step(number, text, tuple(sorted({token for token in spoken if token in query.bag})))
        for text, number, spoken in zip(line.path, line.numbers, index.step_tokens(line.code), strict=True)
    )


def _rule(line: Line, query: Query) -> str:
    parts = "part" in query.bag
    base = "GRI 1 (terms of the heading and notes), GRI 6 (subheadings)"
    if parts and line.code[:2] in ("84", "85", "87", "90"):
        base += "; parts: section XVI note 2, section XVII note 3 or chapter 90 note 2"
    if line.path[-1].lower() in RESIDUAL:
        base += "; residual line: every sibling named before it must be ruled out"
    return base


def _rejected(index: Index, facts: PartFacts, ranking: Ranking, code: str) -> tuple[Rejected, ...]:
    """What stands beside it: the next in order, and the nearest lines of the same step (GRI 6)."""
    query, chosen = ranking.pool.query, index.schedule.line(code)
    assert chosen is not None, code  # noqa: S101 candidates come from the schedule
    next_best = [other for other in ranking.codes if other != code][:NEXT]
    siblings = [other for other in index.siblings(code) if other not in next_best]
    placed = {other: place for place, other in enumerate(ranking.codes)}
    siblings.sort(key=lambda other: (placed.get(other, len(placed)), other))
    out: list[Rejected] = []
    for other in [*next_best, *siblings[:SIBLINGS]]:
        line = index.schedule.line(other)
        assert line is not None, other  # noqa: S101 as above
        out.append(Rejected(other, "; ".join(line.path[-2:]), _why(index, facts, query, chosen, line)))
    return tuple(out)


def _why(index: Index, facts: PartFacts, query: Query, chosen: Line, other: Line) -> str:
    against: Sequence[Objection] = objections(index, facts, query, other.code)
    if against:
        return against[0].text
    won = _matched(index, chosen, query) - _matched(index, other, query)
    missing = [token for token in index.step_tokens(other.code)[-1] if token not in query.bag]
    if won:
        return "does not speak of: " + ", ".join(sorted(won)[:6])
    if missing:
        return "asks for what the part does not say: " + ", ".join(missing[:6])
    return "ranked lower: no fact of the part speaks for it against the first"


def _matched(index: Index, line: Line, query: Query) -> set[str]:
    return {token for spoken in index.step_tokens(line.code) for token in spoken if token in query.bag}
