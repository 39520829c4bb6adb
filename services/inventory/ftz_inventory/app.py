"""Composition: the inventory service on the ports of its world."""

from ftz_common.bus.port import Delivery
from ftz_common.contracts import table
from ftz_common.flow.reference import Reference
from ftz_common.flow.service import Ports, Service
from ftz_common.settings import Settings
from ftz_inventory.api import router
from ftz_inventory.handlers import arms
from ftz_inventory.senders.comparing import Comparer, Whole
from ftz_inventory.senders.exposing import Came, Exposer
from ftz_inventory.usecases import AGGREGATES, COUNTS, COVERS, EXPOSURES, LEDGERS, ORDERS, UseCases
from ftz_inventory.views import StockRows


class Inventory(Service):
    """The service, and what adds up: a count against the book, goods against the bond."""

    comparer: Comparer | None = None
    exposer: Exposer | None = None

    def subscribe(self) -> None:
        """See `Service`. One consumer for both: a topic is read once for what is seldom."""
        super().subscribe()
        if self.comparer is not None:
            consumer = self._consumer(f"{self.name}.counts", self._read, self._do)
            self._subscribe(consumer, (table.home(self.name),))

    def _read(self, delivery: Delivery) -> Whole | Came | None:
        assert self.comparer is not None and self.exposer is not None  # noqa: S101, PT018 set by `build`
        return self.comparer.read(delivery) or self.exposer.read(delivery)

    async def _do(self, jobs: list[tuple[Delivery, Whole | Came]]) -> None:
        assert self.comparer is not None and self.exposer is not None  # noqa: S101, PT018 set by `build`
        await self.comparer.do([(d, job) for d, job in jobs if isinstance(job, Whole)])
        await self.exposer.do([job for _, job in jobs if isinstance(job, Came)])


def build(settings: Settings, ports: Ports) -> Service:
    """The service, not yet subscribed."""
    reference = Reference()
    cases = UseCases(reference)
    service = Inventory(
        "inventory",
        ports,
        AGGREGATES,
        arms(cases),
        reference,
        fuse_failures_max=settings.fuse_failures_max,
        batch_max=settings.batch_max,
        states_mb_max=settings.states_mb_max,
    )
    rows = StockRows(service.journal, ORDERS, LEDGERS, COVERS)
    service.projection = rows
    comparer = service.comparer = Comparer(service, COUNTS, LEDGERS, rows.ledgers)
    service.exposer = Exposer(service, EXPOSURES, LEDGERS, rows.ledgers)
    service.routes = lambda: router(service, rows, cases, comparer)
    return service
