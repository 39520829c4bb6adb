"""Additional duties: read a set of measures, compare, import it, and show what meets goods.

A set (`ftz.measures/1`, docs/measures.md) may take its numbers from product lists (CSV) that lie elsewhere;
they are put in before the set is sent, so that what is kept is whole.
"""

import csv
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, cast
from urllib.parse import quote

import typer

from ftz_cli.client import ask, reach, run_async
from ftz_cli.operate import AsJson
from ftz_cli.screen import Failure, counted, guarded, out, print_json, table
from ftz_cli.text_yaml import FileError, read_yaml
from ftz_common.settings import Settings, told
from ftz_duty.domain.measure import MeasureSet
from ftz_duty.domain.measure_diff import diff_measures
from ftz_duty.domain.measure_file import read_measures
from ftz_duty.domain.schedule_check import Refused

app = typer.Typer(no_args_is_help=True, help="Additional duties (chapter 99 and cases) as dated data.")

DataFolder = Annotated[
    Path | None, typer.Option("--data", help="Folder of the product lists (CSV) that the set names")
]
Accept = Annotated[
    list[str] | None,
    typer.Option(help='What you have compared with its source: "high rate", "heading" (not in the schedule)'),
]

_LIST_FIELDS = {"file", "column", "where", "skip"}
SHOWN_MAX = 40


def read_set(file: Path, data: Path | None) -> dict[str, Any]:
    """The document of a set with its product lists put in. Raises `Failure` with file and place."""
    try:
        document = read_yaml(file)
    except FileError as error:
        raise Failure("measures-file", str(error), "see docs/measures.md") from error
    rows: Any = document.get("measures")
    given = cast("list[Any]", rows) if isinstance(rows, list) else []
    models: dict[str, dict[str, Any]] = {}
    for at, item in enumerate(given):
        if not isinstance(item, dict):
            continue
        row = _like(cast("dict[str, Any]", item), models, f"{file} measures[{at}].like")
        given[at] = models[str(row.get("id"))] = row
        for name in ("numbers", "not_numbers"):
            if isinstance(row.get(name), dict):
                place = f"{file} measures[{at}].{name}"
                row[name] = _listed(row[name], data, place)
    return document


def _like(row: dict[str, Any], models: dict[str, dict[str, Any]], place: str) -> dict[str, Any]:
    """What a row does not say itself is said by the one that it is like."""
    if "like" not in row:
        return row
    model = models.get(row["like"])
    if model is None:
        reason = "`like` names no measure that stands before it"
        raise Failure("measures-file", reason, "name the id of one", place=place)
    return {**model, **{k: v for k, v in row.items() if k != "like"}}


def _listed(wanted: dict[str, Any], data: Path | None, place: str) -> list[str]:
    """The numbers of a product list, as many digits as it gives them, each once, in order."""
    if set(wanted) - _LIST_FIELDS or not {"file", "column"} <= set(wanted):
        raise Failure(
            "product-list",
            "a product list has file and column, and perhaps where and skip",
            "see docs/measures.md",
            place=place,
        )
    if data is None:
        reason = f"the set takes its numbers from {wanted['file']}"
        raise Failure("product-list", reason, "name its folder: --data FOLDER", place=place)
    path = data / wanted["file"]
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Failure(
            "product-list", f"{path}: {error}", "name the folder that holds it", place=place
        ) from error
    where: dict[str, str] = wanted.get("where", {})
    if missing := {wanted["column"], *where} - set(rows[0] if rows else ()):
        reason = f"{path} has no column {', '.join(sorted(missing))}"
        raise Failure("product-list", reason, "name columns that it has", place=place)
    found = {r[wanted["column"]].strip() for r in rows if all(r[k] == v for k, v in where.items())}
    skip: list[str] = wanted.get("skip", [])
    found -= set(skip)
    if not found:
        raise Failure("product-list", f"{path} has no row with {where}", "correct `where`", place=place)
    return sorted(found)


def _checked(file: Path, data: Path | None, accept: list[str] | None) -> MeasureSet:
    found = read_measures(read_set(file, data), accept or ())
    if isinstance(found, Refused):
        first, *others = found.problems
        for problem in others[:SHOWN_MAX]:
            out.print(f"{problem.place}: {problem.reason}", markup=False)
        code = f"measures-{first.code.replace(' ', '-')}"
        raise Failure(code, first.reason, first.action, place=f"{file} {first.place}")
    return found


