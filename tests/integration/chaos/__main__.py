"""`python -m tests.integration.chaos`: everything that can be killed is, then a census."""

import argparse
import tempfile
import time
from pathlib import Path

from tests.integration.chaos import faults
from tests.integration.chaos.run import spawned_run
from tests.integration.servers.settings import ServerSettings

from ftz_common.process import loop

#: Fewer than these, and the run proves little.
RECORDS = 20_000


def main() -> None:
    """Run it and print the table; exit code 1 when anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=800, help="at least so many; each is some 30 records")
    parser.add_argument("--kills", type=int, default=24, help="how often a service is killed (SIGKILL)")
    parser.add_argument("--seed", type=int, default=1, help="which victims, and when")
    told = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        report = loop.run(
            spawned_run(ServerSettings(), Path(name), orders=told.orders, kills=told.kills, seed=told.seed)
        )
    report.at_least("records on the topics", RECORDS)
    report.at_least(faults.RESTARTED, 2)
    print(report.table())
    print(f"{time.monotonic() - began:,.0f} s, seed {told.seed}")
    raise SystemExit(1 if report.wrong else 0)


if __name__ == "__main__":
    main()
