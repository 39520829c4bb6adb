"""Composition: the duty service on the ports of its world."""

from ftz_common.flow.reference import Reference
from ftz_common.flow.service import Ports, Service
from ftz_common.settings import Settings
from ftz_duty.api import router
from ftz_duty.handlers import arms
from ftz_duty.usecases import AGGREGATES, UseCases
from ftz_duty.views import EntryRows


def build(settings: Settings, ports: Ports) -> Service:
    """The service, not yet subscribed."""
    reference = Reference()
    cases = UseCases(reference, ports.blobs, ports.clock)
    service = Service(
        "duty",
        ports,
        AGGREGATES,
        arms(cases),
        reference,
        EntryRows(ports.store),
        fuse_failures_max=settings.fuse_failures_max,
        batch_max=settings.batch_max,
    )
    service.routes = lambda: router(service, cases)
    return service
