"""Cumulative 214s of direct deliveries (19 CFR 146.40(c)(1)): the day's stream, and its admissions."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from ftz_admissions.domain.admission import TakeAnswer
from ftz_admissions.domain.cumulative import TakeListing, business_day
from ftz_admissions.usecases import DAILY
from ftz_common.contracts.admissions import (
    AdmissionHeld,
    AdmissionLine,
    AdmissionRejected,
    DailyHead,
    DailyOffered,
    DailyTold,
    GoodsAdmitted,
    HoldsCleared,
    Particulars,
)
from ftz_common.contracts.catair.admission import e214_of
from ftz_common.contracts.catair.file import read
from ftz_common.contracts.common import DeadlineSet, NumberAssigned, NumberRequested
from ftz_common.contracts.filing import Conveyance, FiledShipment, FilingAnswered, FilingLine, FilingRequested
from ftz_common.contracts.reference import DirectDelivery
from ftz_common.testing.story import Story
from ftz_common.values.calendar import PortCalendar

TUESDAY = datetime(2026, 6, 2, 14, tzinfo=UTC)
MIDNIGHT = datetime(2026, 6, 3, 4, tzinfo=UTC)  # Wednesday begins in New York
STREAM = "daily/999/acme/2026-06-02/1"
HEAD = DailyHead(
    port="4601",
    firms="X123",
    timezone="America/New_York",
    filer="Z99",
    importer_of_record="p-2",
    zone_id="9990001",
    operator_ior="99-9999999XX",
)


def offered(shipment: str = "S1", receipt: str = "R1", *, whole: bool = True, **more: Any) -> DailyOffered:
    came = Conveyance(
        mode="11",
        carrier="ABCD",
        bill=f"BILL{shipment}",
        port_of_unlading="4601",
        export_date="2026-05-01",
        import_date="2026-05-28",
        it_number="123456789",
    )
    line = FilingLine(
        line=7,
        number="6911103710",
        description="porcelain mug",
        quantity=Decimal(90),
        unit="pcs",
        value=Decimal(180),
        status="N",
        origin="VN",
        manufacturer="VNEXAMUG123HAN",
    )
    said = FiledShipment(shipment=shipment, conveyance=came, manifest="123456789", invoices=2, whole=whole)
    base = DailyOffered(
        to=STREAM,
        reply_to=f"admission/acme/shop/{shipment}",
        receipt=receipt,
        head=HEAD,
        shipment=said,
        lines=[line],
    )
    return msgspec.structs.replace(base, **more)


def number(of: str = STREAM) -> NumberAssigned:
    return NumberAssigned(to=of, series="series/admissions/999/214/26", number=7, purpose=f"214 {of}")


def answer(accepted: bool = True, attempt: int = 1) -> TakeAnswer:
    said = FilingAnswered(
        to=STREAM, kind="214", control="999-26-000007", attempt=attempt, accepted=accepted, codes=["x"]
    )
    return TakeAnswer(said, MIDNIGHT)


@pytest.fixture
def day() -> Story:
    return Story(DAILY, STREAM)


def the(story: Story, kind: type[Any]) -> list[Any]:
    return [fact for fact in story.facts if isinstance(fact, kind)]


def over(story: Story) -> list[Any]:
    """The business day is over."""
    return story.tell(the(story, DeadlineSet)[0], MIDNIGHT)


def test_the_first_receipt_takes_a_number_and_the_next_business_day_files_all(day: Story) -> None:
    day.tell(offered(), TUESDAY)
    assert [fact.purpose for fact in the(day, NumberRequested)] == [f"214 {STREAM}"]
    assert the(day, DeadlineSet)[0].due_at == "2026-06-03T04:00:00Z"
    day.tell(number(), TUESDAY)
    day.tell(offered("S2"), TUESDAY)
    over(day)
    (filing,) = the(day, FilingRequested)
    assert (filing.control, filing.filed_on, filing.direct_delivery) == ("999-26-000007", "2026-06-03", True)
    assert [(line.line, line.shipment) for line in filing.lines] == [(1, 1), (2, 2)]
    told = [(fact.to, fact.phase, fact.on) for fact in the(day, DailyTold)]
    assert told == [
        ("admission/acme/shop/S1", "numbered", ""),
        ("admission/acme/shop/S2", "numbered", ""),
        ("admission/acme/shop/S1", "filed", "2026-06-03"),
        ("admission/acme/shop/S2", "filed", "2026-06-03"),
    ]


def test_two_counts_of_a_shipment_are_one_shipment_whose_last_count_says_that_all_is_there(
    day: Story,
) -> None:
    day.tell(offered(receipt="R1", whole=False), TUESDAY)
    day.tell(offered(receipt="R2", whole=True), TUESDAY)
    day.tell(number(), TUESDAY)
    over(day)
    (filing,) = the(day, FilingRequested)
    assert [(s.shipment, s.whole) for s in filing.shipments] == [("S1", True)]
    assert len(filing.lines) == 2


def test_without_its_number_the_214_is_looked_at_again(day: Story) -> None:
    day.tell(offered(), TUESDAY)
    over(day)
    again = the(day, DeadlineSet)[-1]
    assert again.due_at == "2026-06-03T04:10:00Z"
    assert not the(day, FilingRequested)
    day.tell(number(), MIDNIGHT)
    day.tell(again, MIDNIGHT)
    assert len(the(day, FilingRequested)) == 1


def test_what_comes_after_the_filing_goes_on_the_next_business_day(day: Story) -> None:
    day.tell(offered(), TUESDAY)
    day.tell(number(), TUESDAY)
    over(day)
    late = day.tell(offered("S2"), MIDNIGHT)
    assert [fact.to for fact in late if isinstance(fact, DailyOffered)] == ["daily/999/acme/2026-06-03/1"]


def test_more_shipments_than_an_e214_carries_go_on_another_part_of_the_day(day: Story) -> None:
    for count in range(999):
        day.tell(offered(f"S{count}"), TUESDAY)
    more = day.tell(offered("S999"), TUESDAY)
    assert [fact.to for fact in more if isinstance(fact, DailyOffered)] == ["daily/999/acme/2026-06-02/2"]
    assert not [fact for fact in day.tell(offered("S7", "R2"), TUESDAY) if isinstance(fact, DailyOffered)]


def test_a_rejected_214_is_filed_again_with_the_correction_under_its_number(day: Story) -> None:
    day.tell(offered(), TUESDAY)
    day.tell(number(), TUESDAY)
    over(day)
    day.tell(answer(accepted=False), MIDNIGHT)
    assert len(the(day, AdmissionRejected)) == 1
    day.tell(answer(accepted=False), MIDNIGHT)  # answered twice
    assert len(the(day, AdmissionRejected)) == 1
    day.tell(offered(lines=[]), MIDNIGHT)
    assert [filing.attempt for filing in the(day, FilingRequested)] == [1, 2]
    day.tell(answer(attempt=2), MIDNIGHT)
    assert the(day, DailyTold)[-1].phase == "accepted"


def test_a_silent_cbp_is_a_hold_until_it_answers(day: Story) -> None:
    day.tell(offered(), TUESDAY)
    day.tell(number(), TUESDAY)
    over(day)
    day.tell(the(day, DeadlineSet)[-1], MIDNIGHT)
    assert the(day, AdmissionHeld)[0].holds[0].code == "no-answer"
    day.tell(answer(), MIDNIGHT)
    assert the(day, HoldsCleared)


def test_the_e214_has_a_conveyance_a_shipment_and_says_manifest_and_invoices(day: Story) -> None:
    day.tell(offered(), TUESDAY)
    day.tell(offered("S2", whole=False), TUESDAY)
    day.tell(number(), TUESDAY)
    over(day)
    made = e214_of(the(day, FilingRequested)[0])
    assert not made.problems
    rows = [(row.record.id, row.values) for row in read(made.text).rows if row.record]
    assert [kind for kind, _ in rows].count("20") == 2
    assert [values["bill"] for kind, values in rows if kind == "40"] == ["BILLS1", "BILLS2"]
    assert [values["remarks"] for kind, values in rows if kind == "61"] == [
        "MANIFEST 123456789 INVOICES 2 ENTIRE CONTENTS ADMITTED",
        "MANIFEST 123456789 INVOICES 2 PART ADMITTED",
    ]


@pytest.mark.parametrize(
    ("day_of_count", "recorded_with"),
    [
        ("2026-06-05", "2026-06-05"),  # Friday
        ("2026-06-06", "2026-06-05"),
        ("2026-06-07", "2026-06-05"),
        ("2026-06-19", "2026-06-18"),  # Juneteenth, a Friday
    ],
)
def test_days_without_business_belong_to_the_business_day_before(
    day_of_count: str, recorded_with: str
) -> None:
    calendar = PortCalendar("America/New_York")
    assert business_day(datetime.fromisoformat(day_of_count).date(), calendar).isoformat() == recorded_with


# ---- the admission ------------------------------------------------------------------------------


@pytest.fixture
def dock(make: Any) -> Any:
    """Acme's direct deliveries, with an agreement with Census; S-1 is announced and classified."""
    found = make.desk()
    approval = DirectDelivery(
        applied_on="2026-01-15", effective_from="2026-02-14", reference="PD-1", operator_owns=True
    )
    found.zone = make.zone(
        accounts=[msgspec.structs.replace(found.zone.accounts[0], direct_delivery=approval)],
        procedures=msgspec.structs.replace(
            found.zone.procedures, census_direct=True, pf_documents=["commercial-invoice"]
        ),
    )
    return found


