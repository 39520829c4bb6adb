"""What every store must do, as tests that each adapter inherits.

    class TestMemoryStore(StoreSuite):
        @pytest.fixture
        def database(self): ...

The suite asks for nothing that a document database without transactions cannot do.
"""

# ruff: noqa: S101 these are tests, inherited by each adapter
import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from ftz_common.contracts.commit import COMMIT_BYTES_MAX, Commit, Recorded, StoredCommit, check, seal
from ftz_common.store.port import InsertRefused, Store, StoreRow, Swap


@dataclass
class Database:
    """One database under test: the store of a service in it, and the same again after a restart."""

    service: Callable[[str], Awaitable[Store]]  #: open (or reopen) a service's store
    close: Callable[[], Awaitable[None]]


def commit(
    stream: str = "order/1",
    version: int = 1,
    *,
    cause: str | None = None,
    scope: str | None = None,
    writer: str = "w1",
    seq: int = 1,
    data: str = "{}",
) -> StoredCommit:
    """A sealed commit of one fact; the cause is new unless given."""
    return seal(
        Commit(
            stream=stream,
            version=version,
            scope=stream if scope is None else scope,
            cause=f"cause of {stream} {version}" if cause is None else cause,
            cause_digest="d",
            occurred_at="2026-03-02T09:00:00Z",
            recorded_at="2026-03-02T09:00:01Z",
            actor="test",
            writer=writer,
            seq=seq,
            previous_hash="",
            facts=[Recorded("ftz.test.thing.done.v1", msgspec.Raw(data.encode()))],
        )
    )


async def collected(commits: AsyncIterator[StoredCommit]) -> list[tuple[str, int]]:
    """(stream, version) of each commit, in order."""
    return [(c.stream, c.version) async for c in commits]


class StoreFixtures:
    """What an adapter provides: `database`. The rest follows."""

    @pytest.fixture
    def database(self) -> Database:
        raise NotImplementedError("each adapter's test class provides its database")

    @pytest.fixture
    async def store(self, database: Database) -> AsyncIterator[Store]:
        store = await database.service("inventory")
        yield store
        await store.close()
        await database.close()


