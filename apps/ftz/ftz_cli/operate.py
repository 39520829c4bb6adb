"""Verbs of the operator: tariff, alerts, quarantine, clock, backup."""

from base64 import b64encode
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from ftz_cli.client import ask, open_world, reach, reading_file, run_async, server_address
from ftz_cli.play import TABLE
from ftz_cli.screen import Failure, counted, guarded, out, print_json, table
from ftz_common.settings import Settings, told
from ftz_common.store.port import StoreRow

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output")]

tariff_app = typer.Typer(no_args_is_help=True, help="Tariff revisions.")
quarantine_app = typer.Typer(no_args_is_help=True, help="Records that were set aside.")
clock_app = typer.Typer(no_args_is_help=True, help="Played and real time.")


def get(path: str, **params: Any) -> Any:
    settings = told(Settings)

    async def work() -> Any:
        async with reach(settings, create=False) as client:
            return await ask(client, "GET", path, params={k: v for k, v in params.items() if v is not None})

    return run_async(work)


def send(method: str, path: str, **more: Any) -> Any:
    settings = told(Settings)

    async def work() -> Any:
        async with reach(settings) as client:
            return await ask(client, method, path, **more)

    return run_async(work)


@tariff_app.command("import")
@guarded
def tariff_import(
    file: Annotated[Path, typer.Argument(help="An official schedule export (CSV or JSON)")],
    *,
    revision: Annotated[str, typer.Option(help="Its name, such as 2026-rev-4")],
    effective: Annotated[str, typer.Option(help="The first day it is in force: YYYY-MM-DD")],
    extract: Annotated[bool, typer.Option("--extract", help="The file has some lines only")] = False,
    accept: Annotated[
        list[str] | None,
        typer.Option(help='What you agree to: "older", "replaces", "high rate", "shrunk" (repeat it)'),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Import a tariff revision. Nothing is half-loaded: a bad file is refused with place and reason.

    Example: ftz tariff import hts_2026_rev4.csv --revision 2026-rev-4 --effective 2026-02-01
    """
    if not file.is_file():
        raise Failure("no-such-file", f"{file} is not there", "name the export that you downloaded")
    params: dict[str, Any] = {
        "revision": revision,
        "effective": effective,
        "file_name": file.name,
        "extract": extract,
        "accept": accept or [],
    }
    answer = send("POST", "/v1/duty/tariff", params=params, content=file.read_bytes())
    if as_json:
        print_json(answer)
    else:
        out.print(f"revision {revision} imported, in force from {effective}")


@tariff_app.command("show")
@guarded
def tariff_show(
    number: Annotated[str, typer.Argument(help="A tariff number, with or without dots")],
    on: Annotated[str | None, typer.Option(help="As of this day; default: today")] = None,
    as_json: AsJson = False,
) -> None:
    """Show a line of the schedule: its description, units and rates, and where they come from.

    Example: ftz tariff show 6912.00.3510 --on 2026-03-01
    """
    answer = get(f"/v1/duty/tariff/{quote(number, safe='')}", on=on)
    print_json(answer) if as_json else out.print_json(data=answer)


@guarded
def alerts(
    account: Annotated[str | None, typer.Option(help="Only this account")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Resolved ones too")] = False,
    as_json: AsJson = False,
) -> None:
    """List what is about to go wrong, or went wrong, with rule and next step. Exit code 1 if any is open.

    Example: ftz alerts --account home
    """
    answer = get("/v1/alerts/alerts", account=account, state="all" if everything else "open")
    found = answer["alerts"]
    if as_json:
        print_json(answer)
    else:
        rows = [[_kind_of(a), _told(a)] for a in found]
        table(counted(len(found), "alert"), ["kind", "what, by which rule, what to do"], rows, whole=["kind"])
    if found and not everything:
        raise typer.Exit(1)


def _kind_of(alert: dict[str, Any]) -> str:
    """Kind, how grave, until when: one under the other, so that 80 columns hold the text beside it."""
    act_by = f"act by {alert['act_by']}" if alert.get("act_by") else ""
    state = "" if alert["state"] == "open" else alert["state"]
    return "\n".join(part for part in (alert["kind"], alert["severity"], act_by, state) if part)


def _told(alert: dict[str, Any]) -> str:
    resolved = f"resolved: {alert['resolved_how']}" if alert["state"] != "open" else ""
    following = "" if resolved else f"next: {alert['remedy']}"
    return "\n".join(
        part for part in (alert["message"], f"rule: {alert['citation']}", following, resolved) if part
    )


@quarantine_app.command("list")
@guarded
def quarantine_list(as_json: AsJson = False) -> None:
    """List parked keys (the poisoned record of each, and how many wait behind it) and refused records.

    Example: ftz quarantine list
    """
    answer = get("/v1/quarantine")
    if as_json:
        print_json(answer)
        return
    rows = [[k["service"], k["key"], k["records"], k["type"], k["reason"]] for k in answer["parked"]]
    table(f"{len(rows)} parked keys", ["service", "key", "records", "type", "reason"], rows)
    rows = [[f"{r['key']}\n  {r['code']}: {r['reason']} (at {r['place']})"] for r in answer["refused"]]
    table(f"{len(rows)} refused records: `ftz quarantine show KEY` prints one", ["key, and why"], rows)


@quarantine_app.command("show")
@guarded
def quarantine_show(
    key: Annotated[str, typer.Argument(help="The quarantine key that a refusal named")],
    as_json: AsJson = False,
) -> None:
    """Print the bytes of a refused record, as they came. The reading is logged.

    Example: ftz quarantine show intake/shop/9aad1df6-0adb-551e-88b3-01142ea277ad
    """
    body = get(f"/v1/quarantine/bodies/{quote(key)}")
    print_json({"key": key, "body": body}) if as_json else out.print(body, markup=False)


@quarantine_app.command("redrive")
@guarded
def quarantine_redrive(
    service: str,
    key: str,
    who: Annotated[str, typer.Option(help="Who decides this")],
    why: Annotated[str, typer.Option(help="Why it will work now")],
    as_json: AsJson = False,
) -> None:
    """Hand the records of a parked key to the service again, in order."""
    body = {"key": key, "verb": "redrive", "who": who, "why": why}
    answer = send("POST", f"/v1/quarantine/{service}", json=body)
    print_json(answer) if as_json else out.print(f"asked at {answer['asked_at']}: the owner does it next")


@quarantine_app.command("skip")
@guarded
def quarantine_skip(
    service: str,
    key: str,
    who: Annotated[str, typer.Option(help="Who decides this")],
    why: Annotated[str, typer.Option(help="Why its content is not needed")],
    as_json: AsJson = False,
) -> None:
    """Leave out the poisoned record of a parked key and go on with those behind it."""
    body = {"key": key, "verb": "skip", "who": who, "why": why}
    answer = send("POST", f"/v1/quarantine/{service}", json=body)
    print_json(answer) if as_json else out.print(f"asked at {answer['asked_at']}: the owner does it next")


@quarantine_app.command("replace")
@guarded
def quarantine_replace(  # noqa: PLR0917 typer passes them by name
    service: str,
    key: str,
    file: Annotated[Path, typer.Argument(help="The right bytes of the poisoned record")],
    who: Annotated[str, typer.Option(help="Who decides this")],
    why: Annotated[str, typer.Option(help="What was wrong with it")],
    as_json: AsJson = False,
) -> None:
    """Give the poisoned record of a parked key another body, and go on with it and those behind it.

    Example: ftz quarantine show KEY > record.json; edit it; then
    ftz quarantine replace inventory KEY record.json --who ana --why "damaged on the way"
    """
    if not file.is_file():
        raise Failure("no-file", f"{file} does not exist", "`ftz quarantine show KEY` prints what came")
    value = b64encode(file.read_bytes()).decode()
    body = {"key": key, "verb": "replace", "who": who, "why": why, "value": value}
    answer = send("POST", f"/v1/quarantine/{service}", json=body)
    print_json(answer) if as_json else out.print(f"asked at {answer['asked_at']}: the owner does it next")


@quarantine_app.command("resume")
@guarded
def quarantine_resume(
    service: str,
    group: Annotated[str, typer.Argument(help="The consumer, as /status names it")],
    who: Annotated[str, typer.Option(help="Who decides this")],
    why: Annotated[str, typer.Option(help="What was repaired")],
    as_json: AsJson = False,
) -> None:
    """Let a consumer go on whose fuse blew (too many failures in a row), in every process of it.

    Example: ftz quarantine resume inventory inventory.intake --who ana --why "deployed 1.2.1"
    """
    answer = send("POST", f"/v1/quarantine/{service}/resume/{quote(group)}", json={"who": who, "why": why})
    print_json(answer) if as_json else out.print(f"asked at {answer['asked_at']}: each process does it next")


@clock_app.command("follow")
@guarded
def clock_follow(as_json: AsJson = False) -> None:
    """Let the clock of a played database follow real time from its next start on."""
    settings = told(Settings)
    if server_address(settings) is not None:
        raise Failure("database-held", "a server holds this database", "stop it, then say this again")

    async def work() -> None:
        world = open_world(settings)
        try:
            rows = [StoreRow("follow", b"true")]
            await world.service("reporting").ports.store.put(TABLE, rows)
        finally:
            await world.close()

    run_async(work)
    said = "the clock follows real time; deadlines since the end of the feed come due at the next start"
    print_json({"clock": "real time"}) if as_json else out.print(said)


@guarded
def backup(
    target: Annotated[Path, typer.Argument(help="A file that does not exist yet")], as_json: AsJson = False
) -> None:
    """Copy the database consistently, with SQLite's backup API (copying the file itself loses the WAL).

    A server may hold it and work on. Example: ftz backup ftz-2026-05-01.db
    """

    async def work() -> None:
        async with reading_file() as file:
            await file.backup_to(target)

    try:
        run_async(work)
    except FileExistsError as error:
        raise Failure("target-exists", str(error), "name a new file") from error
    print_json({"copied_to": str(target)}) if as_json else out.print(f"copied to {target}")
