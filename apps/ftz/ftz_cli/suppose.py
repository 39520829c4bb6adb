"""`ftz suppose`: what the goods of an entry would have owed otherwise."""

from typing import Annotated, Any

import typer
from rich.table import Table

from ftz_cli.client import ask, reach, run_async
from ftz_cli.explain import place
from ftz_cli.operate import AsJson
from ftz_cli.screen import guarded, out, print_json
from ftz_common.settings import Settings, told


@guarded
def suppose(
    entry: Annotated[str, typer.Argument(help="Entry number, or zone/account/first day of the week")],
    *,
    entries: Annotated[
        str, typer.Option(help="together, withdrawal (each removal singly) or shipment (each 214)")
    ] = "withdrawal",
    on: Annotated[str, typer.Option(help="Entry date of all; default: each its removal")] = "",
    status: Annotated[str, typer.Option(help="N or P for all goods; with P also --filed-on")] = "",
    filed_on: Annotated[str, typer.Option(help="PF filing date")] = "",
    fee_year: Annotated[str, typer.Option(help="Fee table of another fiscal year")] = "",
    as_json: AsJson = False,
) -> None:
    """Suppose the goods of an entry had been entered singly, on another day or in another status.

    Example: ftz suppose 999/acme/2026-03-01 --entries withdrawal
    """
    settings = told(Settings)
    asked = {
        "entries": entries,
        "on": on,
        "status": status,
        "pf_filed_on": filed_on,
        "fee_year": fee_year,
    }

    async def work() -> Any:
        async with reach(settings) as client:
            where = await place(client, entry.removeprefix("entry/"))
            params = {name: value for name, value in asked.items() if value}
            return await ask(client, "GET", f"/v1/duty/entries/{where}/otherwise", params=params)

    found = run_async(work)
    if as_json:
        print_json(found)
        return
    table = Table("", "entries", "duty", "MPF", "total", title=f"{found['entry']} (USD)")
    is_so = found["as_it_is"]
    for name, sums in (("as it is", is_so), ("supposed", found)):
        table.add_row(name, str(sums["entries"]), sums["duty"], sums["mpf"], sums["total"])
    out.print(table)
    year = found["in_52_such_weeks"]["saved"]
    out.print(f"saved by the entry as it is: {found['saved']}; in 52 such weeks {year}")
    for line in found["open"]:
        out.print(f"  no figure: {line}")
    out.print(found["says"], style="dim")
