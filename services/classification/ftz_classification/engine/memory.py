"""What has been decided before: exact facts, near duplicates, and votes of similar records.

Scope is exact: an answer is reused without a model only for the same account, part number and facts,
and only while its line is alive in the revision asked for. Rulings and decisions of others give
votes, never a reused answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ftz_classification.engine.facts import PartFacts
from ftz_classification.engine.index import Index
from ftz_classification.engine.records import Record
from ftz_classification.engine.schedule import Schedule
from ftz_classification.engine.vectorcache import Bytes, chunks

Array = NDArray[np.float32]
NEAR_DUPLICATE = 0.97
NEIGHBOURS = 24
SHARPNESS = 12.0
LEVELS = (4, 6, 8, 10)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A record like the part: its place in the memory and the cosine of the two texts."""

    record: Record
    similarity: float


class Memory:
    """Records with their vectors (k, 384): float32 of unit length, eight-bit integers, or None."""

    def __init__(self, records: Sequence[Record] = (), vectors: Array | Bytes | None = None) -> None:
        if vectors is not None and len(vectors) != len(records):
            raise ValueError(f"{len(records)} records but {len(vectors)} vectors")
        self.records = list(records)
        self.vectors = vectors
        self._exact = {
            (record.facts.account, record.facts.part, record.facts.digest()): record
            for record in self.records
            if record.source == "decision"
        }

    @cached_property
    def digest(self) -> str:
        """Sixteen hex digits over scope, title and numbers of all records, in their order."""
        found = hashlib.sha256()
        for record in self.records:
            facts, numbers = record.facts, " ".join(record.numbers)
            found.update(f"{facts.account} {facts.part} {facts.title} {numbers}\n".encode())
        return found.hexdigest()[:16]

    def __len__(self) -> int:
        return len(self.records)

    def exact(self, facts: PartFacts, schedule: Schedule) -> tuple[str, Record] | None:
        """The line decided for this account, part and facts, while it is alive; else None."""
        record = self._exact.get((facts.account, facts.part, facts.digest()))
        if record is None or not facts.part:
            return None
        line = schedule.alive(record.numbers[0])
        return None if line is None else (line, record)

    def similarities(self, vectors: Array | None) -> Array | None:
        """Cosine of each record to each of `vectors` (n, 384), shape (n, k), to four places; None
        where vectors are off or nothing is remembered."""
        if vectors is None or self.vectors is None or not self.records:
            return None
        return np.round(np.concatenate([vectors @ part.T for part in chunks(self.vectors)], axis=1), 4)

    def nearest(
        self, similarities: Array | None, without: NDArray[np.bool_] | None = None, count: int = NEIGHBOURS
    ) -> list[Neighbour]:
        """The most similar records, best first, leaving out those marked in `without`."""
        if similarities is None:
            return []
        if without is not None:
            similarities = np.where(without, np.float32(-1), similarities)
        count = min(count, len(similarities))
        top = np.argpartition(-similarities, count - 1)[:count]
        order = top[np.lexsort((top, -similarities[top]))]
        return [Neighbour(self.records[i], float(similarities[i])) for i in order if similarities[i] > 0]


def votes(index: Index, nearest: Sequence[Neighbour]) -> dict[str, Array]:
    """Columns over all lines: best similarity of a neighbour that shares 4, 6, 8, 10 digits, and its
    share of the neighbours' weight (exp of sharpened similarity)."""
    size = len(index.schedule)
    out = {f"near{level}": np.zeros(size, dtype=np.float32) for level in LEVELS}
    out |= {f"vote{level}": np.zeros(size, dtype=np.float32) for level in LEVELS}
    if not nearest:
        return out
    weights = np.exp(SHARPNESS * (np.array([n.similarity for n in nearest]) - 1))
    total = float(weights.sum()) + 0.02
    for neighbour, weight in zip(nearest, weights, strict=True):
        for level in LEVELS:
            for prefix in {number[:level] for number in neighbour.record.numbers if len(number) >= level}:
                span = _span(index.schedule, prefix)
                near, vote = out[f"near{level}"], out[f"vote{level}"]
                near[span] = np.maximum(near[span], np.float32(neighbour.similarity))
                vote[span] += np.float32(weight / total)
    return out


def _span(schedule: Schedule, prefix: str) -> slice:
    found = schedule.under(prefix)
    if not len(found) and prefix.endswith("00"):
        found = schedule.under(prefix[:-2])
    return slice(found.start, found.stop)
