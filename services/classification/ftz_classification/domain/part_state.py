"""The state of a part: its master record, the decision that stands, who waits, the open review."""

from dataclasses import dataclass, field

from ftz_common.contracts.classification import (
    ClassificationAnswered,
    Classified,
    PartRecorded,
    RequestWaiting,
    ReviewOpened,
)
from ftz_common.contracts.fact import Fact
from ftz_common.values.names import stream_name


@dataclass(slots=True)
class PartState:
    """A part: its master record, the decision that stands, who waits, and the open review."""

    stream: str
    account: str
    uin: str
    recorded: PartRecorded | None = None
    decision: Classified | None = None
    decisions: int = 0
    waiting: dict[str, RequestWaiting] = field(default_factory=dict[str, RequestWaiting])
    review: ReviewOpened | None = None

    @property
    def digest(self) -> str:
        """Of the description that stands; "" before there is one."""
        return self.recorded.facts_digest if self.recorded else ""


def start(parts: tuple[str, ...]) -> PartState:
    """From `part/<account>/<uin>`."""
    _, account, uin = parts
    return PartState(stream_name(*parts), account, uin)


def evolve(state: PartState, fact: Fact) -> PartState:
    """Fold one fact."""
    match fact:
        case PartRecorded():
            state.recorded = fact
            decided = state.decision is not None and state.decision.facts_digest == fact.facts_digest
            if decided and state.review is not None and state.review.facts_digest != fact.facts_digest:
                state.review = None
        case RequestWaiting():
            state.waiting[fact.request] = fact
        case ReviewOpened():
            state.review = fact
        case Classified():
            state.decision = fact
            state.decisions += 1
            state.review = None
        case ClassificationAnswered():
            state.waiting.pop(fact.request, None)
        case _:
            pass
    return state
