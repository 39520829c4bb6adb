"""The schedule as arrays: which lines share a chapter, heading, subheading, and its steps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ftz_classification.engine.schedule import Schedule

Ints = NDArray[np.int32]
Array = NDArray[np.float32]
RESIDUAL = frozenset({"other", "nesoi", "other, other", "other:"})


class Groups:
    """Lines that share their first `digits` digits; lines are sorted, so a group is one span."""

    def __init__(self, schedule: Schedule, digits: int) -> None:
        keys = [line.code[:digits] for line in schedule.lines]
        self.digits = digits
        self.keys: list[str] = []
        starts: list[int] = []
        self.of_line: Ints = np.zeros(len(keys), dtype=np.int32)
        for index, key in enumerate(keys):
            if not self.keys or self.keys[-1] != key:
                self.keys.append(key)
                starts.append(index)
            self.of_line[index] = len(self.keys) - 1
        self.starts: Ints = np.array(starts, dtype=np.int32)
        self.sizes: Ints = np.diff(np.append(self.starts, np.int32(len(keys))))
        self.position = {key: index for index, key in enumerate(self.keys)}

    def __len__(self) -> int:
        return len(self.keys)

    def best(self, scores: Array) -> Array:
        """Highest score of each group, given one score per line (or rows of them)."""
        return np.maximum.reduceat(scores, self.starts, axis=-1)

    def best_around(self, scores: Sequence[Array], positions: NDArray[np.intp]) -> Array:
        """Highest of each row of `scores` in the group of each position, (len(scores), len(positions)).

        Only lines of those groups are read: a twentieth of all.
        """
        asked, place = np.unique(self.of_line[positions], return_inverse=True)
        sizes = self.sizes[asked]
        offsets = np.cumsum(sizes) - sizes
        lines = np.repeat(self.starts[asked] - offsets, sizes) + np.arange(int(sizes.sum()))
        held = np.stack([row[lines] for row in scores])
        return np.maximum.reduceat(held, offsets, axis=1)[:, place]


class Tree:
    """Every step printed in the schedule once. Shapes: n lines, m nodes, d deepest path.

    `chain` (n, d) holds node numbers from heading to line, -1 where the path is shorter, and `steps`
    (d, n) the same turned, so that sums down a path run along memory;
    `parent` (m,) the node above (-1 at headings); `residual` (m,) marks "Other".
    """

    def __init__(self, schedule: Schedule) -> None:
        seen: dict[tuple[int, str, str], int] = {}
        texts: list[str] = []
        parents: list[int] = []
        chains: list[list[int]] = []
        for line in schedule.lines:
            above, chain = -1, []
            for text, number in zip(line.path, line.numbers, strict=True):
                key = (above, text, number)
                node = seen.setdefault(key, len(texts))
                if node == len(texts):
                    texts.append(text)
                    parents.append(above)
                chain.append(node)
                above = node
            chains.append(chain)
        depth = max(len(chain) for chain in chains)
        self.texts = texts
        self.parent: Ints = np.array(parents, dtype=np.int32)
        self.chain: Ints = np.full((len(chains), depth), -1, dtype=np.int32)
        for index, chain in enumerate(chains):
            self.chain[index, : len(chain)] = chain
        self.steps: Ints = np.ascontiguousarray(self.chain.T)
        self.residual = np.array([text.lower() in RESIDUAL for text in texts])
        self._order = np.argsort(self.parent, kind="stable")
        ordered = self.parent[self._order]
        self._starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
        self._family = np.zeros(len(texts), dtype=np.int32)
        self._family[self._order] = np.cumsum(np.r_[False, ordered[1:] != ordered[:-1]])

    def rival(self, scores: Array) -> Array:
        """For each node the best score among all children of its parent."""
        return np.maximum.reduceat(scores[self._order], self._starts)[self._family]

    def along(self, scores: Array) -> Array:
        """Scores of the nodes of each line's path, shape (d, n), 0 beyond its end."""
        return np.append(scores, np.float32(0))[self.steps]
