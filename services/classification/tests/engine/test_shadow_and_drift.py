"""Comparing two models record by record, and telling drift from chance."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ftz_classification.engine import shadow
from ftz_classification.engine.drift import NoProfile, TooFewDecisions, drift, profile, stability
from ftz_classification.engine.evaluation import Answer
from ftz_classification.engine.facts import PartFacts
from ftz_classification.engine.records import Record
from ftz_classification.engine.schedule import LEVELS
from ftz_classification.engine.shadow import by_chance, compare, digest_of_set, freeze, frozen

RIGHT, WRONG = "6109100012", "6205202051"


def said(*first: str, sure: float = 0.5) -> list[Answer]:
    """One answer for each: the first number, then the other."""
    return [
        Answer(
            (RIGHT,),
            {level: list(dict.fromkeys(n[:level] for n in (one, RIGHT, WRONG))) for level in LEVELS},
            dict.fromkeys(LEVELS, sure),
        )
        for one in first
    ]


@pytest.mark.parametrize(
    ("gained", "lost", "p"),
    [
        (0, 0, 1.0),
        (1, 0, 1),
        (5, 0, 0.0625),
        (6, 0, 0.03125),
        (0, 6, 0.03125),
        (3, 3, 1),
        (9, 1, 0.021484375),
    ],
)
def test_mcnemar_by_hand(gained: int, lost: int, p: float) -> None:
    assert by_chance(gained, lost) == pytest.approx(p)


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        ([WRONG] * 10, [RIGHT] * 10, "better"),
        ([RIGHT] * 10, [WRONG] * 10, "worse"),
        ([RIGHT, WRONG] * 5, [WRONG, RIGHT] * 5, "no difference shown"),
        ([WRONG] * 10, [RIGHT] * 5 + [WRONG] * 5, "no difference shown"),  # 5 : 0 may be chance (0.0625)
    ],
)
def test_the_verdict(old: Sequence[str], new: Sequence[str], verdict: str) -> None:
    report = compare(said(*new), said(*old))
    assert report["verdict"] == verdict
    assert report["levels"]["top5.10"]["gained"] == 0, "both have it among the first five"


def records(count: int, source: str = "decision") -> list[Record]:
    return [
        Record(
            f"k{n}",
            PartFacts(
                title=f"mug {n}",
                category=("kitchen",),
                attributes={"use": "tea"},
                value=Decimal("1.50"),
                account="a",
                part=str(n),
            ),
            (RIGHT,),
            "why",
            source,
            "2026-01-01",
            n,
            "approved",
        )
        for n in range(count)
    ]


def test_what_is_frozen_is_the_same_for_the_same_records_and_read_back_whole(tmp_path: Path) -> None:
    all_of_them = records(300)
    chosen = freeze(tmp_path, all_of_them)
    assert len(chosen) == 30
    assert frozen(tmp_path) == chosen
    with pytest.raises(shadow.FrozenAlready):
        freeze(tmp_path, all_of_them)
    assert freeze(tmp_path, all_of_them[::-1], again=True) == chosen
    assert digest_of_set(chosen) == digest_of_set(frozen(tmp_path))
    assert digest_of_set(freeze(tmp_path, all_of_them, 50, again=True)) != digest_of_set(chosen)


@pytest.mark.parametrize(("have", "count"), [(100, 0), (30, 20), (0, 0)])
def test_too_few_cannot_be_frozen(tmp_path: Path, have: int, count: int) -> None:
    with pytest.raises(shadow.NothingFrozen, match="ftz classify learn"):
        freeze(tmp_path, records(have), count)
    assert frozen(tmp_path) == []


def seen(count: int, shift: float = 0.0, seed: int = 1) -> list[dict[str, float]]:
    rng = np.random.default_rng(seed)
    names = ("sure6", "sure10", "near", "terms", "words", "known")
    return [dict(zip(names, rng.normal(shift, 1, len(names)).tolist(), strict=True)) for _ in range(count)]


def test_the_index_by_hand() -> None:
    then = {"edges": [1.0], "shares": [0.5, 0.5]}
    # now 0.8 and 0.2: 0.3 ln 1.6 - 0.3 ln 0.4 = 0.4159
    assert stability(then, [0.0] * 8 + [2.0] * 2) == pytest.approx(0.4159, abs=1e-4)
    assert stability(then, [0.0] * 5 + [2.0] * 5) == 0.0


def card(right: float = 50.0) -> dict[str, Any]:
    top1 = {str(level): right for level in LEVELS}
    figures = {"top1": top1, "ece": {str(level): 0.05 for level in LEVELS}}
    return {"version": "v", "profiles": {"shop": profile(seen(500))}, "evaluation": {"shop": figures}}


@pytest.mark.parametrize(
    ("shift", "first", "right", "verdict"),
    [
        (0.0, [RIGHT, WRONG], 50.0, "steady"),
        (2.0, [RIGHT, WRONG], 50.0, "drifted"),  # the goods look different
        (0.0, [WRONG, WRONG], 50.0, "drifted"),  # the answers are worse
        (0.0, [RIGHT, RIGHT], 50.0, "drifted"),  # confidence of 0.5 where all are right
    ],
)
def test_drift(shift: float, first: Sequence[str], right: float, verdict: str) -> None:
    report = drift(card(right), records(200, "shop"), said(*first * 100), seen(200, shift, seed=2))
    assert report["verdict"] == verdict
    assert report["against"] == "shop"
    assert report["people"] == {"approved": 200}
    assert report["levels"]["2"]["fell"] is (first == [WRONG, WRONG])


def test_chance_alone_is_not_called_drift() -> None:
    """Thirty records of the same goods: the index is noisy, and the report knows by how much."""
    for seed in range(2, 22):
        report = drift(card(), records(30, "shop"), said(*[RIGHT, WRONG] * 15), seen(30, seed=seed))
        assert report["verdict"] in ("steady", "watch")


def test_too_few_or_no_profile() -> None:
    with pytest.raises(TooFewDecisions, match="30 are the fewest"):
        drift(card(), records(29), said(*[RIGHT] * 29), seen(29))
    with pytest.raises(NoProfile, match="ftz classify train"):
        drift({"version": "v"}, records(30), said(*[RIGHT] * 30), seen(30))


def test_goods_of_an_unknown_source_are_compared_with_what_they_are_like() -> None:
    whole = card()
    whole["profiles"]["other"] = profile(seen(500, 3.0))
    whole["evaluation"]["other"] = whole["evaluation"]["shop"]
    report = drift(whole, records(100), said(*[RIGHT, WRONG] * 50), seen(100, 3.0, seed=4))
    assert report["against"] == "other"
