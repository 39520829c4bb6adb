"""The engine's answer for one part: memory, number, level, confidence, candidates, question, reasons."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ftz_classification.engine.conformal import CandidateSet
from ftz_classification.engine.constraints import objections
from ftz_classification.engine.consultation import Adviser, Consultation, Listed, humbled, reordered
from ftz_classification.engine.explanation import Explanation, explain
from ftz_classification.engine.facts import PartFacts
from ftz_classification.engine.index import Index
from ftz_classification.engine.memory import NEAR_DUPLICATE, Memory, Neighbour
from ftz_classification.engine.model import Model
from ftz_classification.engine.query import Query, make_query
from ftz_classification.engine.questions import Question, deciding_questions
from ftz_classification.engine.ranking import Ranking, answer_order, lean, pools, ranked
from ftz_classification.engine.schedule import LEVELS
from ftz_classification.engine.text import normalise
from ftz_classification.engine.vague import Doubt, doubts
from ftz_classification.engine.vectorcache import Encoder

Array = NDArray[np.float32]
SHOWN = 10
PUT = 20  # what a language model is shown
_PARTS = re.compile(r"\s*(?:;|\+|\band\b|\bplus\b|&)\s*", re.I)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Calibrated confidence from which a level counts as safe."""

    levels: tuple[tuple[int, float], ...] = ((2, 0.6), (4, 0.7), (6, 0.7), (8, 0.75), (10, 0.8))

    def safe(self, confidence: dict[int, float]) -> int:
        """The deepest level whose confidence, and that of all above it, clears its threshold; 0 for none."""
        deepest = 0
        for level, needed in self.levels:
            if confidence[level] < needed:
                break
            deepest = level
        return deepest


@dataclass(frozen=True, slots=True)
class Candidate:
    """A line that may be right: its share of the ranking, path, general rate as printed, objections."""

    number: str
    share: float
    path: tuple[str, ...]
    general: str
    against: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Provenance:
    """What the answer can be reproduced from."""

    facts: str
    schedule: str
    model: str
    memory: str
    encoder: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """`source`: memory, duplicate, ranking or question. `number` is the deepest safe prefix ("" for none),
    at `level` digits; a licensed person decides in every case. `consulted`: what a language model was
    asked and said, where one is set up."""

    source: str
    number: str
    level: int
    confidence: dict[int, float]
    candidates: tuple[Candidate, ...]
    one_of: CandidateSet | None
    questions: tuple[Question, ...]
    doubts: tuple[Doubt, ...]
    explanation: Explanation | None
    provenance: Provenance
    off: tuple[str, ...] = ()
    consulted: Consultation | None = None


def propose(
    facts: PartFacts,
    index: Index,
    memory: Memory,
    model: Model | None,
    *,
    encoder: Encoder | None = None,
    thresholds: Thresholds | None = None,
    vague: Container[str] = frozenset(),
) -> Proposal:
    """Propose a number for a part under the schedule of `index`.

    Pure: the same facts, index, memory and model give the same proposal. Without `model` the order is
    untrained and no confidence is claimed; without `encoder` only words are matched; both are said.
    """
    options = Options(encoder, thresholds or Thresholds(), vague)
    return propose_many([facts], index, memory, model, options)[0]


@dataclass(frozen=True, slots=True)
class Options:
    """Sentence vectors (None: off), when a level is safe, descriptions known to be too vague, first day
    of the revision ("": unknown), a language model to put the candidates in order (None: off)."""

    encoder: Encoder | None = None
    thresholds: Thresholds = Thresholds()
    vague: Container[str] = frozenset()
    effective_from: str = ""
    adviser: Adviser | None = None


