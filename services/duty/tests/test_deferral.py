"""Goods changed in the zone that go to Canada or Mexico: entry type 08 (19 CFR 181.53)."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from ftz_common.contracts.common import (
    ClockExpired,
    ClockStarted,
    ClockStopped,
    DeadlineSet,
    Noted,
    NumberAssigned,
    NumberRequested,
)
from ftz_common.contracts.deferral import (
    DeferralAssessed,
    DeferralFiled,
    DeferralLineOffered,
    DeferralNumbered,
    DeferralPricesRequested,
    ExportationDated,
    WaiverClaimed,
)
from ftz_common.contracts.duty import TakenBack, WithdrawalExempt
from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.inventory import Content
from ftz_common.testing.story import Story
from ftz_common.values.calendar import parse_instant
from ftz_duty.domain.deferral import (
    AssessDeferral,
    ClaimWaiver,
    DateExportation,
    Deposit,
    FileDeferral,
    StateCondition,
)
from ftz_duty.domain.deferral_assess import is_case
from ftz_duty.domain.deferral_goods import assessable, part_of
from ftz_duty.domain.pricing import StatedRate
from ftz_duty.domain.withdrawal import PriceDraw, TakeBack
from ftz_duty.usecases import DEFERRAL, WITHDRAWAL

STREAM = "deferral/acme/shop/o-1/p-1"
AT = parse_instant("2026-03-13T12:00:00Z")
CHANGED = StateCondition(changed=True, ground="decorated", who="broker")
DATED = DateExportation("2026-03-12", "B3 1", deferral_program=False, who="broker")
D = Decimal


def _content(status: str, value: str, quantity: str = "10", **given: Any) -> Content:
    defaults: dict[str, Any] = {
        "ledger": "ledger/999/site-1/acme/part",
        "uin": "part",
        "admission": "admission/acme/shop/s-1",
        "admission_number": "999-26-000001",
        "admitted_on": "2026-03-01",
        "unit": "No.",
        "pf_filed_on": "2026-02-01" if status == "P" else None,
        "origin": "CN",
        "number": "8501310000",
        "revision": "rev 4",
        "decision": "d-2",
    }
    return Content(
        layer=f"layer-{status}",
        quantity=D(quantity),
        value=D(value),
        status=status,  # pyright: ignore[reportArgumentType]
        **{**defaults, **given},
    )


def _offer(desk: Any, *pieces: Any, **given: Any) -> DeferralLineOffered:
    goods = pieces or (desk.piece("100", "400"),)
    defaults: dict[str, Any] = {
        "withdrawal": "w-1",
        "order": "order/acme/shop/o-1",
        "parcel": "p-1",
        "country": "CA",
        "removed_on": "2026-03-10",
        "changed": any(piece.contents for piece in goods),
        "zone": "999",
        "account": "acme",
        "timezone": "America/Chicago",
        "filer": "XYZ",
        "importer_of_record": "party-ior",
        "port": "3901",
    }
    found = [each for piece in goods for each in assessable(piece)]
    return DeferralLineOffered(to=STREAM, pieces=found, **{**defaults, **given})


def _assess(story: Story, text: str = "10%") -> DeferralAssessed:
    asked = [f for f in story.facts if isinstance(f, DeferralPricesRequested)][-1]
    rates = tuple(
        StatedRate(w.number, w.origin, w.on, "rev 4", "general", text, w.number[:8]) for w in asked.wanted
    )
    found = story.tell(AssessDeferral(asked.round, rates), AT)[0]
    assert isinstance(found, DeferralAssessed)
    return found


def _claim(paid: str = "20", rate: str = "0.70") -> ClaimWaiver:
    return ClaimWaiver("13579", "2026-03-12", "6912.00", "7%", D(paid), "CAD", D(rate), "a bank", "broker")


@pytest.fixture
def story(desk: Any, noon: datetime) -> Story:
    """Changed goods of $400 that left on 10 March."""
    told = Story(DEFERRAL, STREAM)
    told.tell(_offer(desk), noon)
    told.tell(CHANGED, noon)
    return told


@pytest.fixture
def owed(story: Story) -> Story:
    """The same, imported into Canada on the 12th and assessed: 40.00 and the fee of 33.58."""
    story.tell(DATED, AT)
    story.tell(NumberAssigned(to=STREAM, series="s", number=7, purpose=STREAM), AT)
    _assess(story)
    return story


def test_exported_it_has_two_clocks_a_number_and_asks_for_rates(story: Story) -> None:
    told = story.tell(DATED, AT)
    dated = told[0]
    assert isinstance(dated, ExportationDated)
    assert (dated.file_by, dated.deposit_by) == ("2026-03-26", "2026-05-11")
    assert [f.name for f in told if isinstance(f, DeadlineSet)] == ["deferral-filing", "deferral-deposit"]
    (number,) = [f for f in told if isinstance(f, NumberRequested)]
    assert number.to == "series/duty/999/entry/26"
    (numbered,) = story.tell(NumberAssigned(to=STREAM, series="s", number=7, purpose=STREAM), AT)
    assert isinstance(numbered, DeferralNumbered)
    found = _assess(story)
    assert (found.duty, found.mpf, found.waivable) == (D("40.00"), D("33.58"), D("40.00"))


@pytest.mark.parametrize(
    ("paid", "waived", "left"), [("20", "14.00", "59.58"), ("90", "40.00", "33.58"), ("0", "0", "73.58")]
)
def test_the_lesser_of_both_duties_is_waived_and_never_the_fee(
    owed: Story, paid: str, waived: str, left: str
) -> None:
    claim = owed.tell(_claim(paid), AT)[0]
    assert isinstance(claim, WaiverClaimed)
    assert (claim.waived, claim.owed) == (D(waived), D(left))


def test_antidumping_and_countervailing_duties_are_no_duties_to_waive() -> None:
    assert [is_case(n) for n in ("Antidumping", "anti-dumping", "countervailing", "section 301 China")] == [
        True,
        True,
        True,
        False,
    ]


def _refused(story: Story, command: Any, at: datetime = AT) -> str:
    refusal: Refusal = story.refused(command, at)
    assert refusal.citation
    assert refusal.remedy
    return refusal.code


def test_what_is_not_assessed_is_neither_claimed_for_nor_filed_nor_paid(story: Story) -> None:
    for command in (_claim(), FileDeferral("broker"), Deposit(D(1), "2026-03-13", "A", "b")):
        assert _refused(story, command) == "deferral-not-assessed"


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (DateExportation("2026-03-09", "B3", deferral_program=False, who="b"), "exportation-date"),
        (DateExportation("2026-04-09", "B3", deferral_program=False, who="b"), "exportation-date"),
    ],
)
def test_the_date_of_exportation_is_between_removal_and_today(
    story: Story, command: DateExportation, code: str
) -> None:
    assert _refused(story, command) == code


def test_goods_that_nobody_said_were_changed_owe_nothing(desk: Any, noon: datetime) -> None:
    told = Story(DEFERRAL, STREAM)
    assert _refused(told, DATED) == "nothing-exported"
    told.tell(_offer(desk), noon)
    assert _refused(told, DATED) == "same-condition"


def test_refusals_once_it_is_owed(owed: Story) -> None:
    other = DateExportation("2026-03-11", "B3", deferral_program=False, who="b")
    assert _refused(owed, other) == "exportation-dated"
    assert _refused(owed, Deposit(D("73.59"), "2026-03-13", "A", "b")) == "amount-not-owed"
    assert _refused(owed, Deposit(D("1"), "2026-03-20", "A", "b")) == "paid-ahead"
    assert _refused(owed, _claim(), parse_instant("2026-05-12T12:00:00Z")) == "claim-late"
    owed.tell(_claim(), AT)
    assert _refused(owed, _claim()) == "claim-made"
    filed = owed.tell(FileDeferral("broker"), AT)[0]
    assert isinstance(filed, DeferralFiled)
    assert (filed.entry_type, filed.in_time) == ("08", True)
    assert _refused(owed, FileDeferral("broker")) == "deferral-filed"
    assert _refused(owed, StateCondition(changed=False, ground="x", who="b")) == "deferral-filed"


def test_a_rate_that_is_not_known_stops_everything(story: Story) -> None:
    story.tell(DATED, AT)
    asked = [f for f in story.facts if isinstance(f, DeferralPricesRequested)][-1]
    rates = tuple(StatedRate(w.number, w.origin, w.on, missing="no revision") for w in asked.wanted)
    (found,) = story.tell(AssessDeferral(asked.round, rates), AT)
    assert isinstance(found, DeferralAssessed)
    assert found.open_questions
    assert _refused(story, FileDeferral("broker")) == "deferral-not-assessed"
    assert isinstance(story.tell(AssessDeferral(9, rates), AT)[0], Noted)


def test_clocks_run_out_or_stop(owed: Story) -> None:
    filing, deposit = [f for f in owed.facts if isinstance(f, DeadlineSet)]
    assert isinstance(owed.tell(filing, AT)[0], ClockExpired)
    part = owed.tell(Deposit(D("70"), "2026-03-13", "A", "b"), AT)
    assert len(part) == 1
    assert isinstance(owed.tell(deposit, AT)[0], ClockExpired)
    rest = owed.tell(Deposit(D("3.58"), "2026-03-13", "A", "b"), AT)
    assert isinstance(rest[1], ClockStopped)
    assert isinstance(owed.tell(deposit, AT)[0], Noted)


def test_taken_back_it_is_assessed_again(desk: Any, owed: Story) -> None:
    owed.tell(_offer(desk, desk.piece("25", "100"), reversed=True), AT)
    assert _refused(owed, FileDeferral("broker")) == "deferral-not-assessed"
    assert isinstance(owed.tell(DATED, AT)[0], DeferralPricesRequested)
    assert _assess(owed).duty == D("30.00")
    assert isinstance(owed.tell(DATED, AT)[0], Noted)


def test_a_waiver_claimed_after_the_deposit_stops_no_clock_again(owed: Story) -> None:
    assert isinstance(owed.tell(Deposit(D("73.58"), "2026-03-13", "A", "b"), AT)[1], ClockStopped)
    assert [type(fact) for fact in owed.tell(_claim(), AT)] == [WaiverClaimed]


def test_what_travels_after_the_deposit_is_due_by_the_same_day(desk: Any, owed: Story) -> None:
    """19 CFR 181.53(a)(2)(iii)(C): of the duty on all of it."""
    owed.tell(Deposit(D("73.58"), "2026-03-13", "A", "b"), AT)
    owed.tell(_offer(desk, withdrawal="w-2"), AT)
    owed.tell(DATED, AT)
    assert _assess(owed).duty == D("80.00")
    runs = owed.facts[-1]
    assert isinstance(runs, ClockStarted)
    assert (runs.name, runs.act_by) == ("deferral-deposit", "2026-05-11")
    assert isinstance(owed.tell(Deposit(D("40"), "2026-03-13", "B", "b"), AT)[1], ClockStopped)


def test_a_clock_for_nothing_ends_with_its_day(desk: Any, owed: Story) -> None:
    deadlines = [f for f in owed.facts if isinstance(f, DeadlineSet)]
    owed.tell(_offer(desk, desk.piece("100", "400"), reversed=True), AT)
    assert [type(owed.tell(due, AT)[0]) for due in deadlines] == [ClockStopped, ClockStopped]


# ---- made goods ---------------------------------------------------------------------------------


def test_of_made_goods_the_foreign_content_is_assessed(desk: Any) -> None:
    """$40 NPF and $10 PF in an article: $40 as the article, $10 at its own number; domestic content not."""
    made = desk.piece("10", "80", contents=[_content("N", "40"), _content("P", "10"), _content("D", "30")])
    found = {piece.status: (piece.number, piece.value, piece.pf_filed_on) for piece in assessable(made)}
    assert found == {
        "N": (desk.mug, D(40), None),
        "P": ("8501310000", D(10), "2026-02-01"),
    }


def test_the_article_is_of_the_origin_of_the_greatest_foreign_content(desk: Any) -> None:
    """As in a weekly entry: column 2 and additional duties go by it, not by where it was made."""
    cuban, german = replace(_content("N", "40"), origin="CU"), replace(_content("N", "39.99"), origin="DE")
    made = desk.piece("10", "79.99", origin="US", contents=[german, cuban])
    (article,) = assessable(made)
    assert (article.origin, article.value, article.quantity) == ("CU", D("79.99"), D(10))


def test_only_domestic_or_restricted_goods_defer_nothing(desk: Any) -> None:
    assert assessable(desk.piece(status="D")) == []
    assert assessable(desk.piece(status="Z")) == []


def test_a_part_of_a_made_piece_has_its_share_of_the_content(desk: Any) -> None:
    made = desk.piece("10", "80", contents=[_content("N", "40")])
    half = part_of(made, TakenBack(layer=made.layer, quantity=D(5), value=D(40)))
    assert (half.contents[0].quantity, half.contents[0].value) == (D(5), D(20))


@pytest.mark.parametrize(("country", "expected"), [("CA", True), ("MX", True), ("DE", False)])
def test_a_withdrawal_tells_it(*, desk: Any, noon: datetime, country: str, expected: bool) -> None:
    told = Story(WITHDRAWAL, "withdrawal/w-1")
    drawn = desk.drawn(desk.piece(), disposition="export", destination_country=country)
    facts = told.tell(PriceDraw(drawn, (desk.rate(),), desk.settings), noon)
    exempt = facts[0]
    assert isinstance(exempt, WithdrawalExempt)
    assert exempt.deferral == (STREAM if expected else "")
    offers = [f for f in facts if isinstance(f, DeferralLineOffered)]
    assert len(offers) == expected
    back = desk.reversal(desk.piece("4", "20"), disposition="export")
    again = told.tell(TakeBack(back, desk.settings), noon)
    assert [f.reversed for f in again if isinstance(f, DeferralLineOffered)] == [True] * expected
