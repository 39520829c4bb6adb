"""Composition: the classification service on the ports of its world."""

from ftz_classification.api import router
from ftz_classification.handlers import arms
from ftz_classification.usecases import AGGREGATES, PART, NumberShelf, UseCases
from ftz_classification.views import PartRows
from ftz_common.flow.reference import Reference
from ftz_common.flow.service import Ports, Service
from ftz_common.settings import Settings


def build(settings: Settings, ports: Ports) -> Service:
    """The service, not yet subscribed."""
    shelf = NumberShelf(ports.blobs)
    reference = Reference(on_revision=shelf.read)
    cases = UseCases(reference, shelf, ports.clock)
    service = Service(
        "classification",
        ports,
        AGGREGATES,
        arms(cases),
        reference,
        PartRows(ports.store, PART),
        fuse_failures_max=settings.fuse_failures_max,
        batch_max=settings.batch_max,
    )
    service.api = router(service, cases)
    return service
