"""Deciders: what an aggregate is, and how a handler asks for work.

An aggregate is an initial state, `decide(state, command, at) -> facts | Refusal` and
`evolve(state, fact) -> state`. `decide` is pure and looks nothing up: what the use case looked up is in
the command; a due deadline comes back as the command that its `DeadlineSet` fact is. `evolve` owns
its state and may change it in place.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from ftz_common.contracts.common import EventRef
from ftz_common.contracts.envelope import Envelope
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.platform import Foreign

#: What a decision gives: facts (at least one keyed by the own stream, else flow adds a `Noted`), or a no.
Decision = Sequence[Fact] | Refusal


#: What a state is taken to weigh in memory, in bytes, where its kind says nothing.
WEIGHT = 4_000


def _weight(_state: Any) -> int:
    return WEIGHT


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One kind of stream of one service. `kind` is the first part of its stream names."""

    kind: str
    state: type[Any]  #: a dataclass or msgspec.Struct that msgspec can encode and decode (snapshots)
    start: Callable[[tuple[str, ...]], Any]  #: from the parts of the stream's name
    decide: Callable[[Any, Any, datetime], Decision]
    evolve: Callable[[Any, Any], Any]
    weight: Callable[[Any], int] = _weight  #: about how many bytes a state is in memory; quick to say


@dataclass(frozen=True, slots=True)
class To:
    """What an arm asks for: this command to this stream. At most one per stream for one event."""

    aggregate: Aggregate
    stream: str
    command: Any
    account: str = ""
    zone: str = ""


class Waiting(Exception):
    """A command needs something not read yet (a tariff revision); the record is tried again later."""


@dataclass(frozen=True, slots=True)
class ForeignEvent:
    """A platform's event, parsed, validated, and its speaker checked against the zone."""

    id: str
    source: str
    type: str
    time: datetime
    data: Any  #: the Foreign struct
    issuer: str  #: the issuer of its ids, default applied
    zone: str
    dropped_fields: tuple[str, ...] = ()

    @property
    def ref(self) -> EventRef:
        """What facts keep of it."""
        return EventRef(source=self.source, event=self.id)


#: An arm turns a heard fact into work. Pure; it may look into reference data that the process holds.
Arm = Callable[[Any, Envelope], Iterable[To]]
#: The same for a platform's event: exactly one stream takes it, or the event is refused.
ForeignArm = Callable[[ForeignEvent], To | Refusal]


@dataclass(frozen=True, slots=True)
class Context:
    """Who and why, kept with each commit."""

    actor: str
    correlation: str
    account: str = ""
    zone: str = ""
    trace: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The foreign event that a commit answers."""

    source: str
    event: str
    event_type: str
    dropped_fields: tuple[str, ...] = ()


@dataclass(slots=True)
class Work:
    """A command to a stream, with its cause."""

    aggregate: Aggregate
    stream: str
    command: Any
    cause: str
    digest: str
    occurred_at: datetime
    context: Context
    scope: str = ""  #: "" means the stream itself; "foreign" for a platform's event or an HTTP command
    answer: Answer | None = None

    @property
    def cause_key(self) -> tuple[str, str]:
        """(scope, cause): unique in a service."""
        return (self.scope or self.stream, self.cause)


class Done(msgspec.Struct, frozen=True):
    """The work is in the journal: these facts, at this version."""

    stream: str
    version: int
    facts: tuple[Fact, ...]
    refusal: Refusal | None = None


class Repeated(msgspec.Struct, frozen=True):
    """The cause was there already, with the same digest: a redelivery."""

    stream: str
    version: int
    facts: tuple[Fact, ...]


class Contradicted(msgspec.Struct, frozen=True):
    """The cause was there already, with another digest: same name, different fact."""

    stream: str
    version: int
    cause: str


Result = Done | Repeated | Contradicted


@dataclass(frozen=True, slots=True)
class Arms:
    """A service's table of contents: what it does about each fact and each platform event it claims."""

    facts: dict[type[Fact], Arm] = field(default_factory=dict[type[Fact], Arm])
    foreign: dict[type[Foreign], ForeignArm] = field(default_factory=dict[type[Foreign], ForeignArm])
