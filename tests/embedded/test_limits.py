"""What is too much at once, or comes as something else, is refused whole, with how to send it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest

from ftz_cli.world import World, simulated
from ftz_common.flow.clock import PlayedClock
from ftz_common.settings import Settings
from ftz_common.store.port import StoreUnavailable
from ftz_common.web.app import make_app

BATCH = "application/cloudevents-batch+json"


@pytest.fixture
def world() -> World:
    return simulated(Settings(), PlayedClock(datetime(2026, 5, 1, tzinfo=UTC)), {})


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    app = make_app(world.services, [s.api for s in world.services if s.api is not None])
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://ftz") as found:
        yield found


@pytest.mark.parametrize(
    ("path", "kind", "body", "status", "code"),
    [
        ("/v1/events", "text/plain", b"{}", 415, "wrong-content-type"),
        ("/v1/events", BATCH, b"[" + b"1," * 1000 + b"1]", 413, "too-many-events"),
        ("/v1/events", BATCH, b" " * 8_000_001, 413, "request-too-large"),
        (
            "/v1/duty/tariff?revision=r&effective=2026-01-01",
            "text/csv",
            b" " * 32_000_001,
            413,
            "tariff-too-large",
        ),
    ],
)
async def test_limits_of_a_request(
    *, client, path: str, kind: str, body: bytes, status: int, code: str
) -> None:
    headers = {"content-type": kind, "idempotency-key": "k"}
    answer = await client.post(path, content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"], bool(answer.json()["remedy"])) == (status, code, True)


async def test_a_store_that_does_not_answer_is_said(world, client, monkeypatch: pytest.MonkeyPatch) -> None:
    duty = next(service for service in world.services if service.name == "duty")

    async def silent(*_: object) -> None:
        raise StoreUnavailable("no answer within 5 s")

    monkeypatch.setattr(duty.journal, "state", silent)
    answer = await client.get("/v1/duty/export-permits/999/acme/2026-05-03")
    assert (answer.status_code, answer.json()["code"]) == (503, "store-unavailable")
