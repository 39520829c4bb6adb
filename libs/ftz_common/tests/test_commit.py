"""The commit codec: what is published is enough to make the same bytes again, and damage is found."""

from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftz_common.contracts.commit import (
    Commit,
    CommitDamaged,
    Recorded,
    StoredCommit,
    check,
    envelopes,
    fact_id,
    rebuilt,
    seal,
    unseal,
    verify_chain,
)
from ftz_common.contracts.envelope import decode, encode, headers, instant_text

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
#: Data as any producer may have encoded it once: compact, or with spaces and line breaks.
DATA = st.builds(
    lambda value, indent: msgspec.Raw(msgspec.json.format(msgspec.json.encode(value), indent=indent)),
    st.dictionaries(TEXT, JSON, max_size=4),
    st.sampled_from([-1, 0, 2]),
)
FACTS = st.builds(
    Recorded, st.sampled_from(["ftz.inventory.stock.drawn.v1", "ftz.duty.draw.priced.v1"]), DATA
)
COMMITS = st.builds(
    Commit,
    stream=TEXT,
    version=st.integers(1, 2**40),
    scope=TEXT,
    cause=TEXT,
    cause_digest=TEXT,
    occurred_at=st.just("2026-03-02T09:00:00Z"),
    recorded_at=st.just("2026-03-02T09:00:00.000001Z"),
    actor=TEXT,
    writer=TEXT,
    seq=st.integers(0, 2**40),
    previous_hash=st.sampled_from(["", "a" * 64]),
    facts=st.lists(FACTS, min_size=1, max_size=4),
    account=TEXT,
    zone=TEXT,
    correlation=TEXT,
    trace=st.sampled_from(["", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"]),
    source=st.sampled_from(["", "ftz.shipments.shop.v1/3/17"]),
)


def chain(length: int) -> list[StoredCommit]:
    """A sound stream."""
    commits: list[StoredCommit] = []
    for version in range(1, length + 1):
        commit = Commit(
            stream="order/shop/1",
            version=version,
            scope="order/shop/1",
            cause=f"cause-{version}",
            cause_digest="d",
            occurred_at="2026-03-02T09:00:00Z",
            recorded_at="2026-03-02T09:00:01Z",
            actor="shop",
            writer="w1",
            seq=version,
            previous_hash=commits[-1].hash if commits else "",
            facts=[Recorded("ftz.inventory.stock.drawn.v1", msgspec.Raw(b'{"quantity":"2.5"}'))],
        )
        commits.append(seal(commit))
    return commits


@given(COMMITS)
def test_the_published_envelopes_make_the_same_bytes_and_hash_again(commit: Commit) -> None:
    stored = seal(commit)
    published = [encode(envelope) for envelope in envelopes(commit, stored.hash)]
    again = rebuilt([decode(body) for body in published])
    assert again == stored
    assert check(again) == unseal(stored)


@given(COMMITS)
def test_a_commit_read_and_sealed_again_has_the_same_bytes(commit: Commit) -> None:
    stored = seal(commit)
    assert seal(check(stored)) == stored


@given(COMMITS, st.data())
def test_any_changed_byte_is_found(commit: Commit, data: st.DataObject) -> None:
    stored = seal(commit)
    at = data.draw(st.integers(0, len(stored.body) - 1))
    body = bytearray(stored.body)
    body[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(CommitDamaged, match="SHA-256"):
        check(stored._replace(body=bytes(body)))


@pytest.mark.parametrize(
    ("column", "value"),
    [("stream", "x"), ("version", 9), ("scope", "x"), ("cause", "x"), ("writer", "x"), ("seq", 9)],
)
def test_a_changed_column_is_found_and_named(column: str, value: object) -> None:
    with pytest.raises(CommitDamaged, match=f"column {column} differs"):
        check(chain(1)[0]._replace(**{column: value}))


def test_a_changed_hash_is_found() -> None:
    with pytest.raises(CommitDamaged, match="SHA-256"):
        check(chain(1)[0]._replace(hash="0" * 64))


class TestEnvelopes:
    def test_facts_are_numbered_and_know_their_commit(self) -> None:
        commit = msgspec.structs.replace(
            unseal(chain(2)[1]),
            facts=[
                Recorded("ftz.duty.draw.priced.v1", msgspec.Raw(b'{"n":1}')),
                Recorded("ftz.duty.line.offered.v1", msgspec.Raw(b'{"n":2}')),
            ],
        )
        stored = seal(commit)
        first, second = envelopes(commit, stored.hash)
        assert [(e.factindex, e.factcount, e.streamversion, e.previousversion) for e in (first, second)] == [
            (0, 2, 2, 1),
            (1, 2, 2, 1),
        ]
        assert (first.source, first.subject, first.specversion) == ("ftz/duty", "order/shop/1", "1.0")
        assert {first.commithash, second.commithash} == {stored.hash}
        assert bytes(second.data) == b'{"n":2}'

    def test_the_id_of_a_fact_comes_from_stream_cause_index_and_type(self) -> None:
        """Deciding again makes the same ids; when it was recorded, and by which writer, does not matter."""
        commit = unseal(chain(1)[0])
        later = msgspec.structs.replace(commit, recorded_at="2027-01-01T00:00:00Z", writer="w2", seq=99)
        assert fact_id(later, 0) == fact_id(commit, 0)
        assert UUID(fact_id(commit, 0)).version == 5
        for change in ({"stream": "order/shop/2"}, {"cause": "other"}):
            assert fact_id(msgspec.structs.replace(commit, **change), 0) != fact_id(commit, 0)
        two = msgspec.structs.replace(commit, facts=[*commit.facts, *commit.facts])
        assert fact_id(two, 0) != fact_id(two, 1)

    def test_headers_repeat_what_a_consumer_needs_to_skip_or_trace(self) -> None:
        commit = msgspec.structs.replace(unseal(chain(1)[0]), trace="00-ab-cd-01")
        envelope = envelopes(commit, "h")[0]
        assert headers(envelope) == {
            "ce_id": envelope.id,
            "ce_type": "ftz.inventory.stock.drawn.v1",
            "traceparent": "00-ab-cd-01",
        }
        assert "traceparent" not in headers(msgspec.structs.replace(envelope, traceparent=""))

    def test_a_consumer_ignores_fields_it_does_not_know_and_refuses_missing_ones(self) -> None:
        envelope = envelopes(unseal(chain(1)[0]), "h")[0]
        fields = msgspec.json.decode(encode(envelope))
        assert decode(msgspec.json.encode(fields | {"later": 1})) == envelope
        del fields["causedigest"]
        with pytest.raises(msgspec.ValidationError, match="causedigest"):
            decode(msgspec.json.encode(fields))


class TestChain:
    def test_a_sound_chain_has_nothing_wrong(self) -> None:
        assert verify_chain(chain(5)) == []
        assert verify_chain([]) == []

    def test_a_missing_version_is_named(self) -> None:
        commits = chain(4)
        assert verify_chain([commits[0], *commits[2:]]) == ["order/shop/1 version 3: version 2 is missing"]

    def test_a_missing_beginning_is_named(self) -> None:
        assert verify_chain(chain(3)[1:]) == ["order/shop/1 version 2: version 1 is missing"]

    def test_a_changed_byte_is_named_where_it_is(self) -> None:
        commits = chain(4)
        body = commits[1].body.replace(b"2.5", b"9.5")
        commits[1] = commits[1]._replace(body=body)
        assert verify_chain(commits) == ["order/shop/1 version 2: the bytes do not have the recorded SHA-256"]

    def test_a_commit_replaced_with_its_hash_breaks_the_chain_behind_it(self) -> None:
        commits = chain(4)
        forged = msgspec.structs.replace(unseal(commits[1]), actor="somebody else")
        commits[1] = seal(forged)
        assert verify_chain(commits) == ["order/shop/1 version 3: does not continue the commit before it"]

    def test_bytes_that_are_no_commit_are_named(self) -> None:
        commits = chain(2)
        junk = b'{"stream":"order/shop/1"}'
        commits[1] = commits[1]._replace(body=junk, hash=seal_of(junk))
        (problem,) = verify_chain(commits)
        assert problem.startswith("order/shop/1 version 2: Object missing required field")


def seal_of(body: bytes) -> str:
    return sha256(body).hexdigest()


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (datetime(2026, 3, 2, 9, tzinfo=UTC), "2026-03-02T09:00:00Z"),
        (datetime(2026, 3, 2, 9, 0, 0, 500, tzinfo=UTC), "2026-03-02T09:00:00.000500Z"),
        (datetime(2026, 3, 2, 4, tzinfo=timezone(timedelta(hours=-5))), "2026-03-02T09:00:00Z"),
    ],
)
def test_instants_are_written_in_utc(at: datetime, text: str) -> None:
    assert instant_text(at) == text


def test_an_instant_without_offset_is_not_written() -> None:
    with pytest.raises(ValueError, match="no offset"):
        instant_text(datetime(2026, 3, 2, 9))  # noqa: DTZ001 the mistake under test
