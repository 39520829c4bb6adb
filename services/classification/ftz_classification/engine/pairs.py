"""Training pairs for the projection: terms and the text of the number they belong to.

Only sources that may be shipped are used (our own list, HS nomenclature PDDL, UK lists MIT, the HTSUS
itself), and no labelled product: the projection leaks nothing into an evaluation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ftz_classification.engine.index import Index, line_text

LEAVES = 6_000


@dataclass(frozen=True, slots=True)
class Pair:
    """`term` belongs to `text`; pairs with the same `group` are never each other's negatives."""

    term: str
    text: str
    group: str


def training_pairs(index: Index, seed: int = 5) -> list[Pair]:
    """Each reference term with its path and, where there is one, with a sister term; ends of paths with
    their subheading."""
    rng = np.random.default_rng(seed)
    schedule = index.schedule
    sisters: dict[str, list[str]] = {}
    for item in index.references.items:
        if len(item.prefix) >= 6:
            sisters.setdefault(item.prefix[:6], []).append(item.text)
    made: list[Pair] = []
    for item in index.references.items:
        if len(item.prefix) < 4:
            continue
        made.append(Pair(item.text, path_text(index, item.prefix), item.prefix[:6]))
        others = [text for text in sisters.get(item.prefix[:6], []) if text != item.text]
        if others:
            made.append(Pair(item.text, others[int(rng.integers(len(others)))], item.prefix[:6]))
    for position in sorted(rng.choice(len(schedule), size=min(LEAVES, len(schedule)), replace=False)):
        line = schedule.lines[int(position)]
        tail = line_text(line.path[-2:])
        if len(tail) > 8 and len(line.path) > 2:
            made.append(Pair(tail, path_text(index, line.code[:6]), line.code[:6]))
    return made


def path_text(index: Index, prefix: str) -> str:
    """Text of the first line under `prefix`, down to the step that completes its digits."""
    line = index.schedule.lines[index.schedule.under(prefix).start]
    cut = next((i for i, number in enumerate(line.numbers) if len(number) >= len(prefix)), len(line.path) - 1)
    return line_text(line.path[: cut + 1])
