"""What a language model said about an order, as it is kept, and what it may change: the order alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ftz_classification.engine.facts import PartFacts
from ftz_classification.engine.schedule import LEVELS


@dataclass(frozen=True, slots=True)
class Listed:
    """A line that is put to the language model, with what the schedule says against it."""

    number: str
    path: tuple[str, ...]
    against: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Consultation:
    """The record kept: `ranking` holds listed numbers only, of which the first `named` were named in the
    answer; `used` tells whether its order was taken, `failure` why not; `tokens` what it cost."""

    used: bool
    ranking: tuple[str, ...]
    failure: str
    prompt: str
    response: str
    prompt_sha256: str
    response_sha256: str
    tokens: int
    named: int = 0
    endpoint: str = ""


class Adviser(Protocol):
    """Puts listed lines in another order."""

    @property
    def name(self) -> str: ...

    def consult_many(self, asked: Sequence[tuple[PartFacts, Sequence[Listed]]]) -> list[Consultation]:
        """One consultation for each, in order; what fails says so and leaves the order as it was."""
        ...


def reordered(order: Sequence[str], level: int, said: Consultation) -> list[str]:
    """Prefixes of `level` digits: first those of the numbers that were named, then the rest as it was."""
    named = [number[:level] for number in said.ranking[: said.named]] if said.used else []
    return list(dict.fromkeys([*named, *order]))


def humbled(
    confidence: Mapping[int, float], before: Mapping[int, str], after: Mapping[int, str]
) -> dict[int, float]:
    """Confidence in `after`, from that in `before`: where they differ at most what was left for others.

    A language model never makes the engine surer; a deeper level is never surer than the one above.
    """
    out: dict[int, float] = {}
    ceiling = 1.0
    for level in LEVELS:
        chance = confidence[level]
        ceiling = min(ceiling, chance if before[level] == after[level] else min(chance, 1 - chance))
        out[level] = ceiling
    return out
