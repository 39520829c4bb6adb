"""The real engine behind its port: plain data in and out, one process, decisions stay with their account."""

import asyncio
import json
import os
import threading
from collections.abc import Iterator, Sequence
from decimal import Decimal
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pydantic import SecretStr

from ftz_classification.domain.proposal import Made, Wanted
from ftz_classification.domain.tariff_numbers import read_numbers
from ftz_classification.senders.engine import EngineProcess, EngineState, endpoint
from ftz_classification.senders.engine_process import FORMAT, Loaded, as_csv
from ftz_classification.settings import EngineSettings
from ftz_common.contracts.classification import ClassificationAnswered, Classified, NumberProposed

SCHEDULE = Path(__file__).with_name("engine") / "schedule.csv"
DECISION = {"number": "4202.92.15.00", "who": "broker-1", "licence": "L-1", "reason": "GRI 1, 6"}
pytestmark = pytest.mark.skipif(
    find_spec("lightgbm") is None,
    reason="the engine's libraries are not installed (requirements-engine.lock)",
)


def record(account: str, part: str, title: str, number: str) -> str:
    facts = {"title": title, "attributes": {}, "account": account, "part": part}
    return json.dumps({"key": f"{account}/{part}", "facts": facts, "numbers": [number], "reason": "r"})


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    """A folder as `ftz classify learn` leaves it, without model or vectors."""
    rulings = tmp_path / "rulings"
    rulings.mkdir()
    lines = [record("acme", "BAG", "cotton tote bag", number_of("4202"))]
    (rulings / "decisions.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def number_of(prefix: str) -> str:
    return next(n for n in read_numbers(SCHEDULE.read_bytes()).digits if n.startswith(prefix))


def asked(account: str = "acme", part: str = "TOY", title: str = "plush toy bear") -> dict[str, Any]:
    return {"title": title, "attributes": {}, "account": account, "part": part}


def wanted(uin: str = "TOY", description: str = "plush toy bear", schedule: str = "a" * 64) -> Wanted:
    return Wanted(f"part/acme/{uin}", "acme", uin, "d", description, {}, "2026-A", schedule)


def test_a_proposal_is_exact_numbers_and_a_canonical_explanation(prepared: Path) -> None:
    loaded = Loaded(prepared, prepared, vectors=False)
    told = loaded.told()
    assert told["model"] == "none"
    assert "promote" in told["off"][-1]
    once, again = (loaded.propose("a", SCHEDULE.read_bytes(), [asked()]) for _ in range(2))
    assert once == again
    made = msgspec.convert(once[0], Made)
    final = set(read_numbers(SCHEDULE.read_bytes()).digits)
    assert {number for number, _ in made.candidates} <= final, "no impossible number"
    assert made.candidates[0][0].startswith("9503")
    assert all(isinstance(share, Decimal) and 0 <= share <= 1 for _, share in made.candidates)
    assert {share for _, share in made.candidates} == {0}, "without a model no share is claimed"
    assert made.questions
    assert all("(" in question for question in made.questions), "a question says what its answers leave"
    assert [digits for digits, _ in made.confidence] == [2, 4, 6, 8, 10]
    whole = json.loads(made.explanation)
    assert (whole["format"], whole["facts"]["part"]) == (FORMAT, "TOY")
    assert whole["proposal"]["provenance"]["model"] == made.model == "none"


def test_a_question_instead_of_a_guess(prepared: Path) -> None:
    loaded = Loaded(prepared, prepared, vectors=False)
    (one,) = loaded.propose("a", SCHEDULE.read_bytes(), [asked(title="gift")])
    made = msgspec.convert(one, Made)
    assert (made.source, made.number, made.candidates) == ("question", "", ())
    assert made.questions


@pytest.mark.parametrize(
    ("account", "part", "source"),
    [
        ("acme", "BAG", "memory"),
        ("acme", "BAG-2", "ranking or question"),  # another part
        ("globex", "BAG", "ranking or question"),  # another account
    ],
)
def test_memory_is_exact_about_account_and_part(prepared: Path, account: str, part: str, source: str) -> None:
    loaded = Loaded(prepared, prepared, vectors=False)
    (one,) = loaded.propose("a", SCHEDULE.read_bytes(), [asked(account, part, "cotton tote bag")])
    assert one["source"] in source


def test_accounts_asked_together_are_told_their_own_decisions_only(prepared: Path) -> None:
    loaded = Loaded(prepared, prepared, vectors=False)
    both = [asked("globex", "BAG", "cotton tote bag"), asked("acme", "BAG", "cotton tote bag")]
    assert [one["source"] == "memory" for one in loaded.propose("a", SCHEDULE.read_bytes(), both)] == [
        False,
        True,
    ]


class Model(BaseHTTPRequestHandler):
    """A language model that names the last line it was shown."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        lines = json.loads(asked["messages"][1]["content"])["candidates"]
        content = json.dumps({"ranking": [lines[-1]["number"]], "reason": "it fits"})
        body = json.dumps({"choices": [{"message": {"content": content}}]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        return


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_language_model_reorders_and_the_file_holds_what_was_said(prepared: Path, address: str) -> None:
    plain = Loaded(prepared, prepared, vectors=False).propose("a", SCHEDULE.read_bytes(), [asked()])
    loaded = Loaded(prepared, prepared, vectors=False, llm={"url": address, "name": "any"})
    try:
        (one,) = loaded.propose("a", SCHEDULE.read_bytes(), [asked()])
    finally:
        loaded.close()
    made = msgspec.convert(one, Made)
    assert made.model == "none+any"
    before, after = ([number for number, _ in found["candidates"]] for found in (plain[0], one))
    assert after[0] not in before[:1]
    assert after[1:] == before[:9]
    kept = json.loads(made.explanation)["proposal"]["consulted"]
    assert json.loads(kept["response"])["reason"] == "it fits"
    assert kept["prompt_sha256"] == sha256(kept["prompt"].encode()).hexdigest()
    assert "plush" in kept["prompt"]
    assert "acme" not in kept["prompt"]


@pytest.mark.parametrize(
    ("changed", "on"),
    [({}, False), ({"llm_url": "http://x/v1"}, False), ({"llm_url": "http://x/v1", "llm_model": "m"}, True)],
)
def test_no_language_model_is_asked_unless_address_and_name_are_given(
    changed: dict[str, str], on: bool
) -> None:
    found = endpoint(EngineSettings(**changed))
    assert (found is not None) is on
    assert "sk-1" not in repr(EngineSettings(llm_key=SecretStr("sk-1"))), "a key is never shown"


def test_the_official_json_is_read_too() -> None:
    rows = [
        {"htsno": "6911", "indent": "0", "description": "Tableware:", "units": None, "general": None},
        {
            "htsno": "6911.10.80.00",
            "indent": "1",
            "description": "Other",
            "units": ["doz."],
            "general": "20%",
        },
    ]
    content = json.dumps(rows).encode()
    text = as_csv(content).decode()
    assert text.splitlines()[0].startswith("HTS Number,Indent,Description")
    assert read_numbers(content) == read_numbers(text.encode())
    assert as_csv(text.encode()) == text.encode()


@pytest.fixture
def engine(prepared: Path) -> Iterator[EngineProcess]:
    made = EngineProcess(prepared, None, vectors=False)
    yield made
    made.close()


async def test_the_process_is_loaded_when_asked_and_started_again_when_it_died(engine: EngineProcess) -> None:
    assert (engine.status.state, engine.ready("a" * 64)) == ("idle", False)
    schedule = SCHEDULE.read_bytes()
    first = await engine.propose([wanted(), wanted("BAG", "cotton tote bag")], schedule)
    assert first is not None
    assert [one.source for one in first][1] == "memory"
    assert (engine.status.state, engine.status.model) == ("ready", "none")
    assert (engine.ready("a" * 64), engine.ready("b" * 64)) == (True, False)
    assert engine._pool is not None
    for process in list(engine._pool._processes.values()):
        process.kill()  # our own child
    again = await engine.propose([wanted()], schedule)
    assert again == first[:1]


async def test_a_service_that_leaves_does_not_wait_for_what_is_computed(engine: EngineProcess) -> None:
    asked = asyncio.create_task(engine.propose([wanted()], SCHEDULE.read_bytes()))
    for _ in range(10):
        await asyncio.sleep(0)  # until the process was asked to load
    assert engine.status.state == "loading"
    assert engine._loading is not None
    engine._loading.cancel()
    asked.cancel()
    await asyncio.gather(asked, engine._loading, return_exceptions=True)
    assert engine._pool is None
    assert await engine.propose([wanted()], SCHEDULE.read_bytes()) is not None, "and starts again"


class Inline:
    """The engine in this process: what it says is the same."""

    def __init__(self, prepared: Path) -> None:
        self.status = EngineState("ready")
        self._loaded = Loaded(prepared, prepared, vectors=False)

    def ready(self, schedule: str) -> bool:
        return True

    def warm(self, schedule: str, content: bytes) -> None:
        """It is loaded."""

    async def propose(self, wanted: Sequence[Wanted], schedule: bytes) -> list[Made] | None:
        asked = [
            {"title": w.description, "attributes": w.attributes, "account": w.account, "part": w.uin}
            for w in wanted
        ]
        return [
            msgspec.convert(one, Made) for one in self._loaded.propose(wanted[0].schedule, schedule, asked)
        ]


async def test_from_publishing_to_the_214_with_the_real_engine(
    worlds: Any, prepared: Path, make: Any
) -> None:
    world = worlds(Inline(prepared))
    await world.zone()
    await world.tariff(SCHEDULE.read_text(encoding="utf-8-sig"))
    async with world.client() as client:
        await world.publish(client, description="plush toy bear, polyester", attributes={"age": "3+"})
        await world.ask(value="2500")
        page = (await client.get("/v1/classification/reviews?account=acme&order=stake")).json()
        (review,) = page["parts"]
        assert page["engine"]["state"] == "ready"
        assert review["proposed"].startswith("9503")
        (proposal,) = await world.facts(NumberProposed)
        found = await client.get(f"/v1/classification/explanations/{proposal.explanation}")
        assert found.json()["proposal"]["explanation"]["rule"].startswith("GRI 1")
        body = DECISION | {"number": review["proposed"], "proposal": review["proposal"]}
        decided = await client.post("/v1/classification/parts/acme/MUG/decisions", json=body)
        assert decided.status_code == 201, decided.text
        await world.settle()
    assert [c.basis for c in await world.facts(Classified)] == ["approved"]
    assert [a.number for a in await world.facts(ClassificationAnswered)] == [review["proposed"]]


@pytest.mark.data
async def test_the_official_schedule_with_the_real_engine(worlds: Any, tmp_path: Path) -> None:
    """The whole path on 19,833 lines; sentence vectors stay out, they take minutes the first time."""
    folder = os.environ.get("FTZ_DATA")  # noqa: TID251 tests find the public data by it
    if not folder:
        pytest.skip("FTZ_DATA is not set: hts_2026_rev4.csv, hs6.csv, uk_search_references.json")
    engine = EngineProcess(tmp_path, Path(folder), vectors=False)
    try:
        world = worlds(engine)
        await world.zone()
        await world.tariff((Path(folder) / "hts_2026_rev4.csv").read_text(encoding="utf-8-sig"))
        async with world.client() as client:
            for n, (uin, text) in enumerate([("MUG", "porcelain mug"), ("TOTE", "cotton tote bag")]):
                await world.publish(client, f"p{n}", uin, description=text)
                await world.ask(uin, line=n + 1, value="1000")
            page = (await client.get("/v1/classification/reviews?account=acme")).json()
        assert (page["engine"]["state"], len(page["parts"])) == ("ready", 2)
        final = set(read_numbers((Path(folder) / "hts_2026_rev4.csv").read_bytes()).digits)
        for proposal, heading in zip(await world.facts(NumberProposed), ("6911", "4202"), strict=True):
            numbers = [c.number for c in proposal.candidates]
            assert set(numbers) <= final, "no impossible number"
            assert heading in {n[:4] for n in numbers}
            assert proposal.model == "none"
    finally:
        engine.close()