class CommitSuite(StoreFixtures):
    """Commits: two unique keys, ordered inserts, and the ways to read them."""

    async def test_a_commit_comes_back_as_it_was_put(self, store: Store) -> None:
        stored = commit(data='{"sku":"MUG/BLUE é","quantity":"2.50"}')
        assert await store.insert([stored]) is None
        assert await store.read({"order/1": 0}) == [stored]
        check(stored)

    async def test_a_commit_of_the_largest_size_comes_back(self, store: Store) -> None:
        large = commit(data='{"x":"' + "y" * (COMMIT_BYTES_MAX - 500) + '"}')
        assert await store.insert([large]) is None
        assert (await store.read({"order/1": 0}))[0].body == large.body

    async def test_inserting_nothing_is_no_error(self, store: Store) -> None:
        assert await store.insert([]) is None

    async def test_read_gives_versions_above_the_given_ones(self, store: Store) -> None:
        await store.insert([commit(version=v) for v in (1, 2, 3)])
        assert [c.version for c in await store.read({"order/1": 1})] == [2, 3]
        assert await store.read({"order/1": 3}) == []

    async def test_read_is_ordered_by_stream_and_version(self, store: Store) -> None:
        await store.insert([commit("b", 1), commit("a", 1), commit("b", 2), commit("a", 2), commit("c", 1)])
        found = await store.read({"b": 0, "a": 1, "nobody": 0})
        assert [(c.stream, c.version) for c in found] == [("a", 2), ("b", 1), ("b", 2)]

    async def test_reading_no_stream_gives_nothing(self, store: Store) -> None:
        await store.insert([commit()])
        assert await store.read({}) == []

    async def test_read_takes_many_streams_at_once(self, store: Store) -> None:
        await store.insert([commit(f"s/{n:05}", 1) for n in range(3000)])
        assert len(await store.read({f"s/{n:05}": 0 for n in range(3000)})) == 3000

    @pytest.mark.parametrize("at", [0, 1, 4])
    async def test_a_taken_version_stops_the_insert_there(self, store: Store, at: int) -> None:
        await store.insert([commit("s", 1, cause="first")])
        batch = [commit(f"t/{n}", 1) for n in range(5)]
        batch[at] = commit("s", 1, cause="second")
        assert await store.insert(batch) == InsertRefused(at, "version")
        assert await collected(store.commits("t/")) == [(f"t/{n}", 1) for n in range(at)]
        assert [c.cause for c in await store.read({"s": 0})] == ["first"]

    @pytest.mark.parametrize("at", [0, 1, 4])
    async def test_a_taken_cause_stops_the_insert_there(self, store: Store, at: int) -> None:
        await store.insert([commit("s", 1, scope="foreign", cause="event-1")])
        batch = [commit(f"t/{n}", 1) for n in range(5)]
        batch[at] = commit("elsewhere", 1, scope="foreign", cause="event-1")
        assert await store.insert(batch) == InsertRefused(at, "cause")
        assert await collected(store.commits("t/")) == [(f"t/{n}", 1) for n in range(at)]
        assert await store.read({"elsewhere": 0}) == []

    async def test_two_commits_of_one_batch_collide_as_any_two(self, store: Store) -> None:
        batch = [commit("s", 1, cause="a"), commit("s", 1, cause="b"), commit("s", 2, cause="c")]
        assert await store.insert(batch) == InsertRefused(1, "version")
        assert await collected(store.commits()) == [("s", 1)]

    async def test_a_commit_put_again_is_refused(self, store: Store) -> None:
        await store.insert([commit()])
        again = await store.insert([commit()])
        assert again is not None
        assert again.index == 0  # both keys refuse it; which one is named is the database's choice

    async def test_the_rest_of_a_refused_batch_can_be_inserted(self, store: Store) -> None:
        await store.insert([commit("s", 1, cause="first")])
        batch = [commit("a", 1), commit("s", 1, cause="second"), commit("b", 1)]
        refused = await store.insert(batch)
        assert refused is not None
        assert await store.insert(batch[refused.index + 1 :]) is None
        assert await collected(store.commits()) == [("a", 1), ("b", 1), ("s", 1)]

    async def test_one_cause_may_stand_in_two_scopes(self, store: Store) -> None:
        assert await store.insert([commit("a", 1, cause="c"), commit("b", 1, cause="c")]) is None

    async def test_of_two_writers_at_once_one_wins(self, store: Store) -> None:
        rivals = [[commit("s", 1, cause=f"c{n}", writer=f"w{n}")] for n in range(8)]
        results = await asyncio.gather(*(store.insert(rival) for rival in rivals))
        assert sorted(r is None for r in results) == [False] * 7 + [True]
        assert len(await store.read({"s": 0})) == 1

    async def test_causes_finds_the_commits_that_hold_them(self, store: Store) -> None:
        held = commit("s", 1, scope="foreign", cause="event-1")
        await store.insert([held, commit("s", 2)])
        keys = [("foreign", "event-1"), ("foreign", "event-2"), ("s", "event-1")]
        assert await store.causes(keys) == {("foreign", "event-1"): held}
        assert await store.causes([]) == {}

    async def test_causes_takes_many_keys_at_once(self, store: Store) -> None:
        await store.insert([commit("s", n, scope="foreign", cause=f"e{n}") for n in range(1, 2501)])
        assert len(await store.causes([("foreign", f"e{n}") for n in range(5000)])) == 2500

    async def test_written_gives_one_writers_commits_by_number(self, store: Store) -> None:
        for n in (4, 1, 3, 9):  # 2 and 5 to 8 were burnt by refused inserts
            await store.insert(
                [commit(f"s/{n}", 1, writer="w1", seq=n), commit(f"t/{n}", 1, writer="w2", seq=n)]
            )
        assert [c.seq for c in await store.written("w1", 0, 10)] == [1, 3, 4, 9]
        assert [c.seq for c in await store.written("w1", 3, 10)] == [4, 9]
        assert [c.seq for c in await store.written("w1", 0, 2)] == [1, 3]
        assert {c.writer for c in await store.written("w2", 0, 10)} == {"w2"}
        assert await store.written("nobody", 0, 10) == []

    async def test_commits_walks_all_streams_in_order(self, store: Store) -> None:
        await store.insert([commit("b", 1), commit("a", 1), commit("a", 2), commit("a/x", 1)])
        assert await collected(store.commits()) == [("a", 1), ("a", 2), ("a/x", 1), ("b", 1)]

    async def test_commits_walks_more_than_one_page(self, store: Store) -> None:
        await store.insert([commit("s", v) for v in range(1, 2502)])
        assert [v for _, v in await collected(store.commits())] == list(range(1, 2502))

    @pytest.mark.parametrize(
        "prefix", ["order/", "order/a%2F", "order/a.", "order/a_", "order/(", "order/\\"]
    )
    async def test_a_prefix_of_streams_is_taken_literally(self, store: Store, prefix: str) -> None:
        names = [
            "order/a%2Fb",
            "order/a.b",
            "order/a_b",
            "order/axb",
            "order/(",
            "order/\\d",
            "orders",
            "ledger",
        ]
        await store.insert([commit(name, 1) for name in names])
        expected = sorted((name, 1) for name in names if name.startswith(prefix))
        assert await collected(store.commits(prefix)) == expected

    async def test_services_do_not_see_each_other(self, store: Store, database: Database) -> None:
        other = await database.service("duty")
        await store.insert([commit(data='{"who":"inventory"}')])
        assert await other.insert([commit(data='{"who":"duty"}')]) is None
        await store.put("views", [StoreRow("k", b"inventory")])
        await other.put("views", [StoreRow("k", b"duty")])
        assert len(await collected(store.commits())) == 1
        assert await store.get("views", ["k"]) == {"k": b"inventory"}
        assert await other.causes([("order/1", "cause of order/1 1")]) != {}

    async def test_everything_is_there_after_a_restart(self, store: Store, database: Database) -> None:
        await store.insert([commit("s", 1), commit("s", 2)])
        await store.put("views", [StoreRow("k", b"v")])
        await store.close()
        await database.close()
        again = await database.service("inventory")
        assert await collected(again.commits()) == [("s", 1), ("s", 2)]
        assert await again.get("views", ["k"]) == {"k": b"v"}
        assert await again.insert([commit("s", 2, cause="late")]) == InsertRefused(0, "version")


