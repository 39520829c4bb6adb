"""Looking at CATAIR files themselves, without a database: each record with its fields, and what is wrong."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from ftz_cli.operate import AsJson
from ftz_cli.screen import DIFFERENT, Failure, counted, guarded, out, print_json
from ftz_cli.screen import table as print_table
from ftz_common.contracts.catair.ae import AE
from ftz_common.contracts.catair.codec import Value
from ftz_common.contracts.catair.e214 import E214
from ftz_common.contracts.catair.file import File, Row, read
from ftz_common.contracts.catair.layout import (
    BlankWhen,
    Condition,
    Differs,
    Field,
    Layout,
    NotAfter,
    OnlyWhen,
    Problem,
    Record,
    Required,
    ShapeWhen,
)
from ftz_common.contracts.catair.se import SE

LAYOUTS: dict[str, Layout] = {layout.application: layout for layout in (E214, SE, AE)}

app = typer.Typer(help="CATAIR files (e214, SE, AE): show one with its fields named, or list the layouts.")

Application = Annotated[
    str | None,
    typer.Option("--application", help="FT admission (e214), SE cargo release (3461), AE summary (7501)"),
]


def _layout(application: str) -> Layout:
    found = LAYOUTS.get(application.upper())
    if found is None:
        known = ", ".join(LAYOUTS)
        raise Failure("no-such-application", f"{application!r} is none of {known}", f"name one of {known}")
    return found


def read_as(content: str, application: str | None) -> tuple[Layout, File]:
    """The file by the layout that was named, else by the one that finds least wrong with it."""
    layouts = [_layout(application)] if application else list(LAYOUTS.values())
    tried = [(layout, read(content, layout)) for layout in layouts]
    return min(tried, key=lambda pair: len(pair[1].problems))


@app.callback()
def catair() -> None:
    """The fixed-column records in which CBP takes an admission, a release, a summary."""


def _content(file: Path) -> str:
    """The file's characters, one for each byte, so that columns stay columns."""
    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise Failure(
            "no-such-file",
            f"{file}: {error.strerror}",
            "GET /v1/admissions/<account>/<issuer>/<shipment>/e214 gives that of a 214,"
            " GET /v1/duty/entries/<zone>/<account>/<week>/filings/<attempt>/catair that of a 3461 or 7501",
        ) from error
    return content.decode("latin-1")


def shown(value: Value) -> str:
    """A value as text; amounts in plain notation."""
    return value if isinstance(value, str) else f"{value:f}"


def _problem(problem: Problem) -> dict[str, Any]:
    return asdict(problem)


def record_json(row: Row, problems: list[Problem]) -> dict[str, Any]:
    """A record as `--json` says it."""
    fields = [] if row.record is None else [_field_json(field, row.values) for field in row.record.fields]
    return {
        "line": row.line,
        "record": row.record.id if row.record else row.text[:2],
        "title": row.record.title if row.record else "",
        "text": row.text,
        "fields": fields,
        "problems": [_problem(problem) for problem in problems],
    }


def _field_json(field: Field, values: Mapping[str, Value]) -> dict[str, Any]:
    value = values.get(field.name)
    return {
        "name": field.name,
        "start": field.start,
        "end": field.end,
        "value": None if value is None else shown(value),
        "meaning": field.meaning,
        "assumed": field.assumed,
    }


@app.command()
@guarded
def show(
    file: Annotated[Path, typer.Argument(help="A file of 80-column records; - reads standard input")],
    wrong: Annotated[bool, typer.Option("--wrong", help="Only records with something wrong")] = False,
    application: Application = None,
    as_json: AsJson = False,
) -> None:
    """Print each record with its fields named, and what is wrong. Exit code 1 if anything is.

    Without --application the layout is taken that finds least wrong. †: columns of our own, nobody's layout.

    Example: ftz catair show 999-26-000001-1.e214 --wrong
    """
    layout, found = read_as(_content(file), application)
    by_line: dict[int, list[Problem]] = {}
    for problem in found.problems:
        by_line.setdefault(problem.line, []).append(problem)
    rows = [row for row in found.rows if not wrong or row.line in by_line]
    if as_json:
        print_json(
            {
                "file": str(file),
                "layout": layout.version,
                "application": layout.application,
                "records": [record_json(row, by_line.get(row.line, [])) for row in rows],
                "problems": [_problem(problem) for problem in by_line.get(0, [])],
            }
        )
    else:
        for row in rows:
            _print_record(row, by_line.get(row.line, []))
        _print_summary(layout, found, by_line.get(0, []))
    if found.problems:
        raise typer.Exit(DIFFERENT)