def propose_many(
    asked: Sequence[PartFacts], index: Index, memory: Memory, model: Model | None, options: Options
) -> list[Proposal]:
    """`propose` for many parts: one pass of the sentence model and one product for each sixteen."""
    off = _off(model, options.encoder)
    out: list[Proposal | None] = []
    waiting: list[tuple[int, PartFacts, Query, list[Doubt], Provenance]] = []
    for place, facts in enumerate(asked):
        provenance = Provenance(
            facts=facts.digest(),
            schedule=index.schedule.revision,
            model="none" if model is None else model.version,
            memory=memory.digest,
            encoder="none" if options.encoder is None else options.encoder.name,
        )
        held = memory.exact(facts, index.schedule, options.effective_from)
        doubted = [] if held else doubts(facts, index.known, options.vague)
        if held is not None:
            out.append(_remembered(index, held[0], held[1].key, provenance, off))
        elif any(doubt.stops for doubt in doubted):
            out.append(_asked(doubted, provenance, off))
        else:
            out.append(None)
            waiting.append((place, facts, make_query(facts), doubted, provenance))
    queries = [query for _, _, query, _, _ in waiting]
    encoder = options.encoder
    vectors = None if encoder is None or not queries else encoder.encode([query.text for query in queries])
    booster = None if model is None else model.whole.booster
    rankings = [lean(ranked(index, pool, booster)) for pool in pools(index, queries, vectors, memory)]
    asked_about = [facts for _, facts, *_ in waiting]
    said: Sequence[Consultation | None] = [None] * len(waiting)
    if options.adviser is not None:
        said = advice_on(index, asked_about, rankings, options.adviser)
    for (place, facts, _, doubted, provenance), ranking, advice in zip(waiting, rankings, said, strict=True):
        several = _several(index, facts)
        thresholds = options.thresholds if not several else Thresholds(levels=())
        answered = _ranked_answer(index, facts, ranking, model, thresholds=thresholds, advice=advice)
        why = advice.failure if advice else ""
        unheard = (f"the language model was not heard: {why}",) if why else ()
        out[place] = replace(
            answered, doubts=(*doubted, *several), provenance=provenance, off=(*off, *unheard)
        )
    return [found for found in out if found is not None]


def advice_on(
    index: Index, asked: Sequence[PartFacts], rankings: Sequence[Ranking], adviser: Adviser
) -> list[Consultation]:
    """What the language model says about the order of each part's first twenty candidates."""
    lists = [candidates(index, facts, ranking, PUT) for facts, ranking in zip(asked, rankings, strict=True)]
    put = [[Listed(c.number, c.path, c.against) for c in found] for found in lists]
    return adviser.consult_many(list(zip(asked, put, strict=True)))


def _ranked_answer(
    index: Index,
    facts: PartFacts,
    ranking: Ranking,
    model: Model | None,
    *,
    thresholds: Thresholds,
    advice: Consultation | None,
) -> Proposal:
    """The answer as far as it follows from the ranking and the order that a language model gave it."""
    query = ranking.pool.query
    confidence, one_of = dict.fromkeys(LEVELS, 0.0), None
    if model is not None:
        confidence = model.whole.calibration.confidence(ranking.shares, ranking.hints)
        one_of = model.whole.conformal.candidate_set(ranking.shares)
    shown = candidates(index, facts, ranking)
    likeliest = {level: answer_order(ranking, level)[0] for level in LEVELS}
    if advice is not None and advice.used:
        put = {c.number: c for c in candidates(index, facts, ranking, PUT)}
        shown = tuple(put[number] for number in reordered(list(put), 10, advice))[:SHOWN]
        after = {level: reordered([prefix], level, advice)[0] for level, prefix in likeliest.items()}
        confidence, likeliest = humbled(confidence, likeliest, after), after
    same = _duplicate(index, query, ranking.pool.nearest)
    number = same or _prefix(likeliest, shown, thresholds.safe(confidence))
    first = same or (shown[0].number if shown else ranking.codes[0])
    codes, weights = [c.number for c in shown], [c.share for c in shown]
    return Proposal(
        source="duplicate" if same else "ranking" if number else "question",
        number=number,
        level=len(number),
        confidence=confidence,
        candidates=shown,
        one_of=one_of,
        questions=tuple(deciding_questions(index, facts, query, codes, weights)),
        doubts=(),
        explanation=explain(index, facts, ranking, first),
        provenance=Provenance("", "", "", "", ""),
        consulted=advice,
    )


