"""Servers for the session, and databases, topics and groups of its own for each test."""

import signal
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from itertools import count
from pathlib import Path

import pytest
from tests.integration.servers import found
from tests.integration.servers.found import NoServer, Server
from tests.integration.servers.settings import ServerSettings

from ftz_common.bus.kafka_broker import Connection

_numbers = count(1)


def pytest_configure() -> None:
    """A run that is told to end (a time limit) ends its servers too."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_xdist_auto_num_workers() -> int:
    """Two of these processes, each with servers of its own; one where the servers are somebody else's."""
    settings = ServerSettings()
    return 1 if settings.kafka or settings.mongo else 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs servers, and PyMongo drops the bare socket of a connection that was refused:
    it is collected in whichever test comes later. (Sockets of our own are transports, with another warning.)
    """
    for item in items:
        if "tests/integration/" in item.path.as_posix():
            item.add_marker(pytest.mark.integration)
            item.add_marker(pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a test that is skipped here has failed."""
    _ = call
    report = yield
    if report.skipped and ServerSettings().ci and "tests/integration/" in item.path.as_posix():
        report.outcome, report.longrepr = "failed", f"skipped, which in CI is a failure: {report.longrepr}"
    return report


def _served(how: Callable[..., AbstractContextManager[Server]], folder: Path) -> Generator[Server]:
    settings = ServerSettings()
    try:
        with how(settings, folder) as server:
            yield server
    except NoServer as error:
        if settings.ci:
            pytest.fail(f"no server for the integration tests: {error}")
        pytest.skip(f"NO SERVER: {error}. Give its address, start Docker, or install Java 17 and Maven")


@pytest.fixture(scope="session")
def kafka_server(tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    """A Kafka broker for the whole session."""
    yield from _served(found.kafka, tmp_path_factory.mktemp("kafka"))


@pytest.fixture(scope="session")
def mongo_server(tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    """A MongoDB, or the stand-in, for the whole session."""
    yield from _served(found.mongo, tmp_path_factory.mktemp("mongo"))


@pytest.fixture
def own_kafka(kafka_server: Server, tmp_path: Path) -> Generator[Server]:
    """A Kafka that holds only what this test makes; the session's when that is not ours to empty."""
    if kafka_server.process is None:
        yield kafka_server
        return
    yield from _served(found.kafka, tmp_path)


@pytest.fixture
def unique(worker_id: str) -> str:
    """A name that no other test of this session has."""
    return f"t{worker_id}_{next(_numbers)}"


@pytest.fixture
def connection(kafka_server: Server) -> Connection:
    """How tests reach Kafka: impatient."""
    return impatient(kafka_server.address)


def impatient(address: str) -> Connection:
    """A connection that notices everything quickly."""
    return Connection(address, client="test", session_ms=2_000, metadata_ms=300, request_ms=10_000)
