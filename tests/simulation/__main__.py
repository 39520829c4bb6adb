"""Play seeds of the six services under faults: `python -m tests.simulation --seeds 200`; `--seed K`: one."""

import argparse
import sys
import time

from tests.simulation.report import Report
from tests.simulation.seeds import Result, run_seed, run_seeds

#: A run of so many seeds must have seen everything at least once.
COMPLETE_SEEDS = 50


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0 when every invariant held in every seed and nothing was never seen."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="how many seeds (default 100)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (default 0)")
    parser.add_argument("--seed", type=int, help="play this one seed and print its counts")
    parser.add_argument("--processes", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--report", action="store_true", help="print every count")
    parser.add_argument("--stop", action="store_true", help="stop at the first failing seed")
    said = parser.parse_args(arguments)
    if said.seed is not None:
        return _one(said.seed)
    began, total, failed = time.perf_counter(), Report(), list[Result]()
    seeds = range(said.first, said.first + said.seeds)
    for count, result in enumerate(run_seeds(seeds, said.processes), 1):
        total.add(result.report)
        if result.problem:
            failed.append(result)
            print(f"\rseed {result.seed}: {result.problem}", flush=True)
            if said.stop:
                break
        if sys.stderr.isatty():
            print(f"\r{count}/{said.seeds} seeds, {len(failed)} failed", end="", file=sys.stderr, flush=True)
    seconds = time.perf_counter() - began
    zeros = total.zeros() if said.seeds >= COMPLETE_SEEDS else []
    if said.report or zeros:
        print(total.text())
    for zero in zeros:
        print(f"never seen: {zero}")
    print(_last_line(total, failed, seconds))
    return 1 if failed or zeros else 0


def _last_line(total: Report, failed: list[Result], seconds: float) -> str:
    seeds = total.totals["seeds"]
    one = min(r.seed for r in failed) if failed else "K"
    return (
        f"{seeds} seeds, {len(failed)} failed, {seeds / seconds:.2f} seeds/s, "
        f"{total.totals['inputs']:,} inputs, {sum(total.faults.values()):,} faults, "
        f"{sum(total.invariants.values()):,} checks; play one again: python -m tests.simulation --seed {one}"
    )


def _one(seed: int) -> int:
    result = run_seed(seed)
    print(result.report.text())
    if result.problem:
        print(result.where)
        print(f"seed {seed}: {result.problem}")
        return 1
    print(f"seed {seed}: every invariant held")
    return 0


if __name__ == "__main__":
    sys.exit(main())
