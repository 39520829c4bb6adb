"""Composition: the classification service on the ports of its world."""

from typing import Any

from ftz_classification.api import router
from ftz_classification.handlers import arms
from ftz_classification.senders.engine import Engine, NoEngine, configured
from ftz_classification.senders.proposals import BATCH_MAX, Proposals
from ftz_classification.senders.revisions import Revisions
from ftz_classification.settings import EngineSettings
from ftz_classification.usecases import AGGREGATES, CONCORDANCE, PART, NumberShelf, UseCases
from ftz_classification.views import PartRows
from ftz_common.bus.port import Subscription
from ftz_common.contracts import table
from ftz_common.flow.reference import Reference
from ftz_common.flow.service import Ports, Service
from ftz_common.settings import Settings, told


class Classification(Service):
    """The service with two consumers more: ended lines, and proposals where there is an engine."""

    revisions: Revisions
    proposals: Proposals

    def subscribe(self) -> None:
        """See `Service`. Without an engine nobody waits for proposals."""
        super().subscribe()
        home = table.home(self.name)
        consumer = self._consumer(f"{self.name}.revisions", self.revisions.read, self.revisions.do)
        self._subscribe(consumer, (table.REFERENCE, home))
        if isinstance(self.proposals.engine, NoEngine):
            return
        engine = self._consumer(f"{self.name}.proposals", self.proposals.read, self.proposals.do)
        self.ports.bus.subscribe(
            Subscription(engine.group, (home,), engine.handle, BATCH_MAX, engine.assigned)
        )

    async def tick(self) -> int:
        """See `Service`. Where the loop ticks, real time passes: the engine is loaded beside it."""
        self.proposals.live = True
        return await super().tick()

    async def status(self) -> dict[str, Any]:
        """See `Service`."""
        return {**await super().status(), "engine": self.proposals.status()}


def build(settings: Settings, ports: Ports, engine: Engine | None = None) -> Service:
    """The service, not yet subscribed. `engine`: default is what FTZ_CLASSIFY_DIR names."""
    shelf = NumberShelf(ports.blobs)
    reference = Reference(on_revision=shelf.read)
    cases = UseCases(reference, shelf, ports.clock)
    service = Classification(
        "classification",
        ports,
        AGGREGATES,
        arms(cases),
        reference,
        fuse_failures_max=settings.fuse_failures_max,
        batch_max=settings.batch_max,
    )
    service.projection = rows = PartRows(service.journal, PART)
    shared = (service.journal, ports.blobs, ports.clock, PART)
    service.revisions = Revisions(*shared, CONCORDANCE, cases.load, cases.known, cases.zone_of, rows.parts)
    service.proposals = Proposals(
        *shared, engine or configured(told(EngineSettings)), cases.wanted, cases.proposed
    )
    service.routes = lambda: router(service, cases, service.proposals)
    return service
