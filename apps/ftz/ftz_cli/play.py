"""Playing a scenario on a world: set-up, then each step at its instant; resumable after a crash.

Everything a step does carries an id or an Idempotency-Key of its own, so that a step done again after a
crash changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import httpx
import msgspec
from fastapi import FastAPI

from ftz_cli.expect import field as field_of
from ftz_cli.expect import same
from ftz_cli.scenario import Call, Loaded, cloud_event
from ftz_cli.screen import Failure
from ftz_cli.world import World
from ftz_cli.zone_file import zone_application
from ftz_common.bus.port import Message
from ftz_common.flow.clock import PlayedClock
from ftz_common.flow.intake import intake_topic
from ftz_common.store.port import StoreRow
from ftz_common.values.calendar import parse_instant

TABLE = "play"


class Progress(msgspec.Struct):
    """How far a scenario was played: which, how many steps are done, where the clock stood."""

    scenario: str
    steps_done: int
    at: str
    finished: bool


@dataclass
class Player:
    """Plays one scenario. `unexpected` lists calls that were not answered as the scenario says."""

    world: World
    loaded: Loaded
    app: FastAPI
    unexpected: list[str] = field(default_factory=list)

    @cached_property
    def digest(self) -> str:
        """Names the content of the scenario, feeds included."""
        parts = [msgspec.json.encode(self.loaded.scenario, order="deterministic")]
        parts.extend(msgspec.json.encode(step) for _, step in self.loaded.steps)
        return sha256(b"\n".join(parts)).hexdigest()

    async def play(self, progress: Callable[[int, int, datetime], None] = lambda _d, _n, _a: None) -> None:
        """Everything from where an earlier run stopped to the end.

        Raises `Failure` for a database in which another scenario was begun.
        """
        clock = self.world.clock
        assert isinstance(clock, PlayedClock)  # noqa: S101 only played worlds have a player
        done = await self.progress()
        if done is None:  # before anything happens: a run that is killed now knows whose database this is
            done = Progress(self.digest, 0, self.loaded.start.isoformat(), False)
            await self._keep(done)
        if done.finished:
            return
        if done.scenario != self.digest:
            raise Failure(
                "scenario-changed",
                f"{self.loaded.scenario.name} is not what was begun in this database, or its files changed",
                "play it into an empty folder: set FTZ_VAR to another one",
            )
        first = done.steps_done
        clock.move_to(max(parse_instant(done.at), await self.world.last_recorded()))
        await self.world.settle()
        if first == 0:
            await self._set_up()
        steps = self.loaded.steps
        while first < len(steps):
            at, _ = steps[first]
            end = self._together(first)
            await self.world.move_to(at)
            # The clock is kept before anything is said of this instant: to a run that goes on from here it
            # would lie in the future.
            await self._keep(Progress(self.digest, first, clock.now().isoformat(), False))
            await self._do(first, end)
            await self.world.settle()
            await self._keep(Progress(self.digest, end, clock.now().isoformat(), False))
            progress(end, len(steps), at)
            first = end
        if self.loaded.scenario.until:
            await self.world.move_to(parse_instant(self.loaded.scenario.until))
            await self.world.settle()
        await self._keep(Progress(self.digest, len(steps), clock.now().isoformat(), True))

    async def progress(self) -> Progress | None:
        """What an earlier run of this scenario did in this world."""
        found = await self._store.get(TABLE, ["progress"])
        return msgspec.json.decode(found["progress"], type=Progress) if found else None

    @property
    def _store(self) -> Any:
        return self.world.service("reporting").ports.store

    async def _keep(self, progress: Progress) -> None:
        await self._store.put(TABLE, [StoreRow("progress", msgspec.json.encode(progress))])

    async def _set_up(self) -> None:
        zone = self.loaded.zone()
        if zone:
            await self.call(Call("POST", "/v1/admissions/zones", zone_application(zone)), "set-up-zone")
            await self.world.settle()
        for tariff in self.loaded.scenario.tariff:
            query = {
                "revision": tariff.revision,
                "effective": tariff.effective,
                "file_name": tariff.file or "schedule.csv",
                "extract": "true" if tariff.extract else "false",
            }
            path = f"/v1/duty/tariff?{urlencode(query)}"
            content = self.loaded.tariff_bytes(tariff)
            await self.call(Call("POST", path), f"set-up-tariff-{tariff.revision}", content)
            await self.world.settle()

    def _together(self, first: int) -> int:
        """The end of the events that come at one instant; a call stands alone."""
        steps = self.loaded.steps
        at, step = steps[first]
        end = first + 1
        while step.call is None and end < len(steps) and steps[end][0] == at and steps[end][1].call is None:
            end += 1
        return end

    async def _do(self, first: int, end: int) -> None:
        messages: list[Message] = []
        for number in range(first, end):
            _, step = self.loaded.steps[number]
            if step.event is not None:
                topic = intake_topic(step.event.source)
                key = str(step.event.data.get("account", ""))
                messages.append(Message(topic, key, cloud_event(step, number + 1), {}))
            elif step.raw is not None:
                messages.append(Message(intake_topic(step.source), "", step.raw.encode(), {}))
            elif step.call is not None:
                content = (self.loaded.folder / step.call.file).read_bytes() if step.call.file else None
                await self.call(step.call, f"step-{number}", content)
        if messages:
            await self.world.bus.publish(messages)

    def client(self, _path: str) -> httpx.AsyncClient:
        """A client of whoever answers this path."""
        return httpx.AsyncClient(transport=httpx.ASGITransport(app=self.app), base_url="http://ftz")

    async def call(self, call: Call, name: str, content: bytes | None = None) -> None:
        """One HTTP call, as a person's tool makes it."""
        key = f"{self.loaded.scenario.name}/{name}"
        async with self.client(call.path) as client:
            answer = await client.request(
                call.method,
                call.path,
                json=call.body if content is None and call.body is not None else None,
                content=content,
                headers={"Idempotency-Key": key},
            )
        wanted = answer.is_success if call.status == 0 else answer.status_code == call.status
        code = answer.json().get("code", "") if not answer.is_success else ""
        if not wanted or (call.code and code != call.code):
            self.unexpected.append(
                f"{call.method} {call.path}: answered {answer.status_code} {code}: {answer.text[:300]}"
            )
            return
        said = answer.json() if call.has else {}
        because = f" ({call.why})" if call.why else ""
        for path, value in call.has.items():
            if not same(found := field_of(said, path), value):
                differs = f"{path} is {found!r}, expected {value!r}{because}"
                self.unexpected.append(f"{call.method} {call.path}: {differs}")
