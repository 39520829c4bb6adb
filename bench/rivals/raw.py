"""What the client and the broker do at most here: producing alone, and one hop in one process.

Figures of rivals are held against these: a rival that is far below what it once was on a machine of this
speed is a rival that was not measured, and voids the run.
"""

import asyncio
import time
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from bench.rivals.relay import BATCH_MAX, CONSUMER, POLL_MS, PRODUCER

SIZE = 770


async def produced(kafka: str, topic: str, count: int) -> float:
    """Records of 770 bytes per second that the producer has acknowledged."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka, **PRODUCER)
    await producer.start()
    try:
        begun = time.perf_counter()
        sent: list[asyncio.Future[Any]] = []
        for number in range(count):
            sent.append(await producer.send(topic, b"x" * SIZE, key=b"%d" % number))
        await asyncio.gather(*sent)
        return count / (time.perf_counter() - begun)
    finally:
        await producer.stop()


async def relayed(kafka: str, source: str, target: str, count: int) -> float:
    """Records per second of one hop: what is on `source` goes to `target` in batches, then offsets."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka, **PRODUCER)
    consumer = AIOKafkaConsumer(source, bootstrap_servers=kafka, group_id=f"raw.{target}", **CONSUMER)
    await producer.start()
    await consumer.start()
    try:
        while not consumer.assignment():
            await asyncio.sleep(0.02)
        done, begun = 0, time.perf_counter()
        while done < count:
            found = await consumer.getmany(timeout_ms=POLL_MS, max_records=BATCH_MAX)
            records = [record for some in found.values() for record in some]
            sent = [await producer.send(target, r.value, key=r.key) for r in records]
            if sent:
                await asyncio.gather(*sent)
                await consumer.commit()
            done += len(records)
        return done / (time.perf_counter() - begun)
    finally:
        await consumer.stop()
        await producer.stop()
