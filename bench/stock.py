"""A zone of many parts: what a start costs, what is available, and what was there on a day.

Stocked as `bench.draws` stocks: in one shape each part has a few layers; in the other one part has them all,
most of them exhausted by real draws. Then a process of its own starts on the file, from snapshots.
"""

import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from bench import draws
from bench.draws import Quantiles
from ftz_common.flow.journal import Journal
from ftz_common.process import loop
from ftz_common.store.sqlite import SqliteFile
from ftz_inventory.domain import balance
from ftz_inventory.domain.stock import available
from ftz_inventory.usecases import LEDGERS

#: Every so many-th part is asked.
ASKED = 1_000
DAY = "2026-05-01"
PAGE = 1_000


async def stocked(file: SqliteFile, shape: str, parts: int, layers: int, exhausted: int) -> None:
    """So many open and exhausted layers, evenly over the parts; a snapshot of what is long to fold."""
    if shape == "many":
        store, each = file.store("inventory"), layers // parts
        for start in range(0, parts, draws.COMMITS_AT_ONCE):
            commits = [
                draws.sealed(
                    draws.ledger(n), 1, n + 1, "", [draws.layer(draws.ledger(n), i) for i in range(each)]
                )
                for n in range(start, min(parts, start + draws.COMMITS_AT_ONCE))
            ]
            await store.insert(commits)
        return
    journal = draws.journal_of(file)
    await draws.stock_one(journal, layers, exhausted)
    await journal.snapshots.make(draws.ledger(0), LEDGERS)


async def asked(file: SqliteFile, parts: int) -> dict[str, float]:
    """A start: the first draw, then availability and balances over the parts, each read when it is asked."""
    journal = draws.journal_of(file)
    await draws.executed(journal, [draws.draw_of(draws.ledger(0), 7, Decimal(1))])
    first = time.perf_counter()
    every = max(1, parts // ASKED)
    streams = [draws.ledger(n) for n in range(0, parts, every)] * (1 if parts > 1 else ASKED)
    can = await _timed(streams, lambda stream: _available(journal, stream))
    journal.forget_all()
    was = await _timed(streams, lambda stream: _totals(journal, stream))
    page = await _timed(streams, lambda stream: _page(journal, stream))
    return {
        "first": first,
        "available_p50": can.p50,
        "available_p99": can.p99,
        "balance_p50": was.p50,
        "balance_p99": was.p99,
        "balance_page_p50": page.p50,
        "balance_page_p99": page.p99,
        "rss": most_memory_mb(),
    }


def most_memory_mb() -> float:
    """The most memory that this program ever held: `getrusage` counts that of the one that started it."""
    with Path("/proc/self/status").open(encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 1024


async def _available(journal: Journal, stream: str) -> Decimal:
    _, state = await journal.state(LEDGERS, stream)
    return available(state.on_hand, state.kept, "consumption", "No.")


async def _totals(journal: Journal, stream: str) -> Sequence[Any]:
    """As `GET /v1/inventory/balances/totals?uin=` answers."""
    _, state = await journal.state(LEDGERS, stream)
    return balance.totals(state, DAY)


async def _page(journal: Journal, stream: str) -> Sequence[Any]:
    """As `GET /v1/inventory/balances?uin=&limit=1000` answers, from exhausted layers where there are any."""
    _, state = await journal.state(LEDGERS, stream)
    place = balance.Place(page=state.exhausted_pages // 2) if state.exhausted_pages else balance.START
    found: list[Any] = []
    for looked in balance.rows(state, DAY, place):
        found += looked.rows
        if len(found) >= PAGE:
            break
    return found


async def _timed(streams: Sequence[str], ask: Callable[[str], Awaitable[object]]) -> Quantiles:
    took: list[float] = []
    for stream in streams:
        begun = time.perf_counter()
        await ask(stream)
        took.append((time.perf_counter() - begun) * 1e6)
    took.sort()
    return Quantiles(took[len(took) // 2], took[len(took) * 99 // 100])


async def _with(folder: Path, work: Callable[[SqliteFile], Awaitable[Any]]) -> Any:
    file = SqliteFile(folder / "draws.db")
    try:
        return await work(file)
    finally:
        await file.close()


def main() -> None:
    """`python -m bench.stock SHAPE FOLDER PARTS LAYERS EXHAUSTED`: stocks, starts a process, prints figures.

    `cold_seconds`: from the start of the process to its first draw in the journal; microseconds per question.
    """
    shape, folder, *numbers = sys.argv[1:]
    parts, *rest = map(int, numbers)
    if shape == "start":
        print(json.dumps(loop.run(_with(Path(folder), lambda file: asked(file, parts)))))
        return
    loop.run(_with(Path(folder), lambda file: stocked(file, shape, parts, *rest)))
    arguments = [sys.executable, "-m", "bench.stock", "start", folder, str(parts)]
    begun = time.perf_counter()
    found = json.loads(subprocess.run(arguments, check=True, capture_output=True).stdout)
    print(json.dumps({"cold_seconds": found.pop("first") - begun, **found}))


if __name__ == "__main__":
    main()
