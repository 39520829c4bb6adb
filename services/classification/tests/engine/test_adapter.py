"""Gradients written by hand equal finite differences, and training brings pairs together."""

from __future__ import annotations

import numpy as np
import pytest

from ftz_classification.engine import adapter as lora
from ftz_classification.engine.minilm import LAYERS, WIDTH


def tiny_tensors(dtype: type = np.float64) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)

    def made(*shape: int, scale: float = 0.05) -> np.ndarray:
        return (rng.standard_normal(shape) * scale).astype(dtype)

    tensors = {
        "embeddings.word_embeddings.weight": made(40, WIDTH, scale=1.0),
        "embeddings.position_embeddings.weight": made(16, WIDTH, scale=0.3),
        "embeddings.token_type_embeddings.weight": made(2, WIDTH),
        "embeddings.LayerNorm.weight": np.ones(WIDTH, dtype),
        "embeddings.LayerNorm.bias": np.zeros(WIDTH, dtype),
    }
    for layer in range(LAYERS):
        prefix = f"encoder.layer.{layer}."
        for name in lora.DENSE:
            out, into = {"intermediate.dense": (64, WIDTH), "output.dense": (WIDTH, 64)}.get(
                name, (WIDTH, WIDTH)
            )
            tensors[f"{prefix}{name}.weight"] = made(out, into)
            tensors[f"{prefix}{name}.bias"] = made(out)
        for name in ("attention.output", "output"):
            tensors[f"{prefix}{name}.LayerNorm.weight"] = 1 + made(WIDTH)
            tensors[f"{prefix}{name}.LayerNorm.bias"] = made(WIDTH)
    return tensors


TERMS = [[1, 2, 3], [4, 5], [6, 7, 8, 9]]
TEXTS = [[11, 12], [13, 14, 15, 16], [17, 18, 19]]


def loss_of(network: lora.Network) -> float:
    network.refresh()
    terms, _ = network.forward(TERMS)
    texts, _ = network.forward(TEXTS)
    return lora.contrast(terms, texts, ["a", "b", "c"])[0]


@pytest.mark.parametrize("name", lora.DENSE)
def test_gradient_of_each_dense_weight(name: str) -> None:
    tensors = tiny_tensors()
    made = lora.Adapter.fresh(tensors, seed=3, first_layer=LAYERS - 2, rank=2)
    rng = np.random.default_rng(5)
    for key in made.up:
        made.up[key] = rng.standard_normal(made.up[key].shape) * 0.05
    network = lora.Network(tensors, made)
    terms, kept_terms = network.forward(TERMS)
    texts, kept_texts = network.forward(TEXTS)
    _, slope_terms, slope_texts = lora.contrast(terms, texts, ["a", "b", "c"])
    key = f"encoder.layer.{LAYERS - 2}.{name}.weight"
    grad = network.backward(slope_terms, kept_terms)[key] + network.backward(slope_texts, kept_texts)[key]
    expected = grad @ made.down[key].T
    row, column = np.unravel_index(np.abs(expected).argmax(), expected.shape)
    step = 1e-4
    values = []
    for sign in (1, -1):
        made.up[key][row, column] += sign * step
        values.append(loss_of(network))
        made.up[key][row, column] -= sign * step
    assert (values[0] - values[1]) / (2 * step) == pytest.approx(float(expected[row, column]), rel=2e-2)


def test_pairs_of_one_group_do_not_repel_each_other() -> None:
    unit = np.eye(3, WIDTH, dtype=np.float32)
    _, slope, _ = lora.contrast(unit, unit, ["a", "a", "b"])
    assert slope[0, 1] == 0.0
    assert slope[0, 2] != 0.0


def test_training_is_reproducible_and_lowers_the_loss() -> None:
    tensors = {name: value.astype(np.float32) for name, value in tiny_tensors().items()}
    pairs = [
        lora.Pair(f"{a}", f"{b}", str(a)) for a, b in [(1, 21), (2, 22), (3, 23), (4, 24), (5, 25), (6, 26)]
    ]

    def tokenise(texts: list[str]) -> list[list[int]]:
        return [[int(text), 39] for text in texts]

    losses: list[float] = []
    first = lora.train(
        tensors, tokenise, pairs, steps=8, batch=6, report=lambda _s, _n, loss: losses.append(loss)
    )
    again = lora.train(tensors, tokenise, pairs, steps=8, batch=6)
    assert losses[-1] < losses[0]
    assert all(np.array_equal(first.up[name], again.up[name]) for name in first.up)
