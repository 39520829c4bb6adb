"""`ftz count`: what is on the shelf, held against the book."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from ftz_cli.client import ask, reach, run_async
from ftz_cli.operate import AsJson, get
from ftz_cli.screen import Failure, counted, err, guarded, out, print_json, table
from ftz_common.settings import Settings, told

count_app = typer.Typer(no_args_is_help=True, help="Physical inventory, cycle counts, snapshots.")

#: Lines of one part.
PART = 5000
COLUMNS = ("uin", "quantity", "unit")
BASE = "/v1/inventory"


@count_app.command("compare")
@guarded
def compare(
    file: Annotated[Path, typer.Argument(help="CSV with the columns uin, quantity, unit (location)")],
    *,
    zone: Annotated[str, typer.Option(help="Zone number")],
    account: Annotated[str, typer.Option()],
    count: Annotated[str, typer.Option(help="Id of the count: the same again changes nothing")],
    through: Annotated[str, typer.Option(help="Instant that the figures are of, with its offset")],
    kind: Annotated[str, typer.Option(help="annual, cycle, spot or snapshot")] = "snapshot",
    complete: Annotated[
        bool, typer.Option("--complete", help="What is not in the file is not there")
    ] = False,
    who: Annotated[str, typer.Option(help="Id of who answers for it")] = "local-operator",
    as_json: AsJson = False,
) -> None:
    """Hold a count against the book as of its instant: matched, explained, or a discrepancy with its cause.

    Example: ftz count compare f.csv --zone 999 --account acme --count C-7 --through 2026-05-08T18:00:00-04:00
    """
    lines = list(_lines(file))
    parts = _cut(lines)
    base = {"zone": zone, "account": account, "kind": kind, "complete": complete, "who": who}

    async def work() -> Any:
        async with reach(told(Settings)) as client:
            for number, part in enumerate(parts, 1):
                body = base | {
                    "part": number,
                    "of": len(parts),
                    "through": through,
                    "lines": part,
                }
                await ask(client, "POST", f"{BASE}/counts/{count}/figures", json=body)
                if len(parts) > 1:
                    err.print(f"{min(number * PART, len(lines)):>8} of {len(lines)} lines sent")
            return await ask(client, "POST", f"{BASE}/counts/{count}/compare", json=base_of(base))

    done = run_async(work)
    if as_json:
        print_json(done)
    else:
        _show(done)


def base_of(base: dict[str, Any]) -> dict[str, Any]:
    """Whose count."""
    return {"zone": base["zone"], "account": base["account"]}


def _cut(lines: list[dict[str, str]]) -> list[list[dict[str, str]]]:
    return [lines[first : first + PART] for first in range(0, max(1, len(lines)), PART)]


def _lines(file: Path) -> Iterator[dict[str, str]]:
    if not file.is_file():
        raise Failure("no-such-file", f"{file} is not there", "name a CSV file")
    with file.open(newline="", encoding="utf-8-sig") as text:
        rows = csv.DictReader(text)
        missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
        if missing:
            raise Failure(
                "columns-missing",
                f"{file} has no column {', '.join(missing)}",
                f"its header is {','.join(COLUMNS)}",
            )
        for row in rows:
            location = row.get("location") or ""
            yield {name: (row[name] or "").strip() for name in COLUMNS} | {"location": location}


def _show(count: dict[str, Any]) -> None:
    compared = count.get("compared")
    if compared is None:
        out.print(f"{count['parts']} of {count['parts_in_all']} parts are here; it is compared when all are")
        return
    out.print(
        f"{counted(compared['lines'], 'line')} as of {compared['through']}: {compared['matched']} agree, "
        f"{compared['explained']} explained, {compared['differ']} differ; "
        f"variance USD {compared['variance_value']}"
    )
    rows = [
        (d["uin"], d["counted"], d["book"], d["variance"], d["unit"], d["verdict"], d["cause"])
        for d in count["differences"]
    ]
    if rows:
        table("differences", ("uin", "counted", "book", "variance", "unit", "verdict", "cause"), rows)


@count_app.command("show")
@guarded
def show(
    count: Annotated[str, typer.Argument(help="Id of the count")],
    *,
    zone: Annotated[str, typer.Option()],
    account: Annotated[str, typer.Option()],
    as_json: AsJson = False,
) -> None:
    """A count with its comparison, and what each difference came to.

    Example: ftz count show C-7 --zone 999 --account acme
    """
    found = get(f"{BASE}/counts/{zone}/{account}/{count}")
    if as_json:
        print_json(found)
    else:
        _show(found)


@count_app.command("plan")
@guarded
def plan(
    *,
    account: Annotated[str, typer.Option()],
    on: Annotated[str, typer.Option(help="YYYY-MM-DD")],
    due: Annotated[bool, typer.Option("--due", help="Only what is due on that day")] = False,
    as_json: AsJson = False,
) -> None:
    """The ABC plan: what holds most of the value is counted most often.

    Example: ftz count plan --account acme --on 2026-05-11 --due
    """
    goods = get(f"{BASE}/count-plan", account=account, on=on)["goods"]
    goods = [each for each in goods if not due or each["next_on"] == on]
    if as_json:
        print_json(goods)
    else:
        rows = [(g["kind"], g["uin"], g["value"], str(g["times_a_year"]), g["next_on"]) for g in goods]
        table("count plan", ("class", "uin", "value USD", "a year", "next on"), rows)
