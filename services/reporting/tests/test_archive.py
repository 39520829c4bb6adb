"""The archive takes every fact at least once, in any order, and its rows end the same."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftz_common.contracts import table
from ftz_common.contracts.common import Noted
from ftz_common.contracts.envelope import decode, encode
from ftz_common.store.memory import MemoryStore
from ftz_common.store.port import StoreUnavailable
from ftz_reporting.views.archive import commit_of
from ftz_reporting.views.projection import archived_topics


def test_it_reads_every_topic_of_our_own_facts() -> None:
    topics = archived_topics()
    assert table.REFERENCE in topics
    assert "ftz.outcomes.*" in topics
    assert "ftz.inventory.commands.v1" in topics
    assert {row.topic for row in table.ROWS if "{" not in row.topic} <= set(topics)


async def test_commits_can_be_made_again_with_their_hash(book: Any, desk: Any) -> None:
    await desk.take(book.deliveries)
    written = {(c.stream, c.version): c.hash for journal in book.journals.values() for c in journal}
    again: dict[tuple[str, int], str] = {}
    async for _, parts in desk.archive.commits():
        commit = commit_of(parts)
        again[commit.stream, commit.version] = commit.hash
    assert again == written


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_order_and_repetition_ends_in_the_same_rows(mugs: Any, data: st.DataObject) -> None:
    book = mugs.told()
    straight, tossed = mugs.Desk(), mugs.Desk()
    again = data.draw(st.lists(st.sampled_from(book.deliveries), max_size=20))
    order = data.draw(st.permutations(book.deliveries + again))
    batch = data.draw(st.integers(1, 40))

    async def both() -> None:
        await straight.take(book.deliveries)
        await tossed.take(order, batch)
        assert await tossed.tables() == await straight.tables()
        assert await tossed.archive.gaps(mugs.NOW, timedelta(0)) == []

    asyncio.run(both())


async def test_a_crash_between_two_puts_loses_nothing(mugs: Any) -> None:
    """Whatever put or get fails, the batch comes again, and the rows are those of an undisturbed run."""
    straight = mugs.Desk()
    await straight.take(mugs.told().deliveries, 7)
    steps = 0

    async def count(_point: str) -> None:
        nonlocal steps
        steps += 1

    await mugs.Desk(store=MemoryStore(count)).take(mugs.told().deliveries, 7)
    for fails_at in range(1, steps, 5):
        left = fails_at

        async def fail(_point: str) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise StoreUnavailable("cut")

        desk = mugs.Desk(store=MemoryStore(fail))
        deliveries = mugs.told().deliveries
        for first in range(0, len(deliveries), 7):
            for _ in range(2):
                try:
                    await desk.projection.take(deliveries[first : first + 7])
                except StoreUnavailable:
                    continue
                break
        assert await desk.tables() == await straight.tables(), fails_at


@pytest.mark.parametrize("batch", [1, 1000], ids=["in another batch", "in the same batch"])
async def test_other_bytes_at_the_same_place_are_damage_and_never_overwrite(
    book: Any, desk: Any, mugs: Any, batch: int
) -> None:
    envelope, delivery = book.deliveries[5]
    changed = delivery.__class__(
        delivery.topic,
        0,
        99,
        delivery.key,
        delivery.value.replace(b"local-operator", b"local-operatoR"),
        delivery.headers,
    )
    await desk.take([*book.deliveries, (decode(changed.value), changed)], batch)
    straight = mugs.Desk()
    await straight.take(book.deliveries)
    here, there = await desk.tables(), await straight.tables()
    assert here["archive"] == there["archive"]
    assert here["views"] == there["views"]
    damages = await desk.archive.damages()
    assert [d.place for d in damages] == [
        f"{envelope.stream} {envelope.streamversion:010d}.{envelope.factindex:05d}"
    ]
    assert "other bytes" in damages[0].why
    await desk.take([(decode(changed.value), changed)])
    assert len(await desk.archive.damages()) == 1
    # the other bytes first, then the true ones again: what the archive holds is not what is damaged
    await desk.take([(decode(changed.value), changed), (envelope, delivery)], 1000)
    assert len(await desk.archive.damages()) == 1


async def test_a_gap_waits_then_parks_and_ends_when_it_is_filled(book: Any, desk: Any, mugs: Any) -> None:
    of_ledger = [d for d in book.deliveries if d[0].stream == mugs.LEDGER]
    await desk.take([of_ledger[0], of_ledger[2]])
    wait = timedelta(minutes=5)
    gaps = await desk.archive.gaps(mugs.NOW, wait)
    assert [(g.stream, g.missing, g.seen, g.state) for g in gaps] == [(mugs.LEDGER, 2, 3, "waiting")]
    later = mugs.NOW + wait
    assert [g.state for g in await desk.archive.gaps(later, wait)] == ["parked"]
    desk.clock.move_to(later)
    await desk.take([of_ledger[2]])
    assert (await desk.archive.gaps(later, wait))[0].since == "2026-03-20T12:00:00Z"
    await desk.take([of_ledger[1]])
    assert await desk.archive.gaps(later, wait) == []
    assert (await desk.tables())["archive_gaps"] == {}


async def test_facts_keyed_by_another_stream_make_no_gap(mugs: Any, desk: Any) -> None:
    """A request of version 3 may come long before the home facts of versions 1 to 3."""
    book = mugs.Book()
    for _ in range(3):
        ask = table.BY_TYPE["ftz.admissions.number.requested.v1"].fact(
            to="series/acme/999/214/2026", reply_to=mugs.ADMISSION, purpose="214"
        )
        book.commit("admissions", mugs.ADMISSION, Noted(why="tested"), ask)
    asks = [d for d in book.deliveries if "requested" in d[0].type]
    await desk.take([asks[2]])
    assert await desk.archive.gaps(mugs.NOW, timedelta(0)) == []
    await desk.take([d for d in book.deliveries if d not in asks])
    assert await desk.archive.gaps(mugs.NOW, timedelta(0)) == []


async def test_a_fact_of_a_newer_build_is_kept_and_named(book: Any, desk: Any) -> None:
    envelope, delivery = book.deliveries[0]
    newer = msgspec.structs.replace(envelope, type="ftz.duty.tariff.retired.v1", streamversion=2)
    unknown = delivery.__class__(delivery.topic, 0, 99, delivery.key, encode(newer), delivery.headers)
    await desk.take([*book.deliveries, (newer, unknown)])
    assert encode(newer) in (await desk.tables())["archive"].values()
    assert "ftz.duty.tariff.retired.v1: KeyError" in (await desk.archive.damages())[0].why


async def test_streams_are_found_by_reference_and_by_name_as_typed(book: Any, desk: Any, mugs: Any) -> None:
    await desk.take(book.deliveries)
    about = await desk.archive.at(await desk.archive.referring(mugs.ORDER))
    assert sorted({told.envelope.stream for told in about.values()}) == sorted(
        [mugs.COVER, mugs.ENTRY, mugs.LEDGER, "withdrawal/w-1"]
    )
    for typed, what, stream in (
        (" 1001 ", "order", mugs.ORDER),
        ("s-1", "shipment", mugs.ADMISSION),
        ("999-2026-000001", "214", mugs.ADMISSION),
        ("LAYER-1", "layer", mugs.LEDGER),
        ("W-1", "withdrawal", mugs.LEDGER),
        ("xyz-2600001", "entry", mugs.ENTRY),
        ("mug", "part", mugs.PART),
    ):
        named = {(n.what, n.stream) for n in await desk.archive.named(typed)}
        assert (what, stream) in named, typed
