"""Rate, errors and duration of a process in Prometheus text format, and what is behind, parked or stopped.

Names are those of FastStream's Prometheus middleware for records and those of OpenTelemetry's semantic
conventions for HTTP; what neither has a name for starts with `ftz_`. All are counted once per batch.
"""

import time
from collections.abc import Iterable, Sequence
from typing import Any

from ftz_common.flow.service import Service
from ftz_common.telemetry.metrics import Histogram, Requests
from ftz_common.telemetry.tracing import request_span

Sample = tuple[str, float]


class Text:
    """Lines in the text format."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def family(self, name: str, kind: str, about: str, samples: Iterable[Sample]) -> None:
        """A counter or gauge: one line for each set of labels."""
        self._head(name, kind, about)
        self.lines.extend(f"{name}{{{labels}}} {value:g}" for labels, value in samples)

    def histogram(self, name: str, about: str, samples: Iterable[tuple[str, Histogram]]) -> None:
        """Cumulative buckets, sum and count for each set of labels."""
        self._head(name, "histogram", about)
        for labels, seen in samples:
            below = 0
            for bound, count in zip([*seen.bounds, float("inf")], seen.counts, strict=True):
                below += count
                le = "+Inf" if bound == float("inf") else f"{bound:g}"
                self.lines.append(f'{name}_bucket{{{labels},le="{le}"}} {below}')
            self.lines.append(f"{name}_sum{{{labels}}} {seen.total:g}")
            self.lines.append(f"{name}_count{{{labels}}} {below}")

    def _head(self, name: str, kind: str, about: str) -> None:
        self.lines += [f"# HELP {name} {about}", f"# TYPE {name} {kind}"]


def labelled(**labels: str) -> str:
    """Labels in the text format."""
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def exposition(services: Sequence[Service], requests: Requests) -> str:
    """Everything, ready to be scraped."""
    text = Text()
    _records(text, services)
    _care(text, services)
    text.histogram(
        "http_server_request_duration_seconds",
        "Duration of HTTP requests.",
        [
            (labelled(http_request_method=m, http_route=r, http_response_status_code=str(s)), seen)
            for (m, r, s), seen in sorted(requests.seconds.items())
        ],
    )
    return "\n".join([*text.lines, ""])


def _groups(service: Service) -> list[tuple[str, str]]:
    """Each consumer group with the labels that FastStream gives a handler."""
    return [
        (group, labelled(app_name=service.name, broker=service.broker, handler=group))
        for group in service.consumers
    ]


def _records(text: Text, services: Sequence[Service]) -> None:
    each = [(s.counters, group, labels) for s in services for group, labels in _groups(s)]
    text.family(
        "faststream_received_messages_total",
        "counter",
        "Records handled, or set aside.",
        [(labels, counters.records[group]) for counters, group, labels in each],
    )
    text.family(
        "faststream_received_processed_messages_total",
        "counter",
        "Records handled, by what became of them.",
        [
            sample
            for counters, group, labels in each
            for sample in (
                (f'{labels},status="acked"', counters.records[group] - counters.parked[group]),
                (f'{labels},status="rejected"', counters.parked[group]),
            )
        ],
    )
    text.family(
        "faststream_received_processed_messages_exceptions_total",
        "counter",
        "Batches that failed and come again, by error.",
        [
            (f"{labels},{labelled(exception_type=error)}", count)
            for counters, group, labels in each
            for (of, error), count in sorted(counters.failures.items())
            if of == group
        ],
    )
    text.histogram(
        "faststream_received_processed_messages_duration_seconds",
        "Duration of a batch, with everything it stored and published.",
        [(labels, counters.seconds[group]) for counters, group, labels in each],
    )
    text.histogram(
        "ftz_batch_records",
        "Records in a batch.",
        [(labels, counters.sizes[group]) for counters, group, labels in each],
    )
    text.family(
        "faststream_published_messages_total",
        "counter",
        "Facts published, by topic.",
        [
            (labelled(app_name=s.name, broker=s.broker, destination=topic, status="success"), count)
            for s in services
            for topic, count in sorted(s.journal.writer.published.items())
        ],
    )


def _care(text: Text, services: Sequence[Service]) -> None:
    """What somebody may have to look at."""
    each = [(s, group, labelled(service=s.name, group=group)) for s in services for group in s.consumers]
    text.family(
        "ftz_consumer_lag",
        "gauge",
        "Records (embedded: commits) that a group has not done yet, as of the last look.",
        [
            (labelled(service=s.name, group=group), behind)
            for s in services
            for group, behind in sorted(s.lag().items())
            if group in s.consumers
        ],
    )
    text.family(
        "ftz_quarantined_records_total",
        "counter",
        "Records set aside.",
        [(labels, s.counters.parked[group]) for s, group, labels in each],
    )
    text.family(
        "ftz_quarantine_parked_keys",
        "gauge",
        "Keys that wait for a person.",
        [(labels, s.consumers[group].quarantine.size) for s, group, labels in each],
    )
    text.family(
        "ftz_fuse_blown",
        "gauge",
        "1 when a consumer stopped after too many failures in a row.",
        [(labels, int(s.consumers[group].fuse.blown)) for s, group, labels in each],
    )
    text.family(
        "ftz_fuse_blown_total",
        "counter",
        "How often a consumer stopped so.",
        [(labels, s.counters.fuses[group]) for s, group, labels in each],
    )
    text.family(
        "ftz_commits_unpublished",
        "gauge",
        "Commits stored and not yet published by this process.",
        [(labelled(service=s.name), s.journal.writer.unpublished) for s in services],
    )


class Timed:
    """ASGI middleware: a span for each request, and its duration under the template of its route."""

    def __init__(self, app: Any, requests: Requests) -> None:
        self._app = app
        self._requests = requests

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, begun = 500, time.perf_counter()
        headers: dict[bytes, bytes] = dict(scope["headers"])
        traceparent = headers.get(b"traceparent", b"").decode("latin-1")

        async def answered(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            with request_span(scope["method"], traceparent) as span:
                await self._app(scope, receive, answered)
                span.update_name(f"{scope['method']} {getattr(scope.get('route'), 'path', '')}".strip())
        finally:
            route = getattr(scope.get("route"), "path", "")
            self._requests.answered(scope["method"], route, status, time.perf_counter() - begun)
