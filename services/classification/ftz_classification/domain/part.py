"""The part aggregate: the product master and what licensed people decided about it.

Requests and decisions meet in this one stream, so that none is lost between them: a request finds the
decision, or is written down as waiting and found by the decision.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from ftz_classification.domain.decision import DecidePart, InForce, answer_to, decide_part
from ftz_classification.domain.part_state import PartState
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
        answer_to(state, request, decision, recorded, in_force.revision) for request in state.waiting.values()
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
        return [answer_to(state, request, *found)]
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


_ON: dict[type, Callable[[PartState, Any], Sequence[Fact] | Refusal]] = {
    Publish: _publish,
    Ask: _ask,
    DecidePart: decide_part,
}
