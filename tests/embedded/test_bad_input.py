"""Bad input, end to end: what a person sees, that its neighbours passed, that it can be shown again.

Every case goes twice through a world on a file: over HTTP, in a batch between two good events, and over the
source's intake topic, as a platform with a broker would send it.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from ftz_cli.play import Player
from ftz_cli.scenario import load
from ftz_cli.world import World, embedded
from ftz_common.bus.port import Message
from ftz_common.flow.clock import PlayedClock
from ftz_common.flow.intake import UNREGISTERED, intake_topic
from ftz_common.settings import Settings
from ftz_common.values.names import stream_name
from ftz_common.web.app import make_app

#: One shipment of mugs is in the zone, and its week is long over: the clock stands at 2026-03-31T04:00:00Z.
GROUND = Path(__file__).parents[1] / "golden" / "cases" / "one-order.yaml"
NOW = "2026-03-31T03:00:00Z"
BATCH = "application/cloudevents-batch+json"


def event(kind: str, name: str, data: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A good event of the shop, unless `more` says otherwise."""
    return {
        "specversion": "1.0",
        "id": name,
        "source": "shop",
        "type": f"ftz.platform.{kind}.v1",
        "time": NOW,
        "data": data,
        **more,
    }


def order(name: str, *, line: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """An order of one mug."""
    lines = [{"line": 1, "sku": "MUG", "quantity": "1", "unit": "No.", **(line or {})}]
    where = {"destination_country": "US", "destination_state": "OH", "ship_on": "2026-03-31"}
    data = {"account": "acme", "order": name, **where, "lines": lines, **more}
    return event("order.allocated", name, data)


def encoded(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def spliced(old: str, new: str) -> Callable[[str], bytes]:
    """A good order with one piece of its text replaced, for what no encoder would write."""

    def make(name: str) -> bytes:
        text = encoded(order(name)).decode()
        assert old in text
        return text.replace(old, new).encode()

    return make


@dataclass(frozen=True)
class Case:
    """A bad event. `place`: "" where the whole record is meant; `at_door`: HTTP says so at once."""

    name: str
    make: Callable[[str], bytes]
    code: str
    place: str
    remedy: str  #: a piece of the next step
    at_door: bool = True
    result: str = "refused"
    source: str = "shop"  #: whose topic it comes on
    first: Callable[[str], bytes] | None = None  #: what was sent, and taken, before it


def received(name: str, **line: Any) -> bytes:
    counted = {"line": 1, "quantity": "1", "unit": "No.", **line}
    data = {"account": "acme", "shipment": "S2", "receipt": name, "lines": [counted], "final": False}
    return encoded(event("shipment.received", name, data, time="2026-03-30T12:00:00Z"))


def shipped(name: str, sku: str) -> bytes:
    del sku
    data = {
        "account": "acme",
        "order": f"{name}-order",
        "parcel": "P",
        "lines": [{"line": 1, "quantity": "1"}],
    }
    return encoded(event("order.shipped", name, data))


CASES = [
    Case(
        "malformed JSON",
        lambda name: encoded(order(name))[:-40],
        "not-json",
        "line 1 column",
        "send one JSON object",
    ),
    Case("not UTF-8", lambda name: encoded(order(name)).replace(b"MUG", b"M\xffG"), "not-utf-8", "", "UTF-8"),
    Case(
        "wrong type",
        lambda name: encoded(order(name, lines="none")),
        "wrong-shape",
        "data.lines",
        "docs/events.md",
    ),
    Case(
        "missing field",
        lambda name: encoded(event("order.allocated", name, {"account": "acme"})),
        "wrong-shape",
        "data",
        "docs/events.md",
    ),
    Case(
        "duplicate key",
        spliced('"quantity":"1"', '"quantity":"1","quantity":"100"'),
        "duplicate-key",
        "data.lines[0].quantity",
        "send each key once",
    ),
    Case(
        "NaN",
        spliced('"quantity":"1"', '"quantity":NaN'),
        "not-a-number",
        "data.lines[0].quantity",
        'such as "12.50"',
    ),
    Case(
        "1E+400",
        spliced('"quantity":"1"', '"quantity":1E+400'),
        "json-fraction",
        "data.lines[0].quantity",
        "plain notation",
    ),
    Case(
        "1E+400 as text",
        lambda name: encoded(order(name, line={"quantity": "1E+400"})),
        "wrong-shape",
        "data.lines[0].quantity",
        "docs/events.md",
    ),
    Case(
        "fraction as number",
        spliced('"quantity":"1"', '"quantity":1.5'),
        "json-fraction",
        "data.lines[0].quantity",
        "plain notation",
    ),
    Case(
        "unknown fact",
        lambda name: encoded({**order(name), "type": "ftz.platform.order.vanished.v1"}),
        "unknown-type",
        "type",
        "ftz.platform.order.shipped.v1",
    ),
    Case(
        "unknown source",
        lambda name: encoded({**order(name), "source": "nobody"}),
        "unknown-source",
        "source",
        "ftz zone apply",
        source=UNREGISTERED,
    ),
    Case(
        "unknown account",
        lambda name: encoded(order(name, account="nobody")),
        "account-not-yours",
        "data.account",
        "register the account",
    ),
    Case(
        "another's account",
        lambda name: encoded(order(name, account="other")),
        "account-not-yours",
        "data.account",
        "from the account's own source",
    ),
    Case(
        "another's issuer",
        lambda name: encoded(order(name, issuer="market")),
        "issuer-not-yours",
        "data.issuer",
        "register the issuer",
    ),
    Case(
        "negative quantity",
        lambda name: encoded(order(name, line={"quantity": "-5"})),
        "quantity-out-of-range",
        "data.lines[0].quantity",
        "above zero",
        at_door=False,
    ),
    Case(
        "absurd quantity",
        lambda name: encoded(order(name, line={"quantity": "999999999999999999"})),
        "quantity-out-of-range",
        "data.lines[0].quantity",
        "above zero",
        at_door=False,
    ),
    Case(
        "unit that does not convert",
        lambda name: received(name, unit="kg"),
        "unit-does-not-convert",
        "data.lines[0].unit",
        "count line 1 in No.",
        at_door=False,
    ),
    Case(
        "same id, other body",
        lambda name: encoded(order(name, line={"quantity": "2"})),
        "same-id-other-body",
        "id",
        "under a new id",
        at_door=False,
        first=lambda name: encoded(order(name)),
    ),
    Case(
        "time in the future",
        lambda name: encoded({**order(name), "time": "2026-04-01T12:00:00Z"}),
        "time-in-future",
        "time",
        "check the clock",
    ),
    Case(
        "time without offset",
        lambda name: encoded({**order(name), "time": "2026-03-30T12:00:00"}),
        "time-without-offset",
        "time",
        "RFC 3339",
    ),
    Case(
        "300 kB",
        lambda name: encoded(order(name, note="x" * 300_000)),
        "too-large",
        "",
        "split it",
    ),
    Case(
        "order for a part never admitted",
        lambda name: encoded(order(name, line={"sku": "TEAPOT"})),
        "never-admitted",
        "data.lines[0]",
        "",
        at_door=False,
        result="waiting",
    ),
    Case(
        "parcel with a part never admitted",
        lambda name: shipped(name, "TEAPOT"),
        "never-admitted",
        "",
        "",
        at_door=False,
        result="suspended",
        first=lambda name: encoded({**order(f"{name}-order", line={"sku": "TEAPOT"}), "id": f"{name}-order"}),
    ),
]
#: Mugs enough for every neighbour: a shipment of which the dock has not counted everything yet.
STOCK = (
    encoded(
        event(
            "shipment.announced",
            "announce-2",
            {
                "account": "acme",
                "shipment": "S2",
                "mode": "11",
                "carrier": "TEST",
                "bill": "BILL2",
                "port_of_unlading": "1401",
                "export_date": "2026-03-02",
                "import_date": "2026-03-30",
                "lines": [
                    {
                        "line": 1,
                        "sku": "MUG",
                        "quantity": "5000",
                        "unit": "No.",
                        "value": "20000.00",
                        "status": "N",
                        "origin": "PT",
                    }
                ],
                "documents": [
                    {"kind": "invoice", "number": "I2"},
                    {"kind": "bill-of-lading", "number": "BILL2"},
                ],
            },
        )
    ),
    received("R2", quantity="1000"),
)
#: The rest of a batch cannot be told apart from what breaks off in it: what stands before passes.
BREAKS_THE_BATCH = {"malformed JSON"}


@dataclass
class Seen:
    """What a person sees of one case. `kept`: the bytes that are shown; None if nothing is."""

    name: str
    sent: bytes
    door: dict[str, Any] = field(default_factory=dict[str, Any])
    status: int = 0
    outcome: dict[str, Any] = field(default_factory=dict[str, Any])
    neighbours: list[str] = field(default_factory=list[str])
    kept: bytes | None = None


class Desk:
    """A world with its HTTP side."""

    def __init__(self, world: World, client: httpx.AsyncClient) -> None:
        self.world = world
        self.client = client

    async def outcome(self, source: str, name: str) -> dict[str, Any]:
        answer = await self.client.get(f"/v1/reporting/outcomes/{source}/{quote(name, safe='')}")
        return answer.json()["latest"] if answer.is_success else {}

    async def shown(self, address: str) -> bytes | None:
        answer = await self.client.get(address)
        return answer.content if answer.is_success else None

    async def post(self, content: bytes, kind: str = BATCH) -> httpx.Response:
        answer = await self.client.post("/v1/events", content=content, headers={"Content-Type": kind})
        await self.world.settle()
        return answer

    async def a_minute_later(self) -> None:
        await self.world.move_to(self.world.clock.now() + timedelta(minutes=1))

    async def publish(self, source: str, *records: bytes) -> None:
        await self.world.bus.publish([Message(intake_topic(source), "", body, {}) for body in records])
        await self.world.settle()


async def over_http(desk: Desk, case: Case) -> Seen:
    """The bad event in a batch, between two good ones where a batch can hold it."""
    name = f"http {case.name}"
    bad, before, after = case.make(name), encoded(order(f"{name} before")), encoded(order(f"{name} after"))
    if case.first is not None:
        await desk.post(b"[" + case.first(name) + b"]")
        await desk.a_minute_later()
    answer = await desk.post(b"[" + b",".join([before, bad, after]) + b"]")
    seen = Seen(name, bad, status=answer.status_code)
    answers = answer.json()["answers"]
    seen.door = next((a for a in answers if a["status"] == 422), {})
    await look(desk, case, seen, seen.door.get("body", ""))
    return seen


async def over_the_inbox(desk: Desk, case: Case) -> Seen:
    """The same records on the source's topic."""
    name = f"inbox {case.name}"
    await desk.a_minute_later()
    bad, before, after = case.make(name), encoded(order(f"{name} before")), encoded(order(f"{name} after"))
    if case.first is not None:
        await desk.publish(case.source, case.first(name))
        await desk.a_minute_later()
    if case.source == UNREGISTERED:
        await desk.publish("shop", before, after)
        await desk.publish(case.source, bad)
    else:
        await desk.publish(case.source, before, bad, after)
    seen = Seen(name, bad)
    await look(desk, case, seen, "")
    return seen


async def look(desk: Desk, case: Case, seen: Seen, address: str) -> None:
    """The outcome, the neighbours' outcomes, and the body as it is shown again."""
    source = UNREGISTERED if case.source == UNREGISTERED else "shop"
    seen.outcome = await desk.outcome(source, seen.name)
    for neighbour in ("before", "after"):
        found = await desk.outcome("shop", f"{seen.name} {neighbour}")
        seen.neighbours.append(found.get("result", "none"))
    subject = seen.outcome.get("subject", "")
    if not address and subject.startswith("intake/"):
        address = body_address(subject)
    elif not address and seen.outcome:
        address = body_address(stream_name("event", source, seen.name))
    elif not address:  # nobody could be answered: it stands in the list
        (last, *_) = (await desk.client.get("/v1/quarantine")).json()["refused"]
        assert (last["code"], last["place"].startswith(case.place)) == (case.code, True)
        address = body_address(last["key"])
    seen.kept = await desk.shown(address)


def body_address(key: str) -> str:
    return f"/v1/quarantine/bodies/{quote(key)}"


async def at_the_desk(var: Path, work: Callable[[Desk], Any]) -> Any:
    """Play the ground into a world on a file, add a second account, and do the work there."""
    loaded = load(GROUND)
    world = embedded(Settings(var=str(var)), PlayedClock(loaded.start), loaded.cbp())
    app = make_app(world.services, [s.api for s in world.services if s.api is not None])
    transport = httpx.ASGITransport(app=app)
    try:
        await Player(world, loaded, app).play()
        async with httpx.AsyncClient(transport=transport, base_url="http://ftz") as client:
            standing = (await client.get("/v1/admissions/zones/999")).json()["zone"]
            standing["accounts"].append({**standing["accounts"][0], "id": "other", "master_source": "others"})
            standing["sources"].append({"name": "others", "accounts": ["other"], "issuers": ["others"]})
            body = {"document": standing, "effective_from": "2026-03-30"}
            assert (await client.post("/v1/admissions/zones", json=body)).status_code == 201
            await world.settle()
            desk = Desk(world, client)
            await desk.publish("shop", *STOCK)
            return await work(desk)
    finally:
        await world.close()


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Seen]:
    """Every case over both ways, in one world."""

    async def work(desk: Desk) -> dict[tuple[str, str], Seen]:
        found: dict[tuple[str, str], Seen] = {}
        for case in CASES:
            found["http", case.name] = await over_http(desk, case)
            found["inbox", case.name] = await over_the_inbox(desk, case)
        return found

    return asyncio.run(at_the_desk(tmp_path_factory.mktemp("var"), work))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_http_says_at_once_what_is_wrong_where_and_what_to_do(
    case: Case, seen: dict[tuple[str, str], Seen]
) -> None:
    found = seen["http", case.name]
    assert found.status == 202, "its neighbours were taken"
    if not case.at_door:
        assert found.door == {}
        return
    assert found.door["code"] == case.code
    assert found.door["place"].startswith(case.place)
    assert case.place or not found.door["place"]
    assert case.remedy in found.door["remedy"]
    assert found.door["reason"]


@pytest.mark.parametrize("way", ["http", "inbox"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_outcome_says_the_same(case: Case, way: str, seen: dict[tuple[str, str], Seen]) -> None:
    found = seen[way, case.name].outcome
    if case.code in ("not-json", "not-utf-8", "duplicate-key", "not-a-number", "too-large"):
        assert found == {}, "nobody knows under which id to answer a record that cannot be read"
        return
    assert (found["result"], found["code"], found["place"]) == (case.result, case.code, case.place)
    assert case.remedy in found["remedy"]
    assert found["remedy"]


@pytest.mark.parametrize("way", ["http", "inbox"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_its_neighbours_pass(case: Case, way: str, seen: dict[tuple[str, str], Seen]) -> None:
    whole = way == "inbox" or case.name not in BREAKS_THE_BATCH
    expected = ["accepted", "accepted"] if whole else ["accepted", "none"]
    assert seen[way, case.name].neighbours == expected


@pytest.mark.parametrize("way", ["http", "inbox"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_refused_body_is_shown_again_as_it_came(
    case: Case, way: str, seen: dict[tuple[str, str], Seen]
) -> None:
    found = seen[way, case.name]
    if case.result != "refused":
        assert found.kept is None, "it was taken"
        return
    assert found.kept is not None
    rest = b"," if way == "http" and case.name in BREAKS_THE_BATCH else b""
    assert found.kept == found.sent or (rest and found.kept.startswith(found.sent + rest))
