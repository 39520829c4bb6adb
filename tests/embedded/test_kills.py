"""Killed with SIGKILL again and again while it plays, `ftz run` loses nothing and doubles nothing."""

import asyncio
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random  # noqa: TID251 the seed of the moments is in the test
from typing import Any

import pytest

from ftz_cli.expect import facts_of
from ftz_cli.world import DATABASE, embedded
from ftz_common.flow.clock import PlayedClock
from ftz_common.settings import Settings
from ftz_common.values.calendar import parse_instant

KILLS = 21
SEED = 81
PLAYS_UNTIL = "2026-02-24T00:00:00-05:00"
#: Polls of the file's journal between looks at whether the process still lives.
LOOK_SECONDS = 0.002

Said = tuple[str, str, dict[str, Any]]


def commits(var: Path) -> int:
    """How many commits the journal holds; 0 before there is one."""
    try:
        connection = sqlite3.connect(f"file:{var / DATABASE}?mode=ro", uri=True)
        try:
            return connection.execute("SELECT coalesce(max(position), 0) FROM commits").fetchone()[0]
        finally:
            connection.close()
    except sqlite3.Error:
        return 0


def kill_at(process: "subprocess.Popen[str]", var: Path, target: int, seconds: float) -> bool:
    """SIGKILL once the journal holds so many commits, at least one more than now, and a little later.

    False if it was done before.
    """
    target = max(target, commits(var) + 1)
    while commits(var) < target:
        if process.poll() is not None:
            return False
        time.sleep(LOOK_SECONDS)
    time.sleep(seconds)
    if process.poll() is not None:
        return False
    process.kill()
    process.wait()
    return True


def everything(var: Path) -> list[Said]:
    """Every fact in the journal of a stopped world."""

    async def read() -> list[Said]:
        world = embedded(Settings(var=str(var)), PlayedClock(parse_instant("2026-02-01T00:00:00Z")))
        try:
            return await facts_of(world)
        finally:
            await world.close()

    return asyncio.run(read())


def without_numbers(said: list[Said], fact_type: str, *names: str) -> list[tuple[Any, ...]]:
    """These fields of the facts of a type, sorted, with their stream."""
    return sorted(
        (stream, *(str(data.get(name)) for name in names)) for t, stream, data in said if t == fact_type
    )


SAME: list[tuple[str, tuple[str, ...]]] = [
    ("ftz.inventory.layer.opened.v1", ("layer", "quantity", "value", "admitted_on", "status")),
    ("ftz.inventory.stock.drawn.v1", ("withdrawal", "removed_at", "week")),
    ("ftz.inventory.cover.drawn.v1", ("withdrawal", "quantity", "remaining")),
    ("ftz.duty.withdrawal.priced.v1", ("withdrawal", "entry")),
    ("ftz.duty.entry.compiled.v1", ("line_count", "entered_value", "duty", "mpf", "total", "unpriced")),
    ("ftz.duty.entrylines.compiled.v1", ("lines",)),
    ("ftz.admissions.outcome.given.v1", ("source", "event", "result", "code")),
    ("ftz.classification.outcome.given.v1", ("source", "event", "result", "code")),
    ("ftz.inventory.outcome.given.v1", ("source", "event", "result", "code")),
    ("ftz.alerts.alert.raised.v1", ("kind", "subject", "severity")),
    ("ftz.alerts.alert.resolved.v1", ("kind", "subject")),
]


@pytest.mark.slow
def test_killed_again_and_again_it_ends_as_if_it_never_was(
    tmp_path: Path, start: Any, first_weeks: Callable[[str], Path]
) -> None:
    scenario = first_weeks(PLAYS_UNTIL)
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    unkilled = start(whole, "run", scenario, "--once")
    assert unkilled.wait() == 0, unkilled.stderr.read()
    moments = Random(SEED)
    last = commits(whole)
    targets = [int(last * (kill + moments.random()) / (KILLS + 1)) for kill in range(KILLS)]
    kills = sum(
        kill_at(start(broken, "run", scenario, "--once"), broken, target, moments.random() / 50)
        for target in targets
    )
    assert kills >= 20
    survivor = start(broken, "run", scenario, "--once")
    assert survivor.wait() == 0, survivor.stderr.read()
    verified = start(broken, "verify")
    assert verified.wait() == 0, verified.stdout.read()
    before, after = everything(whole), everything(broken)
    assert Counter(t for t, _, _ in after) == Counter(t for t, _, _ in before)
    for fact_type, names in SAME:
        assert without_numbers(after, fact_type, *names) == without_numbers(before, fact_type, *names)
        assert without_numbers(after, fact_type, *names), fact_type
