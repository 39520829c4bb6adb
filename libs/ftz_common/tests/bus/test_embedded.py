"""The embedded bus: the contract, and what is its own: the journal read by durable cursors."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ftz_common.bus.embedded import EmbeddedBus
from ftz_common.bus.port import Delivery, Message, Subscription
from ftz_common.contracts.commit import Commit, Recorded, StoredCommit, rebuilt, seal
from ftz_common.contracts.envelope import Envelope, decode
from ftz_common.store.sqlite import SqliteFile
from ftz_common.testing.bus_suite import BusSuite, Ear, message
from ftz_common.testing.store_suite import commit


def by_type(envelope: Envelope) -> Sequence[tuple[str, str]]:
    """A small catalogue: ftz.<owner>.<noun> is on ftz.<owner>.v1; "moved" also in the orders' commands."""
    owner, noun = envelope.type.split(".")[1:3]
    if noun == "hidden":
        return ()
    home = (f"ftz.{owner}.v1", envelope.stream)
    return (home, ("ftz.orders.commands.v1", "order/9")) if noun == "moved" else (home,)


async def reserved(batch: Sequence[Delivery]) -> None:
    del batch


@dataclass
class EmbeddedProcess:
    file: SqliteFile
    bus: EmbeddedBus = field(init=False)
    alive: bool = False

    def __post_init__(self) -> None:
        self.bus = EmbeddedBus(self.file, by_type)

    async def start(self) -> None:
        self.alive = True
        await self.bus.start()

    async def stop(self) -> None:
        self.alive = False
        await self.bus.stop()

    async def crash(self) -> None:
        self.alive = False


class EmbeddedBroker:
    def __init__(self, file: SqliteFile) -> None:
        self.file = file
        self.processes: list[EmbeddedProcess] = []

    async def topic(self, name: str, partitions: int = 1) -> None:
        """There are none to make."""

    def process(self, name: str) -> EmbeddedProcess:
        self.processes.append(EmbeddedProcess(self.file))
        return self.processes[-1]

    async def drain(self) -> None:
        for process in self.processes:
            if process.alive:
                await process.bus.settle()


@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[SqliteFile]:
    file = SqliteFile(tmp_path / "ftz.db")
    yield file
    await file.close()


class TestEmbeddedBus(BusSuite):
    @pytest.fixture
    def broker(self, file: SqliteFile) -> EmbeddedBroker:
        return EmbeddedBroker(file)


def fact(stream: str, version: int, *types: str) -> StoredCommit:
    """A commit with one fact of each type."""
    plain = msgspec.json.decode(commit(stream, version).body, type=Commit)
    facts = [Recorded(kind, msgspec.Raw(f'{{"n":{n}}}'.encode())) for n, kind in enumerate(types)]
    return seal(msgspec.structs.replace(plain, facts=facts))


DRAWN, MOVED, HIDDEN = (
    "ftz.inventory.stock.drawn.v1",
    "ftz.inventory.moved.on.v1",
    "ftz.inventory.hidden.x.v1",
)
PRICED = "ftz.duty.draw.priced.v1"
SOON = (0.0001, 0.001)
INVENTORY, DUTY, COMMANDS = "ftz.inventory.v1", "ftz.duty.v1", "ftz.orders.commands.v1"


def said(ear: Ear) -> list[tuple[str, int, int]]:
    """(stream, version, index) of the facts heard."""
    found = [decode(d.value) for d in ear.heard]
    return [(e.stream, e.streamversion, e.factindex) for e in found]


async def test_facts_are_heard_from_the_journal_without_being_published(file: SqliteFile) -> None:
    bus, ear = EmbeddedBus(file, by_type), Ear()
    bus.subscribe(Subscription("g", (INVENTORY,), ear))
    stored = [fact("s", 1, DRAWN, DRAWN), fact("s", 2, PRICED, DRAWN, HIDDEN)]
    await file.store("inventory").insert(stored)
    assert await bus.settle() == 3
    assert said(ear) == [("s", 1, 0), ("s", 1, 1), ("s", 2, 1)]
    first = ear.heard[0]
    assert (first.topic, first.key, first.headers["ce_type"]) == (INVENTORY, "s", DRAWN)
    assert first.headers["ce_id"] == decode(first.value).id


