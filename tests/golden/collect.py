"""Golden facts from real runs: `python -m tests.golden.collect` adds the files that are missing.

Plays every case and the sample zone in memory, and keeps for each type the fact that says most. A file that
is there is never written again: what was shipped once is a promise. Prints the types that no run produced.
"""

import asyncio
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ftz_cli.expect import facts_of
from ftz_cli.play import Player
from ftz_cli.scenario import load
from ftz_cli.world import simulated
from ftz_common.contracts.table import BY_TYPE
from ftz_common.flow.clock import PlayedClock
from ftz_common.settings import Settings
from ftz_common.web.app import make_app

HERE = Path(__file__).parent
FACTS = HERE / "facts"
SAMPLE = HERE.parents[1] / "samples" / "home-goods" / "scenario.yaml"
#: Longer examples are no better to read.
BYTES_MAX = 6_000


def scenario_files() -> list[Path]:
    """Everything that is played to find examples."""
    return [*sorted((HERE / "cases").glob("*.yaml")), *sorted((HERE / "icrs").glob("*.yaml")), SAMPLE]


async def said_in(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """Every fact of a run, with its type."""
    loaded = load(path)
    world = simulated(Settings(), PlayedClock(loaded.start), loaded.cbp())
    app = make_app(world.services, [s.api for s in world.services if s.api is not None])
    await Player(world, loaded, app).play()
    return [(fact_type, data) for fact_type, _, data in await facts_of(world)]


def examples(said: Iterable[tuple[str, dict[str, Any]]]) -> dict[str, str]:
    """For each type the fact with the most fields, then the longest, then the first in order of its text."""
    best: dict[str, tuple[int, int, str]] = {}
    for fact_type, data in said:
        text = json.dumps(data, ensure_ascii=False, indent=2)
        rank = (len(data), len(text) if len(text) <= BYTES_MAX else 0, text)
        if fact_type not in best or rank > best[fact_type]:
            best[fact_type] = rank
    return {fact_type: text for fact_type, (_, _, text) in best.items()}


async def main() -> int:
    """Write what is missing; exit code 1 when a type has no file and no run produces it."""
    FACTS.mkdir(exist_ok=True)
    missing = set(BY_TYPE) - {path.stem for path in FACTS.glob("*.json")}
    if not missing:
        return 0
    said = [fact for path in scenario_files() for fact in await said_in(path)]
    found = examples(fact for fact in said if fact[0] in missing)
    for fact_type in sorted(found):
        (FACTS / f"{fact_type}.json").write_text(found[fact_type] + "\n", encoding="utf-8")
        print(f"added {fact_type}")
    for fact_type in sorted(missing - set(found)):
        print(f"no run produces {fact_type}", file=sys.stderr)
    return 1 if missing - set(found) else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
