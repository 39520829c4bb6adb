"""A new tariff revision: a decision whose number is no line of it comes back, with what may follow it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ftz_classification.domain.decision import InForce
from ftz_classification.domain.part_state import PartState, latest_for
from ftz_classification.domain.tariff_numbers import TariffNumbers, dotted
from ftz_common.contracts.classification import Classified, ReviewOpened
from ftz_common.contracts.common import Noted
from ftz_common.contracts.fact import Fact

SUCCESSORS_MAX = 10


@dataclass(frozen=True, slots=True)
class RevisionKnown:
    """A revision was imported (or its concordance); `successors` of the number that the part has."""

    in_force: InForce
    successors: tuple[str, ...]


def decided_for(state: PartState, effective_from: str) -> Classified | None:
    """The decision on the description that stands that would answer in a revision of that first day."""
    return latest_for(state.remembered.get(state.digest, []), effective_from)


def is_ended(state: PartState, in_force: InForce) -> bool:
    """True when the part's number is no line of this revision."""
    decision = decided_for(state, in_force.effective_from)
    return decision is not None and not in_force.numbers.has(decision.number)


def revision_known(state: PartState, command: RevisionKnown) -> Sequence[Fact]:
    """The part comes back for review; until the revision begins, the decision goes on answering."""
    in_force = command.in_force
    decision = decided_for(state, in_force.effective_from)
    if decision is None or in_force.numbers.has(decision.number):
        return [Noted(why=f"revision {in_force.revision} holds what was decided")]
    opened = ReviewOpened(
        reason=f"{dotted(decision.number)} is no line of revision {in_force.revision}, "
        f"in force from {in_force.effective_from}",
        facts_digest=state.digest,
        number=decision.number,
        revision=in_force.revision,
        successors=list(command.successors),
    )
    return [Noted(why="this review is open already")] if opened == state.review else [opened]


def successors_of(
    number: str, numbers: TariffNumbers, concordance: Mapping[str, Sequence[str]]
) -> tuple[str, ...]:
    """Final lines that may take a number's place: those that the concordance names, else the nearest."""
    named = [new for new in concordance.get(number, ()) if numbers.has(new)]
    return tuple((named or numbers.near(number, SUCCESSORS_MAX))[:SUCCESSORS_MAX])