async def test_the_archive_can_rebuild_the_commits_from_what_it_hears(file: SqliteFile) -> None:
    bus, ear = EmbeddedBus(file, by_type), Ear()
    bus.subscribe(Subscription("archive", ("ftz.*",), ear))
    stored = [fact("s", 1, DRAWN, PRICED), fact("t", 1, PRICED)]
    await file.store("inventory").insert(stored)
    await bus.settle()
    parts = [decode(d.value) for d in ear.heard]
    assert [rebuilt(parts[:2]), rebuilt(parts[2:])] == stored


async def test_publishing_a_fact_adds_nothing_and_publishing_a_foreign_record_does(file: SqliteFile) -> None:
    bus, ear = EmbeddedBus(file, by_type), Ear()
    bus.subscribe(Subscription("g", (INVENTORY, "ftz.shipments.*"), ear))
    await file.store("inventory").insert([fact("s", 1, DRAWN)])
    await bus.publish(
        [
            Message(INVENTORY, "s", b"...", {"ce_id": "1", "ce_type": DRAWN}),
            Message(
                "ftz.shipments.shop.v1", "k", b"order", {"ce_id": "2", "ce_type": "ftz.platform.order.v1"}
            ),
        ]
    )
    assert await bus.settle() == 2
    assert ear.heard[1].value == b"order"


async def test_a_fact_with_two_ways_goes_both(file: SqliteFile) -> None:
    bus, home, orders, both = EmbeddedBus(file, by_type), Ear(), Ear(), Ear()
    bus.subscribe(Subscription("home", (INVENTORY,), home))
    bus.subscribe(Subscription("orders", (COMMANDS,), orders))
    bus.subscribe(Subscription("both", ("ftz.*",), both, batch_max=1))
    await file.store("inventory").insert([fact("s", 1, MOVED, DRAWN)])
    await bus.settle()
    assert said(home) == [("s", 1, 0), ("s", 1, 1)]
    assert [(d.key, decode(d.value).stream) for d in orders.heard] == [("order/9", "s")]
    assert [d.topic for d in both.heard] == [INVENTORY, COMMANDS, INVENTORY]
    assert len({d.offset for d in both.heard}) == 3


async def test_a_commit_larger_than_a_batch_is_heard_in_pieces(file: SqliteFile) -> None:
    bus, ear = EmbeddedBus(file, by_type), Ear()
    bus.subscribe(Subscription("g", (INVENTORY,), ear, batch_max=4))
    await file.store("inventory").insert([fact("s", 1, *[DRAWN] * 10), fact("s", 2, DRAWN)])
    await bus.settle()
    assert ear.batches == [4, 4, 3]
    assert said(ear) == [("s", 1, n) for n in range(10)] + [("s", 2, 0)]


async def test_groups_take_turns_so_that_topics_interleave(file: SqliteFile) -> None:
    bus, order = EmbeddedBus(file, by_type), list[str]()
    for name in ("a", "b"):

        async def note(_batch: Sequence[Delivery], name: str = name) -> None:
            order.append(name)

        bus.subscribe(Subscription(name, (INVENTORY,), note, batch_max=10))
    await file.store("inventory").insert([fact("s", v, DRAWN) for v in range(1, 31)])
    await bus.settle()
    assert order == ["a", "b"] * 3


async def test_a_topic_added_to_a_subscription_is_read_from_its_beginning(file: SqliteFile) -> None:
    await file.store("inventory").insert([fact("s", 1, DRAWN), fact("s", 2, PRICED), fact("s", 3, DRAWN)])
    before, ear = EmbeddedBus(file, by_type), Ear()
    before.subscribe(Subscription("g", (INVENTORY,), ear))
    await before.settle()
    after, more = EmbeddedBus(file, by_type), Ear()
    after.subscribe(Subscription("g", (INVENTORY, DUTY), more))
    await file.store("inventory").insert([fact("s", 4, DRAWN), fact("s", 5, PRICED)])
    await after.settle()
    assert said(more) == [("s", 2, 0), ("s", 4, 0), ("s", 5, 0)]


