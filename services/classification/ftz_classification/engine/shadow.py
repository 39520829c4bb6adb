"""Shadow evaluation: a new model beside the one in force, both judged on records that were frozen for it.

The frozen set is drawn once, by the digests of the records' facts; training leaves it out from then on.
Memory keeps it: exact answers go on. Whoever promotes a model sees this comparison first.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ftz_classification.engine.evaluation import Answer, percent, rank_of_gold
from ftz_classification.engine.records import Record, read_records
from ftz_classification.engine.schedule import LEVELS

FROZEN = "frozen.jsonl"
SHARE, MOST, FEWEST = 10, 500, 20
SURE = 0.05


class FrozenAlready(ValueError):
    """There is a frozen set; another would make earlier comparisons mean something else."""


class NothingFrozen(ValueError):
    """There is no frozen set, or too few records to draw one."""


def freeze(root: Path, records: Sequence[Record], count: int = 0, *, again: bool = False) -> list[Record]:
    """Draw and keep the set: `count` records, by default a tenth of all, at most 500.

    The same records give the same set. Raises FrozenAlready, NothingFrozen.
    """
    path = root / FROZEN
    if path.is_file() and not again:
        raise FrozenAlready(
            f"{path} holds the frozen set; drawing another makes earlier comparisons void: --again"
        )
    by_digest = {record.facts.digest(): record for record in records}
    count = count or min(len(by_digest) // SHARE, MOST)
    if count < FEWEST or count * 2 > len(by_digest):
        raise NothingFrozen(
            f"{count} of {len(by_digest)} records cannot be frozen: {FEWEST} are the fewest, half the most; "
            "load more with: ftz classify learn"
        )
    order = sorted(by_digest, key=lambda digest: hashlib.sha256(f"shadow:{digest}".encode()).hexdigest())
    chosen = [by_digest[digest] for digest in order[:count]]
    root.mkdir(parents=True, exist_ok=True)
    staged = path.with_suffix(".new")
    staged.write_text("".join(_line(record) for record in chosen), encoding="utf-8")
    staged.replace(path)
    return chosen


def frozen(root: Path) -> list[Record]:
    """The frozen set; empty where none was drawn."""
    path = root / FROZEN
    return read_records(path) if path.is_file() else []


def digest_of_set(records: Sequence[Record]) -> str:
    """Sixteen hex digits over facts and numbers of a set."""
    found = hashlib.sha256()
    for record in records:
        found.update(f"{record.facts.digest()} {' '.join(record.numbers)}\n".encode())
    return found.hexdigest()[:16]


def compare(new: Sequence[Answer], old: Sequence[Answer]) -> dict[str, Any]:
    """Record by record: which the new model gained and lost at each level, and how likely by chance."""
    levels: dict[str, Any] = {}
    for level in LEVELS:
        for top in (1, 5):
            was, now = ([_hit(answer, level, top) for answer in side] for side in (old, new))
            gained = sum(b and not a for a, b in zip(was, now, strict=True))
            lost = sum(a and not b for a, b in zip(was, now, strict=True))
            levels[f"top{top}.{level}"] = {
                "old": percent(sum(was), len(was)),
                "new": percent(sum(now), len(now)),
                "gained": gained,
                "lost": lost,
                "p": round(by_chance(gained, lost), 4),
            }
    sure = [row for row in levels.values() if row["p"] < SURE]
    worse = any(row["lost"] > row["gained"] for row in sure)
    return {"levels": levels, "verdict": "worse" if worse else "better" if sure else "no difference shown"}


def by_chance(gained: int, lost: int) -> float:
    """Chance of a split at least so uneven if both were equally good (exact McNemar test, two-sided)."""
    n, few = gained + lost, min(gained, lost)
    if n == 0:
        return 1.0
    tail = sum(math.comb(n, k) for k in range(few + 1)) / 2**n
    return min(1.0, 2 * tail)


def _hit(answer: Answer, level: int, top: int) -> bool:
    place = rank_of_gold(answer, level)
    return place is not None and place <= top


def _line(record: Record) -> str:
    facts = asdict(record.facts)
    whole = {
        "key": record.key,
        "facts": {**facts, "value": None if facts["value"] is None else format(facts["value"], "f")},
        "numbers": list(record.numbers),
        "reason": record.note,
        "source": record.source,
        "effective_from": record.effective_from,
        "order": record.order,
        "basis": record.basis,
    }
    return json.dumps(whole, sort_keys=True, ensure_ascii=False) + "\n"
