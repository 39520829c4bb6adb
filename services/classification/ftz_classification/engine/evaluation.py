"""Figures of a set of answers: top-k by level with intervals, calibration, coverage, impossible numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ftz_classification.engine.schedule import LEVELS

TOPS = (1, 5, 10)
ECE_BINS = 5
COVERAGES = (5, 10, 15, 20, 30, 50, 75, 100)


class NothingToEvaluate(ValueError):
    """A file without labelled records has no figures."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was proposed for one labelled record.

    `gold`: every number an expert accepts. `ranked`: for each level the distinct prefixes, best first.
    `confidence`: for each level the calibrated probability that its first prefix is right.
    """

    gold: tuple[str, ...]
    ranked: dict[int, Sequence[str]]
    confidence: dict[int, float]


def rank_of_gold(answer: Answer, level: int) -> int | None:
    """Place (from 1) of the first accepted prefix at `level`; None when it is not among the proposals.

    A gold number printed with fewer digits than the level cannot be met there.
    """
    accepted = {number[:level] for number in answer.gold if len(number) >= level}
    for place, prefix in enumerate(answer.ranked[level], start=1):
        if prefix.ljust(level, "0") in accepted:
            return place
    return None


def evaluate(answers: Sequence[Answer], possible: Callable[[str], bool]) -> dict[str, Any]:
    """Report of `answers`; percentages from 0 to 100. `possible` tells whether a proposed number exists."""
    if not answers:
        raise NothingToEvaluate("nothing to evaluate: the file holds no labelled record")
    report: dict[str, Any] = {"n": len(answers)}
    ranks = {level: [rank_of_gold(answer, level) for answer in answers] for level in LEVELS}
    for top in TOPS:
        hits = {level: sum(r is not None and r <= top for r in ranks[level]) for level in LEVELS}
        report[f"top{top}"] = {str(level): percent(hits[level], len(answers)) for level in LEVELS}
        report.setdefault("ci95", {})[f"top{top}"] = {
            str(level): wilson(hits[level], len(answers)) for level in LEVELS
        }
    right = {level: [rank == 1 for rank in ranks[level]] for level in LEVELS}
    stated = {level: [answer.confidence[level] for answer in answers] for level in LEVELS}
    report["ece"] = {str(level): round(ece(stated[level], right[level]), 4) for level in LEVELS}
    report["coverage"] = [row for level in LEVELS for row in coverage(level, stated[level], right[level])]
    proposed = [prefix for answer in answers for prefix in answer.ranked[10]]
    report["impossible"] = percent(sum(not possible(prefix) for prefix in proposed), max(len(proposed), 1))
    return report


def percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2)


def wilson(hits: int, n: int) -> list[float]:
    """95 % score interval of a share (Wilson 1927), in percent."""
    z = 1.959964
    share, z2 = hits / n, z * z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = z / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return [round(100 * max(middle - half, 0.0), 2), round(100 * min(middle + half, 1.0), 2)]


def ece(stated: Sequence[float], right: Sequence[bool], bins: int = ECE_BINS) -> float:
    """Expected calibration error: mean distance of confidence and accuracy over equal-width bins."""
    total = 0.0
    for number in range(bins):
        held = [i for i, c in enumerate(stated) if min(int(c * bins), bins - 1) == number]
        if held:
            gap = sum(stated[i] for i in held) - sum(right[i] for i in held)
            total += abs(gap)
    return total / len(stated)


def coverage(level: int, stated: Sequence[float], right: Sequence[bool]) -> Iterable[dict[str, Any]]:
    """Precision on the most confident shares of the records at one level."""
    order = sorted(range(len(stated)), key=lambda i: -stated[i])
    for share in COVERAGES:
        kept = order[: max(round(len(order) * share / 100), 1)]
        yield {
            "level": level,
            "covered": share,
            "n": len(kept),
            "threshold": round(stated[kept[-1]], 4),
            "precision": percent(sum(right[i] for i in kept), len(kept)),
        }
