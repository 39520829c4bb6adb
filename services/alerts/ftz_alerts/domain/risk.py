"""One risk: watched, raised once, restated while it stands, resolved when cured, raised again.

What is heard comes in any order and must end the same: the latest word of the stream that speaks wins, by
its place there (`heard`), and says how much stands now; an older word that comes later changes nothing,
except that it may bring the sentence for what is known to stand.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from ftz_common.contracts.alerts import (
    AlertKind,
    AlertRaised,
    AlertResolved,
    AlertRestated,
    RiskCleared,
    RiskNoted,
    Severity,
)
from ftz_common.contracts.common import DeadlineSet, Noted
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.values.exact import ZERO, plain

#: Alerts that end when a person says what was done; every other ends only when its cause is gone.
SETTLED_BY_A_PERSON: frozenset[str] = frozenset(
    {
        "removal-without-cover",
        "receipt-discrepancy",
        "status-change-refused",
        "in-bond-overdue",
        "entry-correction",
        "summary-rejected",
        "summary-not-filed",
        "removal-without-permit",
        "in-bond-lapsed",
    }
)


@dataclass(frozen=True, slots=True)
class Concern:
    """What a person is told: what is wrong, the rule, what to do, until when, and whose story explains it."""

    severity: Severity
    message: str
    citation: str
    remedy: str
    act_by: str = ""
    about: str = ""


NO_CONCERN = Concern("notice", "", "", "")


@dataclass(frozen=True, slots=True)
class Alarm:
    """It went wrong. `quantity`: of how much, where it can be cured in parts."""

    kind: AlertKind
    subject: str
    concern: Concern
    heard: tuple[int, ...]
    quantity: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Watch:
    """It will be wrong at `due_at`, unless it is cured before."""

    kind: AlertKind
    subject: str
    concern: Concern
    heard: tuple[int, ...]
    due_at: str
    clock: str  #: name of the deadline


@dataclass(frozen=True, slots=True)
class Cure:
    """It is right again, except for what is `left`."""

    kind: AlertKind
    subject: str
    how: str
    heard: tuple[int, ...]
    left: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Settle:
    """A person says what was done about it."""

    how: str


Command = Alarm | Watch | Cure | Settle | DeadlineSet


@dataclass(slots=True)
class Risk:
    """The state of one risk. `due_at`: of the watch that runs, else ""."""

    kind: AlertKind | None = None
    subject: str = ""
    raised: bool = False
    quantity: Decimal = ZERO
    due_at: str = ""
    concern: Concern = NO_CONCERN
    first_message: str = ""
    heard: list[int] = field(default_factory=list[int])


def start(parts: tuple[str, ...]) -> Risk:
    """Nothing is known yet. `parts`: ("risk", kind, subject...)."""
    del parts  # every command names its kind and subject
    return Risk()


def decide(state: Risk, command: Command, at: datetime) -> Sequence[Fact] | Refusal:
    """What a word about the risk changes."""
    del at  # a watch ends by its deadline, never by comparing clocks
    match command:
        case Alarm():
            return _alarm(state, command)
        case Watch():
            return _watch(state, command)
        case Cure():
            return _cure(state, command)
        case DeadlineSet():
            return _due(state, command)
        case Settle():
            return _settle(state, command)


def _is_late(state: Risk, command: Alarm | Watch | Cure) -> bool:
    return list(command.heard) <= state.heard


_LATE = [Noted(why="a later word of the same stream is known already")]


def _alarm(state: Risk, command: Alarm) -> list[Fact]:
    stands = command.quantity
    if _is_late(state, command):
        if state.raised or state.quantity == 0:
            return [*_LATE]
        stands = state.quantity
    if state.raised:
        return [_restated(command, command.concern, command.concern.message, stands)]
    return [_raised(command.kind, command.subject, command.concern, stands, command.heard)]


def _watch(state: Risk, command: Watch) -> list[Fact]:
    if _is_late(state, command):
        return [*_LATE]
    concern = command.concern
    if state.raised:
        return [_restated(command, concern, concern.message, state.quantity)]
    noted = RiskNoted(
        kind=command.kind,
        subject=command.subject,
        due_at=command.due_at,
        severity=concern.severity,
        message=concern.message,
        citation=concern.citation,
        remedy=concern.remedy,
        act_by=concern.act_by,
        about=concern.about,
        heard=list(command.heard),
    )
    if state.due_at == command.due_at:
        return [noted]
    clock = DeadlineSet(
        name=command.clock, due_at=command.due_at, subject=command.subject, citation=concern.citation
    )
    return [noted, clock]


def _cure(state: Risk, command: Cure) -> list[Fact]:
    if _is_late(state, command):
        return [*_LATE]
    if not state.raised:
        return [
            RiskCleared(
                kind=command.kind,
                subject=command.subject,
                how=command.how,
                quantity=command.left,
                heard=list(command.heard),
            )
        ]
    if command.left > 0:
        message = f"{state.first_message} Since then: {command.how}; {plain(command.left)} still stands."
        return [_restated(command, state.concern, message, command.left)]
    return [
        AlertResolved(kind=command.kind, subject=command.subject, how=command.how, heard=list(command.heard))
    ]


def _due(state: Risk, deadline: DeadlineSet) -> list[Fact]:
    if state.kind is None or state.raised or state.due_at != deadline.due_at:
        return [Noted(why="the watch that set this clock has ended")]
    return [_raised(state.kind, state.subject, state.concern, state.quantity, tuple(state.heard))]


def _settle(state: Risk, command: Settle) -> list[Fact] | Refusal:
    """What a person did ends an alert only where the law asks for an act, not where a cause still stands."""
    if state.kind is None or not state.raised:
        return Refusal(
            code="not-raised",
            reason="there is no open alert under this name",
            citation="policy: only an open alert can be settled",
            remedy="list the open ones with `ftz alerts`",
        )
    if state.kind not in SETTLED_BY_A_PERSON:
        return Refusal(
            code="cause-stands",
            reason=f"an alert {state.kind} ends when its cause is gone, not when somebody says so",
            citation=state.concern.citation,
            remedy=state.concern.remedy,
        )
    return [AlertResolved(kind=state.kind, subject=state.subject, how=command.how, heard=list(state.heard))]


def _raised(
    kind: AlertKind, subject: str, concern: Concern, quantity: Decimal, heard: tuple[int, ...]
) -> AlertRaised:
    return AlertRaised(
        kind=kind,
        subject=subject,
        severity=concern.severity,
        message=concern.message,
        citation=concern.citation,
        remedy=concern.remedy,
        act_by=concern.act_by,
        about=concern.about,
        quantity=quantity,
        heard=list(heard),
    )


def _restated(
    command: Alarm | Watch | Cure, concern: Concern, message: str, quantity: Decimal
) -> AlertRestated:
    return AlertRestated(
        kind=command.kind,
        subject=command.subject,
        severity=concern.severity,
        message=message,
        citation=concern.citation,
        remedy=concern.remedy,
        act_by=concern.act_by,
        about=concern.about,
        quantity=quantity,
        heard=list(command.heard),
    )


def evolve(state: Risk, fact: Fact) -> Risk:
    """The state after a fact of its own."""
    match fact:
        case RiskNoted():
            state.due_at, state.concern = fact.due_at, _concern(fact)
        case AlertRaised():
            state.concern, state.first_message = _concern(fact), fact.message
            state.raised, state.due_at, state.quantity = True, "", fact.quantity
        case AlertRestated():
            state.concern, state.quantity = _concern(fact), fact.quantity
        case RiskCleared():
            state.due_at, state.quantity = "", fact.quantity
        case AlertResolved():
            state.raised, state.due_at, state.quantity = False, "", ZERO
        case _:
            return state
    state.kind, state.subject = fact.kind, fact.subject
    state.heard = max(state.heard, fact.heard)
    return state


def _concern(fact: RiskNoted | AlertRaised | AlertRestated) -> Concern:
    return Concern(fact.severity, fact.message, fact.citation, fact.remedy, fact.act_by, fact.about)
