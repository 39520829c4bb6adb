"""POST /v1/events: CloudEvents in, single or batch; an answer for each, and no bad one hurts its neighbours.

Each event is checked as far as its shape and its speaker go, then published to its source's intake topic,
also when it is refused: the refusal is journaled and its bytes are kept. The later answer (by the rules of
the service that takes it) is at /v1/reporting/outcomes/{source}/{event}.
"""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from ftz_common.bus.port import Message
from ftz_common.flow.foreign_json import Malformed, parse
from ftz_common.flow.intake import UNREGISTERED, Refused, intake_topic, read_event, refused_key
from ftz_common.flow.service import Service
from ftz_common.web.problem import Problem

SINGLE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
#: A request larger than this is refused before it is read.
REQUEST_BYTES_MAX = 8_000_000
EVENTS_MAX = 1000
_DECODER = json.JSONDecoder()

_BODY = {
    "requestBody": {"content": {SINGLE: {"schema": {"type": "object"}}, BATCH: {"schema": {"type": "array"}}}}
}


def events_router(services: Sequence[Service]) -> APIRouter:
    """The intake routes of a process, over any of its services."""
    router = APIRouter(tags=["intake"])
    service = services[0]

    @router.post("/v1/events", status_code=202, summary="Take events of a platform", openapi_extra=_BODY)
    async def take(request: Request) -> JSONResponse:
        """202 with one answer per event, in order; 422 when none of them could be taken."""
        bodies = _bodies(request.headers.get("content-type", ""), await _read(request))
        answers: list[dict[str, Any]] = []
        messages: list[Message] = []
        for body in bodies:
            message, answer = _one(service, body, request.headers.get("traceparent", ""))
            messages.append(message)
            answers.append(answer)
        await service.ports.bus.publish(messages)
        status = 202 if any(a["status"] == 202 for a in answers) or not answers else 422
        return JSONResponse({"answers": answers}, status)

    _ = take
    return router


async def _read(request: Request) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > REQUEST_BYTES_MAX:
            raise Problem(
                413,
                "request-too-large",
                f"more than {REQUEST_BYTES_MAX:,} bytes",
                remedy=f"send at most {EVENTS_MAX} events of at most 256,000 bytes in several requests",
            )
        chunks.append(chunk)
    return b"".join(chunks)


def _bodies(content_type: str, raw: bytes) -> list[bytes]:
    """The bytes of each event. A batch that is no JSON array is one bad event."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind in (SINGLE, "application/json"):
        return [raw]
    if kind != BATCH:
        raise Problem(
            415,
            "wrong-content-type",
            f"{content_type or 'no content type'}",
            remedy=f"send {SINGLE} or {BATCH}",
        )
    found = pieces(raw)
    if len(found) > EVENTS_MAX:
        raise Problem(
            413, "too-many-events", f"{len(found)} events", remedy=f"send at most {EVENTS_MAX} at once"
        )
    return found


def pieces(raw: bytes) -> list[bytes]:
    """The elements of a JSON array as they stand, so that each is judged by its own bytes.

    From the first one that is no JSON on, the rest is one piece: those before it are taken. Bytes that are
    no UTF-8 stay in their piece.
    """
    text = raw.decode(errors="surrogateescape")
    at = _skip(text, 0)
    if text[at : at + 1] != "[":
        return [raw]
    found: list[bytes] = []
    at = _skip(text, at + 1)
    while text[at : at + 1] != "]":
        try:
            _, end = _DECODER.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError):
            return [*found, text[at:].encode(errors="surrogateescape")]
        found.append(text[at:end].encode(errors="surrogateescape"))
        at = _skip(text, end)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
    return found


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _one(service: Service, body: bytes, traceparent: str) -> tuple[Message, dict[str, Any]]:
    source, event_type = _speaker(body)
    registered = service.reference.speaker(source) is not None
    topic = intake_topic(source if registered else UNREGISTERED)
    headers = {"ce_type": event_type} if event_type else {}
    if traceparent:
        headers["traceparent"] = traceparent
    now = service.ports.clock.now()
    read = read_event(
        body, {}, source=source if registered else UNREGISTERED, reference=service.reference, now=now
    )
    if isinstance(read, Refused):
        why = read.refusal
        answer = {
            "id": read.event,
            "status": 422,
            "code": why.code,
            "reason": why.reason,
            "place": why.place,
            "remedy": why.remedy,
            "body": f"/v1/quarantine/bodies/{quote(refused_key(read, body))}",
        }
        return Message(topic, read.event, body, headers), answer
    event = read.event
    outcome = f"/v1/reporting/outcomes/{quote(event.source, safe='')}/{quote(event.id, safe='')}"
    answer: dict[str, Any] = {"id": event.id, "status": 202, "outcome": outcome}
    if event.dropped_fields:
        answer["dropped_fields"] = list(event.dropped_fields)
    return Message(topic, event.data.account, body, headers), answer


def _speaker(body: bytes) -> tuple[str, str]:
    """The source and type that an event names, as far as it can be read at all."""
    try:
        value = parse(body)
    except Malformed:
        return "", ""
    if not isinstance(value, dict):
        return "", ""
    source, event_type = value.get("source"), value.get("type")  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    return (
        source if isinstance(source, str) else "",
        event_type if isinstance(event_type, str) else "",
    )
