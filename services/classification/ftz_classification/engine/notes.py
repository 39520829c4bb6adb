"""Legal notes: goods that a chapter does not cover, told in our words with citation (terms/notes.csv).

A note that speaks about a part lowers the lines it excludes and lifts those it names instead, by columns
that the reranker weighs: measured, it puts two of a hundred parts more in the right subheading.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from ftz_classification.engine.query import Query
from ftz_classification.engine.schedule import Schedule
from ftz_classification.engine.text import tokens

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Note:
    """A legal note: lines `under` a number yield to `toward` for goods like `triggers`."""

    under: str
    triggers: tuple[frozenset[str], ...]
    toward: str
    citation: str
    says: str


@cache
def legal_notes() -> tuple[Note, ...]:
    """Exclusion and parts notes shipped with the engine."""
    source = resources.files("ftz_classification.engine") / "terms" / "notes.csv"
    with source.open(encoding="utf-8") as stream:
        return tuple(
            Note(
                row["under"],
                tuple(frozenset(tokens(term)) for term in row["triggers"].split("|")),
                row["toward"],
                row["citation"],
                row["says"],
            )
            for row in csv.DictReader(stream)
        )


def spoken(query: Query) -> tuple[Note, ...]:
    """Notes that speak about goods with the words of the query."""
    return _spoken(frozenset(query.bag))


@lru_cache(maxsize=64)  # asked for each candidate of a part
def _spoken(bag: frozenset[str]) -> tuple[Note, ...]:
    return tuple(
        note for note in legal_notes() if any(trigger and trigger <= bag for trigger in note.triggers)
    )


def notes_on(query: Query, code: str) -> Sequence[Note]:
    """Notes that speak about `code` for goods with the words of the query."""
    return [note for note in spoken(query) if code.startswith(note.under)]


def columns(schedule: Schedule, query: Query) -> dict[str, Array]:
    """How many notes turn the goods away from each line, and how many toward it, shape (n,) each."""
    away, toward = (np.zeros(len(schedule), dtype=np.float32) for _ in range(2))
    for note in spoken(query):
        excluded, named = schedule.under(note.under), schedule.under(note.toward)
        away[excluded.start : excluded.stop] += 1
        if note.toward.startswith(note.under):  # it names a heading of the chapter that it speaks about
            away[named.start : named.stop] -= 1
        toward[named.start : named.stop] += 1
    return {"noted": away, "toward": toward}
