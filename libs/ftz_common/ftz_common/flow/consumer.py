"""Consuming: a batch of records becomes work, poison is set aside, the rest flows.

When `handle` returns, everything the batch asked for is journaled and published, or parked; only then may
the bus let the offsets go.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ftz_common.bus.port import BusUnavailable, Delivery
from ftz_common.contracts.envelope import instant_text
from ftz_common.flow.aggregate import Contradicted, Result, Waiting, Work
from ftz_common.flow.clock import Clock
from ftz_common.flow.journal import Journal, Overtaken, WorkFailed
from ftz_common.flow.quarantine import Quarantine, RefusedBody, Request, keep_refused
from ftz_common.store.port import StoreUnavailable
from ftz_common.telemetry.metrics import Counters

#: Trouble that passes by itself: the batch comes again, nothing is parked.
PASSING = (StoreUnavailable, BusUnavailable, Overtaken, Waiting)


class FuseBlown(Exception):
    """Too many records in a row failed: that is a bad deploy, not bad data."""


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


@dataclass(slots=True)
class Asked:
    """What a record asks for; a refused foreign record also has a body to keep, under its key."""

    works: list[Work]
    keep: tuple[str, RefusedBody] | None = None


@dataclass(slots=True)
class Job:
    """A record with what it asks for."""

    delivery: Delivery
    asked: Asked


#: Turns a record into what it asks for; raises what makes it poison. None: not for this consumer.
Reader = Callable[[Delivery], Asked | None]


class Consumer:
    """One group's handling of its records on one journal."""

    def __init__(
        self,
        *,
        group: str,
        journal: Journal,
        read: Reader,
        contradicted: Callable[[Delivery], Asked] | None = None,
        quarantine: Quarantine,
        clock: Clock,
        fuse: Fuse,
        counters: Counters,
    ) -> None:
        self.group = group
        self.quarantine = quarantine
        self.fuse = fuse
        self._journal = journal
        self._read = read
        self._contradicted = contradicted
        self._clock = clock
        self._counters = counters

    async def assigned(self) -> None:
        """Partitions came or went: forget what was cached for the old ones."""
        self.quarantine.forget()
        self._journal.forget_all()

    async def handle(self, deliveries: Sequence[Delivery]) -> None:
        """Do everything a batch asks for."""
        if self.fuse.blown:
            raise FuseBlown(f"{self.group}: {self.fuse.failures} failures in a row; resume it when repaired")
        await self.quarantine.load()
        jobs: list[Job] = []
        for delivery in deliveries:
            if self.quarantine.is_parked(delivery):
                await self._park(delivery, "waits behind a parked record of its key")
                continue
            try:
                asked = self._read(delivery)
            except PASSING:
                raise
            except Exception as error:
                await self._poison(delivery, error)
                continue
            if asked is not None:
                jobs.append(Job(delivery, asked))
        await self._run(jobs)
        self._counters.consumed(self.group, len(deliveries))

    async def _run(self, jobs: list[Job]) -> None:
        """Execute; a record whose work fails is parked with its followers, and the others are done again."""
        while jobs:
            owners = [job for job in jobs for _ in job.asked.works]
            try:
                results = await self._execute([job.asked for job in jobs])
            except WorkFailed as failure:
                culprit = owners[failure.index]
                jobs = await self._set_aside(culprit, jobs, failure.error)
                continue
            contradicted = {
                id(owner): result
                for owner, result in zip(owners, results, strict=True)
                if isinstance(result, Contradicted)
            }
            for job in jobs:
                if id(job) in contradicted:
                    await self._contradiction(job, contradicted[id(job)])
            if jobs and not contradicted:
                self.fuse.worked()
            return

    async def _execute(self, asked: Sequence[Asked]) -> list[Result]:
        for one in asked:
            if one.keep is not None:
                await keep_refused(self._journal.store, *one.keep)
        return await self._journal.execute([work for one in asked for work in one.works])

    async def _contradiction(self, job: Job, result: Contradicted) -> None:
        """Same name, different fact: a foreign one is refused, one of our own is set aside."""
        if self._contradicted is not None:
            await self._execute([self._contradicted(job.delivery)])
            return
        reason = (
            f"same-id-other-body: {result.cause} is in {result.stream} version {result.version} otherwise"
        )
        await self._poison(job.delivery, ValueError(reason))

    async def _set_aside(self, culprit: Job, jobs: list[Job], error: Exception) -> list[Job]:
        """Park the culprit and, behind it, the later records of its key; returns what is left to do."""
        await self._poison(culprit.delivery, error)
        left: list[Job] = []
        behind = False
        for job in jobs:
            if job is culprit:
                behind = True
            elif behind and self.quarantine.is_parked(job.delivery):
                await self._park(job.delivery, "waits behind a parked record of its key")
            else:
                left.append(job)
        return left

    async def _poison(self, delivery: Delivery, error: Exception) -> None:
        self.fuse.failed()
        self._counters.quarantined(self.group)
        await self._park(delivery, f"{type(error).__name__}: {error}")
        if self.fuse.blown:
            self._counters.fuse_blown(self.group)

    async def _park(self, delivery: Delivery, reason: str) -> None:
        await self.quarantine.park(delivery, reason, instant_text(self._clock.now()))

    async def carry_out_requests(self) -> int:
        """Execute what people asked of parked keys; returns how many records were released."""
        released = 0
        for row, request in await self.quarantine.requests():
            released += await self._carry_out(row, request)
            await self.quarantine.done(row)
        return released

    async def _carry_out(self, parked: str, request: Request) -> int:
        released = 0
        for row, record in await self.quarantine.waiting(parked):
            if not (request.verb == "skip" and released == 0):
                delivery = record.delivery()
                try:
                    asked = self._read(delivery)
                    await self._execute([asked] if asked else [])
                except PASSING:
                    raise
                except Exception:
                    return released
            await self.quarantine.release(row)
            released += 1
        return released