@app.command("check")
@guarded
def check_measures(
    file: Path, data: DataFolder = None, accept: Accept = None, as_json: AsJson = False
) -> None:
    """Read a set without importing it: every problem with its place; else what it holds.

    Example: ftz measures check samples/measures/us-2026.yaml --data lists/
    """
    found = _checked(file, data, accept)
    rows = [
        {
            "id": m.id,
            "heading": m.heading,
            "rate": m.rate_text,
            "numbers": len(m.scope.numbers) or "all",
            "origins": " ".join(sorted(m.scope.origins)) or "all",
            "from": m.scope.first,
            "to": m.scope.last,
            "policy": m.policy,
            "confirmed": m.confirmed,
        }
        for m in found.measures
    ]
    if as_json:
        print_json({"name": found.name, "measures": rows})
        return
    columns = ["id", "heading", "rate", "numbers", "origins", "from", "to"]
    cells = [[str(row[c]) for c in columns] for row in rows]
    table(f"{found.name}: {counted(len(rows), 'measure')}", columns, cells, right=["numbers"])


@app.command("diff")
@guarded
def differences(before: Path, after: Path, data: DataFolder = None, as_json: AsJson = False) -> None:
    """Say what a set changes against another: measures added and deleted, fields and numbers changed.

    Example: ftz measures diff us-2026-08.yaml us-2026-09.yaml
    """
    anything = ["high rate"]
    found = diff_measures(_checked(before, data, anything), _checked(after, data, anything))
    if as_json:
        print_json(asdict(found))
        return
    rows = [["added", name, "", "", ""] for name in found.added]
    rows += [["deleted", name, "", "", ""] for name in found.deleted]
    rows += [["changed", c.measure, c.field, c.before, c.after] for c in found.changed]
    table(counted(len(rows), "difference"), ["what", "measure", "field", "was", "is"], rows[:SHOWN_MAX])
    if len(rows) > SHOWN_MAX:
        out.print("[dim]--json has all of them[/dim]")


@app.command("import")
@guarded
def import_measures(
    file: Path, data: DataFolder = None, accept: Accept = None, as_json: AsJson = False
) -> None:
    """Import a set: its name stands for this content from now on. A bad file is refused, place and reason.

    Example: ftz measures import samples/measures/us-2026.yaml --data lists/ --accept heading
    """
    document = read_set(file, data)
    body = {"document": document, "file_name": file.name, "accept": accept or []}
    answer = _ask("POST", "/v1/duty/measures", json=body)
    if as_json:
        print_json(answer)
    else:
        out.print(f"measures {document.get('name')} imported: {answer['stream']} is at {answer['version']}")


@app.command("show")
@guarded
def show(  # noqa: PLR0917 options of a command are given by name
    number: Annotated[str, typer.Argument(help="A tariff number, with or without dots")],
    origin: Annotated[str, typer.Option(help="ISO 3166 country of origin")],
    on: Annotated[str | None, typer.Option(help="The entry date; default: today")] = None,
    filed_on: Annotated[str | None, typer.Option(help="The PF filing date of PF goods")] = None,
    account: Annotated[str | None, typer.Option(help="Whose statements count")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the stack on goods: each measure that meets them, whether it applies, and why.

    Example: ftz measures show 9403.20.0090 --origin CN --on 2026-09-08
    """
    params = {"origin": origin, "on": on, "filed_on": filed_on, "account": account}
    path = f"/v1/duty/measures/{quote(number, safe='')}"
    answer = _ask("GET", path, params={k: v for k, v in params.items() if v is not None})
    if as_json:
        print_json(answer)
        return
    rows = [[s["heading"], s["measure"], s["rate"], s["result"], s["why"]] for s in answer["stack"]]
    title = f"{number} of {origin} on {answer['on']}: {answer['rate_text'] or 'no column rate'}"
    table(title, ["heading", "measure", "rate", "result", "why"], rows)
    if answer["incomplete"]:
        out.print(f"not complete: {answer['incomplete']}", markup=False)


def _ask(method: str, path: str, **more: Any) -> Any:
    settings = told(Settings)

    async def work() -> Any:
        async with reach(settings) as client:
            return await ask(client, method, path, **more)

    return run_async(work)
