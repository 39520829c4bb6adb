"""Consuming: poison is set aside with what follows it in its key, the rest flows, and people can redrive."""

from base64 import b64encode
from collections.abc import Sequence

import pytest

from ftz_common.bus.port import BusUnavailable, Delivery
from ftz_common.flow.aggregate import Waiting
from ftz_common.flow.clock import PlayedClock
from ftz_common.flow.consumer import Consumer, Failed, Fuse, FuseBlown
from ftz_common.flow.quarantine import DONE, FOLLOWS, Quarantine, Request, Verb, ask, parked_keys, resume
from ftz_common.store.memory import MemoryStore
from ftz_common.store.port import StoreUnavailable
from ftz_common.telemetry.metrics import Counters
from ftz_common.testing.simulator.bench import START, as_delivered


def record(key: str, number: int, text: str = "") -> Delivery:
    text = text or f"{key}{number}"
    return Delivery("ftz.toy.v1", 0, number, key, text.encode(), {"ce_id": f"id-{key}{number}"})


class Toy:
    """A consumer whose records fail by their text: unreadable, undoable, waiting, away."""

    def __init__(self, store: MemoryStore | None = None, failures_max: int = 20) -> None:
        self.store = store or MemoryStore()
        self.done: list[str] = []
        self.cured: set[str] = set()
        self.counters = Counters()
        self.consumer = Consumer(
            group="toy",
            read=self.read,
            do=self.do,
            quarantine=Quarantine(self.store, "toy"),
            clock=PlayedClock(START),
            fuse=Fuse(failures_max),
            counters=self.counters,
        )

    def read(self, delivery: Delivery) -> str | None:
        text = delivery.value.decode()
        if text in self.cured:
            return text
        match text.split("-")[0]:
            case "unreadable":
                raise ValueError("no sense")
            case "waiting":
                raise Waiting("revision R2")
            case "ignored":
                return None
            case _:
                return text

    async def do(self, jobs: list[tuple[Delivery, str]]) -> None:
        for index, (_, text) in enumerate(jobs):
            if text in self.cured:
                continue
            match text.split("-")[0]:
                case "undoable":
                    raise Failed(index, ZeroDivisionError("a bug"))
                case "away":
                    raise StoreUnavailable("not now")
                case _:
                    pass
        for _, text in jobs:
            if text not in self.done:  # as causes make it
                self.done.append(text)

    async def parked(self) -> dict[str, list[str]]:
        keys = await parked_keys(self.store)
        return {k.split("/")[-1]: [p.delivery().value.decode() for p in ps] for k, ps in keys.items()}

    async def asked(self, verb: Verb, key: str, value: str = "") -> int:
        body = b64encode(value.encode()).decode() if value else ""
        request = Request(verb=verb, who="p-7", why="repaired", at="2026-03-02T12:00:00Z", value=body)
        await ask(self.store, f"toy/ftz.toy.v1/{key}", request)
        return await self.consumer.carry_out_requests()


A1, A2, A3 = (record("a", n) for n in (1, 2, 3))
B1, B2 = record("b", 11), record("b", 12)


