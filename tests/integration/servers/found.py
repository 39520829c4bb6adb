"""One Kafka and one MongoDB per test session, from the first place that has them."""

import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.integration.servers import spawned
from tests.integration.servers.settings import ServerSettings
from tests.integration.servers.spawned import NoServer, Spawned


@dataclass(frozen=True)
class Server:
    """Where it is, what it is, and its process if we spawned it (only then can it be frozen or killed)."""

    address: str
    kind: str
    process: Spawned | None = None


def docker_answers() -> bool:
    """A Docker engine can be used."""
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0


@contextmanager
def kafka(settings: ServerSettings, folder: Path) -> Generator[Server]:
    """A Kafka broker; raises `NoServer`."""
    if settings.kafka:
        yield Server(settings.kafka, "given")
    elif docker_answers():
        from testcontainers.community.kafka import KafkaContainer  # noqa: PLC0415 only where Docker is

        with KafkaContainer("apache/kafka:4.1.1") as container:
            yield Server(container.get_bootstrap_server(), "docker")
    else:
        process = spawned.kafka(settings.cache, folder)
        process.start()
        try:
            yield Server(process.address, "spawned", process)
        finally:
            process.stop()


@contextmanager
def mongo(settings: ServerSettings, folder: Path) -> Generator[Server]:
    """A MongoDB, or the stand-in for one; raises `NoServer`."""
    if settings.mongo:
        yield Server(settings.mongo, "given")
    elif docker_answers():
        from testcontainers.community.mongodb import MongoDbContainer  # noqa: PLC0415 only where Docker is

        with MongoDbContainer("mongo:8") as container:
            yield Server(container.get_connection_url(), "docker")
    else:
        process = spawned.mongo(settings.cache, folder)
        process.start()
        try:
            yield Server(f"mongodb://{process.address}", "spawned", process)
        finally:
            process.stop()


__all__ = ["NoServer", "Server", "kafka", "mongo"]
