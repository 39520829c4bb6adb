"""What a story is told from: facts by stream, by what they refer to, by name.

Telling is pure and synchronous: it asks a `Lookup`, which answers from what it holds and remembers what it
lacks. Whoever reads a store fetches what is lacking, all at once, and has the story told again, until
nothing is; that takes as many rounds as the tree is deep.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from ftz_common.contracts.fact import Fact
from ftz_reporting.domain.told import Told

F = TypeVar("F", bound=Fact)


class Named(NamedTuple):
    """What a name means: `what` it names, in the words of `index.names`, and the fact that says so."""

    what: str
    told: Told


@dataclass(slots=True)
class Lookup:
    """What is known, and what was asked for and is not."""

    streams: dict[str, list[Told]] = field(default_factory=dict[str, list[Told]])
    about: dict[str, list[Told]] = field(default_factory=dict[str, list[Told]])
    names: dict[str, list[Named]] = field(default_factory=dict[str, list[Named]])
    lacking_streams: set[str] = field(default_factory=set[str])
    lacking_about: set[str] = field(default_factory=set[str])
    lacking_names: set[str] = field(default_factory=set[str])

    def stream(self, stream: str) -> list[Told]:
        """The facts of a stream, in order."""
        if stream not in self.streams:
            self.lacking_streams.add(stream)
        return self.streams.get(stream, [])

    def referring(self, stream: str) -> list[Told]:
        """The facts of other streams that refer to this one."""
        if stream not in self.about:
            self.lacking_about.add(stream)
        return self.about.get(stream, [])

    def named(self, name: str) -> list[Named]:
        """What a name may mean."""
        if name not in self.names:
            self.lacking_names.add(name)
        return self.names.get(name, [])

    @property
    def complete(self) -> bool:
        """Nothing that was asked for is lacking."""
        return not (self.lacking_streams or self.lacking_about or self.lacking_names)


def facts_of(told: list[Told], kind: type[F]) -> list[tuple[F, str]]:
    """The facts of one class, each with its instant in the world."""
    return [(t.fact, t.envelope.time) for t in told if isinstance(t.fact, kind)]


def first_of(told: list[Told], kind: type[F]) -> tuple[F, str] | None:
    """The first fact of one class, with its instant."""
    return next(iter(facts_of(told, kind)), None)


def last_of(told: list[Told], kind: type[F]) -> tuple[F, str] | None:
    """The last fact of one class, with its instant."""
    found = facts_of(told, kind)
    return found[-1] if found else None


def type_name(told: Told) -> str:
    """The CloudEvents type in words: "admission drafted"."""
    _, _, noun, verb, _ = told.envelope.type.split(".", 4)
    return f"{noun} {verb}"


def untyped(fact: Any) -> str:
    """The class of a fact, for a node's title."""
    return type(fact).__name__
