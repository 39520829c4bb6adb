"""Reporting over HTTP: reports in three forms, outcomes, stories, what the archive lacks."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from ftz_common.blobs.memory import MemoryBlobs
from ftz_common.bus.memory import MemoryBus
from ftz_common.bus.port import Message
from ftz_common.contracts.envelope import decode
from ftz_common.flow.clock import PlayedClock
from ftz_common.flow.service import Ports, Service
from ftz_common.settings import Settings
from ftz_common.store.memory import MemoryStore
from ftz_common.web.app import make_app
from ftz_reporting.api import router
from ftz_reporting.app import build
from ftz_reporting.views.archive import Archive
from ftz_reporting.views.verifying import Verifier


@pytest.fixture
async def service(mugs: Any) -> Service:
    """The service on a bus that carried the story of the mugs."""
    bus = MemoryBus()
    built = build(Settings(), Ports(MemoryStore(), bus, MemoryBlobs(), PlayedClock(mugs.NOW)))
    built.subscribe()
    await bus.publish([Message(d.topic, d.key, d.value, d.headers) for _, d in mugs.told().deliveries])
    while await bus.settle():
        pass
    return built


@pytest.fixture
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=make_app([service], [service.api]))
    async with httpx.AsyncClient(transport=transport, base_url="http://test/v1/reporting") as made:
        yield made


async def test_stock_as_json_csv_and_text(client: httpx.AsyncClient) -> None:
    asked = {"zone": "999", "account": "acme", "as_of": "2026-03-03"}
    body = (await client.get("/stock", params=asked)).json()
    assert body["format"] == "ftz.sheet/1"
    assert body["rows"][0]["quantity"] == "92"
    table = await client.get("/stock", params={**asked, "format": "csv", "by": "layer"})
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="stock-by-layer.csv"' in table.headers["content-disposition"]
    assert table.text.splitlines()[0].startswith("zone,account,uin,layer")
    text = (await client.get("/stock", params={**asked, "format": "text"})).text
    assert text.startswith("Stock by part and status\n  as of  end of 2026-03-03, local date\n")


@pytest.mark.parametrize(
    ("asked", "status", "code", "place"),
    [
        ("/stock?account=acme", 422, "too-wide", "query"),
        ("/entries?account=acme", 422, "too-wide", "query"),
        ("/stock?zone=999&uin=MUG", 422, "too-wide", "query"),
        ("/stock?as_of=yesterday", 422, "wrong-shape", "query.as_of"),
        ("/stock?format=xml", 422, "wrong-shape", "query.format"),
        ("/entries/999/acme/2026-03-08/worksheet", 404, "not-found", ""),
        ("/outcomes/shop/none", 404, "not-found", ""),
        ("/trace?name=none", 404, "not-found", ""),
        ("/facts?stream=order/acme/shop/none", 404, "not-found", ""),
    ],
)
async def test_a_question_that_cannot_be_answered_says_what_to_do(
    client: httpx.AsyncClient, asked: str, status: int, code: str, place: str
) -> None:
    answer = await client.get(asked)
    body = answer.json()
    assert (answer.status_code, body["code"], body.get("place", "")) == (status, code, place)
    assert body["remedy"]


async def test_withdrawals_worksheet_and_lists(client: httpx.AsyncClient, mugs: Any) -> None:
    week = (await client.get("/withdrawals/999/acme/2026-03-01")).json()
    assert week["rows"][0]["layer"] == "layer-1"
    sheet = (await client.get("/entries/999/acme/2026-03-01/worksheet")).json()
    assert sheet["totals"]["duty_usd"] == "3.92"
    assert (await client.get("/entries")).json()["rows"][0]["state"] == "compiled"
    assert (await client.get("/admissions")).json()["rows"][0]["shipment"] == "S-1"
    assert (await client.get("/admissions?account=acme")).json()["rows"][0]["stream"] == mugs.ADMISSION
    assert (await client.get("/admissions?account=acm")).json()["rows"] == []
    assert (await client.get(f"/admissions?after={mugs.ADMISSION}")).json()["rows"] == []
    assert (await client.get("/entries?zone=999&account=acme")).json()["rows"][0]["stream"] == mugs.ENTRY
    assert (await client.get("/entries?zone=998")).json()["rows"] == []


async def test_the_answer_to_an_event(client: httpx.AsyncClient, mugs: Any) -> None:
    body = (await client.get("/outcomes/shop/e-1")).json()
    assert (body["latest"]["result"], body["latest"]["subject"]) == ("accepted", mugs.ADMISSION)
    assert body["earlier"] == []


async def test_the_story_of_an_order_and_the_facts_behind_it(client: httpx.AsyncClient, mugs: Any) -> None:
    body = (await client.get("/trace", params={"name": "1001"})).json()
    assert body["story"]["title"] == "order 1001 (shop), consumption"
    assert body["story"]["children"][0]["title"] == "line 1: 10 pcs of MUG"
    facts = (await client.get("/facts", params={"stream": mugs.LEDGER, "after": 1})).content
    published = [
        d.value for e, d in mugs.told().deliveries if e.stream == mugs.LEDGER and e.streamversion > 1
    ]
    assert facts == b"[" + b",".join(published) + b"]"


async def test_what_the_archive_lacks_and_whether_rows_agree(
    client: httpx.AsyncClient, service: Service, mugs: Any
) -> None:
    assert (await client.get("/archive")).json() == {"gaps": [], "damages": []}
    body = (await client.get("/replay")).json()
    assert body["problems"] == []
    assert body["evaluated"]["views"] > 5
    book = mugs.told()
    for _ in range(2):
        book.commit("inventory", mugs.LEDGER, mugs.drawn("w-7", "1", "5", "91"))
    envelope, delivery = book.deliveries[-1]
    assert service.projection is not None
    await service.projection.take([(decode(delivery.value), delivery)])
    gaps = (await client.get("/archive")).json()["gaps"]
    assert [(g["stream"], g["missing"], g["seen"], g["state"]) for g in gaps] == [
        (mugs.LEDGER, 4, envelope.streamversion, "waiting")
    ]
    notes = (await client.get("/stock")).json()["notes"]
    assert notes == [
        f"Incomplete: version 4 of {mugs.LEDGER} has not come since 2026-03-20T12:00:00Z (waiting)."
    ]


async def test_verify_is_offered_by_who_can_reach_the_journals(
    client: httpx.AsyncClient, service: Service
) -> None:
    assert (await client.get("/verify")).status_code == 404
    verifier = Verifier(Archive(service.ports.store))
    app = make_app([service], [router(service, verifier.run)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as other:
        body = (await other.get("/v1/reporting/verify")).json()
    assert body["problems"] == []
    assert body["evaluated"]["quantity conserved"] > 0
