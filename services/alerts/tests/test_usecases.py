"""What is heard becomes a risk with a sentence, the rule, what to do and until when; a cure ends it."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from ftz_alerts.domain import admission_concerns
from ftz_alerts.handlers import arms
from ftz_alerts.usecases import UseCases
from ftz_common.contracts import admissions, common, duty, inventory, movements, table
from ftz_common.contracts.alerts import AlertRaised
from ftz_common.contracts.fact import Fact
from ftz_common.testing.story import Story

D = Decimal
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
ORDER = "order/acme/shop/1001"
SHIPMENT = "admission/acme/shop/S-1"
ENTRY = "entry/999/acme/2026-03-01"
COVER = "cover/999/acme/2026-03-01/6912004810/N/CN/pcs"
LEDGER = "ledger/999/site-1/acme/MUG"
INBOND = "inbond/acme/shop/1001/P-1"

SUSPENDED = inventory.DrawSuspended(
    draw="d-1",
    uin="MUG",
    order=ORDER,
    line=1,
    parcel="P-1",
    disposition="consumption",
    destination_country="US",
    quantity=D(5),
    unit="pcs",
    removed_at="2026-03-02T11:00:00Z",
    removed_on="2026-03-02",
)
UNCOVERED = inventory.RemovalUncovered(
    withdrawal="w-1",
    order=ORDER,
    line=1,
    quantity=D(4),
    removed_at="2026-03-02T11:00:00Z",
    permitted=D("6.50"),
)
HELD = admissions.AdmissionHeld(
    holds=[
        admissions.Hold(
            code="document-missing",
            reason="no commercial invoice",
            citation="19 CFR 146.32(b)(1)",
            remedy="send the invoice",
        )
    ]
)
REJECTED = admissions.AdmissionRejected(attempt=1, codes=["110"], reasons=["value missing"])
DISCREPANCY = admissions.DiscrepancyFound(
    line=2,
    announced=D(100),
    counted=D("98"),
    joint_report_by="2026-03-17",
    cbp_told_by="2026-03-19",
    cbp_5931_by="2026-03-22",
)
SHORTAGE = admissions.ShortageJudged(
    line=2,
    counted=D(98),
    missing=D(2),
    share=D("0.02"),
    duty=D("120.50"),
    report=True,
    why="2 % of the quantity and duty of $120.5",
    identified_on="2026-03-02",
)
TOLD = admissions.ShortageReported(line=2, reported_on="2026-03-03", reference="SH-1", who="p-1")
NOT_FOLLOWED = movements.StatusChangeRefused(
    movement="999-26-000004/1",
    admission="admission/acme/status-change/E1",
    admission_number="999-26-000004",
    line=1,
    uin="MUG",
    quantity=D(120),
    unit="pcs",
    status="P",
    code="not-in-zone",
    reason="20 of it are not there",
    citation="19 CFR 146.23(b)(4)",
    remedy="Count again.",
)
CLOCK = common.ClockStarted(
    name="overage", act_by="2026-03-07", what="a 214", citation="19 CFR 146.53(d)", remedy="file it"
)
CLOCK_OVER = common.ClockExpired(
    name="overage", act_by="2026-03-07", what="a 214", citation="19 CFR 146.53(d)", remedy="file it"
)
CLOCK_MET = common.ClockStopped(name="overage", how="filed")


def settled(missing: int, how: str = "cured") -> inventory.SuspenseSettled:
    return inventory.SuspenseSettled(draw="d-1", quantity=D(1), missing=D(missing), how=how)


def rejected(attempt: int) -> duty.EstimateRejected:
    return duty.EstimateRejected(attempt=attempt, codes=["A1"], reasons=["port unknown"])


def accepted(attempt: int) -> duty.EstimateAccepted:
    return duty.EstimateAccepted(attempt=attempt, accepted_at="2026-02-28T20:00:00Z")


def waits() -> duty.CompilationWaits:
    return duty.CompilationWaits(
        differences=["inventory counted 8 in 1 withdrawal, the entry holds 10 in 1 withdrawal"],
        summary_due_on="2026-03-20",
    )


def compiled(not_filed: str = "", lines: int = 1) -> duty.EntryCompiled:
    return duty.EntryCompiled(
        zone="999",
        account="acme",
        week="2026-03-01",
        entry_number="XYZ-1",
        entry_date="2026-02-28",
        fee_year=2026,
        revision="r",
        line_count=lines,
        parts=1,
        entered_value=D(1),
        duty=D(0),
        unpriced=0,
        mpf=D(0),
        total=D(0),
        covers="",
        payable=False,
        not_evaluated=[],
        summary_due_on="2026-03-20",
        not_filed=not_filed,
    )


def correction(reversed_: bool = False) -> duty.EntryCorrectionNeeded:
    piece = duty.PricedPiece(
        layer="l",
        admission_number="n",
        status="N",
        origin="CN",
        number="6912004810",
        revision="r",
        decision="d",
        quantity=D(3),
        unit="pcs",
        value=D(1),
        rate_text="Free",
        rate_from="6912",
        duty=D(0),
    )
    return duty.EntryCorrectionNeeded(
        withdrawal="w-1", order=ORDER, line=1, removed_on="2026-03-03", reversed=reversed_, pieces=[piece]
    )


def open_risks(told: dict[str, Story]) -> set[str]:
    return {stream.split("/")[1] for stream, story in told.items() if story.state.raised}


def test_arms_are_exactly_what_the_contract_table_says_is_heard(cases: UseCases) -> None:
    assert set(arms(cases).facts) == {row.fact for row in table.ROWS if "alerts" in row.heard_by}


SENTENCES: list[tuple[str, Fact, str, str, str, str]] = [
    (
        LEDGER,
        SUSPENDED,
        "5 of MUG left with order 1001 (shop), line 1, on 2026-03-02, and the book has no admitted goods",
        "19 CFR 146.53(a)",
        "enter what was admitted on or before 2026-03-02",
        "",
    ),
    (
        COVER,
        UNCOVERED,
        "order 1001 (shop) left at 2026-03-02T11:00:00Z without cover: the estimate permitted 6.5 of",
        "19 CFR 146.71(a); 19 CFR 146.63(c)(1)",
        "file a supplemental estimate",
        "",
    ),
    (
        SHIPMENT,
        HELD,
        "The 214 of shipment S-1 (shop) is held: no commercial invoice.",
        "19 CFR 146.32(b)(1)",
        "send the invoice",
        "",
    ),
    (
        SHIPMENT,
        REJECTED,
        "CBP refused the 214 of shipment S-1 (shop) (attempt 1): 110: value missing.",
        "19 CFR 146.32(c)",
        "correct what CBP names",
        "",
    ),
    (
        SHIPMENT,
        DISCREPANCY,
        "Line 2 of shipment S-1 (shop) is 2 short: announced 100, counted 98.",
        "19 CFR 146.37(c)",
        "by 2026-03-17 and report it to CBP by 2026-03-19, or file a CBP 5931 by 2026-03-22",
        "2026-03-17",
    ),
    (
        SHIPMENT,
        SHORTAGE,
        "The shortage of 2 on line 2 of shipment S-1 (shop), identified on 2026-03-02, is to be reported",
        "19 CFR 146.53(a)(3)",
        "ftz admissions report-shortage",
        "2026-03-02",
    ),
    (
        SHIPMENT,
        admissions.LiabilityFixed(line=2, quantity=D(100), counted=D(98), why="no report", owed=D("120.50")),
        "The operator answers for 100, and 98 were counted; duty on what is missing: USD 120.5.",
        "19 CFR 146.37(c); 19 CFR 146.53(c)",
        "upon CBP's demand",
        "",
    ),
    (
        LEDGER,
        NOT_FOLLOWED,
        "CBP permitted status P for 120 pcs of MUG (214 999-26-000004, line 1), and the book cannot follow:",
        "19 CFR 146.23(b)(2); 19 CFR 146.23(b)(4)",
        "Count again; then record the change",
        "",
    ),
    (
        SHIPMENT,
        CLOCK_OVER,
        "Shipment S-1 (shop): a 214 was due by 2026-03-07 and is not done.",
        "19 CFR 146.53(d)",
        "file it",
        "2026-03-07",
    ),
    (
        INBOND,
        duty.InBondOverdue(due_on="2026-04-01"),
        "The in-bond of parcel P-1, order 1001 (shop) was due to leave the country by 2026-04-01;",
        "19 CFR 146.67(c); 19 CFR 18.1",
        "get the carrier's proof of export",
        "2026-04-01",
    ),
    (
        ENTRY,
        waits(),
        "The entry of acme for the week of 2026-03-01 cannot be compiled: inventory counted 8",
        "19 CFR 146.62(a); 19 CFR 146.63(c)",
        "before the summary is due on 2026-03-20",
        "2026-03-20",
    ),
    (
        ENTRY,
        correction(),
        "The removal of 3 of line 1 of order 1001 (shop) on 2026-03-03 came to light after the entry of acme",
        "19 CFR 146.63(c)",
        "never next week's",
        "",
    ),
    (
        ENTRY,
        correction(True),
        "was taken back after the entry of acme for the week of 2026-03-01 was compiled",
        "19 CFR 146.63(c)",
        "correct the entry summary",
        "",
    ),
    (
        ENTRY,
        rejected(1),
        "CBP refused estimate 1 of the entry of acme for the week of 2026-03-01: A1: port unknown;",
        "19 CFR 146.63(c)(1)",
        "before anything leaves",
        "",
    ),
    (
        ENTRY,
        duty.SummaryRejected(codes=["S1"], reasons=[], attempt=1),
        "CBP refused the summary of the entry of acme for the week of 2026-03-01: S1.",
        "19 CFR 146.62(a)",
        "file the summary again",
        "",
    ),
    (
        ENTRY,
        compiled("line 1 has no duty figure: a person must supply it"),
        "The summary of the entry of acme for the week of 2026-03-01, XYZ-1, is not filed: line 1",
        "19 CFR 146.62(a)",
        "file it by 2026-03-20",
        "2026-03-20",
    ),
]


@pytest.mark.parametrize("expected", SENTENCES, ids=lambda row: type(row[1]).__name__)
def test_an_alert_is_a_sentence_a_person_can_act_on(
    cases: UseCases, make: Any, expected: tuple[str, Fact, str, str, str, str]
) -> None:
    stream, fact, message, citation, remedy, act_by = expected
    told = make.hear(cases, {}, (stream, 3, fact))
    raised = [said for story in told.values() for said in story.facts if isinstance(said, AlertRaised)]
    assert len(raised) == 1
    assert message in raised[0].message
    assert raised[0].message.endswith(".")
    assert (raised[0].citation, raised[0].act_by) == (citation, act_by)
    assert remedy in raised[0].remedy
    assert raised[0].about


SUMMARY_NO = duty.SummaryRejected(codes=["S1"], reasons=["r"], attempt=2)
SUMMARY_YES = duty.SummaryAccepted(accepted_at="2026-03-19T12:00:00Z", attempt=3)
CLEARED = admissions.HoldsCleared()
AUTHORIZED = admissions.AdmissionAuthorized(attempt=2, authorized_at="2026-03-04T12:00:00Z")
COVERED = inventory.RemovalCovered(withdrawal="w-1", quantity=D(4))
RESTORED = inventory.CoverRestored(withdrawal="w-1", quantity=D(10), remaining=D(10))
ARRIVED = duty.InBondArrived(closed_at="2026-04-02T12:00:00Z", port_of_exit="0901")


@pytest.mark.parametrize(
    ("heard", "still_open"),
    [
        ([(LEDGER, 3, SUSPENDED), (LEDGER, 4, settled(0))], set()),
        ([(LEDGER, 3, SUSPENDED), (LEDGER, 4, settled(2))], {"suspended-draw"}),
        ([(LEDGER, 3, SUSPENDED), (LEDGER, 4, settled(2)), (LEDGER, 5, settled(0, "reversed"))], set()),
        ([(COVER, 3, UNCOVERED), (COVER, 4, COVERED)], set()),
        ([(COVER, 3, UNCOVERED), (COVER, 4, RESTORED)], set()),
        ([(COVER, 4, RESTORED)], set()),
        ([(SHIPMENT, 3, HELD), (SHIPMENT, 4, admissions.HoldsCleared())], set()),
        (
            [(SHIPMENT, 3, HELD), (SHIPMENT, 4, admissions.HoldsCleared()), (SHIPMENT, 5, HELD)],
            {"admission-held"},
        ),
        ([(SHIPMENT, 3, HELD), (SHIPMENT, 4, REJECTED)], {"admission-rejected"}),
        ([(SHIPMENT, 4, REJECTED), (SHIPMENT, 9, AUTHORIZED)], set()),
        ([(INBOND, 3, duty.InBondOverdue(due_on="2026-04-01")), (INBOND, 4, ARRIVED)], set()),
        ([(ENTRY, 8, waits()), (ENTRY, 9, compiled())], set()),
        ([(ENTRY, 8, waits()), (ENTRY, 9, compiled("too many lines"))], {"summary-not-filed"}),
        ([(ENTRY, 9, compiled("nothing was removed", lines=0))], set()),
        ([(ENTRY, 2, rejected(1)), (ENTRY, 3, accepted(2))], set()),
        ([(ENTRY, 2, accepted(1)), (ENTRY, 3, rejected(2))], {"estimate-rejected"}),
        ([(ENTRY, 3, rejected(2)), (ENTRY, 4, accepted(1))], {"estimate-rejected"}),
        ([(ENTRY, 9, SUMMARY_NO), (ENTRY, 10, SUMMARY_YES)], set()),
        ([(ENTRY, 9, correction())], {"entry-correction"}),
        ([(SHIPMENT, 5, SHORTAGE)], {"receipt-shortage"}),
        ([(LEDGER, 5, NOT_FOLLOWED)], {"status-change-refused"}),
        ([(SHIPMENT, 5, SHORTAGE), (SHIPMENT, 6, TOLD)], set()),
        ([(SHIPMENT, 5, replace(SHORTAGE, report=False))], set()),
        ([(SHIPMENT, 3, CLOCK), (SHIPMENT, 4, CLOCK_OVER)], {"admission-clock"}),
        ([(SHIPMENT, 3, CLOCK), (SHIPMENT, 5, CLOCK_MET)], set()),
        ([(INBOND, 3, CLOCK)], {"removal-clock"}),
        ([(LEDGER, 3, CLOCK_OVER)], {"movement-overdue"}),
    ],
)
def test_a_cure_ends_an_alert_in_whichever_order_they_are_heard(
    cases: UseCases, make: Any, heard: list[tuple[str, int, Fact]], still_open: set[str]
) -> None:
    assert open_risks(make.hear(cases, {}, *heard)) == still_open
    assert open_risks(make.hear(cases, {}, *reversed(heard))) == still_open


def test_two_removals_under_one_cover_line_are_two_alerts(cases: UseCases, make: Any) -> None:
    other = inventory.RemovalUncovered(
        withdrawal="w-2",
        order=ORDER,
        line=1,
        quantity=D(1),
        removed_at="2026-03-02T11:00:00Z",
        permitted=D(0),
    )
    told = make.hear(cases, {}, (COVER, 3, UNCOVERED), (COVER, 4, other), (COVER, 5, COVERED))
    assert {stream: story.state.raised for stream, story in told.items()} == {
        f"risk/removal-without-cover/{COVER.replace('/', '%2F')}/w-1": False,
        f"risk/removal-without-cover/{COVER.replace('/', '%2F')}/w-2": True,
    }


def test_what_is_over_has_the_shorter_clock() -> None:
    """Golden case 24: an overage of 6 found on 10 April 2026 needs a 214 or an entry by 15 April."""
    found = admissions.DiscrepancyFound(
        line=1,
        announced=D(100),
        counted=D(106),
        joint_report_by="2026-04-25",
        cbp_told_by="2026-04-28",
        cbp_5931_by="2026-04-30",
        overage_by="2026-04-15",
    )
    concern = admission_concerns.receipt_discrepancy(found, "admission/acme/shop/S-1")
    assert concern.act_by == "2026-04-15"
    assert concern.remedy.startswith("file a 214 or an entry for what is over by 2026-04-15; sign a joint")
    assert concern.citation.startswith("19 CFR 146.53(d)")
