"""Intake: a platform's record becomes an event that a service takes, or a refusal with its reason.

Foreign records never park anything and never sink their neighbours. Which service answers a record is
decided by its type alone; what no contract row claims is answered by admissions.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, cast

from ftz_common.bus.port import Delivery
from ftz_common.contracts import platform, table
from ftz_common.contracts.common import IntakeRefused, OutcomeGiven
from ftz_common.contracts.envelope import EVENT_BYTES_MAX, instant_text
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.platform import Foreign
from ftz_common.flow.aggregate import Aggregate, Answer, Arms, Context, ForeignEvent, Work
from ftz_common.flow.foreign_json import Malformed, canonical, convert, parse, unknown_fields
from ftz_common.flow.quarantine import refused_record
from ftz_common.flow.recording import Asked
from ftz_common.flow.reference import Reference
from ftz_common.telemetry.tracing import follow
from ftz_common.values.calendar import parse_instant
from ftz_common.values.names import EXTERNAL_ID_BYTES_MAX, derived_id, stream_name

#: A platform's clock may be ahead of ours by this much.
AHEAD_MAX = timedelta(minutes=5)
#: The Foreign-Trade Zones Act, 19 USC 81a: nothing that concerns a zone happened before it.
FIRST_INSTANT = datetime(1934, 6, 18, tzinfo=UTC)
INTAKE_PREFIX = "ftz.shipments."
#: The intake topic of those who are not registered: everything on it is refused.
UNREGISTERED = "unregistered"
_RULES = "policy: intake rules (docs/events.md)"


@dataclass(frozen=True, slots=True)
class IntakeState:
    """A refused record has one commit and no state."""


@dataclass(frozen=True, slots=True)
class RefuseRecord:
    """The command that journals a refusal at the door."""

    refused: IntakeRefused
    outcome: OutcomeGiven | None


def _decide(_state: IntakeState, command: RefuseRecord, _at: datetime) -> Sequence[Fact]:
    return [command.refused, command.outcome] if command.outcome else [command.refused]


INTAKE = Aggregate("intake", IntakeState, lambda _p: IntakeState(), _decide, lambda s, _f: s)


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that cannot be taken, with what is known of it."""

    refusal: Refusal
    source: str
    event: str
    event_type: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A record that can be taken."""

    event: ForeignEvent
    digest: str


def source_of(topic: str) -> str:
    """The source whose intake topic this is: the topic *is* the source."""
    return topic.removeprefix(INTAKE_PREFIX).removesuffix(".v1")


def intake_topic(source: str) -> str:
    """The intake topic of a source."""
    return f"{INTAKE_PREFIX}{source}.v1"


def read_event(
    value: bytes, headers: dict[str, str], *, source: str, reference: Reference, now: datetime
) -> Taken | Refused:
    """A foreign record, structured or binary mode, checked in everything but the service's own rules."""
    known: dict[str, Any] = {"id": headers.get("ce_id", ""), "type": headers.get("ce_type", "")}
    try:
        attributes, data = _attributes(value, headers)
        known.update({k: v for k, v in attributes.items() if isinstance(v, str)})
        if headers.get("ce_type", known["type"]) != known["type"]:
            raise Malformed(
                "type-contradicts-header",
                f"the header says {headers['ce_type']!r}, the event {known['type']!r}",
                "send the same type in both, or no header",
                "type",
            )
        return _checked(attributes, data, source, reference, now)
    except Malformed as wrong:
        refusal = Refusal(
            code=wrong.code, reason=wrong.reason, citation=_RULES, remedy=wrong.remedy, place=wrong.place
        )
        return Refused(refusal, source, known["id"][:EXTERNAL_ID_BYTES_MAX], known["type"][:200])


