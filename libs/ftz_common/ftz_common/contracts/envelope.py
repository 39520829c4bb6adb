"""The envelope: CloudEvents 1.0, structured JSON, one fact each."""

from datetime import UTC, datetime

import msgspec

#: An event larger than this is refused at the door and never made by us.
EVENT_BYTES_MAX = 256_000


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """A published fact. `id`, `type` and `traceparent` are repeated as record headers."""

    id: str
    source: str
    type: str
    subject: str
    time: str  #: when it happened in the world
    data: msgspec.Raw
    specversion: str = "1.0"
    datacontenttype: str = "application/json"
    stream: str
    streamversion: int
    previousversion: int
    factindex: int
    factcount: int
    recordedtime: str  #: when it was written down here
    correlationid: str
    causationid: str
    causescope: str
    causedigest: str
    actor: str
    zone: str
    account: str
    commithash: str
    previoushash: str
    traceparent: str
    writer: str
    writerseq: int
    sourceref: str


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Envelope)


def encode(envelope: Envelope) -> bytes:
    """The envelope as JSON bytes."""
    return _encoder.encode(envelope)


def decode(body: bytes) -> Envelope:
    """The envelope in JSON bytes; raises `msgspec.ValidationError` or `msgspec.DecodeError`."""
    return _decoder.decode(body)


def headers(envelope: Envelope) -> dict[str, str]:
    """What is repeated as record headers, so that a consumer can skip or trace without decoding."""
    found = {"ce_id": envelope.id, "ce_type": envelope.type}
    if envelope.traceparent:
        found["traceparent"] = envelope.traceparent
    return found


def instant_text(at: datetime) -> str:
    """An instant as RFC 3339 in UTC with a Z; microseconds only when there are any."""
    if at.tzinfo is None:
        raise ValueError(f"{at} has no offset from UTC")
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
