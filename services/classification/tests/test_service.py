"""What classification hears, and its HTTP: parts, reviews, decisions."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import httpx
import msgspec
import pytest

from ftz_classification.handlers import arms
from ftz_classification.usecases import PART, NumberShelf, UseCases
from ftz_classification.views import PARTS, REVIEWS, PartRow, PartRows
from ftz_common.blobs.memory import MemoryBlobs
from ftz_common.contracts import table
from ftz_common.contracts.admissions import ClassificationRequested
from ftz_common.contracts.platform import FOREIGN
from ftz_common.contracts.reference import (
    TariffRevisionImported,
)
from ftz_common.flow.aggregate import Waiting
from ftz_common.flow.clock import PlayedClock
from ftz_common.flow.reference import Reference
from ftz_common.store.port import StoreRow

AT = datetime(2026, 6, 1, 14, tzinfo=UTC)
ADMISSION = "admission/acme/shop/S-1"


DECISION = {"number": "6911.10.37.10", "who": "broker-1", "licence": "L-1", "reason": "a mug"}


def test_every_row_heard_has_an_arm_and_no_arm_is_idle() -> None:
    table_of = arms(UseCases(Reference(), NumberShelf(MemoryBlobs()), PlayedClock(AT)))
    assert set(table_of.facts) == {row.fact for row in table.ROWS if "classification" in row.heard_by}
    assert set(table_of.foreign) == {d for d, owner in FOREIGN.values() if owner == "classification"}


async def test_an_unknown_part_is_reviewed_decided_over_http_and_answered(
    world: Any, client: httpx.AsyncClient, make: Any
) -> None:
    await world.zone()
    await world.tariff(make.schedule_a)
    await world.publish(client)
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
    world: Any, client: httpx.AsyncClient, make: Any
) -> None:
    await world.zone()
    address = "/v1/classification/parts/acme/MUG/decisions"
    await world.publish(client)
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
    world: Any, client: httpx.AsyncClient
) -> None:
    await world.zone()
    for event, data in (
        ("b1", {"unit": " "}),
        ("b2", {"description": ""}),
        ("b3", {"measures": {"kg": "0"}}),
        ("b4", {"measures": {"kg": "0.0000001"}}),
    ):
        await world.publish(client, event, **data)
    assert (await client.get("/v1/classification/parts?account=acme")).json()["parts"] == []
    store = world.service.ports.store
    refused = [msgspec.json.decode(c.body) async for c in store.commits("intake/")]
    places = {f["data"]["place"] for c in refused for f in c["facts"]}
    assert places == {"data.unit", "data.description", "data.measures.kg"}


async def test_a_request_in_a_revision_not_read_yet_waits_for_it(world: Any, make: Any) -> None:
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
        cases.requested(request, world.envelope)


async def test_the_rows_are_what_the_journal_says_and_only_move_forward(
    world: Any, client: httpx.AsyncClient, make: Any
) -> None:
    await world.zone()
    await world.tariff(make.schedule_a)
    await world.publish(client)
    await world.ask()
    store = world.service.ports.store
    rows = PartRows(world.service.journal, PART)
    assert await rows.rebuilt() == await store.scan(PARTS)
    assert len(await store.scan(REVIEWS)) == 1
    (old,) = await rows.rows(PARTS, "", "", 10)
    await client.post("/v1/classification/parts/acme/MUG/decisions", json=DECISION)
    await world.settle()
    assert await store.scan(REVIEWS) == []
    late = StoreRow(old.stream, msgspec.json.encode(old))  # from a zombie
    assert await rows._forward([late], {}) == []
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
