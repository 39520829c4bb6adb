"""Low-rank adapter of MiniLM, trained in plain NumPy: the tariff's own sense of what is alike.

The sentence model is frozen; each dense weight W of its upper layers becomes W + B A with B, A of low
rank (Hu et al. 2021, LoRA). Loss: a term must be nearer to the text of its own number than to those of
the other numbers in the batch (InfoNCE). Gradients are written out by hand and checked against finite
differences in the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from ftz_classification.engine.minilm import HEADS, LAYERS, WIDTH

Array = NDArray[np.float32]
DENSE = (
    *("attention.self.query", "attention.self.key", "attention.self.value"),
    *("attention.output.dense", "intermediate.dense", "output.dense"),
)
RANK = 16
FIRST_LAYER = 3
SCALE = 20.0
LEARNING_RATE = 1.5e-3
Report = Callable[[int, int, float], None]


@dataclass(frozen=True, slots=True)
class Pair:
    """`term` belongs to `text`; pairs with the same `group` are never each other's negatives."""

    term: str
    text: str
    group: str


@dataclass
class Adapter:
    """`down[name]` (rank, in) and `up[name]` (out, rank) for each adapted weight."""

    down: dict[str, Array] = field(default_factory=dict[str, Array])
    up: dict[str, Array] = field(default_factory=dict[str, Array])

    @classmethod
    def fresh(
        cls, tensors: dict[str, Array], seed: int, first_layer: int = FIRST_LAYER, rank: int = RANK
    ) -> Adapter:
        """Random `down`, zero `up`: the model starts as it was."""
        rng = np.random.default_rng(seed)
        made = cls()
        for layer in range(first_layer, LAYERS):
            for dense in DENSE:
                name = f"encoder.layer.{layer}.{dense}.weight"
                out, into = tensors[name].shape
                made.down[name] = (rng.standard_normal((rank, into)) / np.sqrt(into)).astype(np.float32)
                made.up[name] = np.zeros((out, rank), dtype=np.float32)
        return made

    def deltas(self) -> dict[str, Array]:
        """What is added to each weight, by tensor name."""
        return {name: self.up[name] @ self.down[name] for name in self.up}


