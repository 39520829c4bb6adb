"""`ftz classify`: prepare the engine's data, load rulings, train and promote models, evaluate."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from ftz_classification.engine.curve import learning_curve
from ftz_classification.engine.evaluation import NothingToEvaluate
from ftz_classification.engine.llm import Endpoint, Reranker
from ftz_classification.engine.memory import Memory
from ftz_classification.engine.model import Model, ModelUnreadable, promote, promoted
from ftz_classification.engine.ranker import ROUNDS
from ftz_classification.engine.records import RecordUnreadable, read_records
from ftz_classification.engine.schedule import LEVELS, ScheduleUnreadable
from ftz_classification.engine.scoring import score_records
from ftz_classification.engine.training import TooFewRecords
from ftz_classification.engine.workspace import DataMissing, Workspace
from ftz_classification.senders.engine import endpoint
from ftz_classification.settings import EngineSettings

app = typer.Typer(no_args_is_help=True, help="Propose tariff numbers: prepare, learn, train, evaluate.")

Data = Annotated[Path, typer.Option(envvar="FTZ_DATA", help="Folder of schedule, terms and training files.")]
Cache = Annotated[
    Path, typer.Option(envvar="FTZ_CLASSIFY_DIR", help="Folder of vectors, rulings and models.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout; progress goes to stderr.")]
Plain = Annotated[bool, typer.Option("--no-vectors", help="Leave the sentence vectors out.")]
Labelled = Annotated[
    Path,
    typer.Argument(exists=True, dir_okay=False, help="ATLAS, HSCodeComp, CROSS or decision records."),
]
Rounds = Annotated[int, typer.Option(min=1, help="Trees per ranker; fewer for a quick trial.")]
DEFAULT_CACHE = Path("var/classify")


class NoLanguageModel(ValueError):
    """Asked for and not set up."""


REFUSALS = (
    DataMissing,
    ModelUnreadable,
    NoLanguageModel,
    NothingToEvaluate,
    RecordUnreadable,
    ScheduleUnreadable,
    TooFewRecords,
)


@contextmanager
def _refusing() -> Iterator[None]:
    """Turn a refusal into its message and exit code 2."""
    try:
        yield
    except REFUSALS as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from error


def _workspace(data: Path, cache: Path, plain: bool, rounds: int = ROUNDS) -> Workspace:
    def progress(stage: str, done: int, total: int) -> None:
        typer.echo(f"{stage}: {done} of {total}", err=True)

    return Workspace(root=cache, data=data, vectors_on=not plain, progress=progress, rounds=rounds)


def _model(workspace: Workspace) -> tuple[Model, Memory]:
    """The model in force, else one made from exactly what is there now; and the memory."""
    records, files = workspace.labelled()
    made = workspace.in_force() or workspace.model_for(workspace.inputs(files)) or workspace.train()
    return made, workspace.memory(records)


@app.command("data")
def prepare(data: Data, cache: Cache = DEFAULT_CACHE, plain: Plain = False) -> None:
    """Read schedule and terms, embed them, train the first model; safe to run again.

    Example: FTZ_DATA=~/tariff-data ftz classify data
    """
    with _refusing():
        workspace = _workspace(data, cache, plain)
        made, memory = _model(workspace)
        index = workspace.index()
    for notice in workspace.notices:
        typer.echo(f"off: {notice}", err=True)
    typer.echo(f"ready: {len(index.schedule)} lines, {len(memory)} records, model {made.version}, in {cache}")


@app.command("learn")
def learn(file: Labelled, data: Data, cache: Cache = DEFAULT_CACHE, plain: Plain = False) -> None:
    """Load rulings (ATLAS JSONL, CROSS API JSON) or reviewed decisions into memory and training.

    Example: ftz classify learn cross-rulings.json
    """
    with _refusing():
        workspace = _workspace(data, cache, plain)
        count, kept = workspace.learn(file)
        records, _ = workspace.labelled()
        memory = workspace.memory(records)
    typer.echo(
        f"learned {count} records ({kept.name}); the memory holds {len(memory)}. Next: ftz classify train"
    )


@app.command("train")
def train(
    data: Data,
    cache: Cache = DEFAULT_CACHE,
    plain: Plain = False,
    *,
    rounds: Rounds = ROUNDS,
    promote_by: Annotated[str, typer.Option("--promote-by", help="Put it in force; your name.")] = "",
    version: Annotated[str, typer.Option(help="Promote this version instead of training (roll back).")] = "",
    why: Annotated[str, typer.Option(help="Reason, kept in the history.")] = "",
) -> None:
    """Train a model on all labelled records and compare it with the one in force.

    Nothing is promoted unless a person says so.

    Examples: ftz classify train
              ftz classify train --promote-by "J. Doe" --why "better in shadow"
              ftz classify train --version 1f2e3d4c5b6a7988 --promote-by "J. Doe" --why "roll back"
    """
    with _refusing():
        workspace = _workspace(data, cache, plain, rounds)
        if not version:
            made = workspace.train()
            version = made.version
            _compare(workspace, made)
        if promote_by:
            promote(workspace.models, version, promote_by, why, datetime.now(UTC).isoformat())  # noqa: TID251 a person acts now
            typer.echo(f"in force: {version}")
        else:
            typer.echo(
                f"not in force: {version}. Next: ftz classify train --version {version} --promote-by NAME"
            )


@app.command("eval")
def evaluate(
    file: Labelled,
    data: Data,
    cache: Cache = DEFAULT_CACHE,
    *,
    as_json: AsJson = False,
    plain: Plain = False,
    rounds: Rounds = ROUNDS,
    curve: Annotated[
        bool, typer.Option("--curve", help="Figures at 0, 126, 252, 317 reviewed decisions.")
    ] = False,
    llm: Annotated[
        bool, typer.Option("--llm", help="Let the language model of FTZ_LLM_URL and FTZ_LLM_MODEL reorder.")
    ] = False,
) -> None:
    """Score a labelled file: top-1, 5, 10 by level, calibration, coverage, speed, memory.

    Records of the training snapshot are judged by fold models that have not seen them.

    Examples: ftz classify eval atlas_test.jsonl --json
              FTZ_LLM_URL=http://127.0.0.1:8000/v1 FTZ_LLM_MODEL=any ftz classify eval FILE --llm
    """
    with _refusing():
        adviser = _adviser(cache) if llm else None
        records = read_records(file)
        workspace = _workspace(data, cache, plain, rounds)
        stored = workspace.cache()
        encoder = None if stored is None else stored.encoder
        if curve:
            report = learning_curve(workspace, records)
        else:
            made, memory = _model(workspace)
            report = score_records(workspace.index(), memory, made, encoder, records, adviser=adviser)
    report["off"] = workspace.notices
    if as_json:
        typer.echo(json.dumps(report))
    elif curve:
        for row in report["curve"]:
            typer.echo(f"{row['decisions']} decisions")
            _print(row)
    else:
        typer.echo(f"model {report['model']}, schedule {report['schedule']}")
        _print(report)
        typer.echo(
            f"impossible {report['impossible']} %, "
            f"{report['items_per_second']} items/s, {report['rss_mb']} MB"
        )
        if "adviser" in report:
            told = report["adviser"]
            typer.echo(
                f"language model {told['name']}: heard {told['heard']} of {told['asked']} times, "
                f"{told['tokens']} tokens"
            )
            for why, count in told["not_heard"].items():
                typer.echo(f"  not heard {count} times: {why}")
    for text in [report.get("note", ""), *(f"off: {notice}" for notice in workspace.notices)]:
        if text and not as_json:
            typer.echo(text)


def _adviser(cache: Path) -> Reranker:
    """The language model of the settings; refused where none is set up."""
    found = endpoint(EngineSettings.from_environment())
    if found is None:
        raise NoLanguageModel("no language model is set up: set FTZ_LLM_URL and FTZ_LLM_MODEL")
    return Reranker(Endpoint(**found), record=cache)


def _compare(workspace: Workspace, made: Model) -> None:
    """Shadow figures: the new model beside the one in force, each on records it had not seen."""
    before = promoted(workspace.models)
    cards = {"new": made.card}
    if before and before != made.version:
        cards["in force"] = json.loads((workspace.models / before / "card.json").read_text(encoding="utf-8"))
    for name, card in cards.items():
        for source, figures in card["evaluation"].items():
            typer.echo(f"{name} {card['version']}: {source}, {figures['n']} records out of fold")
            _print(figures)


def _print(report: dict[str, Any]) -> None:
    typer.echo(f"{report['n']} records\ndigits    top-1   top-5  top-10     ECE")
    for level in map(str, LEVELS):
        row = "  ".join(f"{report[top][level]:6.1f}" for top in ("top1", "top5", "top10"))
        typer.echo(f"{level:>6}  {row}  {report['ece'][level]:6.3f}")
