"""The bare aiokafka relay: one process per service of ours, the same hops, the same bytes, no thought.

`python -m bench.rivals.relay SERVICE HOPS KAFKA SPACE [MONGO]`: reads what the service reads, and for each
record publishes records of the sizes that the service publishes; with a MongoDB, first inserts documents of
the sizes that it inserts, a batch in one ordered `insert_many`. What the views write is left out.
"""

import asyncio
import contextlib
import re
import signal
import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from pymongo import AsyncMongoClient

from bench import hops
from ftz_common.process import loop

PRODUCER = {"acks": "all", "enable_idempotence": True, "linger_ms": 2, "max_batch_size": 131_072}
CONSUMER = {
    "enable_auto_commit": False,
    "auto_offset_reset": "earliest",
    "isolation_level": "read_committed",
    "metadata_max_age_ms": 1000,
}
BATCH_MAX = 250
POLL_MS = 5
_HEAD = struct.Struct(">HI")
_ID = b"0" * 36


def value(number: int, order: int, size: int) -> bytes:
    """A record of so many bytes that says which one it is, and of which order."""
    return _HEAD.pack(number, order).ljust(size, b"x")


def headers(record: hops.Record) -> list[tuple[str, bytes]]:
    """As many bytes of headers as ours have."""
    return (
        [] if record.type.startswith("ftz.platform.") else [("ce_id", _ID), ("ce_type", record.type.encode())]
    )


def number_of(body: bytes) -> int:
    """Which record of the unit it is."""
    return _HEAD.unpack_from(body)[0]


@dataclass
class Relay:
    """One process."""

    service: str
    plan: hops.Hops
    space: str
    producer: AIOKafkaProducer
    collection: Any = None
    _documents: int = field(default=0)

    async def consume(self, consumer: AIOKafkaConsumer, archive: bool) -> None:
        """Batches, until cancelled."""
        while True:
            found = await consumer.getmany(timeout_ms=POLL_MS, max_records=BATCH_MAX)
            records = [record.value or b"" for some in found.values() for record in some]
            if records:
                await self._relayed(records, archive)
                await consumer.commit()

    async def _relayed(self, records: Sequence[bytes], archive: bool) -> None:
        plan, acts = self.plan, self.plan.acts.get(self.service, {})
        todo = [(body, act) for body in records for act in acts.get(number_of(body), ())]
        if self.collection is not None:
            documents = [b"x" * act.insert for _, act in todo]
            if archive:
                documents += records
            if documents:
                await self.collection.insert_many([self._document(d) for d in documents], ordered=True)
        sent: list[asyncio.Future[Any]] = []
        for body, act in todo:
            _, order = _HEAD.unpack_from(body)
            for number in act.says:
                record = plan.records[number]
                sent.append(
                    await self.producer.send(
                        self.space + record.topic,
                        value(number, order, record.size),
                        key=b"%d" % order,
                        headers=headers(record),
                    )
                )
        if sent:
            await asyncio.gather(*sent)

    def _document(self, body: bytes) -> dict[str, Any]:
        self._documents += 1
        return {"_id": f"{self.service}/{self._documents}", "b": body}


async def run(service: str, plan: hops.Hops, kafka: str, space: str, mongo: str) -> None:
    """Until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    producer = AIOKafkaProducer(bootstrap_servers=kafka, **PRODUCER)
    await producer.start()
    client = AsyncMongoClient(mongo, w="majority", journal=True) if mongo else None
    collection = client[space.strip(".")][service] if client is not None else None
    relay = Relay(service, plan, space, producer, collection)
    consumers: list[AIOKafkaConsumer] = []
    tasks: list[asyncio.Task[None]] = []
    for number, topics in enumerate(plan.hears[service]):
        consumer = AIOKafkaConsumer(
            bootstrap_servers=kafka,
            group_id=f"{space}{service}.{number}",
            **CONSUMER,
        )
        consumer.subscribe(pattern=pattern(space, topics))
        await consumer.start()
        consumers.append(consumer)
        archive = service == "reporting"
        tasks.append(asyncio.create_task(relay.consume(consumer, archive)))
    while not all(consumer.assignment() for consumer in consumers):
        await asyncio.sleep(0.05)
    print("ready", flush=True)
    await stop.wait()
    for task in tasks:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    for consumer in consumers:
        await consumer.stop()
    await producer.stop()
    if client is not None:
        await client.close()


def pattern(space: str, topics: Sequence[str]) -> str:
    """One expression for names and prefixes, within the space of one run."""
    parts = [re.escape(space + t[:-1]) + ".+" if t.endswith("*") else re.escape(space + t) for t in topics]
    return f"^(?:{'|'.join(parts)})$"


def main() -> None:
    """From the command line."""
    service, plan, kafka, space, *mongo = sys.argv[1:]
    loop.run(run(service, hops.read(Path(plan)), kafka, space, mongo[0] if mongo else ""))


if __name__ == "__main__":
    main()
