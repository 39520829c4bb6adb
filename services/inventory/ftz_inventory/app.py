"""Composition: the inventory service on the ports of its world."""

from ftz_common.contracts import table
from ftz_common.flow.reference import Reference
from ftz_common.flow.service import Ports, Service
from ftz_common.settings import Settings
from ftz_inventory.api import router
from ftz_inventory.handlers import arms
from ftz_inventory.senders.comparing import Comparer
from ftz_inventory.usecases import AGGREGATES, COUNTS, COVERS, LEDGERS, ORDERS, UseCases
from ftz_inventory.views import StockRows


class Inventory(Service):
    """The service, and what compares a count with the book once all of it is here."""

    comparer: Comparer | None = None

    def subscribe(self) -> None:
        """See `Service`."""
        super().subscribe()
        if self.comparer is not None:
            consumer = self._consumer(f"{self.name}.counts", self.comparer.read, self.comparer.do)
            self._subscribe(consumer, (table.home(self.name),))


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
    service.routes = lambda: router(service, rows, cases, comparer)
    return service
