"""Composition: the admissions service on the ports of its world."""

from ftz_admissions.api import router
from ftz_admissions.handlers import arms
from ftz_admissions.usecases import ADMISSION, AGGREGATES, UseCases
from ftz_admissions.views import AdmissionRows
from ftz_common.flow.reference import Reference
from ftz_common.flow.service import Ports, Service
from ftz_common.settings import Settings


def build(settings: Settings, ports: Ports) -> Service:
    """The service, not yet subscribed."""
    reference = Reference()
    cases = UseCases(reference, ports.clock)
    service = Service(
        "admissions",
        ports,
        AGGREGATES,
        arms(cases),
        reference,
        AdmissionRows(ports.store, ADMISSION),
        fuse_failures_max=settings.fuse_failures_max,
        batch_max=settings.batch_max,
    )
    service.api = router(service, cases)
    return service
