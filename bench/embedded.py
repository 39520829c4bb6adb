"""The pipeline in the embedded world: six services in this process, one SQLite file."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench import unit
from ftz_cli.play import Player
from ftz_cli.world import World, embedded
from ftz_common.contracts.commit import StoredCommit
from ftz_common.flow.clock import PlayedClock
from ftz_common.process import loop
from ftz_common.settings import Settings
from ftz_common.web.app import make_app


@dataclass
class Priced:
    """Counts priced lines as they are stored."""

    wanted: int
    seen: int = 0
    at: float = 0.0
    streams: set[str] = field(default_factory=set)

    def hear(self, _first: int, service: str, commits: Sequence[StoredCommit]) -> None:
        """Told of every insert: a withdrawal's first commit prices it."""
        if service != "duty" or self.seen == self.wanted:
            return
        self.seen += sum(c.version == 1 and c.stream.startswith("withdrawal/") for c in commits)
        if self.seen == self.wanted:
            self.at = time.perf_counter()


async def stocked(folder: Path) -> World:
    """A world on a file in `folder` with the zone's goods in stock, the clock where the orders come."""
    loaded = unit.zone(folder)
    world = embedded(Settings(var=folder), PlayedClock(loaded.start), loaded.cbp())
    player = Player(world, loaded, make_app(world.services, [s.api for s in world.services if s.api]))
    await player.play()
    if player.unexpected:
        raise RuntimeError(player.unexpected[0])
    await world.move_to(unit.NOW)
    return world


async def priced(world: World, first: int, count: int) -> float:
    """Seconds from the first event of so many orders until their last line is priced."""
    assert world.file is not None
    counter = Priced(count * unit.LINES)
    world.file.listen(counter.hear)
    begun = time.perf_counter()
    await world.bus.publish(unit.orders(count, first))
    await world.settle()
    if counter.seen != counter.wanted:
        raise RuntimeError(f"{counter.seen} of {counter.wanted} lines were priced")
    return counter.at - begun


async def run(folder: Path, count: int) -> float:
    """Orders per second, after a warm-up of a tenth."""
    world = await stocked(folder)
    try:
        await priced(world, 10_000_000, max(1, count // 10))
        return count / await priced(world, 0, count)
    finally:
        await world.close()


def orders_per_second(folder: Path, count: int) -> float:
    """As `run`, from a plain function."""
    return loop.run(run(folder, count))
