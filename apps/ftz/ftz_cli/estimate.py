"""`ftz estimate`: what a week's estimate was reckoned from, and a person's confirmation."""

from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.table import Table

from ftz_cli.client import ask, reach, run_async
from ftz_cli.operate import AsJson
from ftz_cli.screen import Failure, guarded, out, print_json
from ftz_common.settings import Settings, told

estimate_app = typer.Typer(
    no_args_is_help=True, help="Weekly estimates: what they were reckoned from, and their confirmation."
)

Zone = Annotated[str, typer.Argument(help="Zone number")]
AccountId = Annotated[str, typer.Argument(help="Account")]
Week = Annotated[str, typer.Argument(help="First day of the week, YYYY-MM-DD")]


def _path(zone: str, account: str, week: str = "") -> str:
    parts = [quote(part, safe="") for part in (zone, account, week) if part]
    return "/v1/duty/estimates/" + "/".join(parts)


@estimate_app.command("show")
@guarded
def show(
    zone: Zone,
    account: AccountId,
    week: Annotated[str, typer.Argument(help="First day of the week; default: every open week")] = "",
    as_json: AsJson = False,
) -> None:
    """Show an account's estimates, or of one week each line with its reason.

    Example: ftz estimate show 999 acme 2026-08-09
    """
    settings = told(Settings)

    async def work() -> Any:
        async with reach(settings) as client:
            return await ask(client, "GET", _path(zone, account, week))

    found = run_async(work)
    if as_json:
        print_json(found)
    elif week:
        _show_week(found)
    else:
        table = Table("week", "draft", "state", title=f"estimates of {account}, next {found['next_week']}")
        for one in found["weeks"]:
            table.add_row(one["week"], str(one["draft"] or ""), _standing(one))
        out.print(table)


def _standing(one: dict[str, Any]) -> str:
    if one["waits_for_a_person"]:
        return "more waits for a person" if one["filed"] else "waits for a person"
    return "filed" if one["filed"] else "nothing to ask for"


def _show_week(found: dict[str, Any]) -> None:
    title = f"week of {found['week']}, draft {found['draft']}: {_standing(found)}"
    table = Table("goods", "on hand", "ordered", "estimate", "why", title=title)
    for reason in found["reasons"]:
        goods = "/".join((reason["number"], reason["status"], reason["origin"], reason["unit"]))
        ordered = reason.get("ordered", "0")
        table.add_row(goods, reason["on_hand"], ordered, reason["quantity"], reason["why"])
    out.print(table)
    out.print(found["basis"], style="dim", markup=False)


@estimate_app.command("confirm")
@guarded
def confirm(
    zone: Zone,
    account: AccountId,
    week: Week,
    *,
    draft: Annotated[int, typer.Option(help="The draft that you looked at")],
    who: Annotated[str, typer.Option(help="Who confirms it")],
    why: Annotated[str, typer.Option(help="For the record")] = "",
    quantity: Annotated[
        list[str] | None,
        typer.Option(help="number/status/origin/unit=quantity in place of the draft's; 0 leaves out"),
    ] = None,
) -> None:
    """Confirm a reckoned estimate; it is filed with CBP.

    Example: ftz estimate confirm 999 acme 2026-08-09 --draft 1 --who p-7 --quantity 6912004400/N/PT/No.=450
    """
    settings = told(Settings)
    body = {"draft": draft, "who": who, "why": why, "quantities": dict(map(_changed, quantity or ()))}

    async def work() -> Any:
        async with reach(settings) as client:
            return await ask(client, "POST", f"{_path(zone, account, week)}/confirmations", json=body)

    run_async(work)
    out.print(f"the estimate of the week of {week} is filed; see ftz estimate show")


def _changed(text: str) -> tuple[str, str]:
    goods, equals, number = text.rpartition("=")
    if not equals:
        raise Failure(
            "no-quantity", f"{text!r} has no =", "number/status/origin/unit=quantity, 6912004400/N/PT/No.=450"
        )
    return goods, number
