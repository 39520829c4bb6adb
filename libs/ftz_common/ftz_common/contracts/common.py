"""Facts that every service says in its own name: deadlines, refusals, notes, outcomes."""

from typing import Literal

from ftz_common.contracts.fact import Fact, Part


class EventRef(Part, frozen=True, kw_only=True):
    """A foreign event that something answers: its source and its id there."""

    source: str
    event: str


class DeadlineSet(Fact, frozen=True, kw_only=True):
    """A clock that runs: at `due_at` the stream hears of it, once."""

    name: str  #: which clock: "answer", "receiving-closes"
    due_at: str  #: instant
    subject: str = ""  #: what it is about inside the stream
    citation: str = ""  #: the rule, or "policy: ..."


class ClockStarted(Fact, frozen=True, kw_only=True):
    """The law gives until the end of a local day for something; `name` and `subject` say which clock."""

    name: str  #: temporary-deposit, zone-history, direct-admission, in-bond-removal, export-statement, ...
    subject: str = ""
    act_by: str
    what: str  #: what is due, as the beginning of a sentence
    citation: str
    remedy: str


class ClockStopped(Fact, frozen=True, kw_only=True):
    """What the clock waited for happened, in time or not."""

    name: str
    subject: str = ""
    how: str


class ClockExpired(Fact, frozen=True, kw_only=True):
    """The day passed without it."""

    name: str
    subject: str = ""
    act_by: str  #: local date; an instant where the owner has no calendar
    what: str
    citation: str
    remedy: str


class CommandRefused(Fact, frozen=True, kw_only=True):
    """A rule said no to a command; state is unchanged."""

    command: str
    code: str
    reason: str
    citation: str
    remedy: str
    place: str = ""


class Noted(Fact, frozen=True, kw_only=True):
    """A cause that changes nothing, and why."""

    why: str


class OutcomeGiven(Fact, frozen=True, kw_only=True):
    """The answer to a foreign event. Later answers to the same event supersede earlier ones."""

    source: str
    event: str
    event_type: str
    result: Literal["accepted", "refused", "waiting", "suspended"]
    code: str = ""
    reason: str = ""
    citation: str = ""
    remedy: str = ""
    place: str = ""
    dropped_fields: list[str] = []
    subject: str = ""  #: the stream that took the event


class IntakeRefused(Fact, frozen=True, kw_only=True):
    """A foreign record that could not be taken; its bytes are in the quarantine under `quarantine_key`."""

    code: str
    reason: str
    citation: str
    remedy: str
    place: str
    quarantine_key: str


class NumberRequested(Fact, frozen=True, kw_only=True):
    """A stream asks a gapless series for its next number. `to`: the series; `reply_to`: who asks."""

    to: str
    reply_to: str
    purpose: str


class NumberTaken(Fact, frozen=True, kw_only=True):
    """The series gave its next number."""

    number: int
    purpose: str
    taken_by: str


class SeriesContinued(Fact, frozen=True, kw_only=True):
    """Another system gave the numbers up to `last`; the series goes on after it."""

    last: int
    who: str
    why: str


class NumberAssigned(Fact, frozen=True, kw_only=True):
    """The series' answer. `to`: who asked; asked again for the same purpose it gives the same number."""

    to: str
    series: str
    number: int
    purpose: str
