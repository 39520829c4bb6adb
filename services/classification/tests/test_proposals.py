"""The engine beside the service: what it is asked, what becomes of its answers, what happens without it."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from hashlib import sha256
from importlib.util import find_spec
from typing import Any

import msgspec
import pytest

from ftz_classification.domain.proposal import Made, Wanted
from ftz_classification.senders.engine import EngineProcess, EngineState, NoEngine, configured
from ftz_classification.settings import EngineSettings
from ftz_common.contracts.classification import (
    ClassificationAnswered,
    Classified,
    NumberProposed,
    ReviewOpened,
)
from ftz_common.flow.aggregate import Waiting

DECISION = {"number": "6911.10.37.10", "who": "broker-1", "licence": "L-1", "reason": "a mug"}
PARTS = "/v1/classification/parts/acme"
REVIEWS = "/v1/classification/reviews?account=acme"


class FakeEngine:
    """Says a mug is a mug: the first two lines of the schedule that it is given, by the words' lengths."""

    def __init__(self, *, broken: bool = False) -> None:
        self.status = EngineState("idle")
        self.asked: list[list[str]] = []
        self.broken = broken
        self.warmed = 0

    def ready(self, schedule: str) -> bool:
        return self.status.state != "idle"

    def warm(self, schedule: str, content: bytes) -> None:
        self.warmed += 1

    async def propose(self, wanted: Sequence[Wanted], schedule: bytes) -> list[Made] | None:
        self.asked.append([w.uin for w in wanted])
        await asyncio.sleep(0)
        if self.broken:
            self.status = EngineState("failed", "no memory")
            return None
        self.status = EngineState("ready", model="m-1")
        return [self._made(one, schedule) for one in wanted]

    def _made(self, wanted: Wanted, schedule: bytes) -> Made:
        share = Decimal("0.6") if "porcelain" in wanted.description else Decimal("0.5")
        return Made(
            source="ranking",
            number="691110",
            confidence=((2, Decimal("0.99")), (10, share)),
            candidates=(("6911103710", share), ("6911108000", 1 - share)),
            questions=("Is it printed?",),
            model="m-1",
            memory="none",
            encoder="none",
            off=("sentence vectors are off",),
            explanation=f'{{"format":"ftz.explanation/1","schedule":"{sha256(schedule).hexdigest()}"}}'.encode(),
        )


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
async def opened(worlds: Any, engine: FakeEngine, make: Any) -> Any:
    """A world with an engine, a zone and a tariff."""
    world = worlds(engine)
    await world.zone()
    await world.tariff(make.schedule_a)
    return world


async def test_a_published_part_is_proposed_reviewed_approved_and_its_214_goes_on(
    opened: Any, engine: FakeEngine
) -> None:
    async with opened.client() as client:
        await opened.publish(client)
        (review,) = (await client.get(REVIEWS)).json()["parts"]
        assert (review["review"], review["proposed"], review["safe"]) == (
            "proposed; no decision yet",
            "6911103710",
            "691110",
        )
        await opened.ask(value="1000")
        (review,) = (await client.get(REVIEWS)).json()["parts"]
        assert (review["spread"], review["stake"], review["value"]) == ("11", "110.00", "1000")
        assert review["question"] == "Is it printed?"
        body = DECISION | {"proposal": review["proposal"], "facts_digest": review["facts_digest"]}
        decided = await client.post(f"{PARTS}/MUG/decisions", json=body)
        assert (decided.status_code, decided.json()["outcome"]) == (201, "decided")
        await opened.settle()
        (classified,) = await opened.facts(Classified)
        assert (classified.basis, classified.proposal) == ("approved", review["proposal"])
        assert [a.number for a in await opened.facts(ClassificationAnswered)] == ["6911103710"]
        assert (await client.get(REVIEWS)).json()["parts"] == []
    assert engine.asked == [["MUG"]], "one description is shown once"


