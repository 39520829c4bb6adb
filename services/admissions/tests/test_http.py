"""The service on the memory bus, over HTTP: zones, events, the list of 214s."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest

from ftz_admissions.app import build
from ftz_admissions.usecases import ADMISSION
from ftz_admissions.views import TABLE, AdmissionRows
from ftz_common.blobs.memory import MemoryBlobs
from ftz_common.bus.memory import MemoryBus
from ftz_common.flow.clock import PlayedClock
from ftz_common.flow.service import Ports, Service
from ftz_common.settings import Settings
from ftz_common.store.memory import MemoryStore
from ftz_common.store.port import StoreRow
from ftz_common.web.app import make_app

AT = datetime(2026, 6, 1, 14, tzinfo=UTC)
SHIPMENT: dict[str, Any] = {
    "account": "acme",
    "shipment": "S/1",
    "mode": "11",
    "carrier": "ABCD",
    "bill": "B-1",
    "port_of_unlading": "4601",
    "export_date": "2026-05-01",
    "import_date": "2026-05-20",
    "lines": [
        {
            "line": 1,
            "sku": "MUG",
            "quantity": "500",
            "unit": "pcs",
            "value": "1000",
            "status": "N",
            "origin": "VN",
        }
    ],
}


@pytest.fixture
def service() -> Service:
    built = build(Settings(), Ports(MemoryStore(), MemoryBus(), MemoryBlobs(), PlayedClock(AT)))
    built.subscribe()
    return built


@pytest.fixture
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=make_app([service], [service.api]))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as made:
        yield made


async def settle(service: Service) -> None:
    bus = service.ports.bus
    assert isinstance(bus, MemoryBus)
    while await bus.settle() + await service.fire_due():
        pass


async def applied(client: httpx.AsyncClient, service: Service, make: Any) -> httpx.Response:
    body = {"document": msgspec.to_builtins(make.zone()), "effective_from": "2026-06-01"}
    answer = await client.put("/v1/admissions/zones/999", json=body)
    await settle(service)
    return answer


async def event(client: httpx.AsyncClient, service: Service, kind: str, data: dict[str, Any]) -> None:
    body = {
        "specversion": "1.0",
        "id": f"{kind}-1",
        "source": "shop",
        "type": f"ftz.platform.shipment.{kind}.v1",
        "time": AT.isoformat(),
        "data": data,
    }
    answer = await client.post("/v1/events", json=body)
    assert answer.status_code == 202, answer.text
    await settle(service)


async def test_a_zone_is_applied_shown_with_its_history_and_refused_by_place(
    client: httpx.AsyncClient, service: Service, make: Any
) -> None:
    assert (await client.get("/v1/admissions/zones/999")).status_code == 404
    answer = await applied(client, service, make)
    assert (answer.status_code, answer.json()["stream"]) == (201, "zone/999")
    assert answer.headers["etag"] == '"1"'
    changed = msgspec.to_builtins(make.zone(name="Renamed"))
    body = {"document": changed, "effective_from": "2026-06-01"}
    assert (await client.post("/v1/admissions/zones", json=body)).status_code == 201
    await settle(service)
    shown = (await client.get("/v1/admissions/zones/999")).json()
    assert shown["zone"]["name"] == "Renamed"
    assert [applied["changed"] for applied in shown["history"] if "changed" in applied] == [["name"]]
    assert [zone["zone"] for zone in (await client.get("/v1/admissions/zones")).json()["zones"]] == ["999"]
    wrong = {"document": changed | {"timezone": "Mars/Base"}, "effective_from": "2026-06-01"}
    refused = await client.post("/v1/admissions/zones", json=wrong)
    assert (refused.status_code, refused.json()["place"]) == (422, "timezone")
    elsewhere = await client.put("/v1/admissions/zones/998", json=body)
    assert (elsewhere.status_code, elsewhere.json()["place"]) == (422, "document.zone")


async def test_a_shipment_is_listed_under_its_account_and_shown_whole(
    client: httpx.AsyncClient, service: Service, make: Any
) -> None:
    await applied(client, service, make)
    await event(client, service, "announced", SHIPMENT)
    listed = (await client.get("/v1/admissions", params={"account": "acme"})).json()
    (row,) = listed["admissions"]
    assert (row["shipment"], row["number"], row["phase"]) == ("S/1", "999-26-000001", "drafted")
    assert row["holds"] == ["document-missing"]
    assert (await client.get("/v1/admissions", params={"account": "other"})).json()["admissions"] == []
    whole = await client.get("/v1/admissions/acme/shop/S%2F1")
    assert whole.json()["holds"][0]["code"] == "document-missing"
    assert whole.headers["etag"] == '"2"'
    assert (await client.get("/v1/admissions/acme/shop/S-2")).status_code == 404


async def test_the_list_is_paged(client: httpx.AsyncClient, service: Service, make: Any) -> None:
    await applied(client, service, make)
    bodies = [
        {
            "specversion": "1.0",
            "id": f"a{n}",
            "source": "shop",
            "type": "ftz.platform.shipment.announced.v1",
            "time": AT.isoformat(),
            "data": SHIPMENT | {"shipment": f"S-{n}"},
        }
        for n in range(3)
    ]
    headers = {"content-type": "application/cloudevents-batch+json"}
    await client.post("/v1/events", content=msgspec.json.encode(bodies), headers=headers)
    await settle(service)
    params = {"account": "acme", "limit": "2"}
    first = (await client.get("/v1/admissions", params=params)).json()
    second = (await client.get("/v1/admissions", params=params | {"after": first["next"]})).json()
    shipments = [a["shipment"] for page in (first, second) for a in page["admissions"]]
    assert shipments == ["S-0", "S-1", "S-2"]
    assert second["next"] is None


async def test_an_old_count_is_refused_and_then_taken_from_a_person(
    client: httpx.AsyncClient, service: Service, make: Any
) -> None:
    await applied(client, service, make)
    await event(client, service, "announced", SHIPMENT)
    address = "/v1/admissions/acme/shop/S%2F1/receipts"
    count: dict[str, Any] = {
        "receipt": "R-1",
        "counted_at": "2026-05-01T10:00:00Z",
        "final": False,
        "lines": [{"line": 1, "quantity": "20", "unit": "pcs"}],
        "who": "p-7",
        "reason": "scanner was down",
    }
    assert (await client.post(address, json=count)).status_code == 201
    again = await client.post(address, json=count)
    assert (again.status_code, again.json()["version"]) == (200, 3)
    ahead = await client.post(address, json=count | {"receipt": "R-2", "counted_at": "2026-07-01T00:00:00Z"})
    assert (ahead.status_code, ahead.json()["code"]) == (422, "time-in-future")
    fine = count | {"receipt": "R-3", "lines": [{"line": 1, "quantity": "0.0000001", "unit": "pcs"}]}
    assert (await client.post(address, json=fine)).json()["code"] == "wrong-shape"
    unknown = await client.post("/v1/admissions/acme/shop/S-9/receipts", json=count)
    assert unknown.status_code == 404


async def test_the_rows_are_what_the_journal_says_and_only_move_forward(
    client: httpx.AsyncClient, service: Service, make: Any
) -> None:
    await applied(client, service, make)
    await event(client, service, "announced", SHIPMENT)
    store = service.ports.store
    rebuilt = await AdmissionRows(service.journal, ADMISSION).rebuilt()
    assert rebuilt == await store.scan(TABLE)
    rows = AdmissionRows(service.journal, ADMISSION)
    (row,) = await rows.rows("", "", 10)
    row.through, row.phase = 1, "unknown"
    late = StoreRow(row.stream, msgspec.json.encode(row))  # from a zombie
    assert await rows._forward([late], {}) == []
    assert await store.scan(TABLE) == rebuilt
