"""The numeric steps one by one: words, tree, columns, candidates; each against the plain way to say it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftz_classification.engine import features
from ftz_classification.engine.bm25 import Bm25
from ftz_classification.engine.facts import PartFacts
from ftz_classification.engine.index import Index, Vectors
from ftz_classification.engine.memory import Memory
from ftz_classification.engine.query import make_query
from ftz_classification.engine.ranking import pools, ranked
from ftz_classification.engine.reference import Reference
from ftz_classification.engine.schedule import Schedule

# ---- words ---------------------------------------------------------------------------------------


def test_bm25_by_hand() -> None:
    """Lucene's variant: ln(1 + (N - n + 0.5) / (n + 0.5)) times tf / (tf + k1 (1 - b + b length / mean))."""
    found = Bm25([["mug", "porcelain"], ["mug", "mug", "tea", "cup"], ["shirt"]], k1=1.2, b=0.6)
    idf = math.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    mean = 7 / 3
    expected = [idf * tf / (tf + 1.2 * (0.4 + 0.6 * length / mean)) for tf, length in ((1, 2), (2, 4))]
    scores = found.scores({"mug": 1.0})
    assert scores[:2] == pytest.approx(expected, rel=1e-4)
    assert scores[2] == 0.0
    assert found.scores({"mug": 0.5})[0] == pytest.approx(expected[0] / 2, rel=1e-4)
    assert not found.scores({"unknown": 1.0}).any()
    assert (found.knows("tea"), found.knows("coffee")) == (True, False)


# ---- the tree ------------------------------------------------------------------------------------


def test_a_line_knows_its_steps(index: Index) -> None:
    position = index.schedule.position("6109100012")
    line = index.schedule.lines[position]
    steps = [index.tree.texts[node] for node in index.tree.chain[position] if node >= 0]
    assert tuple(steps) == line.path
    assert len(index.step_tokens("6109100012")) == len(line.path)
    assert index.tree.parent[index.tree.chain[position][0]] == -1


def test_siblings_stand_under_the_same_step(index: Index) -> None:
    for line in index.schedule.lines[::37]:
        for other in index.siblings(line.code):
            found = index.schedule.line(other)
            assert found is not None
            assert found.path[:-1] == line.path[:-1]
            assert line.code in index.siblings(other)


def test_a_rival_is_the_best_child_of_the_same_parent(index: Index) -> None:
    tree = index.tree
    scores = np.random.default_rng(3).normal(size=len(tree.texts)).astype(np.float32)
    found = tree.rival(scores)
    for node in range(0, len(scores), 17):
        family = tree.parent == tree.parent[node]
        assert found[node] == scores[family].max()


def test_an_other_line_matches_as_badly_as_its_best_sibling_matches_well(index: Index) -> None:
    found = features.lexical(index, make_query(PartFacts(title="women's t-shirt of cotton")))
    said = np.array([line.path[-1] for line in index.schedule.lines])
    residual = index.static["residuals"] > 0
    assert (found["residual_lost"][residual] > 0).any()
    assert not (found["residual_lost"][~residual] > 0).any(), "a line that names its goods loses nothing"
    assert set(said[index.static["is_residual"] > 0]) <= {"Other"}


@given(seed=st.integers(0, 50), digits=st.sampled_from((2, 4, 6, 8)), count=st.integers(1, 40))
def test_the_best_around_a_line_is_the_best_of_its_group(
    index: Index, seed: int, digits: int, count: int
) -> None:
    rng = np.random.default_rng(seed)
    rows = [rng.normal(size=len(index.schedule)).astype(np.float32) for _ in range(2)]
    positions = rng.integers(0, len(index.schedule), count)
    groups = index.groups[digits]
    found = groups.best_around(rows, positions)
    for row, best in zip(rows, found, strict=True):
        assert np.array_equal(best, groups.best(row)[groups.of_line[positions]])


# ---- columns -------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0, 3.0]), min_size=1, max_size=120), st.integers(1, 60))
def test_places_are_those_of_a_stable_sort(scores: list[float], last: int) -> None:
    values = np.array(scores, dtype=np.float32)
    expected = np.empty(len(values))
    expected[np.argsort(-values, kind="stable")] = np.minimum(np.arange(len(values)), last)
    assert np.array_equal(features.places(values, last), expected)


def test_standard_scores() -> None:
    found = features.standard(np.array([1, 2, 3], dtype=np.float32))
    assert found == pytest.approx([-1.2247, 0, 1.2247], abs=1e-4)
    assert not features.standard(np.full(5, 7, dtype=np.float32)).any(), "no spread, no standing"


def test_candidates_are_the_best_lines_equals_in_the_order_of_the_schedule() -> None:
    blended = np.array([1, 3, 2, 3, 0], dtype=np.float32)
    assert features.candidates(blended, 3).tolist() == [1, 3, 2]
    assert features.candidates(blended, 99).tolist() == [1, 3, 2, 0, 4]


@pytest.mark.parametrize(
    ("title", "code", "agree", "clash"),
    [
        ("women's cotton t-shirt", "6109100040", True, False),
        ("women's cotton t-shirt", "6109100012", True, True),  # men's or boys', of cotton
    ],
)
def test_facets_agree_and_clash(index: Index, title: str, code: str, agree: bool, clash: bool) -> None:
    found = features.agreement(index, make_query(PartFacts(title=title)))
    place = index.schedule.position(code)
    assert (bool(found["agree"][place]), bool(found["clash"][place])) == (agree, clash)


def test_terms_lift_only_the_lines_they_vouch_for(schedule: Schedule) -> None:
    index = Index(schedule, [Reference("plush toy", "950300", "t"), Reference("dead", "000000", "t")], None)
    assert len(index.references.items) == 1, "a term without a line is left out"
    found = features.lexical(index, make_query(PartFacts(title="plush toy")))["terms"]
    lifted = {line.code[:6] for line, score in zip(schedule.lines, found, strict=True) if score > 0}
    assert lifted == {"950300"}


def test_without_vectors_the_columns_are_there_and_empty(index: Index) -> None:
    assert set(features.semantic(index, None)) == set(Vectors.NAMES)
    assert not any(column.any() for column in features.semantic(index, None).values())


def test_the_pool_is_ordered_by_the_blend_where_there_is_no_model(index: Index) -> None:
    (found,) = pools(index, [make_query(PartFacts(title="plush toy"))], None, Memory())
    ranking = ranked(index, found, None)
    assert list(ranking.scores) == sorted(ranking.scores, reverse=True)
    assert ranking.codes[0].startswith("9503")
    assert set(ranking.codes) == {index.schedule.lines[place].code for place in found.top}
    assert len(set(ranking.codes)) == len(ranking.codes)


def test_a_text_that_stands_in_several_places_is_held_once() -> None:
    rows = np.eye(5, 384, dtype=np.float32)
    vectors = Vectors([rows[[0, 1, 0]], rows[[2]], rows[[1]], rows[[3, 3, 4]]])
    assert len(vectors.rows) == 5
    asked = np.arange(1, 6, dtype=np.float32) @ rows
    found = vectors.split(*(one[0] for one in vectors.cosines(asked[None, :] / 10)))
    assert found["cos"] == pytest.approx([0.1, 0.2, 0.1])
    assert found["cos4"] == pytest.approx([0.3])
    assert found["fit6"] == pytest.approx([0.2])
    assert found["fit_terms"] == pytest.approx([0.4, 0.4, 0.5])
