"""How fast the engine is on one core, and what memory it takes: figures that anyone can repeat."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ftz_classification.engine.facts import PartFacts
from ftz_classification.engine.index import Index
from ftz_classification.engine.memory import Memory
from ftz_classification.engine.model import Model
from ftz_classification.engine.proposal import Options, propose_many
from ftz_classification.engine.records import Record
from ftz_classification.engine.scoring import resident_mb
from ftz_classification.engine.vectorcache import Encoder

EXACT, WHOLE, BATCH = 20_000, 160, 16


def one_core() -> bool:
    """Keep this process on one core, where the system can; says whether it did."""
    if not hasattr(os, "sched_setaffinity"):
        return False
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    return True


def speed(
    index: Index, memory: Memory, model: Model | None, encoder: Encoder | None, asked: Sequence[PartFacts]
) -> dict[str, Any]:
    """Parts a second answered from exact memory, and by the whole way in batches of sixteen.

    By the clock, and by the processor's time, which other work on the machine disturbs less.
    """
    parts = [asked[n % len(asked)] for n in range(WHOLE)]
    batches = [parts[start : start + BATCH] for start in range(0, WHOLE, BATCH)]
    propose_many(batches[0], index, memory, model, Options(encoder))  # what is made once, is made
    whole = _timed(lambda part: propose_many(part, index, memory, model, Options(encoder)), batches)
    taken = resident_mb()
    line = index.schedule.lines[0].code
    known = [PartFacts(title=f"porcelain mug no. {n}", account="a", part=str(n)) for n in range(EXACT)]
    decided = Memory([Record(facts.part, facts, (line,), source="decision") for facts in known])
    exact = _timed(lambda part: decided.exact(part[0], index.schedule), [[one] for one in known])
    return {
        "exact_per_second": exact[0],
        "exact_per_cpu_second": exact[1],
        "parts_per_second": whole[0],
        "parts_per_cpu_second": whole[1],
        "rss_mb": taken,
    }


def _timed(
    work: Callable[[Sequence[PartFacts]], object], batches: Iterable[Sequence[PartFacts]]
) -> list[float]:
    count, wall, cpu = 0, time.perf_counter(), time.process_time()
    for batch in batches:
        work(batch)
        count += len(batch)
    spent = (time.perf_counter() - wall, time.process_time() - cpu)
    return [round(count / seconds, 1) for seconds in spent]
