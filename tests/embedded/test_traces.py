"""Traces: one leads from the platform's event over every hop to the priced line, on the contract's edges.

A scenario is played in a process of its own that exports to a receiver here; each platform's event has a
sampled trace of its own.
"""

import json
import subprocess
import sys
from collections.abc import Generator
from dataclasses import dataclass
from hashlib import md5
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from ftz_common.contracts import platform, table

SCENARIO = Path(__file__).parents[1] / "golden" / "cases" / "one-order.yaml"
PLATFORM_SPAN = "cd" * 8
SPEAKERS = {*table.SERVICES, "cbp"}
PROGRAM = """
import asyncio, json, sys
from dataclasses import replace
from hashlib import md5
from pathlib import Path
from ftz_cli.play import Player
from ftz_cli.scenario import load
from ftz_cli.world import simulated
from ftz_common.contracts.commit import unseal
from ftz_common.flow.clock import PlayedClock
from ftz_common.settings import Settings
from ftz_common.telemetry import otlp
from ftz_common.web.app import make_app

async def main():
    loaded = load(Path(sys.argv[1]))
    world = simulated(Settings(), PlayedClock(loaded.start), loaded.cbp())
    publish = world.bus.publish
    async def traced(messages):
        for m in messages:
            if m.topic.startswith("ftz.shipments."):
                name = json.loads(m.value)["id"]
                parent = f"00-{md5(name.encode()).hexdigest()}-" + "cd" * 8 + "-01"
                m = replace(m, headers={"traceparent": parent})
            await publish([m])
    world.bus.publish = traced
    player = Player(world, loaded, make_app(world.services, [s.api for s in world.services if s.api]))
    await player.play()
    assert not player.unexpected, player.unexpected
    said = []
    for service in world.services:
        async for stored in service.ports.store.commits():
            commit = unseal(stored)
            said += [(fact.type, commit.stream, commit.trace) for fact in commit.facts]
    print(json.dumps(said))

traces = otlp.set_up("ftz")
asyncio.run(main())
traces.close()
"""


class Collector(HTTPServer):
    """Remembers the spans it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Receiver)
        self.spans: dict[str, Any] = {}


class Receiver(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                self.server.spans |= {span.span_id.hex(): span for span in scope.spans}
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        return


@dataclass
class Told:
    """What the process journaled, with the trace of each fact, and the spans that arrived."""

    facts: list[tuple[str, str, str]]
    spans: dict[str, Any]

    def speaker(self, span: str) -> str:
        """The service that acted in a hop; in an HTTP request, the one whose address it was."""
        hop = self.spans[span]
        service, _, rest = hop.name.partition(" ")
        if service == "POST":
            return rest.split("/")[2]
        return service if service in SPEAKERS else self.speaker(hop.parent_span_id.hex())

    def way(self, traceparent: str) -> list[str]:
        """The hops from a fact back to the platform's event, the last one first."""
        _, trace, span, _ = traceparent.split("-")
        found: list[str] = []
        while span != PLATFORM_SPAN:
            hop = self.spans[span]
            assert hop.trace_id.hex() == trace
            found.append(hop.name)
            span = hop.parent_span_id.hex()
        return found


@pytest.fixture(scope="module")
def told() -> Generator[Told]:
    collector = Collector()
    thread = Thread(target=collector.serve_forever, daemon=True)
    thread.start()
    environment = {
        "PYTHONPATH": ":".join(sys.path),
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_address[1]}",
        "OTEL_BSP_MAX_QUEUE_SIZE": "100000",
    }
    done = subprocess.run(  # noqa: S603 our own program
        [sys.executable, "-c", PROGRAM, str(SCENARIO)],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    yield Told([(t, s, p) for t, s, p in json.loads(done.stdout)], collector.spans)
    collector.shutdown()
    collector.server_close()
    thread.join()


def test_one_trace_leads_from_the_shop_s_event_to_the_priced_line(told: Told) -> None:
    (priced,) = [trace for kind, _, trace in told.facts if kind == "ftz.duty.withdrawal.priced.v1"]
    assert priced.split("-")[1] == md5(b"ship-1", usedforsecurity=False).hexdigest()
    assert told.way(priced) == [
        "duty ftz.inventory.stock.drawn.v1",
        "inventory ftz.inventory.draw.requested.v1",
        "inventory ftz.platform.order.shipped.v1",
    ]


def test_service_edges_in_traces_are_those_of_the_contract_table(told: Told) -> None:
    hops = [span for span in told.spans.values() if not span.name.startswith("process ")]
    seen: set[tuple[str, str, str]] = set()
    for hop in hops:
        service, _, kind = hop.name.partition(" ")
        if kind not in table.BY_TYPE:
            continue
        seen.add((told.speaker(hop.parent_span_id.hex()), kind, service))
    traced = {kind for kind, _, trace in told.facts if trace}
    expected = {
        (row.owner, row.type, service) for row in table.ROWS if row.type in traced for service in row.heard_by
    }
    assert len(expected) >= 12, "a scenario in which nobody speaks proves nothing"
    assert seen == expected


def test_platforms_events_are_taken_by_the_service_that_the_contract_names(told: Told) -> None:
    taken = {tuple(s.name.split(" ")) for s in told.spans.values() if " ftz.platform." in s.name}
    assert taken
    assert {platform.FOREIGN[kind][1] for _, kind in taken} == {service for service, _ in taken}
    assert all(platform.FOREIGN[kind][1] == service for service, kind in taken)
