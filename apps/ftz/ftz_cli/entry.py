"""`ftz entry`: what a person does about an entry after CBP has it."""

from typing import Annotated, Any

import typer

from ftz_cli.client import ask, reach, run_async
from ftz_cli.explain import place
from ftz_cli.screen import guarded, out
from ftz_common.settings import Settings, told

entry_app = typer.Typer(
    no_args_is_help=True, help="Weekly entries after CBP has them: corrections, cancellations, more time."
)

Entry = Annotated[str, typer.Argument(help="Entry number, or zone/account/period (first day of the week)")]
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
    settings = told(Settings)
    body = {"who": who, "why": why, **({"liquidation_on": liquidation_on} if liquidation_on else {})}

    async def work() -> Any:
        async with reach(settings) as client:
            where = await place(client, entry.removeprefix("entry/"))
            return await ask(client, "POST", f"/v1/duty/entries/{where}/corrections", json=body)

    run_async(work)
    out.print("it is priced again and filed; old and new figures: ftz explain", entry)


@entry_app.command("cancelled")
@guarded
def cancelled(
    entry: Entry,
    *,
    number: Annotated[str, typer.Option(help="Of the cancelled entry of that week")],
    at: Annotated[str, typer.Option(help="Instant of CBP's notice, with its offset")],
    reference: Annotated[str, typer.Option(help="Number of the notice")],
    who: Who,
    why: Why,
) -> None:
    """Record that CBP cancelled an entry: what had not left under it may not leave any more.

    Example: ftz entry cancelled 999/acme/2026-08-09 --number Z99-2600001-1 --at 2026-08-12T10:00:00-04:00 \
        --reference N-1 --who p-7 --why "not removed"
    """
    settings = told(Settings)
    body = {"entry_number": number, "cancelled_at": at, "reference": reference, "who": who, "why": why}

    async def work() -> Any:
        async with reach(settings) as client:
            where = await place(client, entry.removeprefix("entry/"))
            return await ask(client, "POST", f"/v1/duty/entries/{where}/cancellations", json=body)

    run_async(work)
    out.print(f"{number} is cancelled for what had not left; the goods are in the zone in their status")


@entry_app.command("extended")
@guarded
def extended(
    entry: Entry,
    *,
    number: Annotated[str, typer.Option(help="Of the entry whose goods have more time")],
    remove_by: Annotated[str, typer.Option(help="The last day, YYYY-MM-DD")],
    who: Who,
    why: Why,
) -> None:
    """Record that the port director gave more than five working days to remove definite goods.

    Example: ftz entry extended 999/acme/2026-11-20.day --number Z99-2600001-1 --remove-by 2026-12-04 \
        --who p-7 --why "carrier's strike, letter 12"
    """
    settings = Settings()
    body = {"entry_number": number, "remove_by": remove_by, "reason": why, "who": who}

    async def work() -> Any:
        async with reach(settings) as client:
            where = await place(client, entry.removeprefix("entry/"))
            return await ask(client, "POST", f"/v1/duty/entries/{where}/extensions", json=body)

    run_async(work)
    out.print(f"{number}: its goods may leave until {remove_by}")
