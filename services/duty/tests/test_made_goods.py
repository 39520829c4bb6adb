"""Goods made in the zone: foreign content only, privileged content on lines of its own (19 CFR 146.65)."""

from decimal import Decimal
from typing import Any

import pytest

from ftz_common.contracts.duty import EntryCompiled, EntryLineOffered, WithdrawalPriced
from ftz_common.contracts.inventory import Content
from ftz_common.testing.story import Story
from ftz_duty.domain.made_goods import parts_of
from ftz_duty.domain.pricing import StatedRate
from ftz_duty.domain.withdrawal import PriceDraw, TakeBack
from ftz_duty.usecases import WITHDRAWAL

FINISHED, C1, C2, DOMESTIC = "8509400025", "8501200000", "8544429090", "7318150000"
#: Case 8: per unit C1 $40 at 5 %, C2 $10 at 2.5 %, domestic $30, labour and profit $20; finished 3 %.
RATES = {FINISHED: "3%", C1: "5%", C2: "2.5%"}


def content(number: str, value: str, status: str, quantity: str = "1000", origin: str = "CN") -> Content:
    return Content(
        layer=f"layer-{number}",
        ledger="ledger",
        uin=number,
        admission="admission/acme/shop/s-1",
        admission_number="999-26-000001",
        admitted_on="2026-03-01",
        quantity=Decimal(quantity),
        unit="No.",
        value=Decimal(value),
        status=status,  # pyright: ignore[reportArgumentType]
        pf_filed_on="2026-02-01" if status == "P" else None,
        origin=origin,
        number=number,
        revision="rev 4",
        decision="d",
    )


def made(desk: Any, first: str, second: str, **given: Any) -> Any:
    """A thousand finished goods of case 8, with the status of its two foreign components."""
    contents = [content(C1, "40000", first), content(C2, "10000", second), content(DOMESTIC, "30000", "D")]
    fields = {"number": FINISHED, "origin": "CN", "contents": contents, "layer": "made", **given}
    return desk.piece("1000", "80000", **fields)


def entered(desk: Any, piece: Any) -> Any:
    """The summary of an entry that holds this piece alone."""
    parts = parts_of([piece])
    rates = tuple(
        StatedRate(p.number, p.origin, "2026-03-10", "r", "general", RATES[p.number]) for p, _ in parts
    )
    told = Story(WITHDRAWAL, "withdrawal/w-1").tell(
        PriceDraw(desk.drawn(piece), rates, desk.settings), desk.at("2026-03-10")
    )
    offer = next(fact for fact in told if isinstance(fact, EntryLineOffered))
    story = desk.released(desk.estimate_line("1000", number=FINISHED, origin="CN"))
    story.rates = RATES
    story.tell(offer, desk.at("2026-03-10"))
    story.tell(desk.total("1000", 1, f"{FINISHED}/N/CN/No."), desk.at("2026-03-16"))
    story.closed()
    story.answer_prices()
    return story


@pytest.mark.parametrize(
    ("statuses", "duty", "lines", "why"),
    [
        ("NN", "1500.00", [(FINISHED, "N", "50000")], "50,000 of foreign content at the finished 3 %"),
        ("PP", "2250.00", [(C1, "P", "40000"), (C2, "P", "10000")], "40,000 x 5 % + 10,000 x 2.5 %"),
        (
            "NP",
            "1450.00",
            [(FINISHED, "N", "40000"), (C2, "P", "10000")],
            "40,000 x 3 % + 10,000 x 2.5 %",
        ),
        ("PN", "2300.00", [(C1, "P", "40000"), (FINISHED, "N", "10000")], "40,000 x 5 % + 10,000 x 3 %"),
    ],
)
def test_golden_case_8(
    desk: Any, statuses: str, duty: str, lines: list[tuple[str, str, str]], why: str
) -> None:
    story = entered(desk, made(desk, *statuses))
    said = [(line.number, line.status, str(line.entered_value)) for line in story.lines()]
    assert sorted(said) == sorted(lines), why
    compiled = story.last(EntryCompiled)
    assert compiled.duty == Decimal(duty), why
    # Neither the domestic content nor labour and profit: never 100,000 x 3 %.
    assert compiled.entered_value == Decimal(50000)


