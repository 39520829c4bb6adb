"""Running seeds: one, or many on several processes; a failing one is named with how to play it again."""

import gc
import logging
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context

from tests.simulation.play import Simulation
from tests.simulation.report import Report

from ftz_common.testing.simulator.watched import Broken


@dataclass
class Result:
    """What a seed came to; `problem` is empty when every invariant held."""

    seed: int
    report: Report = field(default_factory=Report)
    problem: str = ""
    where: str = ""


def run_seed(seed: int) -> Result:
    """Play one seed from set-up to rest."""
    logging.disable(logging.CRITICAL)
    gc.disable()  # a seed is short, and everything it makes lives until its end
    try:
        return _run(seed)
    finally:
        logging.disable(logging.NOTSET)
        gc.enable()


def _run(seed: int) -> Result:
    simulation = Simulation(seed)
    try:
        simulation.run()
        simulation.watch.rest(simulation.world)
    except Broken as broken:
        return Result(seed, report_of(simulation), str(broken)[:2000], _where())
    except Exception as error:
        return Result(seed, report_of(simulation), f"{type(error).__name__}: {error}"[:2000], _where())
    finally:
        simulation.world.close()
    return Result(seed, report_of(simulation))


def _where() -> str:
    return traceback.format_exc()[-3000:]


def report_of(simulation: Simulation) -> Report:
    """The counts of one seed."""
    world, watch = simulation.world, simulation.watch
    report = Report()
    report.faults.update(world.faults.happened)
    report.faults.update(world.counts)
    report.faults.update(f"CBP {how}" for how in simulation.plan.bills.values())
    report.facts.update(watch.facts)
    report.codes.update(watch.outcomes.codes)
    report.inputs.update(simulation.plan.kinds)
    report.inputs["decision"] += len(simulation.plan.decisions)
    report.invariants.update(watch.evaluated)
    report.totals["seeds"] = 1
    report.totals["inputs"] = sum(report.inputs.values())
    report.totals["commits"] = sum(len(c) for s in world.stores.values() for c in s.chains.values())
    report.totals["steps"] = world.step
    report.totals["ledgers"] = len(watch.goods.of_ledger)
    return report


def run_seeds(seeds: Sequence[int], processes: int = 2) -> Iterator[Result]:
    """Play many seeds; results come as they are done."""
    if processes == 1 or len(seeds) == 1:
        yield from map(run_seed, seeds)
        return
    gc.freeze()
    # A process for each seed: its memory goes with it, which costs less than looking for what is garbage.
    with get_context("fork").Pool(processes, maxtasksperchild=1) as pool:
        yield from pool.imap_unordered(run_seed, seeds)
