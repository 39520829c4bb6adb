"""What the tests of several services hear: envelopes, as a topic carries them."""

import msgspec

from ftz_common.bus.port import Message
from ftz_common.contracts import table
from ftz_common.contracts.envelope import Envelope, encode, headers
from ftz_common.contracts.fact import Fact, Owner

_NOBODYS = Envelope(
    id="f-1",
    source="ftz",
    type="t",
    subject="s",
    time="2026-06-01T13:00:00Z",
    data=msgspec.Raw(b"{}"),
    stream="series/admissions/999/214/26",
    streamversion=1,
    previousversion=0,
    factindex=0,
    factcount=1,
    recordedtime="2026-06-01T13:00:00Z",
    correlationid="c",
    causationid="c",
    causescope="s",
    causedigest="d",
    actor="test",
    zone="999",
    account="acme",
    commithash="",
    previoushash="",
    traceparent="",
    writer="w",
    writerseq=1,
    sourceref="",
)


def heard(**changes: object) -> Envelope:
    """The envelope of a fact in zone 999 for account acme; `changes` say what matters to the test."""
    return msgspec.structs.replace(_NOBODYS, **changes)


def said(owner: Owner, stream: str, fact: Fact, at: str, number: int) -> Message:
    """The `number`th fact of another service, as its topic carries it."""
    row = table.BY_FACT[owner, type(fact)]
    envelope = heard(
        id=f"{number:08x}-0000-5000-8000-000000000000",
        type=row.type,
        subject=stream,
        stream=stream,
        streamversion=number,
        previousversion=number - 1,
        time=at,
        recordedtime=at,
        data=msgspec.Raw(msgspec.json.encode(fact)),
        writerseq=number,
    )
    return Message(row.topic, row.key(fact, stream), encode(envelope), headers(envelope))
