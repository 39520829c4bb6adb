"""Traces: one span per batch and hop; a span per record only for traces that somebody sampled."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager

from opentelemetry import context, trace
from opentelemetry.trace import Link, Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from ftz_common.bus.port import Delivery

_PROPAGATOR = TraceContextTextMapPropagator()
_tracer = trace.get_tracer("ftz")
_LINKS_MAX = 128


def _sampled(traceparent: str) -> bool:
    """Bit 0 of the flags; bit 1 says that the id is random (W3C Trace Context level 2)."""
    return traceparent[-2:-1] == "0" and traceparent[-1] in "13579bdf"


@contextmanager
def batch_span(group: str, deliveries: Sequence[Delivery]) -> Generator[None]:
    """The span of one batch of one consumer group, linked to the sampled traces in it."""
    links: list[Link] = []
    for delivery in deliveries:
        parent = delivery.headers.get("traceparent", "")
        if _sampled(parent) and len(links) < _LINKS_MAX:
            of = _PROPAGATOR.extract({"traceparent": parent})
            links.append(Link(trace.get_current_span(of).get_span_context()))
    attributes = {"messaging.consumer.group.name": group, "messaging.batch.message_count": len(deliveries)}
    with _tracer.start_as_current_span(
        f"process {group}", kind=SpanKind.CONSUMER, links=links, attributes=attributes
    ):
        yield


@contextmanager
def traced(traceparent: str) -> Generator[None]:
    """Lines logged and problems told inside carry the trace of a record."""
    token = context.attach(_PROPAGATOR.extract({"traceparent": traceparent})) if traceparent else None
    try:
        yield
    finally:
        if token is not None:
            context.detach(token)


@contextmanager
def request_span(method: str, traceparent: str) -> Generator[Span]:
    """The span of an HTTP request: continues the caller's trace, if it says one."""
    parent = _PROPAGATOR.extract({"traceparent": traceparent}) if traceparent else None
    with _tracer.start_as_current_span(method, context=parent, kind=SpanKind.SERVER) as span:
        yield span


def current() -> str:
    """The trace context to write down for what happens now; nothing when nobody traces."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get("traceparent", "")


def follow(traceparent: str, hop: str) -> str:
    """The trace context that what this hop writes continues; the same one for traces nobody sampled."""
    if not _sampled(traceparent):
        return traceparent
    parent = _PROPAGATOR.extract({"traceparent": traceparent})
    with _tracer.start_as_current_span(hop, context=parent, kind=SpanKind.CONSUMER):
        carrier: dict[str, str] = {}
        _PROPAGATOR.inject(carrier)
    return carrier.get("traceparent", traceparent)
