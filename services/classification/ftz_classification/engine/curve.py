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
FOLDS = 5
INNER = 2


def learning_curve(workspace: Workspace, records: Sequence[Record]) -> dict[str, Any]:
    """Figures of `records` after each number of reviewed decisions out of the shop's training file.

    A record that is itself among the decisions is judged by models that were trained without its fold
    (five folds), so at most four fifths of the decisions are left for it: `trained_on` says how many were
    used in the mean. Where a row would be taught by the same records as the row before, it repeats it.
    """
    labelled, files = workspace.labelled()
    asked_for = {record.facts.digest() for record in records}
    rulings = [r for r in labelled if r.source != SHOP and r.facts.digest() not in asked_for]
    shop = sorted((r for r in labelled if r.source == SHOP), key=lambda record: record.facts.digest())
    known = {record.facts.digest() for record in shop}
    overlap = [record for record in records if record.facts.digest() in known]
    taught: dict[tuple[str, ...], list[Answer]] = {}
    rows: list[dict[str, Any]] = []
    for place, count in enumerate(DECISIONS):
        answers: list[Answer] = []
        used: list[int] = []
        for fold in range(FOLDS if overlap else 1):
            asked = [r for r in records if not overlap or fold_of(r.facts.digest()) == fold]
            free = [r for r in shop if not overlap or fold_of(r.facts.digest()) != fold][:count]
            key = (str(fold) if free else "", *(record.key for record in free))
            if key not in taught:
                # Before the first decision one model serves all folds: it has seen none of them.
                whole = asked if free else records
                taught[key] = _answers(workspace, [*rulings, *free], whole, files)
            found = taught[key]
            if not free:
                by_digest = {r.facts.digest(): a for r, a in zip(records, found, strict=True)}
                found = [by_digest[r.facts.digest()] for r in asked]
            answers += found
            used.append(len(free))
        workspace.say("decisions", place + 1, len(DECISIONS))
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
    digests = np.array([record.facts.digest() for record in memory.records])
    found = pools(
        index,
        queries,
        None if vectors is None else np.asarray(vectors, np.float32),
        memory,
        lambda place: digests == asked[place].facts.digest(),
    )
    return [
        answer(ranked(index, pool, made.whole.booster), made.whole, record.numbers)
        for pool, record in zip(found, asked, strict=True)
    ]
