"""The operator's files over HTTP: sequence, suspense, open manifests, documents, reports."""

from typing import Any

import pytest

from ftz_common.flow.clock import PlayedClock

EVENT = {"specversion": "1.0", "source": "shop", "time": "2026-06-01T10:00:00-04:00"}


@pytest.fixture
async def filed(sandbox_world: Any) -> Any:
    """Shipment S/1 is with CBP under number 1."""
    await sandbox_world.announce()
    return sandbox_world


async def said(world: Any, kind: str, event: str, **data: Any) -> None:
    body = EVENT | {
        "id": event,
        "type": f"ftz.platform.shipment.{kind}.v1",
        "data": {"account": "acme"} | data,
    }
    answer = await world.client.post("/v1/events", json=body)
    assert answer.status_code == 202, answer.text
    await world.settle()


async def read(world: Any, path: str) -> Any:
    answer = await world.client.get(f"/v1/admissions/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_numbers_in_sequence_name_what_was_not_filed_and_why(filed: Any) -> None:
    line = {
        "line": 1,
        "sku": "CUP",
        "quantity": "5",
        "unit": "pcs",
        "value": "9",
        "status": "Z",
        "origin": "VN",
    }
    await said(filed, "announced", "z-1", shipment="S2", admission_type="Z", from_zone="100", lines=[line])
    file = await read(filed, "numbers/999/26")
    assert [(n["number"], n["shipment"], n["phase"], n["explained"]) for n in file["numbers"]] == [
        (1, "S/1", "filed", True),
        (2, "S2", "drafted", False),
    ]
    assert file["unexplained"] == [2]
    answer = await filed.client.post(
        "/v1/admissions/acme/shop/S2/withdrawal", json={"reason": "sold", "who": "p-1"}
    )
    assert answer.status_code == 201, answer.text
    file = await read(filed, "numbers/999/26")
    assert (file["unexplained"], file["numbers"][1]["why"]) == ([], "sold")


async def test_suspense_holds_what_nobody_announced_and_deposits(filed: Any) -> None:
    count = {"line": 1, "quantity": "5", "unit": "pcs"}
    await said(filed, "received", "r-1", shipment="S9", receipt="R9", final=True, lines=[count])
    came = {"mode": "11", "carrier": "EX", "bill": "B-123456", "port_of_unlading": "4601"}
    came |= {"export_date": "2026-05-01", "import_date": "2026-05-20", "admission_type": "T"}
    line = {
        "line": 1,
        "sku": "CUP",
        "quantity": "5",
        "unit": "pcs",
        "value": "0",
        "status": "",
        "origin": "VN",
    }
    await said(filed, "announced", "t-1", shipment="T1", lines=[line], **came)
    await said(filed, "received", "r-2", shipment="T1", receipt="R1", final=True, lines=[count])
    found = (await read(filed, "suspense?account=acme"))["suspense"]
    assert [(s["shipment"], s["why"]) for s in found] == [
        ("S9", "not announced"),
        ("T1", "temporary deposit"),
    ]
    assert found[0]["receipts"] == ["R9"]


async def test_open_manifests_are_those_that_arrived_and_are_not_admitted(filed: Any) -> None:
    assert (await read(filed, "open-manifests?account=acme"))["manifests"] == []
    await said(filed, "arrived", "a-1", shipment="S/1")
    (manifest,) = (await read(filed, "open-manifests?account=acme"))["manifests"]
    assert (manifest["shipment"], manifest["number"]) == ("S/1", "999-26-000001")
    await filed.cbp_says(accepted=True)
    count = {"line": 1, "quantity": "490", "unit": "pcs"}
    await said(filed, "received", "r-1", shipment="S/1", receipt="R1", final=True, lines=[count])
    assert (await read(filed, "open-manifests?account=acme"))["manifests"] == []

    papers = await read(filed, "acme/shop/S%2F1/documents")
    missing = {p["name"] for p in papers["papers"] if not p["complete"]}
    assert not papers["complete"]
    assert "discrepancy report" in missing
    report = {"line": 1, "form": "joint", "signed_on": "2026-06-02", "told_on": "2026-06-03"}
    report |= {"reference": "JR-1", "who": "p-1"}
    path = "/v1/admissions/acme/shop/S%2F1/discrepancy-reports"
    early = await filed.client.post(path, json=report)
    assert (early.status_code, early.json()["code"]) == (422, "dates-out-of-order")
    clock = filed.ports.clock
    assert isinstance(clock, PlayedClock)
    clock.move_to(clock.now().replace(day=3))
    answer = await filed.client.post(path, json=report, headers={"Idempotency-Key": "again"})
    assert answer.status_code == 201, answer.text
    papers = await read(filed, "acme/shop/S%2F1/documents")
    assert "discrepancy report" not in {p["name"] for p in papers["papers"] if not p["complete"]}
