"""The search indexes over one schedule: everything that is the same for every query."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ftz_classification.engine.bm25 import Bm25
from ftz_classification.engine.facets import facet_table
from ftz_classification.engine.projection import Projection
from ftz_classification.engine.reference import Reference
from ftz_classification.engine.schedule import Schedule
from ftz_classification.engine.text import tokens
from ftz_classification.engine.tree import RESIDUAL, Groups, Tree
from ftz_classification.engine.usual import usual

Array = NDArray[np.float32]
_CATEGORY = re.compile(r"\s*\(\d{3}(?:,\s?\d{3})*\)")


class References:
    """Reference terms sorted by the number they vouch for; best match per line in a few gathers."""

    def __init__(self, schedule: Schedule, found: Sequence[Reference]) -> None:
        usable = [reference for reference in found if len(schedule.under(reference.prefix))]
        self.items = sorted(usable, key=lambda r: (r.prefix, r.text, r.source))
        prefixes: list[str] = []
        starts: list[int] = []
        for index, reference in enumerate(self.items):
            if not prefixes or prefixes[-1] != reference.prefix:
                prefixes.append(reference.prefix)
                starts.append(index)
        self.starts = np.array(starts, dtype=np.int64)
        self.bm25 = Bm25([sorted(self.bag(reference)) for reference in self.items], k1=0.9, b=0.3)
        self.groups: list[NDArray[np.int32]] = []
        for digits in sorted({len(prefix) for prefix in prefixes}):
            group = np.full(len(schedule), len(prefixes), dtype=np.int32)
            for number, prefix in enumerate(prefixes):
                if len(prefix) == digits:
                    span = schedule.under(prefix)
                    group[span.start : span.stop] = number
            self.groups.append(group)
        self.size = len(schedule)

    @staticmethod
    def bag(reference: Reference) -> frozenset[str]:
        """Stemmed words of a term; not kept: eighteen thousand of them are read once."""
        return frozenset(tokens(reference.text))

    def to_lines(self, scores: Array) -> Array:
        """Best score among the terms that vouch for each line, shape (n,), 0 where none does."""
        if not self.groups:
            return np.zeros(self.size, dtype=np.float32)
        best = np.append(np.maximum.reduceat(scores, self.starts), np.float32(0))
        return np.maximum.reduce([best[group] for group in self.groups])


class Vectors:
    """Unit vectors (384) of lines, headings, subheadings and references, float32, in one matrix, a text
    that stands in several places once (a quarter do); beside them the same after the projection, if any.

    Cosines of many parts cost one product; they are rounded to four places, so that a part's figures
    do not depend on those computed beside it.
    """

    NAMES = ("cos", "cos4", "cos6", "cos_terms", "fit", "fit4", "fit6", "fit_terms")

    def __init__(self, parts: Iterable[Array], projection: Projection | None = None) -> None:
        """`parts`: lines, headings, subheadings, references."""
        places: dict[bytes, int] = {}
        fresh: list[Array] = []
        self._spans: list[NDArray[np.int32]] = []
        for part in parts:
            keys = [hashlib.blake2b(row.tobytes(), digest_size=16).digest() for row in part]
            new: list[int] = []
            for number, key in enumerate(keys):
                if key not in places:
                    places[key] = len(places)
                    new.append(number)
            fresh.append(part[new])
            self._spans.append(np.array([places[key] for key in keys], dtype=np.int32))
        self.rows = np.concatenate(fresh)
        self.projection = projection
        self._lengths = None if projection is None else projection.lengths(self.rows)

    def cosines(self, queries: Array) -> tuple[Array, Array]:
        """Cosine of every distinct row to every query, plain and projected, each (len(queries), rows).

        The projected rows are never held: q . Mr / |Mr| is (M'q) . r / |Mr|.
        """
        if self.projection is None or self._lengths is None:
            plain = np.round(queries @ self.rows.T, 4)
            return plain, plain
        back = self.projection(queries) @ self.projection.matrix
        both = np.concatenate([queries, back]) @ self.rows.T
        plain, projected = both[: len(queries)], both[len(queries) :] / self._lengths
        return np.round(plain, 4), np.round(projected, 4)

    def split(self, plain: Array, projected: Array) -> dict[str, Array]:
        """One query's cosines by what they are to."""
        found = [row[span] for row in (plain, projected) for span in self._spans]
        return dict(zip(self.NAMES, found, strict=True))


class Index:
    """Lexical indexes of a schedule and its reference terms, with vectors where MiniLM is there."""

    def __init__(self, schedule: Schedule, references: Sequence[Reference], vectors: Vectors | None) -> None:
        self.schedule = schedule
        self.tree = Tree(schedule)
        self.groups = {digits: Groups(schedule, digits) for digits in (2, 4, 6, 8)}
        self.references = References(schedule, references)
        self.vectors = vectors
        self.node_tokens = [tokens(text) for text in self.tree.texts]
        lines = [
            [token for node in chain if node >= 0 for token in self.node_tokens[node]]
            for chain in self.tree.chain
        ]
        self.paths = Bm25(lines)
        self.nodes = Bm25(self.node_tokens)
        self.expanded = {digits: Bm25(self._documents(digits, lines), k1=1.5, b=0.75) for digits in (4, 6)}
        table = facet_table()
        steps = [table.of_path(line.path, line.code[:2]) for line in schedule.lines]
        self.facets = np.array([table.narrowed(step) for step in steps], dtype=np.int64)
        depth = (self.tree.chain >= 0).sum(axis=1)
        self.last = self.tree.chain[np.arange(len(schedule)), depth - 1]
        self.static: dict[str, Array] = {
            "depth": depth.astype(np.float32),
            "is_residual": self.tree.residual[self.last].astype(np.float32),
            "residuals": (self.tree.residual[self.tree.chain] & (self.tree.chain >= 0)).sum(
                axis=1, dtype=np.float32
            ),
            "chapter": np.array([int(line.code[:2]) for line in schedule.lines], dtype=np.float32),
        }
        for digits in (4, 6, 8):
            groups = self.groups[digits]
            sizes = np.diff(np.append(groups.starts, len(schedule)))
            self.static[f"size{digits}"] = sizes[groups.of_line].astype(np.float32)
            inside = np.arange(len(schedule)) - groups.starts[groups.of_line]
            self.static[f"place{digits}"] = inside.astype(np.float32)
            self.static[f"left{digits}"] = (sizes[groups.of_line] - 1 - inside).astype(np.float32)
        weights = usual(schedule)
        self.static["usual"] = weights
        for digits in (4, 6):
            groups = self.groups[digits]
            self.static[f"usual{digits}"] = groups.best(weights)[groups.of_line]
        self.static["suffix"] = np.array(
            [int(line.code[8:] or 0) for line in schedule.lines], dtype=np.float32
        )

    @cached_property
    def known(self) -> frozenset[str]:
        """Stemmed words that stand in the schedule or in a reference term."""
        found = {token for bag in self.node_tokens for token in bag}
        return frozenset(found.union(*map(self.references.bag, self.references.items)))

    def step_tokens(self, code: str) -> list[list[str]]:
        """Stemmed words of each step of a line's path, heading first."""
        chain = self.tree.chain[self.schedule.position(code)]
        return [self.node_tokens[node] for node in chain if node >= 0]

    def siblings(self, code: str) -> list[str]:
        """The other lines that stand directly under the same step as this one."""
        above = self.tree.parent[self.last]
        own = above[self.schedule.position(code)]
        same = np.flatnonzero((above == own) & (own >= 0))  # headings stand under nothing
        found = [self.schedule.lines[place].code for place in same.tolist()]
        return [other for other in found if other != code]

    def _documents(self, digits: int, lines: Sequence[Sequence[str]]) -> list[list[str]]:
        """One document per group: the words of its paths once, and those of all its references."""
        groups = self.groups[digits]
        documents: list[list[str]] = [[] for _ in groups.keys]
        for index, group in enumerate(groups.of_line):
            documents[group] += lines[index]
        documents = [sorted(set(document)) for document in documents]
        for reference in self.references.items:
            if len(reference.prefix) >= digits:
                position = groups.position.get(reference.prefix[:digits])
                if position is not None:
                    documents[position] += sorted(self.references.bag(reference))
        return documents


def line_text(path: Sequence[str]) -> str:
    """What is embedded for a line: its path without textile categories and steps that only say "Other"."""
    told = (_CATEGORY.sub("", step) for step in path)
    return "; ".join(step for step in told if step.lower() not in RESIDUAL)
