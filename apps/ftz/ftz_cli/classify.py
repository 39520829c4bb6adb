"""`ftz classify`: prepare the engine's data, load rulings, train, evaluate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from ftz_classification.engine.records import RecordUnreadable, read_records
from ftz_classification.engine.schedule import LEVELS, ScheduleUnreadable
from ftz_classification.engine.scoring import score_records
from ftz_classification.engine.training import TooFewRecords
from ftz_classification.engine.workspace import DataMissing, Workspace

app = typer.Typer(no_args_is_help=True, help="Propose tariff numbers: prepare, learn, train, evaluate.")

Data = Annotated[
    Path, typer.Option(envvar="FTZ_DATA", help="Directory of schedule, terms and training files.")
]
Cache = Annotated[
    Path, typer.Option(envvar="FTZ_CLASSIFY_DIR", help="Where vectors, rulings and models are kept.")
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on stdout; progress goes to stderr.")
]
Plain = Annotated[bool, typer.Option("--no-vectors", help="Leave the sentence vectors out.")]
DEFAULT_CACHE = Path("var/classify")


def _progress(stage: str, done: int, total: int) -> None:
    typer.echo(f"{stage}: {done} of {total}", err=True)


def _refuse(error: Exception) -> typer.Exit:
    typer.echo(f"error: {error}", err=True)
    return typer.Exit(2)


def _workspace(data: Path, cache: Path, plain: bool) -> Workspace:
    return Workspace(root=cache, data=data, vectors_on=not plain, progress=_progress)


@app.command("data")
def prepare(data: Data, cache: Cache = DEFAULT_CACHE, plain: Plain = False) -> None:
    """Read schedule and terms, embed them, train the first model; safe to run again.

    Example: FTZ_DATA=~/tariff-data ftz classify data
    """
    try:
        workspace = _workspace(data, cache, plain)
        made = _model(workspace)[0]
    except (DataMissing, ScheduleUnreadable, RecordUnreadable, TooFewRecords) as error:
        raise _refuse(error) from error
    for notice in workspace.notices:
        typer.echo(f"off: {notice}", err=True)
    typer.echo(f"ready: model {made.version}, schedule {workspace.index().schedule.revision}, in {cache}")


@app.command("eval")
def evaluate(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="ATLAS or HSCodeComp JSONL.")],
    data: Data,
    cache: Cache = DEFAULT_CACHE,
    as_json: AsJson = False,
    plain: Plain = False,
) -> None:
    """Score a labelled file: top-1, 5, 10 by level, calibration, coverage, speed, memory.

    Records that are in the training snapshot are judged by fold models that have not seen them.

    Example: ftz classify eval atlas_test.jsonl --json
    """
    try:
        records = read_records(file)
        workspace = _workspace(data, cache, plain)
        made, memory = _model(workspace)
        index = workspace.index()
        stored = workspace.cache()
        report = score_records(index, memory, made, None if stored is None else stored.encoder, records)
    except (DataMissing, ScheduleUnreadable, RecordUnreadable, TooFewRecords, ValueError) as error:
        raise _refuse(error) from error
    report["off"] = workspace.notices
    if as_json:
        typer.echo(json.dumps(report))
    else:
        _print(report)


def _model(workspace: Workspace) -> tuple[Any, Any]:
    """The model made from exactly what the data directory holds now, trained where there is none."""
    records, files = workspace.labelled()
    made = workspace.model_for(workspace.inputs(files)) or workspace.train()
    return made, workspace.memory(records)


def _print(report: dict[str, Any]) -> None:
    typer.echo(f"{report['n']} records, model {report['model']}, schedule {report['schedule']}")
    typer.echo("digits    top-1   top-5  top-10     ECE")
    for level in LEVELS:
        row = [report[top][str(level)] for top in ("top1", "top5", "top10")]
        typer.echo(
            f"{level:>6}  "
            + "  ".join(f"{value:6.1f}" for value in row)
            + f"  {report['ece'][str(level)]:6.3f}"
        )
    typer.echo(
        f"impossible {report['impossible']} %, {report['items_per_second']} items/s, {report['rss_mb']} MB"
    )
    for text in [report.get("note", ""), *(f"off: {notice}" for notice in report["off"])]:
        if text:
            typer.echo(text)
