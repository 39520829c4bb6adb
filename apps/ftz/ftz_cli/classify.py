"""`ftz classify`: prepare the engine's data, load rulings, train, evaluate."""

from __future__ import annotations

import json
import time
from typing import Annotated

import typer

from ftz_classification.engine.curve import learning_curve
from ftz_classification.engine.evaluation import NothingToEvaluate
from ftz_classification.engine.memory import Memory
from ftz_classification.engine.model import Model, promoted
from ftz_classification.engine.ranker import ROUNDS
from ftz_classification.engine.records import read_records
from ftz_classification.engine.scoring import score_records
from ftz_classification.engine.speed import one_core, speed
from ftz_classification.engine.workspace import Workspace
from ftz_classification.senders.engine_process import give_back
from ftz_cli.classify_models import app as of_models
from ftz_cli.classify_setup import (
    DEFAULT_CACHE,
    AsJson,
    Cache,
    Data,
    Labelled,
    Plain,
    Rounds,
    language_model,
    print_figures,
    refusing,
    workspace_of,
)
from ftz_cli.screen import counted

app = typer.Typer(no_args_is_help=True, help="Propose tariff numbers: prepare, learn, train, judge, promote.")
app.add_typer(of_models)


def _model(workspace: Workspace) -> tuple[Model, Memory]:
    """The model in force, else one made from exactly what is there now; and the memory."""
    _, files = workspace.taught()
    made = workspace.in_force() or workspace.model_for(workspace.inputs(files)) or workspace.train()
    return made, workspace.memory(workspace.labelled()[0])


@app.command("data")
def prepare(data: Data, cache: Cache = DEFAULT_CACHE, plain: Plain = False) -> None:
    """Read schedule and terms, embed them, train the first model; safe to run again.

    Example: FTZ_DATA=~/tariff-data ftz classify data
    """
    started = time.perf_counter()
    with refusing():
        workspace = workspace_of(data, cache, plain)
        made, memory = _model(workspace)
        index = workspace.index()
    for notice in workspace.notices:
        typer.echo(f"off: {notice}", err=True)
    seconds = time.perf_counter() - started
    typer.echo(
        f"ready after {seconds:.0f} s: {counted(len(index.schedule), 'line')}, "
        f"{counted(len(memory), 'record')}, model {made.version}, in {cache}"
    )
    if promoted(workspace.models) is None:
        typer.echo(f"not in force yet. Next: ftz classify promote {made.version} --by NAME")


@app.command("learn")
def learn(file: Labelled, data: Data, cache: Cache = DEFAULT_CACHE, plain: Plain = False) -> None:
    """Load rulings (ATLAS JSONL, CROSS API JSON) or reviewed decisions into memory and training.

    Example: ftz classify learn cross-rulings.json
    """
    with refusing():
        workspace = workspace_of(data, cache, plain)
        count, kept = workspace.learn(file)
        records, _ = workspace.labelled()
        memory = workspace.memory(records)
    typer.echo(
        f"learned {counted(count, 'record')} ({kept.name}); the memory holds {len(memory)}. "
        "Next: ftz classify train"
    )


@app.command("train")
def train(data: Data, cache: Cache = DEFAULT_CACHE, plain: Plain = False, *, rounds: Rounds = ROUNDS) -> None:
    """Train a model on all labelled records and show its figures beside those of the one in force.

    Nothing is put in force: a person does that (promote).

    Example: ftz classify train
    """
    with refusing():
        workspace = workspace_of(data, cache, plain, rounds)
        made = workspace.train()
        _compare(workspace, made)
    current = promoted(workspace.models)
    after = "promote VERSION --by NAME" if current is None else "shadow VERSION"
    typer.echo(f"not in force: {made.version}. Next: ftz classify {after.replace('VERSION', made.version)}")


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
    with refusing():
        adviser = language_model(cache) if llm else None
        records = read_records(file)
        workspace = workspace_of(data, cache, plain, rounds)
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
            typer.echo(counted(row["decisions"], "decision"))
            print_figures(row)
    else:
        typer.echo(f"model {report['model']}, schedule {report['schedule']}")
        print_figures(report)
        typer.echo(
            f"impossible {report['impossible']} %, "
            f"{report['items_per_second']} items/s, {report['rss_mb']} MB"
        )
        if "adviser" in report:
            told = report["adviser"]
            typer.echo(
                f"language model {told['name']}: heard {told['heard']} of {counted(told['asked'], 'time')}, "
                f"{counted(told['tokens'], 'token')}"
            )
            for why, count in told["not_heard"].items():
                typer.echo(f"  not heard {counted(count, 'time')}: {why}")
    for text in [report.get("note", ""), *(f"off: {notice}" for notice in workspace.notices)]:
        if text and not as_json:
            typer.echo(text)


@app.command("speed")
def measure(
    data: Data, cache: Cache = DEFAULT_CACHE, *, plain: Plain = False, as_json: AsJson = False
) -> None:
    """Measure on one core: parts a second from exact memory and by the whole way, and memory taken.

    Example: ftz classify speed
    """
    alone = one_core()
    with refusing():
        workspace = workspace_of(data, cache, plain)
        records, _ = workspace.labelled()
        index, memory, made = workspace.index(), workspace.memory(records), workspace.in_force(folds=False)
        if not records:
            raise NothingToEvaluate("no labelled record to propose for: ftz classify learn")
        stored = workspace.cache()
        encoder = None if stored is None else stored.encoder
        give_back()
        report = speed(index, memory, made, encoder, [record.facts for record in records])
    report |= {"one_core": alone, "model": "none" if made is None else made.version, "off": workspace.notices}
    if as_json:
        typer.echo(json.dumps(report))
        return
    typer.echo(
        f"exact memory {report['exact_per_second']:.0f} parts/s; the whole way {report['parts_per_second']} "
        f"({report['parts_per_cpu_second']} in a second of processor time); {report['rss_mb']} MB; "
        f"model {report['model']}"
    )


def _compare(workspace: Workspace, made: Model) -> None:
    """Shadow figures: the new model beside the one in force, each on records it had not seen."""
    before = promoted(workspace.models)
    cards = {"new": made.card}
    if before and before != made.version:
        cards["in force"] = json.loads((workspace.models / before / "card.json").read_text(encoding="utf-8"))
    for name, card in cards.items():
        for source, figures in card["evaluation"].items():
            typer.echo(f"{name} {card['version']}: {source}, {counted(figures['n'], 'record')} out of fold")
            print_figures(figures)
