"""`ftz zone manual`: versions of the procedures manual, and when the port director was sent them."""

from hashlib import sha256
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from ftz_cli.operate import AsJson, get, send
from ftz_cli.screen import Failure, counted, guarded, out, print_json, table
from ftz_cli.zone import ZoneNumber

manual_app = typer.Typer(no_args_is_help=True, help="The procedures manual (19 CFR 146.21(b)).")


def _address(zone: str) -> str:
    return f"/v1/admissions/zones/{quote(zone, safe='')}/manuals"


@manual_app.command("keep")
@guarded
def manual_keep(
    file: Annotated[Path, typer.Argument(help="The manual; its SHA-256 is recorded, not its content")],
    *,
    zone: Annotated[str, typer.Option(help="Zone number")],
    version: Annotated[str, typer.Option(help="Name of this version")],
    effective_from: Annotated[str, typer.Option(help="The day on which it takes effect: YYYY-MM-DD")],
    sent_on: Annotated[str, typer.Option(help="The day on which the port director was sent it")],
    kept_at: Annotated[str, typer.Option(help="Where the manual is kept")],
    language: Annotated[str, typer.Option(help="Language tag; the law wants English")] = "en",
    late_because: Annotated[str, typer.Option(help="Why it was sent after it took effect")] = "",
    who: Annotated[str, typer.Option(help="Who answers for it; default: you")] = "",
    as_json: AsJson = False,
) -> None:
    """Record a version of the procedures manual that the port director was sent.

    Example: ftz zone manual keep manual.pdf --zone 999 --version 3 --effective-from 2026-06-01
    --sent-on 2026-06-01 --kept-at "office, shelf 2" --who p-7
    """
    if not file.is_file():
        raise Failure("no-such-file", f"{file} is not there", "name the file of the manual")
    body = {
        "version": version,
        "language": language,
        "effective_from": effective_from,
        "sha256": sha256(file.read_bytes()).hexdigest(),
        "kept_at": kept_at,
        "sent_on": sent_on,
        "late_because": late_because,
        "who": who,
    }
    answer = send("POST", _address(zone), json=body)
    print_json(answer) if as_json else out.print(f"version {version} of the manual is kept")


@manual_app.command("list")
@guarded
def manual_list(zone: ZoneNumber, as_json: AsJson = False) -> None:
    """List the versions of the manual, and what the zone's documents changed after the newest.

    Example: ftz zone manual list 999
    """
    answer = get(_address(zone))
    if as_json:
        print_json(answer)
        return
    names = ["version", "effective_from", "sent_on", "days_late", "kept_at"]
    rows = [[str(manual.get(name, "0")) for name in names] for manual in answer["manuals"]]
    table(f"zone {zone}: {counted(len(rows), 'version')} of the manual", names, rows)
    if answer["changed_since"]:
        out.print(f"changed after the newest: {', '.join(answer['changed_since'])}")
