"""The `ftz` command."""

from typing import Annotated

import typer

from ftz_cli.check import check
from ftz_cli.inspect import replay, trace, verify
from ftz_cli.operate import (
    alerts,
    backup,
    clock_app,
    quarantine_app,
    tariff_app,
    zone_app,
)
from ftz_cli.reference import settings_command, topics
from ftz_cli.run import run

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
app.command()(alerts)
app.command()(topics)
app.command("settings")(settings_command)
app.command()(backup)
app.add_typer(zone_app, name="zone")
app.add_typer(tariff_app, name="tariff")
app.add_typer(quarantine_app, name="quarantine")
app.add_typer(clock_app, name="clock")


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
