"""What classification hears, and its HTTP: parts, reviews, decisions."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import httpx
import msgspec
import pytest

from ftz_classification.app import build
from ftz_classification.handlers import arms
from ftz_classification.usecases import PART, NumberShelf, UseCases
from ftz_classification.views import PARTS, REVIEWS, PartRow, PartRows
from ftz_common.blobs.memory import MemoryBlobs
from ftz_common.bus.memory import MemoryBus
from ftz_common.bus.port import Message
from ftz_common.contracts import table
from ftz_common.contracts.admissions import ClassificationRequested
from ftz_common.contracts.classification import ClassificationAnswered
from ftz_common.contracts.envelope import Envelope, encode, headers
from ftz_common.contracts.fact import Fact
from ftz_common.contracts.platform import FOREIGN
from ftz_common.contracts.reference import (
    Account,
    Parties,
    Procedures,
    Site,
    Source,
    TariffRevisionImported,
    ZoneApplied,
    ZoneDocument,
)
from ftz_common.flow.aggregate import Waiting
from ftz_common.flow.clock import PlayedClock
from ftz_common.flow.reference import Reference
from ftz_common.flow.service import Ports, Service
from ftz_common.settings import Settings
from ftz_common.store.memory import MemoryStore
from ftz_common.web.app import make_app

AT = datetime(2026, 6, 1, 14, tzinfo=UTC)
ADMISSION = "admission/acme/shop/S-1"
ZONE = ZoneDocument(
    zone="999",
    name="Example zone",
    port="4601",
    timezone="America/New_York",
    operator="p-9",
    site=Site(id="site-1", name="Hall 1", firms="X123"),
    accounts=[
        Account(
            id="acme",
            parties=Parties(applicant="p-1", importer_of_record="p-2", owner="p-3", filer="p-4"),
            master_source="shop",
        )
    ],
    sources=[Source(name="shop", accounts=["acme"], issuers=["shop"])],
    procedures=Procedures(required_documents=[]),
)


ENVELOPE = Envelope(
    id="f-0",
    source="ftz",
    type="t",
    subject="s",
    time="2026-06-01T14:00:00Z",
    data=msgspec.Raw(b"{}"),
    stream=ADMISSION,
    streamversion=1,
    previousversion=0,
    factindex=0,
    factcount=1,
    recordedtime="2026-06-01T14:00:00Z",
    correlationid="c",
    causationid="c",
    causescope="s",
    causedigest="d",
    actor="test",
    zone="999",
    account="acme",
    commithash="",
    previoushash="",
    traceparent="",
    writer="w",
    writerseq=1,
    sourceref="",
)


class World:
    """The service on the memory bus, and what others say to it."""

    def __init__(self) -> None:
        self.bus = MemoryBus()
        self.blobs = MemoryBlobs()
        self.service: Service = build(Settings(), Ports(MemoryStore(), self.bus, self.blobs, PlayedClock(AT)))
        self.service.subscribe()
        self._said = 0

    async def say(self, owner: str, stream: str, fact: Fact) -> None:
        """A fact of another service, published."""
        self._said += 1
        row = table.BY_FACT[owner, type(fact)]  # pyright: ignore[reportArgumentType] a Literal
        envelope = msgspec.structs.replace(
            ENVELOPE,
            id=f"f-{self._said}",
            type=row.type,
            subject=stream,
            data=msgspec.Raw(msgspec.json.encode(fact)),
            stream=stream,
            streamversion=self._said,
            previousversion=self._said - 1,
            writerseq=self._said,
        )
        key = row.key(fact, stream)
        await self.bus.publish([Message(row.topic, key, encode(envelope), headers(envelope))])
        await self.settle()

    async def settle(self) -> None:
        while await self.bus.settle() + await self.service.fire_due():
            pass

    async def zone(self) -> None:
        await self.say("admissions", "zone/999", ZoneApplied(document=ZONE, effective_from="2026-01-01"))

    async def tariff(self, text: str, revision: str = "2026-A", effective: str = "2026-01-01") -> None:
        sha = await self.blobs.put(text.encode())
        fact = TariffRevisionImported(
            revision=revision, effective_from=effective, sha256=sha, lines=1, file_name="x.csv"
        )
        await self.say("duty", f"tariff/{revision}", fact)

    async def ask(self, uin: str = "MUG", line: int = 1, revision: str = "") -> None:
        fact = ClassificationRequested(
            to=f"part/acme/{uin}",
            reply_to=ADMISSION,
            account="acme",
            uin=uin,
            line=line,
            needed_on="2026-06-01",
            revision=revision,
        )
        await self.say("admissions", ADMISSION, fact)

    async def answers(self) -> list[ClassificationAnswered]:
        found: list[ClassificationAnswered] = []
        async for stored in self.service.ports.store.commits():
            commit = msgspec.json.decode(stored.body)
            found.extend(
                msgspec.convert(fact["data"], ClassificationAnswered, strict=False)
                for fact in commit["facts"]
                if fact["type"] == "ftz.classification.classification.answered.v1"
            )
        return found


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    app = make_app([world.service], [world.service.api])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as made:
        yield made


async def publish(client: httpx.AsyncClient, world: World, event: str = "p1", **data: Any) -> httpx.Response:
    body = {
        "specversion": "1.0",
        "id": event,
        "source": "shop",
        "type": "ftz.platform.part.published.v1",
        "time": AT.isoformat(),
        "data": {
            "account": "acme",
            "sku": "MUG",
            "description": "porcelain mug",
            "origin": "VN",
            "unit": "pcs",
            "measures": {"kg": "0.35"},
            **data,
        },
    }
    answer = await client.post("/v1/events", json=body)
    await world.settle()
    return answer


DECISION = {"number": "6911.10.37.10", "who": "broker-1", "licence": "L-1", "reason": "a mug"}


def test_every_row_heard_has_an_arm_and_no_arm_is_idle() -> None:
    table_of = arms(UseCases(Reference(), NumberShelf(MemoryBlobs()), PlayedClock(AT)))
    assert set(table_of.facts) == {row.fact for row in table.ROWS if "classification" in row.heard_by}
    assert set(table_of.foreign) == {d for d, owner in FOREIGN.values() if owner == "classification"}


async def test_an_unknown_part_is_reviewed_decided_over_http_and_answered(
    world: World, client: httpx.AsyncClient, make: Any
) -> None:
    await world.zone()
    await world.tariff(make.schedule_a)
    await publish(client, world)
    await world.ask(line=1)
    await world.ask(line=2)
    (review,) = (await client.get("/v1/classification/reviews?account=acme")).json()["parts"]
    assert (review["uin"], review["review"], review["waiting"]) == ("MUG", "no decision yet", [ADMISSION])
    address = "/v1/classification/parts/acme/MUG/decisions"
    refused = await client.post(address, json=DECISION | {"number": "6911.10.37"})
    assert (refused.status_code, refused.json()["code"]) == (422, "number-not-in-revision")
    assert "6911.10.37.10" in refused.json()["remedy"]
    body = DECISION | {"facts_digest": review["facts_digest"]}
    assert (await client.post(address, json=body)).status_code == 201
    assert (await client.post(address, json=body)).status_code == 200
    await world.settle()
    assert [(a.line, a.number, a.revision) for a in await world.answers()] == [
        (1, "6911103710", "2026-A"),
        (2, "6911103710", "2026-A"),
    ]
    assert (await client.get("/v1/classification/reviews?account=acme")).json()["parts"] == []
    (part,) = (await client.get("/v1/classification/parts?account=acme")).json()["parts"]
    assert (part["number"], part["decided_by"]) == ("6911103710", "broker-1")
    whole = (await client.get("/v1/classification/parts/acme/MUG")).json()
    assert whole["decision"]["licence"] == "L-1"
    await world.ask(line=3)
    assert [a.line for a in await world.answers()] == [1, 2, 3]


async def test_a_revision_may_be_named_and_must_be_imported(
    world: World, client: httpx.AsyncClient, make: Any
) -> None:
    await world.zone()
    address = "/v1/classification/parts/acme/MUG/decisions"
    await publish(client, world)
    none = await client.post(address, json=DECISION)
    assert (none.status_code, none.json()["code"]) == (422, "unknown-revision")
    assert "ftz tariff import" in none.json()["remedy"]
    await world.tariff(make.schedule_a)
    await world.tariff(make.schedule_b, "2026-B", "2026-07-01")
    other = await client.post(address, json=DECISION | {"revision": "2026-Z"})
    assert "2026-A, 2026-B" in other.json()["remedy"]
    later = DECISION | {"revision": "2026-B"}
    assert (await client.post(address, json=later)).json()["code"] == "number-not-in-revision"
    assert (await client.post(address, json=DECISION)).status_code == 201
    stranger = await client.post("/v1/classification/parts/nobody/MUG/decisions", json=DECISION)
    assert stranger.json()["code"] == "unknown-account"
    assert (await client.get("/v1/classification/parts/acme/CUP")).status_code == 404


async def test_an_incomplete_part_is_refused_by_place_and_nothing_is_kept_of_it(
    world: World, client: httpx.AsyncClient
) -> None:
    await world.zone()
    for event, data in (
        ("b1", {"unit": " "}),
        ("b2", {"description": ""}),
        ("b3", {"measures": {"kg": "0"}}),
        ("b4", {"measures": {"kg": "0.0000001"}}),
    ):
        await publish(client, world, event, **data)
    assert (await client.get("/v1/classification/parts?account=acme")).json()["parts"] == []
    store = world.service.ports.store
    refused = [msgspec.json.decode(c.body) async for c in store.commits("intake/")]
    places = {f["data"]["place"] for c in refused for f in c["facts"]}
    assert places == {"data.unit", "data.description", "data.measures.kg"}


async def test_a_request_in_a_revision_not_read_yet_waits_for_it(world: World, make: Any) -> None:
    await world.zone()
    await world.tariff(make.schedule_a)
    shelf = NumberShelf(world.blobs)
    cases = UseCases(world.service.reference, shelf, PlayedClock(AT))
    request = ClassificationRequested(
        to="part/acme/MUG",
        reply_to=ADMISSION,
        account="acme",
        uin="MUG",
        line=1,
        needed_on="2026-06-01",
        revision="2026-B",
    )
    with pytest.raises(Waiting, match="2026-B"):
        cases.requested(request, ENVELOPE)


async def test_the_rows_are_what_the_journal_says_and_only_move_forward(
    world: World, client: httpx.AsyncClient, make: Any
) -> None:
    await world.zone()
    await world.tariff(make.schedule_a)
    await publish(client, world)
    await world.ask()
    store = world.service.ports.store
    rows = PartRows(store, PART)
    assert await rows.rebuilt() == await store.scan(PARTS)
    assert len(await store.scan(REVIEWS)) == 1
    (old,) = await rows.rows(PARTS, "", "", 10)
    await client.post("/v1/classification/parts/acme/MUG/decisions", json=DECISION)
    await world.settle()
    assert await store.scan(REVIEWS) == []
    await rows._forward(old)  # a zombie that comes late
    assert await store.scan(REVIEWS) == []
    assert await rows.rebuilt() == await store.scan(PARTS)
    assert msgspec.json.decode((await store.scan(PARTS))[0].body, type=PartRow).review == ""


async def test_a_revision_is_read_once_and_verified_by_its_sha(make: Any) -> None:
    blobs = MemoryBlobs()
    shelf = NumberShelf(blobs)
    content = make.schedule_a.encode()
    await blobs.put(content)
    fact = TariffRevisionImported(
        revision="2026-A",
        effective_from="2026-01-01",
        sha256=sha256(content).hexdigest(),
        lines=1,
        file_name="x.csv",
    )
    await shelf.read(fact)
    first = shelf.numbers[fact.sha256]
    await shelf.read(fact)
    assert shelf.numbers[fact.sha256] is first