async def test_one_group_may_have_two_subscriptions_on_different_topics(file: SqliteFile) -> None:
    for versions in ((1, 2), (3, 4)):
        bus, one, two = EmbeddedBus(file, by_type), Ear(), Ear()
        bus.subscribe(Subscription("g", (INVENTORY,), one))
        bus.subscribe(Subscription("g", (DUTY,), two))
        await file.store("x").insert([fact("s", versions[0], DRAWN), fact("s", versions[1], PRICED)])
        await bus.settle()
        assert (said(one), said(two)) == ([("s", versions[0], 0)], [("s", versions[1], 0)])
        with pytest.raises(ValueError, match=r"group g reads ftz\.duty\.v1 twice"):
            bus.subscribe(Subscription("g", (DUTY,), one))


async def test_foreign_records_are_dropped_when_every_group_has_passed_them(file: SqliteFile) -> None:
    bus, slow = EmbeddedBus(file, by_type, retry_seconds=SOON), Ear()
    refusing = True

    async def refuse(_batch: Sequence[Delivery]) -> None:
        if refusing:
            raise ConnectionError("the store is away")

    slow.then = refuse
    bus.subscribe(Subscription("fast", ("ftz.shipments.*",), Ear()))
    bus.subscribe(Subscription("slow", ("ftz.shipments.*",), slow))
    bus.subscribe(Subscription("elsewhere", (DUTY,), Ear()))
    await bus.publish([message(n) for n in range(5)])
    with pytest.raises(ConnectionError):
        await bus.settle()
    assert await file.fetch("SELECT count(*) FROM inbox") == [(5,)]
    refusing = False
    await bus.settle()
    assert await file.fetch("SELECT count(*) FROM inbox") == [(0,)]
    await bus.publish([message("next")])
    await bus.settle()
    assert [d.offset for d in slow.heard] == [1, 2, 3, 4, 5, 6], "offsets are never used twice"


async def test_records_that_nobody_hears_are_kept(file: SqliteFile) -> None:
    bus = EmbeddedBus(file, by_type)
    bus.subscribe(Subscription("g", (DUTY,), Ear()))
    await bus.publish([message(1), message(2, topic="ftz.duty.quarantine.v1")])
    await bus.settle()
    assert await file.fetch("SELECT count(*) FROM inbox") == [(2,)]


async def test_lag_is_what_a_group_has_not_passed(file: SqliteFile) -> None:
    bus = EmbeddedBus(file, by_type)
    bus.subscribe(Subscription("g", (INVENTORY,), Ear()))
    await bus.start()
    await file.store("inventory").insert([fact("s", 1, PRICED), fact("s", 2, DRAWN)])
    await bus.publish([message(1)])
    assert bus.lag() == {"g": 3}
    await bus.settle()
    assert bus.lag() == {"g": 0}


async def test_settling_raises_what_a_handler_keeps_raising(file: SqliteFile) -> None:
    async def broken(_batch: Sequence[Delivery]) -> None:
        raise ZeroDivisionError("a bug")

    bus, ear = EmbeddedBus(file, by_type, retry_seconds=SOON), Ear()
    bus.subscribe(Subscription("broken", (INVENTORY,), broken))
    bus.subscribe(Subscription("well", (INVENTORY,), ear))
    await file.store("inventory").insert([fact("s", 1, DRAWN)])
    with pytest.raises(ZeroDivisionError, match="a bug"):
        await bus.settle()
    assert said(ear) == [("s", 1, 0)]


async def test_start_reads_reference_data_and_nothing_else(file: SqliteFile) -> None:
    bus, reference, ear = EmbeddedBus(file, by_type), Ear(), Ear()
    bus.subscribe(Subscription("g", (INVENTORY,), ear))
    bus.subscribe(Subscription(None, (DUTY,), reference, batch_max=2))
    await file.store("x").insert([fact("s", v, DRAWN, PRICED) for v in range(1, 8)])
    await bus.start()
    assert (len(reference.heard), len(ear.heard)) == (7, 0)


