"""Confidence that can be believed: per level a logistic calibrator over what the ranking looks like.

Raw softmax shares are over-confident outside the ranker's training data; the calibrator is fitted on
scores of records the ranker had not seen (out of fold).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ftz_classification.engine.levels import Shares
from ftz_classification.engine.schedule import LEVELS

Floats = NDArray[np.float64]
RIDGE = 3.0
STEPS = 30


def signs(found: Shares, level: int, hints: Mapping[str, float]) -> list[float]:
    """Meta-features of one ranking at one level, in the order the calibrator was fitted with.

    `hints` holds figures of the best line: cosine to the nearest reference and record, length of the text.
    """
    ranked = found.ranked[level]
    first = ranked[0][1]
    second = ranked[1][1] if len(ranked) > 1 else 0.0
    entropy = -sum(share * math.log(max(share, 1e-12)) for _, share in ranked)
    above = found.ranked[LEVELS[max(LEVELS.index(level) - 1, 0)]][0][1]
    return [
        _logit(first),
        _logit(above),
        first - second,
        float(entropy),
        *(hints[name] for name in sorted(hints)),
    ]


def _logit(share: float) -> float:
    held = min(max(share, 1e-4), 1 - 1e-4)
    return math.log(held / (1 - held))


@dataclass(frozen=True, slots=True)
class Logistic:
    """Ridge-penalised logistic regression on standardised inputs."""

    mean: tuple[float, ...]
    spread: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float

    @classmethod
    def fit(cls, rows: Sequence[Sequence[float]], right: Sequence[bool], ridge: float = RIDGE) -> Logistic:
        """Newton's method; `rows` (n, k), `right` (n,). Deterministic."""
        table = np.asarray(rows, dtype=np.float64)
        mean, spread = table.mean(axis=0), np.maximum(table.std(axis=0), 1e-6)
        design = np.column_stack([(table - mean) / spread, np.ones(len(table))])
        target = np.asarray(right, dtype=np.float64)
        penalty = np.diag([ridge] * table.shape[1] + [1e-3])
        weights = np.zeros(design.shape[1])
        for _ in range(STEPS):
            chance = _sigmoid(design @ weights)
            slope = design.T @ (chance - target) + penalty @ weights
            curve = (design * (chance * (1 - chance))[:, None]).T @ design + penalty
            step = np.linalg.solve(curve, slope)
            weights -= step
            if float(np.abs(step).max()) < 1e-9:
                break
        return cls(tuple(mean), tuple(spread), tuple(weights[:-1]), float(weights[-1]))

    def chance(self, row: Sequence[float]) -> float:
        """Probability, between 0.005 and 0.995: no finite sample supports more."""
        scaled = (np.asarray(row) - np.asarray(self.mean)) / np.asarray(self.spread)
        found = float(_sigmoid(np.asarray([scaled @ np.asarray(self.weights) + self.bias]))[0])
        return min(max(found, 0.005), 0.995)


def _sigmoid(value: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(value, -40, 40)))


@dataclass(frozen=True, slots=True)
class Calibration:
    """One calibrator per level."""

    levels: dict[int, Logistic]

    @classmethod
    def fit(cls, seen: Sequence[tuple[Shares, Mapping[str, float], Mapping[int, bool]]]) -> Calibration:
        """From rankings, hints and, per level, whether the first prefix was right."""
        return cls(
            {
                level: Logistic.fit(
                    [signs(found, level, hints) for found, hints, _ in seen],
                    [right[level] for *_, right in seen],
                )
                for level in LEVELS
            }
        )

    def confidence(self, found: Shares, hints: Mapping[str, float]) -> dict[int, float]:
        """Chance that the first prefix is right at each level; a deeper level is never surer."""
        out: dict[int, float] = {}
        ceiling = 1.0
        for level in LEVELS:
            ceiling = min(ceiling, self.levels[level].chance(signs(found, level, hints)))
            out[level] = ceiling
        return out

    def plain(self) -> dict[str, Any]:
        """As JSON types."""
        return {
            str(level): {"mean": c.mean, "spread": c.spread, "weights": c.weights, "bias": c.bias}
            for level, c in self.levels.items()
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Calibration:
        return cls(
            {
                int(level): Logistic(
                    tuple(c["mean"]), tuple(c["spread"]), tuple(c["weights"]), float(c["bias"])
                )
                for level, c in plain.items()
            }
        )
