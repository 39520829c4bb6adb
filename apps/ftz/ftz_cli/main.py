"""The `ftz` command."""

import sys
from typing import Annotated

import typer

from ftz_cli.admissions import admissions_app
from ftz_cli.catair import app as catair_app
from ftz_cli.check import check
from ftz_cli.count import count_app
from ftz_cli.entry import entry_app
from ftz_cli.estimate import estimate_app
from ftz_cli.explain import explain
from ftz_cli.fees import fees_app
from ftz_cli.inspect import replay, trace, verify
from ftz_cli.measures import app as measures_app
from ftz_cli.operate import (
    alerts,
    backup,
    clock_app,
    quarantine_app,
    tariff_app,
)
from ftz_cli.reference import settings_command
from ftz_cli.review import app as review_app
from ftz_cli.run import run
from ftz_cli.schedules import differences, report
from ftz_cli.screen import FAILED, Failure, show_failure
from ftz_cli.suppose import suppose
from ftz_cli.topics import topics_app
from ftz_cli.value import value_app
from ftz_cli.zone_manual import manual_app
from ftz_cli.zone_opening import zone_app

app = typer.Typer(
    name="ftz",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="US Foreign-Trade Zone compliance from the event stream of shop and warehouse.",
    epilog="Start with: ftz run samples/home-goods/scenario.yaml",
)
app.command()(run)
app.command()(check)
app.command()(trace)
app.command()(verify)
app.command()(replay)
app.command()(explain)
app.command()(suppose)
app.command()(alerts)
app.command("settings")(settings_command)
app.command()(backup)
app.add_typer(topics_app, name="topics")
zone_app.add_typer(manual_app, name="manual")
app.add_typer(zone_app, name="zone")
app.add_typer(admissions_app, name="admissions")
app.add_typer(tariff_app, name="tariff")
app.add_typer(quarantine_app, name="quarantine")
app.add_typer(clock_app, name="clock")
app.add_typer(count_app, name="count")
app.add_typer(measures_app, name="measures")
app.add_typer(fees_app, name="fees")
app.add_typer(entry_app, name="entry")
app.add_typer(estimate_app, name="estimate")
app.add_typer(value_app, name="value")
app.add_typer(review_app, name="review")
app.add_typer(catair_app, name="catair")
tariff_app.command("parse-report")(report)
tariff_app.command("diff")(differences)


def _classify() -> typer.Typer:
    """The classification verbs: their libraries are loaded only when one of them is asked for."""
    if sys.argv[1:2] != ["classify"]:
        return typer.Typer(help="Propose tariff numbers: prepare, learn, train, evaluate.")
    try:
        from ftz_cli.classify import app as verbs  # noqa: PLC0415 heavy, and optional
    except ModuleNotFoundError as missing:
        need = Failure(
            "engine-not-installed",
            f"the classification engine needs {missing.name}, which is not installed",
            "make engine",
        )
        show_failure(need)
        raise SystemExit(FAILED) from missing
    return verbs


app.add_typer(_classify(), name="classify")


def version(value: bool) -> None:
    """Print the version and leave."""
    if value:
        typer.echo("ftz 0.1.0")
        raise typer.Exit


@app.callback()
def root(
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version", callback=version, is_eager=True)
    ] = False,
) -> None:
    """Loopback only, no server needed: everything is in one file under FTZ_VAR (default ./var)."""
