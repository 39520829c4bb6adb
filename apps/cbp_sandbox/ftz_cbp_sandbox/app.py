"""Composition: the simulated CBP on the ports of its world. Nothing reaches a real authority."""

from ftz_cbp_sandbox.handlers import arms
from ftz_cbp_sandbox.settings import SandboxSettings
from ftz_cbp_sandbox.usecases import AGGREGATES, UseCases
from ftz_common.flow.service import Ports, Service
from ftz_common.settings import Settings, told


def build(settings: Settings, ports: Ports, sandbox: SandboxSettings | None = None) -> Service:
    """The simulated CBP, not yet subscribed; `sandbox`: as a scenario says, else from the environment."""
    return Service(
        "cbp",
        ports,
        AGGREGATES,
        arms(UseCases(sandbox or told(SandboxSettings), ports.clock, takes_214=settings.filing == "sandbox")),
        fuse_failures_max=settings.fuse_failures_max,
        batch_max=settings.batch_max,
    )
