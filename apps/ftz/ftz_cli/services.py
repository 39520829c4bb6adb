"""The six services and the simulated CBP, built on the ports of one world. No service knows which."""

from collections.abc import Callable

from ftz_admissions.app import build as admissions
from ftz_alerts.app import build as alerts
from ftz_cbp_sandbox.app import build as cbp_sandbox
from ftz_cbp_sandbox.settings import SandboxSettings
from ftz_classification.app import build as classification
from ftz_common.blobs.port import Blobs
from ftz_common.bus.port import Bus
from ftz_common.flow.clock import Clock
from ftz_common.flow.service import Ports, Service
from ftz_common.settings import Settings
from ftz_common.store.port import Store
from ftz_duty.app import build as duty
from ftz_inventory.app import build as inventory
from ftz_reporting.app import build as reporting

BUILDERS: dict[str, Callable[[Settings, Ports], Service]] = {
    "admissions": admissions,
    "classification": classification,
    "inventory": inventory,
    "duty": duty,
    "reporting": reporting,
    "alerts": alerts,
    "cbp": cbp_sandbox,
}


def build_all(
    settings: Settings,
    *,
    store: Callable[[str], Store],
    bus: Bus,
    blobs: Blobs,
    clock: Clock,
    cbp: SandboxSettings | None = None,
) -> list[Service]:
    """Every service on its own store, all on one bus, subscribed; `cbp`: how the simulated CBP behaves."""
    services: list[Service] = []
    for name, build in BUILDERS.items():
        ports = Ports(store(name), bus, blobs, clock)
        built = cbp_sandbox(settings, ports, cbp) if name == "cbp" else build(settings, ports)
        built.subscribe()
        services.append(built)
    return services