class TestParking:
    @pytest.mark.parametrize("how", ["unreadable", "undoable"])
    async def test_poison_is_parked_with_what_follows_in_its_key_and_the_rest_flows(self, how: str):
        toy = Toy()
        await toy.consumer.handle([A1, record("a", 2, how), A3, B1])
        assert toy.done == ["a1", "b11"]
        assert await toy.parked() == {"a": [how, "a3"]}

    async def test_what_comes_later_queues_behind_it(self):
        toy = Toy()
        await toy.consumer.handle([record("a", 1, "undoable")])
        await toy.consumer.handle([A2, B1])
        await toy.consumer.handle([A3])
        assert toy.done == ["b11"]
        assert await toy.parked() == {"a": ["undoable", "a2", "a3"]}

    async def test_two_poisons_in_one_batch(self):
        toy = Toy()
        await toy.consumer.handle([record("a", 1, "undoable"), A2, record("b", 11, "undoable-2"), B2])
        assert toy.done == []
        assert await toy.parked() == {"a": ["undoable", "a2"], "b": ["undoable-2", "b12"]}

    async def test_a_poison_read_behind_one_that_fails_only_follows_it(self):
        toy = Toy()
        await toy.consumer.handle([record("a", 1, "undoable"), record("a", 2, "unreadable"), A3])
        keys = await parked_keys(toy.store)
        (parked,) = keys.values()
        assert [p.reason for p in parked] == ["ZeroDivisionError: a bug", FOLLOWS, FOLLOWS]

    async def test_a_rebalance_keeps_what_is_parked(self):
        toy = Toy()
        await toy.consumer.handle([record("a", 1, "undoable")])
        other = Toy(toy.store)
        await other.consumer.assigned()
        await other.consumer.handle([A2])
        assert other.done == []
        assert await other.parked() == {"a": ["undoable", "a2"]}

    async def test_a_batch_that_comes_again_parks_nothing_twice(self):
        toy = Toy()
        batch = [record("a", 1, "undoable"), A2]
        await toy.consumer.handle(batch)
        await toy.consumer.assigned()
        await toy.consumer.handle(batch)
        assert await toy.parked() == {"a": ["undoable", "a2"]}

    async def test_what_is_not_for_this_consumer_is_passed(self):
        toy = Toy()
        await toy.consumer.handle([record("a", 1, "ignored"), A2])
        assert toy.done == ["a2"]

    @pytest.mark.parametrize(("how", "error"), [("waiting", Waiting), ("away", StoreUnavailable)])
    async def test_trouble_that_passes_parks_nothing(self, how: str, error: type[Exception]):
        toy = Toy()
        with pytest.raises(error):
            await toy.consumer.handle([A1, record("a", 2, how), A3])
        assert await toy.parked() == {}
        toy.cured.add(how)
        await toy.consumer.handle([A1, record("a", 2, how), A3])
        assert toy.done == ["a1", how, "a3"]


class TestVerbs:
    @pytest.fixture
    async def toy(self) -> Toy:
        toy = Toy()
        await toy.consumer.handle([record("a", 1, "undoable"), A2, A3, B1])
        return toy

    async def test_redrive_does_the_key_in_order_and_frees_it(self, toy: Toy):
        toy.cured.add("undoable")
        assert await toy.asked("redrive", "a") == 3
        assert toy.done == ["b11", "undoable", "a2", "a3"]
        assert await toy.parked() == {}
        await toy.consumer.handle([record("a", 4)])
        assert toy.done[-1] == "a4"

    async def test_redrive_of_what_still_fails_keeps_everything_and_says_why(self, toy: Toy):
        assert await toy.asked("redrive", "a") == 0
        assert await toy.parked() == {"a": ["undoable", "a2", "a3"]}
        assert await toy.consumer.quarantine.requests() == []

    async def test_skip_drops_the_poison_and_its_copies_and_does_the_others(self):
        toy = Toy()
        poison = record("a", 1, "undoable")
        await toy.consumer.handle([poison, A2, as_delivered(poison, offset=3)])
        assert await toy.asked("skip", "a") == 3
        assert toy.done == ["a2"]
        assert await toy.parked() == {}

    async def test_replace_gives_the_poison_another_body(self, toy: Toy):
        assert await toy.asked("replace", "a", "mended") == 3
        assert toy.done == ["b11", "mended", "a2", "a3"]

    async def test_a_skip_that_was_cut_short_skips_nothing_else(self, toy: Toy):
        request = Request(verb="skip", who="p-7", why="broken", at="2026-03-02T12:00:00Z")
        await ask(toy.store, "toy/ftz.toy.v1/a", request)

        async def cut(point: str) -> None:
            if point == "delete.after":
                raise StoreUnavailable("cut")

        toy.store._on_pause = cut
        with pytest.raises(StoreUnavailable):
            await toy.consumer.carry_out_requests()
        toy.store._on_pause = None
        assert await toy.consumer.carry_out_requests() == 2
        assert toy.done == ["b11", "a2", "a3"]

    async def test_a_second_poison_in_the_key_stays_with_its_own_reason(self):
        toy = Toy()
        await toy.consumer.handle([record("a", 1, "undoable"), record("a", 2, "undoable-too"), A3])
        toy.cured.add("undoable")
        assert await toy.asked("redrive", "a") == 1
        (parked,) = (await parked_keys(toy.store)).values()
        assert [p.reason for p in parked] == ["ZeroDivisionError: a bug", FOLLOWS]
        assert await toy.consumer.carry_out_requests() == 0

    async def test_who_asked_and_why_is_kept(self, toy: Toy):
        await toy.asked("skip", "a")
        (row,) = await toy.store.scan(DONE)
        assert b'"who":"p-7"' in row.body
        assert b'"why":"repaired"' in row.body

    async def test_a_follower_parked_while_its_key_was_released_goes_on_by_itself(self, toy: Toy):
        other = Toy(toy.store)
        other.cured.add("undoable")
        assert await other.asked("redrive", "a") == 3
        await toy.consumer.handle([record("a", 4)])  # still thinks that the key is parked
        assert await toy.parked() == {"a": ["a4"]}
        assert await toy.consumer.carry_out_requests() == 1
        assert toy.done[-1] == "a4"
        await toy.consumer.handle([record("a", 5)])
        assert toy.done[-1] == "a5"

    async def test_a_request_waits_for_trouble_that_passes(self, toy: Toy):
        toy.cured.add("undoable")
        failing, do = True, toy.do

        async def away(jobs: list[tuple[Delivery, str]]) -> None:
            if failing:
                raise BusUnavailable("away")
            await do(jobs)

        toy.consumer._do = away
        with pytest.raises(BusUnavailable):
            await toy.asked("redrive", "a")
        failing = False
        assert await toy.consumer.carry_out_requests() == 3


