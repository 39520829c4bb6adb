"""One part through the numeric steps: query, memory, columns, candidates, scores, shares."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import lightgbm
import numpy as np
from numpy.typing import NDArray

from ftz_classification.engine import features, ranker
from ftz_classification.engine.index import Index
from ftz_classification.engine.levels import Shares, shares
from ftz_classification.engine.memory import Memory, Neighbour, votes
from ftz_classification.engine.query import Query

Array = NDArray[np.float32]
TEMPERATURE = 0.35
BATCH = 16


@dataclass(frozen=True, slots=True)
class Pool:
    """Candidates of one part: positions in the schedule, their columns, the records most like the part."""

    query: Query
    top: NDArray[np.intp]
    columns: dict[str, Array]
    nearest: tuple[Neighbour, ...]

    def codes(self, index: Index) -> list[str]:
        return [index.schedule.lines[position].code for position in self.top]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Candidates in the order of the model, with shares per level and hints for the calibrator."""

    pool: Pool
    codes: tuple[str, ...]
    scores: Array
    order: NDArray[np.intp]
    shares: Shares
    hints: dict[str, float]


def pools(
    index: Index,
    queries: Sequence[Query],
    vectors: Array | None,
    memory: Memory,
    without: Callable[[int], NDArray[np.bool_]] | None = None,
) -> Iterator[Pool]:
    """Candidates of each query, in batches of sixteen, with what its account may find in the memory;
    `without` gives, for each, a mask of records that must not be seen besides."""
    for start in range(0, len(queries), BATCH):
        part = queries[start : start + BATCH]
        rows = None if vectors is None else vectors[start : start + BATCH]
        cosines = None if rows is None or index.vectors is None else index.vectors.cosines(rows)
        similar = memory.similarities(rows)
        for place, query in enumerate(part):
            masked = None if without is None else without(start + place)
            hidden = _either(memory.foreign(query.account), masked)
            nearest = memory.nearest(None if similar is None else similar[place], hidden)
            row = None if cosines is None else (cosines[0][place], cosines[1][place])
            yield _pool(index, query, row, nearest)


def _either(one: NDArray[np.bool_] | None, two: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
    if one is None or two is None:
        return two if one is None else one
    return one | two


def _pool(index: Index, query: Query, cosines: features.Cosines | None, nearest: Sequence[Neighbour]) -> Pool:
    found = features.columns(index, query, cosines, votes(index, nearest))
    standing = features.standards(found)
    blended = features.blend(found, standing)
    top = features.candidates(blended)
    return Pool(query, top, features.matrix(index, found, standing, blended, top), tuple(nearest))


def ranked(index: Index, found: Pool, booster: lightgbm.Booster | None) -> Ranking:
    """Order the pool by `booster`, or by the untrained blend where there is no model."""
    scores = found.columns["blend"] if booster is None else ranker.score(booster, found.columns)
    codes = found.codes(index)
    order = np.lexsort((found.top, -scores))
    best = int(order[0])
    hints = {
        "cos_terms": float(found.columns["cos_terms"][best]),
        "near": found.nearest[0].similarity if found.nearest else 0.0,
        "vote10": float(found.columns["vote10"][best]),
        "words": float(np.log1p(len(found.query.bag))),
        "unstated": float(found.columns["unstated"][best]),
        "gap": float(scores[best] - scores[order[min(1, len(order) - 1)]]),
    }
    return Ranking(
        pool=found,
        codes=tuple(codes[i] for i in order),
        scores=scores[order],
        order=order,
        shares=shares(codes, scores, TEMPERATURE),
        hints=hints,
    )


def lean(ranking: Ranking) -> Ranking:
    """The ranking without the columns it was scored from, where many are kept at once."""
    return replace(ranking, pool=replace(ranking.pool, columns={}))


def answer_order(ranking: Ranking, level: int) -> Sequence[str]:
    """Distinct prefixes at `level`: by share above the line, by score at the line itself."""
    return ranking.codes if level == 10 else ranking.shares.prefixes(level)
