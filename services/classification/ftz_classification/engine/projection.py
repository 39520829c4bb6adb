"""A linear map over frozen sentence vectors: the tariff's own sense of what is alike, in seconds.

Trained on reference terms and the texts of their numbers: a term must be nearer to its own text than to
the others of the batch (InfoNCE, van den Oord et al. 2018). Against fine-tuning the network itself it
costs seconds instead of most of an hour and gave the same gain on path cosines (docs/classification).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
SCALE = 20.0
BATCH = 256
STEPS = 1_500
RATE = 1e-3
PULL = 1e-4
WARM = 50
Report = Callable[[int, int], None]


class Projection:
    """Unit vectors (n, 384) to unit vectors (n, 384) by one matrix."""

    def __init__(self, matrix: Array) -> None:
        self.matrix = matrix

    def __call__(self, vectors: Array) -> Array:
        moved = vectors @ self.matrix.T
        return moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), np.float32(1e-12))

    def lengths(self, vectors: Array) -> Array:
        """Length of each vector after the matrix, before it is made one; shape (n,)."""
        parts = [vectors[start : start + 4_096] for start in range(0, len(vectors), 4_096)]
        found = [np.linalg.norm(part @ self.matrix.T, axis=1) for part in parts]
        return np.maximum(np.concatenate(found), np.float32(1e-12))

    @property
    def digest(self) -> str:
        return hashlib.sha256(np.round(self.matrix, 3).tobytes()).hexdigest()[:12]


def contrast(
    terms: Array, texts: Array, groups: Sequence[str] | NDArray[np.str_]
) -> tuple[float, Array, Array]:
    """InfoNCE loss of unit vectors (n, d), both ways, and its slopes on both; members of one group are
    never each other's negatives."""
    named = np.asarray(groups)
    own = np.eye(len(named), dtype=np.float32)
    same = (named[:, None] == named[None, :]) & (own == 0)
    scores = np.where(same, np.float32(-1e9), np.float32(SCALE) * (terms @ texts.T))
    loss = 0.0
    slope = np.zeros_like(scores)
    for axis in (0, 1):
        raised = np.exp(scores - scores.max(axis=axis, keepdims=True))
        share = raised / raised.sum(axis=axis, keepdims=True)
        loss -= float(np.log(np.maximum(np.diag(share), 1e-30)).mean()) / 2
        slope += (share - own) / (2 * len(named))
    slope = np.where(same, np.float32(0), slope * np.float32(SCALE)).astype(terms.dtype)
    return loss, slope @ texts, slope.T @ terms


def gradient(
    matrix: Array, terms: Array, texts: Array, groups: Sequence[str] | NDArray[np.str_]
) -> tuple[float, Array]:
    """Loss of a batch under `matrix` and its gradient, through the normalisation."""
    moved = [terms @ matrix.T, texts @ matrix.T]
    lengths = [np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-12) for side in moved]
    units = [side / length for side, length in zip(moved, lengths, strict=True)]
    loss, *slopes = contrast(units[0], units[1], groups)
    total = np.zeros_like(matrix)
    for source, unit, length, slope in zip((terms, texts), units, lengths, slopes, strict=True):
        total += ((slope - unit * (slope * unit).sum(axis=1, keepdims=True)) / length).T @ source
    return loss, total


def train_projection(
    terms: Array,
    texts: Array,
    groups: Sequence[str],
    *,
    steps: int = STEPS,
    seed: int = 5,
    report: Report | None = None,
) -> Projection:
    """A projection from pairs (row i of `terms` belongs to row i of `texts`), by Adam from the identity.

    The pull towards the identity keeps what the sentence model knows. Same input, same matrix.
    """
    rng = np.random.default_rng(seed)
    named = np.array(groups)
    own = np.eye(terms.shape[1], dtype=np.float32)
    matrix, mean, square = own.copy(), np.zeros_like(own), np.zeros_like(own)
    for step in range(1, steps + 1):
        batch = rng.choice(len(terms), min(BATCH, len(terms)), replace=False)
        _, slope = gradient(matrix, terms[batch], texts[batch], named[batch])
        slope += np.float32(PULL) * (matrix - own)
        mean = np.float32(0.9) * mean + np.float32(0.1) * slope
        square = np.float32(0.999) * square + np.float32(0.001) * slope * slope
        rate = RATE * min(step / WARM, (steps - step + 1) / steps)
        size = np.sqrt(square / np.float32(1 - 0.999**step)) + np.float32(1e-8)
        matrix = matrix - np.float32(rate) * (mean / np.float32(1 - 0.9**step)) / size
        if report and (step % 250 == 0 or step == steps):
            report(step, steps)
    return Projection(matrix)
