"""The six services and the simulated CBP, built on the ports of one world. No service knows which."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from ftz_admissions.app import build as admissions
from ftz_alerts.app import build as alerts
from ftz_cbp_sandbox.app import build as cbp_sandbox
from ftz_cbp_sandbox.settings import SandboxSettings
from ftz_classification.app import build as classification
from ftz_common.blobs.memory import MemoryBlobs
from ftz_common.blobs.port import Blobs
from ftz_common.bus.memory import MemoryBus
from ftz_common.bus.port import Bus
from ftz_common.flow import snapshots
from ftz_common.flow.clock import Clock, SystemClock
from ftz_common.flow.service import Ports, Service
from ftz_common.settings import Settings, told
from ftz_common.store.port import Store
from ftz_common.values.names import stream_parts
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


class SnapshotsCompared(NamedTuple):
    """How many snapshots were compared with a fold of their stream, and which differ."""

    compared: int
    problems: list[str]


async def snapshot_problems(stores: Mapping[str, Store]) -> SnapshotsCompared:
    """Every usable snapshot against the fold of its journal; what differs is named with what to do."""
    compared, problems = 0, list[str]()
    for name, store in stores.items():
        service = BUILDERS[name](told(Settings), Ports(store, MemoryBus(), MemoryBlobs(), SystemClock()))
        after = ""
        while rows := await store.scan(snapshots.TABLE, after=after, limit=200):
            after = rows[-1].key
            for row in rows:
                aggregate = service.kinds.get(stream_parts(row.key)[0])
                live = await snapshots.read(store, aggregate, row.body) if aggregate else None
                if aggregate is None or live is None:
                    continue
                compared += 1
                again = await snapshots.folded(store, aggregate, row.key, live.version)
                if (again.hash, snapshots.encode_state(again.state)) != (
                    live.hash,
                    snapshots.encode_state(live.state),
                ):
                    problems.append(
                        f"{name}: the snapshot of {row.key} at version {live.version} is not what its commits"
                        " fold to. Delete it (rows of table snapshots): it is only a cache."
                    )
    return SnapshotsCompared(compared, problems)
