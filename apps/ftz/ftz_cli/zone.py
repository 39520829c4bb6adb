"""Verbs of the zone: check and apply its description, show it and its history, its bond's exposure."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import httpx
import typer

from ftz_cli.client import ask, reach, run_async
from ftz_cli.operate import AsJson, get, send
from ftz_cli.screen import DIFFERENT, Failure, counted, guarded, out, print_json, table
from ftz_cli.text_yaml import FileError
from ftz_cli.world import DATABASE, simulated
from ftz_cli.zone_file import read_zone
from ftz_common.flow.clock import PlayedClock, SystemClock
from ftz_common.settings import Settings, told
from ftz_common.values.exact import rounded
from ftz_common.web.app import make_app

#: Of a bond that says nothing else (contracts: Bond.warn_percent).
WARN_PERCENT = 80
LEVELS = {"": "", "warning": ": near the bond", "limit": ": above the bond"}

zone_app = typer.Typer(no_args_is_help=True, help="The zone: who, where, by which procedures.")
ZoneFile = Annotated[Path, typer.Argument(help="A zone.yaml (format ftz.zone/1)")]
ZoneNumber = Annotated[str, typer.Argument(help="Zone number, three digits")]


def _application(file: Path) -> dict[str, Any]:
    try:
        return read_zone(file)
    except FileError as error:
        raise Failure("zone-file", str(error), "see samples/home-goods/zone.yaml") from error


@zone_app.command("apply")
@guarded
def zone_apply(
    file: ZoneFile,
    *,
    who: Annotated[str, typer.Option(help="Who answers for the change; default: you")] = "",
    why: Annotated[str, typer.Option(help="Why: kept in the zone's history")] = "",
    as_json: AsJson = False,
) -> None:
    """Apply a zone.yaml: the zone is from now on as the file says; what it was before stays readable.

    Example: ftz zone apply samples/home-goods/zone.yaml --why "new bond"
    """
    answer = send("POST", "/v1/admissions/zones", json=_application(file) | {"who": who, "why": why})
    if as_json:
        print_json(answer)
    else:
        out.print(f"zone applied: {answer['stream']} is at version {answer['version']}")


@asynccontextmanager
async def _checking() -> AsyncGenerator[httpx.AsyncClient]:
    """The running world, or one in memory where there is no database: a check leaves nothing behind."""
    settings = told(Settings)
    if (Path(settings.var) / DATABASE).exists():
        async with reach(settings, create=False) as client:
            yield client
        return
    world = simulated(settings, PlayedClock(SystemClock().now()))
    app = make_app(world.services, [s.api for s in world.services if s.api is not None])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://ftz") as client:
        yield client
    await world.close()


@zone_app.command("check")
@guarded
def zone_check(file: ZoneFile, as_json: AsJson = False) -> None:
    """Say what is wrong with a zone.yaml, what it would change, and what is missed; nothing is applied.

    Exit code 1 if it would be refused.

    Example: ftz zone check samples/home-goods/zone.yaml
    """
    application = _application(file)

    async def work() -> Any:
        async with _checking() as client:
            return await ask(client, "POST", "/v1/admissions/zones/check", json=application)

    answer = run_async(work)
    if as_json:
        print_json(answer)
    else:
        _show_check(answer)
    if answer["problems"]:
        raise typer.Exit(DIFFERENT)


def _show_check(answer: dict[str, Any]) -> None:
    rows = [[p["place"], f"{p['reason']}\n{p['citation']}\nnext: {p['remedy']}"] for p in answer["problems"]]
    if rows:
        table(
            counted(len(rows), "problem"), ["place", "what, by which rule, what to do"], rows, whole=["place"]
        )
    else:
        out.print(f"zone {answer['zone']} can be applied")
    changed = ", ".join(answer["changes"]) or "nothing"
    if answer["standing_from"]:
        out.print(f"against what stands since {answer['standing_from']} it changes: {changed}")
    for advice in answer["advice"]:
        out.print(f"advice: {advice}")


@zone_app.command("show")
@guarded
def zone_show(zone: Annotated[str, typer.Argument(help="Zone number")] = "", as_json: AsJson = False) -> None:
    """Show the zones, or one of them with its history."""
    answer = get(f"/v1/admissions/zones/{quote(zone, safe='')}" if zone else "/v1/admissions/zones")
    print_json(answer) if as_json else out.print_json(data=answer)


@zone_app.command("history")
@guarded
def zone_history(zone: ZoneNumber, as_json: AsJson = False) -> None:
    """Who changed what of a zone, from when, and why (19 CFR 146.21(b)).

    Example: ftz zone history 999
    """
    history = get(f"/v1/admissions/zones/{quote(zone, safe='')}")["history"]
    told = [{k: said.get(k, "") for k in ("effective_from", "applied_at", "who", "why")} for said in history]
    for row, said in zip(told, history, strict=True):
        row["changed"] = said.get("changed", []) or ["first document"]
    if as_json:
        print_json({"zone": zone, "history": told})
        return
    rows = [
        [r["effective_from"], r["applied_at"][:16], r["who"], ", ".join(r["changed"]), r["why"]] for r in told
    ]
    table(
        f"zone {zone}: {counted(len(rows), 'document')}", ["from", "applied", "who", "changed", "why"], rows
    )


@zone_app.command("exposure")
@guarded
def zone_exposure(
    zone: ZoneNumber,
    as_of: Annotated[str | None, typer.Option(help="At the end of this local day; default: today")] = None,
    as_json: AsJson = False,
) -> None:
    """The value that the operator's bond answers for now: foreign goods on hand, beside its amount.

    Duty is not evaluated: damages follow the value of the goods (19 CFR 113.73). Exit code 1 above the bond.
    From `bond.warn_percent` of it on there is an alert (`ftz alerts`) until goods have left.

    Example: ftz zone exposure 999
    """
    document = get(f"/v1/admissions/zones/{quote(zone, safe='')}")["zone"]
    by_status = {status: Decimal(0) for status in "PNZ"}
    for account in document["accounts"]:
        today = SystemClock().now().astimezone(ZoneInfo(document["timezone"])).date()
        asked = {"account": account["id"], "as_of": as_of or today.isoformat()}
        found = get("/v1/inventory/balances/totals", **asked)
        while True:
            for row in found["totals"]:
                if row["status"] in by_status and row["site"] == document["site"]["id"]:
                    by_status[row["status"]] += Decimal(row["worth"])
            if not found["next"]:
                break
            found = get("/v1/inventory/balances/totals", **asked, after=found["next"])
    bond = document.get("bond")
    amount = Decimal(bond["amount"]) if bond else None
    total = sum(by_status.values(), Decimal(0))
    percent = rounded(total * 100 / amount, Decimal("0.1")) if amount else None
    warn = bond.get("warn_percent", WARN_PERCENT) if bond else None
    level = "limit" if amount is not None and total > amount else ""
    if not level and percent is not None and total * 100 >= amount * warn:
        level = "warning"
    said = {
        "zone": zone,
        "foreign_value": str(total),
        "by_status": {status: str(value) for status, value in by_status.items()},
        "bond": str(amount) if amount is not None else None,
        "share_percent": str(percent) if percent is not None else None,
        "warn_percent": warn,
        "level": level,
    }
    if as_json:
        print_json(said)
    else:
        rows = [*([f"status {status}", f"{value:,.2f}"] for status, value in by_status.items())]
        rows += [["foreign goods on hand", f"{total:,.2f}"]]
        rows += [["bond", f"{amount:,.2f}" if amount is not None else "none in the zone's document"]]
        if percent is not None:
            rows += [["share of the bond", f"{percent} %, watched from {warn} % on{LEVELS[level]}"]]
        table(f"zone {zone}: value under the bond, USD", ["what", "amount"], rows)
    if level == "limit":
        raise typer.Exit(DIFFERENT)
