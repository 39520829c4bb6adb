"""A small schedule of real lines, an index over it and a labelled set made from its own words."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from ftz_classification.engine.facts import PartFacts
from ftz_classification.engine.index import Index, Vectors, line_text
from ftz_classification.engine.memory import Memory
from ftz_classification.engine.model import Model
from ftz_classification.engine.query import make_query
from ftz_classification.engine.records import Record
from ftz_classification.engine.reference import Reference
from ftz_classification.engine.schedule import Schedule, read_schedule
from ftz_classification.engine.text import tokens
from ftz_classification.engine.training import train

SCHEDULE = Path(__file__).with_name("schedule.csv")
TERMS = [
    Reference("plush toy", "950300", "test"),
    Reference("tote bag", "420292", "test"),
    Reference("hoodie", "611020", "test"),
    Reference("t-shirt", "610910", "test"),
    Reference("wristwatch", "910211", "test"),
]


class WordEncoder:
    """Stands in for MiniLM: a vector counts hashed words, so that texts with common words are near."""

    name = "words"

    def encode(self, texts: Sequence[str], batch: int = 32, progress: object = None) -> np.ndarray:
        out = np.zeros((len(texts), 384), dtype=np.float32)
        for row, text in enumerate(texts):
            for token in tokens(text):
                out[row, sum(token.encode()) * 31 % 384] += 1
        return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)


@pytest.fixture(scope="session")
def encoder() -> WordEncoder:
    return WordEncoder()


@pytest.fixture(scope="session")
def schedule() -> Schedule:
    return read_schedule(SCHEDULE)


@pytest.fixture(scope="session")
def index(schedule: Schedule, encoder: WordEncoder) -> Index:
    made = Index(schedule, TERMS, None)
    made.vectors = Vectors(
        [
            encoder.encode([line_text(line.path) for line in schedule.lines]),
            encoder.encode([schedule.lines[start].path[0] for start in made.groups[4].starts]),
            encoder.encode([schedule.lines[start].path[0] for start in made.groups[6].starts]),
            encoder.encode([item.text for item in made.references.items]),
        ]
    )
    return made


@pytest.fixture(scope="session")
def records(schedule: Schedule) -> list[Record]:
    """Every fifth line described by half the words of its path."""
    made = []
    for line in schedule.lines[::5]:
        words = line_text(line.path).replace(";", " ").split()
        title = " ".join(words[::2] + words[-3:])
        made.append(Record(line.code, PartFacts(title=title), (line.code,), source="test"))
    return made


@pytest.fixture(scope="session")
def memory(records: list[Record], encoder: WordEncoder) -> Memory:
    return Memory(records, encoder.encode([make_query(record.facts).text for record in records]))


@pytest.fixture(scope="session")
def model(index: Index, memory: Memory) -> Model:
    return train(index, memory, {"test": True}, folds=2, rounds=8)


@pytest.fixture(scope="session")
def data() -> Path:
    found = os.getenv("FTZ_DATA")
    if not found:
        pytest.skip("FTZ_DATA names no folder of public data files")
    return Path(found)
