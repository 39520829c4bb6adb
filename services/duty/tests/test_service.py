"""The service whole, on ports in memory: told what inventory and CBP say, asked over HTTP."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest

from ftz_common.blobs.memory import MemoryBlobs
from ftz_common.bus.memory import MemoryBus
from ftz_common.contracts import platform, table
from ftz_common.contracts.commit import StoredCommit, unseal
from ftz_common.contracts.duty import InBondOverdue, WithdrawalPriced
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.fact import Fact
from ftz_common.contracts.filing import FilingAnswered, FilingRequested
from ftz_common.contracts.inventory import CoverGranted
from ftz_common.contracts.reference import (
    Account,
    Parties,
    Procedures,
    Site,
    Source,
    ZoneApplied,
    ZoneDocument,
)
from ftz_common.flow.clock import PlayedClock
from ftz_common.flow.service import Ports, Service
from ftz_common.settings import Settings
from ftz_common.store.memory import MemoryStore
from ftz_common.testing.heard import said
from ftz_common.values.calendar import parse_instant
from ftz_common.web.app import make_app
from ftz_duty.app import build
from ftz_duty.views import TABLE, EntryRow, EntryRows

TARIFF = b"""\
HTS Number,Indent,Description,Unit of Quantity,General Rate of Duty,\
Special Rate of Duty,Column 2 Rate of Duty,Quota Quantity,Additional Duties
6912.00,0,Ceramic tableware,,,,,,
6912.00.48,1,Other,,9.8%,Free (KR),55%,,
6912.00.48.10,2,Suitable for food,"[""doz."",""kg""]",,,,,
"""
ZONE = ZoneDocument(
    zone="999",
    name="Example zone",
    port="3901",
    timezone="America/Chicago",
    operator="p-9",
    site=Site(id="site-1", name="Hall 1", firms="H123"),
    accounts=[
        Account(
            id="acme",
            parties=Parties(applicant="p-1", importer_of_record="p-2", owner="p-3", filer="XYZ"),
            master_source="shop",
        )
    ],
    sources=[Source(name="shop", accounts=["acme"], issuers=["shop"])],
    procedures=Procedures(required_documents=[]),
)


class World:
    """The service on the memory bus, a clock that is moved, and what others say."""

    def __init__(self) -> None:
        self.bus, self.store = MemoryBus(), MemoryStore()
        self.clock = PlayedClock(parse_instant("2026-03-04T12:00:00Z"))
        self.service: Service = build(Settings(), Ports(self.store, self.bus, MemoryBlobs(), self.clock))
        self.service.subscribe()
        self._said = 0

    async def say(self, owner: Any, stream: str, fact: Fact) -> None:
        """A fact of another service, now."""
        self._said += 1
        message = said(owner, stream, fact, instant_text(self.clock.now()), self._said)
        await self.bus.publish([message])
        await self.settle()

    async def settle(self) -> None:
        """Until nothing is left to do now."""
        while await self.bus.settle() + await self.service.tick():
            pass

    async def until(self, text: str) -> None:
        """Time passes, deadline by deadline."""
        end = parse_instant(text)
        while (due := await self.service.next_due()) is not None and due <= end:
            self.clock.move_to(due)
            await self.settle()
        self.clock.move_to(end)

    async def facts(self, kind: type[Any]) -> list[Any]:
        """Every fact of a kind in the journal."""
        found: list[Any] = []
        async for stored in self.store.commits():
            found.extend(_facts(stored, kind))
        return found

    async def answer(self, kind: str, *, accepted: bool = True) -> None:
        """CBP answers the last filing on a form."""
        filed: FilingRequested = [f for f in await self.facts(FilingRequested) if f.kind == kind][-1]
        await self.say(
            "cbp",
            f"filing/{filed.control}/{filed.attempt}",
            FilingAnswered(
                to=filed.reply_to,
                kind=filed.kind,
                control=filed.control,
                attempt=filed.attempt,
                accepted=accepted,
            ),
        )


def _facts(stored: StoredCommit, kind: type[Any]) -> list[Any]:
    decoded = (table.decoder(r.type).decode(r.data) for r in unseal(stored).facts)
    return [fact for fact in decoded if isinstance(fact, kind)]


@pytest.fixture
async def world() -> World:
    """A zone that is set up."""
    world = World()
    await world.say("admissions", "zone/999", ZoneApplied(document=ZONE, effective_from="2026-01-01"))
    return world


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """Its HTTP."""
    app = make_app([world.service], [world.service.api])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as made:
        yield made


async def _import(client: httpx.AsyncClient, world: World, **query: str) -> httpx.Response:
    asked = {"revision": "rev 4", "effective": "2026-01-01", "extract": "true", **query}
    answer = await client.post("/v1/duty/tariff", params=asked, content=TARIFF)
    await world.settle()
    return answer


async def _week(client: httpx.AsyncClient, world: World, desk: Any, *draws: Any) -> None:
    """Tariff, a layer of a hundred, a released estimate, these draws, inventory's count."""
    await _import(client, world)
    await world.say("inventory", "ledger/999/site-1/acme/mug-blue", desk.layer("100", "500"))
    await world.until("2026-03-04T12:01:00Z")  # what comes together is asked for together
    await world.answer("3461")
    await world.until("2026-03-07T18:30:00Z")
    await world.answer("3461")
    await world.until("2026-03-10T15:00:00Z")
    for drawn in draws:
        await world.say("inventory", "ledger/999/site-1/acme/mug-blue", drawn)
    quantity = sum((p.quantity for d in draws for p in d.pieces), Decimal(0))
    await world.until("2026-03-15T06:00:00Z")
    entered = [d for d in draws if d.disposition == "consumption"]
    quantity = sum((p.quantity for d in entered for p in d.pieces), Decimal(0))
    await world.say("inventory", "cover/x", desk.total(str(quantity), len(entered)))


