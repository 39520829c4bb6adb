"""The service on a bus, over HTTP: raised by a fact, listed by account, settled or resolved."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest

from ftz_alerts.app import build
from ftz_alerts.views import ALERTS, AlertList
from ftz_common.blobs.memory import MemoryBlobs
from ftz_common.bus.memory import MemoryBus
from ftz_common.bus.port import Delivery, Message
from ftz_common.contracts import table
from ftz_common.contracts.admissions import AdmissionHeld, DiscrepancyFound, Hold, HoldsCleared
from ftz_common.contracts.commit import envelopes, unseal
from ftz_common.contracts.envelope import encode, headers
from ftz_common.contracts.fact import Fact
from ftz_common.flow.clock import PlayedClock
from ftz_common.flow.service import Ports, Service
from ftz_common.settings import Settings
from ftz_common.store.memory import MemoryStore
from ftz_common.store.port import StoreRow
from ftz_common.web.app import make_app

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
HELD = AdmissionHeld(
    holds=[Hold(code="no-number", reason="no tariff number", citation="19 CFR 146.32", remedy="decide it")]
)
DISCREPANCY = DiscrepancyFound(
    line=1,
    announced=Decimal(10),
    counted=Decimal(9),
    joint_report_by="2026-03-17",
    cbp_told_by="2026-03-19",
    cbp_5931_by="2026-03-22",
)


@pytest.fixture
def service() -> Service:
    built = build(Settings(), Ports(MemoryStore(), MemoryBus(), MemoryBlobs(), PlayedClock(AT)))
    built.subscribe()
    return built


@pytest.fixture
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=make_app([service], [service.api]))
    async with httpx.AsyncClient(transport=transport, base_url="http://test/v1/alerts") as made:
        yield made


async def settle(service: Service) -> None:
    bus = service.ports.bus
    assert isinstance(bus, MemoryBus)
    while await bus.settle() + await service.fire_due():
        pass


async def say(service: Service, make: Any, stream: str, version: int, fact: Fact) -> None:
    """A fact of admissions, published."""
    row = table.BY_FACT["admissions", type(fact)]
    account = stream.split("/")[1]
    envelope = msgspec.structs.replace(
        make.envelope(stream, version),
        id=f"{stream}-{version}",
        type=row.type,
        account=account,
        data=msgspec.Raw(msgspec.json.encode(fact)),
    )
    await service.ports.bus.publish([Message(row.topic, stream, encode(envelope), headers(envelope))])
    await settle(service)


async def listed(client: httpx.AsyncClient, **params: Any) -> list[tuple[str, str, str]]:
    body = (await client.get("/alerts", params=params)).json()
    return [(alert["account"], alert["kind"], alert["state"]) for alert in body["alerts"]]


async def test_raised_listed_and_resolved(client: httpx.AsyncClient, service: Service, make: Any) -> None:
    await say(service, make, "admission/acme/shop/S-1", 3, HELD)
    await say(service, make, "admission/other/shop/S-1", 3, HELD)
    assert await listed(client) == [("acme", "admission-held", "open"), ("other", "admission-held", "open")]
    assert await listed(client, account="acme") == [("acme", "admission-held", "open")]
    alert = (await client.get("/alerts", params={"account": "acme"})).json()["alerts"][0]
    assert alert["message"] == "The 214 of shipment S-1 (shop) is held: no tariff number."
    assert (alert["remedy"], alert["about"]) == ("decide it", "admission/acme/shop/S-1")
    await say(service, make, "admission/acme/shop/S-1", 4, HoldsCleared())
    assert await listed(client, account="acme") == []
    assert await listed(client, account="acme", state="resolved") == [("acme", "admission-held", "resolved")]
    await say(service, make, "admission/acme/shop/S-1", 5, HELD)
    alert = (await client.get("/alerts", params={"account": "acme"})).json()["alerts"][0]
    assert (alert["times_raised"], alert["resolved_how"]) == (2, "")


async def test_a_person_settles_a_discrepancy_once(
    client: httpx.AsyncClient, service: Service, make: Any
) -> None:
    await say(service, make, "admission/acme/shop/S-1", 3, DISCREPANCY)
    alert = (await client.get("/alerts")).json()["alerts"][0]
    body = {"stream": alert["stream"], "account": "acme", "how": "CBP 5931 filed on 2026-03-09"}
    answer = await client.post("/settlements", json=body)
    assert (answer.status_code, answer.headers["etag"]) == (201, '"2"')
    assert (await client.post("/settlements", json=body)).status_code == 200
    await settle(service)
    assert await listed(client) == []
    resolved = (await client.get("/alerts", params={"state": "resolved"})).json()["alerts"][0]
    assert resolved["resolved_how"] == "CBP 5931 filed on 2026-03-09"


async def test_settling_what_only_a_cure_ends_or_what_is_not_there_is_refused(
    client: httpx.AsyncClient, service: Service, make: Any
) -> None:
    await say(service, make, "admission/acme/shop/S-1", 3, HELD)
    alert = (await client.get("/alerts")).json()["alerts"][0]
    body = {"stream": alert["stream"], "account": "acme", "how": "it is fine"}
    answer = await client.post("/settlements", json=body)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["citation"]) == (
        422,
        "cause-stands",
        "19 CFR 146.32",
    )
    assert problem["remedy"] == "decide it"
    other = await client.post("/settlements", json={**body, "account": "other"})
    assert (other.status_code, other.json()["code"]) == (404, "not-found")
    assert await listed(client) == [("acme", "admission-held", "open")]


async def test_lists_come_in_pages(client: httpx.AsyncClient, service: Service, make: Any) -> None:
    for number in range(5):
        await say(service, make, f"admission/acme/shop/S-{number}", 3, HELD)
    seen: list[str] = []
    after = ""
    while True:
        page = (await client.get("/alerts", params={"limit": 2, "after": after, "account": "acme"})).json()
        seen += [alert["about"] for alert in page["alerts"]]
        after = page["next"]
        if not after:
            break
    assert seen == [f"admission/acme/shop/S-{number}" for number in range(5)]


async def test_rows_are_those_that_the_commits_make(service: Service, make: Any) -> None:
    await say(service, make, "admission/acme/shop/S-1", 3, HELD)
    await say(service, make, "admission/acme/shop/S-2", 3, HELD)
    await say(service, make, "admission/acme/shop/S-1", 4, HoldsCleared())
    rows = AlertList(service.ports.store)
    assert await rows.differences() == []
    kept = await service.ports.store.scan(ALERTS)
    changed = StoreRow(kept[0].key, kept[0].body.replace(b"resolved", b"open", 1))
    await service.ports.store.put(ALERTS, [changed, StoreRow("acme/risk/none", b"{}")])
    await service.ports.store.delete(ALERTS, [kept[1].key])
    assert await rows.differences() == [
        f"alerts {kept[0].key}: differs from what version 2 says",
        "alerts acme/risk/none: no commit makes this row",
        f"alerts {kept[1].key}: the row is missing",
    ]


async def test_an_instance_that_lost_its_partition_brings_no_old_row_back(
    service: Service, make: Any
) -> None:
    """The same facts, taken again late and in part by another instance, leave the newest row."""
    await say(service, make, "admission/acme/shop/S-1", 3, HELD)
    await say(service, make, "admission/acme/shop/S-1", 4, HoldsCleared())
    taken: list[Any] = []
    async for stored in service.ports.store.commits("risk/"):
        for envelope in envelopes(unseal(stored), stored.hash):
            delivery = Delivery("ftz.alerts.v1", 0, 0, stored.stream, encode(envelope), headers(envelope))
            taken.append((envelope, delivery))
    before = await service.ports.store.scan(ALERTS)
    await AlertList(service.ports.store).take(taken[:1])
    assert await service.ports.store.scan(ALERTS) == before
