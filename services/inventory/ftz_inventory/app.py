"""Composition: the inventory service on the ports of its world."""

from ftz_common.flow.reference import Reference
from ftz_common.flow.service import Ports, Service
from ftz_common.settings import Settings
from ftz_inventory.api import router
from ftz_inventory.handlers import arms
from ftz_inventory.usecases import AGGREGATES, COVERS, LEDGERS, ORDERS, UseCases
from ftz_inventory.views import StockRows


def build(settings: Settings, ports: Ports) -> Service:
    """The service, not yet subscribed."""
    reference = Reference()
    cases = UseCases(reference)
    service = Service(
        "inventory",
        ports,
        AGGREGATES,
        arms(cases),
        reference,
        fuse_failures_max=settings.fuse_failures_max,
        batch_max=settings.batch_max,
    )
    rows = StockRows(service.journal, ORDERS, LEDGERS, COVERS)
    service.projection = rows
    service.routes = lambda: router(service, rows, cases)
    return service
