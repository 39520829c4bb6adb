"""The question that decides between candidates: the facts on which their paths part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ftz_classification.engine.brackets import brackets
from ftz_classification.engine.facets import facet_table
from ftz_classification.engine.facts import PartFacts
from ftz_classification.engine.index import Index
from ftz_classification.engine.query import Query

ASKED = {
    "gender": "Is it for men, women, boys, girls or infants?",
    "make": "Is it knitted or crocheted, or woven?",
    "fibre": "Which textile fibre predominates by weight?",
    "matter": "Which material gives it its essential character (share by weight or value)?",
    "steel": "Which steel is it: stainless, other alloy, or nonalloy?",
    "state": "Is it fresh, frozen, dried or otherwise preserved?",
    "part": "Is it the complete article, or a part or accessory of one (of which)?",
    "power": "Is it worked by hand or electrically?",
}
MOST = 3
STEP_LENGTH = 160


@dataclass(frozen=True, slots=True)
class Question:
    """`about`: facet kind, value or text; `options`: what may be answered, with the lines each leaves."""

    about: str
    text: str
    options: tuple[tuple[str, tuple[str, ...]], ...]


def deciding_questions(
    index: Index, facts: PartFacts, query: Query, codes: Sequence[str], weights: Sequence[float]
) -> list[Question]:
    """At most three questions that split `codes` (with their shares), the most evenly dividing first."""
    if len(codes) < 2:
        return []
    found: list[tuple[float, Question]] = []
    table = facet_table()
    for kind, mask in table.kinds.items():
        if query.facets & mask:
            continue
        sides: dict[str, list[int]] = {}
        for place, code in enumerate(codes):
            stated = int(index.facets[index.schedule.position(code)]) & mask
            if stated:
                names = " or ".join(name.split(": ")[1] for name in table.label(stated))
                sides.setdefault(names, []).append(place)
        if len(sides) > 1:
            found.append((_evenness(sides, weights), _question(kind, ASKED[kind], sides, codes)))
    if facts.value is None:
        sides = {}
        for place, code in enumerate(codes):
            line = index.schedule.line(code)
            for step, bracket in brackets(line.path if line else ()):
                if bracket.by_unit:
                    sides.setdefault(step, []).append(place)
        if len(sides) > 1:
            question = _question("value", "What is the unit value in US dollars?", sides, codes)
            found.append((_evenness(sides, weights), question))
    found.sort(key=lambda pair: -pair[0])
    questions = [question for _, question in found[:MOST]]
    if len(questions) < MOST and (parting := _parting(index, codes)) is not None:
        questions.append(parting)
    return questions


def _evenness(sides: dict[str, list[int]], weights: Sequence[float]) -> float:
    """One minus the share of the heaviest side: how much an answer tells at the least."""
    sums = [sum(weights[place] for place in places) for places in sides.values()]
    return 1 - max(sums) / max(sum(sums), 1e-12)


def _question(about: str, text: str, sides: dict[str, list[int]], codes: Sequence[str]) -> Question:
    options = tuple((name, tuple(codes[place] for place in places)) for name, places in sides.items())
    return Question(about, text, options)


def _parting(index: Index, codes: Sequence[str]) -> Question | None:
    """The step at which the paths of the first two candidates part, in the words of the schedule."""
    first, second = (index.schedule.line(code) for code in codes[:2])
    if first is None or second is None:
        return None
    for one, two in zip(first.path, second.path, strict=False):
        if one != two:
            options = ((one[:STEP_LENGTH], (first.code,)), (two[:STEP_LENGTH], (second.code,)))
            return Question("text", "Which of these describes it?", options)
    return None
