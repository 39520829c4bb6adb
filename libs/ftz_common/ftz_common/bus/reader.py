"""One reader of the embedded bus: its cursors, and where the next facts for it are."""

from bisect import bisect_right
from dataclasses import dataclass, field

import msgspec

from ftz_common.bus.journal import COMMIT_OFFSETS, Journal
from ftz_common.bus.port import Delivery, Subscription, matches

#: A turn looks at about this many commits at most, so that readers of few facts keep pace with the others
#: and each page is decoded once for all.
COMMITS_PER_TURN = 1024


class Known(msgspec.Struct):
    """Where the facts of some topics are, so that reading them from the start is not reading everything.

    A cache beside the cursors, for readers without a group: they are few, and every process has them.
    """

    through: int = 0  #: all commits up to this position were looked at
    positions: list[int] = []
    kept: tuple[int, int] = (0, 0)  #: (through, number of positions) when it was last stored

    def skip(self, position: int) -> int:
        """The position after which the next fact may be."""
        if position >= self.through:
            return position
        at = bisect_right(self.positions, position)
        return self.positions[at] - 1 if at < len(self.positions) else self.through

    def passed(self, position: int, heard: bool) -> None:
        """A commit was looked at."""
        if position == self.through + 1:
            self.through = position
            if heard:
                self.positions.append(position)

    @property
    def stale(self) -> bool:
        """Worth storing again."""
        return self.through > self.kept[0] + 10 * COMMITS_PER_TURN or len(self.positions) > self.kept[1]


@dataclass(slots=True)
class Reader:
    """A subscription and how far it read. Cursors are by topic pattern: a new one starts at the beginning."""

    subscription: Subscription
    known: Known | None = None
    journal: dict[str, int] = field(default_factory=dict[str, int])  #: pattern -> last offset
    inbox: dict[str, int] = field(default_factory=dict[str, int])
    patterns: dict[str, str | None] = field(default_factory=dict[str, str | None])  #: topic -> pattern
    failures: int = 0
    retry_at: float = 0.0
    error: Exception | None = None

    def pattern(self, topic: str) -> str | None:
        """The pattern of the subscription that a topic matches first."""
        if topic not in self.patterns:
            self.patterns[topic] = next((p for p in self.subscription.topics if matches(p, topic)), None)
        return self.patterns[topic]

    def wants(self, delivery: Delivery, cursors: dict[str, int]) -> bool:
        """True for a delivery of its topics that it has not had."""
        pattern = self.pattern(delivery.topic)
        return pattern is not None and delivery.offset > cursors[pattern]

    def move(self, cursors: dict[str, int], through: int) -> None:
        """Forward only: a pattern may be ahead of the others."""
        for pattern, at in list(cursors.items()):
            cursors[pattern] = max(at, through)

    async def read(self, journal: Journal) -> tuple[list[Delivery], int, bool]:
        """The next deliveries it wants, the offset through which it then has read, and if there is more."""
        limit, through = self.subscription.batch_max, min(self.journal.values())
        position, looked = max(0, through // COMMIT_OFFSETS - 1), 0
        batch: list[Delivery] = []
        while looked < COMMITS_PER_TURN:
            position = self._skip(position)
            through = max(through, position * COMMIT_OFFSETS)
            known = self.known is not None and position < self.known.through
            page = await journal.after(position, 1 if known else COMMITS_PER_TURN)
            if not page:
                return batch, through, False
            for deliveries in page:
                for delivery in deliveries:
                    if len(batch) == limit:
                        return batch, through, True
                    if self.wants(delivery, self.journal):
                        batch.append(delivery)
                    through = max(through, delivery.offset)
                position += 1
                through = max(through, position * COMMIT_OFFSETS)
                if self.known is not None:
                    self.known.passed(position, any(self.pattern(d.topic) for d in deliveries))
            looked += len(page)
        return batch, through, True

    def _skip(self, position: int) -> int:
        return position if self.known is None else self.known.skip(position)
