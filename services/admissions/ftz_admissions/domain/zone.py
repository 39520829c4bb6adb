"""The zone aggregate: a versioned description of the zone, applied whole, with its history.

It is the procedures manual in facts: the operator keeps it current and can show what it said on any day
(19 CFR 146.21(b)). The manual itself is kept beside it, version by version.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import ftz_admissions.domain.zone_rules as rules
from ftz_admissions.domain.limits import refuse
from ftz_admissions.domain.zone_manual import KeepManual, keep
from ftz_common.contracts.admissions import ManualKept
from ftz_common.contracts.common import Noted
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.reference import ZoneApplied, ZoneDocument
from ftz_common.values.calendar import PortCalendar


@dataclass(frozen=True, slots=True)
class ApplyZone:
    """The zone is as this document says, from a date on."""

    document: ZoneDocument
    effective_from: str
    registered_elsewhere: frozenset[str] = frozenset()  #: names of sources of other zones
    who: str = ""
    why: str = ""


@dataclass(slots=True)
class Zone:
    """What was applied last, and the versions of the manual."""

    zone: str
    applied: ZoneApplied | None = None
    manuals: dict[str, ManualKept] = field(default_factory=dict[str, ManualKept])


def start(parts: tuple[str, ...]) -> Zone:
    """From `zone/<zone>`."""
    return Zone(parts[1])


def decide(state: Zone, command: Any, at: datetime) -> Sequence[Fact] | Refusal:
    """Apply a document, or keep a version of the manual; or say what is wrong with it and where."""
    match command:
        case ApplyZone():
            return _apply(state, command, at)
        case KeepManual():
            return keep(state.applied, state.manuals, command, at)
        case _:
            raise TypeError(f"a zone takes no {type(command).__name__}")


def _apply(state: Zone, command: ApplyZone, at: datetime) -> Sequence[Fact] | Refusal:
    """Apply a document, or note that it is applied already."""
    document = command.document
    problem = rules.problem_of(document, state.zone, command.registered_elsewhere)
    if problem is not None:
        return problem
    if state.applied is not None and state.applied.document == document:
        return [Noted(why=f"the zone is so since {state.applied.effective_from}")]
    problem = _effective(state, command, at) or _fixed(state, command)
    if problem is not None:
        return problem
    changed = [] if state.applied is None else rules.changes(state.applied.document, document)
    applied = ZoneApplied(
        document=document,
        effective_from=command.effective_from,
        changed=changed,
        who=command.who,
        why=command.why,
        applied_at=instant_text(at),
    )
    return [applied]


def examine(state: Zone, command: ApplyZone, at: datetime) -> list[Refusal]:
    """Everything that would refuse this document today; empty: it can be applied."""
    found = rules.problems_of(command.document, state.zone, command.registered_elsewhere)
    places = {problem.place for problem in found}
    if "timezone" in places:
        return found
    return [*found, *(p for p in (_effective(state, command, at), _fixed(state, command)) if p is not None)]


def _effective(state: Zone, command: ApplyZone, at: datetime) -> Refusal | None:
    """From a day that has come, and not before the document that stands (19 CFR 146.21(b)(2))."""
    citation = "19 CFR 146.21(b)"
    try:
        effective = date.fromisoformat(command.effective_from)
    except ValueError:
        return refuse(
            "no-such-date",
            f"{command.effective_from!r} is no date",
            citation,
            "give the date as YYYY-MM-DD",
            "effective_from",
        )
    today = PortCalendar(command.document.timezone).local_date(at)
    if effective > today:
        return refuse(
            "not-yet",
            f"{effective} has not come in {command.document.timezone} (it is {today})",
            citation,
            "apply the document on that day",
            "effective_from",
        )
    if state.applied is not None and command.effective_from < state.applied.effective_from:
        return refuse(
            "before-last",
            f"the document that stands is effective from {state.applied.effective_from}",
            citation,
            "apply it from that day or a later one; history is not rewritten",
            "effective_from",
        )
    return None


def _fixed(state: Zone, command: ApplyZone) -> Refusal | None:
    """Inventory method and week are consistently applied within a zone year (19 CFR 146.23(a)(2)).

    They may change on the first day of a zone year. The site's id is the key of its ledgers and stays.
    """
    if state.applied is None:
        return None
    before, now = state.applied.document, command.document
    if before.site.id != now.site.id:
        return refuse(
            "site-fixed",
            f"the site is {before.site.id!r}; its ledgers are kept under that id",
            "19 CFR 146.23(b)(1)",
            "keep the id; the site's name and FIRMS code may change",
            "site.id",
        )
    if command.effective_from[5:] == before.procedures.zone_year_starts:
        return None
    for place, was in _changed_procedures(before, now):
        return refuse(
            "fixed-within-zone-year",
            f"{place} is {was} in this zone year",
            "19 CFR 146.23(a)(2), 146.25",
            f"change it from the first day of a zone year ({before.procedures.zone_year_starts})",
            place,
        )
    return None


def _changed_procedures(before: ZoneDocument, now: ZoneDocument) -> Iterator[tuple[str, str]]:
    known = {account.id: account for account in before.accounts}
    for index, account in enumerate(now.accounts):
        was = known.get(account.id, account)
        for name in ("inventory_method", "fifo_scope"):
            if getattr(was, name) != getattr(account, name):
                yield f"accounts[{index}].{name}", str(getattr(was, name))
    for name in ("week_starts", "zone_year_starts"):
        if getattr(before.procedures, name) != getattr(now.procedures, name):
            yield f"procedures.{name}", str(getattr(before.procedures, name))


def evolve(state: Zone, fact: Fact) -> Zone:
    """Remember what was applied last, and every version of the manual."""
    if isinstance(fact, ZoneApplied):
        state.applied = fact
    elif isinstance(fact, ManualKept):
        state.manuals[fact.version] = fact
    return state
