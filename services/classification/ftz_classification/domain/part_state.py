"""The state of a part: its master record, what was decided and proposed, who waits, the open review."""

from dataclasses import dataclass, field
from decimal import Decimal

from ftz_classification.domain.stake import duty_at_stake
from ftz_common.contracts.classification import (
    ClassificationAnswered,
    Classified,
    DecisionHeld,
    NumberProposed,
    PartRecorded,
    QuestionAsked,
    RequestWaiting,
    ReviewOpened,
    ReviewRejected,
)
from ftz_common.contracts.fact import Fact
from ftz_common.values.names import stream_name


@dataclass(slots=True)
class PartState:
    """A part. What was proposed, asked or held is about the description that stands, else it is gone."""

    stream: str
    account: str
    uin: str
    recorded: PartRecorded | None = None
    decision: Classified | None = None  #: the latest on the description that stands, or on the one before
    decisions: int = 0
    remembered: dict[str, list[Classified]] = field(default_factory=dict[str, list[Classified]])
    waiting: dict[str, RequestWaiting] = field(default_factory=dict[str, RequestWaiting])
    review: ReviewOpened | None = None
    proposal: NumberProposed | None = None
    question: QuestionAsked | None = None
    held: DecisionHeld | None = None
    steps: int = 0  #: questions and held decisions so far: what their ids are made of
    last_value: Decimal = Decimal(0)  #: USD of the latest line that waited

    @property
    def digest(self) -> str:
        """Of the description that stands; "" before there is one."""
        return self.recorded.facts_digest if self.recorded else ""

    @property
    def value(self) -> Decimal:
        """USD that depends on a decision: of the lines that wait, else of the latest one that did."""
        return sum((w.value for w in self.waiting.values()), Decimal(0)) or self.last_value

    @property
    def stake(self) -> Decimal | None:
        """Duty at stake in USD; None where it is unknown."""
        return duty_at_stake(self.proposal.spread, self.value) if self.proposal else None


def start(parts: tuple[str, ...]) -> PartState:
    """From `part/<account>/<uin>`."""
    _, account, uin = parts
    return PartState(stream_name(*parts), account, uin)


def latest_for(decisions: list[Classified], effective_from: str) -> Classified | None:
    """The latest decision that was made for a revision of that first day or an earlier one."""
    return next((d for d in reversed(decisions) if d.effective_from <= effective_from), None)


def evolve(state: PartState, fact: Fact) -> PartState:
    """Fold one fact."""
    match fact:
        case PartRecorded():
            _described(state, fact)
        case RequestWaiting():
            state.waiting[fact.request] = fact
            state.last_value = fact.value or state.last_value
        case ReviewOpened():
            state.review = fact
        case NumberProposed():
            state.proposal = fact
        case QuestionAsked():
            state.question = fact
            state.steps += 1
        case DecisionHeld():
            state.held = fact
            state.steps += 1
        case ReviewRejected():
            if fact.what == "decision":
                state.held = None
            else:
                state.proposal = None
        case Classified():
            state.decision = fact
            state.decisions += 1
            state.remembered.setdefault(fact.facts_digest, []).append(fact)
            state.review = state.question = state.held = None
        case ClassificationAnswered():
            state.waiting.pop(fact.request, None)
        case _:
            pass
    return state


def _described(state: PartState, recorded: PartRecorded) -> None:
    """Another description: what was said about the one before no longer stands."""
    if recorded.facts_digest != state.digest:
        state.proposal = state.question = state.held = None
    state.recorded = recorded
    remembered = state.remembered.get(recorded.facts_digest)
    if remembered:
        state.decision = remembered[-1]
        if state.review is not None and state.review.facts_digest != recorded.facts_digest:
            state.review = None
