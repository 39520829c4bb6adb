"""What a person may say about a review without deciding it: a question, or a no."""

from collections.abc import Sequence
from dataclasses import dataclass

from ftz_classification.domain.decision import looked_at, refuse
from ftz_classification.domain.part_state import PartState
from ftz_common.contracts.classification import QuestionAsked, ReviewOpened, ReviewRejected
from ftz_common.contracts.common import Noted
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.values.names import derived_id


@dataclass(frozen=True, slots=True)
class AskQuestion:
    """What decides is not known: somebody is asked. `asked_of`: a source or a person."""

    text: str
    asked_of: str
    asked_by: str
    licence: str
    reason: str
    facts_digest: str = ""


@dataclass(frozen=True, slots=True)
class RejectReview:
    """A no to the decision that waits for a second person, else to the proposal."""

    rejected_by: str
    licence: str
    reason: str
    citations: tuple[str, ...] = ()
    facts_digest: str = ""


def ask_question(state: PartState, command: AskQuestion) -> Sequence[Fact] | Refusal:
    """The review stays open and waits for other facts; 19 CFR 141.86(a)(3) asks for a full description."""
    problem = looked_at(state, command.facts_digest)
    if problem is not None:
        return problem
    known = state.question
    if known is not None and (known.text, known.asked_of) == (command.text, command.asked_of):
        return [Noted(why="this question was asked already")]
    question = QuestionAsked(
        question=derived_id(state.stream, "question", str(state.steps + 1)),
        text=command.text,
        asked_of=command.asked_of,
        facts_digest=state.digest,
        asked_by=command.asked_by,
        licence=command.licence,
        reason=command.reason,
    )
    if state.review is not None:
        return [question]
    return [question, ReviewOpened(reason="a question is open", facts_digest=state.digest)]


def reject_review(state: PartState, command: RejectReview) -> Sequence[Fact] | Refusal:
    """The review stays open: a person still decides, now without what was rejected."""
    problem = looked_at(state, command.facts_digest)
    if problem is not None:
        return problem
    held, proposal = state.held, state.proposal
    if held is None and proposal is None:
        return refuse(
            "nothing-to-reject",
            "there is neither a proposal nor a decision that waits for a second person",
            "policy: a no is said to something",
            "decide another number, or ask a question",
        )
    if held is not None:
        what, rejected, number = "decision", held.held, held.number
    else:
        assert proposal is not None  # noqa: S101 one of the two is there
        what, rejected = "proposal", proposal.proposal
        number = proposal.candidates[0].number if proposal.candidates else proposal.number
    return [
        ReviewRejected(
            what=what,
            rejected=rejected,
            number=number,
            facts_digest=state.digest,
            rejected_by=command.rejected_by,
            licence=command.licence,
            reason=command.reason,
            citations=list(command.citations),
        )
    ]
