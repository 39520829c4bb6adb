"""Sentence vectors kept by the digest of their text: a new revision embeds only lines that changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Progress = Callable[[int, int], None]
CHUNK = 2_048


class Encoder(Protocol):
    """Texts to unit vectors (n, 384)."""

    @property
    def name(self) -> str: ...

    def encode(self, texts: Sequence[str], batch: int = 32, progress: Progress | None = None) -> Array: ...


class VectorCache:
    """Vectors of one encoder in one file, half precision; what is read back is what was first given out."""

    def __init__(self, directory: Path, encoder: Encoder) -> None:
        self.encoder = encoder
        self.path = directory / f"vectors-{hashlib.sha256(encoder.name.encode()).hexdigest()[:12]}.npz"
        self._keys: dict[bytes, int] = {}
        self._rows: NDArray[np.float16] = np.zeros((0, 384), dtype=np.float16)
        if self.path.is_file():
            with np.load(self.path) as stored:
                self._rows = stored["rows"]
                self._keys = {key.tobytes(): place for place, key in enumerate(stored["keys"])}

    def of(self, texts: Sequence[str], progress: Progress | None = None) -> Array:
        """Vectors of `texts` in order, embedding and storing what is new (in chunks: a stop loses little)."""
        keys = [_key(text) for text in texts]
        missing = dict(zip(keys, texts, strict=True))
        fresh = [(key, text) for key, text in missing.items() if key not in self._keys]
        fresh.sort(key=lambda item: (len(item[1]), item[0]))
        for start in range(0, len(fresh), CHUNK):
            part = fresh[start : start + CHUNK]
            rows = self.encoder.encode([text for _, text in part]).astype(np.float16)
            for offset, (key, _) in enumerate(part):
                self._keys[key] = len(self._rows) + offset
            self._rows = np.concatenate([self._rows, rows])
            self._store()
            if progress:
                progress(start + len(part), len(fresh))
        return self._rows[[self._keys[key] for key in keys]].astype(np.float32)

    def _store(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        staged = self.path.with_suffix(".new.npz")
        keys = np.frombuffer(b"".join(self._keys), dtype=np.uint8).reshape(-1, 16)
        np.savez(staged, keys=keys, rows=self._rows)
        staged.replace(self.path)


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:16]
