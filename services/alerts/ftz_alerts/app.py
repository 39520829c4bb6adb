"""Composition of alerts."""

from ftz_alerts.api import router
from ftz_alerts.handlers import arms
from ftz_alerts.usecases import AGGREGATES, UseCases
from ftz_alerts.views import AlertList
from ftz_common.flow.reference import Reference
from ftz_common.flow.service import Ports, Service
from ftz_common.settings import Settings


def build(settings: Settings, ports: Ports) -> Service:
    """The service, not yet subscribed."""
    reference = Reference()
    service = Service(
        name="alerts",
        ports=ports,
        aggregates=AGGREGATES,
        arms=arms(UseCases(reference)),
        reference=reference,
        projection=AlertList(ports.store),
        fuse_failures_max=settings.fuse_failures_max,
        batch_max=settings.batch_max,
    )
    service.routes = lambda: router(service)
    return service
