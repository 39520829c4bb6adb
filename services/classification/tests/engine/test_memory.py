"""Vectors are stored once, memory is exact, and 220,000 rulings stay fast."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from ftz_classification.engine.facts import PartFacts
from ftz_classification.engine.index import Index
from ftz_classification.engine.memory import Memory, votes
from ftz_classification.engine.records import Record
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
