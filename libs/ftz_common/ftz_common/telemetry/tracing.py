"""Traces: one span per batch and hop; a span per record only for traces that somebody sampled."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.trace import Link, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from ftz_common.bus.port import Delivery

_PROPAGATOR = TraceContextTextMapPropagator()
_tracer = trace.get_tracer("ftz")
_LINKS_MAX = 128


def _sampled(traceparent: str) -> bool:
    return traceparent.endswith("-01")


@contextmanager
def batch_span(group: str, deliveries: Sequence[Delivery]) -> Generator[None]:
    """The span of one batch of one consumer group, linked to the sampled traces in it."""
    links: list[Link] = []
    for delivery in deliveries:
        parent = delivery.headers.get("traceparent", "")
        if _sampled(parent) and len(links) < _LINKS_MAX:
            context = trace.get_current_span(_PROPAGATOR.extract({"traceparent": parent})).get_span_context()
            links.append(Link(context))
    attributes = {"messaging.consumer.group.name": group, "messaging.batch.message_count": len(deliveries)}
    with _tracer.start_as_current_span(
        f"process {group}", kind=SpanKind.CONSUMER, links=links, attributes=attributes
    ):
        yield


def follow(traceparent: str, hop: str) -> str:
    """The trace context that what this hop writes continues; the same one for traces nobody sampled."""
    if not _sampled(traceparent):
        return traceparent
    parent = _PROPAGATOR.extract({"traceparent": traceparent})
    with _tracer.start_as_current_span(hop, context=parent, kind=SpanKind.CONSUMER):
        carrier: dict[str, str] = {}
        _PROPAGATOR.inject(carrier)
    return carrier.get("traceparent", traceparent)
