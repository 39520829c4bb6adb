"""`ftz topics apply`: the topics of the contract table on a Kafka cluster, made once and for life."""

from pathlib import Path
from typing import Annotated

import typer

from ftz_cli.client import run_async
from ftz_cli.operate import AsJson
from ftz_cli.reference import topics as print_topics
from ftz_cli.screen import Failure, counted, guarded, out, print_json
from ftz_cli.text_yaml import FileError
from ftz_cli.zone_file import read_zone
from ftz_common.bus.kafka_broker import BusRefused
from ftz_common.bus.port import BusUnavailable
from ftz_common.process.settings import ProcessSettings
from ftz_common.process.topics import apply
from ftz_common.settings import told

topics_app = typer.Typer(help="The topics: list them, or make them on a Kafka cluster.")


@topics_app.callback(invoke_without_command=True)
@guarded
def listing(context: typer.Context, as_json: AsJson = False) -> None:
    """List every fact and platform event: topic, key, and who hears it."""
    if context.invoked_subcommand is None:
        print_topics(as_json=as_json)


@topics_app.command("apply")
@guarded
def topics_apply(
    source: Annotated[
        list[str] | None, typer.Option("--source", help="A source to come; may be repeated")
    ] = None,
    zone: Annotated[Path | None, typer.Option("--zone", help="A zone file: the sources it registers")] = None,
    as_json: AsJson = False,
) -> None:
    """Make the topics that are missing (FTZ_KAFKA), two for each registered source. Changes none that exists.

    Example: ftz topics apply --zone samples/home-goods/zone.yaml
    """
    settings = told(ProcessSettings)
    sources = {*(source or []), *_sources_in(zone)}
    try:
        applied = run_async(lambda: apply(settings, sources))
    except (BusRefused, BusUnavailable) as error:
        raise Failure("kafka", str(error), "see `ftz settings` for FTZ_KAFKA and FTZ_PARTITIONS") from error
    if as_json:
        print_json({"made": applied.made, "there": applied.there})
        return
    for name in applied.made:
        out.print(f"made {name}")
    out.print(f"{counted(len(applied.made), 'topic')} made, {len(applied.there)} were there")


def _sources_in(zone: Path | None) -> set[str]:
    if zone is None:
        return set()
    try:
        application = read_zone(zone)
    except FileError as error:
        raise Failure("zone-file", str(error), "see samples/home-goods/zone.yaml") from error
    return {source["name"] for source in application["document"]["sources"]}
