"""What a process counts, once per batch or request; `/status` and `/metrics` read it."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

#: Upper bounds in seconds, as OpenTelemetry advises for durations.
SECONDS: tuple[float, ...] = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
#: Upper bounds of records in a batch.
SIZES: tuple[float, ...] = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1000)


@dataclass(slots=True)
class Histogram:
    """How often a value was at most each bound; the last count is of all that were above."""

    bounds: Sequence[float]
    counts: list[int] = field(default_factory=list[int])
    total: float = 0.0

    def __post_init__(self) -> None:
        self.counts = [0] * (len(self.bounds) + 1)

    def saw(self, value: float) -> None:
        """One more value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


def _durations() -> Histogram:
    return Histogram(SECONDS)


def _sizes() -> Histogram:
    return Histogram(SIZES)


@dataclass
class Counters:
    """What a service did in this process since it started, by consumer group."""

    records: Counter[str] = field(default_factory=Counter[str])
    batches: Counter[str] = field(default_factory=Counter[str])
    parked: Counter[str] = field(default_factory=Counter[str])
    fuses: Counter[str] = field(default_factory=Counter[str])
    failures: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])  #: group, error
    seconds: defaultdict[str, Histogram] = field(default_factory=lambda: defaultdict(_durations))
    sizes: defaultdict[str, Histogram] = field(default_factory=lambda: defaultdict(_sizes))

    def consumed(self, group: str, records: int) -> None:
        """A batch was handled."""
        self.records[group] += records
        self.batches[group] += 1

    def took(self, group: str, records: int, seconds: float, error: str = "") -> None:
        """A batch was handled, or failed with an error and comes again."""
        self.seconds[group].saw(seconds)
        self.sizes[group].saw(records)
        if error:
            self.failures[group, error] += 1

    def quarantined(self, group: str) -> None:
        """A record was set aside."""
        self.parked[group] += 1

    def fuse_blown(self, group: str) -> None:
        """A consumer stopped."""
        self.fuses[group] += 1


@dataclass
class Requests:
    """HTTP requests of a process, by (method, route, status)."""

    seconds: defaultdict[tuple[str, str, int], Histogram] = field(
        default_factory=lambda: defaultdict(_durations)
    )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """One request, by the template of its route, never by its path: a path may name an order."""
        self.seconds[method, route, status].saw(seconds)