def announce(dock: Any, *lines: AdmissionLine) -> None:
    said = dock.announcement(*lines, it_number="123456789")
    dock.tell(make_direct(said))
    for each in dock.story.state.in_order():
        dock.classify(each.number)


def make_direct(said: Any) -> Any:
    return replace(said, particulars=Particulars(direct_delivery=True))


def told(phase: Any, receipt: str = "R-1", on: str = "") -> TakeListing:
    said = DailyTold(
        to="admission/acme/shop/S-1",
        daily="daily/999/acme/2026-06-01/1",
        receipt=receipt,
        phase=phase,
        number="999-26-000007",
        control=7,
        attempt=0 if phase == "numbered" else 1,
        on=on,
    )
    return TakeListing(said, TUESDAY)


def test_a_shipment_takes_no_number_and_offers_each_count_with_its_share_of_the_value(dock: Any) -> None:
    announce(dock)
    assert not dock.of(NumberRequested)
    dock.receive((1, 300), final=False, rules=dock.rules)
    dock.later(days=1)
    dock.receive((1, 250), receipt="R-2", rules=dock.rules)
    said = [(o.to, o.receipt, o.lines[0].quantity, o.lines[0].value) for o in dock.of(DailyOffered)]
    assert said == [
        ("daily/999/acme/2026-06-01/1", "R-1", Decimal(300), Decimal(600)),
        ("daily/999/acme/2026-06-02/1", "R-2", Decimal(200), Decimal(400)),  # 50 more than announced
    ]
    assert [o.shipment.whole for o in dock.of(DailyOffered)] == [False, True]


