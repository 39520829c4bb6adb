"""From announcement to filing: numbers, holds, attempts, CBP's answers (19 CFR 146.32)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from ftz_common.contracts.admissions import (
    AdmissionAuthorized,
    AdmissionCorrected,
    AdmissionDrafted,
    AdmissionHeld,
    AdmissionNumbered,
    AdmissionRejected,
    ClassificationRequested,
    DocumentsAdded,
    GoodsAdmitted,
    HoldsCleared,
    LineClassified,
)
from ftz_common.contracts.common import DeadlineSet, Noted, NumberRequested
from ftz_common.contracts.filing import FilingRequested
from ftz_common.contracts.reference import Procedures


def kinds(facts: list[Any]) -> list[type]:
    return [type(f) for f in facts]


def codes(facts: list[Any]) -> list[str]:
    return [hold.code for f in facts if isinstance(f, AdmissionHeld) for hold in f.holds]


# ---- drafting -----------------------------------------------------------------------------------


def test_an_announcement_becomes_a_draft_that_asks_for_its_number_and_a_tariff_number_per_line(
    desk: Any, make: Any
) -> None:
    said = desk.announce(make.line(1), make.line(2, uin="CUP"))
    assert kinds(said) == [
        AdmissionDrafted,
        NumberRequested,
        ClassificationRequested,
        ClassificationRequested,
        DeadlineSet,
    ]
    assert [(f.to, f.line, f.needed_on, f.revision) for f in desk.of(ClassificationRequested)] == [
        ("part/acme/MUG", 1, "2026-06-01", "2026-A"),
        ("part/acme/CUP", 2, "2026-06-01", "2026-A"),
    ]
    (request,) = desk.of(NumberRequested)
    assert (request.to, request.reply_to) == ("series/admissions/999/214/26", make.stream)


def test_the_series_is_that_of_the_local_year(desk: Any, make: Any) -> None:
    desk.now = make.monday.replace(year=2027, month=1, day=1, hour=4)  # still 2026 in New York
    desk.announce()
    assert desk.of(NumberRequested)[0].to == "series/admissions/999/214/26"


def test_every_line_keeps_the_status_it_was_announced_with(desk: Any, make: Any) -> None:
    desk.announce(make.line(1, status="P"), make.line(2, status="Z"), make.line(3, status="D"))
    assert [line.status for line in desk.of(AdmissionDrafted)[0].lines] == ["P", "Z", "D"]


@pytest.mark.parametrize(
    ("changes", "code", "place"),
    [
        ({"quantity": Decimal(0)}, "quantity-out-of-range", "data.lines[0].quantity"),
        ({"quantity": Decimal(-5)}, "quantity-out-of-range", "data.lines[0].quantity"),
        ({"quantity": Decimal("99999999999")}, "quantity-out-of-range", "data.lines[0].quantity"),
        ({"value": Decimal("-0.01")}, "value-out-of-range", "data.lines[0].value"),
        ({"value": Decimal(10**12)}, "value-out-of-range", "data.lines[0].value"),
        ({"charges": Decimal(-1)}, "charges-out-of-range", "data.lines[0].charges"),
    ],
)
def test_what_a_214_cannot_carry_is_refused_by_place(
    desk: Any, make: Any, changes: dict[str, Any], code: str, place: str
) -> None:
    refusal = desk.refused(desk.announcement(make.line(1, **changes)))
    assert (refusal.code, refusal.place) == (code, place)
    assert refusal.citation
    assert refusal.remedy


def test_a_line_number_twice_or_a_day_that_does_not_exist_is_refused(desk: Any, make: Any) -> None:
    assert desk.refused(desk.announcement(make.line(1), make.line(1))).place == "data.lines[1].line"
    assert desk.refused(desk.announcement(import_date="2026-02-30")).place == "data.import_date"


def test_the_largest_quantity_and_a_line_without_value_are_carried(desk: Any, make: Any) -> None:
    desk.announce(make.line(1, quantity=Decimal("9999999999.99"), value=Decimal(0)))
    assert desk.story.state.phase == "drafted"


# ---- filing -------------------------------------------------------------------------------------


def test_numbered_and_classified_without_holds_it_is_filed_once(desk: Any, make: Any) -> None:
    desk.announce()
    assert kinds(desk.assign()) == [AdmissionNumbered]
    said = desk.classify()
    assert kinds(said) == [LineClassified, FilingRequested, DeadlineSet]
    filing = said[1]
    assert (filing.kind, filing.control, filing.attempt, filing.filed_on) == (
        "214",
        make.number,
        1,
        "2026-06-01",
    )
    assert filing.lines[0].number == "6911103710"
    assert filing.lines[0].description == "porcelain mug with handle"
    assert said[2] == DeadlineSet(
        name="answer", due_at="2026-06-02T14:00:00Z", subject="1", citation=said[2].citation
    )
    assert kinds(desk.classify()) == [Noted]
    assert kinds(desk.assign()) == [Noted]
    assert len(desk.of(FilingRequested)) == 1


def test_number_and_tariff_number_may_come_in_either_order(desk: Any) -> None:
    desk.announce()
    assert kinds(desk.classify()) == [LineClassified]
    assert kinds(desk.assign()) == [AdmissionNumbered, FilingRequested, DeadlineSet]


def test_a_tariff_number_for_another_part_than_the_line_now_is_changes_nothing(desk: Any, make: Any) -> None:
    desk.announce()
    desk.later(hours=1).announce(make.line(1, uin="CUP"))
    assert kinds(desk.classify(uin="MUG")) == [Noted]
    assert kinds(desk.classify(9)) == [Noted]
    assert kinds(desk.classify(uin="CUP")) == [LineClassified]


# ---- holds --------------------------------------------------------------------------------------


def test_a_missing_document_holds_and_a_late_one_releases(desk: Any, make: Any) -> None:
    said = desk.announce(documents=[])
    assert codes(said) == ["document-missing"]
    assert "commercial-invoice" in said[-1].holds[0].reason
    desk.assign()
    assert kinds(desk.classify()) == [LineClassified]
    assert kinds(desk.documents(make.packing)) == [DocumentsAdded]
    assert kinds(desk.documents(make.invoice)) == [DocumentsAdded, HoldsCleared, FilingRequested, DeadlineSet]
    assert kinds(desk.documents(make.invoice)) == [Noted]


def test_documents_that_came_before_the_announcement_count(desk: Any, make: Any) -> None:
    assert kinds(desk.documents(make.invoice)) == [DocumentsAdded]
    assert codes(desk.announce(documents=[])) == []
    assert desk.of(AdmissionDrafted)[0].documents == [make.invoice]


@pytest.mark.parametrize(
    ("goods", "day", "held"),
    [
        ("N CN 6911103710", 1, True),
        ("Z CN 6911103710", 1, True),
        ("P CN 6911103710", 1, False),  # the election the measure asks for
        ("D CN 6911103710", 1, False),  # eligible as domestic
        ("N VN 6911103710", 1, False),  # another origin
        ("N CN 6912001000", 1, False),  # another number
        ("N CN 6911103710", 0, False),  # before the measure
        ("N CN 6911103710", 365, True),  # on its last day
        ("N CN 6911103710", 366, False),  # after it
    ],
)
def test_npf_is_refused_for_goods_that_must_be_privileged_foreign_on_that_day(
    desk: Any, make: Any, goods: str, day: int, held: bool
) -> None:
    status, origin, number = goods.split()
    desk.now = make.monday.replace(year=2025, month=12, day=31) + timedelta(days=day)
    desk.revisions = [make.revision("2026-A", "2025-01-01")]
    desk.announce(make.line(1, status=status, origin=origin))
    desk.assign()
    said = desk.classify(number=number)
    assert codes(said) == (["pf-required"] if held else [])
    assert bool(desk.of(FilingRequested)) is not held
    if held:
        hold = said[-1].holds[0]
        assert hold.citation == "15 CFR 400.13(c)(2)"
        assert "example order on tableware" in hold.reason


def test_pf_required_is_cured_by_a_corrected_announcement(desk: Any, make: Any) -> None:
    desk.file(make.line(1, origin="CN"))
    said = desk.later(hours=1).announce(make.line(1, origin="CN", status="P"))
    assert kinds(said) == [AdmissionCorrected, HoldsCleared, FilingRequested, DeadlineSet]
    assert said[2].lines[0].status == "P"


def test_a_revision_that_is_no_longer_in_force_holds_and_is_asked_again(desk: Any, make: Any) -> None:
    desk.announce(documents=[])
    desk.assign()
    desk.classify()
    desk.revisions.append(make.revision("2026-B", "2026-06-10"))
    desk.later(days=10)
    said = desk.documents(make.invoice)
    assert kinds(said) == [DocumentsAdded, ClassificationRequested, DeadlineSet, AdmissionHeld]
    assert codes(said) == ["revision-superseded"]
    assert (said[1].revision, said[1].needed_on) == ("2026-B", "2026-06-11")
    assert kinds(desk.documents(make.packing)) == [DocumentsAdded]  # asked once
    said = desk.classify(revision="2026-B")
    assert kinds(said) == [LineClassified, HoldsCleared, FilingRequested, DeadlineSet]


def test_an_answer_in_an_old_revision_is_asked_again(desk: Any, make: Any) -> None:
    desk.revisions.append(make.revision("2026-B", "2026-06-01"))
    desk.announce()
    desk.assign()
    said = desk.classify(revision="2026-A")
    assert kinds(said) == [LineClassified, ClassificationRequested, DeadlineSet, AdmissionHeld]
    assert FilingRequested in kinds(desk.classify(revision="2026-B"))


def test_number_and_tariff_numbers_that_do_not_come_in_an_hour_are_holds(desk: Any) -> None:
    desk.announce()
    (ready,) = desk.of(DeadlineSet)
    assert ready.due_at == "2026-06-01T15:00:00Z"
    desk.later(hours=1)
    assert codes(desk.tell(ready)) == ["number-missing", "classification-missing"]
    assert codes(desk.assign()) == ["classification-missing"]
    assert kinds(desk.classify()) == [LineClassified, HoldsCleared, FilingRequested, DeadlineSet]
    assert kinds(desk.tell(ready)) == [Noted]


def test_the_hour_adds_to_the_holds_that_stand(desk: Any) -> None:
    desk.announce(documents=[])
    desk.assign()
    assert codes(desk.later(hours=1).tell(desk.of(DeadlineSet)[0])) == [
        "document-missing",
        "classification-missing",
    ]


# ---- corrections --------------------------------------------------------------------------------


def test_the_same_announcement_again_changes_nothing(desk: Any) -> None:
    desk.announce()
    assert kinds(desk.announce()) == [Noted]


def test_an_older_announcement_that_comes_later_changes_nothing(desk: Any, make: Any) -> None:
    desk.announce()
    older = desk.announcement(make.line(1, quantity=Decimal(5)), at=make.monday - timedelta(hours=2))
    assert kinds(desk.tell(older)) == [Noted]


def test_a_correction_asks_only_for_what_changed(desk: Any, make: Any) -> None:
    desk.announce(make.line(1), make.line(2, uin="CUP"))
    desk.classify(1)
    said = desk.announce(make.line(1, quantity=Decimal(400)), make.line(2, uin="JUG"), make.line(3))
    assert [f.line for f in said if isinstance(f, ClassificationRequested)] == [2, 3]
    assert desk.story.state.line(1).classified is not None


def test_a_rejection_is_corrected_and_filed_again_as_the_next_attempt(desk: Any, make: Any) -> None:
    desk.file(export_date="2026-05-29")
    said = desk.answered(accepted=False)
    assert kinds(said) == [AdmissionRejected]
    assert (said[0].attempt, said[0].codes) == (1, ["bill-missing"])
    said = desk.later(hours=1).announce(bill="BILL-2")
    assert kinds(said) == [AdmissionCorrected, FilingRequested, DeadlineSet]
    assert (said[1].attempt, said[1].control, said[1].conveyance.bill) == (2, make.number, "BILL-2")


def test_after_a_rejection_nothing_but_a_new_announcement_files_again(desk: Any, make: Any) -> None:
    desk.file()
    desk.answered(accepted=False)
    assert kinds(desk.documents(make.packing)) == [DocumentsAdded]
    assert kinds(desk.classify()) == [LineClassified]
    # A person may file the very same again: what CBP objected to may not be in the announcement.
    assert FilingRequested in kinds(desk.announce())


def test_while_cbp_has_it_and_after_it_is_authorised_a_correction_is_refused(desk: Any, make: Any) -> None:
    desk.file()
    refusal = desk.refused(desk.announcement(make.line(1, quantity=Decimal(5))))
    assert refusal.code == "waits-for-cbp"
    assert "2026-06-02T14:00:00Z" in refusal.remedy
    desk.answered()
    assert desk.refused(desk.announcement()).code == "already-authorized"


# ---- CBP's answers ------------------------------------------------------------------------------


def test_an_answer_counts_once(desk: Any) -> None:
    desk.file()
    assert kinds(desk.answered()) == [AdmissionAuthorized]
    assert kinds(desk.answered()) == [Noted]
    assert kinds(desk.answered(accepted=False)) == [Noted]
    assert desk.story.state.phase == "authorized"


def test_a_late_answer_to_the_first_attempt_cannot_touch_the_second(desk: Any) -> None:
    desk.file()
    desk.answered(accepted=False)
    desk.announce(bill="BILL-2")
    said = desk.answered(accepted=True, attempt=1)
    assert kinds(said) == [Noted]
    assert said[0].why.startswith("late: attempt 1")
    assert desk.story.state.phase == "filed"
    assert kinds(desk.answered(attempt=2)) == [AdmissionAuthorized]


def test_an_answer_about_another_number_changes_nothing(desk: Any) -> None:
    desk.file()
    assert kinds(desk.answered(control="999-26-000007")) == [Noted]


def test_silence_is_a_hold_and_files_nothing_by_itself(desk: Any) -> None:
    clock = desk.file()[-1]
    said = desk.later(hours=24).tell(clock)
    assert codes(said) == ["no-answer"]
    assert len(desk.of(FilingRequested)) == 1
    # The answer may still come, and then it counts.
    assert kinds(desk.answered()) == [AdmissionAuthorized, HoldsCleared]


def test_after_silence_a_person_announces_again_and_the_second_attempt_stands(desk: Any) -> None:
    clock = desk.file()[-1]
    desk.later(hours=24).tell(clock)
    said = desk.announce()
    assert kinds(said) == [AdmissionCorrected, HoldsCleared, FilingRequested, DeadlineSet]
    assert said[2].attempt == 2
    assert kinds(desk.answered(attempt=1)) == [Noted]
    assert kinds(desk.tell(clock)) == [Noted]


def test_a_corrected_draft_takes_no_answer_to_what_it_replaces(desk: Any, make: Any) -> None:
    clock = desk.file()[-1]
    desk.later(hours=24).tell(clock)
    desk.announce(make.line(1, uin="CUP"))
    said = desk.answered(attempt=1)
    assert kinds(said) == [Noted]
    assert "corrected" in said[0].why


def test_the_clock_of_an_answered_attempt_changes_nothing(desk: Any) -> None:
    clock = desk.file()[-1]
    desk.answered()
    assert kinds(desk.tell(clock)) == [Noted]


def test_the_hours_for_an_answer_are_the_operators(desk: Any, make: Any) -> None:
    procedures = Procedures(required_documents=[], answer_hours_max=3)
    desk.zone = make.zone(procedures=procedures)
    assert desk.file()[-1].due_at == "2026-06-01T17:00:00Z"


def test_the_pf_filing_date_is_the_day_of_the_attempt_that_was_accepted(desk: Any, make: Any) -> None:
    desk.file(make.line(1, status="P"), make.line(2, status="N"))
    desk.answered(accepted=False)
    desk.later(days=2).announce(make.line(1, status="P"), make.line(2, status="N"), bill="B2")
    desk.later(days=3).answered(attempt=2)
    desk.receive((1, 500), (2, 500))
    dates = {f.line: f.pf_filed_on for f in desk.of(GoodsAdmitted)}
    assert dates == {1: "2026-06-03", 2: None}


def test_a_hold_names_at_most_twenty_lines(desk: Any, make: Any) -> None:
    desk.announce(*(make.line(n, uin=f"U{n}") for n in range(1, 31)))
    said = desk.later(hours=1).tell(desk.of(DeadlineSet)[0])
    assert said[0].holds[1].reason.startswith("line 1, 2, 3")
    assert "and 10 more" in said[0].holds[1].reason


def test_a_214_of_999_lines_fits_the_largest_event(desk: Any, make: Any) -> None:
    lines = [make.line(n, uin=f"UIN-{n:06}", value=Decimal("12345.67")) for n in range(1, 1000)]
    desk.file(*lines)
    (filing,) = desk.of(FilingRequested)
    assert len(filing.lines) == 999
    assert len(msgspec.json.encode(filing)) < 256_000
