"""The inventory hop against a stateful counter of Quix Streams: the same records from topic to topic."""

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.integration.conftest import impatient

from bench import hop
from bench.fleets import Finish, NotPriced, Servers, topics
from ftz_common.bus.kafka import KafkaBus
from ftz_common.bus.port import Message
from ftz_common.contracts import table

HERE = Path(__file__).parent / "rivals" / "quix"
DRAWN = b"ftz.inventory.stock.drawn.v1"
WARM = 50


def python() -> str:
    """The interpreter of Quix Streams' own environment, or nothing."""
    found = os.environ.get("FTZ_BENCH_QUIX", "")  # noqa: TID251 the Makefile says where it installed it
    return found if found and Path(found).exists() else ""


async def _published(kafka: str, messages: list[Message]) -> None:
    bus = KafkaBus(impatient(kafka))
    for start in range(0, len(messages), 2_000):
        await bus.publish(messages[start : start + 2_000])
    await bus.stop()


def _started(command: list[str], log: Path) -> "subprocess.Popen[bytes]":
    with log.open("ab") as out:
        return subprocess.Popen(command, stdout=out, stderr=out)


async def _hop(command: list[str], log: Path, kafka: str, way: tuple[str, str], count: int) -> float:
    """A warm-up shows that the program runs; then from the first record published to the last answered."""
    source, target = way
    drawn = target == table.home("inventory")
    process = _started(command, log)
    try:
        async with Finish(kafka, target, lambda r: not drawn or ("ce_type", DRAWN) in r.headers) as finish:
            await _published(kafka, hop.requests(source, WARM, "W"))
            await finish.seen(WARM)
            begun = time.perf_counter()
            publishing = asyncio.create_task(_published(kafka, hop.requests(source, count, "H")))
            end = await finish.seen(count)
            await publishing
        return count / (end - begun)
    except NotPriced as error:
        raise NotPriced(f"{error}: {log.read_text(errors='replace')[-1000:]}") from error
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


async def ours(servers: Servers, prefix: str, count: int) -> float:
    """Records per second through our hop; the fleet that made the stock has left."""
    kafka, source = servers.kafka.address, "ftz.bench.draws.v1"
    await topics(kafka, [source])
    command = [sys.executable, "-m", "bench.hop", kafka, servers.mongo.address, prefix, source]
    return await _hop(command, servers.folder / "hop.log", kafka, (source, table.home("inventory")), count)


async def rival(servers: Servers, count: int) -> float:
    """Records per second through Quix Streams."""
    kafka = servers.kafka.address
    await topics(kafka, ["quix.draws", "quix.counted"])
    state = servers.folder / "quix"
    command = [python(), str(HERE / "counter.py"), kafka, "quix.draws", "quix.counted", str(state)]
    return await _hop(command, servers.folder / "quix.log", kafka, ("quix.draws", "quix.counted"), count)
