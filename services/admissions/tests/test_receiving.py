"""Counts against the 214: layers, value, discrepancies, clocks (19 CFR 146.22, 146.37(c))."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ftz_common.contracts.admissions import (
    AdmissionArrived,
    AdmissionAuthorized,
    AdmissionConcurred,
    DiscrepancyFound,
    GoodsAdmitted,
    ReceiptCounted,
    ReceiptKept,
)
from ftz_common.contracts.common import ClockStarted, DeadlineSet, Noted, OutcomeGiven


def kinds(facts: list[Any]) -> list[type]:
    return [type(f) for f in facts]


# ---- layers -------------------------------------------------------------------------------------


def test_counted_after_the_permit_goods_are_admitted_on_the_day_of_the_count(desk: Any, make: Any) -> None:
    desk.authorize()
    said = desk.later(days=2).receive((1, 500))
    assert kinds(said) == [ReceiptCounted, GoodsAdmitted, AdmissionConcurred]
    goods = said[1]
    assert goods.ledger == "ledger/999/site-1/acme/MUG"
    assert (goods.admission, goods.admission_number, goods.line, goods.receipt) == (
        make.stream,
        make.number,
        1,
        "R-1",
    )
    assert (goods.admitted_on, goods.admitted_at) == ("2026-06-03", "2026-06-03T14:00:00Z")
    assert (goods.quantity, goods.value, goods.over) == (Decimal(500), Decimal(1000), Decimal(0))
    assert (goods.number, goods.revision, goods.decision) == ("6911103710", "2026-A", "d-1")
    assert said[2] == AdmissionConcurred(
        concurred_at="2026-06-03T14:00:00Z", with_discrepancy=False, final_count=True
    )


def test_counted_before_the_permit_goods_are_admitted_on_the_day_of_the_permit(desk: Any) -> None:
    desk.file()
    assert kinds(desk.receive((1, 500))) == [ReceiptCounted]
    said = desk.later(days=1).answered()
    assert kinds(said) == [AdmissionAuthorized, GoodsAdmitted, AdmissionConcurred]
    assert said[1].admitted_on == "2026-06-02"


def test_the_admission_date_is_local(desk: Any, make: Any) -> None:
    desk.authorize()
    desk.now = make.monday.replace(day=3, hour=3)  # 23:00 on the second in New York
    assert desk.receive((1, 500))[1].admitted_on == "2026-06-02"


def test_every_receipt_of_a_line_opens_a_layer_and_their_values_add_up(desk: Any, make: Any) -> None:
    desk.authorize(make.line(1, quantity=Decimal(3), value=Decimal(1000)))
    for n in (1, 2, 3):
        desk.later(days=1).receive((1, 1), receipt=f"R-{n}", final=n == 3)
    goods = desk.of(GoodsAdmitted)
    assert {g.value.quantize(Decimal("0.01")) for g in goods} == {Decimal("333.33")}
    assert sum(g.value for g in goods) == 1000
    assert [g.admitted_on for g in goods] == ["2026-06-02", "2026-06-03", "2026-06-04"]
    assert len(desk.of(AdmissionConcurred)) == 1


def test_more_than_announced_is_a_discrepancy_and_not_admitted(desk: Any) -> None:
    desk.authorize()
    said = desk.receive((1, 506))
    goods, found = said[1], said[2]
    assert (goods.quantity, goods.value, goods.over) == (Decimal(500), Decimal(1000), Decimal(6))
    assert (found.announced, found.counted) == (Decimal(500), Decimal(506))
    assert said[-1].with_discrepancy


def test_a_receipt_of_what_is_over_altogether_opens_no_layer(desk: Any) -> None:
    desk.authorize()
    desk.receive((1, 500), final=False)
    assert kinds(desk.receive((1, 4), receipt="R-2")) == [
        ReceiptCounted,
        DiscrepancyFound,
        ClockStarted,  # five days for a 214 or an entry
        DeadlineSet,
        DeadlineSet,
        AdmissionConcurred,
    ]


# ---- discrepancies and their clocks -------------------------------------------------------------


def test_golden_22_a_shortage_of_twelve(desk: Any) -> None:
    desk.authorize()
    said = desk.receive((1, 488))
    assert kinds(said) == [
        ReceiptCounted,
        GoodsAdmitted,
        DiscrepancyFound,
        DeadlineSet,
        AdmissionConcurred,
    ]
    assert said[2] == DiscrepancyFound(
        line=1,
        announced=Decimal(500),
        counted=Decimal(488),
        joint_report_by="2026-06-16",
        cbp_told_by="2026-06-18",
        cbp_5931_by="2026-06-21",
        identified_on="2026-06-01",
        short_value=Decimal(24),  # 12 of 500 for 1,000 dollars
        reportable=True,  # 2.4 %
        missing=said[2].missing,
    )
    assert said[3].due_at == "2026-06-22T04:00:00Z"  # the end of 21 June in New York
    assert said[1].value == Decimal(976)


def test_working_days_skip_weekends_holidays_and_the_ports_closures(desk: Any, make: Any) -> None:
    desk.zone = make.zone(closures=["2026-06-22"])
    desk.now = make.monday + timedelta(days=2)  # joint report by Thursday the 18th; Friday is Juneteenth
    desk.authorize()
    assert desk.receive((1, 1))[2].cbp_told_by == "2026-06-24"


def test_a_line_of_which_nothing_came_is_short_by_all_of_it(desk: Any, make: Any) -> None:
    desk.authorize(make.line(1), make.line(2, uin="CUP"))
    said = desk.receive((1, 500))
    (found,) = [f for f in said if isinstance(f, DiscrepancyFound)]
    assert (found.line, found.counted, found.joint_report_by) == (2, Decimal(0), "2026-06-16")


def test_a_receipt_counted_in_time_but_told_late_changes_the_discrepancy(desk: Any, make: Any) -> None:
    desk.authorize()
    desk.later(hours=4).receive((1, 300), receipt="R-2", final=True)
    said = desk.receive((1, 200), receipt="R-1", final=False, at=make.monday + timedelta(hours=1))
    assert kinds(said) == [ReceiptCounted, GoodsAdmitted, DiscrepancyFound, AdmissionConcurred]
    assert said[2].counted == said[2].announced
    assert not said[3].with_discrepancy
    assert sum(g.value for g in desk.of(GoodsAdmitted)) == 1000


def test_a_count_made_after_receiving_closed_is_refused(desk: Any) -> None:
    desk.authorize()
    desk.receive((1, 500))
    refusal = desk.later(hours=1).refused(desk.count((1, 3), receipt="R-2"))
    assert (refusal.code, refusal.place) == ("receiving-closed", "time")
    assert "146.53(d)" in refusal.citation


# ---- counts that cannot be taken ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("counted", "code", "place"),
    [
        ((1, "-1"), "quantity-out-of-range", "data.lines[0].quantity"),
        ((1, "99999999999"), "quantity-out-of-range", "data.lines[0].quantity"),
        ((7, 1), "line-unknown", "data.lines[0].line"),
        ((1, 10, "kg"), "unit-does-not-convert", "data.lines[0].unit"),
        ((1, 10, "carton"), "unit-does-not-convert", "data.lines[0].unit"),
        ((1, 250, "prs"), "unit-does-not-convert", "data.lines[0].unit"),
    ],
)
def test_counts_that_the_214_cannot_take_are_refused_by_place(
    desk: Any, counted: tuple[Any, ...], code: str, place: str
) -> None:
    desk.announce()
    refusal = desk.refused(desk.count(counted))
    assert (refusal.code, refusal.place) == (code, place)
    assert refusal.remedy


def test_a_line_counted_twice_in_one_receipt_is_refused(desk: Any) -> None:
    desk.announce()
    assert desk.refused(desk.count((1, 1), (1, 2))).place == "data.lines[1].line"


@pytest.mark.parametrize(
    ("announced", "counted", "quantity"),
    [
        ("pcs", (1, 10, "doz"), "120"),
        ("No.", (1, 10, "pcs"), "10"),
        ("doz", (1, 6, "each"), "0.5"),
        ("kg", (1, "1.5", "t"), "1500"),
        ("m²", (1, 2, "m2"), "2"),
        ("crate", (1, 7, "Crate"), "7"),
    ],
)
def test_a_count_in_another_unit_converts_by_arithmetic_alone(
    desk: Any, make: Any, announced: str, counted: tuple[Any, ...], quantity: str
) -> None:
    desk.announce(make.line(1, unit=announced))
    assert desk.receive(counted)[0].lines[0].quantity == Decimal(quantity)


def test_five_pieces_are_no_exact_dozen(desk: Any, make: Any) -> None:
    desk.announce(make.line(1, unit="doz"))
    assert desk.refused(desk.count((1, 5, "pcs"))).code == "unit-does-not-convert"


def test_the_same_receipt_again_changes_nothing_and_with_other_counts_is_refused(desk: Any) -> None:
    desk.announce()
    at = desk.now
    desk.receive((1, 12), final=False)
    assert kinds(desk.receive((1, 1, "doz"), final=False)) == [Noted]
    assert kinds(desk.later(days=30).receive((1, 12), final=False, at=at)) == [Noted]
    assert desk.refused(desk.count((1, 13), final=False, at=at)).code == "receipt-differs"
    assert desk.refused(desk.count((1, 12), final=True, at=at)).code == "receipt-differs"


@pytest.mark.parametrize(("days", "taken"), [(0, True), (5, True), (6, False), (40, False)])
def test_an_old_count_needs_a_person(desk: Any, make: Any, days: int, taken: bool) -> None:
    desk.announce()
    told = desk.later(days=days).count((1, 500), at=make.monday)
    if taken:
        assert kinds(desk.tell(told)) == [ReceiptCounted]
        return
    refusal = desk.refused(told)
    assert refusal.code == "receipt-backdated"
    assert "POST /v1/admissions" in refusal.remedy
    persons = desk.count((1, 500), at=make.monday, approved_by="p-7", approval_reason="scanner was down")
    (counted,) = desk.tell(persons)
    assert (counted.approved_by, counted.approval_reason) == ("p-7", "scanner was down")


# ---- early and late -----------------------------------------------------------------------------


def test_a_count_before_its_announcement_waits_and_is_taken_up(desk: Any) -> None:
    said = desk.receive((1, 40, "doz"), (2, 3), dropped_fields=("data.colour",))
    assert kinds(said) == [ReceiptKept, OutcomeGiven]
    assert (said[1].result, said[1].event, said[1].dropped_fields) == ("waiting", "e1", ["data.colour"])
    assert kinds(desk.receive((1, 40, "doz"), (2, 3))) == [Noted]


def test_an_early_count_opens_layers_once_it_is_announced_and_authorised(desk: Any) -> None:
    desk.receive((1, 40, "doz"))
    said = desk.announce()
    outcome = next(f for f in said if isinstance(f, OutcomeGiven))
    assert (outcome.event, outcome.result) == ("e1", "accepted")
    assert desk.of(ReceiptCounted)[0].lines[0].quantity == 480
    desk.assign()
    desk.classify()
    assert GoodsAdmitted in kinds(desk.answered())


def test_an_early_count_that_the_announcement_contradicts_is_refused_then(desk: Any) -> None:
    desk.receive((1, 3, "carton"))
    said = desk.announce()
    outcome = next(f for f in said if isinstance(f, OutcomeGiven))
    assert (outcome.result, outcome.code, outcome.place) == (
        "refused",
        "unit-does-not-convert",
        "data.lines[0].unit",
    )
    # Refused is refused: it is not kept, and the same receipt may be told again.
    assert ReceiptCounted in kinds(desk.receive((1, 36)))


def test_a_person_cannot_count_what_nobody_announced(desk: Any) -> None:
    assert desk.refused(desk.count((1, 1), approved_by="p-7")).code == "not-announced"


def test_a_counted_line_stays_in_a_corrected_announcement(desk: Any, make: Any) -> None:
    desk.announce(make.line(1), make.line(2))
    desk.receive((2, 5), final=False)
    for lines in ([make.line(1)], [make.line(1), make.line(2, unit="doz")]):
        refusal = desk.refused(desk.announcement(*lines))
        assert (refusal.code, refusal.place) == ("line-counted", "data.lines")
    desk.announce(make.line(2, quantity=Decimal(5)))
    assert desk.story.state.line(2).counted == 5


def test_arrival_starts_the_clock_of_receiving_once(desk: Any) -> None:
    said = desk.arrive()
    assert kinds(said) == [AdmissionArrived, DeadlineSet]
    assert said[1].due_at == "2026-06-17T04:00:00Z"  # the end of 16 June in New York
    assert kinds(desk.arrive()) == [Noted]


def test_receiving_closes_at_its_deadline_without_a_final_count(desk: Any) -> None:
    desk.authorize()
    clock = desk.arrive()[1]
    desk.receive((1, 300), final=False)
    desk.now = datetime.fromisoformat(clock.due_at)
    said = desk.tell(clock)
    assert kinds(said) == [DiscrepancyFound, DeadlineSet, AdmissionConcurred]
    assert said[2] == AdmissionConcurred(concurred_at=clock.due_at, with_discrepancy=True, final_count=False)
    assert kinds(desk.tell(clock)) == [Noted]
    # What was counted by then may still be told; what was counted after it may not.
    early = desk.now - timedelta(hours=3)
    assert GoodsAdmitted in kinds(desk.receive((1, 50), receipt="R-2", final=False, at=early))
    assert desk.later(hours=1).refused(desk.count((1, 1), receipt="R-3")).code == "receiving-closed"


def test_the_deadline_of_receiving_waits_for_the_permit(desk: Any) -> None:
    desk.file()
    clock = desk.arrive()[1]
    desk.receive((1, 300), final=False)
    desk.now = datetime.fromisoformat(clock.due_at)
    assert kinds(desk.tell(clock)) == [Noted]
    said = desk.later(days=1).answered()
    assert kinds(said) == [
        AdmissionAuthorized,
        GoodsAdmitted,
        DiscrepancyFound,
        DeadlineSet,
        AdmissionConcurred,
    ]
    assert not said[-1].final_count


def test_nothing_is_admitted_that_is_not_authorised(desk: Any) -> None:
    desk.file()
    desk.receive((1, 500))
    desk.answered(accepted=False)
    assert desk.of(GoodsAdmitted) == []
