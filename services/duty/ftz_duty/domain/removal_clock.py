"""Clocks of removals: a day that the law gives, told when it starts, when it is met and when it is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ftz_common.contracts.common import ClockExpired, ClockStarted, ClockStopped, DeadlineSet
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.fact import Fact
from ftz_common.values.calendar import PortCalendar, end_of_day


@dataclass(frozen=True, slots=True)
class Clock:
    """What is due, by which rule, and what to do about it."""

    name: str
    what: str
    citation: str
    remedy: str

    def runs(self, act_by: str, subject: str = "") -> ClockStarted:
        """It is due by that local day."""
        return ClockStarted(
            name=self.name,
            subject=subject,
            act_by=act_by,
            what=self.what,
            citation=self.citation,
            remedy=self.remedy,
        )

    def started(
        self, act_by: date, calendar: PortCalendar, subject: str = "", at: datetime | None = None
    ) -> Sequence[Fact]:
        """It runs to the end of that local day, or to the instant `at` of it."""
        due = instant_text(at or end_of_day(act_by, calendar))
        return [
            self.runs(act_by.isoformat(), subject),
            DeadlineSet(name=self.name, due_at=due, subject=subject, citation=self.citation),
        ]

    def stopped(self, how: str, subject: str = "") -> ClockStopped:
        """What it waited for happened."""
        return ClockStopped(name=self.name, subject=subject, how=how)

    def expired(self, act_by: str, subject: str = "") -> ClockExpired:
        """The day passed without it."""
        return ClockExpired(
            name=self.name,
            subject=subject,
            act_by=act_by,
            what=self.what,
            citation=self.citation,
            remedy=self.remedy,
        )
