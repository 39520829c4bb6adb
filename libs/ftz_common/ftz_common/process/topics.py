"""The topics of the contract table on a Kafka cluster, made once and for life.

`ftz topics apply`, or `python -m ftz_common.process.topics` where only one service is installed.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from ftz_common.bus.kafka import KafkaBus
from ftz_common.bus.kafka_broker import BusRefused, Cluster, Connection, NewTopicSpec
from ftz_common.bus.port import BusUnavailable, Delivery, Subscription
from ftz_common.contracts import envelope, table
from ftz_common.contracts.reference import ZoneApplied
from ftz_common.contracts.topics import CONFIGS, topics_wanted
from ftz_common.process import loop
from ftz_common.process.settings import ProcessSettings
from ftz_common.settings import SettingsRefused, told


@dataclass
class Applied:
    """What was there already, and what was made."""

    made: list[str] = field(default_factory=list[str])
    there: list[str] = field(default_factory=list[str])


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
        await _check_kept(cluster, [name for name in wanted if name in existing])
        missing = [name for name in wanted if name not in existing]
        await cluster.create([NewTopicSpec(n, wanted[n], settings.replicas, CONFIGS) for n in missing])
        return Applied(missing, sorted(wanted.keys() & existing.keys()))
    finally:
        await cluster.close()


async def _check_kept(cluster: Cluster, topics: Sequence[str]) -> None:
    """A topic that forgets or compacts loses facts: refuse to go on with it."""
    wrong = [
        f"{topic} has {name}={is_so}, not {CONFIGS[name]}"
        for topic, configs in sorted((await cluster.configs(topics, list(CONFIGS))).items())
        for name, is_so in configs.items()
        if is_so != CONFIGS.get(name, is_so)
    ]
    if wrong:
        raise BusRefused(
            f"{'; '.join(wrong)}: facts would be lost. Alter it (kafka-configs --alter --entity-type topics"
            " --entity-name TOPIC --add-config ...), then run this again. Nothing was changed"
        )


async def registered(connection: Connection) -> set[str]:
    """The sources of every zone that was ever applied on this cluster."""
    bus, found = KafkaBus(connection), set[str]()

    async def take(deliveries: Sequence[Delivery]) -> None:
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


def _main() -> None:
    try:
        applied = loop.run(apply(told(ProcessSettings), set(sys.argv[1:])))
    except (SettingsRefused, BusRefused, BusUnavailable) as error:
        print(f"topics: {error}", file=sys.stderr)
        raise SystemExit(2) from error
    print(f"{len(applied.made)} topics made, {len(applied.there)} were there")


if __name__ == "__main__":
    _main()