def test_goods_made_of_privileged_content_alone_owe_no_specific_duty_on_themselves(desk: Any) -> None:
    piece = made(desk, "P", "P")
    rates = tuple(
        StatedRate(
            p.number, p.origin, "2026-03-10", "r", "general", "$1/No." if p.number == FINISHED else "5%"
        )
        for p, _ in parts_of([piece])
    )
    (priced, _) = Story(WITHDRAWAL, "withdrawal/w-1").tell(
        PriceDraw(desk.drawn(piece), rates, desk.settings), desk.at("2026-03-10")
    )
    assert isinstance(priced, WithdrawalPriced)
    assert [(p.counts, p.duty) for p in priced.pieces] == [
        ("cover", 0),
        ("line", Decimal("2000.00")),
        ("line", Decimal("500.00")),
    ]


def test_the_origin_is_that_of_the_components_with_the_greatest_value(desk: Any) -> None:
    contents = [
        content(C1, "40", "N", origin="JP"),
        content(C2, "25", "N", origin="CN"),
        content(C1, "25", "N", origin="CN"),
    ]
    parts = parts_of([desk.piece("1", "90", origin="JP", contents=contents)])
    assert [(p.origin, c, p.value) for p, c in parts] == [("JP", "cover", 0), ("CN", "line", Decimal(90))]


def test_restricted_content_makes_the_whole_restricted(desk: Any) -> None:
    parts = parts_of([made(desk, "N", "Z")])
    assert [(p.status, c) for p, c in parts] == [("N", "cover"), ("Z", "line")]


def test_made_goods_that_did_not_leave_take_their_content_with_them(desk: Any) -> None:
    piece = made(desk, "N", "P")
    story = Story(WITHDRAWAL, "withdrawal/w-1")
    rates = tuple(
        StatedRate(p.number, p.origin, "2026-03-10", "r", "general", RATES[p.number])
        for p, _ in parts_of([piece])
    )
    story.tell(PriceDraw(desk.drawn(piece), rates, desk.settings), desk.at("2026-03-10"))
    told = story.tell(TakeBack(desk.reversal(piece), desk.settings), desk.at("2026-03-11"))
    offer = next(fact for fact in told if isinstance(fact, EntryLineOffered))
    assert [(p.number, p.quantity, p.value, p.counts) for p in offer.pieces] == [
        (FINISHED, Decimal(1000), Decimal(40000), "both"),
        (C2, Decimal(1000), Decimal(10000), "line"),
    ]


@pytest.mark.parametrize(
    ("goods", "rates", "duty"),
    [
        # Case 11: $120,000 of motors at 4 % in vacuum cleaners that are free.
        # NPF takes the condition in which it leaves; PF keeps the motor's 4 %.
        (("N", "120000"), ("0%", "4%"), "0.00"),
        (("P", "120000"), ("0%", "4%"), "4800.00"),
        # Case 12: of $10,000,000 at 15 % three tenths are lost in processing: 7,000,000 x 15 %.
        (("N", "7000000"), ("15%", "15%"), "1050000.00"),
    ],
)
def test_golden_cases_11_and_12(
    desk: Any, monkeypatch: pytest.MonkeyPatch, goods: tuple[str, str], rates: tuple[str, str], duty: str
) -> None:
    (status, value), (finished, component) = goods, rates
    monkeypatch.setitem(RATES, FINISHED, finished)
    monkeypatch.setitem(RATES, C1, component)
    piece = desk.piece(
        "1000", value, number=FINISHED, origin="CN", layer="made", contents=[content(C1, value, status)]
    )
    assert entered(desk, piece).last(EntryCompiled).duty == Decimal(duty)