class TestFuse:
    def poison(self, numbers: Sequence[int]) -> list[Delivery]:
        return [record(f"k{n}", n, f"undoable-{n}") for n in numbers]

    async def test_it_blows_after_so_many_failures_in_a_row_and_parks_no_more(self):
        toy = Toy(failures_max=3)
        with pytest.raises(FuseBlown):
            await toy.consumer.handle(self.poison(range(10)))
        assert len(await toy.parked()) == 3
        with pytest.raises(FuseBlown, match="repair, then resume"):
            await toy.consumer.handle([A1])
        assert toy.done == []

    async def test_it_counts_over_batches(self):
        toy = Toy(failures_max=3)
        await toy.consumer.handle(self.poison([1]))
        await toy.consumer.handle(self.poison([2]))
        with pytest.raises(FuseBlown):
            await toy.consumer.handle(self.poison([3]))

    @pytest.mark.parametrize("how", ["undoable", "unreadable"])
    async def test_what_works_in_between_resets_it(self, how: str):
        toy = Toy(failures_max=2)
        batch = [d for n in range(6) for d in (record(f"k{n}", n, f"{how}-{n}"), record("good", 100 + n))]
        await toy.consumer.handle(batch)
        assert len(toy.done) == 6
        assert len(await toy.parked()) == 6

    async def test_after_resuming_the_batch_comes_again_and_goes_on(self):
        toy = Toy(failures_max=2)
        batch = self.poison(range(3))
        with pytest.raises(FuseBlown):
            await toy.consumer.handle(batch)
        toy.consumer.fuse.resume()
        toy.cured.add("undoable-2")
        await toy.consumer.handle(batch)
        assert toy.done == ["undoable-2"]
        assert len(await toy.parked()) == 2

    async def test_a_person_resumes_it_in_every_process_of_the_group(self):
        store = MemoryStore()
        processes = [Toy(store, failures_max=3), Toy(store, failures_max=3), Toy(store, failures_max=3)]
        blown = processes[:2]
        for number, toy in enumerate(blown):
            with pytest.raises(FuseBlown):
                await toy.consumer.handle(self.poison(range(10 * number, 10 * number + 3)))
            await toy.consumer.carry_out_requests()
            assert toy.consumer.fuse.blown
        await resume(store, "toy", "p-7", "deployed again", "2026-03-02T12:00:00Z")
        for toy in processes:
            await toy.consumer.carry_out_requests()
            assert not toy.consumer.fuse.blown
        (row,) = await store.scan(DONE)
        assert b'"who":"p-7"' in row.body
        assert b'"why":"deployed again"' in row.body

    async def test_what_was_resumed_before_it_blew_again_counts_no_more(self):
        toy = Toy(failures_max=3)
        await resume(toy.store, "toy", "p-7", "deployed again", "2026-03-02T12:00:00Z")
        await toy.consumer.carry_out_requests()
        with pytest.raises(FuseBlown):
            await toy.consumer.handle(self.poison(range(3)))
        await toy.consumer.carry_out_requests()
        assert toy.consumer.fuse.blown
