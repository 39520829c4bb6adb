"""A draw priced: status decides the rate, a reversal takes back its share, in whichever order they come."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from ftz_common.contracts.common import Noted
from ftz_common.contracts.duty import (
    EntryLineOffered,
    InBondLineOffered,
    WithdrawalExempt,
    WithdrawalPriced,
    WithdrawalReversed,
)
from ftz_common.testing.story import Story
from ftz_duty.domain.withdrawal import PriceDraw, TakeBack
from ftz_duty.usecases import WITHDRAWAL

ENTRY_STREAM = "entry/999/acme/2026-03-08"


def _story() -> Story:
    return Story(WITHDRAWAL, "withdrawal/w-1")


def _price(desk: Any, *pieces: Any, rates: Any = None, **given: Any) -> PriceDraw:
    stated = tuple(rates) if rates else tuple(desk.rate() for _ in pieces)
    return PriceDraw(desk.drawn(*pieces, **given), stated, desk.settings)


def _back(desk: Any, *pieces: Any, **given: Any) -> TakeBack:
    return TakeBack(desk.reversal(*pieces, **given), desk.settings)


def test_a_draw_is_priced_and_offered_to_the_entry_of_its_week(desk: Any, noon: datetime) -> None:
    priced, offered = _story().tell(_price(desk, desk.piece("10", "50")), noon)
    assert isinstance(priced, WithdrawalPriced)
    assert (priced.entry, priced.priced_on) == (ENTRY_STREAM, "2026-03-10")
    assert [(p.duty, p.rate_text, p.revision) for p in priced.pieces] == [(Decimal("4.9"), "9.8%", "rev 4")]
    assert isinstance(offered, EntryLineOffered)
    assert (offered.to, offered.reversed, offered.pieces) == (ENTRY_STREAM, False, priced.pieces)
    assert (offered.port, offered.compile_grace_days) == ("3901", 2)


@pytest.mark.parametrize(
    ("status", "given", "rate", "duty", "why"),
    [
        ("N", {}, "8%", "4", "NPF by the rates of the removal day until its entry fixes them"),
        ("P", {"pf_filed_on": "2026-01-05"}, "6%", "3", "PF by the rates of its filing date"),
        ("N", {"measures": [("kg", "0.5")]}, "1.9¢/kg", "0.095", "a second quantity of the layer"),
    ],
)
def test_foreign_pieces_by_status(
    *, desk: Any, noon: datetime, status: str, given: dict[str, Any], rate: str, duty: str, why: str
) -> None:
    measures = [desk.measure(u, q) for u, q in given.pop("measures", [])]
    piece = desk.piece("10", "50", status=status, measures=measures, **given)
    priced = _story().tell(_price(desk, piece, rates=[desk.rate(rate)]), noon)[0]
    assert isinstance(priced, WithdrawalPriced)
    assert priced.pieces[0].duty == Decimal(duty), why


@pytest.mark.parametrize(
    ("status", "rate", "reason"),
    [
        ("N", "1.9¢/kg", "needs quantity mass in kg"),
        ("P", "9.8%", "without a PF filing date"),
        ("Z", "9.8%", "19 CFR 146.63(b)"),
        ("N", "as the Secretary may find", "is not understood"),
    ],
)
def test_what_cannot_be_priced_says_why_and_is_offered_all_the_same(
    desk: Any, noon: datetime, status: str, rate: str, reason: str
) -> None:
    told = _story().tell(_price(desk, desk.piece(status=status), rates=[desk.rate(rate)]), noon)
    piece = told[1].pieces[0]
    assert piece.duty is None
    assert reason in piece.not_priced


def test_domestic_goods_are_exempt_and_enter_nothing(desk: Any, noon: datetime) -> None:
    (exempt,) = _story().tell(_price(desk, desk.piece(status="D")), noon)
    assert isinstance(exempt, WithdrawalExempt)
    assert "146.43" in exempt.why
    assert not exempt.inbond


def test_in_a_mixed_draw_only_foreign_pieces_are_entered(desk: Any, noon: datetime) -> None:
    pieces = (desk.piece(layer="a"), desk.piece(layer="b", status="D"))
    priced, offered = _story().tell(_price(desk, *pieces), noon)
    assert [(p.layer, p.duty) for p in priced.pieces] == [("a", Decimal("4.9")), ("b", Decimal(0))]
    assert [p.layer for p in offered.pieces] == ["a"]


def test_an_export_is_exempt_and_goes_under_bond(desk: Any, noon: datetime) -> None:
    pieces = (desk.piece("10", "50", layer="a"), desk.piece("3", "9", layer="b", status="D"))
    exempt, offered = _story().tell(
        _price(desk, *pieces, disposition="export", destination_country="DE"), noon
    )
    assert isinstance(exempt, WithdrawalExempt)
    assert exempt.inbond == "inbond/acme/shop/o-1/p-1"
    assert isinstance(offered, InBondLineOffered)
    assert (offered.to, offered.destination_country) == (exempt.inbond, "DE")
    assert [(line.quantity, line.value) for line in offered.lines] == [(Decimal(10), Decimal(50))]


def test_an_export_of_domestic_goods_needs_no_bond(desk: Any, noon: datetime) -> None:
    (exempt,) = _story().tell(_price(desk, desk.piece(status="D"), disposition="export"), noon)
    assert isinstance(exempt, WithdrawalExempt)
    assert not exempt.inbond


def test_a_part_taken_back_is_taken_out_of_the_entry_with_its_share_of_duty(
    desk: Any, noon: datetime
) -> None:
    story = _story()
    story.tell(_price(desk, desk.piece("10", "50")), noon)
    reversed_, offered = story.tell(_back(desk, desk.piece("4", "20")), noon)
    assert isinstance(reversed_, WithdrawalReversed)
    assert [(p.layer, p.quantity) for p in reversed_.portions] == [(desk.piece().layer, Decimal(4))]
    assert isinstance(offered, EntryLineOffered)
    assert offered.reversed
    assert [(p.quantity, p.value, p.duty) for p in offered.pieces] == [
        (Decimal(4), Decimal(20), Decimal("1.96"))
    ]
    assert offered.removed_on == "2026-03-10"


def test_taken_back_before_it_was_drawn_waits_for_the_draw(desk: Any, noon: datetime) -> None:
    story = _story()
    (kept,) = story.tell(_back(desk, desk.piece("10", "50")), noon)
    assert isinstance(kept, WithdrawalReversed)
    _, offered, taken_out = story.tell(_price(desk, desk.piece("10", "50")), noon)
    assert isinstance(offered, EntryLineOffered)
    assert isinstance(taken_out, EntryLineOffered)
    assert [offered.reversed, taken_out.reversed] == [False, True]
    assert offered.pieces == taken_out.pieces


def test_an_export_taken_back_is_taken_out_of_its_in_bond_in_either_order(desk: Any, noon: datetime) -> None:
    draw = _price(desk, desk.piece("10", "50"), disposition="export")
    back = _back(desk, desk.piece("10", "50"), disposition="export")
    for order in ((draw, back), (back, draw)):
        story = _story()
        for command in order:
            story.tell(command, noon)
        offers = [f for f in story.facts if isinstance(f, InBondLineOffered)]
        assert [(o.reversed, o.lines[0].quantity) for o in offers] == [
            (False, Decimal(10)),
            (True, Decimal(10)),
        ]


def test_a_second_draw_of_the_same_withdrawal_changes_nothing(desk: Any, noon: datetime) -> None:
    story = _story()
    story.tell(_price(desk, desk.piece()), noon)
    (noted,) = story.tell(_price(desk, desk.piece()), noon)
    assert isinstance(noted, Noted)