def test_every_row_heard_has_an_arm_and_no_arm_is_idle() -> None:
    arms = World().service.arms
    assert set(arms.facts) == {row.fact for row in table.ROWS if "duty" in row.heard_by}
    assert set(arms.foreign) == {data for data, owner in platform.FOREIGN.values() if owner == "duty"}


async def test_a_week_from_layer_to_summary(client: httpx.AsyncClient, world: World, desk: Any) -> None:
    first = desk.drawn(desk.piece("10", "50"))
    second = desk.drawn(desk.piece("20", "100.50"), withdrawal="w-2", draw="draw-2", line=2)
    await _week(client, world, desk, first, second)
    assert [g.quantity for g in await world.facts(CoverGranted)] == [Decimal(100), Decimal(100)]
    await world.until("2026-03-18T12:00:00Z")
    await world.answer("7501")

    answer = await client.get("/v1/duty/entries/999/acme/2026-03-08")
    assert answer.status_code == 200
    sheet = answer.json()
    assert (sheet["number"], sheet["phase"], sheet["withdrawals"]) == ("XYZ-2600002-3", "accepted", 2)
    summary = sheet["summary"]
    assert {name: summary[name] for name in ("entered_value", "duty", "mpf", "total", "payable")} == {
        "entered_value": "151",
        "duty": "14.80",
        "mpf": "33.58",
        "total": "48.38",
        "payable": False,
    }
    assert "433/1250 %" in summary["mpf_basis"]
    (line,) = sheet["lines"]
    assert (line["rate_text"], line["rate_from"], line["duty"], line["quantity"]) == (
        "9.8%",
        "69120048",
        "14.80",
        "30",
    )
    assert [layer["duty"] for layer in line["layers"]] == ["14.80"]

    listed = (await client.get("/v1/duty/entries", params={"zone": "999", "account": "acme"})).json()
    assert [(e["week"], e["phase"], e["total"]) for e in listed["entries"]][:2] == [
        ("2026-03-01", "waits", ""),
        ("2026-03-08", "accepted", "48.38"),
    ]


async def test_the_list_is_what_the_journal_alone_gives(
    client: httpx.AsyncClient, world: World, desk: Any
) -> None:
    await _week(client, world, desk, desk.drawn(desk.piece("10", "50")))
    await world.until("2026-03-18T12:00:00Z")
    live = await world.store.scan(TABLE)
    assert live == await EntryRows(world.store).rebuilt()
    rows = [msgspec.json.decode(row.body, type=EntryRow) for row in live]
    assert [row.phase for row in rows if row.week == "2026-03-08"] == ["compiled"]


async def test_a_withdrawal_is_shown_with_its_pieces(
    client: httpx.AsyncClient, world: World, desk: Any
) -> None:
    await _week(client, world, desk, desk.drawn(desk.piece("10", "50")))
    shown = (await client.get("/v1/duty/withdrawals/w-1")).json()
    assert shown["entry"] == "entry/999/acme/2026-03-08"
    assert [(p["duty"], p["rate_text"]) for p in shown["pieces"]] == [("4.9", "9.8%")]
    assert [f.withdrawal for f in await world.facts(WithdrawalPriced)] == ["w-1"]
    missing = await client.get("/v1/duty/withdrawals/w-9")
    assert (missing.status_code, missing.json()["code"]) == (404, "not-found")


