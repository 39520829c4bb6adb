"""Decisions of licensed people: which number a part has, as described, in a tariff revision."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ftz_classification.domain.part_state import PartState
from ftz_classification.domain.tariff_numbers import TariffNumbers, dotted
from ftz_common.contracts.classification import (
    ClassificationAnswered,
    Classified,
    DecisionHeld,
    PartRecorded,
    RequestWaiting,
    ReviewOpened,
)
from ftz_common.contracts.common import Noted
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.reference import SecondApprover
from ftz_common.values.exact import plain
from ftz_common.values.names import derived_id

DESCRIPTION_MAX = 45  # what a 214 line carries (CATAIR e214, record 60)
OVERLAY_CHAPTERS = ("98", "99")


@dataclass(frozen=True, slots=True)
class InForce:
    """A tariff revision with its final numbers and first day, as the use case found it."""

    revision: str
    numbers: TariffNumbers
    effective_from: str = ""


@dataclass(frozen=True, slots=True)
class DecidePart:
    """A licensed person's decision. `facts_digest`, `proposal`: what was looked at, if said."""

    number: str
    decided_by: str
    licence: str
    reason: str
    in_force: InForce
    facts_digest: str = ""
    citations: tuple[str, ...] = ()
    proposal: str = ""
    policy: SecondApprover | None = None
    today: str = ""  #: local date; before the revision begins, a decision for it is a decision for later


def decide_part(state: PartState, command: DecidePart) -> Sequence[Fact] | Refusal:
    """A decision on the description that stands answers everybody who waits; or it needs a second person."""
    recorded = state.recorded
    digits = command.number.replace(".", "")
    problem = looked_at(state, command.facts_digest, command.proposal) or _not_declarable(
        digits, command.in_force
    )
    if recorded is None or problem is not None:
        return problem or not_published(state)
    classified = Classified(
        decision=derived_id(state.stream, "decision", str(state.decisions + 1)),
        number=digits,
        revision=command.in_force.revision,
        facts_digest=state.digest,
        decided_by=command.decided_by,
        licence=command.licence,
        reason=command.reason,
        effective_from=command.in_force.effective_from,
        citations=list(command.citations),
        basis=_basis(state, digits),
        proposal=state.proposal.proposal if state.proposal else "",
    )
    if _same(state, classified) and not state.waiting and state.review is None:
        return [Noted(why=f"decided so already: {dotted(digits)}")]
    policy = second_needed(state, digits, command.policy)
    if policy:
        agreed = _second(state, command, classified, policy)
        if not isinstance(agreed, Classified):
            return agreed
        classified = agreed
    return [classified, *_after(state, recorded, classified, command.today)]


def _basis(state: PartState, digits: str) -> Literal["decided", "approved", "corrected"]:
    """Against the first candidate of the proposal that stands, if there is one."""
    if state.proposal is None or not state.proposal.candidates:
        return "decided"
    return "approved" if digits == state.proposal.candidates[0].number else "corrected"


# ---- two people ---------------------------------------------------------------------------------


def second_needed(state: PartState, digits: str, policy: SecondApprover | None) -> str:
    """What of the zone's procedures asks for a second person; "" when nothing does."""
    if policy is None:
        return ""
    if digits[:2] in policy.chapters:
        return f"policy: two people decide chapter {digits[:2]} (procedures.second_approver)"
    least = policy.duty_at_stake_min
    if least is None:
        return ""
    stake = state.stake
    if stake is not None and stake >= least:
        return f"policy: USD {plain(stake)} of duty at stake, two people from {plain(least)} on"
    if stake is None and state.value >= least and state.value > 0:
        return (
            f"policy: duty at stake unknown on USD {plain(state.value)} of goods, two people from "
            f"{plain(least)} on"
        )
    return ""


def _second(
    state: PartState, command: DecidePart, new: Classified, policy: str
) -> Classified | Sequence[Fact] | Refusal:
    """The first person's decision is held; the same by a second person makes it stand."""
    held = state.held
    if held is None or (held.number, held.revision) != (new.number, new.revision):
        waits = DecisionHeld(
            held=derived_id(state.stream, "held", str(state.steps + 1)),
            policy=policy,
            number=new.number,
            revision=new.revision,
            facts_digest=new.facts_digest,
            decided_by=new.decided_by,
            licence=new.licence,
            reason=new.reason,
            citations=new.citations,
        )
        opened = ReviewOpened(reason="a second person must decide", facts_digest=state.digest)
        return [waits] if state.review else [waits, opened]
    if held.decided_by == command.decided_by:
        return refuse(
            "second-person-needed",
            f"{held.decided_by} decided {dotted(held.number)}; another person must decide the same",
            held.policy,
            "have another licensed person decide or reject it",
            "who",
        )
    return Classified(
        decision=new.decision,
        number=held.number,
        revision=held.revision,
        facts_digest=held.facts_digest,
        decided_by=held.decided_by,
        licence=held.licence,
        reason=held.reason,
        effective_from=new.effective_from,
        citations=list(dict.fromkeys([*held.citations, *new.citations])),
        basis=new.basis,
        proposal=new.proposal,
        approved_by=command.decided_by,
        approver_licence=command.licence,
        approver_reason=command.reason,
    )


# ---- what follows -------------------------------------------------------------------------------


def _after(state: PartState, recorded: PartRecorded, classified: Classified, today: str) -> list[Fact]:
    """Answers to the lines that wait, but for those needed before a coming revision; a review for these."""
    begins = classified.effective_from
    coming = today < begins if today else False
    ready = [w for w in state.waiting.values() if not coming or w.needed_on >= begins]
    said: list[Fact] = [answer_to(state, w, classified, recorded, classified.revision) for w in ready]
    if len(ready) < len(state.waiting):
        reason = f"lines wait that are needed before {classified.revision} begins"
        said.append(ReviewOpened(reason=reason, facts_digest=state.digest))
    elif (still := _still_open(state.review, classified)) is not None:
        said.append(still)
    return said


def _still_open(review: ReviewOpened | None, classified: Classified) -> ReviewOpened | None:
    """The review about a line that ends in another revision: deciding the same line now leaves it open."""
    if review is None or not review.revision or review.revision == classified.revision:
        return None
    return review if review.number == classified.number else None


def _same(state: PartState, new: Classified) -> bool:
    stands = state.decision
    return stands is not None and (
        (stands.number, stands.revision, stands.facts_digest, stands.decided_by, stands.reason)
        == (new.number, new.revision, new.facts_digest, new.decided_by, new.reason)
    )


# ---- what may be decided ------------------------------------------------------------------------


def looked_at(state: PartState, facts_digest: str, proposal: str = "") -> Refusal | None:
    """A person speaks about a published part, as it stands, and about the proposal that stands."""
    if state.recorded is None:
        return not_published(state)
    if facts_digest and facts_digest != state.digest:
        return refuse(
            "part-changed",
            "the description changed since it was looked at",
            "policy: a decision rests on the description that stands",
            "read the review again and decide on the description that stands",
            "facts_digest",
        )
    if proposal and (state.proposal is None or state.proposal.proposal != proposal):
        return refuse(
            "proposal-superseded",
            "another proposal stands, or none",
            "policy: a decision names the proposal that was looked at",
            "read the review again",
            "proposal",
        )
    return None


def not_published(state: PartState) -> Refusal:
    """Nothing can be decided about goods that nobody described."""
    return refuse(
        "part-not-published",
        f"nothing describes part {state.uin!r} of account {state.account!r}",
        "19 CFR 146.22(d)",
        "have the account's master source publish it: ftz.platform.part.published.v1",
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
