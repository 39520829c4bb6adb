"""The SQLite store: the contract, and the same answers as the memory store for any use of it."""

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ftz_common.contracts.commit import StoredCommit
from ftz_common.store.memory import MemoryStore
from ftz_common.store.port import Store, StoreRow, Swap
from ftz_common.store.sqlite import SqliteFile
from ftz_common.testing.store_suite import Database, StoreSuite, commit


class TestSqliteStore(StoreSuite):
    @pytest.fixture
    def database(self, tmp_path: Path) -> Database:
        opened: list[SqliteFile] = []

        async def service(name: str) -> Store:
            if not opened:
                opened.append(SqliteFile(tmp_path / "ftz.db"))
            return opened[0].store(name)

        async def close() -> None:
            while opened:
                await opened.pop().close()

        return Database(service, close)


NAMES = st.sampled_from(["a", "b", "a/x", "é", "a%2F"])
KEYS = st.sampled_from(["a", "b", "a/1", "\U0001f600", "\uffee", "\U0010ffff", "\U0010ffffx", "\ud7ff"])
COMMITS = st.builds(
    commit,
    NAMES,
    st.integers(1, 3),
    cause=st.sampled_from(["c1", "c2", "c3"]),
    scope=st.sampled_from([None, "foreign"]),
    writer=st.sampled_from(["w1", "w2"]),
    seq=st.integers(1, 5),
)
ROWS = st.builds(StoreRow, KEYS, st.binary(max_size=3))
SWAPS = st.builds(Swap, KEYS, st.none() | st.binary(max_size=3), st.binary(max_size=3))
STEPS = st.one_of(
    st.tuples(st.just("insert"), st.lists(COMMITS, max_size=4)),
    st.tuples(st.just("read"), st.dictionaries(NAMES, st.integers(0, 3))),
    st.tuples(st.just("causes"), st.lists(st.tuples(st.sampled_from(["foreign", "a"]), st.just("c1")))),
    st.tuples(st.just("commits"), st.sampled_from(["", "a", "a/", "\ud7ff"])),
    st.tuples(st.just("put"), st.lists(ROWS, max_size=4)),
    st.tuples(st.just("delete"), st.lists(KEYS, max_size=3)),
    st.tuples(st.just("get"), st.lists(KEYS, max_size=3)),
    st.tuples(st.just("scan"), st.tuples(KEYS | st.just(""), KEYS | st.just(""), KEYS | st.none())),
    st.tuples(st.just("swap"), st.lists(SWAPS, max_size=4, unique_by=lambda change: change.key)),
)


async def step(store: Store, name: str, given_: Any) -> object:
    match name:
        case "commits":
            return [c async for c in store.commits(given_)]
        case "put" | "delete" | "get" | "swap":
            return await getattr(store, name)("t", given_)
        case "scan":
            prefix, after, before = given_
            return await store.scan("t", prefix=prefix, after=after, before=before, limit=3)
        case _:
            return await getattr(store, name)(given_)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, max_size=12))
def test_any_sequence_of_operations_gives_what_the_memory_store_gives(steps: list[tuple[str, Any]]) -> None:
    async def play() -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = SqliteFile(Path(folder) / "ftz.db")
            sqlite, memory = file.store("inventory"), MemoryStore()
            for name, given_ in steps:
                answers = [await step(store, name, given_) for store in (sqlite, memory)]
                if name == "insert" and answers[0] is not None:
                    answers = [
                        getattr(a, "index", None) for a in answers
                    ]  # the key may differ if both refuse
                assert answers[0] == answers[1], (name, given_)
            everything = [[c async for c in store.commits()] for store in (sqlite, memory)]
            assert everything[0] == everything[1]
            written = [await store.written("w1", 0, 100) for store in (sqlite, memory)]
            assert sorted(written[0]) == sorted(written[1])
            await file.close()

    asyncio.run(play())


@pytest.fixture
async def file(tmp_path: Path) -> Any:
    file = SqliteFile(tmp_path / "ftz.db")
    yield file
    await file.close()


async def test_the_journal_holds_all_services_by_position_without_holes(file: SqliteFile) -> None:
    inventory, duty = file.store("inventory"), file.store("duty")
    await inventory.insert([commit("a", 1), commit("a", 2)])
    await inventory.insert([commit("b", 1), commit("a", 2, cause="refused"), commit("c", 1)])
    await duty.insert([commit("d", 1)])
    journal = await file.journal(0, 10)
    assert [(p, s, c.stream, c.version) for p, s, c in journal] == [
        (1, "inventory", "a", 1),
        (2, "inventory", "a", 2),
        (3, "inventory", "b", 1),
        (4, "duty", "d", 1),
    ]
    assert await file.journal(2, 1) == journal[2:3]
    assert file.position == 4


async def test_listeners_hear_what_was_stored_and_only_that(file: SqliteFile) -> None:
    heard: list[tuple[int, str, list[str]]] = []
    listen: Callable[[int, str, Any], None] = lambda first, service, commits: heard.append(  # noqa: E731 one line
        (first, service, [c.stream for c in commits])
    )
    file.listen(listen)
    await file.store("inventory").insert([commit("a", 1), commit("b", 1)])
    await file.store("duty").insert([commit("a", 1), commit("a", 1, cause="refused"), commit("b", 1)])
    await file.store("duty").insert([commit("a", 1)])
    assert heard == [(1, "inventory", ["a", "b"]), (3, "duty", ["a"])]


async def test_a_cancelled_insert_is_stored_and_heard_or_neither(file: SqliteFile) -> None:
    heard: list[int] = []
    file.listen(lambda first, _service, commits: heard.append(first + len(commits) - 1))
    store = file.store("inventory")
    for n in range(20):
        task = asyncio.create_task(store.insert([commit(f"s/{n}", 1)]))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await store.ping()
    stored: list[tuple[int, str, StoredCommit]] = await file.journal(0, 100)
    assert heard == [position for position, _, _ in stored]


async def test_a_long_walk_does_not_hold_up_writers(file: SqliteFile) -> None:
    store = file.store("inventory")
    await store.insert([commit("s", v) for v in range(1, 2002)])
    walked = 0
    async for _ in store.commits():
        walked += 1
        if walked == 500:
            assert await store.insert([commit("t", 1)]) is None
    assert walked == 2002
