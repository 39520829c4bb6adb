"""The part aggregate: the product master and what licensed people decided about it.

Requests and decisions meet in this one stream, so that none is lost between them: a request finds the
decision, or is written down as waiting and found by the decision.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from ftz_classification.domain.tariff_numbers import TariffNumbers, dotted
from ftz_common.contracts.classification import (
    ClassificationAnswered,
    Classified,
    PartQuestioned,
    PartRecorded,
    RequestWaiting,
    ReviewOpened,
)
from ftz_common.contracts.common import EventRef, Noted
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.reference import UnitMeasure
from ftz_common.values.calendar import parse_instant
from ftz_common.values.exact import ZERO, plain
from ftz_common.values.names import derived_id, stream_name

DESCRIPTION_MAX = 45  # what a 214 line carries (CATAIR e214, record 60)
OVERLAY_CHAPTERS = ("98", "99")


@dataclass(frozen=True, slots=True)
class InForce:
    """A tariff revision with its final numbers, as the use case found it."""

    revision: str
    numbers: TariffNumbers


@dataclass(frozen=True, slots=True)
class Publish:
    """A source describes the part. `master`: the account's master source says it."""

    description: str
    origin: str
    unit: str
    measures: tuple[UnitMeasure, ...]
    attributes: dict[str, str]
    published_at: datetime
    event: EventRef
    master: bool
    in_force: InForce | None


@dataclass(frozen=True, slots=True)
class Ask:
    """An admission line needs a number. `in_force`: the revision on `needed_on`, None if none is known."""

    request: str
    reply_to: str
    line: int
    needed_on: str
    in_force: InForce | None


@dataclass(frozen=True, slots=True)
class DecidePart:
    """A licensed person's decision. `facts_digest`: of the description that was looked at, if said."""

    number: str
    decided_by: str
    licence: str
    reason: str
    in_force: InForce
    facts_digest: str = ""


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


def facts_digest(command: Publish) -> str:
    """SHA-256 of what a decision rests on, in one canonical form."""
    content: dict[str, Any] = {
        "description": command.description,
        "origin": command.origin,
        "unit": command.unit,
        "measures": {m.unit: plain(m.quantity) for m in command.measures},
        "attributes": command.attributes,
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode()).hexdigest()


def decide(state: PartState, command: Any, _at: datetime) -> Sequence[Fact] | Refusal:
    """One command to a part."""
    return _ON[type(command)](state, command)


# ---- the part master ----------------------------------------------------------------------------


def _publish(state: PartState, command: Publish) -> Sequence[Fact] | Refusal:
    """The master source's word is recorded; another's difference is a question for a person."""
    for measure in command.measures:
        if measure.quantity <= ZERO:
            return _no(
                "measure-out-of-range",
                f"one {command.unit} is {measure.quantity} {measure.unit}",
                "19 CFR 146.22(d)",
                "send what one stock unit is in the other unit, above 0",
                f"data.measures.{measure.unit}",
            )
    digest = facts_digest(command)
    if not command.master:
        return _question(state, command, digest)
    if state.recorded is not None and command.published_at < parse_instant(state.recorded.published_at):
        return [Noted(why=f"older than what stands, of {state.recorded.published_at}")]
    if digest == state.digest:
        return [Noted(why="the part is described so already")]
    recorded = PartRecorded(
        account=state.account,
        uin=state.uin,
        description=command.description,
        origin=command.origin,
        unit=command.unit,
        measures=list(command.measures),
        attributes=command.attributes,
        facts_digest=digest,
        event=command.event,
        published_at=instant_text(command.published_at),
    )
    return [recorded, *_after_change(state, recorded, command.in_force)]


def _after_change(state: PartState, recorded: PartRecorded, in_force: InForce | None) -> list[Fact]:
    """A decision rests on a description: another description asks for a review, the decided one answers."""
    decision = state.decision
    digest = recorded.facts_digest
    if decision is not None and decision.facts_digest != digest:
        return [ReviewOpened(reason=_changed_since(decision), facts_digest=digest)]
    if not state.waiting:
        return []
    if decision is None:
        return [ReviewOpened(reason="published; no decision yet", facts_digest=digest)]
    if in_force is None or not in_force.numbers.has(decision.number):
        reason = f"{dotted(decision.number)} is in no revision that is in force"
        return [ReviewOpened(reason=reason, facts_digest=digest)]
    return [
        _answer(state, request, decision, recorded, in_force.revision) for request in state.waiting.values()
    ]


def _changed_since(decision: Classified) -> str:
    return f"the description changed since {dotted(decision.number)} was decided"


