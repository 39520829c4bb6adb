"""The sample zone on a file: it comes out as it says, and its feed is what its generator makes."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from ftz_cli.expect import differences
from ftz_cli.play import Player
from ftz_cli.scenario import load
from ftz_cli.world import embedded
from ftz_common.flow.clock import PlayedClock
from ftz_common.settings import Settings
from ftz_common.web.app import make_app

SAMPLE = Path(__file__).parents[2] / "samples" / "home-goods"


def test_the_generator_makes_the_same_bytes() -> None:
    done = subprocess.run(  # noqa: S603 our own file
        [sys.executable, str(SAMPLE / "generate.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_it_comes_out_as_it_says(tmp_path: Path) -> None:
    loaded = load(SAMPLE / "scenario.yaml")

    async def play() -> list[str]:
        world = embedded(Settings(var=str(tmp_path)), PlayedClock(loaded.start), loaded.cbp())
        app = make_app(world.services, [s.api for s in world.services if s.api is not None])
        player = Player(world, loaded, app)
        try:
            await player.play()
            return [*player.unexpected, *await differences(world, loaded.scenario.expect)]
        finally:
            await world.close()

    assert asyncio.run(play()) == []
