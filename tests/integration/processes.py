"""The six services and the simulated CBP as processes of their own, on given servers."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from tests.integration.servers.found import Server
from tests.integration.servers.spawned import free_port

PACKAGES = {
    "admissions": "ftz_admissions",
    "classification": "ftz_classification",
    "inventory": "ftz_inventory",
    "duty": "ftz_duty",
    "reporting": "ftz_reporting",
    "alerts": "ftz_alerts",
    "cbp": "ftz_cbp_sandbox",
}
READY_SECONDS = 90.0


@dataclass
class Running:
    """One process of a service."""

    service: str
    port: int
    environment: dict[str, str]
    log: Path
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start it, unless it runs: a supervisor may have been faster."""
        if self.alive:
            return
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", PACKAGES[self.service]], env=self.environment, stdout=out, stderr=out
            )

    def send(self, number: signal.Signals) -> None:
        if self.process is not None and self.alive:
            self.process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL: no word to anybody."""
        self.send(signal.SIGKILL)
        self.wait()

    def wait(self, seconds: float = 60) -> int:
        assert self.process is not None
        return self.process.wait(seconds)

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")


@dataclass
class Fleet:
    """All processes of a world."""

    kafka: Server
    mongo: Server
    prefix: str  #: of the databases
    folder: Path
    more: Mapping[str, str] = field(default_factory=dict)  #: more environment, for every process
    running: list[Running] = field(default_factory=list)

    def environment(self, **more: str) -> dict[str, str]:
        """What processes are told."""
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("FTZ_")},
            "FTZ_KAFKA": self.kafka.address,
            "FTZ_MONGO": self.mongo.address,
            "FTZ_MONGO_PREFIX": self.prefix,
            "FTZ_PARTITIONS": "4",
            "FTZ_KAFKA_SESSION_MS": "3000",
            "FTZ_KAFKA_METADATA_MS": "1000",
            "FTZ_KAFKA_REQUEST_MS": "15000",
            **self.more,
            **more,
        }

    def add(self, service: str, **more: str) -> Running:
        """One more process of a service, started."""
        port = int(more.pop("FTZ_PORT", free_port()))
        log = self.folder / f"{service}-{len(self.running)}.log"
        one = Running(service, port, self.environment(FTZ_PORT=str(port), **more), log)
        one.start()
        self.running.append(one)
        return one

    def start(self, *services: str) -> None:
        """A process of each service."""
        for service in services or PACKAGES:
            self.add(service)

    async def supervise(self) -> None:
        """Start again whoever left, also one that could not start while a server was gone."""
        while True:
            for one in self.running:
                if not one.alive:
                    one.start()
            await asyncio.sleep(0.5)

    async def ready(self, *, supervised: bool = False) -> None:
        """Until every process that lives is ready."""
        deadline = asyncio.get_running_loop().time() + READY_SECONDS
        async with httpx.AsyncClient() as client:
            for one in self.running:
                while not await _is_ready(client, one):
                    if (not one.alive and not supervised) or asyncio.get_running_loop().time() > deadline:
                        raise AssertionError(f"{one.service} is not ready: {one.said()[-2000:]}")
                    await asyncio.sleep(0.1)

    def addresses(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for one in self.running:
            if one.alive:
                found.setdefault(one.service, []).append(one.address)
        return found

    def stop(self) -> None:
        """Ask all to leave, and see them gone."""
        for one in self.running:
            one.send(signal.SIGCONT)
            one.send(signal.SIGTERM)
        for one in self.running:
            if one.process is not None:
                try:
                    one.wait(30)
                except subprocess.TimeoutExpired:
                    one.kill()


async def _is_ready(client: httpx.AsyncClient, one: Running) -> bool:
    try:
        return (await client.get(f"{one.address}/readyz")).status_code == 200
    except httpx.HTTPError:
        return False
