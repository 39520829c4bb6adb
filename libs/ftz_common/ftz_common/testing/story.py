"""A story of one aggregate, without journal or bus: commands in, facts out, state folded."""

from datetime import datetime
from typing import Any

from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.flow.aggregate import Aggregate
from ftz_common.values.names import stream_parts


class Story:
    """Tell an aggregate one command after another; `facts` is everything it said so far."""

    def __init__(self, aggregate: Aggregate, stream: str) -> None:
        self.aggregate = aggregate
        self.stream = stream
        self.state: Any = aggregate.start(stream_parts(stream))
        self.facts: list[Fact] = []

    def tell(self, command: Any, at: datetime) -> list[Fact]:
        """The facts that the command causes, already folded; raises AssertionError on a refusal."""
        decision = self.aggregate.decide(self.state, command, at)
        if isinstance(decision, Refusal):
            raise AssertionError(f"refused: {decision}")
        for fact in decision:
            self.state = self.aggregate.evolve(self.state, fact)
        self.facts.extend(decision)
        return list(decision)

    def refused(self, command: Any, at: datetime) -> Refusal:
        """The refusal that the command meets; raises AssertionError when it is allowed."""
        decision = self.aggregate.decide(self.state, command, at)
        if not isinstance(decision, Refusal):
            raise AssertionError(f"allowed: {list(decision)}")
        return decision
