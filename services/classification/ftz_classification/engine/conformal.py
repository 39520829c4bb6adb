"""Candidate sets with a promise: "one of these, with 90 %", from the ranks of unseen records.

Adaptive prediction sets (Romano, Sesia, Candes 2020): a record's score is the share that must be
gathered, best first, before an accepted prefix is in. The promise holds on goods like those measured.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ftz_classification.engine.levels import Shares
from ftz_classification.engine.schedule import LEVELS

PROMISE = 0.9
LARGEST = 20


@dataclass(frozen=True, slots=True)
class CandidateSet:
    """`members` at `level`, of which one is right with chance `promise`."""

    level: int
    members: tuple[str, ...]
    promise: float


def needed(found: Shares, level: int, accepted: Sequence[str]) -> float:
    """Share to gather until an accepted number is in; above 1 when none is among the candidates."""
    prefixes = {number[:level] for number in accepted if len(number) >= level}
    gathered = 0.0
    for prefix, share in found.ranked[level]:
        gathered += share
        if prefix.ljust(level, "0") in prefixes:
            return min(gathered, 1.0)
    return 2.0


@dataclass(frozen=True, slots=True)
class Conformal:
    """Share to gather at each level; None where the promise cannot be kept by any set."""

    promise: float
    shares: Mapping[int, float | None]

    @classmethod
    def fit(cls, seen: Sequence[tuple[Shares, Sequence[str]]], promise: float = PROMISE) -> Conformal:
        """From rankings of unseen records and their accepted numbers (alive in the revision)."""
        shares: dict[int, float | None] = {}
        for level in LEVELS:
            scores = sorted(needed(found, level, accepted) for found, accepted in seen)
            place = math.ceil((len(scores) + 1) * promise) - 1
            share = scores[place] if place < len(scores) else 2.0
            shares[level] = None if share > 1 else share
        return cls(promise, shares)

    def candidate_set(self, found: Shares) -> CandidateSet | None:
        """The set at the deepest level where it has at most 20 members; None when there is none."""
        for level in reversed(LEVELS):
            share = self.shares.get(level)
            if share is None:
                continue
            members: list[str] = []
            gathered = 0.0
            for prefix, part in found.ranked[level]:
                if gathered >= share:
                    break
                members.append(prefix)
                gathered += part
            if len(members) <= LARGEST:
                return CandidateSet(level, tuple(members), self.promise)
        return None
