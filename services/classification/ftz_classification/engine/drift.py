"""Drift: whether the goods of today, and what people decide, are still like what the model was fitted on.

Two questions. Do the goods look different: the population stability index of each signal against the
training records' out-of-fold figures. Are the answers worse: share right and calibration against the same.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ftz_classification.engine.evaluation import Answer, ece, percent, rank_of_gold, wilson
from ftz_classification.engine.index import Index
from ftz_classification.engine.ranking import Ranking
from ftz_classification.engine.records import Record
from ftz_classification.engine.schedule import LEVELS

BINS = 10
WATCH, DRIFTED = 0.1, 0.25  # conventional marks of the index
NOISE = 27.88  # 99.9 % point of chi-square with BINS - 1 degrees of freedom
FEWEST = 30
CALIBRATION_MAX = 0.10
MEANS = {
    "sure6": "calibrated confidence at six digits",
    "sure10": "calibrated confidence at ten digits",
    "near": "similarity of the nearest ruling or decision",
    "terms": "similarity of the nearest reference term",
    "words": "words of the description",
    "known": "share of its words that schedule and terms know",
}


class NoProfile(ValueError):
    """The model keeps no figures to compare with."""


class TooFewDecisions(ValueError):
    """So few records show nothing."""


def signals(index: Index, ranking: Ranking, confidence: Mapping[int, float]) -> dict[str, float]:
    """What one part looked like to the engine; names as in MEANS."""
    bag = ranking.pool.query.bag
    return {
        "sure6": confidence[6],
        "sure10": confidence[10],
        "near": ranking.hints["near"],
        "terms": ranking.hints["cos_terms"],
        "words": float(len(bag)),
        "known": sum(word in index.known for word in bag) / max(len(bag), 1),
    }


def profile(seen: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """How the signals were spread: edges of tenths, and the share in each (ties make them unequal)."""
    out: dict[str, Any] = {"n": len(seen), "signals": {}}
    for name in MEANS:
        values = np.array([one[name] for one in seen])
        edges = [round(float(edge), 6) for edge in np.quantile(values, np.arange(1, BINS) / BINS)]
        out["signals"][name] = {"edges": edges, "shares": _shares(values, edges)}
    return out


def stability(then: Mapping[str, Any], values: Sequence[float]) -> float:
    """Population stability index: sum of (now - then) ln(now / then) over the tenths of then."""
    now = _shares(np.array(values), then["edges"])
    floor = 0.5 / max(len(values), 1)
    pairs = [(max(a, floor), max(b, floor)) for a, b in zip(then["shares"], now, strict=True)]
    return sum((b - a) * math.log(b / a) for a, b in pairs)


def _shares(values: np.ndarray[Any, Any], edges: Sequence[float]) -> list[float]:
    places = np.searchsorted(np.asarray(edges), values, side="right")
    counts = np.bincount(places, minlength=len(edges) + 1)
    return [round(float(count) / max(len(values), 1), 6) for count in counts]


def drift(
    card: Mapping[str, Any],
    records: Sequence[Record],
    answers: Sequence[Answer],
    seen: Sequence[Mapping[str, float]],
) -> dict[str, Any]:
    """The report: each signal's index, the share right beside that of training, and a verdict.

    It is compared with the training records of the same source, else with those it is most like.
    Raises TooFewDecisions, NoProfile.
    """
    if len(records) < FEWEST:
        raise TooFewDecisions(f"{len(records)} decisions show no drift; {FEWEST} are the fewest")
    profiles: Mapping[str, Any] = card.get("profiles") or {}
    if not profiles:
        raise NoProfile(f"model {card['version']} keeps no profile of its training: ftz classify train")
    moved = {name: _moved(found, seen) for name, found in profiles.items()}
    own = Counter(record.source for record in records).most_common(1)[0][0]
    likest = min(sorted(moved), key=lambda name: sum(row["index"] for row in moved[name].values()))
    against = own if own in profiles else likest
    outcome = _outcome(card["evaluation"][against], answers)
    worst = max((row["verdict"] for row in moved[against].values()), key=VERDICTS.index)
    fell = [level for level, row in outcome.items() if row["fell"]]
    loose = [level for level, row in outcome.items() if row["loose"]]
    return {
        "n": len(records),
        "model": card["version"],
        "against": against,
        "against_n": profiles[against]["n"],
        "signals": moved[against],
        "levels": outcome,
        "people": dict(sorted(Counter(record.basis or "unknown" for record in records).items())),
        "verdict": "drifted" if fell or loose else worst,
    }


VERDICTS = ("steady", "watch", "drifted")


def _moved(then: Mapping[str, Any], seen: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    noise = NOISE * (1 / len(seen) + 1 / then["n"])
    out: dict[str, Any] = {}
    for name, spread in then["signals"].items():
        index = stability(spread, [one[name] for one in seen])
        verdict = "steady" if index < max(WATCH, noise) else "watch" if index < DRIFTED else "drifted"
        out[name] = {"index": round(index, 4), "noise": round(noise, 4), "verdict": verdict}
    return out


def _outcome(then: Mapping[str, Any], answers: Sequence[Answer]) -> dict[str, Any]:
    """By level: share right now and at training; `fell`: lower beyond chance; `loose`: confidence is off."""
    out: dict[str, Any] = {}
    for level in LEVELS:
        right = [rank_of_gold(answer, level) == 1 for answer in answers]
        stated = [answer.confidence[level] for answer in answers]
        interval = wilson(sum(right), len(right))
        off = ece(stated, right)
        out[str(level)] = {
            "top1": percent(sum(right), len(right)),
            "ci95": interval,
            "at_training": then["top1"][str(level)],
            "fell": interval[1] < then["top1"][str(level)],
            "ece": round(off, 4),
            "ece_at_training": then["ece"][str(level)],
            # Of few records the bins alone differ by so much.
            "loose": off > max(CALIBRATION_MAX, then["ece"][str(level)]) + 0.5 / math.sqrt(len(right)),
        }
    return out
