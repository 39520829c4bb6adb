"""`ftz entry`: what a person does about a weekly entry after CBP has it."""

from typing import Annotated, Any

import typer

from ftz_cli.client import ask, reach, run_async
from ftz_cli.explain import place
from ftz_cli.screen import guarded, out
from ftz_common.settings import Settings

entry_app = typer.Typer(no_args_is_help=True, help="Weekly entries after CBP has them: corrections.")

Entry = Annotated[str, typer.Argument(help="Entry number, or zone/account/first day of the week")]
Who = Annotated[str, typer.Option(help="Who answers for it")]
Why = Annotated[str, typer.Option(help="Why, for the record")]


@entry_app.command("correct")
@guarded
def correct(
    entry: Entry,
    *,
    who: Who,
    why: Why,
    liquidation_on: Annotated[str, typer.Option(help="As CBP scheduled it, YYYY-MM-DD")] = "",
) -> None:
    """Correct the accepted summaries of a week by the removals that came to light since.

    Example: ftz entry correct 999/acme/2026-03-01 --who p-7 --why "scanned late"
    """
    settings = Settings()
    body = {"who": who, "why": why, **({"liquidation_on": liquidation_on} if liquidation_on else {})}

    async def work() -> Any:
        async with reach(settings) as client:
            where = await place(client, entry.removeprefix("entry/"))
            return await ask(client, "POST", f"/v1/duty/entries/{where}/corrections", json=body)

    run_async(work)
    out.print("it is priced again and filed; old and new figures: ftz explain", entry)
