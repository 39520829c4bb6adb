"""Shares sum to one at each level, calibration learns, conformal sets keep their promise."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftz_classification.engine.calibration import Calibration, Logistic
from ftz_classification.engine.conformal import Conformal, needed
from ftz_classification.engine.levels import Shares, shares
from ftz_classification.engine.schedule import LEVELS

CODES = ["6109100004", "6109100012", "6109901007", "6205202051", "9503000073"]


@given(st.lists(st.floats(-20, 20, width=32), min_size=5, max_size=5))
def test_shares_sum_to_one_at_every_level(scores: list[float]) -> None:
    found = shares(CODES, np.array(scores, dtype=np.float32))
    for level in LEVELS:
        assert sum(share for _, share in found.ranked[level]) == pytest.approx(1)
        assert len(set(found.prefixes(level))) == len(found.prefixes(level))


def test_many_weak_lines_can_outweigh_one_strong_line() -> None:
    found = shares(CODES, np.array([1.0, 1.0, 1.0, 0.0, 1.4], dtype=np.float32))
    assert found.prefixes(10)[0] == "9503000073"
    assert found.prefixes(4)[0] == "6109"


def test_logistic_recovers_a_probability() -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(-2, 2, 4000)
    right = rng.uniform(size=4000) < 1 / (1 + np.exp(-2 * x))
    fitted = Logistic.fit(x[:, None].tolist(), right.tolist())
    assert fitted.chance([0.0]) == pytest.approx(0.5, abs=0.05)
    assert fitted.chance([1.0]) == pytest.approx(1 / (1 + np.exp(-2)), abs=0.05)


@given(st.floats(-1e6, 1e6))
def test_no_confidence_is_certain(x: float) -> None:
    chance = Logistic((0.0,), (1.0,), (1.0,), 0.0).chance([x])
    assert 0.005 <= chance <= 0.995


def some(first: float) -> Shares:
    return Shares({level: [("1" * level, first), ("2" * level, 1 - first)] for level in LEVELS})


def test_a_deeper_level_is_never_surer() -> None:
    rng = np.random.default_rng(1)
    seen = [
        (some(float(f)), {"x": float(f)}, {level: bool(rng.uniform() < f) for level in LEVELS})
        for f in rng.uniform(0.5, 1, 200)
    ]
    confidence = Calibration.fit(seen).confidence(some(0.9), {"x": 0.9})
    assert all(confidence[a] >= confidence[b] for a, b in itertools.pairwise(LEVELS))


def test_calibration_survives_storing() -> None:
    seen = [
        (some(0.6), {"x": 0.1}, dict.fromkeys(LEVELS, True)),
        (some(0.7), {"x": 0.2}, dict.fromkeys(LEVELS, False)),
    ]
    made = Calibration.fit(seen)
    again = Calibration.from_plain(made.plain())
    assert again.confidence(some(0.8), {"x": 0.3}) == made.confidence(some(0.8), {"x": 0.3})


def test_what_must_be_gathered() -> None:
    assert needed(some(0.7), 4, ["1111111111"]) == pytest.approx(0.7)
    assert needed(some(0.7), 4, ["2222222222"]) == pytest.approx(1.0)
    assert needed(some(0.7), 4, ["3333333333"]) > 1


def test_a_set_holds_the_right_number_as_often_as_promised() -> None:
    rng = np.random.default_rng(2)

    def draw() -> tuple[Shares, list[str]]:
        found = shares([f"{n:010d}" for n in range(10)], rng.normal(0, 2, 10).astype(np.float32))
        chosen = rng.choice(10, p=np.array([found.share(10, f"{n:010d}") for n in range(10)]))
        return found, [f"{chosen:010d}"]

    fitted = Conformal.fit([draw() for _ in range(600)], promise=0.8)
    held = 0
    for _ in range(600):
        found, gold = draw()
        members = fitted.candidate_set(found)
        assert members is not None
        held += gold[0][: members.level] in members.members
    assert 0.75 <= held / 600 <= 0.95


def test_no_promise_where_it_cannot_be_kept() -> None:
    fitted = Conformal.fit([(some(0.7), ["3333333333"])] * 20)
    assert fitted.candidate_set(some(0.7)) is None
