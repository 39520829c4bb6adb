"""Events replayed per second by one core: read from the file, hashes and chains checked, decoded, folded."""

import time
from dataclasses import dataclass
from pathlib import Path

from ftz_cli.services import BUILDERS
from ftz_common.blobs.memory import MemoryBlobs
from ftz_common.bus.memory import MemoryBus
from ftz_common.contracts import table
from ftz_common.contracts.commit import check
from ftz_common.flow.clock import SystemClock
from ftz_common.flow.folding import Live, begin
from ftz_common.flow.service import Ports
from ftz_common.process import loop
from ftz_common.settings import Settings
from ftz_common.store.sqlite import SqliteFile
from ftz_common.values.names import stream_parts


@dataclass(frozen=True)
class Replayed:
    """How many facts and streams, and how long it took."""

    events: int
    streams: int
    seconds: float


async def replayed(path: Path) -> Replayed:
    """Every stream of every service of the file."""
    file = SqliteFile(path, read_only=True)
    events = streams = 0
    seconds = 0.0
    try:
        for name, build in BUILDERS.items():
            store = file.store(name)
            kinds = build(Settings(), Ports(store, MemoryBus(), MemoryBlobs(), SystemClock())).kinds
            live, stream = Live(0, "", None), ""
            begun = time.perf_counter()
            async for stored in store.commits():
                if stored.stream != stream:
                    stream, streams = stored.stream, streams + 1
                    aggregate = kinds[stream_parts(stream)[0]]
                    live = begin(aggregate, stream)
                commit = check(stored)
                if (commit.version, commit.previous_hash) != (live.version + 1, live.hash):
                    raise RuntimeError(f"{stream} version {commit.version} does not continue its chain")
                for recorded in commit.facts:
                    live.state = aggregate.evolve(
                        live.state, table.decoder(recorded.type).decode(recorded.data)
                    )
                live.version, live.hash = stored.version, stored.hash
                events += len(commit.facts)
            seconds += time.perf_counter() - begun
    finally:
        await file.close()
    return Replayed(events, streams, seconds)


def run(path: Path, events_min: int = 30_000) -> Replayed:
    """As often as it takes to have replayed enough events; the best pass counts."""
    best = loop.run(replayed(path))
    done = best.events
    while done < events_min * 3:
        again = loop.run(replayed(path))
        done += again.events
        best = min(best, again, key=lambda one: one.seconds)
    return best
