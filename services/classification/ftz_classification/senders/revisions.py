"""A tariff revision, or its concordance, is known: parts whose number it ends come back for review.

A decision that is made while a later revision is known is looked at in the same way.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ftz_classification.domain.concordance import ConcordanceState, read_concordance
from ftz_classification.domain.decision import InForce
from ftz_classification.domain.part_state import PartState
from ftz_classification.domain.revision import RevisionKnown, decided_for, is_ended, successors_of
from ftz_classification.senders.proposals import work_of
from ftz_common.blobs.port import Blobs
from ftz_common.bus.port import Delivery
from ftz_common.contracts import envelope as envelopes
from ftz_common.contracts import table
from ftz_common.contracts.classification import Classified, ConcordanceImported
from ftz_common.contracts.envelope import Envelope
from ftz_common.contracts.reference import TariffRevisionImported
from ftz_common.flow.aggregate import Aggregate, To, Work
from ftz_common.flow.clock import Clock
from ftz_common.flow.journal import Journal
from ftz_common.flow.recording import Asked, Recording
from ftz_common.values.names import stream_name

_HEARD = {
    table.BY_FACT["duty", TariffRevisionImported].type,
    table.BY_FACT["classification", ConcordanceImported].type,
    table.BY_FACT["classification", Classified].type,
}


@dataclass
class Revisions:
    """The consumer. `load` reads a revision's file; `known`: the revisions read, of one name or all."""

    journal: Journal
    blobs: Blobs
    clock: Clock
    part: Aggregate
    concordance: Aggregate
    load: Callable[[TariffRevisionImported], Awaitable[InForce]]
    known: Callable[[str], Sequence[InForce]]
    zone_of: Callable[[str], str]
    parts: Callable[[], AsyncIterator[PartState]]  #: from the journal: views may be behind
    _recording: Recording = field(init=False)

    def __post_init__(self) -> None:
        self._recording = Recording(self.journal)

    def read(self, delivery: Delivery) -> Envelope | None:
        """Facts after which a number may have ended."""
        fact_type = delivery.headers.get("ce_type") or envelopes.decode(delivery.value).type
        return envelopes.decode(delivery.value) if fact_type in _HEARD else None

    async def do(self, jobs: list[tuple[Delivery, Envelope]]) -> None:
        """Tell every part whose number is no line of the revision."""
        asked = [Asked([work async for work in self._works(*job)]) for job in jobs]
        await self._recording.do([(job[0], one) for job, one in zip(jobs, asked, strict=True)])

    async def _works(self, delivery: Delivery, envelope: Envelope) -> AsyncIterator[Work]:
        fact = table.decoder(envelope.type).decode(envelope.data)
        if isinstance(fact, TariffRevisionImported):
            revisions = [await self.load(fact)]
        elif isinstance(fact, ConcordanceImported):
            revisions = self.known(fact.revision)
        else:
            _, state = await self.journal.state(self.part, envelope.stream)
            for revision in self.known(""):
                if revision.effective_from > fact.effective_from and is_ended(state, revision):
                    yield await self._work(delivery, envelope, state, revision)
                    return
            return
        for revision in revisions:
            async for state in self.parts():
                if is_ended(state, revision):
                    yield await self._work(delivery, envelope, state, revision)

    async def _work(
        self, delivery: Delivery, envelope: Envelope, state: PartState, revision: InForce
    ) -> Work:
        decision = decided_for(state, revision.effective_from)
        assert decision is not None  # noqa: S101 the number of a decision has ended
        named = await self._concordance(revision.revision)
        successors = successors_of(decision.number, revision.numbers, named)
        command = RevisionKnown(revision, successors)
        to = To(self.part, state.stream, command, state.account, self.zone_of(state.account))
        return work_of(to, delivery, envelope, f"ended in {revision.revision}", self.clock)

    async def _concordance(self, revision: str) -> Mapping[str, Sequence[str]]:
        state: ConcordanceState
        _, state = await self.journal.state(self.concordance, stream_name("concordance", revision))
        return read_concordance(await self.blobs.get(state.sha256), revision) if state.sha256 else {}
