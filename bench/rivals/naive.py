"""FastStream as most people write it: one record at a time, pydantic, `@publisher`, one write to MongoDB.

`python -m bench.rivals.naive SERVICE HOPS KAFKA SPACE MONGO`: the hops and bytes of one service of ours, each
record validated, stored with one `insert_one`, and answered through publishers; FastStream's defaults, but
for reading from the earliest offset (else what came before the group's first start is never seen).
"""

import asyncio
import re
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from faststream.kafka import KafkaBroker
from pydantic import BaseModel
from pymongo import AsyncMongoClient

from bench import hops
from ftz_common.process import loop

SETTINGS = {"auto_offset_reset": "earliest"}


class Event(BaseModel):
    """A record; `filler` makes it as large as ours."""

    number: int
    order: int
    filler: str = ""


def event(number: int, order: int, size: int) -> Event:
    """A record of about so many bytes of JSON."""
    return Event(number=number, order=order, filler="x" * max(0, size - 45))


def _handler(
    plan: hops.Hops, service: str, collection: Any, publishers: dict[str, Any]
) -> Callable[[Event], Awaitable[None]]:
    acts = plan.acts.get(service, {})

    async def handle(received: Event) -> None:
        for act in acts.get(received.number, ()):
            await collection.insert_one({"order": received.order, "body": "x" * act.insert})
            for number in act.says:
                record = plan.records[number]
                await publishers[record.topic].publish(
                    event(number, received.order, record.size), key=b"%d" % received.order
                )
        if service == "reporting":
            await collection.insert_one(received.model_dump())

    return handle


async def run(service: str, plan: hops.Hops, kafka: str, space: str, mongo: str) -> None:
    """Until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    broker = KafkaBroker(kafka, allow_auto_create_topics=False, logger=None)  # its lines would fill a pipe
    client = AsyncMongoClient(mongo)
    said = {
        plan.records[n].topic for acts in plan.acts.get(service, {}).values() for a in acts for n in a.says
    }
    publishers = {topic: broker.publisher(space + topic) for topic in said}
    collection = client[space.strip(".")][service]
    for number, topics in enumerate(plan.hears[service]):
        patterns = [
            re.escape(space + t[:-1]) + ".+" if t.endswith("*") else re.escape(space + t) for t in topics
        ]
        broker.subscriber(
            pattern=f"^(?:{'|'.join(patterns)})$", group_id=f"{space}{service}.{number}", **SETTINGS
        )(_handler(plan, service, collection, publishers))
    await broker.start()
    print("ready", flush=True)
    await stop.wait()
    await broker.stop()
    await client.close()


def main() -> None:
    """From the command line."""
    service, plan, kafka, space, mongo = sys.argv[1:]
    loop.run(run(service, hops.read(Path(plan)), kafka, space, mongo))


if __name__ == "__main__":
    main()
