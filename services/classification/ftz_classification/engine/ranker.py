"""The learned reranker: LambdaMART over the candidates of each part (lightgbm, one thread, seeded)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from ftz_classification.engine.schedule import LEVELS

Array = NDArray[np.float32]
ROUNDS = 200
PARAMETERS: dict[str, Any] = {
    "objective": "lambdarank",
    "metric": "None",
    "label_gain": [0, 1, 3, 7, 15, 31],
    "lambdarank_truncation_level": 30,
    "learning_rate": 0.05,
    "num_leaves": 15,
    "min_data_in_leaf": 40,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "num_threads": 1,
    "deterministic": True,
    "force_col_wise": True,
    "verbosity": -1,
    "seed": 7,
}


def relevance(gold: Sequence[str], code: str) -> int:
    """Levels matched with the best accepted number, 0 to 5 (2, 4, 6, 8, 10 digits)."""
    padded = code.ljust(10, "0")
    return max(
        sum(1 for level in LEVELS if len(number) >= level and padded[:level] == number[:level])
        for number in gold
    )


def fit(
    parts: Sequence[tuple[Mapping[str, Array], NDArray[np.int64]]], rounds: int = ROUNDS
) -> lightgbm.Booster:
    """Train on (columns of the candidates, relevance of each) per part; same input, same trees."""
    names = sorted(parts[0][0])
    table = np.concatenate([stack(columns, names) for columns, _ in parts])
    labels = np.concatenate([label for _, label in parts])
    data = lightgbm.Dataset(table, labels, group=[len(label) for _, label in parts], feature_name=names)
    return lightgbm.train(PARAMETERS, data, rounds)


def score(booster: lightgbm.Booster, columns: Mapping[str, Array]) -> Array:
    """Score of each candidate, shape (c,); columns are matched by name."""
    return np.asarray(
        booster.predict(stack(columns, booster.feature_name()), num_threads=1), dtype=np.float32
    )


def stack(columns: Mapping[str, Array], names: Sequence[str]) -> Array:
    return np.column_stack([columns[name] for name in names]).astype(np.float32)
