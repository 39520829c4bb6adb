"""Legal time. Federal holidays as the Office of Personnel Management publishes them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftz_common.values.calendar import (
    PortCalendar,
    end_of_day,
    federal_holidays,
    fiscal_year,
    parse_instant,
    week_start,
)

NEW_YORK = PortCalendar.of("America/New_York")
DATES = st.dates(date(2021, 1, 1), date(2050, 12, 31))


def d(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2026, "01-01 01-19 02-16 05-25 06-19 07-03 09-07 10-12 11-11 11-26 12-25"),
        (2027, "01-01 01-18 02-15 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31"),
        (2028, "01-17 02-21 05-29 06-19 07-04 09-04 10-09 11-10 11-23 12-25"),
    ],
)
def test_federal_holidays_are_those_observed(year: int, days: str) -> None:
    assert sorted(federal_holidays(year)) == [d(f"{year}-{day}") for day in days.split()]


@pytest.mark.parametrize(
    ("start", "count", "day"),
    [
        ("2026-11-20", 5, "2026-11-30"),  # golden case 27: permit Friday, Thanksgiving skipped
        ("2026-07-02", 1, "2026-07-06"),  # Independence Day observed on Friday
        ("2026-12-24", 1, "2026-12-28"),
        ("2027-12-30", 1, "2028-01-03"),  # New Year 2028 is observed in 2027
        ("2026-11-21", 0, "2026-11-21"),
        ("2026-11-21", 1, "2026-11-23"),
        ("2026-03-06", 10, "2026-03-20"),
    ],
)
def test_working_days_are_counted_from_the_day_after(start: str, count: int, day: str) -> None:
    assert NEW_YORK.add_working_days(d(start), count) == d(day)


def test_a_port_may_be_closed_on_other_days_too() -> None:
    closed = PortCalendar.of("America/New_York", [d("2026-11-27")])
    assert closed.add_working_days(d("2026-11-20"), 5) == d("2026-12-01")
    assert not closed.is_working_day(d("2026-11-27"))


@given(DATES, st.integers(1, 40))
def test_the_day_found_is_a_working_day_with_as_many_before_it(start: date, count: int) -> None:
    found = NEW_YORK.add_working_days(start, count)
    assert NEW_YORK.is_working_day(found)
    between = [start + timedelta(days=n) for n in range(1, (found - start).days + 1)]
    assert sum(map(NEW_YORK.is_working_day, between)) == count


@pytest.mark.parametrize(
    ("zone", "instant", "day"),
    [
        ("America/New_York", "2026-03-02T04:59:59Z", "2026-03-01"),
        ("America/New_York", "2026-03-02T05:00:00Z", "2026-03-02"),
        ("America/New_York", "2026-07-02T04:00:00Z", "2026-07-02"),
        ("America/Los_Angeles", "2026-03-02T05:00:00Z", "2026-03-01"),
        ("Pacific/Honolulu", "2026-03-02T09:59:00Z", "2026-03-01"),
        ("UTC", "2026-03-02T00:00:00+02:00", "2026-03-01"),
    ],
)
def test_a_legal_day_is_the_date_at_the_port(zone: str, instant: str, day: str) -> None:
    assert PortCalendar.of(zone).local_date(parse_instant(instant)) == d(day)


@pytest.mark.parametrize(
    ("day", "hour", "instant"),
    [
        ("2026-01-15", 0, "2026-01-15T05:00:00Z"),
        ("2026-07-15", 0, "2026-07-15T04:00:00Z"),
        ("2026-03-08", 0, "2026-03-08T05:00:00Z"),  # the clocks go forward at two
        ("2026-03-08", 12, "2026-03-08T16:00:00Z"),
        ("2026-11-01", 12, "2026-11-01T17:00:00Z"),
    ],
)
def test_an_instant_is_what_the_ports_clock_shows(day: str, hour: int, instant: str) -> None:
    assert NEW_YORK.instant(d(day), hour) == parse_instant(instant)


@pytest.mark.parametrize(("day", "hours"), [("2026-03-08", 23), ("2026-11-01", 25), ("2026-06-01", 24)])
def test_a_day_ends_when_the_next_begins_at_the_port(day: str, hours: int) -> None:
    assert end_of_day(d(day), NEW_YORK) - NEW_YORK.instant(d(day)) == timedelta(hours=hours)


@given(DATES)
def test_an_instant_of_a_day_is_on_that_day(day: date) -> None:
    assert NEW_YORK.local_date(NEW_YORK.instant(day)) == day
    assert NEW_YORK.local_date(end_of_day(day, NEW_YORK) - timedelta(microseconds=1)) == day


@pytest.mark.parametrize(
    ("day", "first_weekday", "start"),
    [
        ("2026-11-22", 6, "2026-11-22"),  # Sunday begins the calendar week
        ("2026-11-28", 6, "2026-11-22"),
        ("2026-11-29", 6, "2026-11-29"),
        ("2026-11-25", 0, "2026-11-23"),  # any seven-day period: from Monday
        ("2026-01-01", 6, "2025-12-28"),
    ],
)
def test_a_week_is_seven_days_from_its_first_weekday(day: str, first_weekday: int, start: str) -> None:
    assert week_start(d(day), first_weekday) == d(start)


@pytest.mark.parametrize(("day", "year"), [("2026-09-30", 2026), ("2026-10-01", 2027), ("2026-01-01", 2026)])
def test_the_fiscal_year_begins_in_october(day: str, year: int) -> None:
    assert fiscal_year(d(day)) == year


def test_an_unknown_time_zone_is_refused() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        PortCalendar.of("America/Newark")


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-03-02T09:00:00Z", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("2026-03-02T09:00:00.000001-05:00", datetime(2026, 3, 2, 14, 0, 0, 1, tzinfo=UTC)),
        ("2026-03-02T00:30:00+02:00", datetime(2026, 3, 1, 22, 30, tzinfo=UTC)),
    ],
)
def test_an_instant_has_an_offset_and_is_kept_in_utc(text: str, at: datetime) -> None:
    assert parse_instant(text) == at
    assert parse_instant(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-02T09:00:00",
        "2026-03-02",
        "yesterday",
        "",
        "2026-02-30T00:00:00Z",
        "0001-01-01T00:00:00+05:00",
    ],
)
def test_an_instant_without_offset_or_meaning_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"offset|Invalid|day is out of range|outside"):
        parse_instant(text)
