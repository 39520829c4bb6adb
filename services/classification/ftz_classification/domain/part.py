"""The part aggregate: the product master and what licensed people decided about it.

Requests and decisions meet in this one stream, so that none is lost between them: a request finds the
decision, or is written down as waiting and found by the decision.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from ftz_classification.domain.decision import DecidePart, InForce, answer_to, decide_part
from ftz_classification.domain.part_state import PartState, latest_for
from ftz_classification.domain.proposal import Propose, ProposeAgain, propose, propose_again
from ftz_classification.domain.review import AskQuestion, RejectReview, ask_question, reject_review
from ftz_classification.domain.revision import RevisionKnown, revision_known
from ftz_classification.domain.tariff_numbers import dotted
from ftz_common.contracts.classification import (
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
from ftz_common.values.exact import plain


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
    value: Decimal = Decimal(0)


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
    """A decision rests on a description: another one asks for a review, one decided before answers."""
    digest = recorded.facts_digest
    decisions = state.remembered.get(digest)
    if not decisions:
        reason = _why_review(state)
        return [ReviewOpened(reason=reason, facts_digest=digest)] if reason else []
    if not state.waiting:
        return []
    decision = latest_for(decisions, in_force.effective_from) if in_force else None
    if in_force is None or decision is None or not in_force.numbers.has(decision.number):
        reason = f"{dotted(decisions[-1].number)} is in no revision that is in force"
        return [ReviewOpened(reason=reason, facts_digest=digest)]
    return [
        answer_to(state, request, decision, recorded, in_force.revision) for request in state.waiting.values()
    ]


def _why_review(state: PartState) -> str:
    """Why a description that nobody decided on needs a person; "" when nobody waits for one."""
    if state.decision is not None:
        return _changed_since(state.decision)
    if state.question is not None:
        return f"described anew after the question: {state.question.text}"
    if state.waiting:
        return "published; no decision yet"
    return "described anew; no decision yet" if state.review else ""


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
        value=command.value,
    )
    found = _standing(state, command)
    if not isinstance(found, str):
        return [answer_to(state, request, *found)]
    if state.review is not None and state.review.facts_digest == state.digest:
        return [request]
    return [request, ReviewOpened(reason=found, facts_digest=state.digest)]


def _standing(state: PartState, command: Ask) -> tuple[Classified, PartRecorded, str] | str:
    """Decision, description and revision to answer with; or why a person must decide."""
    recorded, in_force = state.recorded, command.in_force
    if recorded is None:
        return f"no source has published part {state.uin!r} of account {state.account!r}"
    if in_force is None:
        return f"no tariff revision is known that is in force on {command.needed_on}; import it"
    decisions = state.remembered.get(recorded.facts_digest)
    if not decisions:
        return _changed_since(state.decision) if state.decision else "no decision yet"
    standing = latest_for(decisions, in_force.effective_from)
    if standing is not None and in_force.numbers.has(standing.number):
        return standing, recorded, in_force.revision
    if standing is None:
        return f"decided only for {decisions[-1].revision}, from {decisions[-1].effective_from} on"
    return f"{dotted(standing.number)} is not in revision {in_force.revision}"


_ON: dict[type, Callable[[PartState, Any], Sequence[Fact] | Refusal]] = {
    Publish: _publish,
    Ask: _ask,
    DecidePart: decide_part,
    AskQuestion: ask_question,
    RejectReview: reject_review,
    Propose: propose,
    ProposeAgain: propose_again,
    RevisionKnown: revision_known,
}
