"""Consuming: a batch of records is read and done, poison is set aside, the rest flows.

When `handle` returns, everything the batch asked for is done (journaled and published, or in the views) or
parked; only then may the bus let the offsets go. What "done" means is the consumer's `do`.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from ftz_common.bus.port import BusUnavailable, Delivery
from ftz_common.contracts.envelope import decode, instant_text
from ftz_common.flow.aggregate import Waiting
from ftz_common.flow.clock import Clock
from ftz_common.flow.journal import Overtaken
from ftz_common.flow.quarantine import FOLLOWS, Parked, Quarantine, Request
from ftz_common.store.port import StoreUnavailable
from ftz_common.telemetry.logs import correlated
from ftz_common.telemetry.metrics import Counters
from ftz_common.telemetry.tracing import traced

_log = logging.getLogger(__name__)

#: Trouble that passes by itself: the batch comes again, nothing is parked.
PASSING = (StoreUnavailable, BusUnavailable, Overtaken, Waiting)

Read = TypeVar("Read")


class FuseBlown(Exception):
    """Too many records in a row failed: that is a bad deploy, not bad data."""


class Failed(Exception):
    """What one record of a batch asks for cannot be done; the others may have been done or not."""

    def __init__(self, index: int, error: Exception) -> None:
        super().__init__(f"record {index}: {type(error).__name__}: {error}")
        self.index = index
        self.error = error


@dataclass(slots=True)
class Fuse:
    """Stops a consumer after `failures_max` failures in a row, until a person resumes it."""

    failures_max: int = 20
    failures: int = 0
    blown: bool = False

    def failed(self) -> None:
        """One more failure in a row."""
        self.failures += 1
        self.blown = self.blown or self.failures >= self.failures_max

    def worked(self) -> None:
        """Something worked."""
        self.failures = 0

    def resume(self) -> None:
        """A person says that it may go on."""
        self.failures, self.blown = 0, False


class Consumer(Generic[Read]):
    """One group's handling of its records.

    `read` turns a record into what it asks for, or None when it is not for this consumer; what it raises
    makes the record poison. `do` does what a batch asks for, in order, all or some of it, and may be told
    the same again; it raises `Failed` for a record that is poison.
    """

    def __init__(
        self,
        *,
        group: str,
        read: Callable[[Delivery], Read | None],
        do: Callable[[list[tuple[Delivery, Read]]], Awaitable[None]],
        quarantine: Quarantine,
        clock: Clock,
        fuse: Fuse,
        counters: Counters,
        forget: Callable[[], None] = lambda: None,
    ) -> None:
        self.group = group
        self.quarantine = quarantine
        self.fuse = fuse
        self._read = read
        self._do = do
        self._clock = clock
        self._counters = counters
        self._forget = forget
        self._lock = asyncio.Lock()  # requests are carried out between batches
        self._resumed = 0  # how often people had resumed this group when its fuse blew

    async def assigned(self) -> None:
        """Partitions came or went: forget what was cached for the old ones."""
        self.quarantine.forget()
        self._forget()

    async def handle(self, deliveries: Sequence[Delivery]) -> None:
        """Do everything a batch asks for, in order; a poison record splits it."""
        async with self._lock:
            if self.fuse.blown:
                raise FuseBlown(f"{self.group}: {self.fuse.failures} failures in a row; repair, then resume")
            await self.quarantine.load()
            jobs: list[tuple[Delivery, Read]] = []
            for delivery in deliveries:
                if self.quarantine.is_parked(delivery):
                    await self._park(delivery, FOLLOWS)
                    continue
                try:
                    asked = self._read(delivery)
                except PASSING:
                    await self._run(jobs)
                    raise
                except Exception as error:
                    await self._run(jobs)
                    jobs = []
                    await self._poison(delivery, error)
                    continue
                if asked is not None:
                    jobs.append((delivery, asked))
            await self._run(jobs)
            self._counters.consumed(self.group, len(deliveries))

    async def _run(self, jobs: list[tuple[Delivery, Read]]) -> None:
        """Do the jobs; one that fails is parked with its followers, and the others are done again."""
        behind = 0  # the place after the last that failed
        while jobs:
            try:
                await self._do(jobs)
            except Failed as failure:
                if failure.index > behind:
                    self.fuse.worked()
                await self._poison(jobs[failure.index][0], failure.error)
                jobs = await self._without(failure.index, jobs)
                behind = failure.index
                continue
            if len(jobs) > behind:
                self.fuse.worked()
            return

    async def _without(self, failed: int, jobs: list[tuple[Delivery, Read]]) -> list[tuple[Delivery, Read]]:
        """Park the later records of the failed one's key; returns what is left to do."""
        left = jobs[:failed]
        for job in jobs[failed + 1 :]:
            if self.quarantine.is_parked(job[0]):
                await self._park(job[0], FOLLOWS)
            else:
                left.append(job)
        return left

    async def _poison(self, delivery: Delivery, error: Exception) -> None:
        if self.quarantine.is_parked(delivery):  # one before it in its key was, since it was read
            await self._park(delivery, FOLLOWS)
            return
        self._resumed = await self.quarantine.resumed()
        self.fuse.failed()
        self._counters.quarantined(self.group)
        with correlated(_correlation(delivery)), traced(delivery.headers.get("traceparent", "")):
            _log.error(
                "record set aside",
                extra={
                    "group": self.group,
                    "place": delivery.place,
                    "reason": f"{type(error).__name__}: {error}",
                },
            )
        await self._park(delivery, f"{type(error).__name__}: {error}")
        if self.fuse.blown:
            self._counters.fuse_blown(self.group)
            raise FuseBlown(f"{self.group}: {self.fuse.failures} failures in a row") from error

    async def _park(self, delivery: Delivery, reason: str) -> None:
        await self.quarantine.park(delivery, reason, instant_text(self._clock.now()))

    @property
    def waits(self) -> bool:
        """True when something is parked here, or not yet read, or the fuse is blown: a look is due."""
        return self.fuse.blown or self.quarantine.unsure

    async def carry_out_requests(self) -> int:
        """Execute what people asked of parked keys; returns how many records were released.

        Any process of the group may do it: causes make doing it twice harmless. A follower that was
        parked while its key was being released goes on by itself.
        """
        async with self._lock:
            await self._resume()
            requests = await self.quarantine.requests()
            self.quarantine.forget()
            await self.quarantine.load()
            released = 0
            for key, request in requests:
                released += await self._carry_out(key, request)
                await self.quarantine.done(key, request)
            for key in self.quarantine.left_behind():
                released += await self._release(key)
            if released:
                self.quarantine.forget()
                await self.quarantine.load()
            return released

    async def _resume(self) -> None:
        """Mend a blown fuse if a person said so since it blew, to whichever process of the group."""
        if self.fuse.blown and await self.quarantine.resumed() > self._resumed:
            _log.warning("%s goes on: a person resumed it", self.group)
            self.fuse.resume()

    async def _carry_out(self, key: str, request: Request) -> int:
        waiting = await self.quarantine.waiting(key)
        first = next((record for row, record in waiting if row == request.record), None)
        skipped: list[str] = []
        if first is not None and request.verb == "skip":
            skipped = [row for row, record in waiting if record.is_copy_of(first)]
            for row in reversed(skipped):  # the one that the request names last: it may be carried out again
                await self.quarantine.release(row)
        if first is not None and request.verb == "replace":
            await self.quarantine.replace(request.record, first, request.value)
        return len(skipped) + await self._release(key)

    async def _release(self, key: str) -> int:
        """Do the records of a parked key in order, until one fails."""
        released = 0
        for row, record in await self.quarantine.waiting(key):
            error = await self._failing(record)
            if error is not None:
                await self.quarantine.explain(row, record, f"{type(error).__name__}: {error}")
                return released
            await self.quarantine.release(row)
            released += 1
        return released

    async def _failing(self, record: Parked) -> Exception | None:
        delivery = record.delivery()
        try:
            asked = self._read(delivery)
            if asked is not None:
                await self._do([(delivery, asked)])
        except PASSING:
            raise
        except Failed as failure:
            return failure.error
        except Exception as error:
            return error
        return None


def _correlation(delivery: Delivery) -> str:
    """What the record belongs to; nothing for foreign records and for those that cannot be read."""
    try:
        return decode(delivery.value).correlationid
    except msgspec.DecodeError:
        return ""
