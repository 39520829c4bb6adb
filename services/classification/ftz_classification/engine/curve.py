"""The learning curve: what reviewed decisions of one's own shop buy, at 0, 126, 252 and 317 of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ftz_classification.engine.evaluation import Answer, evaluate
from ftz_classification.engine.query import make_query
from ftz_classification.engine.ranking import pools, ranked
from ftz_classification.engine.records import Record
from ftz_classification.engine.training import answer, fold_of, train
from ftz_classification.engine.workspace import Workspace

DECISIONS = (0, 126, 252, 317)
SHOP = "hscodecomp"
INNER = 2


def learning_curve(workspace: Workspace, records: Sequence[Record]) -> dict[str, Any]:
    """Figures of `records` after each number of reviewed decisions out of the shop's training file.

    A record that is itself among the decisions is judged by models that were trained without its fold
    (five folds), so at most four fifths of the decisions are left for it: `trained_on` says so.
    """
    labelled, files = workspace.labelled()
    rulings = [record for record in labelled if record.source != SHOP]
    shop = sorted((r for r in labelled if r.source == SHOP), key=lambda record: record.facts.digest())
    known = {record.facts.digest() for record in shop}
    overlap = [record for record in records if record.facts.digest() in known]
    folds = range(5) if overlap else range(1)
    rows: list[dict[str, Any]] = []
    for count in DECISIONS:
        if rows and overlap and count * 5 > len(shop) * 4 + 10:
            break  # the folds that are left hold no more than the row before
        answers: list[Answer] = []
        used: list[int] = []
        for fold in folds:
            asked = [r for r in records if not overlap or fold_of(r.facts.digest()) == fold]
            free = [r for r in shop if not overlap or fold_of(r.facts.digest()) != fold]
            used.append(min(count, len(free)))
            answers += _answers(workspace, [*rulings, *free[:count]], asked, files)
        row = {"decisions": count, "trained_on": round(float(np.mean(used)), 1)}
        rows.append(row | evaluate(answers, lambda code: code in workspace.index().schedule))
    return {"n": len(records), "curve": rows, "cross_fitted": len(overlap)}


def _answers(
    workspace: Workspace, taught: Sequence[Record], asked: Sequence[Record], files: dict[str, str]
) -> list[Answer]:
    index, memory = workspace.index(), workspace.memory(taught)
    inputs = workspace.inputs(files)
    made = train(index, memory, inputs, workspace.progress, folds=INNER, rounds=workspace.rounds)
    queries = [make_query(record.facts) for record in asked]
    vectors = workspace.memory(asked).vectors
    found = pools(index, queries, None if vectors is None else np.asarray(vectors, np.float32), memory)
    return [
        answer(ranked(index, pool, made.whole.booster), made.whole, record.numbers)
        for pool, record in zip(found, asked, strict=True)
    ]