async def test_the_explanation_is_a_blob_that_the_proposal_names(opened: Any, make: Any) -> None:
    async with opened.client() as client:
        await opened.publish(client)
        (proposal,) = await opened.facts(NumberProposed)
        found = await client.get(f"/v1/classification/explanations/{proposal.explanation}")
        assert sha256(found.content).hexdigest() == proposal.explanation
        assert found.json()["schedule"] == proposal.schedule == sha256(make.schedule_a.encode()).hexdigest()
        other = await client.get(f"/v1/classification/explanations/{proposal.schedule}")
        assert other.status_code == 404, "other blobs are not shown"


async def test_changed_facts_are_proposed_anew(opened: Any, engine: FakeEngine) -> None:
    async with opened.client() as client:
        await opened.publish(client)
        await client.post(f"{PARTS}/MUG/decisions", json=DECISION)
        await opened.settle()
        await opened.publish(client, "p2", description="stoneware mug")
        (review,) = (await client.get(REVIEWS)).json()["parts"]
    assert review["review"] == "the description changed since 6911.10.37.10 was decided"
    assert len(await opened.facts(NumberProposed)) == 2
    assert engine.asked == [["MUG"], ["MUG"]]


async def test_a_decided_part_is_not_proposed(worlds: Any, make: Any) -> None:
    engine = FakeEngine()
    world = worlds(engine)
    await world.zone()
    async with world.client() as client:
        await world.publish(client)
        assert engine.asked == [], "no revision is known that lines could be proposed from"
        await world.tariff(make.schedule_a)
        await client.post(f"{PARTS}/MUG/decisions", json=DECISION)
        await world.ask()
        await world.publish(client, "p2", "CUP")
    assert engine.asked == [["CUP"]]


async def test_parts_of_a_batch_go_to_the_engine_together_and_few_at_once(
    opened: Any, engine: FakeEngine
) -> None:
    async with opened.client() as client:
        body = [
            {
                "specversion": "1.0",
                "id": f"e{n}",
                "source": "shop",
                "type": "ftz.platform.part.published.v1",
                "time": "2026-06-01T14:00:00Z",
                "data": {
                    "account": "acme",
                    "sku": f"S{n}",
                    "description": "mug",
                    "origin": "VN",
                    "unit": "pcs",
                },
            }
            for n in range(50)
        ]
        for one in body:
            await client.post("/v1/events", json=one)
        await opened.settle()
    assert sum(len(asked) for asked in engine.asked) == 50
    assert max(len(asked) for asked in engine.asked) <= 16
    assert len(engine.asked) < 50
    assert len(await opened.facts(NumberProposed)) == 50


async def test_the_same_feed_gives_the_same_bytes(worlds: Any, make: Any) -> None:
    """When the world has settled no proposal is in flight."""
    journals: list[list[bytes]] = []
    for _ in range(2):
        world = worlds(FakeEngine())
        await world.zone()
        await world.tariff(make.schedule_a)
        async with world.client() as client:
            for n in range(5):
                await world.publish(client, f"p{n}", f"S{n}")
                await world.ask(f"S{n}", line=n + 1, value="10")
        journals.append([stored.body async for stored in world.store.commits()])
    assert journals[0] == journals[1]
    assert len(journals[0]) >= 15


async def test_a_fact_heard_again_changes_nothing(opened: Any, engine: FakeEngine) -> None:
    async with opened.client() as client:
        await opened.publish(client)
    proposals = opened.service.proposals
    stored = [s async for s in opened.store.commits("part/")]
    before = len(stored)
    for group in ("classification.proposals", "classification.revisions"):
        await opened.service.consumers[group].handle(opened.heard())
    assert len([s async for s in opened.store.commits("part/")]) == before
    assert proposals.made == 1


