"""What a consumer of facts or of platforms' records does: its works go into the journal."""

from collections.abc import Callable
from dataclasses import dataclass

from ftz_common.bus.port import Delivery
from ftz_common.contracts.common import CommandRefused
from ftz_common.flow.aggregate import Answer, Contradicted, Done, Repeated, Work
from ftz_common.flow.consumer import Failed
from ftz_common.flow.journal import Journal, WorkFailed
from ftz_common.flow.quarantine import RefusedBody, keep_refused, refused_event_key, refused_record


@dataclass(slots=True)
class Asked:
    """What a record asks for; a refused foreign record also has a body to keep, under its key."""

    works: list[Work]
    keep: tuple[str, RefusedBody] | None = None


class Recording:
    """Executes what records ask for on one journal.

    A cause that is there with other content is poison, unless `contradicted` says how to refuse it.
    """

    def __init__(self, journal: Journal, contradicted: Callable[[Delivery], Asked] | None = None) -> None:
        self._journal = journal
        self._contradicted = contradicted

    async def do(self, jobs: list[tuple[Delivery, Asked]]) -> None:
        """Record what a batch asks for; raises `Failed` for one that cannot be decided."""
        owners = [index for index, (_, asked) in enumerate(jobs) for _ in asked.works]
        for _, asked in jobs:
            if asked.keep is not None:
                await keep_refused(self._journal.store, *asked.keep)
        try:
            results = await self._journal.execute([work for _, asked in jobs for work in asked.works])
        except WorkFailed as failure:
            raise Failed(owners[failure.index], failure.error) from failure
        works = (work for _, asked in jobs for work in asked.works)
        for index, work, result in zip(owners, works, results, strict=True):
            if isinstance(result, Contradicted):
                await self._contradiction(index, jobs[index][0], result)
            elif work.answer is not None:
                await self._keep_refused(jobs[index][0], work.answer, result)

    async def _keep_refused(self, delivery: Delivery, answer: Answer, result: Done | Repeated) -> None:
        """What a rule refused is kept as it came, like what is refused at the door; also after a crash."""
        refused = next((fact for fact in result.facts if isinstance(fact, CommandRefused)), None)
        if refused is not None:
            body = refused_record(answer.source, delivery.value, refused, self._journal.clock.now())
            await keep_refused(self._journal.store, refused_event_key(answer.source, answer.event), body)

    async def _contradiction(self, index: int, delivery: Delivery, result: Contradicted) -> None:
        """Same name, different fact: a foreign one is refused, one of our own is set aside."""
        if self._contradicted is not None:
            await self.do([(delivery, self._contradicted(delivery))])
            return
        reason = f"{result.cause} is in {result.stream} version {result.version} with other content"
        raise Failed(index, SameIdOtherBody(reason))


class SameIdOtherBody(Exception):
    """A fact came again under its id and says something else; the first one stands."""