def _attributes(value: bytes, headers: dict[str, str]) -> tuple[dict[str, Any], Any]:
    if len(value) > EVENT_BYTES_MAX:
        raise Malformed(
            "too-large",
            f"{len(value):,} bytes; an event has at most {EVENT_BYTES_MAX:,}",
            "split it: announce, count or ship in several events",
        )
    body = parse(value)
    if not isinstance(body, dict):
        raise Malformed("not-an-object", "an event is a JSON object", "send one CloudEvent")
    body = cast("dict[str, Any]", body)
    if "ce_type" in headers and "specversion" not in body:
        return {k.removeprefix("ce_"): v for k, v in headers.items() if k.startswith("ce_")}, body
    return {k: v for k, v in body.items() if k != "data"}, body.get("data")


def _text(attributes: dict[str, Any], name: str) -> str:
    value = attributes.get(name)
    if not isinstance(value, str) or not value:
        raise Malformed(
            "missing-attribute", f"the attribute {name!r} is missing or no text", "CloudEvents 1.0", name
        )
    if len(value.encode()) > EXTERNAL_ID_BYTES_MAX:
        raise Malformed("too-long", f"{name} has more than {EXTERNAL_ID_BYTES_MAX} bytes", "shorten it", name)
    return value


def _checked(
    attributes: dict[str, Any], data: Any, source: str, reference: Reference, now: datetime
) -> Taken:
    if attributes.get("specversion") != "1.0":
        raise Malformed("not-cloudevents", "specversion is not 1.0", "send CloudEvents 1.0", "specversion")
    event, event_type, said = (_text(attributes, n) for n in ("id", "type", "source"))
    at = _time(_text(attributes, "time"), now)
    row = platform.FOREIGN.get(event_type)
    if row is None:
        known = ", ".join(sorted(platform.FOREIGN))
        raise Malformed(
            "unknown-type", f"{event_type} is no type of event we take", f"one of: {known}", "type"
        )
    speaker = reference.speaker(source)
    if speaker is None or said != source:
        raise Malformed(
            "unknown-source",
            f"{said!r} is not the registered source of this topic",
            "register it in zone.yaml (sources), then `ftz zone apply`",
            "source",
        )
    if data is None:
        raise Malformed("missing-attribute", "the event has no data", "send the data", "data")
    taken = _within(lambda: convert(data, row[0]))
    if taken.account not in speaker.source.accounts:
        raise Malformed(
            "account-not-yours",
            f"source {source!r} may not speak for account {taken.account!r}",
            "send it from the account's own source, or register the account for this source",
            "data.account",
        )
    issuer = taken.issuer or speaker.source.issuers[0]
    if issuer not in speaker.source.issuers:
        raise Malformed(
            "issuer-not-yours",
            f"source {source!r} may not speak for ids of {issuer!r}",
            "register the issuer for this source",
            "data.issuer",
        )
    dropped = [f"data.{name}" for name in unknown_fields(data, row[0])]
    digest = sha256(event_type.encode() + b"\n" + _canonical(data)).hexdigest()
    zone = speaker.zone.zone
    return Taken(ForeignEvent(event, source, event_type, at, taken, issuer, zone, tuple(dropped)), digest)


def _canonical(data: Any) -> bytes:
    try:
        return canonical(data)
    except RecursionError as error:
        raise Malformed("too-deep", "the JSON is nested too deep", "send flat data", "data") from error


def _within(convert_data: Any) -> Foreign:
    try:
        return convert_data()
    except Malformed as wrong:
        wrong.place = f"data.{wrong.place}" if wrong.place else "data"
        raise


def _time(text: str, now: datetime) -> datetime:
    try:
        at = parse_instant(text)
    except (ValueError, OverflowError) as error:
        raise Malformed(
            "time-without-offset",
            f"{text!r} is no instant with an offset from UTC",
            'send RFC 3339, such as "2026-03-02T14:05:00-05:00"',
            "time",
        ) from error
    if at < FIRST_INSTANT:
        raise Malformed("time-too-old", f"{text} is before there were zones", "check the clock", "time")
    if at > now + AHEAD_MAX:
        raise Malformed(
            "time-in-future",
            f"{text} has not come yet (it is {instant_text(now)})",
            "check the clock",
            "time",
        )
    return at


