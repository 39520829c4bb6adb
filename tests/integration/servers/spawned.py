"""Servers as Java processes on loopback: Apache Kafka itself, and a stand-in for MongoDB.

The stand-in (mongo-java-server on a file) keeps what our store asks for: unique keys, atomic updates of one
document, ordered inserts. It is no MongoDB: its figures say nothing about one.
"""

import base64
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import UUID

HERE = Path(__file__).parent
HEAP = "-Xmx256m"
_READY_SECONDS = 60.0


class NoServer(Exception):
    """Why none can be had here."""


def jars(cache: Path) -> Path:
    """The folder with the servers' jars, fetched once by Maven."""
    for tool in ("java", "mvn"):
        if shutil.which(tool) is None:
            raise NoServer(f"{tool} is not installed")
    pom = HERE / "pom.xml"
    folder = cache / sha256(pom.read_bytes()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # who else starts tests now waits for what we fetch
        if not (folder / "complete").exists():
            _fetch(pom, folder)
    return folder / "libs"


def _fetch(pom: Path, folder: Path) -> None:
    shutil.copy(pom, folder / "pom.xml")
    fetched = subprocess.run(
        ["mvn", "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={folder / 'libs'}"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if fetched.returncode != 0:
        raise NoServer(f"mvn could not fetch the servers: {(fetched.stdout + fetched.stderr)[-500:]}")
    (folder / "complete").touch()


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Spawned:
    """A server process on loopback. It can be stopped hard, frozen, and started again on the same port."""

    command: list[str]
    port: int
    log: Path
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def address(self) -> str:
        """host:port."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it listens."""
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(self.command, stdout=out, stderr=out, start_new_session=True)
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            with socket.socket() as probe:
                probe.settimeout(1)
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        self.stop()
        raise NoServer(f"{self.command[-2:]} did not come up: {self.log.read_text(errors='replace')[-800:]}")

    def send(self, number: signal.Signals) -> None:
        """Send a signal: SIGSTOP freezes, SIGCONT lets go on, SIGKILL crashes."""
        if self.process is not None and self.process.poll() is None:
            os.kill(self.process.pid, number)

    def stop(self, number: signal.Signals = signal.SIGKILL) -> None:
        """End it and wait until it is gone."""
        self.send(signal.SIGCONT)
        self.send(number)
        if self.process is not None:
            self.process.wait()


def kafka(cache: Path, folder: Path, password: str = "") -> Spawned:
    """Apache Kafka, one node that is broker and controller; its data live in `folder`.

    With a password it lets in the user "ftz" alone (SCRAM-SHA-512).
    """
    libs, port, controller, within = jars(cache), free_port(), free_port(), free_port()
    clients = "SASL_PLAINTEXT" if password else "CLIENTS"
    properties = folder / "server.properties"
    properties.write_text(
        "\n".join(
            (
                "process.roles=broker,controller",
                "node.id=1",
                f"controller.quorum.voters=1@127.0.0.1:{controller}",
                f"listeners={clients}://127.0.0.1:{port},WITHIN://127.0.0.1:{within},"
                f"CONTROLLER://127.0.0.1:{controller}",
                f"advertised.listeners={clients}://127.0.0.1:{port},WITHIN://127.0.0.1:{within}",
                "inter.broker.listener.name=WITHIN",
                "controller.listener.names=CONTROLLER",
                "listener.security.protocol.map=CLIENTS:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,"
                "WITHIN:PLAINTEXT,CONTROLLER:PLAINTEXT",
                "sasl.enabled.mechanisms=SCRAM-SHA-512",
                "listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config="
                "org.apache.kafka.common.security.scram.ScramLoginModule required;",
                f"log.dirs={folder / 'data'}",
                "auto.create.topics.enable=false",
                "offsets.topic.replication.factor=1",
                "offsets.topic.num.partitions=4",
                "transaction.state.log.replication.factor=1",
                "transaction.state.log.min.isr=1",
                "group.initial.rebalance.delay.ms=0",
                "group.min.session.timeout.ms=500",
                "log.index.size.max.bytes=1048576",
                "",
            )
        )
    )
    java = ["java", HEAP, "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", f"{libs}/*"]
    cluster = base64.urlsafe_b64encode(UUID(int=1).bytes).decode().rstrip("=")
    users = ["--add-scram", f"SCRAM-SHA-512=[name=ftz,password={password}]"] if password else []
    formatted = subprocess.run(
        [*java, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(properties), *users],
        capture_output=True,
        text=True,
        check=False,
    )
    if formatted.returncode != 0:
        raise NoServer(f"Kafka's storage could not be formatted: {formatted.stderr[-500:]}")
    return Spawned([*java, "kafka.Kafka", str(properties)], port, folder / "kafka.log")


def mongo(cache: Path, folder: Path) -> Spawned:
    """The stand-in for MongoDB, on a file in `folder`."""
    libs, port = jars(cache), free_port()
    launch = [
        "java",
        HEAP,
        "-cp",
        f"{libs}/*",
        str(HERE / "Launcher.java"),
        str(port),
        str(folder / "mongo.h2"),
    ]
    return Spawned(launch, port, folder / "mongo.log")
