"""The reranker against a local endpoint that misbehaves in every way we could think of."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import httpx
import pytest

from ftz_classification.engine.facts import PartFacts
from ftz_classification.engine.llm import Endpoint, Reranker, redact
from ftz_classification.engine.proposal import Candidate

CANDIDATES = [
    Candidate("6109100040", 0.5, ("T-shirts", "Of cotton", "Women's"), "16.5%", ()),
    Candidate("6110202079", 0.3, ("Sweaters", "Of cotton", "Women's"), "16.5%", ()),
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
        try:
            self.wfile.write(body)
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
    reranker = Reranker(Endpoint(f"{base}/good", "any", budget=600), client)
    assert reranker.consult(FACTS, CANDIDATES).used
    before = len(Handler.seen)
    found = reranker.consult(FACTS, CANDIDATES)
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
