"""`python -m ftz_<service>`: one service, its consumers, its deadlines and its HTTP API until SIGTERM."""

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

import uvicorn

from ftz_common.blobs.gridfs import GridFsBlobs
from ftz_common.bus.kafka import KafkaBus
from ftz_common.bus.kafka_broker import BusRefused
from ftz_common.bus.port import BusUnavailable, Subscription
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.topics import CLOCK, topics_wanted
from ftz_common.flow.clock import Clock, PlayedClock, SystemClock
from ftz_common.flow.consumer import PASSING
from ftz_common.flow.service import Ports, Service
from ftz_common.process import loop
from ftz_common.process.played import DAWN, ClockReader
from ftz_common.process.settings import ProcessSettings
from ftz_common.settings import Settings, SettingsRefused, told
from ftz_common.store.mongo import MongoStore
from ftz_common.store.mongo_client import MongoClient
from ftz_common.store.port import StoreDamaged, StoreUnavailable
from ftz_common.telemetry import otlp
from ftz_common.telemetry.logs import set_up
from ftz_common.web.app import make_app

_log = logging.getLogger(__name__)

TICK_SECONDS = 1.0
TIDY_SECONDS = 60.0
LOOK_SECONDS = 5.0
#: A process whose ticks are this late is stalled.
STALLED_SECONDS = 30.0
CANNOT_START = 2

Build = Callable[[Settings, Ports], Service]


def main(name: str, build: Build) -> None:
    """Run a service until SIGINT or SIGTERM; exit code 2 with the reason when it cannot start."""
    try:
        settings = told(ProcessSettings)
    except SettingsRefused as error:
        _cannot_start(name, error)
    set_up(settings.log_level)
    traces = otlp.set_up(name)
    try:
        loop.run(Process(name, build, settings).run())
    except (SettingsRefused, BusRefused, BusUnavailable, StoreUnavailable, StoreDamaged, PortTaken) as error:
        _cannot_start(name, error)
    finally:
        traces.close()


def _cannot_start(name: str, error: Exception) -> NoReturn:
    _log.critical("%s cannot start: %s", name, error)
    sys.stderr.flush()
    raise SystemExit(CANNOT_START) from None


class PortTaken(Exception):
    """Somebody else listens there."""


class Process:
    """One service on Kafka and MongoDB."""

    def __init__(self, name: str, build: Build, settings: ProcessSettings) -> None:
        self.name = name
        self.settings = settings
        self.clock: Clock = PlayedClock(DAWN) if settings.clock == "played" else SystemClock()
        self._build = build
        self._due = asyncio.Event()  # a deadline may have come: look now, not at the next tick
        self._stop = asyncio.Event()
        self._started = False
        self._ticked = 0.0
        self._lag: dict[str, int] = {}

    async def run(self) -> None:
        """Until it is told to stop; then finish the batches in hand, store the mark, leave the groups."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop.set)
        listening = _listen(self.settings)
        client = MongoClient(
            self.settings.mongo.get_secret_value(),
            prefix=self.settings.mongo_prefix,
            driver=self.settings.mongo_driver,
        )
        bus = KafkaBus(
            self.settings.connection(self.name), partitions=topics_wanted(self.settings.partitions)
        )
        store = MongoStore(client, self.name)
        service = self._build(self.settings, Ports(store, bus, GridFsBlobs(client), self.clock))
        service.about = lambda: self._about(bus)
        service.lag, service.broker = lambda: self._lag, "kafka"
        server = self._server(service)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            await store.open()
            await self._consume(service, bus, serving)
        finally:
            await bus.stop()
            with suppress(*PASSING):  # the mark is only late then: others publish again, which is harmless
                await service.journal.flush()
            server.should_exit = True
            await serving
            await client.close()

    async def _consume(self, service: Service, bus: KafkaBus, serving: "asyncio.Task[None]") -> None:
        service.journal.writer.on_commits.append(lambda _commits: self._due.set())
        service.subscribe()
        if isinstance(self.clock, PlayedClock):
            reader = ClockReader(self.clock, self._due.set)
            service.due_until = reader.due_until
            bus.subscribe(Subscription(None, (CLOCK,), reader))
        starting = asyncio.create_task(bus.start())
        stopping = asyncio.create_task(self._stop.wait())
        await asyncio.wait([starting, stopping], return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            self._started = True
            _log.warning("%s is ready", self.name)
            ticking = asyncio.create_task(self._ticks(service))
            looking = asyncio.create_task(self._looks(bus))
            await asyncio.wait([stopping, serving, ticking], return_when=asyncio.FIRST_COMPLETED)
            await _ended(looking)
            await _ended(ticking)
        await _ended(starting)
        await _ended(stopping)

    async def _ticks(self, service: Service) -> None:
        """Once a second what happens then, once a minute what happens then; due deadlines at once."""
        loop = asyncio.get_running_loop()
        tidied = loop.time()
        while True:
            self._ticked = loop.time()
            try:
                await service.tick()
                if loop.time() - tidied > TIDY_SECONDS:
                    tidied = loop.time()
                    await service.tidy()
            except PASSING:
                _log.warning("%s: store or bus cannot answer now", self.name, exc_info=True)
            await self._until_next_tick(service)

    async def _looks(self, bus: KafkaBus) -> None:
        """See from time to time how far behind the groups are."""
        while True:
            with suppress(BusUnavailable):
                self._lag = await bus.lag()
            await asyncio.sleep(LOOK_SECONDS)

    async def _until_next_tick(self, service: Service) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + TICK_SECONDS
        while (left := end - loop.time()) > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._due.wait(), left)
            if self._due.is_set() and isinstance(self.clock, PlayedClock):
                self._due.clear()
                with suppress(*PASSING):
                    while await service.fire_due():
                        pass
            else:
                self._due.clear()
                await asyncio.sleep(max(0.0, end - loop.time()))

    async def _about(self, bus: KafkaBus) -> dict[str, Any]:
        """What `/status` says of this process; the lag is that of the last look."""
        return {
            "ready": self._started,
            "clock": instant_text(self.clock.now()),
            "lag": self._lag,
            "done": bus.done(),
            "hears": bus.hears(),
        }

    def _ticking(self) -> bool:
        late = asyncio.get_running_loop().time() - self._ticked
        return not self._started or late < STALLED_SECONDS

    def _server(self, service: Service) -> uvicorn.Server:
        app = make_app(
            [service],
            [service.api] if service.api is not None else [],
            title=f"ftz {self.name}",
            ticking=self._ticking,
            started=lambda: self._started,
        )
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", access_log=False))
        server.install_signal_handlers = lambda: None  # pyright: ignore[reportAttributeAccessIssue] ours do
        return server


def _listen(settings: ProcessSettings) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as error:
        listening.close()
        raise PortTaken(
            f"{settings.host}:{settings.port}: {error.strerror}; set FTZ_PORT to a free port"
        ) from error
    return listening


async def _ended(task: "asyncio.Task[Any]") -> None:
    if not task.done():
        task.cancel()
    with suppress(asyncio.CancelledError):
        await task
