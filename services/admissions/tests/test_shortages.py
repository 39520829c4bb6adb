"""What is missing or over at receipt: judged, reported, owed, answered (19 CFR 146.53)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ftz_admissions.domain.shortages import AnswerOverage, ReportShortage
from ftz_common.contracts.admissions import (
    DiscrepancyFound,
    OverageAnswered,
    ShortageJudged,
    ShortagePriced,
    ShortageReported,
)
from ftz_common.contracts.common import ClockExpired, ClockStarted, ClockStopped, DeadlineSet, Noted

D = Decimal


@pytest.fixture
def short(desk: Any) -> Any:
    """500 announced for 1,000 dollars, 488 counted on 1 June 2026."""
    desk.authorize()
    desk.receive((1, 488))
    return desk


@pytest.fixture
def over(desk: Any) -> Any:
    """500 announced, 506 counted on 1 June 2026."""
    desk.authorize()
    desk.receive((1, 506))
    return desk


def priced(duty: str | None, counted: int = 488) -> ShortagePriced:
    why = "" if duty else "no rate"
    return ShortagePriced(to="", line=1, counted=D(counted), duty=D(duty) if duty else None, not_priced=why)


def reported(desk: Any, day: int, line: int = 1, reference: str = "SH-1") -> ReportShortage:
    return ReportShortage(line, date(2026, 6, day), reference, "p-1", desk.now)


def answered(desk: Any, day: int, reference: str = "E-1") -> AnswerOverage:
    return AnswerOverage(1, "entered", date(2026, 6, day), reference, "p-1", desk.now)


def test_what_is_missing_is_said_as_duty_prices_it(short: Any) -> None:
    (found,) = short.of(DiscrepancyFound)
    assert found.missing is not None
    assert (found.missing.quantity, found.missing.value, found.missing.status) == (D(12), D(24), "N")


@pytest.mark.parametrize(
    ("counted", "duty", "report"),
    [
        (488, "100", True),  # 2.4 %
        (488, "99.99", False),
        (488, None, True),  # nobody can say that it is less
        (495, "100", True),  # exactly 1 %
        (496, "5000", False),  # 0.8 %
    ],
)
def test_one_percent_and_a_hundred_dollars(desk: Any, counted: int, duty: str | None, report: bool) -> None:
    desk.authorize()
    desk.receive((1, counted))
    (judged,) = desk.tell(priced(duty, counted))
    assert isinstance(judged, ShortageJudged)
    assert (judged.report, judged.missing) == (report, D(500 - counted))


def test_a_price_counts_once_and_only_for_the_difference_that_stands(short: Any) -> None:
    assert [type(f) for f in short.tell(priced("100", 400))] == [Noted]
    short.tell(priced("100"))
    assert [type(f) for f in short.tell(priced("100"))] == [Noted]


def test_a_shortage_is_reported_once_it_was_identified(short: Any) -> None:
    (said,) = short.tell(reported(short, 1))
    assert isinstance(said, ShortageReported)
    assert [type(f) for f in short.tell(reported(short, 1))] == [Noted]


@pytest.mark.parametrize(("day", "line", "code"), [(2, 1, "dates-out-of-order"), (1, 7, "no-shortage")])
def test_a_report_of_the_future_or_of_nothing_is_refused(short: Any, day: int, line: int, code: str) -> None:
    assert short.refused(reported(short, day, line)).code == code


def test_an_overage_has_five_days_and_its_answer_ends_them(over: Any) -> None:
    (clock,) = over.of(ClockStarted)
    assert (clock.name, clock.act_by) == ("receipt-overage", "2026-06-06")
    over.later(days=2)
    said = over.tell(answered(over, 3))
    assert [type(f) for f in said] == [OverageAnswered, ClockStopped]
    assert said[0].late == ""
    assert over.refused(answered(over, 3)).code == "no-overage"


def test_an_overage_that_nobody_answers_runs_out_and_a_late_answer_says_so(over: Any) -> None:
    (deadline,) = [d for d in over.of(DeadlineSet) if d.name == "clock"]
    (expired,) = over.tell(deadline)
    assert isinstance(expired, ClockExpired)
    over.later(days=8)
    assert over.tell(answered(over, 8))[0].late == "it was due by 2026-06-06"


def test_a_later_count_may_show_more_over_but_the_five_days_run_on(over: Any) -> None:
    over.receive((1, 2), receipt="R-2", at=over.now - timedelta(hours=1))
    assert len(over.of(ClockStarted)) == 1
    assert over.of(DiscrepancyFound)[-1].counted == D(508)
