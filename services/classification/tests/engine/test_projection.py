"""The gradient written by hand equals finite differences; training brings pairs together."""

from __future__ import annotations

import numpy as np
import pytest

from ftz_classification.engine.projection import Projection, contrast, gradient, train_projection


def some(count: int, width: int, seed: int) -> np.ndarray:
    rows = np.random.default_rng(seed).standard_normal((count, width))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.mark.parametrize(("row", "column"), [(0, 0), (1, 4), (5, 2), (5, 5)])
def test_gradient_equals_finite_differences(row: int, column: int) -> None:
    terms, texts, groups = some(7, 6, 1), some(7, 6, 2), ["a", "b", "c", "a", "d", "e", "f"]
    matrix = np.eye(6) + 0.1 * some(6, 6, 3)
    _, slope = gradient(matrix, terms, texts, groups)
    losses = []
    for sign in (1, -1):
        moved = matrix.copy()
        moved[row, column] += sign * 1e-5
        losses.append(gradient(moved, terms, texts, groups)[0])
    assert (losses[0] - losses[1]) / 2e-5 == pytest.approx(slope[row, column], rel=1e-4, abs=1e-7)


def test_members_of_one_group_do_not_repel_each_other() -> None:
    unit = np.eye(3, dtype=np.float32)
    _, slope, _ = contrast(unit, unit, ["a", "a", "b"])
    assert slope[0, 1] == 0.0
    assert slope[0, 2] != 0.0


def test_training_is_reproducible_and_brings_pairs_together() -> None:
    rng = np.random.default_rng(7)
    mixing = rng.standard_normal((12, 12))
    terms = some(80, 12, 4).astype(np.float32)
    texts = (terms @ mixing).astype(np.float32)
    texts /= np.linalg.norm(texts, axis=1, keepdims=True)
    groups = [str(n) for n in range(80)]
    made = train_projection(terms, texts, groups, steps=200)
    again = train_projection(terms, texts, groups, steps=200)
    assert np.array_equal(made.matrix, again.matrix)
    assert made.digest == again.digest
    before = float((terms * texts).sum(axis=1).mean())
    after = float((made(terms) * made(texts)).sum(axis=1).mean())
    assert after > before


def test_what_is_projected_has_length_one() -> None:
    moved = Projection(2 * np.eye(6, dtype=np.float32))(some(4, 6, 5).astype(np.float32))
    assert np.linalg.norm(moved, axis=1) == pytest.approx(np.ones(4))
