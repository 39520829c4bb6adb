"""A tariff revision, a set of measures or a ruling is known: accounts with goods that it changes are told.

A consumer of the reference topic of its own, so that each revision is looked at once, whatever process reads
it, and an account's answer is a fact of its estimator's stream.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from ftz_common.bus.port import Delivery
from ftz_common.contracts import envelope as envelopes
from ftz_common.contracts import table
from ftz_common.contracts.envelope import Envelope
from ftz_common.contracts.reference import (
    MeasureRuled,
    MeasuresImported,
    TariffRevisionImported,
    ZoneDocument,
)
from ftz_common.flow.aggregate import Aggregate, Context, To, Waiting, Work
from ftz_common.flow.clock import Clock
from ftz_common.flow.journal import Journal
from ftz_common.flow.recording import Asked, Recording
from ftz_common.flow.reference import Reference
from ftz_common.values.calendar import PortCalendar
from ftz_common.values.names import derived_id
from ftz_duty.domain.estimates import EstimatorState, held
from ftz_duty.domain.goods_key import estimator_stream
from ftz_duty.domain.rate_change import Ahead, Held, LookAhead

_HEARD = frozenset(
    table.BY_FACT["duty", fact].type for fact in (TariffRevisionImported, MeasuresImported, MeasureRuled)
)

Look = Callable[[str, list[Held], date], tuple[Ahead, ...]]


@dataclass
class RateChangesSeen:
    """The consumer. `look`: the changes ahead for an account's goods after a day."""

    journal: Journal
    clock: Clock
    reference: Reference
    estimates: Aggregate
    look: Look
    _recording: Recording = field(init=False)

    def __post_init__(self) -> None:
        self._recording = Recording(self.journal)

    def read(self, delivery: Delivery) -> Envelope | None:
        """Facts after which a rate may change."""
        fact_type = delivery.headers.get("ce_type") or envelopes.decode(delivery.value).type
        return envelopes.decode(delivery.value) if fact_type in _HEARD else None

    async def do(self, jobs: list[tuple[Delivery, Envelope]]) -> None:
        """Tell every account with goods on hand; `Waiting` until this process has read what was loaded."""
        asked: list[Asked] = []
        for delivery, envelope in jobs:
            if not self.reference.has(envelope.id):
                raise Waiting("what was loaded is not read yet")
            asked.append(Asked([work async for work in self._works(delivery, envelope)]))
        await self._recording.do([(job[0], one) for job, one in zip(jobs, asked, strict=True)])

    async def _works(self, delivery: Delivery, envelope: Envelope) -> AsyncIterator[Work]:
        for zone in list(self.reference.zones.values()):
            for account in zone.accounts:
                stream = estimator_stream(zone.zone, account.id)
                state: EstimatorState
                _, state = await self.journal.state(self.estimates, stream)
                if state.settings is not None and (state.stock or state.ahead):
                    found = self.look(account.id, held(state), self._today(zone))
                    to = To(self.estimates, stream, LookAhead(found), account.id, zone.zone)
                    yield self._work(to, delivery, envelope)

    def _today(self, zone: ZoneDocument) -> date:
        return PortCalendar.of(zone.timezone).local_date(self.clock.now())

    def _work(self, to: To, delivery: Delivery, envelope: Envelope) -> Work:
        context = Context(
            actor="duty",
            correlation=envelope.correlationid,
            account=to.account,
            zone=to.zone,
            trace=envelope.traceparent,
            source=delivery.place,
        )
        digest = sha256(envelope.type.encode() + envelope.data).hexdigest()
        cause = derived_id("rates change", envelope.id)
        return Work(to.aggregate, to.stream, to.command, cause, digest, self.clock.now(), context)
