"""The image without an engine: the Dockerfile's own commands in a clean folder make a service that works."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.integration.servers.found import Server
from tests.integration.servers.spawned import free_port

ROOT = Path(__file__).parents[2]
#: An instruction with its lines continued.
INSTRUCTION = re.compile(r"^([A-Z]+)\s+((?:.*\\\n)*.*)$", re.M)
SERVICE = "alerts"
_READY_SECONDS = 60.0


def instructions() -> list[list[tuple[str, str]]]:
    """The instructions of each stage."""
    text = re.sub(r"^#.*\n", "", (ROOT / "deploy" / "Dockerfile").read_text(), flags=re.M)
    stages: list[list[tuple[str, str]]] = []
    for word, rest in INSTRUCTION.findall(text):
        if word == "FROM":
            stages.append([])
        stages[-1].append((word, rest.replace("\\\n", " ")))
    return stages


def test_the_images_commands_make_a_service_that_starts_answers_and_leaves(
    own_kafka: Server, mongo_server: Server, unique: str, tmp_path: Path
) -> None:
    build, home, port = tmp_path / "build", tmp_path / "opt-ftz", free_port()
    build.mkdir()
    clean = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "SERVICE": SERVICE,
        "HOME": str(tmp_path),
    }
    clean |= {
        name: os.environ[name]
        for name in os.environ
        if name.startswith("PIP_") or name.endswith("_CERT_FILE")
    }
    made, last = instructions()
    for word, rest in made:
        if word == "COPY":
            *sources, target = shlex.split(rest)
            for source in sources:
                _copy(ROOT / source, build / target)
        elif word == "RUN":
            _done(["sh", "-c", rest.replace("/opt/ftz", str(home))], build, clean)
    told = {
        "PATH": f"{home}/bin:{os.environ['PATH']}",
        "FTZ_SERVICE": SERVICE,
        "FTZ_PORT": str(port),
        "FTZ_KAFKA": own_kafka.address,
        "FTZ_MONGO": mongo_server.address,
        "FTZ_MONGO_PREFIX": unique,
    }
    commands = dict(last)
    _done(["python", "-m", "ftz_common.process.topics"], tmp_path, told)  # as compose does
    log = tmp_path / "service.log"
    with log.open("wb") as out:
        command = _words(commands["CMD"])
        service = subprocess.Popen(command, cwd=tmp_path, env=told, stdout=out, stderr=out)
    try:
        health = _words(commands["HEALTHCHECK"].partition("CMD")[2])
        health[-1] = health[-1].replace("8214", str(port))
        deadline = time.monotonic() + _READY_SECONDS
        while subprocess.run(health, env=told, capture_output=True, check=False).returncode:
            assert service.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
        while b"is ready" not in log.read_bytes():
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
    finally:
        service.terminate()
    assert service.wait(60) == 0, "SIGTERM reaches the service itself"


@pytest.mark.parametrize("name", ["libs", "services", "apps", "requirements.lock"])
def test_what_is_copied_is_there(name: str) -> None:
    assert (ROOT / name).exists()


def _words(rest: str) -> list[str]:
    return [str(word) for word in json.loads(rest)]


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "build"))
    else:
        shutil.copy(source, target)


def _done(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
