"""What one order makes of records and commits, as ftz itself does it: the rivals make the same hops.

Played once in the embedded world and written down: which record each service acts on, how large the commit
is that it inserts, and which records that commit publishes, with their bytes and topics.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench import embedded, unit
from ftz_common.contracts import platform, table
from ftz_common.contracts.commit import StoredCommit, unseal
from ftz_common.flow.writer import messages_of
from ftz_common.process import loop
from ftz_common.values.names import derived_id

#: The topic of all intake on Kafka, as services subscribe to it.
INTAKE = "ftz.shipments.*"


@dataclass(frozen=True)
class Record:
    """One record of the unit: where it goes, and its size without headers."""

    topic: str
    size: int
    type: str


@dataclass(frozen=True)
class Act:
    """What a service does about a record: one commit of so many bytes, and the records it publishes."""

    insert: int
    says: tuple[int, ...]


@dataclass
class Hops:
    """The records by number; the first ones come from the shop."""

    records: list[Record] = field(default_factory=list)
    from_shop: list[int] = field(default_factory=list)
    acts: dict[str, dict[int, list[Act]]] = field(default_factory=dict)  #: service, record -> acts
    hears: dict[str, list[list[str]]] = field(default_factory=dict)  #: service -> topics of each consumer

    @property
    def priced(self) -> list[int]:
        """The records that end the unit."""
        return [number for number, record in enumerate(self.records) if record.type == unit.PRICED]

    def summary(self) -> str:
        """How much that is."""
        acts = [act for by_record in self.acts.values() for acts in by_record.values() for act in acts]
        total = sum(record.size for record in self.records)
        return f"{len(self.records)} records ({total:,} bytes), {len(acts)} commits"

    def kept(self, path: Path) -> Path:
        """Written to a file for the rivals' processes."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")
        return path


def read(path: Path) -> Hops:
    """What `kept` wrote."""
    raw: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return Hops(
        [Record(**record) for record in raw["records"]],
        list(raw["from_shop"]),
        {
            service: {
                int(number): [Act(act["insert"], tuple(act["says"])) for act in acts]
                for number, acts in by_record.items()
            }
            for service, by_record in raw["acts"].items()
        },
        {service: [list(topics) for topics in consumers] for service, consumers in raw["hears"].items()},
    )


def recorded(folder: Path) -> Hops:
    """The hops of one order, after a few others."""
    return loop.run(_recorded(folder))


def recorded_apart(folder: Path) -> Hops:
    """As `recorded`, in a process of its own, for a caller whose loop runs."""
    path = folder / "hops.json"
    subprocess.run([sys.executable, "-m", "bench.hops", str(path)], check=True)
    return read(path)


async def _recorded(folder: Path) -> Hops:
    world = await embedded.stocked(folder)
    try:
        await embedded.priced(world, 1_000, 100)
        seen: list[tuple[str, StoredCommit]] = []
        assert world.file is not None
        world.file.listen(lambda _at, service, commits: seen.extend((service, c) for c in commits))
        await embedded.priced(world, 1, 1)
        hops = _read(seen)
        for service in world.services:
            hops.hears[service.name] = _consumers(service.name, service)
        return hops
    finally:
        await world.close()


def _read(seen: Sequence[tuple[str, StoredCommit]]) -> Hops:
    hops, numbers = Hops(), dict[str, int]()
    for message in unit.order(1):
        event = json.loads(message.value)
        numbers[derived_id(unit.SOURCE, event["id"])] = len(hops.records)
        hops.from_shop.append(len(hops.records))
        hops.records.append(Record(message.topic, len(message.value), event["type"]))
    for service, stored in seen:
        commit = unseal(stored)
        says: list[int] = []
        for message in messages_of(commit, stored.hash):
            says.append(len(hops.records))
            numbers[message.headers["ce_id"]] = len(hops.records)
            hops.records.append(Record(message.topic, len(message.value), message.headers["ce_type"]))
        if commit.cause in numbers:
            heard = hops.acts.setdefault(service, {}).setdefault(numbers[commit.cause], [])
            heard.append(Act(len(stored.body), tuple(says)))
    return hops


def _consumers(name: str, service: Any) -> list[list[str]]:
    """The topics of each consumer of a service in production."""
    found: list[list[str]] = []
    if facts := table.subscribed(name):
        found.append(list(facts))
    if any(owner == name for _, owner in platform.FOREIGN.values()):
        found.append([INTAKE])
    if service.projection is not None:
        found.append([topic.replace("{source}.v1", "*") for topic in service.projection.topics])
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        recorded(Path(name)).kept(Path(sys.argv[1]))
