"""`ftz run`: all six services in one process, on one file, without a server."""

import asyncio
import json
import os
import signal
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from fastapi import FastAPI
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ftz_cli.client import SERVER, clock_of, open_world, run_async
from ftz_cli.operate import AsJson
from ftz_cli.play import Player
from ftz_cli.scenario import Loaded, load
from ftz_cli.screen import Failure, err, guarded, out
from ftz_cli.summary import summarise
from ftz_cli.text_yaml import FileError
from ftz_cli.world import World
from ftz_common.bus.embedded import EmbeddedBus
from ftz_common.flow.clock import PlayedClock
from ftz_common.settings import Settings, told
from ftz_common.telemetry.logs import set_up
from ftz_common.web.app import make_app

TICK_SECONDS = 1.0
TIDY_TICKS = 60


@guarded
def run(
    scenario: Annotated[
        Path | None, typer.Argument(help="A scenario to play into an empty database, before serving")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Exit after the summary")] = False,
    as_json: AsJson = False,
) -> None:
    """Start all six services in one process, play SCENARIO if the database is empty, and serve until Ctrl-C.

    Example: ftz run samples/home-goods/scenario.yaml --once
    """
    settings = told(Settings)
    set_up(settings.log_level)
    loaded = _loaded(scenario)
    run_async(lambda: _run(settings, loaded, once=once, as_json=as_json))


def _loaded(scenario: Path | None) -> Loaded | None:
    if scenario is None:
        return None
    try:
        return load(scenario)
    except FileError as error:
        raise Failure("scenario", str(error), "see docs/scenarios.md") from error


async def _run(settings: Settings, loaded: Loaded | None, *, once: bool, as_json: bool) -> None:
    world = open_world(settings, loaded.cbp() if loaded else None)
    try:
        app = make_app(world.services, [s.api for s in world.services if s.api is not None])
        await _bring_up(world, app, loaded)
        await summarise(world, app, as_json=as_json)
        if not once:
            await _serve(settings, world)
    finally:
        await world.close()


async def _bring_up(world: World, app: FastAPI, loaded: Loaded | None) -> None:
    """Play what is not played yet; then the clock of this database."""
    player = Player(world, loaded, app) if loaded else None
    done = await player.progress() if player else None
    if player and (done is None or not done.finished):
        if done is None and world.file is not None and world.file.position > 0:
            err.print("[dim]this database was not made by a scenario: nothing is played[/dim]")
        else:
            await _play(player, resumed=done is not None)
            return
    world.set_clock(await clock_of(world))
    await world.settle()


async def _play(player: Player, *, resumed: bool) -> None:
    if resumed:
        err.print("[dim]going on where an earlier run was stopped[/dim]")
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[at]}"),
        TimeElapsedColumn(),
        console=err,
    ) as bar:
        task = bar.add_task(player.loaded.scenario.name, total=len(player.loaded.steps), at="")

        def progress(done: int, total: int, at: datetime) -> None:
            bar.update(task, completed=done, total=total, at=f"{at:%Y-%m-%d}")

        await player.play(progress)
    for line in player.unexpected:
        err.print(f"[red]not as the scenario says:[/red] {line}")


async def _serve(settings: Settings, world: World) -> None:
    """HTTP, the pump and the ticks, until SIGINT or SIGTERM: finish the batch, keep the marks, leave."""
    stop = asyncio.Event()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        yield

    app = make_app(world.services, [s.api for s in world.services if s.api is not None], lifespan=lifespan)
    listening = _listen(settings)
    address = f"http://{settings.host}:{listening.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", access_log=False))
    server.install_signal_handlers = lambda: None  # pyright: ignore[reportAttributeAccessIssue]
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    note = Path(settings.var) / SERVER
    note.write_text(json.dumps({"address": address, "pid": os.getpid()}), encoding="utf-8")
    tasks = [
        asyncio.create_task(server.serve(sockets=[listening])),
        asyncio.create_task(_pump(world)),
        asyncio.create_task(_ticks(world)),
    ]
    if isinstance(world.clock, PlayedClock):
        out.print(
            f"[dim]the clock stands at {world.clock.now():%Y-%m-%d %H:%M} UTC, where the feed ended;[/dim]"
        )
        out.print("[dim]`ftz clock follow` lets it follow real time[/dim]")
    out.print(
        f"serving on [bold]{address}[/bold], API documentation at [bold]{address}/docs[/bold]; Ctrl-C stops"
    )
    waiting = asyncio.create_task(stop.wait())
    await asyncio.wait([waiting, *tasks], return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    if isinstance(world.bus, EmbeddedBus):
        await world.bus.stop()
    for task in tasks[2:]:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task
    waiting.cancel()
    note.unlink(missing_ok=True)


def _listen(settings: Settings) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as error:
        listening.close()
        raise Failure(
            "port-taken",
            f"{settings.host}:{settings.port}: {error.strerror}",
            "set FTZ_PORT to a free port (0: any)",
        ) from error
    return listening


async def _pump(world: World) -> None:
    if isinstance(world.bus, EmbeddedBus):
        await world.bus.run()


async def _ticks(world: World) -> None:
    count = 0
    while True:
        await asyncio.sleep(TICK_SECONDS)
        count += 1
        for service in world.services:
            await service.tick()
            if count % TIDY_TICKS == 0:
                await service.tidy()
