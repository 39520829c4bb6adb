"""`/metrics`: rate, errors and duration of records and requests; lag, parked keys and fuses beside them."""

import json

import httpx
import pytest

from ftz_common.bus.port import Delivery, Message
from ftz_common.flow.intake import intake_topic
from ftz_common.flow.service import Service
from ftz_common.telemetry.logs import JsonLines
from ftz_common.telemetry.metrics import Histogram
from ftz_common.testing.simulator.bench import Bench, event
from ftz_common.web.app import make_app
from ftz_common.web.metrics import labelled

DOCKS = labelled(app_name="admissions", broker="memory", handler="admissions.intake")
GROUP = labelled(service="admissions", group="admissions.intake")


async def scraped(service: Service, *paths: str) -> dict[str, float]:
    """The samples of a service after requests to these paths."""
    transport = httpx.ASGITransport(app=make_app([service], []))
    async with httpx.AsyncClient(transport=transport, base_url="http://ftz") as client:
        for path in paths:
            await client.get(path)
        text = (await client.get("/metrics")).text
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


@pytest.fixture
async def docks() -> Service:
    bench = Bench()
    docks = bench.docks()
    docks.subscribe()
    for shipment in ("s1", "s2", "s3"):
        await bench.bus.publish([Message(intake_topic("shop"), "acme", event(shipment))])
    await bench.bus.settle()
    return docks


async def test_records_are_counted_and_batches_timed(docks: Service) -> None:
    found = await scraped(docks)
    assert found[f"faststream_received_messages_total{{{DOCKS}}}"] == 3
    assert found[f'faststream_received_processed_messages_total{{{DOCKS},status="acked"}}'] == 3
    batches = found[f"faststream_received_processed_messages_duration_seconds_count{{{DOCKS}}}"]
    assert 1 <= batches <= 3
    assert found[f"faststream_received_processed_messages_duration_seconds_sum{{{DOCKS}}}"] > 0
    assert found[f"ftz_batch_records_sum{{{DOCKS}}}"] == 3
    home = labelled(app_name="admissions", broker="memory", destination="ftz.admissions.v1", status="success")
    assert found[f"faststream_published_messages_total{{{home}}}"] >= 3
    assert found['ftz_commits_unpublished{service="admissions"}'] == 0


async def test_a_record_set_aside_its_key_and_the_fuse_are_seen() -> None:
    bench = Bench()
    docks = bench.docks()
    consumer = docks.consumers["admissions.deadlines"]
    poison = [Delivery("due", 0, number, f"key-{number}", b"{", {}) for number in range(2)]
    consumer.fuse.failures_max = 2
    with pytest.raises(Exception, match="failures in a row"):
        await consumer.handle(poison)
    found = await scraped(docks)
    group = labelled(service="admissions", group="admissions.deadlines")
    assert found[f"ftz_quarantined_records_total{{{group}}}"] == 2
    assert found[f"ftz_quarantine_parked_keys{{{group}}}"] == 2
    assert found[f"ftz_fuse_blown{{{group}}}"] == 1
    assert found[f"ftz_fuse_blown_total{{{group}}}"] == 1


async def test_a_batch_that_fails_is_counted_by_its_error() -> None:
    bench = Bench()
    docks = bench.docks()
    docks.subscribe()
    docks.consumers["admissions.intake"].fuse.blown = True
    await bench.bus.publish([Message(intake_topic("shop"), "acme", event("s1"))])
    with pytest.raises(Exception, match="repair, then resume"):
        await bench.bus.settle()
    found = await scraped(docks)
    failed = f'faststream_received_processed_messages_exceptions_total{{{DOCKS},exception_type="FuseBlown"}}'
    assert found[failed] >= 1
    assert found[f"ftz_fuse_blown{{{GROUP}}}"] == 1


async def test_lag_is_that_of_the_last_look(docks: Service) -> None:
    docks.lag = lambda: {"admissions.intake": 7, "somebody.else": 9}
    found = await scraped(docks)
    assert found[f"ftz_consumer_lag{{{GROUP}}}"] == 7
    assert not any("somebody" in name for name in found)


async def test_requests_are_counted_by_the_template_of_their_route(docks: Service) -> None:
    found = await scraped(docks, "/livez", "/livez", "/v1/quarantine/bodies/none", "/nowhere/o-1")

    def count(route: str, status: str) -> float:
        labels = labelled(http_request_method="GET", http_route=route, http_response_status_code=status)
        return found[f"http_server_request_duration_seconds_count{{{labels}}}"]

    assert count("/livez", "200") == 2
    assert count("/v1/quarantine/bodies/{key:path}", "404") == 1
    assert count("", "404") == 1
    assert not any("o-1" in name for name in found)


def test_buckets_count_values_up_to_their_bound() -> None:
    seen = Histogram((1, 5))
    for value in (0.5, 1, 3, 9):
        seen.saw(value)
    assert (seen.counts, seen.total) == ([2, 1, 1], 13.5)


def test_labels_are_escaped() -> None:
    assert labelled(a='x"y\\z\n') == 'a="x\\"y\\\\z\\n"'


TRACE = "ab" * 16


async def test_a_problem_carries_the_trace_of_its_request(docks: Service) -> None:
    transport = httpx.ASGITransport(app=make_app([docks], []))
    async with httpx.AsyncClient(transport=transport, base_url="http://ftz") as client:
        traced = await client.get("/nowhere", headers={"traceparent": f"00-{TRACE}-{'cd' * 8}-01"})
        untraced = await client.get("/nowhere")
    assert traced.json()["trace"] == TRACE
    assert "trace" not in untraced.json()


async def test_the_line_about_a_record_set_aside_carries_its_trace(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lines: list[str] = []
    caplog.handler.setFormatter(JsonLines())
    caplog.handler.emit = lambda record: lines.append(JsonLines().format(record))
    docks = Bench().docks()
    headers = {"traceparent": f"00-{TRACE}-{'cd' * 8}-01"}
    await docks.consumers["admissions.deadlines"].handle([Delivery("due", 0, 1, "key", b"{", headers)])
    (line,) = [json.loads(line) for line in lines if "set aside" in line]
    assert line["trace"] == TRACE
