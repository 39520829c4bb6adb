"""Decisions of licensed people: which number a part has, as described, in a tariff revision."""

from collections.abc import Sequence
from dataclasses import dataclass

from ftz_classification.domain.part_state import PartState
from ftz_classification.domain.tariff_numbers import TariffNumbers, dotted
from ftz_common.contracts.classification import (
    ClassificationAnswered,
    Classified,
    PartRecorded,
    RequestWaiting,
)
from ftz_common.contracts.common import Noted
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.values.names import derived_id

DESCRIPTION_MAX = 45  # what a 214 line carries (CATAIR e214, record 60)
OVERLAY_CHAPTERS = ("98", "99")


@dataclass(frozen=True, slots=True)
class InForce:
    """A tariff revision with its final numbers, as the use case found it."""

    revision: str
    numbers: TariffNumbers


@dataclass(frozen=True, slots=True)
class DecidePart:
    """A licensed person's decision. `facts_digest`: of the description that was looked at, if said."""

    number: str
    decided_by: str
    licence: str
    reason: str
    in_force: InForce
    facts_digest: str = ""


def decide_part(state: PartState, command: DecidePart) -> Sequence[Fact] | Refusal:
    """A decision on the description that stands answers everybody who waits."""
    recorded = state.recorded
    if recorded is None:
        return refuse(
            "part-not-published",
            f"nothing describes part {state.uin!r} of account {state.account!r}",
            "19 CFR 146.22(d)",
            "have the account's master source publish it: ftz.platform.part.published.v1",
        )
    if command.facts_digest and command.facts_digest != state.digest:
        return refuse(
            "part-changed",
            "the description changed since it was looked at",
            "policy: a decision rests on the description that stands",
            "read the review again and decide on the description that stands",
            "facts_digest",
        )
    digits = command.number.replace(".", "")
    problem = _not_declarable(digits, command.in_force)
    if problem is not None:
        return problem
    classified = Classified(
        decision=derived_id(state.stream, "decision", str(state.decisions + 1)),
        number=digits,
        revision=command.in_force.revision,
        facts_digest=state.digest,
        decided_by=command.decided_by,
        licence=command.licence,
        reason=command.reason,
    )
    if _same(state, classified) and not state.waiting and state.review is None:
        return [Noted(why=f"decided so already: {dotted(digits)}")]
    answers = [
        answer_to(state, request, classified, recorded, classified.revision)
        for request in state.waiting.values()
    ]
    return [classified, *answers]


def _same(state: PartState, new: Classified) -> bool:
    stands = state.decision
    return stands is not None and (
        (stands.number, stands.revision, stands.facts_digest, stands.decided_by, stands.reason)
        == (new.number, new.revision, new.facts_digest, new.decided_by, new.reason)
    )


def _not_declarable(digits: str, in_force: InForce) -> Refusal | None:
    """A number under which goods are declared in this revision; chapters 98 and 99 come on top of one.

    Goods are classified in chapters 1 to 97 (General Rule of Interpretation 1 and chapters 98, 99,
    U.S. notes); the special provisions of 98 and 99 are added to that number when duty is reckoned.
    """
    if not digits.isascii() or not digits.isdigit() or len(digits) not in (8, 10):
        return refuse(
            "not-a-tariff-number",
            f"{digits!r} is no tariff number",
            "HTSUS General Statistical Note",
            "ten digits (eight where the schedule prints no statistical suffix), dots or not",
            "number",
        )
    if digits[:2] in OVERLAY_CHAPTERS:
        return refuse(
            "overlay-chapter",
            f"{dotted(digits)} is a special provision, not what the goods are",
            "HTSUS chapters 98 and 99, U.S. notes",
            "decide the number of chapters 1 to 97; provisions of 98 and 99 are added to it",
            "number",
        )
    if in_force.numbers.has(digits):
        return None
    near = ", ".join(dotted(number) for number in in_force.numbers.near(digits))
    return refuse(
        "number-not-in-revision",
        f"{dotted(digits)} is no final line of revision {in_force.revision}",
        "HTSUS General Rule of Interpretation 1, General Statistical Note",
        f"near it are {near}" if near else "look it up in the revision; no number starts like it",
        "number",
    )


def refuse(code: str, reason: str, citation: str, remedy: str, place: str = "") -> Refusal:
    """A refusal, in the order in which a person reads it."""
    return Refusal(code=code, reason=reason, citation=citation, remedy=remedy, place=place)


def answer_to(
    state: PartState, request: RequestWaiting, decision: Classified, recorded: PartRecorded, revision: str
) -> ClassificationAnswered:
    """The answer to one request: the decision, in the revision that counts for it."""
    return ClassificationAnswered(
        to=request.reply_to,
        request=request.request,
        line=request.line,
        uin=state.uin,
        number=decision.number,
        revision=revision,
        decision=decision.decision,
        decided_by=decision.decided_by,
        licence=decision.licence,
        reason=decision.reason,
        measures=recorded.measures,
        description=recorded.description[:DESCRIPTION_MAX],
    )
