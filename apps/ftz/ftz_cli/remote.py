"""A world of several processes, as a player sees it: it publishes, asks over HTTP, and moves the clock.

Time moves only when every process says twice, without anything between: nothing behind, nothing
unpublished, no deadline due, and the clock stands where it was put.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from ftz_cli.play import Player, Progress
from ftz_cli.screen import counted
from ftz_common.bus.kafka import KafkaBus
from ftz_common.bus.port import matches
from ftz_common.contracts.envelope import instant_text
from ftz_common.flow.clock import PlayedClock
from ftz_common.process.played import go_on_from, stand_at
from ftz_common.values.calendar import parse_instant

#: Nothing in played time takes as long as this; a process that is never quiet has a fault.
PATIENCE_SECONDS = 120.0
#: Between two looks: asking costs the processes time that they need to come to rest.
_PAUSE_SECONDS = (0.02, 0.1)


class Restless(Exception):
    """The processes do not come to rest."""


@dataclass
class RemoteWorld:
    """The processes by service, and the bus they share."""

    addresses: Mapping[str, list[str]]  #: service -> the addresses of its processes
    bus: KafkaBus
    clock: PlayedClock
    patience_seconds: float = PATIENCE_SECONDS
    client: httpx.AsyncClient = field(default_factory=lambda: httpx.AsyncClient(timeout=60))
    _topics: dict[str, int] = field(default_factory=dict)
    _heard: dict[str, set[str]] = field(default_factory=dict)
    _told: datetime | None = None  #: where the processes were last told that the clock stands
    _next: datetime | None = None  #: the next deadline of any process, when they were last at rest

    async def statuses(self) -> list[dict[str, Any]]:
        """What every process says of itself; one that does not answer says nothing."""
        every = [address for addresses in self.addresses.values() for address in addresses]
        return list(await asyncio.gather(*(self._status(address) for address in every)))

    async def _status(self, address: str) -> dict[str, Any]:
        try:
            answer = await self.client.get(f"{address}/status")
            return answer.json()["services"][0]
        except httpx.HTTPError as error:
            return {"service": address, "ready": False, "error": repr(error)}

    async def settle(self) -> int:
        """Wait until everything that can happen now has happened."""
        await self._put_clock(self.clock.now())
        before: list[dict[str, Any]] | None = None
        ends: dict[tuple[str, int], int] = {}
        pause = _PAUSE_SECONDS[0]
        patience = time.monotonic() + self.patience_seconds
        while True:
            grown = await self.bus.cluster.ends(self._topics)
            if grown != ends:  # somebody speaks: one question to the broker is cheaper than one to everybody
                ends, restless = grown, ["records are still coming"]
            else:
                now = await self.statuses()
                restless = [why for status in now if (why := self._restless(status))]
                restless = restless or await self._behind(now)
                if not restless and now == before:
                    self._next = _next_due(now)
                    return 0
                before = now
            if time.monotonic() > patience:
                raise Restless("; ".join(restless) or "never twice the same")
            if restless:
                await asyncio.sleep(pause)
                pause = min(pause * 1.5, _PAUSE_SECONDS[1])

    def _restless(self, status: dict[str, Any]) -> str:
        status.pop("lag", None)  # as of the last look: `_behind` looks now
        name = status["service"]
        if elsewhere := self._elsewhere(status):
            return elsewhere
        if status["unpublished"]:
            return f"{name} has {counted(status['unpublished'], 'commit')} to publish"
        due = status["next_due"]
        return f"{name} has a deadline due" if due and parse_instant(due) <= self.clock.now() else ""

    def _elsewhere(self, status: dict[str, Any]) -> str:
        name = status["service"]
        if not status.get("ready"):
            return f"{name} is not ready {status.get('error', '')}"
        at = instant_text(self.clock.now())
        return f"{name} stands at {status['clock']}" if status["clock"] != at else ""

    async def _behind(self, statuses: list[dict[str, Any]]) -> list[str]:
        """Which groups and readers have not done everything there is."""
        if not self._heard:
            await self._learn(statuses)
        ends = await self.bus.cluster.ends(self._topics)
        found: list[str] = []
        for name, topics in self._heard.items():
            readers = [status["done"][name] for status in statuses if name in status["done"]]
            alone = name.startswith("reads ")
            short: dict[tuple[str, int], int] = {}
            for (topic, number), end in ends.items():
                reached = [done.get(f"{topic}/{number}", 0) for done in readers]
                if topic in topics and (min(reached) if alone else max(reached)) < end:
                    short[topic, number] = end
            # a process that was started again has done nothing yet of what its group did
            committed = await self.bus.cluster.committed(name) if short and not alone else {}
            behind = {place: end for place, end in short.items() if committed.get(place, 0) < end}
            found += [f"{name} is behind in {topic}/{n}" for topic, n in behind]
        return found

    async def _learn(self, statuses: list[dict[str, Any]]) -> None:
        """The topics, and which of them each group and reader hears."""
        self._topics = await self.bus.cluster.topics()
        for status in statuses:
            for name, patterns in status["hears"].items():
                heard = {t for t in self._topics if any(matches(pattern, t) for pattern in patterns)}
                self._heard.setdefault(name, set()).update(heard)

    async def last_recorded(self) -> datetime:
        """No process recorded anything later than its clock stands."""
        stand = [parse_instant(s["clock"]) for s in await self.statuses() if s.get("clock")]
        return max(stand, default=self.clock.now())

    async def move_to(self, at: datetime) -> None:
        """Let time pass until `at`, stopping at every deadline on the way. The world is settled before."""
        while self._next is not None and self._next <= at:
            await self._put_clock(self._next)
            await self.settle()
        await self._put_clock(at)

    async def _put_clock(self, at: datetime) -> None:
        """Have every clock stand at `at`, then let what is due there happen."""
        self.clock.move_to(at)
        if self._told == self.clock.now():
            return
        await self.bus.publish([stand_at(self.clock.now())])
        patience = time.monotonic() + self.patience_seconds
        while late := [why for status in await self.statuses() if (why := self._elsewhere(status))]:
            if time.monotonic() > patience:
                raise Restless("; ".join(late))
            await asyncio.sleep(_PAUSE_SECONDS[0])
        await self.bus.publish([go_on_from(self.clock.now())])
        self._told = self.clock.now()

    async def close(self) -> None:
        """Disconnect."""
        await self.client.aclose()
        await self.bus.stop()


def _next_due(statuses: list[dict[str, Any]]) -> datetime | None:
    return min((parse_instant(s["next_due"]) for s in statuses if s.get("next_due")), default=None)


class RemotePlayer(Player):
    """Plays a scenario on processes; calls go to the process whose service the path names."""

    world: RemoteWorld  # pyright: ignore[reportIncompatibleVariableOverride] the same verbs, elsewhere
    _progress: Progress | None = None

    async def progress(self) -> Progress | None:
        """How far this player came."""
        return self._progress

    async def _keep(self, progress: Progress) -> None:
        self._progress = progress

    def client(self, path: str) -> httpx.AsyncClient:
        service = path.split("/")[2].partition("?")[0]
        address = self.world.addresses.get(service, self.world.addresses["admissions"])[0]
        return httpx.AsyncClient(base_url=address, timeout=60)