async def test_reference_data_is_found_again_without_reading_the_whole_journal(file: SqliteFile) -> None:
    looked_at: list[str] = []

    def route(envelope: Envelope) -> Sequence[tuple[str, str]]:
        looked_at.append(envelope.id)
        return by_type(envelope)

    store = file.store("x")
    types = {50: PRICED, 1500: PRICED, 2600: PRICED}
    await store.insert([fact("s", v, types.get(v, DRAWN)) for v in range(1, 3001)])
    for more in (0, 1):
        bus, ears = EmbeddedBus(file, route), [Ear(), Ear()]
        for ear in ears:
            bus.subscribe(Subscription(None, (DUTY,), ear, batch_max=2))
        looked_at.clear()
        await bus.start()
        assert len(looked_at) == (3000, 4)[more], "each once for both; the second time only those heard"
        await store.insert([fact("t", 1 + more, PRICED)])
        await bus.settle()
        for ear in ears:
            expected = [("s", 50, 0), ("s", 1500, 0), ("s", 2600, 0), ("t", 1, 0), ("t", 2, 0)]
            assert said(ear) == expected[: 4 + more]
        await bus.stop()


async def test_a_reader_far_behind_reads_from_the_file(file: SqliteFile) -> None:
    """More commits than are kept in memory, some stored before the bus was made."""
    store = file.store("inventory")
    await store.insert([fact("s", v, DRAWN) for v in range(1, 20_001)])
    bus, ear = EmbeddedBus(file, by_type), Ear()
    bus.subscribe(Subscription("g", (INVENTORY,), ear, batch_max=1000))
    await store.insert([fact("t", v, DRAWN) for v in range(1, 1001)])
    assert await bus.settle() == 21_000
    assert [d.offset for d in ear.heard] == sorted({d.offset for d in ear.heard})


class TestRun:
    async def test_the_pump_delivers_what_is_stored_while_it_runs_and_stops_in_order(
        self, file: SqliteFile
    ) -> None:
        bus, ear = EmbeddedBus(file, by_type), Ear()
        enough = asyncio.Event()

        async def count(batch: Sequence[Delivery]) -> None:
            if len(ear.heard) + len(batch) == 30:
                enough.set()

        ear.then = count
        bus.subscribe(Subscription("g", (INVENTORY, "ftz.shipments.*"), ear))
        running = asyncio.create_task(bus.run())
        for version in range(1, 21):
            await file.store("inventory").insert([fact("s", version, DRAWN)])
            await asyncio.sleep(0)
        await bus.publish([message(n) for n in range(10)])
        await enough.wait()
        await bus.stop()
        await running
        again, late = EmbeddedBus(file, by_type), Ear()
        again.subscribe(Subscription("g", (INVENTORY, "ftz.shipments.*"), late))
        assert await again.settle() == 0, "the cursors were kept"

    async def test_stop_waits_for_the_batch_in_hand(self, file: SqliteFile) -> None:
        bus, entered, may_go, done = EmbeddedBus(file, by_type), asyncio.Event(), asyncio.Event(), Ear()

        async def slow(_batch: Sequence[Delivery]) -> None:
            entered.set()
            await may_go.wait()

        done.then = slow
        bus.subscribe(Subscription("g", (INVENTORY,), done, batch_max=1))
        await file.store("inventory").insert([fact("s", 1, DRAWN), fact("s", 2, DRAWN)])
        running = asyncio.create_task(bus.run())
        await entered.wait()
        stopping = asyncio.create_task(bus.stop())
        await asyncio.sleep(0.01)
        assert not stopping.done()
        may_go.set()
        await asyncio.gather(stopping, running)
        assert said(done) == [("s", 1, 0)]

    async def test_a_failing_handler_is_tried_later_and_later_while_others_go_on(
        self, file: SqliteFile, caplog: pytest.LogCaptureFixture
    ) -> None:
        bus, well, recovered = EmbeddedBus(file, by_type), Ear(), asyncio.Event()
        tries: list[int] = []

        async def ill(batch: Sequence[Delivery]) -> None:
            tries.append(len(batch))
            if len(tries) < 4:
                raise ConnectionError("the store is away")
            recovered.set()

        bus.subscribe(Subscription("ill", (INVENTORY,), ill))
        bus.subscribe(Subscription("well", (INVENTORY,), well))
        running = asyncio.create_task(bus.run())
        for version in range(1, 11):
            await file.store("inventory").insert([fact("s", version, DRAWN)])
            await asyncio.sleep(0.005)
        await recovered.wait()
        await bus.stop()
        await running
        assert len(well.heard) == 10
        said = [record.getMessage() for record in caplog.records if "again in" in record.getMessage()]
        assert said == [f"ill failed; again in {wait} s" for wait in (0.1, 0.2, 0.4)]


