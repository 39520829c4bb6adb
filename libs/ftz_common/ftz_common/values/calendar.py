"""Legal time: local dates, weeks, working days, fee years.

A working day is Monday to Friday without federal holidays (5 U.S.C. 6103). The rule is our own
code and not a library's, because a replay years later must give the same dates.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _observed(day: date) -> date:
    """Saturday holidays are observed on Friday, Sunday ones on Monday (5 U.S.C. 6103(b); E.O. 11582)."""
    if day.weekday() == 5:
        return day - DAY
    return day + DAY if day.weekday() == 6 else day


@lru_cache(maxsize=64)
def federal_holidays(year: int) -> frozenset[date]:
    """The federal holidays of a calendar year as observed (5 U.S.C. 6103(a))."""
    last_of_may = date(year, 5, 31)
    fixed = [
        date(year, 1, 1),
        date(year, 6, 19),
        date(year, 7, 4),
        date(year, 11, 11),
        date(year, 12, 25),
        date(year + 1, 1, 1),
    ]
    moving = [
        _nth_weekday(year, 1, 0, 3),
        _nth_weekday(year, 2, 0, 3),
        last_of_may - timedelta(days=last_of_may.weekday()),
        _nth_weekday(year, 9, 0, 1),
        _nth_weekday(year, 10, 0, 2),
        _nth_weekday(year, 11, 3, 4),
    ]
    return frozenset(d for d in [*map(_observed, fixed), *moving] if d.year == year)


@dataclass(frozen=True, slots=True)
class PortCalendar:
    """Working days of one port: federal holidays plus the closures that the port announced."""

    timezone: str
    closures: frozenset[date] = field(default_factory=frozenset)

    @staticmethod
    def of(timezone: str, closures: Iterable[date] = ()) -> "PortCalendar":
        """A calendar in an IANA time zone; raises `ZoneInfoNotFoundError` for an unknown one."""
        ZoneInfo(timezone)
        return PortCalendar(timezone, frozenset(closures))

    def local_date(self, at: datetime) -> date:
        """The date on the port's wall at that instant."""
        return at.astimezone(ZoneInfo(self.timezone)).date()

    def instant(self, day: date, hour: int = 0) -> datetime:
        """The instant (UTC) at which the port's clock shows `hour` on that day."""
        local = datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(self.timezone))
        return local.astimezone(UTC)

    def is_working_day(self, day: date) -> bool:
        """Monday to Friday, no federal holiday, no closure of the port."""
        return day.weekday() < 5 and day not in federal_holidays(day.year) and day not in self.closures

    def add_working_days(self, day: date, count: int) -> date:
        """The `count`-th working day after `day` (19 CFR 146.71(c): permit Fri 20 Nov 2026 + 5 = 30 Nov)."""
        while count > 0:
            day += DAY
            count -= self.is_working_day(day)
        return day


def week_start(day: date, first_weekday: int = 6) -> date:
    """The first day of the seven-day period that holds `day`.

    `first_weekday` as `date.weekday()`: 6 (Sunday) is the calendar week of 19 CFR 146.63(c)(1);
    19 USC 1484(i) allows any seven-day period.
    """
    return day - timedelta(days=(day.weekday() - first_weekday) % 7)


def fiscal_year(day: date) -> int:
    """The federal fiscal year of a date: 1 October to 30 September (fees, 19 CFR 24.23)."""
    return day.year + (day.month >= 10)


def end_of_day(day: date, calendar: PortCalendar) -> datetime:
    """The first instant after that local day."""
    return calendar.instant(day + DAY)


def parse_instant(text: str) -> datetime:
    """An RFC 3339 instant with offset, in UTC; raises ValueError without one."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text!r} has no offset from UTC")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text!r} is outside the years 1 to 9999 in UTC") from None
