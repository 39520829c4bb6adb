"""The memory store: the contract, and that a simulator can interrupt it."""

from collections.abc import Coroutine, Generator
from types import coroutine
from typing import Any

import pytest

from ftz_common.store.memory import MemoryStore
from ftz_common.store.port import InsertRefused, StoreRow, StoreUnavailable, Swap
from ftz_common.testing.store_suite import Database, StoreSuite, commit


class TestMemoryStore(StoreSuite):
    @pytest.fixture
    def database(self) -> Database:
        stores: dict[str, MemoryStore] = {}

        async def service(name: str) -> MemoryStore:
            return stores.setdefault(name, MemoryStore())

        async def close() -> None:
            return None

        return Database(service, close)


@coroutine
def _yielded(point: str) -> Generator[str]:
    yield point


async def interrupted(point: str) -> None:
    """Hand the point to whoever drives the coroutine."""
    await _yielded(point)


def points(work: Coroutine[Any, Any, object], stop_at: str | None = None) -> list[str]:
    """Drive a coroutine by hand, without an event loop; at `stop_at` the process dies."""
    seen: list[str] = []
    while True:
        try:
            seen.append(work.send(None))
        except StopIteration:
            return seen
        if seen[-1] == stop_at:
            work.close()
            return seen


def result(work: Coroutine[Any, Any, Any]) -> Any:
    while True:
        try:
            work.send(None)
        except StopIteration as done:
            return done.value


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        (lambda s: s.insert([commit("a"), commit("b")]), ["insert.before", "insert.partly", "insert.after"]),
        (lambda s: s.insert([]), ["insert.before", "insert.after"]),
        (lambda s: s.read({"a": 0}), ["read.before", "read.after"]),
        (lambda s: s.causes([("a", "c")]), ["causes.before", "causes.after"]),
        (lambda s: s.written("w", 0, 1), ["written.before", "written.after"]),
        (lambda s: s.get("t", ["a"]), ["get.before", "get.after"]),
        (
            lambda s: s.put("t", [StoreRow("a", b""), StoreRow("b", b"")]),
            ["put.before", "put.partly", "put.after"],
        ),
        (lambda s: s.delete("t", ["a"]), ["delete.before", "delete.after"]),
        (lambda s: s.scan("t"), ["scan.before", "scan.after"]),
        (
            lambda s: s.swap("t", [Swap("a", None, b""), Swap("b", None, b"")]),
            ["swap.before", "swap.partly", "swap.after"],
        ),
        (lambda s: s.ping(), ["ping"]),
    ],
)
def test_every_method_can_be_interrupted_before_and_after_its_effect(work: Any, expected: list[str]) -> None:
    assert points(work(MemoryStore(interrupted))) == expected


@pytest.mark.parametrize(
    ("stop_at", "stored"),
    [("insert.before", []), ("insert.partly", ["a"]), ("insert.after", ["a", "b"])],
)
def test_a_crash_in_an_insert_leaves_what_came_before_it(stop_at: str, stored: list[str]) -> None:
    store = MemoryStore(interrupted)
    points(store.insert([commit("a"), commit("b")]), stop_at)
    assert [c.stream for c in result(store.read({"a": 0, "b": 0}))] == stored


def test_between_two_commits_of_a_batch_another_process_may_win() -> None:
    store = MemoryStore(interrupted)
    slow = store.insert([commit("a", 1), commit("b", 1, cause="slow")])
    assert [slow.send(None), slow.send(None)] == ["insert.before", "insert.partly"]
    assert result(store.insert([commit("b", 1, cause="fast")])) is None
    assert result(slow) == InsertRefused(1, "version")


def test_a_pause_that_raises_is_an_outage() -> None:
    async def down(point: str) -> None:
        if point == "insert.after":
            raise StoreUnavailable("acknowledgement lost")

    store = MemoryStore(down)
    with pytest.raises(StoreUnavailable):
        points(store.insert([commit("a")]))
    assert [c.stream for c in result(store.read({"a": 0}))] == ["a"]
