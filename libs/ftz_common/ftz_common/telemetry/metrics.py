"""Counters, counted once per batch; `/status` and `/metrics` read them."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Counters:
    """What a process did since it started."""

    records: Counter[str] = field(default_factory=Counter[str])
    batches: Counter[str] = field(default_factory=Counter[str])
    parked: Counter[str] = field(default_factory=Counter[str])
    fuses: Counter[str] = field(default_factory=Counter[str])

    def consumed(self, group: str, records: int) -> None:
        """A batch was handled."""
        self.records[group] += records
        self.batches[group] += 1

    def quarantined(self, group: str) -> None:
        """A record was set aside."""
        self.parked[group] += 1

    def fuse_blown(self, group: str) -> None:
        """A consumer stopped."""
        self.fuses[group] += 1
