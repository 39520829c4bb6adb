"""Facts that divide tariff lines (gender, knit or woven, fibre, matter, ...), found in any text as bits.

The word list is terms/facets.csv. On the schedule's side a clause that excludes ("other than",
"whether or not", "not knitted") says nothing of what the line covers and is cut first.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources

from ftz_classification.engine.text import words

_EXCLUDED = re.compile(
    r"\((?:other than|except|excluding)[^)]*\)"
    r"|(?:other than|except|excluding|whether or not|but not)\b[^,;)]*",
    re.I,
)
_NOT_KNIT = re.compile(r"\bnot knitted or crocheted\b", re.I)


@dataclass(frozen=True, slots=True)
class FacetTable:
    """Bits: one per (kind, value); `kinds` gives the mask of each kind, `words` the bits of a word."""

    kinds: dict[str, int]
    names: tuple[str, ...]
    words: dict[str, int]

    def of(self, text: str) -> int:
        """Bits of all facet words in `text`."""
        found = 0
        for word in words(text):
            found |= self.words.get(word, 0)
        return found

    def of_path(self, path: Iterable[str], chapter: str) -> tuple[int, ...]:
        """Bits each step of a line's path states, as kinds that a deeper step narrows."""
        steps: list[int] = []
        for step in path:
            bits = self.of(_EXCLUDED.sub(" ", _NOT_KNIT.sub(" woven ", step)))
            steps.append(bits)
        if chapter in ("61", "62") and steps:
            make = self.words["knit"] if chapter == "61" else self.words["woven"]
            steps[0] = (steps[0] & ~self.kinds["make"]) | (make & self.kinds["make"])
        return tuple(steps)

    def narrowed(self, steps: Iterable[int]) -> int:
        """What a path says in the end: of each kind, the bits of the deepest step that has any."""
        found = 0
        for bits in steps:
            for mask in self.kinds.values():
                if bits & mask:
                    found = (found & ~mask) | (bits & mask)
        return found

    def label(self, bits: int) -> list[str]:
        return [name for number, name in enumerate(self.names) if bits >> number & 1]


@cache
def facet_table() -> FacetTable:
    """The table shipped with the engine."""
    kinds: dict[str, int] = {}
    names: list[str] = []
    known: dict[str, int] = {}
    with (resources.files("ftz_classification.engine") / "terms" / "facets.csv").open(
        encoding="utf-8"
    ) as stream:
        for row in csv.DictReader(stream):
            bit = 1 << len(names)
            names.append(f"{row['kind']}: {row['value']}")
            kinds[row["kind"]] = kinds.get(row["kind"], 0) | bit
            for word in row["words"].split("|"):
                for part in words(word):
                    if "-" not in part and (part == word or word.replace("-", "") == part):
                        known[part] = known.get(part, 0) | bit
    return FacetTable(kinds, tuple(names), known)
