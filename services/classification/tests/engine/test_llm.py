"""The reranker against a local endpoint that misbehaves in every way we could think of."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest

from ftz_classification.engine.consultation import Consultation, Listed, humbled, reordered
from ftz_classification.engine.facts import PartFacts
from ftz_classification.engine.index import Index
from ftz_classification.engine.llm import RECORD, Endpoint, Reranker, redact
from ftz_classification.engine.memory import Memory
from ftz_classification.engine.model import Model
from ftz_classification.engine.proposal import Options, Thresholds, propose_many
from ftz_classification.engine.records import Record
from ftz_classification.engine.schedule import LEVELS
from ftz_classification.engine.scoring import score_records

CANDIDATES = [
    Listed("6109100040", ("T-shirts", "Of cotton", "Women's")),
    Listed("6110202079", ("Sweaters", "Of cotton", "Women's"), ("Chapter 61, note 2",)),
]
OURS = ("6109100040", "6110202079")
FACTS = PartFacts(title="ACME women's hoodie $19.99 mail me@shop.example", attributes={"Brand": "ACME"})


def chat(content: Any) -> bytes:
    return json.dumps({"choices": [{"message": {"content": content}}]}).encode()


BEHAVIOUR: dict[str, tuple[int, bytes, float]] = {
    "good": (200, chat('{"ranking": ["6110.20.2079", "6109.10.0040"], "reason": "x"}'), 0),
    "partial": (200, chat('{"ranking": ["6110202079", "9999999999", "6110202079"]}'), 0),
    "invented": (200, chat('{"ranking": ["9503000073"]}'), 0),
    "garbage": (200, b"\xff\xfe not json", 0),
    "prose": (200, chat("I think it is 6110202079"), 0),
    "shape": (200, json.dumps({"choices": []}).encode(), 0),
    "list": (200, chat('["6110202079"]'), 0),
    "nothing": (200, chat(None), 0),
    "flood": (200, chat("x" * 200_000), 0),
    "error": (500, b"oops", 0),
    "redirect": (302, b"", 0),
    "slow": (200, chat('{"ranking": ["6110202079"]}'), 1.0),
    "drip": (200, chat('{"ranking": ["6110202079"]}'), 0),
    "numbers": (200, chat('{"ranking": [6110202079, null, {}]}'), 0),
    "deep": (200, chat("[" * 30_000), 0),
    "usage": (
        200,
        json.dumps(
            {
                "choices": [{"message": {"content": '{"ranking": ["6110202079"]}'}}],
                "usage": {"total_tokens": 77},
            }
        ).encode(),
        0,
    ),
    "lies": (
        200,
        json.dumps(
            {
                "choices": [{"message": {"content": '{"ranking": ["6110202079"]}'}}],
                "usage": {"total_tokens": -5_000},
            }
        ).encode(),
        0,
    ),
}


class Handler(BaseHTTPRequestHandler):
    seen: ClassVar[list[dict[str, Any]]] = []

    def do_POST(self) -> None:
        size = int(self.headers["Content-Length"])
        Handler.seen.append(json.loads(self.rfile.read(size)))
        status, body, wait = BEHAVIOUR[self.path.split("/")[1]]
        time.sleep(wait)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:9/else")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        pieces = [body[n : n + 1] for n in range(len(body))] if "drip" in self.path else [body]
        try:
            for piece in pieces:
                self.wfile.write(piece)
                time.sleep(0.05 if len(pieces) > 1 else 0)
        except OSError:
            return

    def log_message(self, format: str, *args: Any) -> None:
        return


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client() as made:
        yield made


def ask(base: str, client: httpx.Client, behaviour: str, **change: Any) -> Any:
    endpoint = Endpoint(f"{base}/{behaviour}", "any", **{"seconds": 0.3, **change})
    return Reranker(endpoint, client).consult(FACTS, CANDIDATES, names=["ACME"])


def test_a_good_answer_reorders_the_candidates(base: str, client: httpx.Client) -> None:
    found = ask(base, client, "good")
    assert found.used
    assert found.ranking == ("6110202079", "6109100040")
    assert found.response
    assert len(found.prompt_sha256) == len(found.response_sha256) == 64


def test_numbers_that_were_not_listed_are_dropped(base: str, client: httpx.Client) -> None:
    assert ask(base, client, "partial").ranking == ("6110202079", "6109100040")


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ("invented", "no number of the list"),
        ("garbage", "Error"),
        ("prose", "not JSON"),
        ("shape", "not a chat completion"),
        ("list", "no ranking"),
        ("nothing", "no text"),
        ("flood", "longer than"),
        ("error", "500"),
        ("redirect", "302"),
        ("slow", "Timeout"),
        ("drip", "Timeout"),  # a byte now and then: the client's own limit never ends it
        ("numbers", "no number of the list"),
        ("deep", "not JSON"),
    ],
)
def test_misbehaviour_leaves_our_order_and_says_why(
    base: str, client: httpx.Client, behaviour: str, reason: str
) -> None:
    found = ask(base, client, behaviour)
    assert not found.used
    assert found.ranking == OURS
    assert reason in found.failure


def test_nobody_there(client: httpx.Client) -> None:
    found = Reranker(Endpoint("http://127.0.0.1:9", "any"), client).consult(FACTS, CANDIDATES)
    assert not found.used
    assert "Connect" in found.failure


def test_the_budget_ends_the_calls(base: str, client: httpx.Client) -> None:
    reranker = Reranker(Endpoint(f"{base}/good", "any", budget=700), client)
    assert reranker.consult(FACTS, CANDIDATES).used
    before = len(Handler.seen)
    found = reranker.consult(PartFacts(title="a mug"), CANDIDATES)
    assert "budget spent" in found.failure
    assert len(Handler.seen) == before


def test_what_leaves_the_house_is_redacted(base: str, client: httpx.Client) -> None:
    ask(base, client, "good")
    sent = json.dumps(Handler.seen[-1])
    for secret in ("ACME", "19.99", "me@shop.example"):
        assert secret not in sent
    assert "hoodie" in sent


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("see https://shop.example/x", "https"),
        ("only 12.50 USD", "12.50"),
        ("€5 mug", "€5"),
        ("call +1 (555) 010-9999 now", "010"),
    ],
)
def test_redaction(text: str, gone: str) -> None:
    assert gone not in redact(text)


@pytest.mark.parametrize(("behaviour", "spent"), [("usage", 77), ("lies", None), ("error", None)])
def test_what_it_costs(base: str, client: httpx.Client, behaviour: str, spent: int | None) -> None:
    """As the endpoint tells; where it tells nothing believable, as reckoned beforehand."""
    reranker = Reranker(Endpoint(f"{base}/{behaviour}", "any"), client)
    found = reranker.consult(FACTS, CANDIDATES)
    assert found.tokens == spent or (spent is None and found.tokens > 400)
    assert reranker.left == 100_000 - found.tokens


def test_the_record_answers_again_and_the_budget_survives_a_restart(
    base: str, client: httpx.Client, tmp_path: Path
) -> None:
    endpoint = Endpoint(f"{base}/usage", "any", budget=1_000)
    first = Reranker(endpoint, client, tmp_path).consult(FACTS, CANDIDATES)
    Reranker(Endpoint(f"{base}/garbage", "any", budget=1_000), client, tmp_path).consult(
        PartFacts(title="mug"), CANDIDATES
    )
    before = len(Handler.seen)
    with (tmp_path / RECORD).open("a") as stream:
        stream.write('{"used": tr')  # a crash in the middle of a line
    again = Reranker(endpoint, client, tmp_path)
    assert again.left < 1_000 - 77, "what failed has cost something too"
    same = again.consult(FACTS, CANDIDATES)
    assert len(Handler.seen) == before, "not asked twice"
    assert (same.ranking, same.response, same.tokens) == (first.ranking, first.response, 0)
    kept = json.loads((tmp_path / RECORD).read_text().splitlines()[0])
    assert (kept["prompt"], kept["response"]) == (first.prompt, first.response)
    assert "ACME" not in kept["prompt"]


def test_an_endpoint_that_fails_is_left_alone(base: str, client: httpx.Client) -> None:
    reranker = Reranker(Endpoint(f"{base}/error", "any"), client)
    for n in range(3):
        assert "500" in reranker.consult(PartFacts(title=f"mug {n}"), CANDIDATES).failure
    before = len(Handler.seen)
    assert "left alone" in reranker.consult(FACTS, CANDIDATES).failure
    assert len(Handler.seen) == before


def test_names_are_taken_from_the_facts_themselves(base: str, client: httpx.Client) -> None:
    facts = PartFacts(
        title="Initech hoodie IN-77 for globex",
        attributes={"Manufacturer": "Initech", "Material": "cotton"},
        account="globex",
        part="IN-77",
    )
    Reranker(Endpoint(f"{base}/good", "any"), client).consult(facts, CANDIDATES)
    sent = json.dumps(Handler.seen[-1])
    assert not any(name.lower() in sent.lower() for name in ("Initech", "globex", "IN-77"))
    assert "cotton" in sent


# ---- in a proposal, and in an evaluation --------------------------------------------------------


def said(ranking: tuple[str, ...], named: int, *, used: bool = True) -> Consultation:
    return Consultation(used, ranking, "" if used else "no", "p", "r", "", "", 1, named, "any")


@pytest.mark.parametrize(
    ("level", "named", "order"),
    [
        (10, ("6205", "6109"), ["6205", "6109", "9503"]),
        (10, ("9503",), ["9503", "6109", "6205"]),
        (10, (), ["6109", "6205", "9503"]),
        (2, ("6205", "6109"), ["62", "61", "95"]),
    ],
)
def test_only_what_was_named_moves(level: int, named: tuple[str, ...], order: list[str]) -> None:
    before = [number[:level] for number in ("6109", "6205", "9503")]
    assert reordered(before, level, said((*named, "6109", "6205", "9503"), len(named))) == order


def test_a_language_model_never_makes_it_surer() -> None:
    before = {2: "61", 4: "6109", 6: "610910", 8: "61091000", 10: "6109100012"}
    sure = {2: 0.95, 4: 0.9, 6: 0.7, 8: 0.3, 10: 0.2}
    assert humbled(sure, before, before) == sure
    found = humbled(sure, before, before | {6: "610990", 8: "61099010", 10: "6109901007"})
    assert found == pytest.approx({2: 0.95, 4: 0.9, 6: 0.3, 8: 0.3, 10: 0.2})
    assert all(found[level] <= sure[level] for level in LEVELS)


class Turned:
    """Names the last line that is listed, whatever it is."""

    name = "turned"

    def __init__(self, *, used: bool = True) -> None:
        self.used = used

    def consult_many(self, asked: Any) -> list[Consultation]:
        lists = [[line.number for line in lines] for _, lines in asked]
        assert all(len(numbers) <= 20 for numbers in lists)
        return [said((n[-1], *n[:-1]) if self.used else tuple(n), 1, used=self.used) for n in lists]


def test_in_a_proposal_it_moves_candidates_and_nothing_else(
    index: Index, memory: Memory, model: Model, encoder: Any
) -> None:
    asked = [PartFacts(title="women's cotton t-shirt"), PartFacts(title=""), PartFacts(title="plush toy")]
    always = Thresholds(tuple((level, 0.0) for level in LEVELS))
    plain = propose_many(asked, index, memory, model, Options(encoder, always))
    turned = propose_many(asked, index, memory, model, Options(encoder, always, adviser=Turned()))
    deaf = propose_many(asked, index, memory, model, Options(encoder, always, adviser=Turned(used=False)))
    for one, two, three in zip(plain, turned, deaf, strict=True):
        assert all(two.confidence[level] <= one.confidence[level] for level in LEVELS)
        assert (one.one_of, one.provenance) == (two.one_of, two.provenance)
        assert (three.candidates, three.confidence, three.number) == (
            one.candidates,
            one.confidence,
            one.number,
        )
        if one.candidates:
            assert two.consulted is not None
            assert two.candidates[0].number == two.consulted.ranking[0] != one.candidates[0].number
            assert two.candidates[1:] == one.candidates[:9]
            assert two.candidates[0].number.startswith(two.number)
            assert two.explanation is not None
            assert two.explanation.steps[-1].text == two.candidates[0].path[-1], "the file is about it"
            assert any("not heard: no" in text for text in three.off)
        else:
            assert two == one, "nothing is asked about a description that says nothing"


def test_in_an_evaluation_its_order_counts(
    index: Index, memory: Memory, model: Model, records: list[Record], encoder: Any
) -> None:
    class Knows:
        name = "knows"

        def consult_many(self, asked: Any) -> list[Consultation]:
            gold = {record.facts.digest(): record.numbers[0] for record in records}
            out = []
            for facts, lines in asked:
                numbers = [line.number for line in lines]
                best = gold[facts.digest()]
                rest = [n for n in numbers if n != best]
                out.append(said((best, *rest), 1) if best in numbers else said(tuple(numbers), 0, used=False))
            return out

    few = records[:20]
    plain = score_records(index, memory, model, encoder, few)
    told = score_records(index, memory, model, encoder, few, adviser=Knows())
    assert told["top1"]["10"] == pytest.approx(5.0 * told["adviser"]["heard"])
    assert told["top1"]["10"] >= plain["top10"]["10"] > plain["top1"]["10"]
    assert told["top1"]["2"] >= plain["top1"]["2"]
    assert told["adviser"]["not_heard"] in ({}, {"no": 20 - told["adviser"]["heard"]})
    assert told["impossible"] == 0.0
