"""Playing and checking scenarios: what an interrupted run leaves, and what an expectation can say."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ftz_cli.expect import differences, facts_of, field
from ftz_cli.play import Player
from ftz_cli.scenario import AlertExpected, BalanceExpected, Expected, FactExpected, OutcomeExpected, load
from ftz_cli.screen import Failure
from ftz_cli.world import World, embedded, simulated
from ftz_common.flow.clock import PlayedClock
from ftz_common.settings import Settings
from ftz_common.values.calendar import parse_instant
from ftz_common.web.app import make_app

CASES = Path(__file__).parents[1] / "golden" / "cases"


def player_of(path: Path, world: World | None = None) -> Player:
    """A player on a world in memory."""
    loaded = load(path)
    made = world or simulated(Settings(), PlayedClock(loaded.start), loaded.cbp())
    return Player(made, loaded, make_app(made.services, [s.api for s in made.services if s.api is not None]))


def test_whose_database_it_is_stands_there_before_anything_happens() -> None:
    """A run that is killed in its first moment must find its scenario begun, not somebody's database."""

    async def play() -> tuple[bool, int]:
        player = player_of(CASES / "one-order.yaml")

        async def killed() -> int:
            raise KeyboardInterrupt

        player.world.settle = killed  # type: ignore[method-assign] the first thing after the note
        with pytest.raises(KeyboardInterrupt):
            await player.play()
        progress = await player.progress()
        assert progress is not None
        return progress.finished, progress.steps_done

    assert asyncio.run(play()) == (False, 0)


@pytest.mark.parametrize("settled", range(1, 11))
def test_stopped_after_any_step_it_goes_on_as_if_it_never_was(tmp_path: Path, settled: int) -> None:
    """Also between what was published and what became of it: its instant must not lie in the future then."""
    loaded = load(CASES / "one-order.yaml")

    async def play(*, stop: bool) -> list[str]:
        world = embedded(Settings(var=str(tmp_path)), PlayedClock(parse_instant("1970-01-01T00:00:00Z")))
        player = player_of(CASES / "one-order.yaml", world)
        whole, calls = world.settle, iter(range(settled))

        async def counted() -> int:
            if next(calls, None) is None:
                raise KeyboardInterrupt
            return await whole()

        if stop:
            world.settle = counted  # type: ignore[method-assign] stops the run there
        try:
            await player.play()
            refused = [t for t, _, _ in await facts_of(world) if t.endswith(".intake.refused.v1")]
            return [*refused, *player.unexpected, *await differences(world, loaded.scenario.expect)]
        finally:
            world.settle = whole
            await world.close()

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(play(stop=True))
    assert asyncio.run(play(stop=False)) == []


def test_a_database_in_which_another_scenario_was_begun_is_left_alone() -> None:
    async def play() -> None:
        first = player_of(CASES / "one-order.yaml")
        loaded = first.loaded

        def stop(_done: int, _total: int, _at: Any) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            await first.play(stop)
        other = player_of(CASES / "late-removal.yaml", first.world)
        with pytest.raises(Failure) as failure:
            await other.play()
        assert (failure.value.code, "FTZ_VAR" in failure.value.remedy) == ("scenario-changed", True)
        assert loaded.scenario.name == "one-order"

    asyncio.run(play())


def test_a_finished_scenario_is_not_played_again() -> None:
    async def play() -> list[int]:
        player = player_of(CASES / "one-order.yaml")
        steps: list[int] = []
        await player.play(lambda done, _n, _at: steps.append(done))
        await player.play(lambda done, _n, _at: steps.append(done))
        return steps

    assert asyncio.run(play()) == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("week", "2026-03-01"),
        ("lines.0.duty", "4.00"),
        ("lines.1.duty", "9.20"),
        ("lines.2.duty", None),
        ("lines.number=82.duty", "9.20"),
        ("lines.number=82,origin=TR.duty", "9.20"),
        ("lines.number=82,origin=PT.duty", None),
        ("lines.nothing.duty", None),
        ("week.number", None),
    ],
)
def test_a_field_by_its_path(path: str, found: str | None) -> None:
    data = {
        "week": "2026-03-01",
        "lines": [{"number": "69", "duty": "4.00"}, {"number": "82", "origin": "TR", "duty": "9.20"}],
    }
    assert field(data, path) == found


WRONG: list[tuple[Expected, str]] = [
    (
        Expected(
            facts=[FactExpected("duty.entry.compiled", where={"week": "2026-03-01"}, has={"duty": "4.01"})]
        ),
        "duty is '4.00', expected '4.01'",
    ),
    (Expected(facts=[FactExpected("inventory.draw.suspended")]), "expected, not found"),
    (Expected(facts=[FactExpected("inventory.stock.drawn", count=2, why="two left")]), "found 1 (two left)"),
    (Expected(balances=[BalanceExpected("acme", "MUG", "91")]), "balance of acme MUG: 90, expected 91"),
    (
        Expected(balances=[BalanceExpected("acme", "MUG", "90", as_of="2026-03-03")]),
        "balance of acme MUG 2026-03-03: 100, expected 90",
    ),
    (Expected(outcomes=[OutcomeExpected("ship-1", "dock", "refused")]), "expected refused"),
    (Expected(outcomes=[OutcomeExpected("ship-9", "dock", "accepted")]), "none, expected accepted"),
    (Expected(alerts=[AlertExpected("suspended-draw", raised=1)]), "0 raised, expected 1"),
    (Expected(alerts=[AlertExpected("suspended-draw", open=2)]), "0 open, expected 2"),
]


@pytest.fixture(scope="module")
def said() -> Callable[[Expected], list[str]]:
    async def play() -> World:
        player = player_of(CASES / "one-order.yaml")
        await player.play()
        return player.world

    world = asyncio.run(play())
    return lambda expected: asyncio.run(differences(world, expected))


@pytest.mark.parametrize(
    ("expected", "sentence"), WRONG, ids=lambda value: value if isinstance(value, str) else ""
)
def test_what_differs_is_said(
    said: Callable[[Expected], list[str]], expected: Expected, sentence: str
) -> None:
    (found,) = said(expected)
    assert sentence in found
