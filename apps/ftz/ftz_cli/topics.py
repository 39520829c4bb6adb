"""`ftz topics apply`: the topics of the contract table on a Kafka cluster, made once and for life."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from ftz_cli.client import run_async
from ftz_cli.operate import AsJson
from ftz_cli.reference import topics as print_topics
from ftz_cli.screen import Failure, guarded, out, print_json
from ftz_cli.text_yaml import FileError
from ftz_cli.zone_file import read_zone
from ftz_common.bus.kafka import KafkaBus
from ftz_common.bus.kafka_broker import BusRefused, Cluster, Connection, NewTopicSpec
from ftz_common.bus.port import BusUnavailable, Delivery, Subscription
from ftz_common.contracts import envelope, table
from ftz_common.contracts.reference import ZoneApplied
from ftz_common.contracts.topics import CONFIGS, topics_wanted
from ftz_common.process.settings import ProcessSettings

topics_app = typer.Typer(help="The topics: list them, or make them on a Kafka cluster.")


@dataclass
class Applied:
    """What was there already, and what was made."""

    made: list[str] = field(default_factory=list)
    there: list[str] = field(default_factory=list)


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
    settings = ProcessSettings()
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
    out.print(f"{len(applied.made)} topics made, {len(applied.there)} were there")


async def apply(settings: ProcessSettings, sources: set[str]) -> Applied:
    """Make what is missing; raises `BusRefused` before anything is made when a topic cannot stay as it is."""
    connection = settings.connection("ftz-topics")
    cluster = Cluster(connection)
    await cluster.open()
    try:
        existing = await cluster.topics()
        if table.REFERENCE in existing:
            sources = sources | await registered(connection)
        wanted = topics_wanted(settings.partitions, sources)
        wrong = [
            f"{name} has {existing[name]} partitions, not {count}"
            for name, count in wanted.items()
            if existing.get(name, count) != count
        ]
        if wrong:
            raise BusRefused(
                f"{'; '.join(wrong)}: the number is fixed for life, because keys would move between"
                " partitions. Set FTZ_PARTITIONS to what the topics were made with. Nothing was changed"
            )
        missing = [name for name in wanted if name not in existing]
        await cluster.create([NewTopicSpec(n, wanted[n], settings.replicas, CONFIGS) for n in missing])
        return Applied(missing, sorted(wanted.keys() & existing.keys()))
    finally:
        await cluster.close()


async def registered(connection: Connection) -> set[str]:
    """The sources of every zone that was ever applied on this cluster."""
    bus, found = KafkaBus(connection), set[str]()

    async def take(deliveries: Any) -> None:
        for delivery in deliveries:
            found.update(_sources_of(delivery))

    bus.subscribe(Subscription(None, (table.REFERENCE,), take))
    try:
        await bus.start()
    finally:
        await bus.stop()
    return found


def _sources_of(delivery: Delivery) -> set[str]:
    fact = envelope.decode(delivery.value)
    row = table.BY_TYPE.get(fact.type)
    if row is None or row.fact is not ZoneApplied:
        return set()
    return {source.name for source in table.decoder(fact.type).decode(fact.data).document.sources}


def _sources_in(zone: Path | None) -> set[str]:
    if zone is None:
        return set()
    try:
        application = read_zone(zone)
    except FileError as error:
        raise Failure("zone-file", str(error), "see samples/home-goods/zone.yaml") from error
    return {source["name"] for source in application["document"]["sources"]}
