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
    below = list(zip(codes, weights.tolist(), strict=True))
    for level in reversed(LEVELS):
        total: dict[str, float] = {}
        for prefix, weight in below:
            total[prefix[:level]] = total.get(prefix[:level], 0.0) + weight
        below = sorted(total.items(), key=lambda item: (-item[1], item[0]))
        ranked[level] = below
    return Shares({level: ranked[level] for level in LEVELS})
