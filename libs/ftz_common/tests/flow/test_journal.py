"""The journal: a cause becomes one commit, and every commit becomes known, whatever fails when."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from ftz_common.bus.port import BusUnavailable
from ftz_common.contracts.admissions import AdmissionAuthorized
from ftz_common.contracts.alerts import AlertRestated, RiskNoted
from ftz_common.contracts.commit import unseal, verify_chain
from ftz_common.contracts.common import Noted, NumberRequested, NumberTaken
from ftz_common.flow import journal as journal_module
from ftz_common.flow.aggregate import Aggregate, Contradicted, Done, Repeated
from ftz_common.flow.journal import Overtaken, TooLarge, WorkFailed
from ftz_common.flow.series import SERIES
from ftz_common.flow.writer import MARKS, Mark
from ftz_common.store.port import StoreUnavailable
from ftz_common.testing.simulator.bench import START, Bench, work
from ftz_common.testing.simulator.toy import ALL, ONE, SERIES_STREAM, WATCH

AUTHORIZED = AdmissionAuthorized(attempt=1, authorized_at="2026-03-02T12:00:00Z")


def asks(cause: str, purpose: str = "", digest: str = "d"):
    wanted = NumberRequested(to=SERIES_STREAM, reply_to="one/x", purpose=purpose or cause)
    return work(SERIES, SERIES_STREAM, wanted, cause, digest)


def counts(cause: str):
    return work(WATCH, ALL, AUTHORIZED, cause)


async def mark_of(bench: Bench, writer: str) -> Mark:
    return msgspec.json.decode((await bench.store.get(MARKS, [writer]))[writer], type=Mark)


class TestCauses:
    async def test_a_new_cause_is_decided_stored_and_published(self, bench: Bench):
        (done,) = await bench.docks().journal.execute([asks("c1")])
        assert isinstance(done, Done)
        assert (done.version, len(done.facts)) == (1, 2)
        assert len(await bench.commits()) == 1
        assert len(bench.published(NumberTaken)) == 1

    async def test_a_repeated_cause_gives_the_first_answer_and_writes_nothing(self, bench: Bench):
        journal = bench.docks().journal
        (first,) = await journal.execute([asks("c1")])
        (again,) = await journal.execute([asks("c1")])
        (elsewhere,) = await bench.docks().journal.execute([asks("c1")])
        assert again == elsewhere == Repeated(first.stream, 1, first.facts)
        assert len(await bench.commits()) == 1

    async def test_the_same_cause_with_another_digest_is_contradicted(self, bench: Bench):
        journal = bench.docks().journal
        await journal.execute([asks("c1")])
        (result,) = await journal.execute([asks("c1", digest="other")])
        assert result == Contradicted(SERIES_STREAM, 1, "c1")
        assert len(await bench.commits()) == 1

    async def test_a_cause_twice_in_one_batch_is_decided_once(self, bench: Bench):
        results = await bench.docks().journal.execute(
            [asks("c1"), asks("c2"), asks("c1"), asks("c1", digest="x")]
        )
        assert [type(r) for r in results] == [Done, Done, Repeated, Contradicted]
        assert [c.cause for c in await bench.commits()] == ["c1", "c2"]

    async def test_the_same_cause_may_act_on_two_streams(self, bench: Bench):
        journal = bench.watchers().journal
        results = await journal.execute([counts("c1"), work(ONE, "one/a", AUTHORIZED, "c1")])
        assert [type(r) for r in results] == [Done, Done]

    async def test_a_shared_scope_makes_a_cause_unique_over_streams(self, bench: Bench):
        journal = bench.watchers().journal
        first, second = counts("c1"), work(ONE, "one/a", AUTHORIZED, "c1", "other")
        first.scope = second.scope = "alerts:foreign"
        results = await journal.execute([first, second])
        assert results[1] == Contradicted(ALL, 1, "c1")

    async def test_nothing_to_do_leaves_a_note(self, bench: Bench):
        idle = Aggregate("one", ONE.state, ONE.start, lambda _s, _c, _a: [], lambda s, _f: s)
        (done,) = await bench.watchers().journal.execute([work(idle, "one/a", None, "c1")])
        assert done.facts == (Noted(why="nothing to do"),)

    async def test_every_fact_of_a_decision_is_folded_as_a_reload_folds_it(self, bench: Bench):
        seen: list[str] = []

        def evolve(state: object, fact: object) -> object:
            seen.append(type(fact).__name__)
            return state

        idle = Aggregate("one", ONE.state, ONE.start, lambda _s, _c, _a: [], evolve)
        await bench.watchers().journal.execute([work(idle, "one/a", None, "c1")])
        live, seen[:] = list(seen), []
        await bench.watchers().journal.state(idle, "one/a")
        assert seen == live == ["Noted"]


class TestRaces:
    async def test_an_insert_refused_on_version_is_decided_again_on_the_reloaded_state(self, bench: Bench):
        first, second = bench.watchers().journal, bench.watchers().journal
        await first.execute([counts("c1")])
        await second.execute([counts("c2")])  # first still holds version 1
        (done,) = await first.execute([counts("c3")])
        assert done.version == 3
        assert done.facts[0].quantity == 3
        assert verify_chain(await bench.commits()) == []

    async def test_what_follows_a_refused_insert_in_the_batch_is_decided_again(self, bench: Bench):
        first, second = bench.watchers().journal, bench.watchers().journal
        await first.execute([counts("c1")])
        await second.execute([counts("c2")])
        results = await first.execute([work(ONE, "one/a", AUTHORIZED, "a"), counts("c3"), counts("c4")])
        assert [r.version for r in results] == [1, 3, 4]
        assert len({d.headers["ce_id"] for d in bench.published(AlertRestated)}) == 4
        assert len(bench.published(RiskNoted)) == 1

    async def test_a_refused_insert_burns_its_numbers(self, bench: Bench):
        first, second = bench.watchers().journal, bench.watchers().journal
        await first.execute([counts("c1")])
        await second.execute([counts("c2")])
        await first.execute([counts("c3")])
        await first.flush()
        mark = await mark_of(bench, first.writer.name)
        assert (mark.through, mark.burnt) == (3, [2])

    async def test_a_cause_that_another_process_took_meanwhile_is_a_redelivery(self, bench: Bench):
        first, second = bench.watchers().journal, bench.watchers().journal
        await first.execute([counts("c1")])
        await second.execute([counts("c1"), counts("c2")])
        results = await first.execute([counts("c2"), counts("c3")])
        assert [type(r) for r in results] == [Repeated, Done]

    async def test_a_batch_that_is_always_overtaken_goes_back(self, bench: Bench):
        first, second = bench.watchers().journal, bench.watchers().journal
        await first.execute([counts("c")])
        number = 0

        async def overtake(point: str) -> None:
            nonlocal number
            if point == "insert.before" and not second._lock.locked():
                number += 1
                await second.execute([counts(f"o{number}")])

        bench.store._on_pause = overtake
        with pytest.raises(Overtaken):
            await first.execute([counts("late")])
        bench.store._on_pause = None
        assert (await first.execute([counts("late")]))[0].version == number + 2

    async def test_works_of_one_process_queue_up(self, bench: Bench):
        journal = bench.watchers().journal

        async def slow(_point: str) -> None:
            await asyncio.sleep(0)

        bench.store._on_pause = slow
        await asyncio.gather(*(journal.execute([counts(f"c{i}")]) for i in range(5)))
        assert [unseal(c).version for c in await bench.commits()] == [1, 2, 3, 4, 5]
        assert not any(c.writer != journal.writer.name for c in await bench.commits())

    async def test_a_spare_process_reads_what_the_owner_wrote_since(self, bench: Bench):
        owner, spare = bench.watchers().journal, bench.watchers().journal
        await owner.execute([counts("c1")])
        assert (await spare.state(WATCH, ALL))[1].count == 1
        await owner.execute([counts("c2")])
        assert (await spare.state(WATCH, ALL))[1].count == 2


class TestFailures:
    async def test_a_work_that_fails_stores_nothing_of_its_round(self, bench: Bench):
        journal = bench.watchers().journal
        bad = work(WATCH, ALL, "no command", "bad")
        with pytest.raises(WorkFailed) as failed:
            await journal.execute([counts("c1"), work(ONE, "one/a", None, "bad"), bad])
        assert failed.value.index == 1
        assert await bench.commits() == []
        assert (await journal.execute([counts("c1")]))[0].facts[0].quantity == 1

    async def test_what_earlier_rounds_stored_is_published_although_a_later_one_fails(self, bench: Bench):
        first, second = bench.watchers().journal, bench.watchers().journal
        await first.execute([counts("c1")])
        await second.execute([counts("c2")])

        def fails_at_three(state: object, command: object, at: object) -> object:
            if state.count == 2:
                raise ZeroDivisionError
            return WATCH.decide(state, command, at)

        brittle = Aggregate("risk", WATCH.state, WATCH.start, fails_at_three, WATCH.evolve)
        with pytest.raises(WorkFailed):
            await first.execute([work(ONE, "one/a", AUTHORIZED, "a"), work(brittle, ALL, AUTHORIZED, "c3")])
        assert len(bench.published(RiskNoted)) == 1

    async def test_an_insert_that_did_not_happen_is_done_again_under_another_name(self, bench: Bench):
        journal = bench.watchers().journal
        await journal.execute([counts("c1")])
        retired = journal.writer.name
        bench.store.before = 1
        with pytest.raises(StoreUnavailable):
            await journal.execute([counts("c2")])
        assert journal.writer.name == ""
        (done,) = await journal.execute([counts("c2")])
        assert (done.version, done.facts[0].quantity) == (2, 2)
        assert journal.writer.name != retired

    async def test_an_insert_that_happened_and_raised_is_found_and_published(self, bench: Bench):
        journal = bench.watchers().journal
        await journal.execute([counts("c1")])
        bench.store.after = 1
        with pytest.raises(StoreUnavailable):
            await journal.execute([counts("c2")])
        assert len(bench.published(AlertRestated)) == 1
        (again,) = await journal.execute([counts("c2")])
        assert isinstance(again, Repeated)
        assert len(bench.published(AlertRestated)) == 2

    async def test_what_cannot_be_published_is_kept_and_published_later_in_order(self, bench: Bench):
        journal = bench.watchers().journal
        bench.bus.away = 2
        for cause in ("c1", "c2"):
            with pytest.raises(BusUnavailable):
                await journal.execute([counts(cause)])
        assert (journal.writer.unpublished, len(bench.published())) == (2, 0)
        assert isinstance((await journal.execute([counts("c1")]))[0], Repeated)
        quantities = [msgspec.json.decode(d.value)["data"]["quantity"] for d in bench.published()]
        assert (journal.writer.unpublished, quantities) == (0, ["1", "2"])

    async def test_flush_publishes_what_waits_and_stores_the_mark(self, bench: Bench):
        journal = bench.watchers().journal
        bench.bus.away = 1
        with pytest.raises(BusUnavailable):
            await journal.execute([counts("c1")])
        await journal.flush()
        assert len(bench.published()) == 1
        assert (await mark_of(bench, journal.writer.name)).through == 1

    async def test_a_mark_that_could_not_be_stored_is_stored_later(self, bench: Bench):
        journal = bench.watchers().journal
        await journal.execute([counts("c1")])

        async def away(point: str) -> None:
            if point == "put.before":
                raise StoreUnavailable("not now")

        bench.store._on_pause = away
        with pytest.raises(StoreUnavailable):
            await journal.flush()
        bench.store._on_pause = None
        await journal.flush()
        assert (await mark_of(bench, journal.writer.name)).through == 1

    @pytest.mark.parametrize(("limit", "most"), [("FACT_BYTES_MAX", 10), ("COMMIT_BYTES_MAX", 100)])
    async def test_a_decision_that_no_bus_would_take_fails_before_it_is_stored(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch, limit: str, most: int
    ):
        monkeypatch.setattr(journal_module, limit, most)
        with pytest.raises(WorkFailed) as failed:
            await bench.watchers().journal.execute([counts("c1")])
        assert isinstance(failed.value.error, TooLarge)
        assert await bench.commits() == []


class TestStrays:
    """A process stored a commit and died before it published it."""

    @pytest.fixture
    async def dead(self, bench: Bench) -> str:
        journal = bench.watchers().journal
        bench.bus.away = 1
        with pytest.raises(BusUnavailable):
            await journal.execute([counts("c1")])
        assert bench.published() == []
        return journal.writer.name

    @pytest.mark.usefixtures("dead")
    async def test_whoever_meets_the_cause_again_publishes_it(self, bench: Bench):
        assert isinstance((await bench.watchers().journal.execute([counts("c1")]))[0], Repeated)
        assert len(bench.published(AlertRestated)) == 1

    @pytest.mark.usefixtures("dead")
    async def test_whoever_loads_the_stream_publishes_it_before_its_own(self, bench: Bench):
        await bench.watchers().journal.execute([counts("c2")])
        quantities = [msgspec.json.decode(d.value)["data"]["quantity"] for d in bench.published()]
        assert quantities == ["1", "2"]

    @pytest.mark.usefixtures("dead")
    async def test_reading_the_stream_publishes_it(self, bench: Bench):
        await bench.watchers().journal.state(WATCH, ALL)
        assert len(bench.published()) == 1

    async def test_the_sweeper_publishes_it_when_the_mark_of_its_writer_stands_still(
        self, bench: Bench, dead: str
    ):
        sweeper = bench.watchers().journal
        assert await sweeper.sweep() == 0
        assert await sweeper.sweep() == 1
        assert len(bench.published()) == 1
        assert (await mark_of(bench, dead)).through == 1
        assert await sweeper.sweep() == 0

    async def test_whoever_works_is_not_swept_however_the_clock_jumps(self, bench: Bench):
        sweeper, busy = bench.watchers().journal, bench.watchers().journal
        for day in range(3):
            bench.clock.move_to(START + timedelta(days=day))
            await busy.execute([counts(f"c{day}")])
            assert await sweeper.sweep() == 0  # its newest commit is published, and above its stored mark
            await busy.flush()
        assert len(bench.published()) == 3

    async def test_what_lies_under_the_mark_is_not_published_again(self, bench: Bench):
        journal = bench.watchers().journal
        await journal.execute([counts("c1")])
        await journal.flush()
        await bench.watchers().journal.execute([counts("c1"), counts("c2")])
        assert len(bench.published()) == 2

    async def test_writers_have_names_of_their_own(self, bench: Bench):
        journals = [bench.watchers().journal for _ in range(3)]
        for number, journal in enumerate(journals):
            await journal.execute([counts(f"c{number}")])
        assert len({j.writer for j in journals}) == 3


class TestCache:
    async def test_forgetting_while_another_consumer_loads_takes_nothing_from_under_it(self, bench: Bench):
        journal = bench.watchers().journal
        await journal.execute([counts("c1")])

        async def rebalance(point: str) -> None:
            if point == "read.before":
                journal.forget_all()

        bench.store._on_pause = rebalance
        results = await journal.execute([counts("c2"), work(ONE, "one/a", AUTHORIZED, "a")])
        assert [r.version for r in results] == [2, 1]

    async def test_what_was_forgotten_is_read_again(self, bench: Bench):
        first, second = bench.watchers().journal, bench.watchers().journal
        await first.execute([counts("c1")])
        await second.execute([counts("c2")])
        first.forget_all()
        await first.execute([counts("c3")])
        await first.flush()
        assert (await mark_of(bench, first.writer.name)).burnt == []

    async def test_a_small_cache_changes_nothing(self, bench: Bench):
        journal = bench.watchers().journal
        journal._cached_max = 2
        for turn in range(3):
            batch = [work(ONE, f"one/{n}", AUTHORIZED, f"t{turn}") for n in range(5)]
            await journal.execute([*batch, counts(f"t{turn}")])
        assert len(journal._live) <= 6
        assert (await journal.state(WATCH, ALL))[1].count == 3
