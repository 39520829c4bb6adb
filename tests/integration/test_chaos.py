"""The short form of `make chaos`: the same faults, fewer of them, the same census."""

from pathlib import Path

import pytest
from tests.integration.chaos.run import spawned_run
from tests.integration.servers.found import docker_answers
from tests.integration.servers.settings import ServerSettings


async def test_nothing_is_lost_and_nothing_doubled_when_everything_breaks(tmp_path: Path) -> None:
    settings = ServerSettings()
    if settings.kafka or settings.mongo or docker_answers():
        pytest.skip("only servers of our own can be killed")
    report = await spawned_run(settings, tmp_path, orders=100, kills=6, seed=7, silent_seconds=8)
    print(report.table())
    assert report.wrong == []
