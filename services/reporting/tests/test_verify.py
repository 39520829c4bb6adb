"""Verify finds one planted byte, one broken rule, one lost commit; and names where, what and what to do."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from ftz_common.blobs.memory import MemoryBlobs
from ftz_common.contracts import duty, inventory
from ftz_common.contracts.fact import Fact
from ftz_common.contracts.reference import TariffRevisionImported
from ftz_common.store.memory import MemoryStore
from ftz_common.store.port import StoreRow
from ftz_reporting.domain.check_duty import Repriced, Summed
from ftz_reporting.views.tables import ARCHIVE
from ftz_reporting.views.verifying import Verified, Verifier


async def journals(book: Any) -> dict[str, MemoryStore]:
    stores: dict[str, MemoryStore] = {}
    for owner, commits in book.journals.items():
        stores[owner] = MemoryStore()
        assert await stores[owner].insert(commits) is None
    return stores


async def verified(desk: Any, book: Any, **given: Any) -> Verified:
    await desk.take(book.deliveries)
    return await Verifier(desk.archive, journals=await journals(book), **given).run()


async def test_a_sound_book_has_no_problems_and_every_check_ran(desk: Any, book: Any) -> None:
    found = await verified(desk, book)
    assert [p.line for p in found.problems] == []
    ran = {check for check, times in found.evaluated.items() if times}
    silent = {
        "tariff files have their SHA-256",
        "suspense accounts for what is missing",
        "harbor maintenance fee again from the layers",  # nothing of it came by vessel
    }
    assert ran == set(found.evaluated) - silent


# ---- one changed byte ---------------------------------------------------------------------------------


async def rows(desk: Any) -> list[StoreRow]:
    return [row async for row in desk.archive.rows(ARCHIVE)]


@pytest.mark.parametrize("step", range(0, 1400, 97))
async def test_one_changed_byte_in_the_archive_is_found_and_named(desk: Any, mugs: Any, step: int) -> None:
    book = mugs.told()
    await desk.take(book.deliveries)
    kept = await rows(desk)
    row = kept[step % len(kept)]
    at = step % len(row.body)
    body = row.body[:at] + bytes([row.body[at] ^ 1]) + row.body[at + 1 :]
    await desk.store.put(ARCHIVE, [StoreRow(row.key, body)])
    found = await Verifier(desk.archive, journals=await journals(book)).run()
    stream, _, numbers = row.key.rpartition(" ")
    where = {(p.stream, p.version) for p in found.problems if p.check.startswith("archived commits")}
    assert (stream, int(numbers.split(".")[0])) in where
    assert {p.stream for p in found.problems if p.check.startswith("archived commits")} == {stream}


@pytest.mark.parametrize("at", [0, 40, 200, -2])
async def test_one_changed_byte_in_a_journal_is_found_and_named(
    desk: Any, book: Any, mugs: Any, at: int
) -> None:
    stores = await journals(book)
    commits = [commit async for commit in stores["inventory"].commits()]
    number = next(i for i, c in enumerate(commits) if (c.stream, c.version) == (mugs.LEDGER, 2))
    body = bytearray(commits[number].body)
    body[at] ^= 1
    commits[number] = commits[number]._replace(body=bytes(body))
    stores["inventory"] = MemoryStore()
    assert await stores["inventory"].insert(commits) is None
    await desk.take(book.deliveries)
    found = await Verifier(desk.archive, journals=stores).run()
    assert [(p.check, p.stream, p.version) for p in found.problems] == [
        ("journal commits chain by hash", mugs.LEDGER, 2)
    ]
    assert "the bytes do not have the recorded SHA-256" in found.problems[0].what
    assert "restore" in found.problems[0].remedy


@pytest.mark.parametrize("lost", [False, True], ids=["one byte changed", "lost"])
async def test_a_changed_tariff_file_is_found_and_named(desk: Any, mugs: Any, lost: bool) -> None:
    blobs = MemoryBlobs()
    name = await blobs.put(b"number,rate\n6912.00.48,9.8%\n")
    book = changing(mugs, TariffRevisionImported, with_(sha256=name))
    assert (await verified(desk, book, blobs=blobs)).problems == []
    if lost:
        blobs._contents.clear()
    else:
        blobs._contents[name] = b"number,rate\n6912.00.48,9.9%\n"
    found = await Verifier(desk.archive, blobs=blobs).run()
    assert [(p.check, p.stream, p.version) for p in found.problems] == [
        ("tariff files have their SHA-256", "tariff/2026-4", 1)
    ]
    assert "revision 2026-4" in found.problems[0].what
    assert "ftz tariff import" in found.problems[0].remedy


# ---- the census ---------------------------------------------------------------------------------------


async def test_a_commit_that_the_archive_lacks_or_has_too_much_is_named(
    desk: Any, book: Any, mugs: Any
) -> None:
    deliveries = [d for d in book.deliveries if (d[0].stream, d[0].streamversion) != (mugs.ORDER, 1)]
    await desk.take(deliveries)
    stores = await journals(book)
    stores.pop("classification")
    found = await Verifier(desk.archive, journals=stores).run()
    census = {(p.stream, p.version, p.what) for p in found.problems if p.check.startswith("every journal")}
    assert census == {
        (mugs.ORDER, 1, "in the journal of inventory, not in the archive"),
        (mugs.PART, 0, "in the archive, in no journal"),
    }


async def test_a_part_of_a_commit_that_is_lost_is_named(desk: Any, book: Any, mugs: Any) -> None:
    lost = next(d for d in book.deliveries if "outcome" in d[0].type)
    await desk.take([d for d in book.deliveries if d is not lost])
    found = await Verifier(desk.archive).run()
    assert [(p.stream, p.version, p.what) for p in found.problems] == [
        (mugs.ADMISSION, 1, "facts 1 of 2 are missing")
    ]


async def test_another_history_than_the_journals_is_named(desk: Any, mugs: Any) -> None:
    one, other = mugs.Book(), mugs.Book()
    one.commit("inventory", mugs.LEDGER, mugs.opened())
    other.commit("inventory", mugs.LEDGER, mugs.opened(), at="2026-02-11T16:00:00Z")
    await desk.take(one.deliveries)
    found = await Verifier(desk.archive, journals=await journals(other)).run()
    census = [p for p in found.problems if p.check.startswith("every journal")]
    assert [(p.stream, p.version) for p in census] == [(mugs.LEDGER, 1)]
    assert census[0].what.startswith("the archive holds another commit than the journal of inventory")


async def test_what_came_twice_with_other_content_is_named(desk: Any, book: Any) -> None:
    envelope, delivery = book.deliveries[3]
    body = delivery.value.replace(b"acme", b"acmf", 1)
    await desk.take([*book.deliveries, (envelope, replace(delivery, value=body))])
    found = await Verifier(desk.archive).run()
    assert [(p.check, p.stream, p.version) for p in found.problems] == [
        ("nothing published twice with different content", envelope.stream, envelope.streamversion)
    ]


# ---- broken rules ---------------------------------------------------------------------------------------

Change = Callable[[Any], Fact]


def changing(mugs: Any, kind: type[Fact], change: Change) -> Any:
    """The story of the mugs, with every fact of one class said otherwise (and sealed so)."""

    class Changed(mugs.Book):
        def commit(self, owner: str, stream: str, *facts: Fact, **more: Any) -> Any:
            said = [change(fact) if isinstance(fact, kind) else fact for fact in facts]
            return super().commit(owner, stream, *said, **more)

    return mugs.told(Changed())


def with_piece(**changed: Any) -> Change:
    def change(fact: Any) -> Fact:
        return msgspec.structs.replace(fact, pieces=[msgspec.structs.replace(fact.pieces[0], **changed)])

    return change


def with_(**changed: Any) -> Change:
    return lambda fact: msgspec.structs.replace(fact, **changed)


D = Decimal


@pytest.mark.parametrize(
    ("broken", "check", "what"),
    [
        ((inventory.Drawn, with_piece(left=D(91))), "quantity conserved", "is said to hold 91"),
        ((inventory.Drawn, with_piece(quantity=D(101))), "no layer negative", "is left with -1"),
        ((inventory.Drawn, with_(removed_on="2026-02-09")), "every removal traces", "admitted at 2026-02-10"),
        (
            (inventory.Drawn, with_(removed_on="2026-02-10", removed_at="2026-02-10T15:59:59Z")),
            "every removal traces",
            "of 2026-02-10T15:59:59Z took from layer layer-1",
        ),
        ((inventory.Drawn, with_piece(layer="layer-2")), "every removal traces", "layer-2 was never opened"),
        ((inventory.Drawn, with_piece(status="P")), "PF facts unchanged", "status of layer layer-1 was N"),
        ((inventory.DrawReversed, with_piece(quantity=D(11))), "quantity conserved", "holds 10 of it"),
        ((inventory.LayerOpened, with_(quantity=D(99))), "PF facts unchanged", "quantity was 100"),
        ((inventory.LayerOpened, with_(receipt="R-2")), "quantity conserved", "no layer was opened for it"),
        ((inventory.LayerOpened, with_(receipt="R-2")), "every removal traces", "nothing was admitted there"),
        ((duty.EntryCompiled, with_(duty=D("3.93"))), "entry lines sum", "duty is 3.93; its lines give 3.92"),
        ((duty.EntryCompiled, with_(total=D("37.51"))), "entry lines sum", "total is 37.51"),
        ((duty.EntryCompiled, with_(line_count=2)), "entry lines sum", "it says 2 lines"),
        ((duty.EntryCompiled, with_(unpriced=1)), "entry lines sum", "lines not priced is 1"),
        ((duty.EntryLinesCompiled, with_(part=2)), "entry lines sum", "part 2 is not the next part"),
        (
            (duty.EntryLineTaken, with_(withdrawal="w-2")),
            "an entry holds exactly",
            "withdrawal w-1: 8 left in that week, 0 are in",
        ),
        (
            (duty.EntryLineTaken, with_(reversed=False)),
            "an entry holds exactly",
            "the line says 8, it holds 12",
        ),
    ],
)
async def test_a_broken_rule_is_found_and_named(
    desk: Any, mugs: Any, broken: tuple[type[Fact], Change], check: str, what: str
) -> None:
    book = changing(mugs, *broken)
    found = await verified(desk, book)
    assert any(p.check.startswith(check) and what in p.what for p in found.problems), [
        p.line for p in found.problems
    ]
    assert not any(p.check.startswith(("archived", "journal", "every journal")) for p in found.problems)


async def test_a_layer_that_is_empty_is_worth_nothing(desk: Any, mugs: Any) -> None:
    book = mugs.Book()
    book.commit("admissions", mugs.ADMISSION, mugs.admitted())
    book.commit("inventory", mugs.LEDGER, mugs.opened())
    everything = mugs.drawn("w-1", "100", "499.99", "0", disposition="export")
    book.commit("inventory", mugs.LEDGER, everything)
    found = await verified(desk, book)
    assert [p.check for p in found.problems] == ["quantity conserved"]
    assert "holds 0 worth USD 0.01" in found.problems[0].what


async def test_suspense_must_account_for_what_is_missing(desk: Any, mugs: Any) -> None:
    book = mugs.Book()
    suspended = inventory.DrawSuspended(
        draw="d-1",
        uin="MUG",
        order=mugs.ORDER,
        line=1,
        parcel="P",
        disposition="export",
        destination_country="CA",
        quantity=D(5),
        unit="pcs",
        removed_at="2026-03-03T18:00:00Z",
        removed_on="2026-03-03",
    )
    book.commit("inventory", mugs.LEDGER, suspended)
    settled = inventory.SuspenseSettled(draw="d-1", quantity=D(3), missing=D(1), how="cured")
    book.commit("inventory", mugs.LEDGER, settled)
    found = await verified(desk, book)
    assert [p.what for p in found.problems] == ["draw d-1 is said to lack 1; by its facts it lacks 2"]


# ---- duty again -----------------------------------------------------------------------------------------


class NineEight:
    """9.8% of the value, for everything: the schedule of these mugs."""

    def __init__(self, mugs: Any, rate: str = "0.098") -> None:
        self.mugs, self.rate = mugs, Decimal(rate)
        self.asked: list[tuple[str, ...]] = []

    def piece(self, piece: inventory.Piece, removed_on: str, known_at: datetime) -> Repriced:
        self.asked.append(("piece", removed_on, known_at.isoformat()))
        return Repriced("2026-4", "9.8%", "6912.00.48", piece.value * self.rate, "")

    def parts(self, pieces: Any) -> Any:
        return [(piece, "both") for piece in pieces]

    def summary(
        self, pieces: Any, entry_date: str, through: str, known_at: datetime, released: Any = ()
    ) -> Summed:
        self.asked.append(("summary", entry_date, through))
        quantity, value = (str(sum(getattr(p, n) for p in pieces)) for n in ("quantity", "value"))
        owed = (Decimal(value) * self.rate).quantize(Decimal("0.01"))
        return Summed([self.mugs.entry_line(quantity, value, str(owed))], Decimal(value), owed, D("33.58"))


async def test_every_duty_figure_comes_out_again(desk: Any, book: Any, mugs: Any) -> None:
    schedule = NineEight(mugs)
    found = await verified(desk, book, reprice=schedule)
    assert [p.line for p in found.problems] == []
    assert schedule.asked == [
        ("piece", "2026-03-03", "2026-03-03T18:00:00+00:00"),
        ("summary", "2026-02-28", "2026-03-07"),
    ]
    assert found.evaluated["entry duty again from the schedule"] > 20


async def test_another_schedule_gives_another_duty_and_both_figures_are_named(
    desk: Any, book: Any, mugs: Any
) -> None:
    found = await verified(desk, book, reprice=NineEight(mugs, "0.1"))
    said = {p.what for p in found.problems}
    assert "layer layer-1: duty is 4.9; the schedule gives 5.0" in said
    assert "duty is 3.92; the schedule gives 4" in said
    assert "line 1: duty is 3.92; again it is 4.00" in said


@pytest.mark.parametrize(
    ("kind", "change", "what"),
    [
        (duty.WithdrawalPriced, with_piece(duty=D("4.91")), "duty is 4.91; the schedule gives 4.900"),
        (duty.WithdrawalPriced, with_piece(value=D(51)), "value was drawn as 50 and priced as 51"),
        (duty.WithdrawalPriced, with_piece(layer="x"), "the layers priced are not the layers drawn"),
        (duty.EntryCompiled, with_(entry_date="2026-03-01"), "by CBP's release it is 2026-02-28"),
        (duty.EntryCompiled, with_(mpf=D("33.59")), "MPF is 33.59; the schedule gives 33.58"),
        (
            duty.EntryLinesCompiled,
            lambda f: msgspec.structs.replace(f, lines=[msgspec.structs.replace(f.lines[0], rate_text="9%")]),
            "rate_text is 9%; again it is 9.8%",
        ),
    ],
)
async def test_a_changed_duty_figure_is_found(
    desk: Any, mugs: Any, kind: type[Fact], change: Change, what: str
) -> None:
    found = await verified(desk, changing(mugs, kind, change), reprice=NineEight(mugs))
    assert any(what in p.what for p in found.problems), [p.line for p in found.problems]