def test_goods_are_in_the_zone_once_their_214_has_its_number_and_privileged_ones_once_it_is_filed(
    dock: Any, make: Any
) -> None:
    announce(dock, make.line(1), make.line(2, status="P"))
    dock.receive((1, 500), (2, 500), rules=dock.rules)
    assert not dock.of(GoodsAdmitted)
    dock.tell(told("numbered"))
    assert [(g.line, g.admission_number) for g in dock.of(GoodsAdmitted)] == [(1, "999-26-000007")]
    dock.tell(told("filed", on="2026-06-02"))
    assert [(g.line, g.pf_filed_on) for g in dock.of(GoodsAdmitted)] == [(1, None), (2, "2026-06-02")]
    dock.tell(told("accepted", on="2026-06-02T06:00:00Z"))
    assert dock.story.state.phase == "authorized"
    assert dock.tell(told("accepted", on="2026-06-02T06:00:00Z"))[0].why.startswith(
        "receipt 'R-1' is accepted"
    )


def test_what_stands_on_the_days_214_is_not_announced_otherwise_before_cbp_answered(dock: Any) -> None:
    announce(dock)
    dock.receive((1, 500), rules=dock.rules)
    dock.tell(told("numbered"))
    again = make_direct(dock.announcement(it_number="987654321"))
    assert dock.refused(again).code == "recorded-already"
    dock.tell(told("filed", on="2026-06-02"))
    assert dock.refused(make_direct(dock.announcement(it_number="987654321"))).code == "waits-for-cbp"
    dock.tell(told("rejected"))
    dock.tell(make_direct(dock.announcement(it_number="987654321")))
    assert dock.of(DailyOffered)[-1].to == "daily/999/acme/2026-06-01/1"
    assert dock.of(DailyOffered)[-1].shipment.manifest == "987654321"


def test_an_answer_about_a_count_that_is_not_of_the_shipment_is_noted(dock: Any) -> None:
    announce(dock)
    assert "not of this shipment" in dock.tell(told("numbered", "R-9"))[0].why
