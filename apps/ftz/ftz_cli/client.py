"""How commands reach the services: over HTTP when a server holds the database, else in this process."""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import msgspec

from ftz_cbp_sandbox.settings import SandboxSettings
from ftz_cli.play import TABLE, Progress
from ftz_cli.screen import Failure
from ftz_cli.world import DATABASE, World, embedded
from ftz_common.blobs.gridfs import GridFsBlobs
from ftz_common.blobs.port import Blobs
from ftz_common.blobs.sqlite import SqliteBlobs
from ftz_common.flow.clock import Clock, PlayedClock, SystemClock
from ftz_common.process import loop
from ftz_common.process.settings import ProcessSettings
from ftz_common.settings import Settings, told
from ftz_common.store.mongo import MongoStore
from ftz_common.store.mongo_client import MongoClient
from ftz_common.store.port import Store, StoreDamaged, StoreUnavailable
from ftz_common.store.sqlite import SqliteFile
from ftz_common.store.sqlite_file import StoreHeld
from ftz_common.values.calendar import parse_instant
from ftz_common.web.app import make_app

SERVER = "server.json"
NO_DATABASE = "start with: ftz run samples/home-goods/scenario.yaml"
T = TypeVar("T")


def server_address(settings: Settings) -> str | None:
    """The address of the server that holds the database, if one answers."""
    note = Path(settings.var) / SERVER
    try:
        address = json.loads(note.read_text(encoding="utf-8"))["address"]
        httpx.get(f"{address}/livez", timeout=2).raise_for_status()
    except (OSError, ValueError, KeyError, httpx.HTTPError):
        return None
    return address


def open_world(settings: Settings, cbp: SandboxSettings | None = None) -> World:
    """The embedded world on its database; `cbp` is how the simulated CBP behaves.

    Raises `Failure`, which says what is wrong with the database.


    The clock stands at 1970 until the caller sets it.
    """
    try:
        world = embedded(settings, PlayedClock(parse_instant("1970-01-01T00:00:00Z")), cbp)
    except StoreHeld as held:
        remedy = "stop the other process, or set FTZ_VAR to another folder"
        raise Failure("database-held", str(held), remedy) from held
    except StoreDamaged as damage:
        raise Failure("database-damaged", str(damage), "restore a backup made with `ftz backup`") from damage
    except StoreUnavailable as error:
        raise Failure("database-unavailable", str(error), "check the folder and its rights") from error
    return world


async def clock_of(world: World) -> Clock:
    """The clock that this database goes by: where its played feed ended, or real time."""
    found = await world.service("reporting").ports.store.get(TABLE, ["progress", "follow"])
    if "progress" in found and "follow" not in found:
        return PlayedClock(parse_instant(msgspec.json.decode(found["progress"], type=Progress).at))
    return SystemClock()


@asynccontextmanager
async def reach(settings: Settings, *, create: bool = True) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of the API: the running server's, or that of a world opened for this command.

    `create` False: where there is no database yet, that is said instead of making one.
    """
    address = server_address(settings)
    if address is not None:
        async with httpx.AsyncClient(base_url=address, timeout=60) as client:
            yield client
        return
    path = Path(settings.var) / DATABASE
    if not create and not path.exists():
        raise Failure("no-database", f"{path} does not exist", NO_DATABASE)
    world = open_world(settings)
    try:
        world.set_clock(await clock_of(world))
        await world.settle()
        app = make_app(world.services, [s.api for s in world.services if s.api is not None])
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://ftz", timeout=60
        ) as client:
            yield client
        await world.settle()
    finally:
        await world.close()


@dataclass(frozen=True, slots=True)
class Database:
    """What a world has written, to look into."""

    store: Callable[[str], Store]  #: by service
    blobs: Blobs


@asynccontextmanager
async def reading() -> AsyncGenerator[Database]:
    """What was written: in MongoDB where FTZ_MONGO is set, else in the file. Nobody who writes is disturbed.

    Raises `Failure` if it cannot be read.
    """
    settings = told(ProcessSettings)
    if "mongo" not in settings.model_fields_set:
        async with reading_file() as file:
            yield Database(file.store, SqliteBlobs(file))
        return
    try:
        client = MongoClient(
            settings.mongo.get_secret_value(), prefix=settings.mongo_prefix, driver=settings.mongo_driver
        )
        await client.ping()
    except StoreUnavailable as error:
        raise Failure("database-unavailable", str(error), "check FTZ_MONGO") from error
    try:
        yield Database(lambda service: MongoStore(client, service), GridFsBlobs(client))
    finally:
        await client.close()


@asynccontextmanager
async def reading_file() -> AsyncGenerator[SqliteFile]:
    """The database file, read-only. Raises `Failure` if it cannot be read."""
    path = Path(told(Settings).var) / DATABASE
    try:
        file = SqliteFile(path, read_only=True)
    except FileNotFoundError as error:
        raise Failure("no-database", str(error), NO_DATABASE) from error
    except StoreDamaged as damage:
        raise Failure("database-damaged", str(damage), "restore a backup made with `ftz backup`") from damage
    try:
        yield file
    finally:
        await file.close()


async def ask(client: httpx.AsyncClient, method: str, path: str, **more: Any) -> Any:
    """The JSON of a successful answer; a problem becomes a `Failure` with its code and remedy."""
    answer = await client.request(method, path, **more)
    if answer.is_success:
        return answer.json() if "json" in answer.headers.get("content-type", "") else answer.text
    try:
        problem = answer.json()
    except ValueError:
        problem = {"detail": answer.text}
    raise Failure(
        str(problem.get("code", f"http-{answer.status_code}")),
        str(problem.get("detail", "no reason given")),
        str(problem.get("remedy", "")),
        place=str(problem.get("place", "")),
        citation=str(problem.get("citation", "")),
    )


def run_async(work: Callable[[], Awaitable[T]]) -> T:
    """Run one command's work on a loop of its own."""

    async def main() -> T:
        return await work()

    return loop.run(main())