class Network:
    """Forward and backward through the encoder; gradients only for the weights of an adapter."""

    def __init__(self, tensors: dict[str, Array], adapter: Adapter) -> None:
        self.tensors, self.adapter = tensors, adapter
        self.first = min(int(name.split(".")[2]) for name in adapter.up)
        self.weights: dict[str, Array] = {}
        self.refresh()

    def refresh(self) -> None:
        """Take the adapter's present values into the weights."""
        self.weights = {name: self.tensors[name] + delta for name, delta in self.adapter.deltas().items()}

    def weight(self, name: str) -> Array:
        return self.weights.get(name, self.tensors[name])

    def forward(self, tokens: Sequence[Sequence[int]]) -> tuple[Array, list[Any]]:
        """Unit vectors (n, 384) and what the way back needs."""
        t = self.tensors
        longest = max(len(row) for row in tokens)
        ids = np.zeros((len(tokens), longest), dtype=np.int64)
        mask = np.zeros((len(tokens), longest), dtype=np.float32)
        for index, row in enumerate(tokens):
            ids[index, : len(row)] = row
            mask[index, : len(row)] = 1
        hidden = (
            t["embeddings.word_embeddings.weight"][ids]
            + t["embeddings.position_embeddings.weight"][:longest]
            + t["embeddings.token_type_embeddings.weight"][0]
        )
        hidden, _ = _norm(hidden, t["embeddings.LayerNorm.weight"], t["embeddings.LayerNorm.bias"])
        bias = (mask - 1)[:, None, None, :] * np.float32(1e9)
        trail: list[Any] = []
        for layer in range(LAYERS):
            hidden, kept = self._layer(hidden, bias, f"encoder.layer.{layer}.")
            trail.append(kept if layer >= self.first else None)
        counts = mask.sum(axis=1, keepdims=True)
        pooled = (hidden * mask[:, :, None]).sum(axis=1) / counts
        length = np.maximum(np.linalg.norm(pooled, axis=1, keepdims=True), 1e-12)
        unit = pooled / length
        return unit, [trail, mask, counts, length, unit]

    def backward(self, slope: Array, kept: list[Any]) -> dict[str, Array]:
        """Gradients of the adapted weights, given the slope of the loss on the unit vectors."""
        trail, mask, counts, length, unit = kept
        slope = (slope - unit * (slope * unit).sum(axis=1, keepdims=True)) / length
        grad = (slope / counts)[:, None, :] * mask[:, :, None]
        out: dict[str, Array] = {}
        for layer in range(LAYERS - 1, self.first - 1, -1):
            grad = self._back(grad, trail[layer], f"encoder.layer.{layer}.", out)
        return out

    def _dense(self, value: Array, name: str) -> Array:
        return value @ self.weight(f"{name}.weight").T + self.tensors[f"{name}.bias"]

    def _layer(self, hidden: Array, bias: Array, prefix: str) -> tuple[Array, Any]:
        t = self.tensors
        query, key, value = (_split(self._dense(hidden, f"{prefix}{name}")) for name in DENSE[:3])
        scores = query @ key.transpose(0, 1, 3, 2) / np.float32(np.sqrt(WIDTH // HEADS)) + bias
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        share = scores / scores.sum(axis=-1, keepdims=True)
        joined = _join(share @ value)
        name = f"{prefix}attention.output"
        first, norm1 = _norm(
            hidden + self._dense(joined, f"{name}.dense"),
            t[f"{name}.LayerNorm.weight"],
            t[f"{name}.LayerNorm.bias"],
        )
        inner = self._dense(first, f"{prefix}intermediate.dense")
        gate = np.float32(0.5) * (1 + erf(inner / np.float32(np.sqrt(2))))
        wide = inner * gate
        name = f"{prefix}output"
        second, norm2 = _norm(
            first + self._dense(wide, f"{name}.dense"),
            t[f"{name}.LayerNorm.weight"],
            t[f"{name}.LayerNorm.bias"],
        )
        return second, (hidden, query, key, value, share, joined, first, norm1, inner, gate, wide, norm2)

    def _back(self, grad: Array, kept: Any, prefix: str, out: dict[str, Array]) -> Array:
        t = self.tensors
        hidden, query, key, value, share, joined, first, norm1, inner, gate, wide, norm2 = kept
        grad = _norm_back(grad, t[f"{prefix}output.LayerNorm.weight"], norm2)
        into = self._dense_back(grad, wide, f"{prefix}output.dense", out)
        bell = np.exp(-inner * inner / 2) / np.float32(np.sqrt(2 * np.pi))
        into = into * (gate + inner * bell)
        grad = grad + self._dense_back(into, first, f"{prefix}intermediate.dense", out)
        grad = _norm_back(grad, t[f"{prefix}attention.output.LayerNorm.weight"], norm1)
        mixed = _split(self._dense_back(grad, joined, f"{prefix}attention.output.dense", out))
        d_value = share.transpose(0, 1, 3, 2) @ mixed
        d_share = mixed @ value.transpose(0, 1, 3, 2)
        d_score = share * (d_share - (d_share * share).sum(axis=-1, keepdims=True))
        d_score = d_score / np.float32(np.sqrt(WIDTH // HEADS))
        back = (d_score @ key, d_score.transpose(0, 1, 3, 2) @ query, d_value)
        for name, part in zip(DENSE[:3], back, strict=True):
            grad = grad + self._dense_back(_join(part), hidden, f"{prefix}{name}", out)
        return grad

    def _dense_back(self, grad: Array, into: Array, name: str, out: dict[str, Array]) -> Array:
        flat, source = grad.reshape(-1, grad.shape[-1]), into.reshape(-1, into.shape[-1])
        out[f"{name}.weight"] = flat.T @ source
        return grad @ self.weight(f"{name}.weight")


def _split(value: Array) -> Array:
    rows, length, _ = value.shape
    return value.reshape(rows, length, HEADS, WIDTH // HEADS).transpose(0, 2, 1, 3)


def _join(value: Array) -> Array:
    rows, _, length, _ = value.shape
    return np.ascontiguousarray(value.transpose(0, 2, 1, 3)).reshape(rows, length, WIDTH)


def _norm(value: Array, weight: Array, bias: Array) -> tuple[Array, tuple[Array, Array]]:
    centred = value - value.mean(axis=-1, keepdims=True)
    inverse = 1 / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(1e-12))
    unit = centred * inverse
    return unit * weight + bias, (unit, inverse)


def _norm_back(grad: Array, weight: Array, kept: tuple[Array, Array]) -> Array:
    unit, inverse = kept
    grad = grad * weight
    return inverse * (
        grad - grad.mean(axis=-1, keepdims=True) - unit * (grad * unit).mean(axis=-1, keepdims=True)
    )


def contrast(terms: Array, texts: Array, groups: Sequence[str]) -> tuple[float, Array, Array]:
    """InfoNCE loss of unit vectors (n, 384) both ways and its slopes on both."""
    count = len(groups)
    same = np.array([[a == b for b in groups] for a in groups]) & ~np.eye(count, dtype=bool)
    scores = np.where(same, np.float32(-1e9), np.float32(SCALE) * (terms @ texts.T))
    loss = 0.0
    slope = np.zeros_like(scores)
    for axis in (0, 1):
        shifted = np.exp(scores - scores.max(axis=axis, keepdims=True))
        share = shifted / shifted.sum(axis=axis, keepdims=True)
        loss -= float(np.log(np.maximum(np.diag(share), 1e-30)).mean()) / 2
        slope += (share - np.eye(count, dtype=np.float32)) / (2 * count)
    slope = np.where(same, np.float32(0), slope * np.float32(SCALE)).astype(np.float32)
    return loss, slope @ texts, slope.T @ terms


def train(
    tensors: dict[str, Array],
    tokenise: Callable[[Sequence[str]], list[list[int]]],
    pairs: Sequence[Pair],
    *,
    steps: int,
    batch: int = 32,
    seed: int = 11,
    report: Report | None = None,
) -> Adapter:
    """An adapter after `steps` batches of Adam with warm-up and linear decay; same input, same adapter."""
    adapter = Adapter.fresh(tensors, seed)
    network = Network(tensors, adapter)
    rng = np.random.default_rng(seed)
    moments: dict[tuple[str, str], tuple[Array, Array]] = {}
    order: list[int] = []
    for step in range(steps):
        if len(order) < batch:
            order = rng.permutation(len(pairs)).tolist()
        chosen = [pairs[order.pop()] for _ in range(batch)]
        terms, kept_terms = network.forward(tokenise([pair.term for pair in chosen]))
        texts, kept_texts = network.forward(tokenise([pair.text for pair in chosen]))
        loss, slope_terms, slope_texts = contrast(terms, texts, [pair.group for pair in chosen])
        grads = network.backward(slope_terms, kept_terms)
        for name, grad in network.backward(slope_texts, kept_texts).items():
            grads[name] = grads[name] + grad
        rate = LEARNING_RATE * min((step + 1) / 30, (steps - step) / steps)
        for name, grad in grads.items():
            pieces = {
                "down": (adapter.down, adapter.up[name].T @ grad),
                "up": (adapter.up, grad @ adapter.down[name].T),
            }
            for side, (store, piece) in pieces.items():
                store[name] = _adam(moments, (name, side), store[name], piece, rate=rate, step=step + 1)
        network.refresh()
        if report:
            report(step + 1, steps, loss)
    return adapter


def _adam(
    moments: dict[tuple[str, str], tuple[Array, Array]],
    key: tuple[str, str],
    value: Array,
    grad: Array,
    *,
    rate: float,
    step: int,
) -> Array:
    mean, square = moments.get(key, (np.zeros_like(value), np.zeros_like(value)))
    mean = np.float32(0.9) * mean + np.float32(0.1) * grad
    square = np.float32(0.999) * square + np.float32(0.001) * grad * grad
    moments[key] = (mean, square)
    unbiased = mean / np.float32(1 - 0.9**step)
    size = np.sqrt(square / np.float32(1 - 0.999**step)) + np.float32(1e-8)
    return (value - np.float32(rate) * unbiased / size).astype(np.float32)
