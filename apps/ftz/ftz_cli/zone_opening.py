"""`ftz zone open-balance`: an existing zone starts with what it holds, each layer with its original 214."""

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.progress import Progress

from ftz_cli.client import ask, reach, run_async
from ftz_cli.operate import AsJson, send
from ftz_cli.screen import Failure, counted, err, guarded, out, print_json
from ftz_cli.zone import ZoneNumber, zone_app
from ftz_common.settings import Settings, told


@zone_app.command("open-balance")
@guarded
def open_balance(
    file: Annotated[Path, typer.Argument(help="CSV: see docs/zone.md")],
    *,
    zone: Annotated[str, typer.Option(help="Zone number")],
    as_of: Annotated[str, typer.Option(help="The day at whose end the goods are there: YYYY-MM-DD")],
    who: Annotated[str, typer.Option(help="Who certifies the file")],
    certificate: Annotated[str, typer.Option(help="What certifies it: a count, a reconciliation, its date")],
    name: Annotated[str, typer.Option(help="Name of the balance; another file needs another")] = "opening",
    check_only: Annotated[bool, typer.Option("--check", help="Examine the file; open nothing")] = False,
    as_json: AsJson = False,
) -> None:
    """Take over an existing zone: the whole file is examined first, then taken, or nothing of it.

    Interrupted, it is run again with the same file and goes on where it stopped.

    Example: ftz zone open-balance balance.csv --zone 999 --as-of 2026-06-30 --who p-7
    --certificate "physical inventory of 30 June 2026"
    """
    if not file.is_file():
        raise Failure("no-such-file", f"{file} is not there", "name the CSV of what the zone holds")
    content = file.read_bytes()
    address = f"/v1/admissions/zones/{quote(zone, safe='')}/opening-balance"

    async def work() -> Any:
        async with reach(told(Settings), create=False) as client:
            with Progress(console=err, transient=True, disable=as_json) as progress:
                task = progress.add_task("examining the file", total=None)
                found = await ask(
                    client, "POST", f"{address}/check", params={"as_of": as_of}, content=content
                )
                if check_only:
                    return found
                progress.update(task, description="opening layers", total=found["parts"], completed=0)
                body = {"sha256": found["sha256"], "as_of": as_of, "who": who, "certificate": certificate}
                for part in range(1, found["parts"] + 1):
                    path = f"{address}/{quote(name, safe='')}/parts"
                    await ask(client, "POST", path, json=body | {"part": part})
                    progress.update(task, advance=1)
                return found

    answer = run_async(work)
    if as_json:
        print_json(answer)
        return
    statuses = ", ".join(f"{count} {status}" for status, count in sorted(answer["layers_by_status"].items()))
    done = "can be opened" if check_only else "opened"
    out.print(f"{counted(answer['rows'], 'layer')} ({statuses}) worth {answer['value']} USD {done}")
    out.print(f"file {answer['sha256']}")


@zone_app.command("continue-numbers")
@guarded
def continue_numbers(
    zone: ZoneNumber,
    year: Annotated[str, typer.Argument(help="Two digits")],
    *,
    last: Annotated[int, typer.Option(help="The last number that another system gave this year")],
    who: Annotated[str, typer.Option(help="Who answers for it")],
    why: Annotated[str, typer.Option(help="From which system, on which day")],
    as_json: AsJson = False,
) -> None:
    """Go on with the 214 numbers of a year where another system stopped (19 CFR 146.32(a)).

    Example: ftz zone continue-numbers 999 26 --last 214 --who p-7 --why "old system, closed 30 June"
    """
    body = {"last": last, "who": who, "why": why}
    answer = send("POST", f"/v1/admissions/numbers/{quote(zone)}/{quote(year)}/continue", json=body)
    print_json(answer) if as_json else out.print(f"the next 214 of {zone}-{year} is number {last + 1}")
