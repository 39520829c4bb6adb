"""Sentence vectors kept by the digest of their text: a new revision embeds only lines that changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Bytes = NDArray[np.int8]
Progress = Callable[[int, int], None]
CHUNK = 512
WIDTH = 384
KEY = 16


class Encoder(Protocol):
    """Texts to unit vectors (n, 384)."""

    @property
    def name(self) -> str: ...

    def encode(self, texts: Sequence[str], batch: int = 8, progress: Progress | None = None) -> Array: ...


class VectorCache:
    """Vectors of one encoder, half precision, in two files that only grow: digests and rows.

    Rows are written before digests, so a stop in between loses one chunk and nothing else. They are
    read through a memory map: what is not asked for takes no memory.
    """

    def __init__(self, directory: Path, encoder: Encoder) -> None:
        self.encoder = encoder
        stem = f"vectors-{hashlib.sha256(encoder.name.encode()).hexdigest()[:12]}"
        self._keys_path, self._rows_path = directory / f"{stem}.keys", directory / f"{stem}.rows"
        self._keys: dict[bytes, int] = {}
        if self._keys_path.is_file() and self._rows_path.is_file():
            raw = self._keys_path.read_bytes()
            whole = min(len(raw) // KEY, self._rows_path.stat().st_size // (2 * WIDTH))
            self._keys = {raw[KEY * n : KEY * (n + 1)]: n for n in range(whole)}

    def of(self, texts: Sequence[str], progress: Progress | None = None) -> Array:
        """Vectors of `texts` in order (n, 384), embedding and storing what is new."""
        places = self._places(texts, progress)
        return self._rows()[places].astype(np.float32) if places else np.zeros((0, WIDTH), dtype=np.float32)

    def small(self, texts: Sequence[str], progress: Progress | None = None) -> Bytes:
        """The same as eight-bit integers (cosine times 127): a quarter of the memory."""
        places = self._places(texts, progress)
        out = np.zeros((len(places), WIDTH), dtype=np.int8)
        rows = self._rows() if places else out
        for start in range(0, len(places), 8_192):
            part = np.asarray(rows[places[start : start + 8_192]], dtype=np.float32)
            out[start : start + 8_192] = quantised(part)
        return out

    def _places(self, texts: Sequence[str], progress: Progress | None) -> list[int]:
        keys = [_key(text) for text in texts]
        fresh = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._keys}
        order = sorted(fresh.items(), key=lambda item: (len(item[1]), item[0]))
        for start in range(0, len(order), CHUNK):
            part = order[start : start + CHUNK]
            self._store([key for key, _ in part], self.encoder.encode([text for _, text in part]))
            if progress:
                progress(start + len(part), len(order))
        return [self._keys[key] for key in keys]

    def _rows(self) -> NDArray[np.float16]:
        return np.memmap(self._rows_path, dtype=np.float16, mode="r", shape=(len(self._keys), WIDTH))

    def _store(self, keys: Sequence[bytes], rows: Array) -> None:
        self._keys_path.parent.mkdir(parents=True, exist_ok=True)
        known = len(self._keys)
        for path, size, content in (
            (self._rows_path, 2 * WIDTH, rows.astype(np.float16).tobytes()),
            (self._keys_path, KEY, b"".join(keys)),
        ):
            with path.open("r+b" if path.exists() else "w+b") as stream:
                stream.truncate(known * size)
                stream.seek(known * size)
                stream.write(content)
        self._keys.update((key, known + offset) for offset, key in enumerate(keys))


def quantised(vectors: Array) -> Bytes:
    """Unit vectors as integers of eight bits."""
    return np.clip(np.round(vectors * 127), -127, 127).astype(np.int8)


def chunks(rows: Bytes | Array, size: int = 16_384) -> Iterator[Array]:
    """Rows as float32, a chunk at a time (integers are scaled back)."""
    for start in range(0, len(rows), size):
        part = rows[start : start + size].astype(np.float32, copy=False)
        yield part * np.float32(1 / 127) if rows.dtype == np.int8 else part


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:KEY]
