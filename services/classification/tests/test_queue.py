"""The queue of reviews over HTTP: by stake, in bulk, with two people, with questions; and what is learned."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ftz_classification.usecases import PART
from ftz_classification.views import PARTS, PartRow, PartRows
from ftz_common.contracts.classification import ClassificationAnswered, Classified, DecisionHeld
from ftz_common.contracts.reference import Account, SecondApprover, Source

BROKER = {"who": "broker-1", "licence": "L-1", "reason": "tableware of porcelain, GRI 1"}
DECISION = {"number": "6911.10.37.10", **BROKER}
PARTS_AT = "/v1/classification/parts/acme"
REVIEWS = "/v1/classification/reviews?account=acme"


@pytest.fixture
async def world(worlds: Any, make: Any) -> Any:
    made = worlds()
    await made.zone()
    await made.tariff(make.schedule_a)
    return made


async def propose(world: Any, make: Any, uin: str, candidates: dict[str, str]) -> None:
    """The engine's word, told to the part at once."""
    service = world.service
    _, state = await service.journal.state(PART, f"part/acme/{uin}")
    story = make.story(uin)
    story.state = state
    command = make.propose(story, candidates)
    await service.command(
        PART, story.stream, command, principal="test", idempotency_key=uin, account="acme", zone="999"
    )
    await world.settle()


async def test_most_duty_at_stake_comes_first_then_the_unknown_then_nothing(world: Any, make: Any) -> None:
    wide, none = {"6911103710": "0.5", "6911108000": "0.5"}, {"6911103710": "0.5", "6911103750": "0.5"}
    async with world.client() as client:
        for n, (uin, value, candidates) in enumerate(
            [
                ("NOTHING", "9000", none),
                ("SMALL", "100", wide),
                ("LARGE", "1000", wide),
                ("RATE-IN-CENTS", "50", {"91021110": "0.5", "6911108000": "0.5"}),
                ("UNPROPOSED", "70", None),
                ("ASKED", "99999", wide),
            ]
        ):
            await world.publish(client, f"p{n}", uin, description=f"mug {uin}")
            await world.ask(uin, line=n + 1, value=value)
            if candidates:
                await propose(world, make, uin, candidates)
        question = {**BROKER, "text": "Is it printed?"}
        assert (await client.post(f"{PARTS_AT}/ASKED/questions", json=question)).status_code == 201
        await world.settle()
        page = (await client.get(f"{REVIEWS}&order=stake")).json()
        assert [(p["uin"], p["stake"]) for p in page["parts"]] == [
            ("LARGE", "110.00"),
            ("SMALL", "11.00"),
            ("UNPROPOSED", None),
            ("RATE-IN-CENTS", None),
            ("NOTHING", "0.00"),
            ("ASKED", "10999.89"),
        ]
        seen: list[str] = []
        after = ""
        while after is not None:
            page = (await client.get(f"{REVIEWS}&order=stake&limit=2&after={after}")).json()
            seen += [p["uin"] for p in page["parts"]]
            after = page["next"]
        assert seen == ["LARGE", "SMALL", "UNPROPOSED", "RATE-IN-CENTS", "NOTHING", "ASKED"]
        assert (await client.get(f"{REVIEWS}&order=other")).status_code == 422


