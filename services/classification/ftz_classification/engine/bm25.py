"""BM25 over token lists: a thin door to bm25s, which holds every score of a term precomputed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import bm25s
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


class Bm25:
    """Scores of all documents for a weighted bag of tokens (Robertson's BM25, Lucene's variant)."""

    def __init__(self, documents: Sequence[Sequence[str]], k1: float = 1.2, b: float = 0.6) -> None:
        self.size = len(documents)
        vocabulary = {word: number for number, word in enumerate(sorted({w for d in documents for w in d}))}
        corpus = [[vocabulary[word] for word in document] for document in documents]
        made = bm25s.BM25(k1=k1, b=b)
        made.index((corpus, vocabulary), create_empty_token=False, show_progress=False)
        self._vocabulary = vocabulary
        self._data, self._where, self._start = (made.scores[name] for name in ("data", "indices", "indptr"))

    def knows(self, word: str) -> bool:
        return word in self._vocabulary

    def scores(self, bag: Mapping[str, float]) -> Array:
        """Score of every document, shape (size,), for tokens with weights."""
        total = np.zeros(self.size, dtype=np.float32)
        for word, weight in sorted(bag.items()):
            number = self._vocabulary.get(word)
            if number is not None:
                span = slice(self._start[number], self._start[number + 1])
                total[self._where[span]] += np.float32(weight) * self._data[span]
        return total
