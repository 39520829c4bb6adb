"""Composition: the inventory service on the ports of its world."""

from ftz_common.flow.reference import Reference
from ftz_common.flow.service import Ports, Service
from ftz_common.settings import Settings
from ftz_inventory.handlers import arms
from ftz_inventory.usecases import AGGREGATES, UseCases


def build(settings: Settings, ports: Ports) -> Service:
    """The service, not yet subscribed."""
    reference = Reference()
    return Service(
        "inventory",
        ports,
        AGGREGATES,
        arms(UseCases(reference)),
        reference,
        fuse_failures_max=settings.fuse_failures_max,
        batch_max=settings.batch_max,
    )
