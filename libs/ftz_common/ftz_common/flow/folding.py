"""Folding: facts into state."""

from dataclasses import dataclass, field
from typing import Any

from ftz_common.contracts import table
from ftz_common.contracts.commit import StoredCommit, unseal
from ftz_common.flow.aggregate import Aggregate
from ftz_common.values.names import stream_parts


@dataclass(slots=True)
class Live:
    """The state of a stream as of its last commit that we know is stored."""

    version: int
    hash: str
    state: Any
    weight: int = field(default=0, compare=False)  #: bytes of it, as last estimated


def begin(aggregate: Aggregate, stream: str) -> Live:
    """The state before the first commit."""
    return Live(0, "", aggregate.start(stream_parts(stream)))


def fold(aggregate: Aggregate, live: Live, stored: StoredCommit) -> None:
    """Add one stored commit to a state."""
    for recorded in unseal(stored).facts:
        live.state = aggregate.evolve(live.state, table.decoder(recorded.type).decode(recorded.data))
    live.version, live.hash = stored.version, stored.hash
