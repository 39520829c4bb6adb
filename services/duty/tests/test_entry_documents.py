"""Supplemental entries: each with its own number, date and fee; what left stands exactly once."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftz_common.contracts.duty import EntryCompiled, EstimateLine
from ftz_duty.domain.entry_documents import Release, divided
from ftz_duty.domain.entry_filing import FileAgain
from ftz_duty.domain.entry_number import check_digit, entry_number
from ftz_duty.domain.entry_state import EntryState

BEFORE = "2026-03-07T18:00:00Z"


def _supplemented(desk: Any) -> Any:
    """A hundred mugs released before the week, forty more on Tuesday."""
    story = desk.released()
    story.tell(desk.proposal(desk.estimate_line("40"), supplement=True), desk.at("2026-03-10"))
    story.assign(8, document=2)
    story.answer(2, at="2026-03-10T15:00:00Z")
    return story


def test_what_exceeds_the_estimate_stands_in_the_supplemental_entry_with_its_own_fee(desk: Any) -> None:
    story = _supplemented(desk)
    story.tell(desk.offer("w-1", desk.priced("120", "1200")), desk.at("2026-03-11"))
    story.tell(desk.total("120", 1), desk.at("2026-03-16"))
    story.closed()
    story.rates = {f"{desk.mug}@2026-03-07": "10%", f"{desk.mug}@2026-03-10": "20%"}
    story.answer_prices()
    compiled = story.last(EntryCompiled)
    # 1,000 at 10 % on the day of the first release, 200 at 20 % on that of the supplement's.
    assert [
        (d.entry_number, d.entry_date, d.first_line, d.line_count, d.entered_value, d.duty, d.mpf)
        for d in compiled.documents
    ] == [
        ("XYZ-2600007-2", "2026-03-07", 1, 1, Decimal(1000), Decimal("100.00"), Decimal("33.58")),
        ("XYZ-2600008-0", "2026-03-10", 2, 1, Decimal(200), Decimal("40.00"), Decimal("33.58")),
    ]
    assert (compiled.duty, compiled.mpf, compiled.total) == (
        Decimal("140.00"),
        Decimal("67.16"),
        Decimal("207.16"),
    )
    assert [(f.control, f.attempt, [line.line for line in f.lines]) for f in story.filings("7501")] == [
        ("XYZ-2600007-2", 3, [1]),
        ("XYZ-2600008-0", 4, [1]),
    ]


def test_a_supplement_under_which_nothing_left_is_never_entered_and_costs_nothing(desk: Any) -> None:
    story = _supplemented(desk)
    story.tell(desk.offer("w-1", desk.priced("100", "1000")), desk.at("2026-03-11"))
    story.tell(desk.total("100", 1), desk.at("2026-03-16"))
    story.closed()
    story.answer_prices()
    compiled = story.last(EntryCompiled)
    assert [d.document for d in compiled.documents] == [1]
    assert compiled.mpf == Decimal("33.58")


def test_a_rejected_estimate_filed_again_keeps_its_number(desk: Any) -> None:
    story = desk.entry()
    story.tell(desk.proposal(desk.estimate_line()), desk.at(BEFORE))
    story.assign()
    story.answer(1, accepted=False)
    _, filed = story.tell(FileAgain(1, "corrected at CBP"), desk.at("2026-03-09"))
    assert filed.control == "XYZ-2600007-2"


PIECES = st.lists(
    st.tuples(
        st.integers(1, 400), st.integers(0, 10**6), st.sampled_from(["0.35", "0.4"]), st.sampled_from("ab")
    ),
    min_size=1,
    max_size=6,
)


@given(pieces=PIECES, asked=st.lists(st.integers(0, 500), min_size=2, max_size=4))
def test_divided_goods_are_the_goods(
    desk_of: Any, pieces: list[tuple[int, int, str, str]], asked: list[int]
) -> None:
    desk = desk_of
    state = EntryState("999", "acme", "2026-03-08")
    for at, (quantity, value, factor, number) in enumerate(pieces):
        piece = desk.priced(
            str(quantity),
            f"{value / 100:.2f}",
            layer=f"l-{at}",
            number=number,
            measures=[desk.measure("kg", factor)],
        )
        state.add(f"w-{at}", [piece], 1)
    released = [
        Release(i, f"n-{i}", "2026-03-07", (_line("a", quantity), _line("b", 5)))
        for i, quantity in enumerate(asked, start=1)
    ]
    parts = [group for document in divided(state.groups, released) for group in document.groups.values()]
    for group in state.groups.values():
        mine = [part for part in parts if part.number == group.number]
        assert sum(part.quantity for part in mine) == group.quantity
        assert sum(part.value for part in mine) == group.value
        for part in mine:
            assert sum(share.quantity for share in part.layers.values()) == part.quantity
            assert sum(share.value for share in part.layers.values()) == part.value
            assert [unit for unit, _ in part.measured()] == ["kg"]
        assert sum(dict(part.measured())["kg"] for part in mine) == dict(group.measured())["kg"]


def _line(number: str, quantity: int) -> EstimateLine:
    return EstimateLine(number=number, status="N", origin="PT", unit="No.", quantity=Decimal(quantity))


@pytest.mark.parametrize(
    ("filer", "control", "number", "why"),
    [
        # Z99 counts 9 9 9: 9 + (18 - 9) + 9 + (2 x 2) + 6 + 0 + 0 + 0 + 0 + (1 x 2) = 39, one short of 40.
        ("Z99", 1, "Z99-2600001-1", "every second digit from the right is doubled"),
        ("XYZ", 7, "XYZ-2600007-2", "letters count as digits: X 7, Y 8, Z 9"),
        ("party-broker", 7, "party-broker-2600007", "no filer code, no check digit"),
    ],
)
def test_entry_numbers(filer: str, control: int, number: str, why: str) -> None:
    assert entry_number(filer, "26", control) == number, why


def test_a_single_wrong_digit_is_seen() -> None:
    right = check_digit("XYZ2600007")
    for at in range(3, 10):
        for digit in "0123456789":
            text = "XYZ2600007"[:at] + digit + "XYZ2600007"[at + 1 :]
            assert (check_digit(text) == right) == (text == "XYZ2600007")