async def test_without_an_engine_people_decide_and_are_told_why(world: Any, make: Any) -> None:
    await world.zone()
    await world.tariff(make.schedule_a)
    async with world.client() as client:
        await world.publish(client)
        await world.ask()
        page = (await client.get(REVIEWS)).json()
        assert [p["review"] for p in page["parts"]] == ["no decision yet"]
        assert page["engine"]["state"] == "off"
        assert "FTZ_CLASSIFY_DIR" in page["engine"]["why"]
        (status,) = (await client.get("/status")).json()["services"]
        assert status["engine"]["state"] == "off"
        asked = await client.post(f"{PARTS}/MUG/proposals?who=broker-1")
        assert (asked.status_code, asked.json()["code"]) == (409, "engine-off")
    assert "classification.proposals" not in world.service.consumers
    assert await world.facts(NumberProposed) == []


async def test_an_engine_that_fails_leaves_the_review_and_can_be_asked_again(
    opened: Any, engine: FakeEngine
) -> None:
    engine.broken = True
    async with opened.client() as client:
        await opened.publish(client)
        await opened.ask()
        page = (await client.get(REVIEWS)).json()
        assert (page["engine"]["state"], page["engine"]["why"]) == ("failed", "no memory")
        assert len(page["parts"]) == 1
        engine.broken = False
        asked = await client.post(f"{PARTS}/MUG/proposals?who=broker-1")
        assert asked.status_code == 202
        await opened.settle()
        (status,) = (await client.get("/status")).json()["services"]
    assert len(await opened.facts(NumberProposed)) == 1
    assert status["engine"]["proposed"] == 1
    assert status["engine"]["passed"] == 2  # published, then under review
    assert status["engine"]["in_flight"] == 0


async def test_while_the_engine_loads_in_real_time_the_others_are_not_held_up(
    worlds: Any, engine: FakeEngine, make: Any
) -> None:
    world = worlds(engine)
    await world.zone()
    async with world.client() as client:
        await world.publish(client)  # no revision is known yet, so nothing is proposed
    await world.tariff(make.schedule_a)
    await world.service.tick()
    consumer = world.service.consumers["classification.proposals"]
    with pytest.raises(Waiting):
        await consumer.handle(world.heard())
    assert (engine.warmed, engine.asked) == (1, [])
    engine.status = EngineState("ready")
    await consumer.handle(world.heard())
    assert engine.asked == [["MUG"]]


async def test_the_review_says_which_lines_follow_one_that_ended(opened: Any, make: Any) -> None:
    """A decision ends with a coming revision: review with successors, and the 214 that waits goes on."""
    async with opened.client() as client:
        await opened.publish(client)
        await client.post(f"{PARTS}/MUG/decisions", json=DECISION)
        await opened.tariff(make.schedule_b, "2026-B", "2026-07-01")
        (review,) = (await client.get(REVIEWS)).json()["parts"]
        assert (review["number"], review["successors"]) == ("6911103710", ["6911103750"])
        await opened.ask("MUG", line=1)
        assert len(await opened.answers()) == 1, "until then the decision answers"
        opened.clock.move_to(opened.clock.now().replace(month=7, day=2))
        await opened.ask("MUG", line=2, needed_on="2026-07-02", revision="2026-B")
        assert len(await opened.answers()) == 1
        refused = await client.post(f"{PARTS}/MUG/decisions", json=DECISION | {"reason": "again"})
        assert refused.json()["code"] == "number-not-in-revision"
        body = DECISION | {"number": "6911.10.37.50"}
        assert (await client.post(f"{PARTS}/MUG/decisions", json=body)).status_code == 201
        await opened.settle()
        assert [(a.line, a.number, a.revision) for a in await opened.answers()] == [
            (1, "6911103710", "2026-A"),
            (2, "6911103750", "2026-B"),
        ]
        assert (await client.get(REVIEWS)).json()["parts"] == []
    asked_in = [p.revision for p in await opened.facts(NumberProposed)]
    assert asked_in == ["2026-A", "2026-B"], "the ended line is proposed from the coming schedule"


