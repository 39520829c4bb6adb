"""`ftz fees`: the harbor maintenance fee of an applicant's quarter, as CBP Form 349 has it."""

from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.table import Table

from ftz_cli.client import ask, reach, run_async
from ftz_cli.explain import place
from ftz_cli.operate import AsJson
from ftz_cli.screen import guarded, out, print_json
from ftz_common.settings import Settings, told

fees_app = typer.Typer(
    no_args_is_help=True, help="What is paid: HMF by quarter (CBP Form 349), and a week by ACH."
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
    settings = told(Settings)

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


@fees_app.command("statement")
@guarded
def statement(
    entry: Annotated[str, typer.Argument(help="Entry number, or zone/account/first day of the week")],
    as_json: AsJson = False,
) -> None:
    """Show what a week pays by ACH, by accounting class, and what is held back and why.

    Example: ftz fees statement 999/acme/2026-03-01
    """
    settings = told(Settings)

    async def work() -> Any:
        async with reach(settings) as client:
            where = await place(client, entry.removeprefix("entry/"))
            return await ask(client, "GET", f"/v1/duty/entries/{where}/statement")

    found = run_async(work)
    if as_json:
        print_json(found)
        return
    table = Table("entry", "date", "class", "USD", title=f"pay by {found['pay_by'] or 'not known yet'}")
    for line in found["entries"]:
        for part in line["classes"]:
            table.add_row(line["entry_number"], line["entry_date"], part["class"], part["amount"])
    out.print(table)
    out.print(f"total {found['total']} USD")
    for one in found["held"]:
        out.print(f"held: {one['entry_number']}: {one['why']}", markup=False)


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
    settings = told(Settings)
    body = {"amount": amount, "paid_on": paid_on, "reference": reference, "who": who}

    async def work() -> Any:
        async with reach(settings) as client:
            return await ask(client, "POST", f"{_path(zone, applicant, on)}/payments", json=body)

    run_async(work)
    out.print(f"{amount} USD of the quarter of {on} are paid")
