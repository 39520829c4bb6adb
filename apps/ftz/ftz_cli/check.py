"""`ftz check`: play scenarios through the real services in a simulated world, and say what differs."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ftz_cli.client import run_async
from ftz_cli.expect import differences
from ftz_cli.operate import AsJson
from ftz_cli.play import Player
from ftz_cli.scenario import load
from ftz_cli.screen import DIFFERENT, Failure, guarded, out, print_json
from ftz_cli.text_yaml import FileError
from ftz_cli.world import simulated
from ftz_common.flow.clock import PlayedClock
from ftz_common.settings import Settings, told
from ftz_common.web.app import make_app


async def checked(path: Path) -> list[str]:
    """What a scenario file expects and does not get; raises `FileError` for an unusable file."""
    loaded = load(path)
    world = simulated(told(Settings), PlayedClock(loaded.start), loaded.cbp())
    app = make_app(world.services, [s.api for s in world.services if s.api is not None])
    player = Player(world, loaded, app)
    await player.play()
    return [*player.unexpected, *await differences(world, loaded.scenario.expect)]


@guarded
def check(
    files: Annotated[list[Path], typer.Argument(help="Scenario files (docs/scenarios.md)")],
    as_json: AsJson = False,
) -> None:
    """Play scenario files in a simulated world and print what differs. Exit code 1 if anything does.

    Example: ftz check tests/golden/*.yaml
    """
    results: list[dict[str, Any]] = []
    for file in files:
        try:
            found = run_async(lambda file=file: checked(file))
        except FileError as error:
            raise Failure("scenario", str(error), "see docs/scenarios.md") from error
        results.append({"file": str(file), "differences": found})
        if not as_json:
            out.print(f"[{'red' if found else 'green'}]{'differs' if found else 'as said'}[/] {file}")
            for line in found:
                out.print(f"    {line}", markup=False)
    if as_json:
        print_json({"scenarios": results})
    if any(result["differences"] for result in results):
        raise typer.Exit(DIFFERENT)