async def test_a_revision_that_holds_the_line_leaves_no_trace_in_the_part(opened: Any, make: Any) -> None:
    async with opened.client() as client:
        await opened.publish(client)
        await client.post(f"{PARTS}/MUG/decisions", json=DECISION)
        await opened.publish(client, "p2", "UNDECIDED")
        await opened.settle()
    before = [s.body async for s in opened.store.commits("part/")]
    await opened.tariff(make.schedule_a, "2026-C", "2026-07-01")
    assert [s.body async for s in opened.store.commits("part/")] == before


async def test_a_decision_made_while_its_end_is_known_comes_back_at_once(opened: Any, make: Any) -> None:
    await opened.tariff(make.schedule_b, "2026-B", "2026-07-01")
    async with opened.client() as client:
        await opened.publish(client)
        await client.post(f"{PARTS}/MUG/decisions", json=DECISION)
        await opened.settle()
        (review,) = (await client.get(REVIEWS)).json()["parts"]
        assert review["review"].startswith("6911.10.37.10 is no line of revision 2026-B")
        # what is decided now is by default decided in the revision that the review is about
        body = DECISION | {"number": "6911.10.37.50"}
        assert (await client.post(f"{PARTS}/MUG/decisions", json=body)).status_code == 201
        await opened.settle()
        assert (await client.get(REVIEWS)).json()["parts"] == []
    assert [c.revision for c in await opened.facts(Classified)] == ["2026-A", "2026-B"]


async def test_a_concordance_names_successors_whenever_it_comes(opened: Any, make: Any) -> None:
    schedule = make.schedule_b + '"6911.10.80.00","3","Other","",""\r\n'
    address = "/v1/classification/concordances/2026-B?who=broker-1&file_name=c.csv"
    async with opened.client() as client:
        await opened.publish(client)
        await client.post(f"{PARTS}/MUG/decisions", json=DECISION)
        await opened.tariff(schedule, "2026-B", "2026-07-01")
        bad = await client.put(address, content=b"x,y\n", headers={"content-type": "text/csv"})
        assert (bad.status_code, bad.json()["code"]) == (422, "not-a-concordance")
        content = b"old_hts10,new_hts10\n6911103710,6911108000\n"
        put = await client.put(address, content=content, headers={"content-type": "text/csv"})
        assert (put.status_code, put.json()["lines"]) == (201, 1)
        await opened.settle()
        (review,) = (await client.get(REVIEWS)).json()["parts"]
        assert review["successors"] == ["6911108000"]
    assert len([r for r in await opened.facts(ReviewOpened) if r.revision]) == 2


@pytest.mark.parametrize(
    ("directory", "state", "why"),
    [
        (None, "off", "FTZ_CLASSIFY_DIR"),
        ("missing", "off", "ftz classify data"),
        (".", "idle", ""),
    ],
)
def test_what_the_settings_ask_for(tmp_path: Any, directory: str | None, state: str, why: str) -> None:
    if find_spec("lightgbm") is None:
        pytest.skip("the engine's libraries are not installed: requirements-engine.lock")
    folder = None if directory is None else tmp_path / directory
    engine = configured(EngineSettings(classify_dir=folder))
    assert (engine.status.state, isinstance(engine, NoEngine)) == (state, state == "off")
    assert why in engine.status.why


def test_without_the_libraries_the_remedy_is_said(tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("ftz_classification.senders.engine.find_spec", lambda _name: None)
    assert "make engine" in configured(EngineSettings(classify_dir=tmp_path)).status.why


async def test_an_engine_process_that_cannot_load_says_so(tmp_path: Any, monkeypatch: Any) -> None:
    engine = EngineProcess(tmp_path, None)

    async def failing(*_: Any) -> Any:
        raise MemoryError("too little")

    monkeypatch.setattr(engine, "_run", failing)
    wanted = Wanted("part/acme/MUG", "acme", "MUG", "d", "mug", {}, "2026-A", "a" * 64)
    assert await engine.propose([wanted], b"") is None
    assert engine.status == EngineState("failed", "MemoryError: too little")
    assert msgspec.json.encode(engine.status)