class RowSuite(StoreFixtures):
    """Rows: named tables ordered by key."""

    async def test_a_row_is_there_until_it_is_deleted(self, store: Store) -> None:
        await store.put("t", [StoreRow("a", b"1"), StoreRow("b", b"")])
        assert await store.get("t", ["a", "b", "missing"]) == {"a": b"1", "b": b""}
        await store.delete("t", ["a", "missing"])
        assert await store.get("t", ["a", "b"]) == {"b": b""}

    async def test_put_replaces_and_the_last_of_a_batch_wins(self, store: Store) -> None:
        await store.put("t", [StoreRow("a", b"1")])
        await store.put("t", [StoreRow("a", b"2"), StoreRow("a", b"3")])
        assert await store.get("t", ["a"]) == {"a": b"3"}

    async def test_bodies_are_any_bytes(self, store: Store) -> None:
        body = bytes(range(256)) * 40
        await store.put("t", [StoreRow("a", body)])
        assert await store.get("t", ["a"]) == {"a": body}

    async def test_nothing_asked_is_nothing_done(self, store: Store) -> None:
        await store.put("t", [])
        await store.delete("t", [])
        assert await store.get("t", []) == {}
        assert await store.scan("t") == []

    async def test_get_takes_many_keys_at_once(self, store: Store) -> None:
        await store.put("t", [StoreRow(f"{n}", b"x") for n in range(3000)])
        assert len(await store.get("t", [f"{n}" for n in range(3000)])) == 3000

    async def test_tables_are_separate(self, store: Store) -> None:
        await store.put("t", [StoreRow("a", b"1")])
        await store.delete("u", ["a"])
        assert await store.get("u", ["a"]) == {}
        assert await store.scan("u") == []
        assert await store.get("t", ["a"]) == {"a": b"1"}

    async def test_scan_is_in_key_order(self, store: Store) -> None:
        keys = ["a", "B", "é", "a/1", "a-1", "10", "9", "ñ", "Z", " ", "a b"]
        await store.put("t", [StoreRow(key, key.encode()) for key in keys])
        expected = sorted(keys, key=str.encode)
        assert [(r.key, r.body) for r in await store.scan("t")] == [(k, k.encode()) for k in expected]

    @pytest.mark.parametrize(
        ("asked", "expected"),
        [
            ({"after": "b"}, ["c/1", "c/2", "d"]),
            ({"after": "bb"}, ["c/1", "c/2", "d"]),
            ({"before": "c/1"}, ["a", "b"]),
            ({"after": "a", "before": "c/2"}, ["b", "c/1"]),
            ({"prefix": "c/"}, ["c/1", "c/2"]),
            ({"prefix": "c/", "after": "c/1"}, ["c/2"]),
            ({"prefix": "c/", "after": "b"}, ["c/1", "c/2"]),
            ({"prefix": "c/", "before": "c/2"}, ["c/1"]),
            ({"prefix": "c/", "after": "d"}, []),
            ({"prefix": "c/", "limit": 1}, ["c/1"]),
            ({"limit": 2}, ["a", "b"]),
            ({"after": "d"}, []),
            ({"before": ""}, []),
        ],
    )
    async def test_scan_takes_a_range(self, store: Store, asked: dict[str, Any], expected: list[str]) -> None:
        await store.put("t", [StoreRow(key, b"") for key in ("a", "b", "c/1", "c/2", "d")])
        assert [row.key for row in await store.scan("t", **asked)] == expected

    @pytest.mark.parametrize("prefix", ["%", "_", ".", "[a]", "a%"])
    async def test_a_prefix_of_keys_is_taken_literally(self, store: Store, prefix: str) -> None:
        keys = ["%x", "_x", ".x", "[a]x", "a%x", "ax", "x"]
        await store.put("t", [StoreRow(key, b"") for key in keys])
        assert [r.key for r in await store.scan("t", prefix=prefix)] == [f"{prefix}x"]

    async def test_swap_makes_a_row_that_does_not_exist(self, store: Store) -> None:
        assert await store.swap("t", [Swap("lease", None, b"mine")]) == [True]
        assert await store.swap("t", [Swap("lease", None, b"yours")]) == [False]
        assert await store.get("t", ["lease"]) == {"lease": b"mine"}

    async def test_swap_replaces_only_what_is_expected(self, store: Store) -> None:
        assert await store.swap("t", [Swap("lease", b"mine", b"yours")]) == [False]
        await store.put("t", [StoreRow("lease", b"mine")])
        assert await store.swap("t", [Swap("lease", b"theirs", b"yours")]) == [False]
        assert await store.swap("t", [Swap("lease", b"mine", b"yours")]) == [True]
        assert await store.get("t", ["lease"]) == {"lease": b"yours"}

    async def test_swapping_a_body_for_itself_happens(self, store: Store) -> None:
        await store.put("t", [StoreRow("lease", b"mine")])
        assert await store.swap("t", [Swap("lease", b"mine", b"mine")]) == [True]

    async def test_swaps_of_a_batch_are_each_for_themselves(self, store: Store) -> None:
        await store.put("t", [StoreRow(key, b"old") for key in ("a", "b", "c")])
        changes = [
            Swap("a", b"old", b"new"),
            Swap("b", b"other", b"new"),
            Swap("b2", None, b"new"),
            Swap("c", None, b"new"),
            Swap("d", None, b"new"),
            Swap("e", b"old", b"new"),
        ]
        assert await store.swap("t", changes) == [True, False, True, False, True, False]
        bodies = {"a": b"new", "b": b"old", "b2": b"new", "c": b"old", "d": b"new"}
        assert await store.get("t", ["a", "b", "b2", "c", "d", "e"]) == bodies

    async def test_swapping_nothing_changes_nothing(self, store: Store) -> None:
        assert await store.swap("t", []) == []

    async def test_of_two_swaps_at_once_one_happens(self, store: Store) -> None:
        await store.put("t", [StoreRow("lease", b"free")])
        results = await asyncio.gather(
            *(store.swap("t", [Swap("lease", b"free", f"{n}".encode())]) for n in range(8))
        )
        assert sorted(results) == [[False]] * 7 + [[True]]

    async def test_a_store_that_runs_answers(self, store: Store) -> None:
        await store.ping()


class StoreSuite(CommitSuite, RowSuite):
    """The whole contract of a store."""
