"""Train a model on labelled records: cross-fitted rankers, calibration on what they had not seen.

Reproducible: folds come from the digest of a record's facts, trees from a fixed seed on one thread.
Records with the same facts share a fold, and no record is its own neighbour in the memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ftz_classification.engine import ranker
from ftz_classification.engine.calibration import Calibration
from ftz_classification.engine.conformal import Conformal
from ftz_classification.engine.drift import profile, signals
from ftz_classification.engine.evaluation import Answer, evaluate, rank_of_gold
from ftz_classification.engine.index import Index
from ftz_classification.engine.memory import Memory
from ftz_classification.engine.model import FORMAT, Fold, Model, version_of
from ftz_classification.engine.query import make_query
from ftz_classification.engine.ranking import Pool, Ranking, answer_order, pools, ranked
from ftz_classification.engine.records import Record
from ftz_classification.engine.schedule import LEVELS
from ftz_classification.engine.vectorcache import chunks

FOLDS = 5
FEWEST = 40
MOST = 3_000
Array = NDArray[np.float32]
Progress = Callable[[str, int, int], None]


class TooFewRecords(ValueError):
    """Training needs at least forty labelled records; below that the untrained blend answers."""


def fold_of(digest: str, folds: int = FOLDS) -> int:
    """Fold of a record by its facts: stable when records are added."""
    return int(hashlib.sha256(b"fold:" + digest.encode()).hexdigest()[:8], 16) % folds


def train(
    index: Index,
    memory: Memory,
    inputs: Mapping[str, Any],
    progress: Progress | None = None,
    *,
    folds: int = FOLDS,
    rounds: int = ranker.ROUNDS,
) -> Model:
    """A model of all records in `memory` (with their vectors, where these are on).

    `inputs` (file digests, revision, encoder) go into the card. Raises TooFewRecords.
    """
    if len(memory) < FEWEST:
        raise TooFewRecords(
            f"{len(memory)} labelled records, {FEWEST} are the fewest; load more with: ftz classify learn"
        )
    report = progress or (lambda _stage, _done, _all: None)
    digests = np.array([record.facts.digest() for record in memory.records])
    held = np.array([fold_of(str(digest), folds) for digest in digests])
    chosen = sampled(digests)
    boosters = []
    rankings: dict[int, Ranking] = {}
    for fold in range(folds + 1):
        hidden = held == fold  # in the last round nothing is: that ranker is the whole model
        found = _pools(index, memory, chosen, lambda i, hidden=hidden: hidden | (digests == digests[i]))
        seen_here = [_labelled(index, found[i], memory.records[i]) for i in chosen if not hidden[i]]
        boosters.append(ranker.fit(seen_here, rounds))
        rankings |= {i: ranked(index, found[i], boosters[-1]) for i in chosen if hidden[i]}
        report("fold", fold + 1, folds + 1)
    whole = boosters.pop()
    seen = [(rankings[i], memory.records[i]) for i in chosen]
    part_of = held[chosen]
    everything = np.ones(len(seen), dtype=bool)
    parts = [Fold(whole, *_confidence(index, seen, everything))]
    parts += [
        Fold(booster, *_confidence(index, seen, part_of != fold)) for fold, booster in enumerate(boosters)
    ]
    snapshot = {str(digest): int(fold) for digest, fold in zip(digests[chosen], part_of, strict=True)}
    card = {
        "format": FORMAT,
        "version": version_of(parts, snapshot, inputs),
        "folds": folds,
        "inputs": dict(inputs),
        "records": len(memory),
        "trained_on": len(chosen),
        "parameters": ranker.PARAMETERS | {"rounds": rounds},
        "evaluation": _evaluation(index, seen, part_of, parts[1:]),
        "profiles": _profiles(index, seen, part_of, parts[1:]),
    }
    return Model(parts[0], tuple(parts[1:]), snapshot, card)


def answer(ranking: Ranking, fold: Fold, gold: Sequence[str]) -> Answer:
    """What an evaluation keeps of a ranking."""
    return Answer(
        tuple(gold),
        {level: answer_order(ranking, level) for level in LEVELS},
        fold.calibration.confidence(ranking.shares, ranking.hints),
    )


def sampled(digests: NDArray[np.str_], most: int = MOST) -> list[int]:
    """Places of the records to train on: all, or the `most` whose digests come first (a fixed sample)."""
    order = np.argsort(digests, kind="stable")[:most]
    return sorted(int(place) for place in order)


def _pools(
    index: Index, memory: Memory, chosen: Sequence[int], without: Callable[[int], NDArray[np.bool_]]
) -> dict[int, Pool]:
    queries = [make_query(memory.records[i].facts) for i in chosen]
    vectors = None if memory.vectors is None else np.concatenate(list(chunks(memory.vectors[chosen])))
    found = pools(index, queries, vectors, memory, lambda place: without(chosen[place]))
    return dict(zip(chosen, found, strict=True))


def _labelled(index: Index, found: Pool, record: Record) -> tuple[dict[str, Array], NDArray[np.int64]]:
    labels = [ranker.relevance(record.numbers, code) for code in found.codes(index)]
    return found.columns, np.array(labels, dtype=np.int64)


def _confidence(
    index: Index, seen: Sequence[tuple[Ranking, Record]], kept: NDArray[np.bool_]
) -> tuple[Calibration, Conformal]:
    used = [pair for pair, keep in zip(seen, kept, strict=True) if keep]
    calibration = Calibration.fit(
        [(ranking.shares, ranking.hints, _first_right(ranking, record)) for ranking, record in used]
    )
    alive = [
        (ranking.shares, record.numbers)
        for ranking, record in used
        if any(index.schedule.alive(number) for number in record.numbers)
    ]
    return calibration, Conformal.fit(alive)


def _first_right(ranking: Ranking, record: Record) -> dict[int, bool]:
    probe = Answer(record.numbers, {level: answer_order(ranking, level)[:1] for level in LEVELS}, {})
    return {level: rank_of_gold(probe, level) == 1 for level in LEVELS}


def _evaluation(
    index: Index, seen: Sequence[tuple[Ranking, Record]], held: NDArray[np.int64], folds: Sequence[Fold]
) -> dict[str, Any]:
    """Out-of-fold figures per source of the training records."""
    out: dict[str, Any] = {}
    for source in sorted({record.source for _, record in seen}):
        answers = [
            answer(ranking, folds[fold], record.numbers)
            for (ranking, record), fold in zip(seen, held, strict=True)
            if record.source == source
        ]
        out[source] = evaluate(answers, lambda code: code in index.schedule)
    return out


def _profiles(
    index: Index, seen: Sequence[tuple[Ranking, Record]], held: NDArray[np.int64], folds: Sequence[Fold]
) -> dict[str, Any]:
    """How the signals of each source were spread, out of fold: what drift is measured against."""
    spread: dict[str, list[dict[str, float]]] = {}
    for (ranking, record), fold in zip(seen, held, strict=True):
        sure = folds[fold].calibration.confidence(ranking.shares, ranking.hints)
        spread.setdefault(record.source, []).append(signals(index, ranking, sure))
    return {source: profile(rows) for source, rows in sorted(spread.items())}
