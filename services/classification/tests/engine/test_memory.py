"""Vectors are stored once, memory is exact, and 220,000 rulings stay fast."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ftz_classification.engine.facts import PartFacts
from ftz_classification.engine.index import Index
from ftz_classification.engine.memory import Memory, votes
from ftz_classification.engine.query import make_query
from ftz_classification.engine.ranking import pools
from ftz_classification.engine.records import Record, standing
from ftz_classification.engine.schedule import Schedule
from ftz_classification.engine.vectorcache import VectorCache, chunks, quantised


class Counting:
    """A stand-in encoder that counts what it is asked to embed."""

    name = "counting"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str], batch: int = 32, progress: object = None) -> np.ndarray:
        self.asked += texts
        rows = np.array([np.random.default_rng(len(text)).standard_normal(384) for text in texts])
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_a_text_is_embedded_once_and_read_back_the_same(tmp_path: Path) -> None:
    encoder = Counting()
    first = VectorCache(tmp_path, encoder).of(["mug", "cup of tea", "mug"])
    again = VectorCache(tmp_path, encoder).of(["cup of tea", "new one", "mug"])
    assert sorted(encoder.asked) == ["cup of tea", "mug", "new one"]
    assert np.array_equal(first[0], again[2])
    assert np.array_equal(first[1], again[0])
    assert np.array_equal(first[0], first[2])


@pytest.mark.parametrize("cut", [1, 16, 700])
def test_a_torn_file_loses_only_what_was_torn(tmp_path: Path, cut: int) -> None:
    encoder = Counting()
    whole = VectorCache(tmp_path, encoder).of(["a", "bb", "ccc"])
    path = next(tmp_path.glob("*.rows" if cut > 16 else "*.keys"))
    path.write_bytes(path.read_bytes()[:-cut])
    assert np.array_equal(VectorCache(tmp_path, encoder).of(["a", "bb", "ccc"]), whole)
    assert encoder.asked.count("a") == 1


def test_eight_bits_keep_the_cosine_to_a_hundredth() -> None:
    rows = Counting().encode(["x" * n for n in range(1, 50)])
    small = np.concatenate(list(chunks(quantised(rows), size=7)))
    assert np.abs(rows @ rows.T - small @ rows.T).max() < 0.01


def test_votes_go_to_lines_that_share_the_digits(index: Index) -> None:
    record = Record("r", PartFacts(title="x"), ("6109100012",))
    memory = Memory([record], np.eye(1, 384, dtype=np.float32))
    found = votes(index, memory.nearest(memory.similarities(np.eye(1, 384, dtype=np.float32))[0]))
    at = index.schedule.position
    assert found["near10"][at("6109100012")] == 1.0
    assert found["near8"][at("6109100004")] == 1.0
    assert found["near10"][at("6109100004")] == 0.0
    assert 0.9 < found["vote4"][at("6109100004")] <= 1.0


def test_a_masked_record_does_not_vote() -> None:
    memory = Memory(
        [
            Record("a", PartFacts(title="a"), ("6109100012",)),
            Record("b", PartFacts(title="b"), ("6205202051",)),
        ],
        np.eye(2, 384, dtype=np.float32),
    )
    similar = memory.similarities(np.ones((1, 384), dtype=np.float32) / 20)
    assert [near.record.key for near in memory.nearest(similar[0], np.array([True, False]))] == ["b"]


def decided(account: str, number: str = "6109100012", part: str = "M", **more: Any) -> Record:
    facts = PartFacts(title="mug", account=account, part=part)
    return Record(f"{account}/{number}", facts, (number,), source="decision", **more)


@pytest.mark.parametrize(
    ("account", "keys"),
    [
        ("acme", {"acme/6109100012", "ruling", "nobody's"}),
        ("globex", {"globex/6109100012", "ruling", "nobody's"}),
        ("initech", {"ruling", "nobody's"}),
        ("", {"ruling", "nobody's"}),
    ],
)
def test_a_decision_is_found_by_its_own_account_alone(index: Index, account: str, keys: set[str]) -> None:
    """Not as a duplicate, not as a neighbour that votes, whatever asks: pools leave it out."""
    ruling = Record("ruling", PartFacts(title="mug"), ("6205202051",), source="cross")
    free = Record("nobody's", PartFacts(title="mug"), ("6205202051",), source="decision")
    vectors = np.zeros((4, 384), dtype=np.float32)
    vectors[:, 0] = 1
    memory = Memory([decided("acme"), decided("globex"), ruling, free], vectors)
    query = make_query(PartFacts(title="mug", account=account))
    (found,) = pools(index, [query], vectors[:1], memory)
    assert {near.record.key for near in found.nearest} == keys
    hidden = np.array([False, False, True, False])
    (found,) = pools(index, [query], vectors[:1], memory, lambda _: hidden)
    assert {near.record.key for near in found.nearest} == keys - {"ruling"}, "the caller's mask is added"


@pytest.mark.parametrize(
    ("records", "asked", "number"),
    [
        ([("6109100012", "", 0)], "2026-01-01", "6109100012"),
        ([("6109100012", "2026-07-01", 1)], "2026-01-01", None),  # made for a later revision
        ([("6109100012", "2026-07-01", 1)], "2026-07-01", "6109100012"),
        ([("6109100012", "2026-07-01", 1)], "", "6109100012"),  # the asker does not know
        ([("6109100012", "", 1), ("6205202051", "", 2)], "", "6205202051"),  # corrected
        ([("6205202051", "", 2), ("6109100012", "", 1)], "", "6205202051"),  # in any order of files
        ([("6109100012", "", 1), ("6205202051", "2026-07-01", 2)], "2026-01-01", "6109100012"),
        ([("6109100012", "", 0), ("6205202051", "", 0)], "", None),  # nobody knows which is later
        ([("6109100012", "", 1), ("9999999999", "", 2)], "", None),  # the correction has ended
    ],
)
def test_exact_memory_by_revision_and_correction(
    schedule: Schedule, records: list[tuple[str, str, int]], asked: str, number: str | None
) -> None:
    memory = Memory([decided("acme", n, effective_from=day, order=order) for n, day, order in records])
    found = memory.exact(PartFacts(title="mug", account="acme", part="M"), schedule, asked)
    assert (found and found[0]) == number


def test_what_is_loaded_twice_counts_once_and_what_was_corrected_not_at_all() -> None:
    first, second = decided("acme", order=1), decided("acme", "6205202051", order=2)
    other, later = decided("globex"), decided("acme", effective_from="2026-07-01", order=3)
    ruling = Record("N1", PartFacts(title="mug"), ("6205202051",), source="cross")
    assert standing([second, ruling, first, other, ruling, later, second]) == [second, ruling, other, later]
    unknown = [decided("acme"), decided("acme", "6205202051")]
    assert standing([*unknown, *unknown]) == unknown, "kept side by side: exact memory answers neither"


def test_vectors_and_records_must_match() -> None:
    with pytest.raises(ValueError, match="1 records but 2 vectors"):
        Memory([Record("a", PartFacts(title="a"), ("6109100012",))], np.eye(2, 384, dtype=np.float32))


def test_exact_memory_answers_five_thousand_parts_a_second(schedule: Schedule) -> None:
    parts = [PartFacts(title=f"shirt {n}", account="a", part=str(n)) for n in range(2_000)]
    memory = Memory(
        [Record(str(n), facts, ("6109100012",), source="decision") for n, facts in enumerate(parts)]
    )
    started = time.perf_counter()
    assert all(memory.exact(facts, schedule) for facts in parts)
    assert (
        len(parts) / (time.perf_counter() - started) > 1_500
    )  # floor for a busy machine; 5,000 on an idle core


@pytest.mark.slow
def test_two_hundred_twenty_thousand_rulings(index: Index) -> None:
    rng = np.random.default_rng(4)
    rows = rng.standard_normal((220_000, 384), dtype=np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    records = [Record(str(n), PartFacts(title="x"), ("6109100012",)) for n in range(len(rows))]
    memory = Memory(records, quantised(rows))
    asked = rows[:32]
    started = time.perf_counter()
    for start in (0, 16):
        similar = memory.similarities(asked[start : start + 16])
        assert similar is not None
        for place in range(16):
            assert memory.nearest(similar[place])[0].record.key == str(start + place)
    per_part = (time.perf_counter() - started) / 32
    assert per_part < 0.1, f"{1000 * per_part:.1f} ms per part"
    assert memory.vectors is not None
    assert memory.vectors.nbytes < 90e6
