"""The bus port, shaped by Kafka: topics with partitions, keys, groups, offsets, at least once.

A handler gets a batch of records, of one or more partitions, each partition in order. When it returns,
the bus may commit the offsets behind the batch; when it raises, the batch comes again.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """What is published: the key chooses the partition, headers are text."""

    topic: str
    key: str
    value: bytes
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as a consumer gets it, with its place."""

    topic: str
    partition: int
    offset: int
    key: str
    value: bytes
    headers: Mapping[str, str]

    @property
    def place(self) -> str:
        """topic/partition/offset: what a commit keeps as its source."""
        return f"{self.topic}/{self.partition}/{self.offset}"


class BusUnavailable(Exception):
    """The bus cannot take or give records now; the work is tried again."""


@cache
def matches(pattern: str, topic: str) -> bool:
    """True for the topic itself; a pattern that ends in "*" matches what starts with the rest."""
    return topic.startswith(pattern[:-1]) if pattern.endswith("*") else topic == pattern


Handler = Callable[[Sequence[Delivery]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Subscription:
    """One consumer group on some topics.

    A topic that ends in "*" is a prefix (one intake topic per source). `group` None reads everything from
    the start, keeps no offsets and is never shared (reference data).
    """

    group: str | None
    topics: tuple[str, ...]
    handler: Handler
    batch_max: int = 250
    on_assigned: Callable[[], Awaitable[None]] | None = (
        None  #: partitions came or went: forget what is cached
    )

    def hears(self, topic: str) -> bool:
        """True for a topic that is named, or starts with a named prefix."""
        return any(matches(pattern, topic) for pattern in self.topics)


class Bus(Protocol):
    """Publish and subscribe."""

    async def publish(self, messages: Sequence[Message]) -> None:
        """Returns when every message is acknowledged; raises `BusUnavailable` when any may not be."""
        ...

    def subscribe(self, subscription: Subscription) -> None:
        """Register before `start`."""
        ...
