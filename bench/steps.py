"""Where the time goes: microseconds per recorded commit of each step, in the embedded pipeline.

The steps are timed in place, on a run of their own: timing costs something too.
"""

import dataclasses
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import embedded, unit
from ftz_cli.world import World
from ftz_common.bus import journal as bus_journal
from ftz_common.bus.embedded import EmbeddedBus
from ftz_common.contracts import commit, envelope, table
from ftz_common.flow import foreign_json, intake, journal, service
from ftz_common.flow.aggregate import Aggregate
from ftz_common.process import loop
from ftz_common.store.sqlite import SqliteStore

STEPS = ("decode", "decide", "evolve", "encode", "hash", "store", "publish")


class Clock:
    """Seconds by step. A step inside another is counted for itself alone."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._inner: list[float] = []

    def timed(self, step: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same call, timed."""

        def measured(*args: Any, **kwargs: Any) -> Any:
            self._inner.append(0.0)
            begun = time.perf_counter()
            try:
                return call(*args, **kwargs)
            finally:
                self._took(step, time.perf_counter() - begun)

        return measured

    def awaited(self, step: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same coroutine function, timed. One runs at a time here: the bus has one pump."""

        async def measured(*args: Any, **kwargs: Any) -> Any:
            self._inner.append(0.0)
            begun = time.perf_counter()
            try:
                return await call(*args, **kwargs)
            finally:
                self._took(step, time.perf_counter() - begun)

        return measured

    def _took(self, step: str, seconds: float) -> None:
        self.seconds[step] += seconds - self._inner.pop()
        if self._inner:
            self._inner[-1] += seconds


class _Decoder:
    def __init__(self, clock: Clock, inner: Any) -> None:
        self.decode = clock.timed("decode", inner.decode)


class _Encoder:
    def __init__(self, clock: Clock, inner: Any) -> None:
        self.encode = clock.timed("encode", inner.encode)


@contextmanager
def measured(clock: Clock, world: World) -> Iterator[None]:
    """Every step of every service timed, until the end of the block."""
    undo: list[tuple[Any, str, Any]] = []

    def put(owner: Any, name: str, value: Any) -> None:
        undo.append((owner, name, getattr(owner, name)))
        object.__setattr__(owner, name, value) if dataclasses.is_dataclass(owner) else setattr(
            owner, name, value
        )

    for owner in (journal, service, table, commit, envelope, bus_journal, intake, foreign_json):
        for name, step in (
            ("sha256", "hash"),
            ("decode", "decode"),
            ("encode", "encode"),
            ("parse", "decode"),
        ):
            if callable(getattr(owner, name, None)):
                put(owner, name, clock.timed(step, getattr(owner, name)))
    for owner, name in ((journal, "_data_encoder"), (commit, "_encoder")):
        put(owner, name, _Encoder(clock, getattr(owner, name)))
    put(commit, "_decoder", _Decoder(clock, commit._decoder))
    real = table.decoder
    put(table, "decoder", lambda name: _Decoder(clock, real(name)))
    aggregates: dict[int, Aggregate] = {id(a): a for s in world.services for a in s.kinds.values()}
    for aggregate in aggregates.values():
        for name in ("decide", "evolve"):
            put(aggregate, name, clock.timed(name, getattr(aggregate, name)))
    for name in ("insert", "read", "causes", "get", "put", "delete", "scan", "swap"):
        put(SqliteStore, name, clock.awaited("store", getattr(SqliteStore, name)))
    put(EmbeddedBus, "publish", clock.awaited("publish", EmbeddedBus.publish))
    try:
        yield
    finally:
        for owner, name, value in reversed(undo):
            if dataclasses.is_dataclass(owner) and not isinstance(owner, type):
                object.__setattr__(owner, name, value)
            else:
                setattr(owner, name, value)


async def run(folder: Path, count: int) -> dict[str, float]:
    """Microseconds per commit by step; `rest` is what no step explains, `total` all."""
    world = await embedded.stocked(folder)
    clock = Clock()
    try:
        await embedded.priced(world, 10_000_000, max(1, count // 10))
        assert world.file is not None
        before = world.file.position
        with measured(clock, world):
            begun = time.perf_counter()
            await world.bus.publish(unit.orders(count))
            await world.settle()
            total = time.perf_counter() - begun
        commits = world.file.position - before
    finally:
        await world.close()
    found = {step: clock.seconds[step] / commits * 1e6 for step in STEPS}
    return found | {"rest": total / commits * 1e6 - sum(found.values()), "total": total / commits * 1e6}


def per_commit(folder: Path, count: int) -> dict[str, float]:
    """As `run`, from a plain function."""
    return loop.run(run(folder, count))
