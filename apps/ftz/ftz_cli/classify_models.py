"""`ftz classify` for those who answer for the model: freeze, shadow, promote, rollback, drift."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from ftz_classification.engine import model, shadow
from ftz_classification.engine.records import read_records
from ftz_cli.classify_setup import (
    DEFAULT_CACHE,
    AsJson,
    Cache,
    Data,
    Labelled,
    Plain,
    refusing,
    workspace_of,
)
from ftz_cli.screen import DIFFERENT, counted

app = typer.Typer()
Version = Annotated[str, typer.Argument(help="Version, as `ftz classify models` lists them.")]
By = Annotated[str, typer.Option("--by", help="Your name, kept in the history.")]
Why = Annotated[str, typer.Option("--why", help="Reason, kept in the history.")]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")  # noqa: TID251 a person acts now


@app.command("models")
def models(data: Data, cache: Cache = DEFAULT_CACHE, *, as_json: AsJson = False) -> None:
    """List the trained versions, which is in force, and who put it there when and why.

    Example: ftz classify models
    """
    folder = workspace_of(data, cache, plain=True).models
    current = model.promoted(folder)
    cards = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*/card.json"))]
    known = [
        {
            "version": card["version"],
            "in_force": card["version"] == current,
            "trained_on": card["trained_on"],
            "schedule": card["inputs"].get("schedule", ""),
            "top1": {source: found["top1"] for source, found in card["evaluation"].items()},
        }
        for card in cards
    ]
    if as_json:
        typer.echo(json.dumps({"models": known, "history": model.history(folder)}))
        return
    for one in known:
        mark = "*" if one["in_force"] else " "
        right = "; ".join(f"{source} {top['6']:.1f}/{top['10']:.1f}" for source, top in one["top1"].items())
        typer.echo(
            f"{mark} {one['version']}  {counted(one['trained_on'], 'record')}  right at 6/10 digits: {right}"
        )
    for entry in model.history(folder):
        how = "rolled back to" if entry["back"] else "promoted"
        judged = f", in shadow: {entry['shadow']['verdict']}" if entry["shadow"] else ""
        typer.echo(f"{entry['at']}  {how} {entry['to']} by {entry['who']}: {entry['why'] or '-'}{judged}")
    if current is None:
        typer.echo("none is in force. Next: ftz classify promote VERSION --by NAME")


@app.command("freeze")
def freeze(
    data: Data,
    cache: Cache = DEFAULT_CACHE,
    *,
    count: Annotated[int, typer.Option(min=0, help="How many; default: a tenth, at most 500.")] = 0,
    again: Annotated[
        bool, typer.Option("--again", help="Draw another set; earlier comparisons end.")
    ] = False,
) -> None:
    """Set records apart to compare models on; later training leaves them out, memory keeps them.

    Example: ftz classify freeze
    """
    with refusing():
        workspace = workspace_of(data, cache, plain=True)
        chosen = shadow.freeze(workspace.root, workspace.labelled()[0], count, again=again)
    typer.echo(
        f"frozen: {counted(len(chosen), 'record')}, set {shadow.digest_of_set(chosen)}. "
        "Next: ftz classify train"
    )


@app.command("shadow")
def compare(
    version: Version,
    data: Data,
    cache: Cache = DEFAULT_CACHE,
    *,
    plain: Plain = False,
    as_json: AsJson = False,
) -> None:
    """Compare a version with the one in force on the frozen records. Exit code 1 if it is worse.

    Example: ftz classify shadow 1f2e3d4c5b6a7988
    """
    with refusing():
        report = workspace_of(data, cache, plain).compared(version)
    if as_json:
        typer.echo(json.dumps(report))
    else:
        typer.echo(f"{report['n']} frozen records: {report['new']} beside {report['old']}, in force")
        typer.echo("            in force     new  gained  lost  by chance")
        for name, row in report["levels"].items():
            typer.echo(
                f"{name:>8}  {row['old']:10.1f}  {row['new']:6.1f}  {row['gained']:6}  {row['lost']:4}  "
                f"{row['p']:9.3f}"
            )
        typer.echo(f"{report['verdict']}. Next: ftz classify promote {version} --by NAME --why REASON")
    if report["verdict"] == "worse":
        raise typer.Exit(DIFFERENT)


@app.command("promote")
def promote(
    version: Version,
    data: Data,
    by: By,
    cache: Cache = DEFAULT_CACHE,
    *,
    why: Why = "",
    without_shadow: Annotated[
        bool, typer.Option("--without-shadow", help="Although it was not compared; the history says so.")
    ] = False,
) -> None:
    """Put a version in force. A service takes it up with the next part it is asked about.

    Example: ftz classify promote 1f2e3d4c5b6a7988 --by "J. Doe" --why "better in shadow"
    """
    with refusing():
        workspace_of(data, cache, plain=True).promote(version, by, why, _now(), unseen=without_shadow)
    typer.echo(f"in force: {version}")


@app.command("rollback")
def rollback(
    data: Data,
    by: By,
    cache: Cache = DEFAULT_CACHE,
    *,
    why: Why = "",
    to: Annotated[str, typer.Option("--to", help="Version; default: the one in force before.")] = "",
) -> None:
    """Put the version in force that was before, or the one named. Nothing is deleted.

    Example: ftz classify rollback --by "J. Doe" --why "asks too often"
    """
    with refusing():
        folder = workspace_of(data, cache, plain=True).models
        version = to or model.before(folder)
        model.promote(folder, version, by, why, _now(), back=True)
    typer.echo(f"in force: {version}")


@app.command("drift")
def drift(
    file: Labelled, data: Data, cache: Cache = DEFAULT_CACHE, *, plain: Plain = False, as_json: AsJson = False
) -> None:
    """Whether decisions of late still look like what the model was trained on. Exit code 1 if not.

    Example: ftz review export acme decisions.jsonl && ftz classify drift decisions.jsonl
    """
    with refusing():
        report = workspace_of(data, cache, plain).drift(read_records(file))
    if as_json:
        typer.echo(json.dumps(report))
    else:
        _print_drift(report)
    if report["verdict"] == "drifted":
        raise typer.Exit(DIFFERENT)


def _print_drift(report: dict[str, Any]) -> None:
    from ftz_classification.engine.drift import MEANS  # noqa: PLC0415 shown here alone

    typer.echo(
        f"{counted(report['n'], 'decision')} beside {counted(report['against_n'], 'record')} "
        f"of {report['against']}, "
        f"model {report['model']}"
    )
    typer.echo("stability  by chance up to")
    for name, row in report["signals"].items():
        typer.echo(f"{row['index']:9.3f}  {row['noise']:15.3f}  {row['verdict']:7}  {MEANS[name]}")
    typer.echo("digits   right now  at training    ECE")
    for level, row in report["levels"].items():
        mark = "  fell" if row["fell"] else ""
        mark += "  confidence is off" if row["loose"] else ""
        typer.echo(f"{level:>6}  {row['top1']:10.1f}  {row['at_training']:11.1f}  {row['ece']:5.3f}{mark}")
    typer.echo("people: " + ", ".join(f"{count} {basis}" for basis, count in report["people"].items()))
    typer.echo(report["verdict"])
