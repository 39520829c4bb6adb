"""What a person sees: tables and panels, or one JSON document with --json; errors that say the next step."""

import json
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec

import typer
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from ftz_common.settings import SettingsRefused

P = ParamSpec("P")
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

#: Exit codes, the same for every command.
OK, DIFFERENT, FAILED = 0, 1, 2


class Failure(Exception):
    """A command cannot do what was asked: why, and what to do."""

    def __init__(self, code: str, reason: str, remedy: str, *, place: str = "", citation: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.remedy = remedy
        self.place = place
        self.citation = citation


def guarded(command: Callable[P, None]) -> Callable[P, None]:
    """Turns a `Failure` into a panel (or JSON) and exit code 2."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            _told_rightly(command, *args, **kwargs)
        except Failure as failure:
            if kwargs.get("as_json"):
                print_json(
                    {name: value for name, value in vars(failure).items() if isinstance(value, str) and value}
                )
            else:
                show_failure(failure)
            raise typer.Exit(FAILED) from failure

    return run


def _told_rightly(command: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
    try:
        command(*args, **kwargs)
    except SettingsRefused as error:
        raise Failure("settings", str(error), "set it right, or unset it") from error


def show_failure(failure: Failure) -> None:
    """A failure as a person reads it."""
    lines = [escape(failure.reason)]
    if failure.place:
        lines.append(f"[dim]where:[/dim] {escape(failure.place)}")
    if failure.citation:
        lines.append(f"[dim]rule:[/dim]  {escape(failure.citation)}")
    if failure.remedy:
        lines.append(f"[bold]next:[/bold]  {escape(failure.remedy)}")
    err.print(Panel("\n".join(lines), title=failure.code, border_style="red", title_align="left"))


def counted(number: int | str, one: str, many: str = "") -> str:
    """A number and what is counted, as one says it: "1 version", "2 versions", "0 entries"."""
    return f"{number} {one if str(number) == '1' else many or one + 's'}"


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False, default=str)
    sys.stdout.write("\n")


def table(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    right: Sequence[str] = (),
    whole: Sequence[str] = (),
    gap: int = 2,
) -> None:
    """A table; columns named in `right` are aligned to the right, those in `whole` are never wrapped.

    Cells are shown as they are: a SKU may hold square brackets.
    """
    made = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        header_style="dim",
        box=None,
        padding=(0, gap, 0, 0),
    )
    for column in columns:
        is_number = column in right
        made.add_column(
            column,
            justify="right" if is_number else "left",
            no_wrap=is_number or column in whole,
            overflow="fold",
        )
    for row in rows:
        made.add_row(*("" if cell is None else escape(str(cell)) for cell in row))
    out.print(made)
    out.print()
