"""`ftz fees`: the harbor maintenance fee of an applicant's quarter, as CBP Form 349 has it."""

from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.table import Table

from ftz_cli.client import ask, reach, run_async
from ftz_cli.operate import AsJson
from ftz_cli.screen import guarded, out, print_json
from ftz_common.settings import Settings

fees_app = typer.Typer(
    no_args_is_help=True, help="Fees that are not of an entry: HMF by quarter (CBP Form 349)."
)

Zone = Annotated[str, typer.Argument(help="Zone number")]
Applicant = Annotated[str, typer.Argument(help="Party id of the applicant for admission")]
On = Annotated[str, typer.Argument(help="Any day of the quarter, YYYY-MM-DD")]


def _path(zone: str, applicant: str, on: str) -> str:
    return f"/v1/duty/harbor-fees/{quote(zone, safe='')}/{quote(applicant, safe='')}/{on}"


@fees_app.command("harbor")
@guarded
def harbor(zone: Zone, applicant: Applicant, on: On, as_json: AsJson = False) -> None:
    """Show the quarter that holds a day: ports, values, fee, what is paid.

    Example: ftz fees harbor 999 party-acme 2026-09-30
    """
    settings = Settings()

    async def work() -> Any:
        async with reach(settings) as client:
            return await ask(client, "GET", _path(zone, applicant, on))

    found = run_async(work)
    if as_json:
        print_json(found)
        return
    table = Table(
        "port", "214s", "value", "fee", title=f"CBP 349, {applicant}, {found['first']} to {found['last']}"
    )
    for port in found["ports"]:
        table.add_row(port["port"], str(len(port["admissions"])), port["value"], port["fee"])
    out.print(table)
    out.print(
        f"fee {found['fee']} USD (class {found['class_code']}), paid {found['paid']}, open {found['open']},"
        f" due {found['due_on']}"
    )
    for note in found["notes"]:
        out.print(note, style="dim")


@fees_app.command("paid")
@guarded
def paid(
    zone: Zone,
    applicant: Applicant,
    on: On,
    *,
    amount: Annotated[str, typer.Option(help="USD")],
    paid_on: Annotated[str, typer.Option(help="Day of the payment, YYYY-MM-DD")],
    reference: Annotated[str, typer.Option(help="Number of the payment")],
    who: Annotated[str, typer.Option(help="Who says so")],
) -> None:
    """Confirm that the form of a quarter is filed and paid.

    Example: ftz fees paid 999 p-acme 2026-09-30 --amount 156.88 --paid-on 2026-10-20 --reference P1 --who me
    """
    settings = Settings()
    body = {"amount": amount, "paid_on": paid_on, "reference": reference, "who": who}

    async def work() -> Any:
        async with reach(settings) as client:
            return await ask(client, "POST", f"{_path(zone, applicant, on)}/payments", json=body)

    run_async(work)
    out.print(f"{amount} USD of the quarter of {on} are paid")