async def test_an_export_goes_under_bond_and_is_closed_by_its_carrier(
    client: httpx.AsyncClient, world: World, desk: Any
) -> None:
    export = {"disposition": "export", "destination_country": "DE"}
    gone = desk.drawn(desk.piece("10", "50"), **export)
    lost = desk.drawn(desk.piece("5", "25"), withdrawal="w-2", draw="d-2", parcel="p-2", **export)
    await _week(client, world, desk, gone, lost)
    await client.post(
        "/v1/events",
        json={
            "specversion": "1.0",
            "id": "closed-1",
            "source": "shop",
            "type": "ftz.platform.inbond.closed.v1",
            "time": "2026-03-14T10:00:00Z",
            "data": {"account": "acme", "order": "o-1", "parcel": "p-1", "port_of_exit": "3901"},
        },
    )
    await world.settle()
    await world.until("2026-04-12T00:00:00Z")
    shown = (await client.get("/v1/duty/inbonds/acme/shop/o-1/p-1")).json()
    assert shown["closed_at"] == "2026-03-14T10:00:00Z"
    assert [f.due_on for f in await world.facts(InBondOverdue)] == ["2026-04-09"]
    assert not await world.facts(WithdrawalPriced)


async def test_the_tariff_over_http(client: httpx.AsyncClient, world: World) -> None:
    assert (await _import(client, world)).status_code == 201
    assert (await _import(client, world)).status_code == 200
    older = await _import(client, world, revision="rev 3", effective="2025-06-01")
    assert (older.status_code, older.json()["code"]) == (422, "tariff-older")
    known = (await client.get("/v1/duty/tariff")).json()["revisions"]
    assert [(r["revision"], r["effective_from"]) for r in known] == [("rev 4", "2026-01-01")]
    line = (
        await client.get("/v1/duty/tariff/6912.00.48.10", params={"on": "2026-02-01", "origin": "CU"})
    ).json()
    assert (line["revision"], line["number"], line["general"]) == ("rev 4", "6912.00.48.10", "9.8%")
    assert line["rate"] == {"origin": "CU", "column": "column2", "text": "55%", "not_priced": ""}
    today = (await client.get("/v1/duty/tariff/6912004810")).json()
    assert (today["on"], today["revision"]) == ("2026-03-04", "rev 4")
    early = await client.get("/v1/duty/tariff/6912004810", params={"on": "2025-02-01"})
    assert (early.status_code, early.json()["code"]) == (404, "no-revision")
    unknown = await client.get("/v1/duty/tariff/6912004899", params={"on": "2026-02-01"})
    assert "6912.00.48.10" in unknown.json()["remedy"]


async def test_a_rejected_estimate_is_filed_again_by_a_person(
    client: httpx.AsyncClient, world: World, desk: Any
) -> None:
    await _import(client, world)
    await world.say("inventory", "ledger/999/site-1/acme/mug-blue", desk.layer("100", "500"))
    await world.until("2026-03-04T12:01:00Z")  # what comes together is asked for together
    await world.answer("3461", accepted=False)
    address = "/v1/duty/entries/999/acme/2026-03-01/filings"
    order = {"what": "attempt-again", "attempt": 1, "reason": "FIRMS code corrected with CBP"}
    again = await client.post(address, json=order)
    assert again.status_code == 201
    await world.settle()
    await world.answer("3461")
    assert [g.attempt for g in await world.facts(CoverGranted)] == [2]
    refused = await client.post(address, json={**order, "attempt": 7})
    assert (refused.status_code, refused.json()["place"]) == (422, "attempt")


async def test_what_was_filed_is_shown_as_data_and_as_records(
    client: httpx.AsyncClient, world: World, desk: Any
) -> None:
    await test_a_week_from_layer_to_summary(client, world, desk)
    address = "/v1/duty/entries/999/acme/2026-03-08/filings"
    filed = (await client.get(address)).json()["filings"]
    assert [f["kind"] for f in filed] == ["3461", "7501"]
    summary = (await client.get(f"{address}/2")).json()
    assert summary == filed[1]
    assert summary["entry_type"] == "06"
    assert Decimal(summary["mpf"]) == Decimal("33.58")
    refused = await client.get(f"{address}/2/catair")
    assert (refused.status_code, refused.json()["code"]) == (409, "catair-incomplete")
    assert any("importer_ior" in problem for problem in refused.json()["problems"])
    draft = await client.get(f"{address}/2/catair", params={"draft": "true"})
    assert draft.status_code == 200
    assert {len(line) for line in draft.text.splitlines()} == {80}
    for missing in (f"{address}/9", "/v1/duty/entries/999/acme/2026-03-09/filings"):
        assert (await client.get(missing)).status_code == 404


async def test_an_entry_that_is_not_there_is_said_so(client: httpx.AsyncClient) -> None:
    missing = await client.get("/v1/duty/entries/999/acme/2026-03-09")
    assert missing.status_code == 404
    assert "first day of the week" in missing.json()["remedy"]