def _print_record(row: Row, problems: list[Problem]) -> None:
    title = row.record.title if row.record else "unknown record"
    out.print(f"[bold]{row.line}[/bold]  [dim]{title}[/dim]")
    out.print(row.text, markup=False, soft_wrap=True)
    for field in row.record.fields if row.record else ():
        value = row.values.get(field.name)
        if value is not None:
            columns = field.columns + ("†" if field.assumed else "")
            text = f"  {columns:>7}  {field.name:<18} {shown(value)}"
            out.print(text, markup=False, soft_wrap=True)
    for problem in problems:
        where = f"{problem.field} ({problem.start}-{problem.end}): " if problem.start else ""
        out.print(f"  wrong: {where}{problem.reason}", style="red", markup=False, soft_wrap=True)


def _print_summary(layout: Layout, found: File, whole: list[Problem]) -> None:
    for problem in whole:
        out.print(f"wrong: {problem}", style="red", markup=False, soft_wrap=True)
    count = len(found.problems)
    said = f"{count} wrong" if count else "nothing wrong"
    out.print(f"{counted(len(found.rows), 'record')}, {said} ({layout.version})", markup=False)


# ---- the layout ---------------------------------------------------------------------------------


def _condition(condition: Condition) -> str:
    match condition:
        case Required(when):
            return f"needed when {when}"
        case OnlyWhen(when):
            return f"only when {when}"
        case BlankWhen(when):
            return f"blank when {when}"
        case Differs(other):
            return f"only if not {other}"
        case NotAfter(other):
            return f"not after {other}"
        case ShapeWhen(_, _, shape):
            return shape


def conditions(field: Field) -> str:
    """What holds for a field, in words."""
    said = [_condition(condition) for condition in field.conditions]
    if field.shape:
        said.insert(0, field.shape)
    if field.never:
        said.append(f"never {', '.join(field.never)}")
    if field.length_min > 1 and field.length_min < field.width:
        said.append(f"at least {counted(field.length_min, 'character')}")
    return "; ".join(said)


def layout_rows(layout: Layout) -> Iterator[tuple[Record, Field, list[str]]]:
    """Every field of every record, in order, as a table shows it."""
    for record in layout.records.values():
        for field in record.fields:
            of = field.of if field.decimals in (None, 0) else f"{field.of} v{field.decimals}"
            requirement = f"{field.requirement}{' *' if field.inferred else ''}"
            columns = f"{field.columns}{' †' if field.assumed else ''}"
            cells = [record.id, columns, field.name, of, requirement, field.meaning, conditions(field)]
            yield record, field, cells


COLUMNS = ("record", "columns", "field", "class", "M/C/O", "meaning", "conditions")


@app.command("layout")
@guarded
def show_layout(application: Application = None, as_json: AsJson = False) -> None:
    """List every field of every record: columns, class, mandatory or not, conditions.

    *: class or requirement not transcribed; †: columns of our own, nobody's layout.

    Example: ftz catair layout --application AE
    """
    layouts = [_layout(application)] if application else list(LAYOUTS.values())
    if as_json:
        print_json(
            [
                {
                    "application": layout.application,
                    "layout": layout.version,
                    "fields": [
                        {"title": r.title, **asdict(f), "record": r.id} for r, f, _ in layout_rows(layout)
                    ],
                }
                for layout in layouts
            ]
        )
        return
    for layout in layouts:
        cells = [row for _, _, row in layout_rows(layout)]
        print_table(f"{layout.application}: {layout.title} ({layout.version})", COLUMNS, cells)


def page_table(layout: Layout) -> str:
    """A layout as docs/catair.md has it."""
    lines = [f"| {' | '.join(COLUMNS)} |", "|" + "---|" * len(COLUMNS)]
    lines += [f"| {' | '.join(cells)} |" for _, _, cells in layout_rows(layout)]
    return "\n".join(lines) + "\n"
