"""Seeds of the six services: every invariant holds, and a seed is the same run on every machine."""

import os
import subprocess
import sys
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest
from tests.simulation.inputs import plan
from tests.simulation.play import Simulation
from tests.simulation.report import INVARIANTS, NOT_HERE, Report
from tests.simulation.seeds import run_seed

from ftz_common.contracts import table
from ftz_common.testing.simulator.watched import Broken

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_every_invariant_holds(seed: int):
    result = run_seed(seed)
    assert result.problem == ""
    assert result.report.totals["inputs"] >= 300
    assert result.report.totals["ledgers"] >= 15


def test_without_faults_nothing_is_parked_or_repeated():
    simulation = Simulation(1, faults=False)
    simulation.run()
    simulation.watch.rest(simulation.world)
    assert sum(simulation.world.faults.happened.values()) == 0
    assert not any(name.startswith("quarantine") for name in simulation.world.counts)


def test_every_seed_plans_over_300_inputs_on_20_ledgers():
    for seed in range(20):
        assert sum(plan(seed).kinds.values()) + len(plan(seed).decisions) >= 300
    simulation = Simulation(0)
    simulation.run()
    assert sum(s.startswith("ledger/") for s in simulation.world.stores["inventory"].chains) >= 20


_DIGEST = """
from tests.simulation.test_simulation import digest
print(digest(2))
"""


def digest(seed: int) -> str:
    """Of every commit of a seed."""
    simulation = Simulation(seed)
    simulation.run()
    hashes = [
        f"{name} {stream} {commit.version} {commit.hash}"
        for name, store in simulation.world.stores.items()
        for stream, chain in store.chains.items()
        for commit in chain
    ]
    return sha256("\n".join(hashes).encode()).hexdigest()


def test_a_seed_is_the_same_run_whatever_python_hashes_to():
    def digested(hash_seed: str) -> str:
        own = {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        environment = os.environ | own  # noqa: TID251 a process of its own
        done = subprocess.run(  # noqa: S603 our own interpreter
            [sys.executable, "-c", _DIGEST],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    assert digested("1") == digested("2")


class TestReport:
    def test_a_zero_is_named(self):
        zeros = Report().zeros()
        assert "fault: crash" in zeros
        assert "fact: ftz.inventory.stock.drawn.v1" in zeros
        assert "refusal: never-admitted" in zeros
        assert "invariant: first in is first out" in zeros

    def test_what_is_not_to_be_seen_is_a_row_of_the_contract(self):
        assert set(NOT_HERE) <= set(table.BY_TYPE)

    def test_every_invariant_that_a_seed_evaluates_is_listed(self):
        seen: Counter[str] = Counter()
        for seed in (0, 1):
            seen.update(run_seed(seed).report.invariants)
        assert set(seen) <= set(INVARIANTS)


def test_a_broken_invariant_fails_the_seed(monkeypatch: pytest.MonkeyPatch):
    def broken(*_: object) -> None:
        raise Broken("the sky falls")

    monkeypatch.setattr("tests.simulation.goods.Goods.Drawn", broken)
    result = run_seed(0)
    assert result.problem == "the sky falls"
