"""What has been decided before: exact facts, near duplicates, and votes of similar records.

Scope is exact: an answer is reused without a model only for the same account, part number and facts,
in the revision it was made for or a later one, and only while its line is alive there. Rulings give
votes to everybody; a decision is found by its own account alone, here and in everything that uses this.
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
        self._exact: dict[tuple[str, str, str], list[Record]] = {}
        for record in self.records:
            if record.source == "decision" and record.facts.part:
                self._exact.setdefault(record.scope, []).append(record)
        owners = [record.facts.account if record.source == "decision" else "" for record in self.records]
        self._owners = set(owners) - {""}
        self._number = {owner: number for number, owner in enumerate(sorted({*owners, ""}))}
        self._owned_by = np.array([self._number[owner] for owner in owners], dtype=np.int32)
        self._foreign: dict[str, NDArray[np.bool_]] = {}

    @cached_property
    def digest(self) -> str:
        """Sixteen hex digits over scope, title, numbers and time of all records, in their order."""
        found = hashlib.sha256()
        for record in self.records:
            facts, numbers = record.facts, " ".join(record.numbers)
            when = f"{record.effective_from} {record.order}"
            found.update(f"{facts.account} {facts.part} {facts.title} {numbers} {when}\n".encode())
        return found.hexdigest()[:16]

    def __len__(self) -> int:
        return len(self.records)

    def exact(
        self, facts: PartFacts, schedule: Schedule, effective_from: str = ""
    ) -> tuple[str, Record] | None:
        """The line last decided for this account, part and facts, while it is alive; else None.

        `effective_from`: first day of the revision asked for ("": unknown). A decision for a revision
        that begins later does not reach back; of two that do, the later made counts, never the one it
        corrected; two of one time that differ answer nothing.
        """
        if not facts.part:
            return None
        found = [
            record
            for record in self._exact.get((facts.account, facts.part, facts.digest()), ())
            if not effective_from or record.effective_from <= effective_from
        ]
        last = max((record.order for record in found), default=0)
        said = {record.numbers[0]: record for record in found if record.order == last}
        if len(said) != 1:
            return None
        ((number, record),) = said.items()
        line = schedule.alive(number)
        return None if line is None else (line, record)

    def foreign(self, account: str) -> NDArray[np.bool_] | None:
        """Marks decisions of other accounts than `account`, shape (k,); None where there are none."""
        if not self._owners - {account}:
            return None
        key = account if account in self._owners else ""
        if key not in self._foreign:
            nobody, own = self._number[""], self._number[key]
            self._foreign[key] = (self._owned_by != nobody) & (self._owned_by != own)
        return self._foreign[key]

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
