"""Composition of reporting: it decides nothing, so it has no aggregates and no arms."""

from ftz_common.flow.aggregate import Arms
from ftz_common.flow.service import Ports, Service
from ftz_common.settings import Settings
from ftz_reporting.api import router
from ftz_reporting.views.projection import ArchiveProjection


def build(settings: Settings, ports: Ports) -> Service:
    """The service, not yet subscribed. Who can reach the journals gives its router a `verify`."""
    service = Service(
        name="reporting",
        ports=ports,
        aggregates=(),
        arms=Arms(),
        projection=ArchiveProjection(ports.store, ports.clock),
        fuse_failures_max=settings.fuse_failures_max,
        batch_max=settings.batch_max,
    )
    service.routes = lambda: router(service)
    return service
