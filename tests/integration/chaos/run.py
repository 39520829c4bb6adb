"""One run: stock, orders under faults, the poisoned record replaced, time moved on, everything counted."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path

from fastapi import FastAPI
from tests.integration.chaos import census, faults, feed, poison
from tests.integration.chaos.report import Report
from tests.integration.conftest import impatient
from tests.integration.processes import PACKAGES, Fleet
from tests.integration.servers import found
from tests.integration.servers.found import Server
from tests.integration.servers.settings import ServerSettings

from ftz_cli.remote import RemotePlayer, RemoteWorld
from ftz_common.bus.kafka import KafkaBus
from ftz_common.bus.port import Delivery
from ftz_common.flow.clock import PlayedClock
from ftz_common.process.settings import ProcessSettings
from ftz_common.process.topics import apply

#: When the orders come, and when their week's entry is long compiled.
DAY = datetime(2026, 3, 4, 21, tzinfo=UTC)
LATER = datetime(2026, 3, 31, 4, tzinfo=UTC)
#: Orders a second: so few that the processes are not behind all the time, so many that each kill meets work.
A_SECOND = 3


async def spawned_run(
    settings: ServerSettings, folder: Path, *, orders: int, kills: int, seed: int, silent_seconds: int = 20
) -> Report:
    """On servers of its own."""
    for part in ("kafka", "mongo", "logs"):
        (folder / part).mkdir()
    with (
        found.kafka(settings, folder / "kafka") as kafka,
        found.mongo(settings, folder / "mongo") as mongo,
    ):
        return await run(
            kafka,
            mongo,
            folder / "logs",
            orders=orders,
            kills=kills,
            seed=seed,
            silent_seconds=silent_seconds,
        )


async def run(
    kafka: Server,
    mongo: Server,
    folder: Path,
    *,
    orders: int,
    kills: int,
    seed: int,
    silent_seconds: int,
) -> Report:
    """Everything; the report says what is wrong."""
    report = Report()
    fleet = Fleet(kafka, mongo, f"chaos{seed}", folder, more={"FTZ_CLOCK": "played"})
    await apply(ProcessSettings(kafka=kafka.address, partitions=4), {"shop", "dock"})
    fleet.start(*PACKAGES, "inventory")
    clock = PlayedClock(datetime(1970, 1, 1, tzinfo=UTC))
    world = RemoteWorld({}, KafkaBus(impatient(kafka.address)), clock, patience_seconds=900)
    raging = faults.Faults(fleet, kafka, mongo, seed, report)
    try:
        await fleet.ready()
        world.addresses = fleet.addresses()
        player = RemotePlayer(world, feed.stock(), FastAPI())
        await player.play()
        report.expect("answers of the set-up that were not expected", player.unexpected, [])
        await world.move_to(DAY)
        supervising = asyncio.create_task(fleet.supervise())
        storm = raging.run(kills, silent_seconds)
        orders, right = await _storm(world.bus, kafka.address, orders, storm)
        await fleet.ready(supervised=True)
        supervising.cancel()
        await poison.replace(fleet, right, report)
        await world.settle()
        await world.move_to(LATER)
        await world.settle()
        held = await census.stored(mongo.address, fleet.prefix, report)
        census.compare(held, await census.published(kafka.address, right, report), orders, report)
        census.verify(fleet, report)
    finally:
        await world.close()
        await raging.close()
        fleet.stop()
    for what in (faults.INSERTED, faults.PUBLISHED):
        report.at_least(what, max(1, min(3, kills // 4)))
    report.did["services killed (SIGKILL)"] = sum(report.did[kind] for kind in faults.KILLS)
    report.at_least("services killed (SIGKILL)", kills)
    return report


async def _storm(
    bus: KafkaBus, kafka: str, orders: int, faults_in_turn: Coroutine[None, None, None]
) -> tuple[int, Delivery]:
    """Orders flow while everything breaks; one command comes a second time, damaged."""
    await bus.publish([m for n in range(A_SECOND) for m in feed.order_events(n)])
    right = await poison.damage(kafka)
    storm = asyncio.create_task(faults_in_turn)
    sent = await feed.flow(bus, storm, first=A_SECOND, at_least=orders, a_second=A_SECOND)
    await storm
    return sent, right
