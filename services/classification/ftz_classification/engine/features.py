"""What the reranker sees of each (part, line) pair, as float32 columns over all lines or candidates."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ftz_classification.engine import notes
from ftz_classification.engine.facets import facet_table
from ftz_classification.engine.index import Index, Vectors
from ftz_classification.engine.query import Query

Array = NDArray[np.float32]
Cosines = tuple[Array, Array]
CANDIDATES = 400
WEIGHTS = {
    "path": 1.0,
    "doc4": 0.7,
    "doc6": 1.0,
    "terms": 0.7,
    "cos": 0.6,
    "cos4": 0.6,
    "cos6": 0.5,
    "cos_terms": 0.5,
    "fit": 0.7,
    "fit_terms": 0.7,
    "agree": 0.5,
    "clash": -0.8,
    "vote4": 2.0,
    "vote6": 2.0,
    "vote10": 1.0,
    "noted": -0.5,
    "toward": 0.3,
}
PLACES = 50
RAW = ("agree", "clash", "vote4", "vote6", "vote10")
YES_OR_NO = ("noted", "toward")
COMPARED = (
    *("path", "doc4", "doc6", "terms", "head_node", "below_sum", "last"),
    *("cos", "cos4", "cos6", "cos_terms", "fit", "fit4", "fit6", "fit_terms"),
)
WITHIN = ("path", "below_sum", "last", "cos", "fit", "terms")
SHOWN_FACETS = ("gender", "make", "fibre", "matter")


def columns(
    index: Index, query: Query, cosines: Cosines | None, voted: Mapping[str, Array]
) -> dict[str, Array]:
    """All columns over all lines; cosine columns are zero where vectors are off."""
    return {
        **lexical(index, query),
        **semantic(index, cosines),
        **agreement(index, query),
        **notes.columns(index.schedule, query),
        **voted,
        **index.static,
    }


def lexical(index: Index, query: Query) -> dict[str, Array]:
    """Word matches: whole path, documents of heading and subheading, single steps, reference terms.

    `lost` counts what sibling steps would have matched better; an "Other" step matches as badly as its
    best sibling matches well.
    """
    groups, tree = index.groups, index.tree
    out: dict[str, Array] = {"path": index.paths.scores(query.bag)}
    for digits in (4, 6):
        out[f"doc{digits}"] = index.expanded[digits].scores(query.bag)[groups[digits].of_line]
    nodes = index.nodes.scores(query.bag)
    rival = tree.rival(nodes)
    along = tree.along(np.where(tree.residual, -rival, nodes))
    below = along[1:]
    out["head_node"] = along[0]
    out["below_sum"] = below.sum(axis=0)
    out["lost"] = tree.along(np.maximum(rival - nodes, 0) * ~tree.residual)[1:].sum(axis=0)
    out["residual_lost"] = -(np.minimum(below, 0).sum(axis=0))
    out["last"] = nodes[index.last]
    out["terms"] = index.references.to_lines(index.references.bm25.scores(query.bag))
    return out


def semantic(index: Index, cosines: Cosines | None) -> dict[str, Array]:
    """Cosines of the part to paths, headings, subheadings and the best reference term."""
    if cosines is None or index.vectors is None:
        return dict.fromkeys(Vectors.NAMES, np.zeros(len(index.schedule), dtype=np.float32))
    found, groups = index.vectors.split(*cosines), index.groups
    out: dict[str, Array] = {}
    for name in ("cos", "fit"):
        out[name] = found[name]
        for digits in (4, 6):
            out[f"{name}{digits}"] = found[f"{name}{digits}"][groups[digits].of_line]
        out[f"{name}_terms"] = index.references.to_lines(found[f"{name}_terms"])
    return out


def agreement(index: Index, query: Query) -> dict[str, Array]:
    """How many kinds of facets a line shares with the part, contradicts, or asks and the part leaves open."""
    size = len(index.schedule)
    agree, clash, unstated = (np.zeros(size, dtype=np.float32) for _ in range(3))
    out: dict[str, Array] = {}
    for kind, mask in facet_table().kinds.items():
        asked, stated = query.facets & mask, index.facets & mask
        both = (stated & asked) != 0
        if asked:
            against = (stated != 0) & ~both
            agree += both
            clash += against
        else:
            against = np.zeros(size, dtype=bool)
            unstated += stated != 0
        if kind in SHOWN_FACETS:
            out[f"facet_{kind}"] = (
                both.astype(np.float32) - against if asked else np.float32(-0.5) * (stated != 0)
            ).astype(np.float32)
    return {"agree": agree, "clash": clash, "unstated": unstated, **out}


def standard(scores: Array) -> Array:
    """Scores as distances from their mean in standard deviations (0 where all are equal)."""
    centred = scores - scores.mean()
    spread = np.sqrt(np.square(centred).mean())
    return centred * np.float32(1 / spread if spread > 1e-6 else 0)


def standards(found: Mapping[str, Array]) -> dict[str, Array]:
    """Standard scores of the columns that are compared: what `blend` adds up and `matrix` shows."""
    return {name: standard(found[name]) for name in COMPARED}


def blend(found: Mapping[str, Array], standing: Mapping[str, Array]) -> Array:
    """The untrained score: a weighted sum of standard scores (keeps margins, unlike rank fusion)."""
    total = np.zeros_like(found["path"])
    for name, weight in WEIGHTS.items():
        if name in YES_OR_NO:
            total += np.float32(weight) * np.minimum(found[name], 1)
        else:
            total += np.float32(weight) * (found[name] if name in RAW else standing[name])
    return total


def candidates(blended: Array, count: int = CANDIDATES) -> NDArray[np.intp]:
    """Positions of the best lines, best first; equal scores in the order of the schedule."""
    count = min(count, len(blended))
    top = np.argpartition(-blended, count - 1)[:count]
    return top[np.lexsort((top, -blended[top]))]


def matrix(
    index: Index,
    found: Mapping[str, Array],
    standing: Mapping[str, Array],
    blended: Array,
    top: NDArray[np.intp],
) -> dict[str, Array]:
    """Columns of the candidates `top` alone: raw values, distances to the best, standing of their groups."""
    out: dict[str, Array] = {name: values[top] for name, values in found.items()}
    for name in COMPARED:
        out[f"{name}_z"] = standing[name][top]
        best = float(found[name].max())
        out[f"{name}_gap"] = (np.float32(best) - out[name]) / np.float32(abs(best) + 1e-6)
    out["blend"] = blended[top]
    out["blend_gap"] = blended.max() - blended[top]
    out["rank"] = np.arange(len(top), dtype=np.float32)
    for digits in (2, 4, 6, 8):
        groups = index.groups[digits]
        best = groups.best(blended)
        own = groups.of_line[top]
        out[f"group{digits}_gap"] = best.max() - best[own]
        out[f"group{digits}_rank"] = places(best, PLACES)[own]
        out[f"within{digits}_gap"] = best[own] - blended[top]
        if digits in (6, 8):
            around = groups.best_around([found[name] for name in WITHIN], top)
            for name, highest in zip(WITHIN, around, strict=True):
                out[f"{name}_within{digits}"] = highest - out[name]
    return out


def places(scores: Array, last: int) -> Array:
    """Place of each score, best first from 0 (ties in their order); `last` for all that come later."""
    out = np.full(len(scores), last, dtype=np.float32)
    if len(scores) > last:
        top = np.flatnonzero(scores >= np.partition(scores, -last)[-last])
    else:
        top = np.arange(len(scores))
    ordered = top[np.argsort(-scores[top], kind="stable")][:last]
    out[ordered] = np.arange(len(ordered))
    return out
