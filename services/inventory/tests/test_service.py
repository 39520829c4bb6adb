"""The service whole, on ports in memory: told by a warehouse and by admissions, asked over HTTP."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest

from ftz_common.blobs.memory import MemoryBlobs
from ftz_common.bus.memory import MemoryBus
from ftz_common.bus.port import Message
from ftz_common.contracts import table
from ftz_common.contracts.commit import unseal
from ftz_common.contracts.common import OutcomeGiven
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.fact import Fact
from ftz_common.contracts.inventory import CoverTotalled
from ftz_common.contracts.platform import Foreign
from ftz_common.contracts.reference import ZoneApplied
from ftz_common.flow.clock import PlayedClock
from ftz_common.flow.service import Ports, Service
from ftz_common.settings import Settings
from ftz_common.store.memory import MemoryStore
from ftz_common.testing.heard import said
from ftz_common.values.calendar import parse_instant
from ftz_common.web.app import make_app
from ftz_inventory.app import build
from ftz_inventory.usecases import AGGREGATES
from ftz_inventory.views import TABLE


class World:
    """The service on the memory bus, a clock that is moved, and what others say."""

    def __init__(self, zone: Any) -> None:
        self.zone = zone
        self.bus, self.store = MemoryBus(), MemoryStore()
        self.clock = PlayedClock(zone.instant("05-04"))
        self.service: Service = build(Settings(), Ports(self.store, self.bus, MemoryBlobs(), self.clock))
        self.service.subscribe()
        self.said = 0

    async def hear(self, owner: Any, stream: str, fact: Fact, on: str) -> None:
        """A fact of another service."""
        self.clock.move_to(self.zone.instant(on))
        self.said += 1
        message = said(owner, stream, fact, instant_text(self.zone.instant(on)), self.said)
        await self.bus.publish([message])
        await self.settle()

    async def tell(self, data: Foreign, on: str) -> str:
        """An event of the warehouse; returns its id."""
        self.clock.move_to(self.zone.instant(on))
        self.said += 1
        event = {
            "specversion": "1.0",
            "id": f"e{self.said}",
            "source": "wms",
            "type": self.zone.EVENTS[type(data)],
            "time": instant_text(self.zone.instant(on)),
            "data": msgspec.to_builtins(data),
        }
        await self.bus.publish([Message("ftz.shipments.wms.v1", "any", msgspec.json.encode(event), {})])
        await self.settle()
        return event["id"]

    async def settle(self) -> None:
        """Until nothing is left to do now."""
        while await self.bus.settle() + await self.service.tick():
            pass

    async def facts(self, kind: type[Any]) -> list[Any]:
        """Every fact of a kind in the journal."""
        found = []
        async for stored in self.store.commits():
            decoded = (table.decoder(r.type).decode(r.data) for r in unseal(stored).facts)
            found += [fact for fact in decoded if isinstance(fact, kind)]
        return found

    async def outcomes(self, event: str) -> list[tuple[str, str]]:
        """The answers to an event; streams in the order of their names."""
        return [(o.result, o.code) for o in await self.facts(OutcomeGiven) if o.event == event]


@pytest.fixture
async def world(zone: Any) -> World:
    """A zone that is set up, with 10 mugs."""
    world = World(zone)
    applied = ZoneApplied(document=zone.DOCUMENT, effective_from="2026-01-01")
    await world.hear("admissions", "zone/999", applied, "05-04")
    admitted = zone.admitted("214-1", "05-04", "10", "1000")
    await world.hear("admissions", admitted.admission, admitted, "05-04")
    return world


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """Its HTTP."""
    app = make_app([world.service], [world.service.api])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as made:
        yield made


async def test_an_order_from_allocation_to_the_weeks_count(world, client, zone) -> None:
    await world.hear("duty", "entry/999/acme/2026-05-03", zone.granted("2026-05-03", "5", "05-04"), "05-04")
    ordered = await world.tell(zone.ordered(("MUG", "6")), "05-05")
    shipped = await world.tell(zone.shipped("P1", (1, "6")), "05-06")
    assert await world.outcomes(ordered) == await world.outcomes(shipped) == [("accepted", "")]

    order = (await client.get("/v1/inventory/orders/acme/shop/1")).json()
    assert (order["lines"][0]["shipped"], order["lines"][0]["open"]) == ("6", "0")
    (listed,) = (await client.get("/v1/inventory/orders", params={"account": "acme"})).json()["orders"]
    assert listed["parcels"] == ["P1"]

    (ledger,) = (await client.get("/v1/inventory/availability", params={"account": "acme"})).json()["ledgers"]
    assert ledger["units"] == [
        {
            "unit": "EA",
            "on_hand": {"P": "0", "N": "4", "D": "0", "Z": "0"},
            "held": "0",
            "reserved": {"consumption": "0", "export": "0"},
            "available": {"consumption": "4", "export": "4"},
            "suspended": "0",
        }
    ]
    (cover,) = (await client.get("/v1/inventory/cover", params={"account": "acme"})).json()["covers"]
    assert (cover["released"], cover["removed"], cover["uncovered"]) == ("5", "6", "1")

    world.clock.move_to(zone.instant("05-10 04:00"))
    await world.settle()
    (total,) = await world.facts(CoverTotalled)
    assert (total.to, str(total.quantity)) == ("entry/999/acme/2026-05-03", "6")


async def test_balances_as_of_a_day_and_as_known_then(world, client, zone) -> None:
    await world.tell(zone.ordered(("MUG", "6")), "05-05")
    await world.tell(zone.shipped("P1", (1, "6")), "05-06")
    at = "/v1/inventory/balances"

    async def layers(**query: str) -> list[tuple[str, str]]:
        found = (await client.get(at, params={"account": "acme", **query})).json()["layers"]
        return [(layer["drawn"], layer["left"]) for layer in found]

    assert await layers(as_of="2026-05-05") == [("0", "10")]
    assert await layers(as_of="2026-05-06") == [("6", "4")]
    assert await layers(as_of="2026-05-06", uin="MUG") == [("6", "4")]
    assert await layers(as_of="2026-05-06", uin="LAMP") == []
    assert await layers(as_of="2026-05-06", known_at="2026-05-06T00:00:00Z") == [("0", "10")]
    assert await layers(as_of="2026-05-03") == []


async def test_balances_come_in_pages_and_in_all(world, client, zone) -> None:
    """Three layers of the part, of which the first is exhausted, and one of another."""
    for number, on, uin in (("214-2", "05-05", "MUG"), ("214-3", "05-06", "MUG"), ("214-4", "05-06", "LAMP")):
        admitted = zone.admitted(number, on, "5", uin=uin)
        await world.hear("admissions", admitted.admission, admitted, "05-06")
    await world.tell(zone.ordered(("MUG", "12")), "05-07")
    await world.tell(zone.shipped("P1", (1, "12")), "05-08")
    at, asked = "/v1/inventory/balances", {"account": "acme", "as_of": "2026-05-08", "limit": "1"}

    async def pages(path: str, **query: str) -> list[Any]:
        found = [(await client.get(path, params=asked | query)).json()]
        while found[-1]["next"]:
            found.append((await client.get(path, params=asked | query | {"after": found[-1]["next"]})).json())
        return found

    def told(page: Any) -> list[tuple[str, str, str]]:
        return [(layer["uin"], layer["admission_number"], layer["left"]) for layer in page["layers"]]

    assert [told(page) for page in await pages(at)] == [
        [("LAMP", "214-4", "5")],
        [("MUG", "214-2", "3")],
        [("MUG", "214-3", "5")],
        [("MUG", "214-1", "0")],
        [],
    ]
    assert [told(page) for page in await pages(at, uin="MUG", with_stock="true", limit="100")] == [
        [("MUG", "214-2", "3"), ("MUG", "214-3", "5")]
    ]
    known = await pages(at, uin="MUG", known_at="2026-05-07T23:00:00Z", limit="100")
    assert told(known[0]) == [("MUG", "214-1", "10"), ("MUG", "214-2", "5"), ("MUG", "214-3", "5")]

    totals = [page["totals"] for page in await pages(f"{at}/totals")]
    assert [
        [(t["uin"], t["opened"], t["drawn"], t["left"], float(t["worth"])) for t in page] for page in totals
    ] == [
        [("LAMP", "5", "0", "5", 100)],
        [("MUG", "20", "12", "8", 160)],
        [],
    ]
    assert (await pages(f"{at}/totals", known_at="2026-05-04T23:00:00Z"))[0]["totals"][0]["left"] == "10"


@pytest.mark.parametrize("after", ["x", "ledger/999/site-1/other/MUG|3", "ledger/999/site-1/acme/MUG|none"])
async def test_a_cursor_that_is_no_place_in_these_balances_is_refused(world, client, after) -> None:
    asked = {"account": "acme", "as_of": "2026-05-08", "after": after}
    answer = await client.get("/v1/inventory/balances", params=asked)
    assert (answer.status_code, answer.json()["code"]) == (422, "no-such-cursor")


async def test_a_ledger_shows_its_layers_in_turn(world, client, zone) -> None:
    for number, on in (("214-3", "05-06"), ("214-2", "05-05")):
        admitted = zone.admitted(number, on, "5")
        await world.hear("admissions", admitted.admission, admitted, "05-06")
    await world.tell(zone.ordered(("MUG", "30")), "05-05")
    await world.tell(zone.shipped("P1", (1, "12")), "05-05 13:00")
    body = (await client.get("/v1/inventory/ledgers/999/site-1/acme/MUG")).json()
    assert [(x["admission_number"], x["left"]) for x in body["layers"]] == [("214-2", "3"), ("214-3", "5")]
    await world.tell(zone.shipped("P2", (1, "9")), "05-05 13:00")
    body = (await client.get("/v1/inventory/ledgers/999/site-1/acme/MUG")).json()
    assert [(x["parcel"], x["suspended"]) for x in body["suspended"]] == [("P2", "6")]


async def test_what_is_not_there_is_said(client) -> None:
    for path in ("orders/acme/shop/nope", "ledgers/999/site-1/acme/nope"):
        answer = await client.get(f"/v1/inventory/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
        assert answer.json()["remedy"]


async def test_rows_are_what_the_journal_alone_gives(world, zone) -> None:
    await world.tell(zone.ordered(("MUG", "6"), ("LAMP", "1")), "05-05")
    await world.tell(zone.shipped("P1", (1, "6"), (2, "1")), "05-06")
    await world.tell(zone.returned("RMA", (1, "1")), "05-09")
    rows = {row.key: row.body for row in await world.store.scan(TABLE)}
    assert len(rows) == 4
    assert rows == {row.key: row.body for row in await world.service.projection.rebuilt()}


async def test_states_survive_a_snapshot(world, client, zone) -> None:
    """Every state is encoded and decoded whole: what goes on from there is the same."""
    await world.tell(zone.cancelled(parcel="P9"), "05-05")
    await world.tell(zone.ordered(("MUG", "6"), ("LAMP", "1")), "05-05")
    await world.tell(zone.shipped("P1", (1, "6"), (2, "1")), "05-06")
    await world.tell(zone.returned("RMA", (1, "1"), (2, "1")), "05-09")
    destroy = {
        "zone": "999", "account": "acme", "uin": "MUG", "movement": "D1", "who": "clerk",
        "at": "2026-05-09T12:00:00Z", "quantity": "1", "unit": "EA", "permit": "216-1",
    }  # fmt: skip
    granted = {
        "zone": "999", "account": "acme", "activities": ["destroy"], "who": "clerk",
        "valid_from": "2026-05-01", "valid_to": "2026-06-01", "description": "it", "granted_on": "2026-05-01",
    }  # fmt: skip
    assert (await client.post("/v1/inventory/permits/216-1", json=granted)).status_code == 201
    assert (await client.post("/v1/inventory/movements/destroy", json=destroy)).status_code == 201
    await world.settle()
    figures = {
        "zone": "999", "account": "acme", "through": "2026-05-09T12:00:00Z", "who": "clerk",
        "lines": [{"uin": "MUG", "quantity": "3", "unit": "EA"}],
    }  # fmt: skip
    assert (await client.post("/v1/inventory/counts/C1/figures", json=figures)).status_code == 201
    await world.settle()
    make = {
        "zone": "999", "account": "acme", "production": "PR1", "kind": "manipulated",
        "permit": "216-1", "who": "clerk", "at": "2026-05-09T12:00:00Z",
        "components": [{"uin": "MUG", "quantity": "1", "unit": "EA"}],
        "outputs": [
            {"uin": "BOX", "quantity": "1", "unit": "EA", "number": "6912004100", "revision": "r",
             "origin": "CN"},
        ],
    }  # fmt: skip
    assert (await client.post("/v1/inventory/productions", json=make)).status_code == 201
    await world.settle()
    kinds = {aggregate.kind: aggregate for aggregate in AGGREGATES}
    streams = {stored.stream async for stored in world.store.commits()}
    seen = set()
    for stream in sorted(streams):
        aggregate = kinds.get(stream.split("/")[0])
        if aggregate is not None:
            seen.add(aggregate.kind)
            _, state = await world.service.journal.state(aggregate, stream)
            assert msgspec.json.decode(msgspec.json.encode(state), type=aggregate.state) == state
    assert seen == set(kinds) - {"exposure"}  # this zone has no bond: test_exposure.py


async def test_the_zones_midnight_ends_the_week(world, zone) -> None:
    """New York's Sunday begins at 04:00 UTC in summer."""
    await world.tell(zone.ordered(("MUG", "1")), "05-05")
    await world.tell(zone.shipped("P1", (1, "1")), "05-10 03:59")
    assert await world.service.next_due() == parse_instant("2026-05-10T04:00:00Z")
