"""Played time across processes: one moves it by a record, the others hold their clocks by it."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from ftz_common.bus.port import Delivery, Message
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.topics import CLOCK
from ftz_common.flow.clock import PlayedClock
from ftz_common.values.calendar import parse_instant

#: Where a played clock stands before anybody moved it.
DAWN = datetime(1970, 1, 1, tzinfo=UTC)


def stand_at(at: datetime) -> Message:
    """The record that moves every clock to an instant; nothing is due there yet."""
    return Message(CLOCK, "stand", instant_text(at).encode(), {})


def go_on_from(at: datetime) -> Message:
    """The record that follows when every clock stands there: deadlines fire.

    One that fired earlier could be heard by a process whose clock stands at the instant before.
    """
    return Message(CLOCK, "go", instant_text(at).encode(), {})


class ClockReader:
    """The handler of `ftz.clock.v1` in a process that plays. `due_until`: deadlines fire up to here."""

    def __init__(self, clock: PlayedClock, moved: Callable[[], None]) -> None:
        self._clock = clock
        self._moved = moved
        self._due = PlayedClock(DAWN)

    def due_until(self) -> datetime:
        """The instant from which everybody was told to go on."""
        return self._due.now()

    async def __call__(self, deliveries: Sequence[Delivery]) -> None:
        """Go to the last instant of the batch; a record that is no instant is passed over."""
        for delivery in deliveries:
            try:
                at = parse_instant(delivery.value.decode())
            except (ValueError, UnicodeDecodeError):
                continue
            self._clock.move_to(at)
            if delivery.key == "go":
                self._due.move_to(at)
        self._moved()
