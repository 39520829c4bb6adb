"""The engine's proposal, as a fact of the part: made outside, kept here, decided by nobody but a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from ftz_classification.domain.decision import not_published
from ftz_classification.domain.part_state import PartState, latest_for
from ftz_classification.domain.stake import percent_of, spread_of
from ftz_classification.domain.tariff_numbers import TariffNumbers
from ftz_common.contracts.classification import (
    LevelConfidence,
    NumberProposed,
    PartRecorded,
    ProposedLine,
    ReviewOpened,
)
from ftz_common.contracts.common import Noted
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.values.names import derived_id

Source = Literal["memory", "duplicate", "ranking", "question"]
#: Parts of a description that the engine reads: what one part is made of, not how it is counted.
TITLE_MAX = 2000


@dataclass(frozen=True, slots=True)
class Wanted:
    """A proposal that somebody wants: the part as described, in a revision."""

    stream: str
    account: str
    uin: str
    facts_digest: str
    description: str
    attributes: dict[str, str]
    revision: str
    schedule: str  #: SHA-256 of the revision's file
    effective_from: str = ""  #: first day of the revision


@dataclass(frozen=True, slots=True)
class Made:
    """What the engine said, in exact numbers: shares and confidences from 0 to 1, to four places."""

    source: Source
    number: str
    confidence: tuple[tuple[int, Decimal], ...]
    candidates: tuple[tuple[str, Decimal], ...]
    questions: tuple[str, ...]
    model: str
    memory: str
    encoder: str
    off: tuple[str, ...]
    explanation: bytes  #: the whole of it, canonical JSON
    one_of: tuple[str, ...] = ()
    promise: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Propose:
    """A proposal to be kept. `explanation`: SHA-256 of the blob; `numbers`: of the revision, for rates."""

    wanted: Wanted
    made: Made
    explanation: str
    numbers: TariffNumbers


def description_of(account: str, uin: str, recorded: PartRecorded) -> dict[str, object]:
    """A part's facts as the engine reads them, the same when proposing and when learning."""
    return {
        "title": recorded.description[:TITLE_MAX],
        "attributes": dict(sorted(recorded.attributes.items())),
        "account": account,
        "part": uin,
    }


def is_wanted(state: PartState, revision: str, effective_from: str) -> bool:
    """True when a person must decide: undecided, or under review, and not proposed yet in this revision."""
    if state.recorded is None or state.held is not None:
        return False
    proposal = state.proposal
    if proposal is not None and proposal.revision == revision:
        return False
    decisions = state.remembered.get(state.digest, [])
    return state.review is not None or latest_for(decisions, effective_from) is None


def propose(state: PartState, command: Propose) -> Sequence[Fact]:
    """Kept if it is still about the part as described and still wanted; a review then waits for a person."""
    wanted, made = command.wanted, command.made
    if wanted.facts_digest != state.digest:
        return [Noted(why="the description changed while the proposal was made")]
    if state.review is None and state.remembered.get(state.digest):
        return [Noted(why="decided while the proposal was made")]
    lines = [_line(number, share, command.numbers) for number, share in made.candidates]
    proposed = NumberProposed(
        proposal=derived_id(state.stream, "proposal", state.digest, wanted.schedule, command.explanation),
        facts_digest=state.digest,
        revision=wanted.revision,
        schedule=wanted.schedule,
        source=made.source,
        number=made.number,
        confidence=[LevelConfidence(digits=d, confidence=c) for d, c in made.confidence],
        candidates=lines,
        questions=list(made.questions),
        model=made.model,
        memory=made.memory,
        encoder=made.encoder,
        explanation=command.explanation,
        one_of=list(made.one_of),
        promise=made.promise,
        spread=spread_of(lines, made.one_of),
        off=list(made.off),
    )
    if state.review is not None and state.review.facts_digest == state.digest:
        return [proposed]
    return [proposed, ReviewOpened(reason="proposed; no decision yet", facts_digest=state.digest)]


@dataclass(frozen=True, slots=True)
class ProposeAgain:
    """A person asks for a proposal: the engine was off, or it knows more now."""

    who: str


def propose_again(state: PartState, command: ProposeAgain) -> Sequence[Fact] | Refusal:
    """The review is opened, or opened again: that is what the engine hears."""
    if state.recorded is None:
        return not_published(state)
    if state.review is not None:
        return [state.review]
    return [ReviewOpened(reason=f"{command.who} asks for a proposal", facts_digest=state.digest)]


def _line(number: str, share: Decimal, numbers: TariffNumbers) -> ProposedLine:
    general = numbers.general(number)
    return ProposedLine(number=number, share=share, general=general, percent=percent_of(general))