def _cause_of(refused: Refused, value: bytes) -> tuple[str, str]:
    digest = sha256(value).hexdigest()
    return derived_id(refused.source, refused.event, digest), digest


def refused_key(refused: Refused, value: bytes) -> str:
    """The stream of a refusal at the door; its record is kept under the same key."""
    return stream_name("intake", refused.source, _cause_of(refused, value)[0])


class Intake:
    """One service's reading of foreign records: its own become work, what it must refuse is refused."""

    def __init__(self, service: str, arms: Arms, reference: Reference, now: Callable[[], datetime]) -> None:
        self._service = service
        self._arms = arms
        self._reference = reference
        self._now = now

    def read(self, delivery: Delivery) -> Asked | None:
        """The work of a record and the body to keep, if it is refused; None if another service answers."""
        source = source_of(delivery.topic)
        hint = delivery.headers.get("ce_type")
        if hint is not None and table.claimant(hint) != self._service:
            return None
        result = read_event(
            delivery.value, dict(delivery.headers), source=source, reference=self._reference, now=self._now()
        )
        event_type = result.event.type if isinstance(result, Taken) else result.event_type
        # Who answers is decided by the header where there is one: `read_event` sees that the body agrees.
        if hint is None and table.claimant(event_type) != self._service:
            return None
        if isinstance(result, Refused):
            return self.refuse(result, delivery)
        return self._take(result, delivery)

    def _take(self, taken: Taken, delivery: Delivery) -> Asked:
        event = taken.event
        asked = self._arms.foreign[platform.FOREIGN[event.type][0]](event)
        if isinstance(asked, Refusal):
            return self.refuse(Refused(asked, event.source, event.id, event.type), delivery)
        cause = derived_id(event.source, event.id)
        context = Context(
            actor=f"source:{event.source}",
            correlation=cause,
            account=event.data.account,
            zone=event.zone,
            trace=follow(delivery.headers.get("traceparent", ""), f"{self._service} {event.type}"),
            source=delivery.place,
        )
        work = Work(
            asked.aggregate,
            asked.stream,
            asked.command,
            cause,
            taken.digest,
            event.time,
            context,
            f"{self._service}:foreign",
            Answer(event.source, event.id, event.type, event.dropped_fields),
        )
        return Asked([work])

    def refuse(self, refused: Refused, delivery: Delivery) -> Asked:
        """The work that journals and answers a refusal, and the body to keep."""
        now, why = self._now(), refused.refusal
        cause, digest = _cause_of(refused, delivery.value)
        stream = refused_key(refused, delivery.value)
        body = refused_record(refused.source, delivery.value, why, now)
        fact = IntakeRefused(
            code=why.code,
            reason=why.reason,
            citation=why.citation,
            remedy=why.remedy,
            place=why.place,
            quarantine_key=stream,
        )
        outcome = OutcomeGiven(
            source=refused.source,
            event=refused.event,
            event_type=refused.event_type,
            result="refused",
            code=why.code,
            reason=why.reason,
            citation=why.citation,
            remedy=why.remedy,
            place=why.place,
            subject=stream,
        )
        context = Context(f"source:{refused.source}", cause, source=delivery.place)
        command = RefuseRecord(fact, outcome if refused.event else None)
        return Asked([Work(INTAKE, stream, command, cause, digest, now, context)], (stream, body))

    def contradicted(self, delivery: Delivery) -> Asked:
        """The refusal of a record whose id was taken before with another body: the first one stands."""
        taken = read_event(
            delivery.value,
            dict(delivery.headers),
            source=source_of(delivery.topic),
            reference=self._reference,
            now=self._now(),
        )
        assert isinstance(taken, Taken)  # noqa: S101 it was taken a moment ago
        refusal = Refusal(
            code="same-id-other-body",
            reason=f"event {taken.event.id!r} was taken before with other data; the first one stands",
            citation=_RULES,
            remedy="send a new event under a new id",
            place="id",
        )
        return self.refuse(Refused(refusal, taken.event.source, taken.event.id, taken.event.type), delivery)
