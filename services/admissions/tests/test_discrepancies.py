"""Reports of what differs, their clocks, and for what the operator answers (19 CFR 146.37(c), 146.53)."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ftz_admissions.domain.discrepancies import ReportDiscrepancy
from ftz_common.contracts.admissions import DiscrepancyFound, DiscrepancyReported, LiabilityFixed
from ftz_common.contracts.common import DeadlineSet, Noted


@pytest.fixture
def short(desk: Any) -> Any:
    """500 announced, 488 counted and admitted on 1 June 2026."""
    desk.authorize()
    desk.receive((1, 488))
    return desk


def report(desk: Any, form: Any, signed: str, told: str, **more: Any) -> ReportDiscrepancy:
    said: dict[str, Any] = {
        "line": 1,
        "form": form,
        "signed_on": date.fromisoformat(f"2026-{signed}"),
        "told_on": date.fromisoformat(f"2026-{told}"),
        "reference": "R-1",
        "who": "p-1",
        "now": desk.now,
    }
    return ReportDiscrepancy(**said | more)


def clock(desk: Any) -> DeadlineSet:
    (found,) = [d for d in desk.of(DeadlineSet) if d.name == "liability"]
    return found


@pytest.mark.parametrize(
    ("form", "signed", "told", "liable_for"),
    [
        ("joint", "06-16", "06-18", 488),  # the fifteenth day, and two working days
        ("joint", "06-16", "06-22", 500),  # the 18th was the second working day
        ("joint", "06-17", "06-17", 500),  # signed a day late
        ("joint", "06-10", "06-12", 488),
        ("joint", "06-10", "06-15", 500),  # told on the third working day
        ("5931", "06-20", "06-21", 488),  # the twentieth day
        ("5931", "06-20", "06-22", 500),
    ],
)
def test_only_a_report_in_time_modifies_liability(
    short: Any, form: str, signed: str, told: str, liable_for: int
) -> None:
    short.later(days=40)
    (said,) = short.tell(report(short, form, signed, told))
    assert isinstance(said, DiscrepancyReported)
    assert (said.liable_for, bool(said.late)) == (liable_for, liable_for == 500)


def test_without_a_report_the_operator_answers_for_the_214(short: Any) -> None:
    (fixed,) = short.tell(clock(short))
    assert fixed == LiabilityFixed(
        line=1,
        quantity=Decimal(500),
        counted=Decimal(488),
        why="no report in time: 2026-06-21 was the last day",
    )


def test_a_timely_report_stops_the_clock_and_a_late_one_does_not(short: Any) -> None:
    short.later(days=18).tell(report(short, "joint", "06-17", "06-18"))
    (fixed,) = short.tell(clock(short))
    assert isinstance(fixed, LiabilityFixed)
    short.tell(report(short, "5931", "06-18", "06-19", reference="5931-7"))
    assert [type(f) for f in short.tell(clock(short))] == [Noted]


def test_a_late_count_that_closes_the_difference_leaves_nothing_to_report(short: Any) -> None:
    short.receive((1, 12), receipt="R-2", at=short.now - timedelta(hours=1))
    assert [type(f) for f in short.tell(clock(short))] == [Noted]
    assert short.refused(report(short, "joint", "06-01", "06-01")).code == "no-discrepancy"


@pytest.mark.parametrize(
    ("more", "code", "place"),
    [
        ({"line": 2}, "no-discrepancy", "line"),
        ({"signed_on": date(2026, 5, 31)}, "dates-out-of-order", "signed_on"),
        ({"told_on": date(2026, 6, 2)}, "dates-out-of-order", "told_on"),
        ({"told_on": date(2026, 6, 20)}, "dates-out-of-order", "told_on"),
    ],
)
def test_refused(short: Any, more: dict[str, Any], code: str, place: str) -> None:
    short.later(days=10)
    refusal = short.refused(report(short, "joint", "06-05", "06-08", **more))
    assert (refusal.code, refusal.place) == (code, place)
    assert refusal.citation == "19 CFR 146.37(c)"


def test_the_same_report_again_is_noted(short: Any) -> None:
    short.later(days=10)
    short.tell(report(short, "joint", "06-05", "06-08"))
    assert [type(f) for f in short.tell(report(short, "joint", "06-05", "06-08"))] == [Noted]


@pytest.mark.parametrize(("counted", "reportable"), [(495, True), (496, False), (500, False)])
def test_one_percent_missing_is_reportable(desk: Any, counted: int, reportable: bool) -> None:
    desk.authorize()
    said = desk.receive((1, counted))
    found = [f.reportable for f in said if isinstance(f, DiscrepancyFound)]
    assert found == ([reportable] if counted < 500 else [])


def test_an_overage_has_five_days_from_the_count_that_showed_it(desk: Any) -> None:
    """Golden case 24: identified on 10 April, 214 by 15 April; not from admission, not from our learning."""
    desk.now = datetime.fromisoformat("2026-04-08T14:00:00+00:00")
    desk.authorize()
    desk.receive((1, 500), final=False)
    desk.later(days=4)
    said = desk.receive((1, 6), receipt="R-2", at=desk.now - timedelta(days=2))
    (found,) = [f for f in said if isinstance(f, DiscrepancyFound)]
    assert (found.identified_on, found.overage_by) == ("2026-04-10", "2026-04-15")
    assert (found.joint_report_by, found.reportable) == ("2026-04-23", False)