def _question(state: PartState, command: Publish, digest: str) -> Sequence[Fact]:
    known, source = state.recorded, command.event.source
    if known is None:
        return [PartQuestioned(source=source, differences=["the master source has no such part"])]
    if digest == known.facts_digest:
        return [Noted(why="it says what the master source says")]
    said: dict[str, tuple[Any, Any]] = {
        "description": (known.description, command.description),
        "origin": (known.origin, command.origin),
        "unit": (known.unit, command.unit),
        "measures": (_measures(known.measures), _measures(command.measures)),
        "attributes": (known.attributes, command.attributes),
    }
    differences = [f"{n}: {new!r}, the master says {old!r}" for n, (old, new) in said.items() if old != new]
    return [PartQuestioned(source=source, differences=differences)]


def _measures(measures: Sequence[UnitMeasure]) -> dict[str, str]:
    return {m.unit: plain(m.quantity) for m in measures}


# ---- requests -----------------------------------------------------------------------------------


def _ask(state: PartState, command: Ask) -> Sequence[Fact]:
    """Answered at once when the decision stands, its number is in force and the part is as decided."""
    if command.request in state.waiting:
        return [Noted(why="this request waits already")]
    request = RequestWaiting(
        request=command.request,
        reply_to=command.reply_to,
        line=command.line,
        needed_on=command.needed_on,
    )
    found = _standing(state, command)
    if not isinstance(found, str):
        return [_answer(state, request, *found)]
    if state.review is not None and state.review.facts_digest == state.digest:
        return [request]
    return [request, ReviewOpened(reason=found, facts_digest=state.digest)]


def _standing(state: PartState, command: Ask) -> tuple[Classified, PartRecorded, str] | str:
    """Decision, description and revision to answer with; or why a person must decide."""
    recorded, decision, in_force = state.recorded, state.decision, command.in_force
    if recorded is None:
        return f"no source has published part {state.uin!r} of account {state.account!r}"
    if in_force is None:
        return f"no tariff revision is known that is in force on {command.needed_on}; import it"
    if decision is None:
        return "no decision yet"
    if decision.facts_digest != recorded.facts_digest:
        return _changed_since(decision)
    if not in_force.numbers.has(decision.number):
        return f"{dotted(decision.number)} is not in revision {in_force.revision}"
    return decision, recorded, in_force.revision


def _answer(
    state: PartState, request: RequestWaiting, decision: Classified, recorded: PartRecorded, revision: str
) -> ClassificationAnswered:
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


# ---- decisions ----------------------------------------------------------------------------------


def _decide(state: PartState, command: DecidePart) -> Sequence[Fact] | Refusal:
    """A decision on the description that stands answers everybody who waits."""
    recorded = state.recorded
    if recorded is None:
        return _no(
            "part-not-published",
            f"nothing describes part {state.uin!r} of account {state.account!r}",
            "19 CFR 146.22(d)",
            "have the account's master source publish it: ftz.platform.part.published.v1",
        )
    if command.facts_digest and command.facts_digest != state.digest:
        return _no(
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
        _answer(state, request, classified, recorded, classified.revision)
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
        return _no(
            "not-a-tariff-number",
            f"{digits!r} is no tariff number",
            "HTSUS General Statistical Note",
            "ten digits (eight where the schedule prints no statistical suffix), dots or not",
            "number",
        )
    if digits[:2] in OVERLAY_CHAPTERS:
        return _no(
            "overlay-chapter",
            f"{dotted(digits)} is a special provision, not what the goods are",
            "HTSUS chapters 98 and 99, U.S. notes",
            "decide the number of chapters 1 to 97; provisions of 98 and 99 are added to it",
            "number",
        )
    if in_force.numbers.has(digits):
        return None
    near = ", ".join(dotted(number) for number in in_force.numbers.near(digits))
    return _no(
        "number-not-in-revision",
        f"{dotted(digits)} is no final line of revision {in_force.revision}",
        "HTSUS General Rule of Interpretation 1, General Statistical Note",
        f"near it are {near}" if near else "look it up in the revision; no number starts like it",
        "number",
    )


def _no(code: str, reason: str, citation: str, remedy: str, place: str = "") -> Refusal:
    return Refusal(code=code, reason=reason, citation=citation, remedy=remedy, place=place)


# ---- folding ------------------------------------------------------------------------------------


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


_ON: dict[type, Callable[[PartState, Any], Sequence[Fact] | Refusal]] = {
    Publish: _publish,
    Ask: _ask,
    DecidePart: _decide,
}
