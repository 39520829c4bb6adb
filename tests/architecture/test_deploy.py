"""The images and the compose file agree with the code, as far as that can be seen without an engine."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ftz_common.contracts import table
from ftz_common.process.settings import ProcessSettings
from ftz_common.settings import documented

DEPLOY = Path(__file__).parents[2] / "deploy"
ROOT = DEPLOY.parent
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()


def test_compose_runs_every_service_and_the_servers() -> None:
    servers = {"kafka", "mongodb", "otel", "topics"}
    assert COMPOSE["services"].keys() == {*table.SERVICES, "cbp", *servers}


@pytest.mark.parametrize("name", [*table.SERVICES, "cbp"])
def test_a_service_is_built_from_its_member_and_waits_for_its_topics(name: str) -> None:
    service = COMPOSE["services"][name]
    built = service["build"]["args"]["SERVICE"]
    members = [ROOT / "services" / built, ROOT / "apps" / built]
    assert any((member / f"ftz_{built}" / "__main__.py").exists() for member in members)
    assert service["depends_on"]["topics"]["condition"] == "service_completed_successfully"


def test_every_variable_is_one_that_a_process_reads() -> None:
    known = {row.variable for row in documented(ProcessSettings)}
    for service in COMPOSE["services"].values():
        told = {name for name in service.get("environment", {}) if name.startswith("FTZ_")}
        assert told <= known
    in_image = {word.split("=")[0] for word in DOCKERFILE.split() if word.startswith("FTZ_") and "=" in word}
    assert in_image - {"FTZ_SERVICE"} <= known


def test_ports_are_published_on_loopback_only() -> None:
    published = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
    assert len(published) == len(set(published)) >= len(table.SERVICES)
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_the_image_runs_as_nobody_in_particular_and_copies_what_exists() -> None:
    lines = [line for line in DOCKERFILE.splitlines() if line and not line.startswith("#")]
    assert lines.index("USER 10001") > max(i for i, line in enumerate(lines) if line.startswith("COPY"))
    for line in lines:
        if line.startswith("COPY") and "--from" not in line:
            assert (ROOT / line.split()[1]).exists(), line


def test_compose_keeps_the_specification() -> None:
    """The published schema of compose files, and Docker's own check where it is installed."""
    schema = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    assert _done(*schema, str(DEPLOY / "compose.yaml")) == ""
    docker = shutil.which("docker")
    if docker and _done(docker, "compose", "version") == "":
        assert _done(docker, "compose", "-f", str(DEPLOY / "compose.yaml"), "config", "--quiet") == ""


def _done(*command: str) -> str:
    """What a command complains of; nothing when it went well."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 fixed commands
    return "" if done.returncode == 0 else done.stdout + done.stderr or f"exit {done.returncode}"
