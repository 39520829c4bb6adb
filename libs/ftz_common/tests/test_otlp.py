"""Traces reach a collector over OTLP/HTTP when one is named; else nothing is sent."""

import subprocess
import sys
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from ftz_common.telemetry.tracing import _sampled

PROGRAM = """
from ftz_common.bus.port import Delivery
from ftz_common.telemetry import otlp
from ftz_common.telemetry.tracing import batch_span, follow
traces = otlp.set_up("inventory")
parent = "00-" + "ab" * 16 + "-" + "cd" * 8 + "-01"
with batch_span("inventory", [Delivery("t", 0, 0, "k", b"", {"traceparent": parent})]):
    print(follow(parent, "inventory ftz.a.b.c.v1"))
traces.close()
"""
TRACE = bytes.fromhex("ab" * 16)


class Collector(HTTPServer):
    """Remembers the spans it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Receiver)
        self.requests: list[ExportTraceServiceRequest] = []


class Receiver(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append(ExportTraceServiceRequest.FromString(body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def collector() -> Generator[Collector]:
    server = Collector()
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def run(**environment: str) -> str:
    done = subprocess.run(  # noqa: S603 our own program
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_hop_continues_the_trace_and_its_spans_arrive(collector: Collector) -> None:
    port = collector.server_address[1]
    passed_on = run(OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{port}")
    spans = {}
    for request in collector.requests:
        for resource in request.resource_spans:
            names = {a.key: a.value.string_value for a in resource.resource.attributes}
            assert (names["service.name"], names["service.namespace"]) == ("inventory", "ftz")
            spans |= {span.name: span for scope in resource.scope_spans for span in scope.spans}
    hop = spans["inventory ftz.a.b.c.v1"]
    assert hop.trace_id == TRACE
    assert passed_on == f"00-{TRACE.hex()}-{hop.span_id.hex()}-01"
    assert [link.trace_id for link in spans["process inventory"].links] == [TRACE]


@pytest.mark.parametrize(("flags", "sampled"), [("00", False), ("01", True), ("02", False), ("03", True)])
def test_a_trace_is_sampled_by_bit_0_of_its_flags_alone(flags: str, sampled: bool) -> None:
    assert _sampled(f"00-{TRACE.hex()}-{'cd' * 8}-{flags}") is sampled


def test_without_an_endpoint_a_trace_is_passed_on_and_nothing_is_sent() -> None:
    assert run().startswith(f"00-{TRACE.hex()}-")
