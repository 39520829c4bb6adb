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


def tick_to(at: datetime) -> Message:
    """The record that moves time to an instant."""
    return Message(CLOCK, "clock", instant_text(at).encode(), {})


class ClockReader:
    """The handler of `ftz.clock.v1` in a process that plays."""

    def __init__(self, clock: PlayedClock, moved: Callable[[], None]) -> None:
        self._clock = clock
        self._moved = moved

    async def __call__(self, deliveries: Sequence[Delivery]) -> None:
        """Go to the last instant of the batch; a record that is no instant is passed over."""
        for delivery in deliveries:
            try:
                self._clock.move_to(parse_instant(delivery.value.decode()))
            except (ValueError, UnicodeDecodeError):
                continue
        self._moved()