async def test_near_identical_parts_are_shown_and_decided_in_one_request(world: Any) -> None:
    async with world.client() as client:
        for n, (uin, description) in enumerate(
            [
                ("MUG-BLUE", "Porcelain mug, blue"),
                ("MUG-RED", "Porcelain mug, red"),
                ("MUG/12 OZ", "porcelain mug 12 oz"),
                ("PLATE", "Porcelain plate"),
            ]
        ):
            await world.publish(client, f"p{n}", uin, description=description)
            await world.ask(uin, line=n + 1)
        alike = (await client.get("/v1/classification/similar?account=acme&uin=MUG-BLUE")).json()
        assert [p["uin"] for p in alike["undecided"]] == ["MUG/12 OZ", "MUG-RED"]
        named = [{"uin": p["uin"], "facts_digest": p["facts_digest"]} for p in alike["undecided"]]
        body = {"account": "acme", **DECISION, "parts": [*named, {"uin": "GONE", "facts_digest": "0" * 64}]}
        done = await client.post("/v1/classification/approvals", json=body, headers={"Idempotency-Key": "k"})
        assert done.status_code == 201
        assert [(p["uin"], p["outcome"]) for p in done.json()["parts"]] == [
            ("MUG/12 OZ", "decided"),
            ("MUG-RED", "decided"),
            ("GONE", "refused"),
        ]
        assert done.json()["refused"] == 1
        assert done.json()["parts"][2]["code"] == "part-not-published"
        again = await client.post("/v1/classification/approvals", json=body, headers={"Idempotency-Key": "k"})
        assert (again.status_code, all(p["repeated"] for p in again.json()["parts"])) == (200, True)
        other = body | {"number": "6911.10.37.50"}
        said = await client.post("/v1/classification/approvals", json=other, headers={"Idempotency-Key": "k"})
        assert said.json()["code"] == "idempotency-key-reused"
        await world.settle()
        assert len(await world.facts(Classified)) == 2, "one fact in each part's own stream"
        assert sorted(a.line for a in await world.facts(ClassificationAnswered)) == [2, 3]
        alike = (await client.get("/v1/classification/similar?account=acme&uin=MUG-BLUE")).json()
        assert [p["uin"] for p in alike["decided"]] == ["MUG/12 OZ", "MUG-RED"]
        assert (await client.get("/v1/classification/similar?account=acme&uin=NONE")).status_code == 404


async def test_a_bulk_decision_is_about_what_was_looked_at(world: Any) -> None:
    async with world.client() as client:
        await world.publish(client)
        (part,) = (await client.get("/v1/classification/parts?account=acme")).json()["parts"]
        await world.publish(client, "p2", description="stoneware mug")
        parts = [{"uin": "MUG", "facts_digest": part["facts_digest"]}]
        body = {"account": "acme", **DECISION, "parts": parts}
        done = (await client.post("/v1/classification/approvals", json=body)).json()
        assert (done["parts"][0]["outcome"], done["parts"][0]["code"]) == ("refused", "part-changed")


async def test_two_people_where_the_zone_asks_for_them(worlds: Any, make: Any) -> None:
    world = worlds()
    procedures = msgspec.structs.replace(
        world.zone_document.procedures, second_approver=SecondApprover(chapters=["69"])
    )
    await world.zone(msgspec.structs.replace(world.zone_document, procedures=procedures))
    await world.tariff(make.schedule_a)
    async with world.client() as client:
        await world.publish(client)
        await world.ask()
        first = await client.post(f"{PARTS_AT}/MUG/decisions", json=DECISION)
        assert (first.status_code, first.json()["outcome"]) == (201, "held")
        await world.settle()
        (review,) = (await client.get(REVIEWS)).json()["parts"]
        assert (review["held"], review["held_by"]) == ("6911103710", "broker-1")
        same = await client.post(f"{PARTS_AT}/MUG/decisions", json=DECISION | {"reason": "still so"})
        assert same.json()["code"] == "second-person-needed"
        no = {**BROKER, "who": "broker-2", "citations": ["note 1 to chapter 69"]}
        assert (await client.post(f"{PARTS_AT}/MUG/rejections", json=no)).status_code == 201
        assert (await client.post(f"{PARTS_AT}/MUG/rejections", json=no)).status_code == 200
        nothing = await client.post(f"{PARTS_AT}/MUG/rejections", json=no | {"reason": "no again"})
        assert nothing.json()["code"] == "nothing-to-reject"
        for who in ("broker-1", "broker-2"):
            body = DECISION | {"who": who, "reason": f"{who} looked"}
            answer = await client.post(f"{PARTS_AT}/MUG/decisions", json=body)
        assert answer.json()["outcome"] == "decided"
        await world.settle()
        assert (await client.get(REVIEWS)).json()["parts"] == []
    assert len(await world.facts(DecisionHeld)) == 2
    assert [a.number for a in await world.answers()] == ["6911103710"]


