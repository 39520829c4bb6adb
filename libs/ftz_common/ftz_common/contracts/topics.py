"""The topics that must exist, and how many partitions each has for life: made from the contract table."""

from collections.abc import Iterable, Mapping

from ftz_common.contracts import table

#: Played time: one partition, read from the start by every process that plays.
CLOCK = "ftz.clock.v1"
#: What intake of sources that are not registered is refused on.
UNREGISTERED = "unregistered"
#: Facts are kept for ever (Kafka's default is seven days), and never compacted.
CONFIGS: Mapping[str, str] = {"retention.ms": "-1", "cleanup.policy": "delete"}
#: Read whole by every process before it is ready: order across everything in them matters.
_ONE_PARTITION = (table.REFERENCE, CLOCK)


def topics_wanted(partitions: int, sources: Iterable[str] = ()) -> dict[str, int]:
    """Every topic with its number of partitions: the fixed ones, and two for each source."""
    wanted = {name: partitions for name in table.topics() if "{" not in name}
    wanted |= dict.fromkeys(_ONE_PARTITION, 1)
    for source in sorted({*sources, UNREGISTERED}):
        wanted |= {pattern.format(source=source): partitions for pattern in (table.INTAKE, table.OUTCOMES)}
    return wanted