def _off(model: Model | None, encoder: Encoder | None) -> tuple[str, ...]:
    out: list[str] = []
    if model is None:
        out.append(
            "no trained model: the order is untrained and no confidence is claimed (ftz classify train)"
        )
    if encoder is None:
        out.append("sentence vectors are off: only words are matched (requirements-minilm.lock)")
    return tuple(out)


def candidates(index: Index, facts: PartFacts, ranking: Ranking, most: int = SHOWN) -> tuple[Candidate, ...]:
    """The first lines that no fact rules out."""
    out: list[Candidate] = []
    for code in ranking.codes:
        against = objections(index, facts, ranking.pool.query, code)
        line = index.schedule.line(code)
        if line is None or any(objection.out for objection in against):
            continue
        texts = tuple(f"{objection.text} ({objection.citation})" for objection in against)
        out.append(Candidate(code, round(ranking.shares.share(10, code), 6), line.path, line.general, texts))
        if len(out) == most:
            break
    return tuple(out)


def _prefix(likeliest: Mapping[int, str], shown: Sequence[Candidate], level: int) -> str:
    """The deepest safe prefix that the first line nothing rules out agrees with."""
    for depth in reversed([known for known in LEVELS if known <= level]):
        if shown and shown[0].number.startswith(likeliest[depth]):
            return likeliest[depth]
    return ""


def _duplicate(index: Index, query: Query, nearest: Sequence[Neighbour]) -> str:
    """The line of a reviewed decision or ruling whose text and facets are the part's, while it is alive."""
    for near in nearest[:1]:
        if near.similarity >= NEAR_DUPLICATE and make_query(near.record.facts).facets == query.facets:
            alive = {line for number in near.record.numbers if (line := index.schedule.alive(number))}
            if len(alive) == 1:
                return alive.pop()
    return ""


def _several(index: Index, facts: PartFacts) -> list[Doubt]:
    """Whether the title names two articles of different chapters: each is then a line of its own."""
    title = normalise(facts.title)
    fewest = 1 if " + " in title else 2  # "black and white" names no articles, "watch + strap" does
    pieces = [piece for piece in _PARTS.split(title) if len(piece.split()) >= fewest]
    if len(pieces) < 2 or len(pieces) > 6:
        return []
    chapters: dict[str, str] = {}
    for piece in pieces:
        scores = index.references.bm25.scores(make_query(PartFacts(title=piece)).bag)
        best = int(scores.argmax())
        item = index.references.items[best]
        if index.references.bag(item) <= set(make_query(PartFacts(title=piece)).bag):
            chapters.setdefault(item.prefix[:2], piece)
    if len(chapters) < 2:
        return []
    named = "; ".join(chapters.values())
    return [
        Doubt(
            f"the description names several articles: {named}",
            "Are they declared apart, or put up together as a set for retail sale (GRI 3(b)), "
            "and which gives it its essential character?",
            stops=False,
        )
    ]


def _asked(doubted: list[Doubt], provenance: Provenance, off: tuple[str, ...]) -> Proposal:
    return Proposal(
        "question", "", 0, dict.fromkeys(LEVELS, 0.0), (), None, (), tuple(doubted), None, provenance, off
    )


def _remembered(index: Index, code: str, key: str, provenance: Provenance, off: tuple[str, ...]) -> Proposal:
    line = index.schedule.line(code)
    path, general = (line.path, line.general) if line else ((), "")
    candidate = Candidate(code, 1.0, path, general, (f"decided before: {key}",))
    return Proposal(
        "memory",
        code,
        len(code),
        dict.fromkeys(LEVELS, 1.0),
        (candidate,),
        None,
        (),
        (),
        None,
        provenance,
        off,
    )