SERVICES = ("inventory", "duty")
TYPES = (DRAWN, PRICED, MOVED, HIDDEN)
STEPS = st.one_of(
    st.tuples(
        st.just("commit"),
        st.lists(
            st.tuples(st.sampled_from(SERVICES), st.lists(st.sampled_from(TYPES), min_size=1, max_size=6))
        ),
    ),
    st.tuples(st.just("foreign"), st.integers(1, 5)),
    st.tuples(st.just("settle"), st.none()),
    st.tuples(st.just("restart"), st.none()),
    st.tuples(st.just("fail"), st.integers(0, 2)),
)
GROUPS = {"a": (INVENTORY,), "b": (DUTY, COMMANDS), "c": ("ftz.*",)}


class Reader:
    """A group whose handler fails on demand; what it heard before a failure is not counted."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.failing = False

    async def __call__(self, batch: Sequence[Delivery]) -> None:
        if self.failing:
            raise ConnectionError("the store is away")
        self.heard += [(d.topic, d.headers.get("ce_id", d.value.decode())) for d in batch]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, max_size=15), st.integers(1, 5))
def test_every_group_hears_its_topics_once_and_in_order_over_failures_and_restarts(
    steps: list[tuple[str, object]], batch_max: int
) -> None:
    async def play() -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = SqliteFile(Path(folder) / "ftz.db")
            await play_steps(file, steps, batch_max)
            await file.close()

    asyncio.run(play())


async def play_steps(file: SqliteFile, steps: list[tuple[str, object]], batch_max: int) -> None:
    readers, reference = {group: Reader() for group in GROUPS}, Reader()

    def opened() -> EmbeddedBus:
        bus = EmbeddedBus(file, by_type, retry_seconds=SOON)
        for group, topics in GROUPS.items():
            bus.subscribe(Subscription(group, topics, readers[group], batch_max=batch_max))
        reference.heard.clear()
        bus.subscribe(Subscription(None, (DUTY,), reference, batch_max=batch_max))
        return bus

    bus, count, foreign = opened(), 0, 0
    for name, given_ in steps:
        match name, given_:
            case "commit", list(commits):
                for service, types in commits:
                    count += 1
                    await file.store(service).insert([fact(f"s/{count}", 1, *types)])
            case "foreign", int(number):
                sent = [message(foreign + n) for n in range(number)]
                foreign += number
                await bus.publish(sent)
            case "fail", int(which):
                readers["abc"[which]].failing = True
            case "settle", _:
                with contextlib.suppress(ConnectionError):
                    await bus.settle()
            case _:
                bus = opened()
    for reader in readers.values():
        reader.failing = False
    bus = opened()
    await bus.settle()
    expected = await everything(file)
    for group, topics in GROUPS.items():
        facts = [f for f in expected if Subscription(group, topics, reserved).hears(f[0])]
        own = [heard for heard in readers[group].heard if not heard[0].startswith("ftz.shipments.")]
        assert own == facts, group
    assert reference.heard == [f for f in expected if f[0] == DUTY]
    theirs = [heard[1] for heard in readers["c"].heard if heard[0].startswith("ftz.shipments.")]
    assert theirs == [str(n) for n in range(foreign)]


async def everything(file: SqliteFile) -> list[tuple[str, str]]:
    """(topic, fact id) of the whole journal, by a reader of its own."""
    bus, ear = EmbeddedBus(file, by_type), Ear()
    bus.subscribe(Subscription(None, ("ftz.*",), ear))
    await bus.start()
    return [(d.topic, d.headers["ce_id"]) for d in ear.heard if not d.topic.startswith("ftz.shipments.")]
