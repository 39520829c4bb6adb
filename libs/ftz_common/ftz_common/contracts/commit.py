"""The commit: one document that is state, outbox, duplicate check and audit trail at once.

`body` is the canonical JSON of the commit; `hash` is its SHA-256; `previous_hash` chains the commits
of a stream. The published envelopes carry every field, so that the archive can make the same bytes again
and check the chain without our databases.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import NamedTuple

import msgspec

from ftz_common.contracts.envelope import Envelope, instant_text
from ftz_common.values.names import derived_id

#: A commit larger than this is a bug: big decisions travel in numbered commits.
COMMIT_BYTES_MAX = 4_000_000


class Recorded(msgspec.Struct, frozen=True):
    """One fact of a commit: its type and the bytes of its data, encoded once."""

    type: str
    data: msgspec.Raw


class Commit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one cause did to one stream. Instants are RFC 3339 in UTC."""

    stream: str
    version: int
    scope: str
    cause: str
    cause_digest: str
    occurred_at: str
    recorded_at: str
    actor: str
    writer: str
    seq: int
    previous_hash: str
    facts: list[Recorded]
    account: str = ""
    zone: str = ""
    correlation: str = ""
    trace: str = ""
    source: str = ""  #: topic/partition/offset of the consumed record, if there was one


class StoredCommit(NamedTuple):
    """A commit as a store keeps it: the columns it needs for keys, and the body."""

    stream: str
    version: int
    scope: str
    cause: str
    writer: str
    seq: int
    hash: str
    body: bytes


class CommitDamaged(Exception):
    """A stored commit does not say what its hash or its columns say."""


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Commit)


def seal(commit: Commit) -> StoredCommit:
    """The commit as it is stored: canonical bytes and their SHA-256 (hex)."""
    body = _encoder.encode(commit)
    return StoredCommit(
        commit.stream,
        commit.version,
        commit.scope,
        commit.cause,
        commit.writer,
        commit.seq,
        sha256(body).hexdigest(),
        body,
    )


def unseal(stored: StoredCommit) -> Commit:
    """The commit in its bytes, without checking; see `check`."""
    return _decoder.decode(stored.body)


def check(stored: StoredCommit) -> Commit:
    """The commit, its hash and columns verified; raises `CommitDamaged` naming what differs."""
    where = f"{stored.stream} version {stored.version}"
    if sha256(stored.body).hexdigest() != stored.hash:
        raise CommitDamaged(f"{where}: the bytes do not have the recorded SHA-256")
    commit = unseal(stored)
    for column in ("stream", "version", "scope", "cause", "writer", "seq"):
        if getattr(commit, column) != getattr(stored, column):
            raise CommitDamaged(f"{where}: column {column} differs from the sealed commit")
    return commit


def fact_id(commit: Commit, index: int) -> str:
    """The id of a fact: deciding the same cause again makes the same id."""
    return derived_id(commit.stream, commit.cause, str(index), commit.facts[index].type)


def envelopes(commit: Commit, commit_hash: str) -> list[Envelope]:
    """The facts of a commit as CloudEvents, in order."""
    count = len(commit.facts)
    return [
        Envelope(
            id=fact_id(commit, index),
            source=f"ftz/{recorded.type.split('.', 2)[1]}",
            type=recorded.type,
            subject=commit.stream,
            time=commit.occurred_at,
            data=recorded.data,
            stream=commit.stream,
            streamversion=commit.version,
            previousversion=commit.version - 1,
            factindex=index,
            factcount=count,
            recordedtime=commit.recorded_at,
            correlationid=commit.correlation,
            causationid=commit.cause,
            causescope=commit.scope,
            causedigest=commit.cause_digest,
            actor=commit.actor,
            zone=commit.zone,
            account=commit.account,
            commithash=commit_hash,
            previoushash=commit.previous_hash,
            traceparent=commit.trace,
            writer=commit.writer,
            writerseq=commit.seq,
            sourceref=commit.source,
        )
        for index, recorded in enumerate(commit.facts)
    ]


def rebuilt(parts: Sequence[Envelope]) -> StoredCommit:
    """The commit that published these envelopes (all of one commit, in fact order)."""
    first = parts[0]
    return seal(
        Commit(
            stream=first.stream,
            version=first.streamversion,
            scope=first.causescope,
            cause=first.causationid,
            cause_digest=first.causedigest,
            occurred_at=first.time,
            recorded_at=first.recordedtime,
            actor=first.actor,
            writer=first.writer,
            seq=first.writerseq,
            previous_hash=first.previoushash,
            facts=[Recorded(part.type, part.data) for part in parts],
            account=first.account,
            zone=first.zone,
            correlation=first.correlationid,
            trace=first.traceparent,
            source=first.sourceref,
        )
    )


def verify_chain(chain: Iterable[StoredCommit]) -> list[str]:
    """What is wrong with the commits of one stream, in version order; empty when nothing is."""
    problems: list[str] = []
    previous_hash, expected = "", 1
    for stored in chain:
        where = f"{stored.stream} version {stored.version}"
        if stored.version != expected:
            problems.append(f"{where}: version {expected} is missing")
        try:
            commit = check(stored)
        except (CommitDamaged, msgspec.DecodeError) as damage:
            problems.append(str(damage) if isinstance(damage, CommitDamaged) else f"{where}: {damage}")
        else:
            if commit.previous_hash != previous_hash and stored.version == expected:
                problems.append(f"{where}: does not continue the commit before it")
        previous_hash, expected = stored.hash, stored.version + 1
    return problems


__all__ = [
    "Commit",
    "CommitDamaged",
    "Recorded",
    "StoredCommit",
    "check",
    "envelopes",
    "fact_id",
    "instant_text",
    "rebuilt",
    "seal",
    "unseal",
    "verify_chain",
]
