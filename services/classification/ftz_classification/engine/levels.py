"""From scores of lines to shares of chapters, headings, subheadings: one softmax summed up the hierarchy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ftz_classification.engine.schedule import LEVELS

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shares:
    """For each level the distinct prefixes, best first, with their share of the softmax (sum 1)."""

    ranked: dict[int, list[tuple[str, float]]]

    def prefixes(self, level: int) -> list[str]:
        return [prefix for prefix, _ in self.ranked[level]]

    def share(self, level: int, prefix: str) -> float:
        return next((share for found, share in self.ranked[level] if found == prefix), 0.0)


def shares(codes: Sequence[str], scores: Array, temperature: float = 1.0) -> Shares:
    """Shares of all prefixes of the candidate `codes`; ties fall to the smaller number."""
    weights = np.exp((scores - scores.max()) / np.float32(temperature)).astype(np.float64)
    weights /= weights.sum()
    ranked: dict[int, list[tuple[str, float]]] = {}
    for level in LEVELS:
        total: dict[str, float] = {}
        for code, weight in zip(codes, weights, strict=True):
            total[code[:level]] = total.get(code[:level], 0.0) + float(weight)
        ranked[level] = sorted(total.items(), key=lambda item: (-item[1], item[0]))
    return Shares(ranked)
