"""A service on the memory bus: facts of its own that are damaged, deadlines, routers, snapshots, series."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from ftz_common.blobs.memory import MemoryBlobs
from ftz_common.bus.port import Delivery, Message
from ftz_common.contracts import table
from ftz_common.contracts.admissions import AdmissionAuthorized, AdmissionConcurred, GoodsAdmitted
from ftz_common.contracts.common import DeadlineSet, NumberAssigned
from ftz_common.flow import snapshots
from ftz_common.flow.aggregate import Aggregate, Arms, To
from ftz_common.flow.intake import intake_topic
from ftz_common.flow.journal import Journal
from ftz_common.flow.quarantine import parked_keys
from ftz_common.flow.service import Ports, Service
from ftz_common.flow.snapshots import Snapshots
from ftz_common.flow.writer import DUE
from ftz_common.store.port import StoreRow
from ftz_common.testing.simulator.bench import START, Bench, as_delivered, changed_fact, event, work
from ftz_common.testing.simulator.toy import ALL, DOCK, ONE, SERIES_STREAM, WATCH, dock_stream

AUTHORIZED = AdmissionAuthorized(attempt=1, authorized_at="2026-03-02T12:00:00Z")


async def settled(bench: Bench, *events: bytes) -> tuple[Service, Service]:
    """Docks and watchers that heard of these events and everything that follows from them."""
    docks, watchers = bench.docks(), bench.watchers()
    docks.subscribe()
    watchers.subscribe()
    await bench.bus.publish([Message(intake_topic("shop"), "acme", e) for e in events])
    await bench.bus.settle()
    return docks, watchers


class TestFlow:
    async def test_an_event_goes_all_the_way(self, bench: Bench):
        docks, watchers = await settled(bench, event("s1"), event("s2"), event("s3"))
        numbers = [
            (await docks.journal.state(DOCK, dock_stream("shop", s)))[1].number for s in ("s1", "s2", "s3")
        ]
        assert sorted(numbers) == [1, 2, 3]
        assert (await watchers.journal.state(WATCH, ALL))[1].count == 3

    async def test_the_series_gives_the_same_number_for_the_same_purpose(self, bench: Bench):
        docks, _ = await settled(bench, event("s1"))
        again = bench.published(NumberAssigned)[0]
        asked = next(d for d in bench.published() if d.headers["ce_type"].endswith("number.requested.v1"))
        fact = changed_fact(asked, lambda data: None)
        body = msgspec.json.decode(fact.value) | {"id": "another-cause"}
        await docks.consumers["admissions"].handle([as_delivered(fact, value=msgspec.json.encode(body))])
        answers = bench.published(NumberAssigned)
        assert len(answers) == 2
        assert {msgspec.json.decode(a.value)["data"]["number"] for a in (again, *answers)} == {1}
        assert (await docks.journal.state(docks.kinds["series"], SERIES_STREAM))[1].last == 1

    async def test_an_account_that_an_arm_names_stands_in_the_commit(self, bench: Bench):
        arms = Arms({AdmissionAuthorized: lambda f, e: [To(ONE, "one/a", f, account="other", zone="111")]})
        await settled(bench, event("s1"))
        heard = bench.published(AdmissionAuthorized)
        service = Service("alerts", Ports(bench.store, bench.bus, MemoryBlobs(), bench.clock), (ONE,), arms)
        await service.consumers.setdefault(
            "again", service._consumer("again", service._read_fact, service.consumers["alerts.deadlines"]._do)
        ).handle(heard)
        (commit,) = [c for c in await bench.commits() if c.stream == "one/a"]
        assert b'"account":"other"' in commit.body
        assert b'"zone":"111"' in commit.body


def cut(d: Delivery) -> Delivery:
    return as_delivered(d, value=d.value[:-40])


def other_type(d: Delivery) -> Delivery:
    unknown = "ftz.admissions.admission.teleported.v9"
    return as_delivered(d, value=d.value, headers={**d.headers, "ce_type": unknown})


def too_large(d: Delivery) -> Delivery:
    return as_delivered(d, value=b" " * 256_001 + d.value)


def foreign(d: Delivery) -> Delivery:
    return as_delivered(d, value=b"{}", headers={"ce_type": "ftz.platform.order.allocated.v1"})


def bare(d: Delivery) -> Delivery:
    return as_delivered(d, value=b'{"order": 7}', headers={})


class TestDamagedFacts:
    @pytest.mark.parametrize(
        ("damage", "reason"),
        [
            (cut, "DecodeError"),
            (other_type, "a newer build wrote it; deploy this consumer, then redrive"),
            (too_large, "a fact has at most 256,000"),
            (foreign, "is ours alone: see who may write there"),
            (bare, "neither a type in the headers nor an envelope of ours"),
        ],
    )
    async def test_a_fact_that_cannot_be_read_parks_its_key_alone(
        self, bench: Bench, damage: Callable[[Delivery], Delivery], reason: str
    ):
        await settled(bench, event("s1"), event("s2"))
        first, second = bench.published(AdmissionAuthorized)
        fresh = Bench()
        watchers = fresh.watchers()
        watchers.subscribe()
        await watchers.consumers["alerts"].handle([damage(first), second])
        ((parked,),) = (await parked_keys(fresh.store)).values()
        assert parked.key == first.key
        assert reason in parked.reason
        assert (await watchers.journal.state(WATCH, ALL))[1].count == 1

    async def test_a_fact_without_headers_says_in_its_body_what_it_is(self, bench: Bench):
        await settled(bench, event("s1"))
        (heard,) = bench.published(AdmissionAuthorized)
        fresh = Bench()
        watchers = fresh.watchers()
        watchers.subscribe()
        await watchers.consumers["alerts"].handle([as_delivered(heard, value=heard.value, headers={})])
        assert (await watchers.journal.state(WATCH, ALL))[1].count == 1

    async def test_a_fact_that_comes_again_with_other_content_is_set_aside(self, bench: Bench):
        _, watchers = await settled(bench, event("s1"))
        (heard,) = bench.published(AdmissionAuthorized)
        lie = changed_fact(heard, lambda data: data.update(attempt=7))
        await watchers.consumers["alerts"].handle([as_delivered(lie, offset=99)])
        (parked,) = (await parked_keys(bench.store)).values()
        assert parked[0].reason.startswith("SameIdOtherBody: ")
        assert (await watchers.journal.state(WATCH, ALL))[1].count == 1

    async def test_a_projection_parks_what_it_cannot_take_and_goes_on(self, bench: Bench):
        await settled(bench, event("s1"), event("s2"))
        facts = bench.published(AdmissionAuthorized)
        taken: list[str] = []

        class Views:
            topics = ("ftz.admissions.v1",)

            async def take(self, deliveries: list[Any]) -> None:
                for envelope, _ in deliveries:
                    if bytes(envelope.data) == b"0":
                        raise ZeroDivisionError
                for envelope, _ in deliveries:
                    if envelope.stream not in taken:
                        taken.append(envelope.stream)

        ports = Ports(bench.store, bench.bus, MemoryBlobs(), bench.clock)
        service = Service("reporting", ports, (), Arms(), projection=Views())
        service.subscribe()
        broken = msgspec.json.decode(facts[0].value) | {"data": 0}
        batch = [
            cut(as_delivered(facts[0], key="k0")),
            as_delivered(facts[0], value=msgspec.json.encode(broken)),
        ]
        await service.consumers["reporting.views"].handle([*batch, facts[1]])
        assert taken == [facts[1].key]
        assert {p[0].key for p in (await parked_keys(bench.store)).values()} == {"k0", facts[0].key}

    async def test_a_router_sends_on_what_it_cannot_read_under_its_own_key(self, bench: Bench):
        ports = Ports(bench.store, bench.bus, MemoryBlobs(), bench.clock)
        service = Service("inventory", ports, (), Arms())
        (reroute,) = table.REROUTES
        headers = {"ce_type": reroute.type, "ce_id": "x"}
        await service._router(reroute)([Delivery("ftz.admissions.v1", 0, 0, "admission/a", b"{", headers)])
        ((sent,),) = [bench.bus.log(p) for p in bench.bus.partitions() if bench.bus.end(p)]
        assert (sent.topic, sent.key, sent.value) == ("ftz.inventory.commands.v1", "admission/a", b"{")
        assert table.BY_TYPE[reroute.type].fact is GoodsAdmitted


class TestDeadlines:
    async def test_a_deadline_fires_once_and_not_before_its_instant(self, bench: Bench):
        docks, _ = await settled(bench, event("s1"))
        due = START + timedelta(days=2)
        assert await docks.next_due() == due
        bench.clock.move_to(due - timedelta(microseconds=1))
        assert await docks.fire_due() == 0
        bench.clock.move_to(due)
        assert await docks.fire_due() == 1
        assert await docks.fire_due() == 0
        assert len(bench.published(AdmissionConcurred)) == 1

    async def test_two_processes_fire_it_once(self, bench: Bench):
        docks, _ = await settled(bench, event("s1"))
        rows = await bench.store.scan(DUE)
        bench.clock.move_to(START + timedelta(days=2))
        await docks.fire_due()
        await bench.store.put(DUE, rows)  # the other process read them before they were deleted
        assert await bench.docks().fire_due() == 1
        assert len({d.headers["ce_id"] for d in bench.published(AdmissionConcurred)}) == 1

    async def test_one_that_fails_is_set_aside_and_the_others_fire(self, bench: Bench):
        docks, _ = await settled(bench, event("s1"), event("s2"))
        rows = await bench.store.scan(DUE)
        body = msgspec.json.decode(rows[0].body)
        broken = msgspec.json.encode(body | {"stream": "nobody/knows"})
        await bench.store.put(DUE, [StoreRow(rows[0].key, broken)])
        bench.clock.move_to(START + timedelta(days=2))
        assert await docks.tick() == 2
        assert await docks.next_due() is None
        assert len(bench.published(AdmissionConcurred)) == 1
        assert list(await parked_keys(bench.store)) == ["admissions.deadlines/due/nobody%2Fknows"]

    async def test_a_blown_fuse_of_deadlines_leaves_them_due_and_the_tick_whole(self, bench: Bench):
        docks, _ = await settled(bench, event("s1"))
        bench.clock.move_to(START + timedelta(days=2))
        docks.consumers["admissions.deadlines"].fuse.blown = True
        assert await docks.tick() == 0
        assert await docks.next_due() is not None
        docks.consumers["admissions.deadlines"].fuse.resume()
        assert await docks.tick() == 1

    async def test_only_deadline_facts_are_due(self, bench: Bench):
        await settled(bench, event("s1"))
        assert len(bench.published(DeadlineSet)) == len(await bench.store.scan(DUE)) == 1


class TestCommands:
    async def test_a_command_repeated_gives_the_first_answer(self, bench: Bench):
        watchers = bench.watchers()
        for key, digest in (("k1", "d1"), ("k1", "d1"), ("k2", "d1"), ("k1", "d2")):
            result = await watchers.command(
                WATCH, ALL, AUTHORIZED, principal="p-1", idempotency_key=key, body_digest=digest
            )
            if digest == "d2":
                assert type(result).__name__ == "Contradicted"
        assert (await watchers.journal.state(WATCH, ALL))[1].count == 2


class TestMemory:
    async def test_states_beyond_the_memory_given_are_read_again(self, bench: Bench):
        """Three states of 0.6 MB where one may be held: each is read when it is used, and none is wrong."""
        heavy = replace(ONE, weight=lambda _state: 600_000)
        like = bench.watchers()
        journal = Journal(
            service=like.name, store=bench.store, bus=bench.bus, clock=bench.clock, states_mb_max=1
        )
        streams = [f"{ONE.kind}/{name}" for name in "abc"]
        for turn in range(3):
            for stream in streams:
                await journal.execute([work(heavy, stream, AUTHORIZED, f"{stream} {turn}")])
                assert list(journal._live) == [stream]
        found = await journal.states(dict.fromkeys(streams, heavy))
        assert [version for version, _ in found.values()] == [3, 3, 3]
        assert len(journal._live) == 3  # what is asked at once is held at once
        await journal.execute([work(heavy, streams[0], AUTHORIZED, "later")])
        assert list(journal._live) == [streams[0]]


class TestSnapshots:
    @pytest.fixture
    async def counted(self, bench: Bench) -> Bench:
        await bench.watchers().journal.execute([work(WATCH, ALL, AUTHORIZED, f"c{n}") for n in range(30)])
        await Snapshots(bench.store).make(ALL, WATCH)
        await bench.watchers().journal.execute([work(WATCH, ALL, AUTHORIZED, "later")])
        return bench

    async def test_a_snapshot_saves_the_folding_of_what_it_holds(self, counted: Bench):
        asked: list[dict[str, int]] = []
        read = counted.store.read

        async def watched(after: Any) -> Any:
            asked.append(dict(after))
            return await read(after)

        counted.store.read = watched  # pyright: ignore[reportAttributeAccessIssue]
        assert (await counted.watchers().journal.state(WATCH, ALL))[1].count == 31
        assert asked[0] == {ALL: 30}

    def damaged(self, body: bytes) -> list[bytes]:
        snapshot = msgspec.json.decode(body)
        return [
            b"",
            b"{}",
            body[:-20],
            *(
                msgspec.json.encode(snapshot | changed)
                for changed in (
                    {"version": 29},
                    {"hash": "0" * 64},
                    {"state": snapshot["state"][:-4]},
                    {"state_digest": "of an older build"},
                )
            ),
        ]

    async def test_deleted_or_damaged_snapshots_change_nothing(self, counted: Bench):
        (row,) = await counted.store.scan(snapshots.TABLE)
        for body in self.damaged(row.body):
            await counted.store.put(snapshots.TABLE, [StoreRow(ALL, body)])
            assert (await counted.watchers().journal.state(WATCH, ALL))[1].count == 31
        await counted.store.delete(snapshots.TABLE, [ALL])
        assert (await counted.watchers().journal.state(WATCH, ALL))[1].count == 31

    async def test_a_large_state_lies_in_parts_and_without_one_of_them_it_is_folded(self, counted: Bench):
        again = Snapshots(counted.store)
        again.part_bytes = 3
        await again.make(ALL, WATCH)
        parts = await counted.store.scan(snapshots.PARTS)
        assert len(parts) == 3
        read = await again.read({ALL: WATCH})
        assert (read[ALL].version, read[ALL].state.count) == (31, 31)
        for body in (b"", parts[0].body, parts[1].body[:-1]):
            await counted.store.put(snapshots.PARTS, [StoreRow(parts[1].key, body)])
            assert await again.read({ALL: WATCH}) == {}
            assert (await counted.watchers().journal.state(WATCH, ALL))[1].count == 31
        await counted.store.delete(snapshots.PARTS, [parts[1].key])
        assert await again.read({ALL: WATCH}) == {}

    async def test_the_parts_of_an_older_snapshot_are_let_go(self, counted: Bench):
        again = Snapshots(counted.store)
        again.part_bytes = 3
        await again.make(ALL, WATCH)
        before = {row.key for row in await counted.store.scan(snapshots.PARTS)}
        await counted.watchers().journal.execute([work(WATCH, ALL, AUTHORIZED, "latest")])
        await again.make(ALL, WATCH)
        (head,) = await counted.store.scan(snapshots.TABLE)
        parts = {row.key for row in await counted.store.scan(snapshots.PARTS)}
        assert parts == set(msgspec.json.decode(head.body)["parts"])
        assert before - parts

    async def test_a_stream_is_folded_apart_from_those_whose_names_begin_like_it(self, counted: Bench):
        await counted.watchers().journal.execute([work(WATCH, f"{ALL}-2", AUTHORIZED, "other")])
        await counted.watchers().journal.execute([work(WATCH, f"{ALL}0", AUTHORIZED, "another")])
        live = await snapshots.folded(counted.store, WATCH, ALL)
        assert (live.version, live.state.count) == (31, 31)

    async def test_states_keyed_by_numbers_have_snapshots_too(self, bench: Bench):
        @dataclass
        class Lines:
            by_number: dict[int, str]

        def evolve(state: Lines, fact: Any) -> Lines:
            state.by_number[len(state.by_number) + 1] = type(fact).__name__
            return state

        lines = Aggregate("one", Lines, lambda _p: Lines({}), ONE.decide, evolve)
        await bench.watchers().journal.execute([work(lines, "one/a", AUTHORIZED, f"c{n}") for n in range(3)])
        await Snapshots(bench.store).make("one/a", lines)
        bench.store._streams.clear()  # only the snapshot is left
        state = (await bench.watchers().journal.state(lines, "one/a"))[1]
        assert state.by_number == {1: "RiskNoted", 2: "RiskNoted", 3: "RiskNoted"}

    async def test_long_streams_get_one(self, bench: Bench, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(snapshots, "COMMITS_FOLDED_MAX", 5)
        await bench.watchers().journal.execute([work(WATCH, ALL, AUTHORIZED, f"c{n}") for n in range(6)])
        watchers = bench.watchers()
        await watchers.journal.state(WATCH, ALL)
        assert await watchers.journal.snapshots.make_wanted() == 1
        assert len(await bench.store.scan(snapshots.TABLE)) == 1
