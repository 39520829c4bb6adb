"""docs/icrs.md from the runs that show each requirement: `python -m tests.golden.icrs.page`.

Every scenario that requirements.yml names is played; what it promised and did not show is said, and the
requirement is then open (exit code 1). A requirement without both an accepting and a refusing run is open.
"""

import asyncio
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ftz_cli.expect import differences, facts_of
from ftz_cli.play import Player
from ftz_cli.scenario import load
from ftz_cli.text_yaml import read_yaml
from ftz_cli.world import simulated
from ftz_common.flow.clock import PlayedClock
from ftz_common.settings import Settings
from ftz_common.web.app import make_app

GOLDEN = Path(__file__).parents[1]
REQUIREMENTS = Path(__file__).parent / "requirements.yml"
PAGE = Path(__file__).parents[3] / "docs" / "icrs.md"


@dataclass(slots=True)
class Seen:
    """Of a run: kinds of facts, and refusals with the rule they name. `wrong`: it is not as its file says."""

    facts: set[str] = field(default_factory=set[str])
    refused: dict[str, str] = field(default_factory=dict[str, str])
    wrong: list[str] = field(default_factory=list[str])


def requirements() -> list[dict[str, Any]]:
    """The table, as its file says it."""
    return read_yaml(REQUIREMENTS)["requirements"]


@cache
def seen(file: str) -> Seen:
    """What a scenario under tests/golden shows."""
    return asyncio.run(_seen(GOLDEN / file))


async def _seen(path: Path) -> Seen:
    loaded = load(path)
    world = simulated(Settings(), PlayedClock(loaded.start), loaded.cbp())
    player = Player(world, loaded, make_app(world.services, [s.api for s in world.services if s.api]))
    await player.play()
    found = Seen(wrong=[*player.unexpected, *await differences(world, loaded.scenario.expect)])
    # A call that was refused was refused as the scenario says, or `wrong` is not empty.
    found.refused.update({step.call.code: "" for _, step in loaded.steps if step.call and step.call.code})
    for kind, _, data in await facts_of(world):
        found.facts.add(kind.removeprefix("ftz.").removesuffix(".v1"))
        found.refused.update(_refusals(kind, data))
    return found


def _refusals(kind: str, data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if ".refused." in kind or (kind.endswith(".outcome.given.v1") and data.get("code")):
        yield data["code"], data.get("citation", "")
    for hold in data.get("holds", []) if kind.endswith(".held.v1") else []:
        yield hold["code"], hold.get("citation", "")
    for code in data.get("codes", []) if kind.endswith(".rejected.v1") else []:
        yield code, "simulated CBP"


@dataclass(frozen=True, slots=True)
class Row:
    """A requirement as the page shows it; `missing`: what its runs did not show."""

    about: dict[str, Any]
    accepted: list[str]
    refused: list[str]
    missing: list[str]

    @property
    def state(self) -> str:
        """Met, or open and why."""
        if self.missing:
            return f"**open**: {'; '.join(self.missing)}"
        if self.about.get("open"):
            return f"**open**: {self.about['open']}"
        lacks = [
            name for name, runs in (("accepting", self.accepted), ("refusing", self.refused)) if not runs
        ]
        return f"**open**: no {' and no '.join(lacks)} case" if lacks else "shown"


def row(about: dict[str, Any]) -> Row:
    """Play what a requirement names."""
    accepted: list[str] = []
    refused: list[str] = []
    missing: list[str] = []
    for run in about.get("accepts", []):
        found = seen(run["file"])
        missing += _not_as_said(run["file"], found)
        missing += [f"{run['file']} shows no {fact}" for fact in run["facts"] if fact not in found.facts]
        accepted.append(f"{', '.join(f'`{fact}`' for fact in run['facts'])} ({_link(run['file'])})")
    for run in about.get("refuses", []):
        found = seen(run["file"])
        missing += _not_as_said(run["file"], found)
        missing += [
            f"{run['file']} refuses nothing with {code}" for code in run["codes"] if code not in found.refused
        ]
        said = ", ".join(f"`{code}`{_rule(found.refused.get(code, ''))}" for code in run["codes"])
        refused.append(f"{said} ({_link(run['file'])})")
    return Row(about, accepted, refused, missing)


def _not_as_said(file: str, found: Seen) -> list[str]:
    return [f"{file} is not as it says"] if found.wrong else []


def _rule(citation: str) -> str:
    return f" {citation}" if citation else ""


def _link(file: str) -> str:
    return f"[{Path(file).stem}](../tests/golden/{file})"


def page(rows: Iterable[Row]) -> str:
    """The whole page."""
    made = list(rows)
    shown = sum(r.state == "shown" for r in made)
    lines = [
        "# An inventory control and recordkeeping system (19 CFR 146.21 to 146.26)",
        "",
        "Made by `make icrs` from the runs that it names: what the regulation asks of the system, the facts",
        "that show it, and the refusals with which a run says no, each with the rule that it names.",
        "A requirement without both is open.",
        f"{shown} of {len(made)} are shown.",
        "",
        "| | requirement | accepted | refused | |",
        "|---|---|---|---|---|",
    ]
    for each in made:
        about = each.about
        cells = [
            about["id"],
            f"{about['requires']} ({about['cite']})",
            "<br>".join(each.accepted),
            "<br>".join(each.refused),
            each.state,
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the page; exit code 1 when a run did not show what it should."""
    rows = [row(about) for about in requirements()]
    PAGE.write_text(page(rows), encoding="utf-8")
    bad = [line for each in rows for line in each.missing]
    for line in bad:
        print(line, file=sys.stderr)
    print(PAGE.relative_to(PAGE.parents[1]))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
