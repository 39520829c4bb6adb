"""Filings at the simulated CBP: each attempt is taken once, and answered once, late, twice or never.

A stream holds one attempt; where the simulated CBP looks for duplicate bills, it holds every attempt of every
214 that names the bill.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ftz_cbp_sandbox.domain.behaviour import Behaviour
from ftz_cbp_sandbox.domain.judgement import Checks, findings
from ftz_common.contracts.common import DeadlineSet, Noted
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.fact import Fact
from ftz_common.contracts.filing import FilingAnswered, FilingRequested, FilingTaken
from ftz_common.values.calendar import parse_instant

ANSWER = "answer"
#: Findings beyond these are counted, not listed: an answer has a size.
_LISTED_MAX = 50
_CITATION = "simulated CBP; 19 CFR 146.32(b)"


@dataclass(frozen=True, slots=True)
class TakeFiling:
    """A filing comes in, with how it shall be treated."""

    filing: FilingRequested
    behaviour: Behaviour | None
    checks: Checks = Checks()  # noqa: RUF009 frozen
    answer_hours: int = 0  #: how long a prompt answer takes
    #: The clock. A count that is told late causes a filing today, never one in the past; None: no clock.
    now: datetime | None = None


@dataclass(slots=True)
class Filing:
    """What was taken, and how many answers were given, by `attempt_key`."""

    taken: dict[str, FilingTaken] = field(default_factory=dict[str, FilingTaken])
    answered: dict[str, int] = field(default_factory=dict[str, int])


def attempt_key(control: str, attempt: int) -> str:
    """Names an attempt inside its stream."""
    return f"{control}/{attempt}"


def start(_parts: tuple[str, ...]) -> Filing:
    """From `filing/<control>/<attempt>`, or `bill/<bill>`."""
    return Filing()


def decide(state: Filing, command: Any, at: datetime) -> Sequence[Fact]:
    """Take a filing, or answer one whose time has come."""
    if isinstance(command, TakeFiling):
        return _take(state, command, at)
    if isinstance(command, DeadlineSet):
        return _answer(state, command)
    raise TypeError(f"a filing takes no {type(command).__name__}")


def _take(state: Filing, command: TakeFiling, at: datetime) -> Sequence[Fact]:
    filing, behaviour = command.filing, command.behaviour
    came = max(at, command.now or at)
    key = attempt_key(filing.control, filing.attempt)
    if key in state.taken:
        return [Noted(why=f"attempt {filing.attempt} of {filing.control} is known")]
    # Weeks are local: the filing says its local date; without one it is that of UTC.
    today = date.fromisoformat(filing.filed_on) if filing.filed_on else came.astimezone(UTC).date()
    found = [*findings(filing, today, command.checks), *_claimed(state, filing)]
    if behaviour is not None and behaviour.do == "reject":
        found = [(behaviour.code or "rejected", "configured to be rejected"), *found]
    answers = {"never": 0, "twice": 2}.get(behaviour.do if behaviour else "", 1)
    taken = FilingTaken(
        kind=filing.kind,
        control=filing.control,
        attempt=filing.attempt,
        reply_to=filing.reply_to,
        accepted=not found,
        codes=list(dict.fromkeys(code for code, _ in found)),
        reasons=[reason for _, reason in found[:_LISTED_MAX]],
        answers=answers,
    )
    if answers == 0:
        return [taken]
    hours = behaviour.hours if behaviour and behaviour.do in ("late", "reject") else command.answer_hours
    between = behaviour.hours if behaviour and behaviour.do == "twice" else 0
    return [taken, _deadline(came + timedelta(hours=hours), f"{between}/{key}")]


def _claimed(state: Filing, filing: FilingRequested) -> Iterator[tuple[str, str]]:
    """A bill that another 214 was accepted with (one stream holds the filings of one bill)."""
    others = [t for t in state.taken.values() if t.control != filing.control and t.accepted]
    if filing.conveyance is not None and others:
        yield "bill-duplicate", f"bill {filing.conveyance.bill} is that of 214 {others[0].control}"


def _deadline(due: datetime, between: str) -> DeadlineSet:
    return DeadlineSet(name=ANSWER, due_at=instant_text(due), subject=between, citation=_CITATION)


def _answer(state: Filing, deadline: DeadlineSet) -> Sequence[Fact]:
    """The answer that was decided when the filing came; a second one after the hours between."""
    between, _, key = deadline.subject.partition("/")
    taken = state.taken.get(key or next(iter(state.taken), ""))
    if taken is None:
        return [Noted(why="nothing was taken")]
    answered = state.answered.get(attempt_key(taken.control, taken.attempt), 0)
    if answered >= taken.answers:
        return [Noted(why="answered")]
    answer = FilingAnswered(
        to=taken.reply_to,
        kind=taken.kind,
        control=taken.control,
        attempt=taken.attempt,
        accepted=taken.accepted,
        codes=taken.codes,
        reasons=taken.reasons,
    )
    if answered + 1 >= taken.answers:
        return [answer]
    due = parse_instant(deadline.due_at) + timedelta(hours=int(between))
    return [answer, _deadline(due, deadline.subject)]


def evolve(state: Filing, fact: Fact) -> Filing:
    """Fold one fact."""
    match fact:
        case FilingTaken():
            state.taken[attempt_key(fact.control, fact.attempt)] = fact
        case FilingAnswered():
            key = attempt_key(fact.control, fact.attempt)
            state.answered[key] = state.answered.get(key, 0) + 1
        case _:
            pass
    return state
