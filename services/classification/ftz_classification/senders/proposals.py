"""Proposals: what needs a person is shown to the engine, and what it says becomes a fact of the part.

A consumer like any other: when it returns, the proposals of its batch are journaled, so that a world that
settles has none in flight, and nothing more is taken up while the engine computes.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from ftz_classification.domain.part_state import PartState
from ftz_classification.domain.proposal import Made, Wanted
from ftz_classification.senders.engine import Engine
from ftz_common.blobs.port import Blobs
from ftz_common.bus.port import Delivery
from ftz_common.contracts import envelope as envelopes
from ftz_common.contracts import table
from ftz_common.contracts.classification import PartRecorded, ReviewOpened
from ftz_common.contracts.envelope import Envelope
from ftz_common.flow.aggregate import Aggregate, Context, To, Waiting, Work
from ftz_common.flow.clock import Clock
from ftz_common.flow.journal import Journal
from ftz_common.flow.recording import Asked, Recording
from ftz_common.values.names import derived_id

#: Records that are taken at once: the pump of the embedded world waits for a batch.
BATCH_MAX = 16
_TYPES = frozenset(table.BY_FACT["classification", fact].type for fact in (PartRecorded, ReviewOpened))

Look = Callable[[PartState], Wanted | None]
Keep = Callable[[Wanted, Made, str], To]


@dataclass
class Proposals:
    """The consumer. `look`: what the engine is asked about a part; `keep`: the command with its answer."""

    journal: Journal
    blobs: Blobs
    clock: Clock
    part: Aggregate
    engine: Engine
    look: Look
    keep: Keep
    live: bool = False  #: real time passes: loading the engine shall not hold up the others
    made: int = 0
    passed: int = 0  #: for which the engine could say nothing: a person decides without it
    in_flight: int = 0
    _recording: Recording = field(init=False)

    def __post_init__(self) -> None:
        self._recording = Recording(self.journal)

    def read(self, delivery: Delivery) -> Envelope | None:
        """Facts after which a part may need a proposal."""
        fact_type = delivery.headers.get("ce_type") or envelopes.decode(delivery.value).type
        return envelopes.decode(delivery.value) if fact_type in _TYPES else None

    def status(self) -> dict[str, Any]:
        """What `/status` says about the engine."""
        status = self.engine.status
        return {
            "state": status.state,
            "why": status.why,
            "model": status.model,
            "off": status.off,
            "proposed": self.made,
            "passed": self.passed,
            "in_flight": self.in_flight,
        }

    async def do(self, jobs: list[tuple[Delivery, Envelope]]) -> None:
        """Ask the engine about all parts of a batch, one call for each revision."""
        wanted: dict[int, Wanted] = {}
        streams: set[str] = set()
        for index, (_, envelope) in enumerate(jobs):
            if envelope.stream in streams:
                continue
            streams.add(envelope.stream)
            _, state = await self.journal.state(self.part, envelope.stream)
            if (one := self.look(state)) is not None:
                wanted[index] = one
        if self.live:
            await self._ready_or_later({one.schedule for one in wanted.values()})
        said = await self._ask(wanted)
        asked = [
            Asked(await self._works(delivery, envelope, wanted[index], said[index]))
            if index in said
            else Asked([])
            for index, (delivery, envelope) in enumerate(jobs)
        ]
        await self._recording.do([(job[0], one) for job, one in zip(jobs, asked, strict=True)])

    async def _ready_or_later(self, schedules: set[str]) -> None:
        """Raises `Waiting` while the engine loads beside the loop: this consumer comes again."""
        for schedule in sorted(schedules):
            if not self.engine.ready(schedule):
                self.engine.warm(schedule, await self.blobs.get(schedule))
                raise Waiting("the engine is being loaded")

    async def _ask(self, wanted: dict[int, Wanted]) -> dict[int, Made]:
        said: dict[int, Made] = {}
        self.in_flight = len(wanted)
        try:
            for schedule, begins in sorted({(one.schedule, one.effective_from) for one in wanted.values()}):
                places = [
                    index
                    for index, one in wanted.items()
                    if (one.schedule, one.effective_from) == (schedule, begins)
                ]
                found = await self.engine.propose([wanted[i] for i in places], await self.blobs.get(schedule))
                if found is None:
                    self.passed += len(places)
                    continue
                said.update(zip(places, found, strict=True))
        finally:
            self.in_flight = 0
        self.made += len(said)
        return said

    async def _works(self, delivery: Delivery, envelope: Envelope, wanted: Wanted, made: Made) -> list[Work]:
        to = self.keep(wanted, made, await self.blobs.put(made.explanation))
        return [work_of(to, delivery, envelope, "proposal", self.clock)]


def work_of(to: To, delivery: Delivery, envelope: Envelope, purpose: str, clock: Clock) -> Work:
    """What one fact makes this service do to a part; its cause is that fact, for that purpose."""
    context = Context(
        actor="classification",
        correlation=envelope.correlationid,
        account=to.account,
        zone=to.zone,
        trace=envelope.traceparent,
        source=delivery.place,
    )
    cause = derived_id(purpose, envelope.id)
    digest = sha256(envelope.type.encode() + envelope.data).hexdigest()
    return Work(to.aggregate, to.stream, to.command, cause, digest, clock.now(), context)
