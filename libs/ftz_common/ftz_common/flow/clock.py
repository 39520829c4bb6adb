"""The clock port: time is an argument everywhere else."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Says what time it is."""

    def now(self) -> datetime:
        """The current instant, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The current instant, in UTC."""
        return datetime.now(UTC)  # noqa: TID251 the one place where real time enters


class PlayedClock:
    """A clock that stands still until it is moved forward."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        """Where the clock stands."""
        return self._now

    def move_to(self, at: datetime) -> None:
        """Forward only: moving to an earlier instant changes nothing."""
        self._now = max(self._now, at)
