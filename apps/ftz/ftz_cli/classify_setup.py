"""What the commands of `ftz classify` share: options, the workspace, refusals as exit code 2."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from ftz_classification.engine.drift import NoProfile, TooFewDecisions
from ftz_classification.engine.evaluation import NothingToEvaluate
from ftz_classification.engine.llm import Endpoint, Reranker
from ftz_classification.engine.model import ModelUnreadable
from ftz_classification.engine.ranker import ROUNDS
from ftz_classification.engine.records import RecordUnreadable
from ftz_classification.engine.schedule import LEVELS, ScheduleUnreadable
from ftz_classification.engine.shadow import FrozenAlready, NothingFrozen
from ftz_classification.engine.training import TooFewRecords
from ftz_classification.engine.workspace import DataMissing, NotCompared, Workspace
from ftz_classification.senders.engine import endpoint
from ftz_classification.settings import EngineSettings
from ftz_cli.screen import counted
from ftz_common.settings import told

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
    FrozenAlready,
    ModelUnreadable,
    NoLanguageModel,
    NoProfile,
    NotCompared,
    NothingFrozen,
    NothingToEvaluate,
    RecordUnreadable,
    ScheduleUnreadable,
    TooFewDecisions,
    TooFewRecords,
)


@contextmanager
def refusing() -> Iterator[None]:
    """Turn a refusal into its message and exit code 2."""
    try:
        yield
    except REFUSALS as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from error


def workspace_of(data: Path, cache: Path, plain: bool, rounds: int = ROUNDS) -> Workspace:
    """The workspace, telling its progress on stderr."""

    started = time.perf_counter()

    def progress(stage: str, done: int, total: int) -> None:
        typer.echo(f"{stage}: {done} of {total} ({time.perf_counter() - started:.0f} s)", err=True)

    return Workspace(root=cache, data=data, vectors_on=not plain, progress=progress, rounds=rounds)


def language_model(cache: Path) -> Reranker:
    """The language model of the settings; refused where none is set up."""
    found = endpoint(told(EngineSettings))
    if found is None:
        raise NoLanguageModel("no language model is set up: set FTZ_LLM_URL and FTZ_LLM_MODEL")
    return Reranker(Endpoint(**found), record=cache)


def print_figures(report: dict[str, Any]) -> None:
    """Share right and calibration by level."""
    typer.echo(f"{counted(report['n'], 'record')}\ndigits    top-1   top-5  top-10     ECE")
    for level in map(str, LEVELS):
        row = "  ".join(f"{report[top][level]:6.1f}" for top in ("top1", "top5", "top10"))
        typer.echo(f"{level:>6}  {row}  {report['ece'][level]:6.3f}")
