"""Composition: the duty service on the ports of its world."""

from ftz_common.contracts import table
from ftz_common.flow.reference import Reference
from ftz_common.flow.service import Ports, Service
from ftz_common.settings import Settings
from ftz_duty.api import router
from ftz_duty.handlers import arms
from ftz_duty.senders.rate_changes import RateChangesSeen
from ftz_duty.usecases import AGGREGATES, ESTIMATES, UseCases
from ftz_duty.views import EntryRows


class Duty(Service):
    """The service with a consumer more: rates that will change for goods on hand."""

    rate_changes: RateChangesSeen

    def subscribe(self) -> None:
        """See `Service`."""
        super().subscribe()
        seen = self.rate_changes
        self._subscribe(self._consumer(f"{self.name}.ratechanges", seen.read, seen.do), (table.REFERENCE,))


def build(settings: Settings, ports: Ports) -> Service:
    """The service, not yet subscribed."""
    reference = Reference()
    cases = UseCases(reference, ports.blobs, ports.clock)
    service = Duty(
        "duty",
        ports,
        AGGREGATES,
        arms(cases),
        reference,
        EntryRows(ports.store),
        fuse_failures_max=settings.fuse_failures_max,
        batch_max=settings.batch_max,
    )
    service.rate_changes = RateChangesSeen(
        service.journal, ports.clock, reference, ESTIMATES, cases.rate_changes.ahead
    )
    service.routes = lambda: router(service, cases)
    return service
