"""Score a labelled file with a model that has not seen its records."""

from __future__ import annotations

import resource
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ftz_classification.engine.consultation import Adviser, Consultation, humbled, reordered
from ftz_classification.engine.evaluation import Answer, evaluate
from ftz_classification.engine.index import Index
from ftz_classification.engine.memory import Memory
from ftz_classification.engine.model import Model
from ftz_classification.engine.proposal import advice_on
from ftz_classification.engine.query import make_query
from ftz_classification.engine.ranking import Ranking, lean, pools, ranked
from ftz_classification.engine.records import Record
from ftz_classification.engine.training import answer
from ftz_classification.engine.vectorcache import Encoder


@dataclass(frozen=True, slots=True)
class Judged:
    """Answers to labelled records in their order, with the rankings they follow from; `crossed`: how many
    were in the training snapshot and were judged by the fold that had not seen them."""

    answers: list[Answer]
    rankings: list[Ranking]
    crossed: int


def judge(
    index: Index, memory: Memory, model: Model, encoder: Encoder | None, records: Sequence[Record]
) -> Judged:
    """What the model says to records it has not seen.

    A record the model was trained on is judged by the fold that has not seen it, and its whole fold is
    taken out of the memory; a record with the same facts is never its own neighbour.
    """
    digests = np.array([record.facts.digest() for record in memory.records])
    held = np.array([model.snapshot.get(str(digest), -1) for digest in digests])
    queries = [make_query(record.facts) for record in records]
    vectors = None if encoder is None or not queries else encoder.encode([query.text for query in queries])
    folds = [model.fold_of(record.facts) for record in records]

    def hidden(place: int) -> NDArray[np.bool_]:
        fold = folds[place]
        return (digests == records[place].facts.digest()) | (held == (-2 if fold is None else fold))

    found = Judged([], [], sum(fold is not None for fold in folds))
    for record, pool in zip(records, pools(index, queries, vectors, memory, hidden), strict=True):
        part = model.unseen(record.facts)
        ranking = ranked(index, pool, part.booster)
        found.answers.append(answer(ranking, part, record.numbers))
        found.rankings.append(lean(ranking))
    return found


def score_records(
    index: Index,
    memory: Memory,
    model: Model,
    encoder: Encoder | None,
    records: Sequence[Record],
    *,
    adviser: Adviser | None = None,
) -> dict[str, Any]:
    """Report of the figures for `records`, each judged unseen (`judge`). With an `adviser` its order
    counts, and the report says how often it was heard and why not.
    """
    started = time.perf_counter()
    found = judge(index, memory, model, encoder, records)
    answers = found.answers
    said: list[Consultation] = []
    if adviser is not None:
        said = advice_on(index, [record.facts for record in records], found.rankings, adviser)
        answers = [advised(one, advice) for one, advice in zip(answers, said, strict=True)]
    seconds = time.perf_counter() - started
    report = evaluate(answers, lambda code: code in index.schedule)
    report["items_per_second"] = round(len(records) / seconds, 2)
    report["rss_mb"] = resident_mb()
    report["model"] = model.version
    if adviser is not None:
        report["adviser"] = _heard(adviser.name, said)
    report["schedule"] = index.schedule.revision
    report["cross_fitted"] = found.crossed
    if found.crossed:
        report["note"] = (
            f"{found.crossed} of {len(records)} records are in the training snapshot: each was judged by the "
            "fold model that has not seen it, with its fold taken out of the memory"
        )
    return report


def advised(one: Answer, said: Consultation) -> Answer:
    """The answer in the order of the language model, never surer than it was."""
    ranked = {level: reordered(order, level, said) for level, order in one.ranked.items()}
    before = {level: order[0] for level, order in one.ranked.items()}
    after = {level: order[0] for level, order in ranked.items()}
    return Answer(one.gold, dict(ranked), humbled(one.confidence, before, after))


def _heard(name: str, said: Sequence[Consultation]) -> dict[str, Any]:
    why = Counter(one.failure.split(":")[0] for one in said if one.failure)
    return {
        "name": name,
        "asked": len(said),
        "heard": sum(one.used for one in said),
        "not_heard": dict(sorted(why.items())),
        "tokens": sum(one.tokens for one in said),
    }


def resident_mb() -> float:
    """Resident memory of this process in MB (peak where the system does not tell the present)."""
    status = Path("/proc/self/statm")
    if status.is_file():
        return round(int(status.read_text(encoding="utf-8").split()[1]) * resource.getpagesize() / 1e6, 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1e6 if sys.platform == "darwin" else 1e3), 1)