async def test_decisions_come_out_as_records_that_the_engine_reads(world: Any, tmp_path: Path) -> None:
    async with world.client() as client:
        attributes = {"material": "porcelain", "use": "drinking"}
        await world.publish(client, attributes=attributes)
        await world.publish(client, "p2", "CUP")
        await world.publish(client, "p3", "OLD")
        body = DECISION | {"citations": ["GRI 1"]}
        await client.post(f"{PARTS_AT}/MUG/decisions", json=body)
        await client.post(f"{PARTS_AT}/OLD/decisions", json=body)
        await world.publish(client, "p4", "OLD", description="another thing")
        found = await client.get("/v1/classification/decisions?account=acme")
        other = await client.get("/v1/classification/decisions?account=globex")
    (record,) = [msgspec.json.decode(line) for line in found.text.splitlines()]
    assert record["numbers"] == ["6911103710"]
    assert record["facts"] == {
        "title": "porcelain mug",
        "attributes": attributes,
        "account": "acme",
        "part": "MUG",
    }
    assert (record["decided_by"], record["citations"]) == ("broker-1", ["GRI 1"])
    assert other.text == "", "an account sees its own decisions only"
    pytest.importorskip("numpy")
    from ftz_classification.engine.records import read_records  # noqa: PLC0415 optional libraries

    (tmp_path / "decisions.jsonl").write_text(found.text, encoding="utf-8")
    (learned,) = read_records(tmp_path / "decisions.jsonl")
    assert (learned.source, learned.numbers, learned.facts.account) == ("decision", ("6911103710",), "acme")
    assert (learned.facts.part, dict(learned.facts.attributes)) == ("MUG", attributes)


async def test_what_was_corrected_is_not_exported_and_a_decision_for_later_is_beside_the_present_one(
    world: Any, make: Any
) -> None:
    await world.tariff(make.schedule_b, "2026-B", "2026-07-01")
    async with world.client() as client:
        await world.publish(client)
        for number, revision in (
            ("6911.10.80.00", "2026-A"),
            ("6911.10.37.10", "2026-A"),
            ("6911.10.37.50", "2026-B"),
        ):
            body = DECISION | {"number": number, "revision": revision}
            answer = await client.post(f"{PARTS_AT}/MUG/decisions", json=body)
            assert answer.status_code == 201, answer.text
        await world.settle()
        found = await client.get("/v1/classification/decisions?account=acme")
    records = [msgspec.json.decode(line) for line in found.text.splitlines()]
    assert [(r["numbers"], r["effective_from"], r["order"]) for r in records] == [
        (["6911103710"], "2026-01-01", 2),
        (["6911103750"], "2026-07-01", 3),
    ]


async def test_accounts_do_not_see_each_other(worlds: Any, make: Any) -> None:
    world = worlds()
    zone = world.zone_document
    globex = Account(id="globex", parties=zone.accounts[0].parties, master_source="shop")
    source = Source(name="shop", accounts=["acme", "globex"], issuers=["shop"])
    await world.zone(msgspec.structs.replace(zone, accounts=[*zone.accounts, globex], sources=[source]))
    await world.tariff(make.schedule_a)
    async with world.client() as client:
        await world.publish(client)
        await client.post(f"{PARTS_AT}/MUG/decisions", json=DECISION)
        await world.publish(client, "p2", account="globex")
        theirs = (await client.get("/v1/classification/parts?account=globex")).json()["parts"]
        assert [(p["uin"], p["number"]) for p in theirs] == [("MUG", "")], "the same part, no decision"
        alike = (await client.get("/v1/classification/similar?account=globex&uin=MUG")).json()
        assert alike == {"undecided": [], "decided": []}


async def test_the_queue_is_rebuilt_from_the_journal(world: Any, make: Any) -> None:
    async with world.client() as client:
        await world.publish(client)
        await world.ask(value="12.34")
        await propose(world, make, "MUG", {"6911103710": "0.5", "6911108000": "0.5"})
        await client.post(f"{PARTS_AT}/MUG/questions", json={**BROKER, "text": "Is it printed?"})
        await world.settle()
    rows = PartRows(world.service.journal, PART)
    live = await world.store.scan(PARTS)
    assert await rows.rebuilt() == live
    row = msgspec.json.decode(live[0].body, type=PartRow)
    assert (row.value, row.stake, row.asked) == (Decimal("12.34"), Decimal("1.36"), True)
