"""Goods changed in the zone that go to Canada or Mexico: entry type 08, duty deferred and partly waived.

19 USC 81c(a), 19 CFR 181.53 (written for NAFTA, applied to its successor): the goods count as entered. Duty
is assessed as of the date of exportation (privileged foreign goods: of their status), a 7501 is filed within
ten working days of it, the duty deposited within sixty days; it is waived up to what was paid there.
Goods that leave in the condition in which they came owe nothing (19 CFR 182.45(b), 146.67).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from ftz_common.contracts.common import DeadlineSet, Noted, NumberAssigned, NumberRequested
from ftz_common.contracts.deferral import (
    ConditionStated,
    DeferralLineOffered,
    DeferralLineTaken,
    DeferralNumbered,
    DeferralPricesRequested,
    ExportationDated,
)
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.values.calendar import PortCalendar
from ftz_common.values.names import stream_name
from ftz_duty.domain.deferral_assess import AssessDeferral, assessed
from ftz_duty.domain.deferral_pay import ClaimWaiver, Deposit, FileDeferral, claimed, deposited, filed
from ftz_duty.domain.deferral_state import DeferralState, evolve, start
from ftz_duty.domain.entry_number import entry_number
from ftz_duty.domain.removal_clock import Clock
from ftz_duty.domain.summary import wanted

__all__ = [
    "AssessDeferral",
    "ClaimWaiver",
    "DateExportation",
    "DeferralState",
    "Deposit",
    "FileDeferral",
    "StateCondition",
    "decide",
    "evolve",
    "start",
]

FILE_WORKING_DAYS = 10
DEPOSIT_DAYS = 60
FILING = Clock(
    "deferral-filing",
    "the 7501 (entry type 08)",
    "19 CFR 181.53(a)(2)(iii)(B)",
    "file it and record the filing",
)
DEPOSIT = Clock(
    "deferral-deposit",
    "the deposit of duty and fee, and the claim of a waiver,",
    "19 CFR 181.53(a)(2)(iii)(C), (a)(3), (d)",
    "claim the waiver with evidence of duty paid there, deposit what is left, and record both",
)


@dataclass(frozen=True, slots=True)
class StateCondition:
    """A person says whether the goods were changed in the zone."""

    changed: bool
    ground: str
    who: str


@dataclass(frozen=True, slots=True)
class DateExportation:
    """The Canadian or Mexican entry document says when the goods were imported there."""

    exported_on: str
    document: str
    deferral_program: bool
    who: str


def decide(state: DeferralState, command: Any, at: datetime) -> Sequence[Fact] | Refusal:
    """Goods travel, their condition is stated, they are imported there, assessed, filed and paid for."""
    match command:
        case DeferralLineOffered():
            return _offered(state, command)
        case StateCondition() | DateExportation():
            return _stated(state, command, at)
        case NumberAssigned():
            return _numbered(state, command)
        case AssessDeferral():
            return assessed(state, command, DEPOSIT)
        case ClaimWaiver() | FileDeferral() | Deposit():
            return _money(state, command, at)
        case DeadlineSet():
            return _due(state, command)
        case _:
            raise TypeError(f"a deferral does not take {type(command).__name__}")


def _stated(
    state: DeferralState, command: StateCondition | DateExportation, at: datetime
) -> Sequence[Fact] | Refusal:
    if isinstance(command, StateCondition):
        return _condition(state, command)
    return _dated(state, command, at)


def _money(
    state: DeferralState, command: ClaimWaiver | FileDeferral | Deposit, at: datetime
) -> Sequence[Fact] | Refusal:
    match command:
        case ClaimWaiver():
            return claimed(state, command, at, DEPOSIT)
        case FileDeferral():
            return filed(state, command, at, FILING)
        case Deposit():
            return deposited(state, command, at, DEPOSIT)


# ---- goods --------------------------------------------------------------------------------------


def _offered(state: DeferralState, offer: DeferralLineOffered) -> Sequence[Fact]:
    if not offer.reversed and offer.withdrawal in state.taken:
        return [Noted(why="this withdrawal travels with the parcel already")]
    return [DeferralLineTaken(offer=offer)]


def _condition(state: DeferralState, command: StateCondition) -> Sequence[Fact] | Refusal:
    if state.filed is not None:
        return _no(
            "deferral-filed",
            f"the 7501 {state.filed.number} is filed",
            "19 CFR 181.53(a)(2)",
            "correct the entry with CBP",
        )
    said = ConditionStated(changed=command.changed, ground=command.ground, who=command.who)
    if state.condition is not None and state.condition == said:
        return [Noted(why="this was said before")]
    return [said]


# ---- the date of exportation ----------------------------------------------------------------------


def _calendar(offer: DeferralLineOffered) -> PortCalendar:
    return PortCalendar.of(offer.timezone, map(date.fromisoformat, offer.closures))


def _dated(state: DeferralState, command: DateExportation, at: datetime) -> Sequence[Fact] | Refusal:
    first = state.first
    if first is None or not state.groups:
        return _no(
            "nothing-exported",
            "nothing foreign of this parcel left for Canada or Mexico",
            "19 CFR 181.53(a)(2)(i)",
            "check order and parcel; report the shipment first",
        )
    if not state.changed:
        return _no(
            "same-condition",
            "nobody said that these goods were changed in the zone: they owe nothing",
            "19 CFR 182.45(b), 146.67",
            "nothing to do; if they were changed, state it (POST .../condition) with its ground",
        )
    calendar = _calendar(first)
    exported = date.fromisoformat(command.exported_on)
    if exported > calendar.local_date(at) or command.exported_on < first.removed_on:
        return _no(
            "exportation-date",
            f"{command.exported_on} is not between the removal, {first.removed_on}, and today",
            "19 CFR 181.53(a)(1)(i)",
            "give the date of importation on the Canadian or Mexican entry document",
            "exported_on",
        )
    known = state.dated
    if known is not None and known.exported_on == command.exported_on and state.assessed is not None:
        return [Noted(why="this date is known and assessed")]
    if known is not None and known.exported_on != command.exported_on:
        return _no(
            "exportation-dated",
            f"the date of exportation is {known.exported_on} ({known.document})",
            "19 CFR 181.53(a)(1)(i)",
            "correct the document with CBP",
            "exported_on",
        )
    file_by = calendar.add_working_days(exported, FILE_WORKING_DAYS)
    deposit_by = exported + timedelta(days=DEPOSIT_DAYS)
    facts: list[Fact] = []
    if known is None:
        facts = [
            ExportationDated(
                exported_on=command.exported_on,
                document=command.document,
                deferral_program=command.deferral_program,
                file_by=file_by.isoformat(),
                deposit_by=deposit_by.isoformat(),
                who=command.who,
            ),
            *FILING.started(file_by, calendar),
            *DEPOSIT.started(deposit_by, calendar),
            _number_wanted(state, first, exported),
        ]
    return [*facts, _prices(state, command.exported_on)]


def _number_wanted(state: DeferralState, first: DeferralLineOffered, exported: date) -> NumberRequested:
    return NumberRequested(
        to=stream_name("series", "duty", first.zone, "entry", f"{exported:%y}"),
        reply_to=state.stream,
        purpose=state.stream,
    )


def _prices(state: DeferralState, on: str) -> DeferralPricesRequested:
    return DeferralPricesRequested(round=state.round + 1, exported_on=on, wanted=wanted(state.groups, on))


def _numbered(state: DeferralState, assigned: NumberAssigned) -> Sequence[Fact]:
    first, dated = state.first, state.dated
    if first is None or dated is None or state.number:
        return [Noted(why="the entry has its number already")]
    return [DeferralNumbered(number=entry_number(first.filer, dated.exported_on[2:4], assigned.number))]


# ---- clocks -------------------------------------------------------------------------------------


def _due(state: DeferralState, deadline: DeadlineSet) -> Sequence[Fact]:
    """The day is over: done, or nothing is to be done any more, or it is late."""
    dated = state.dated
    files = deadline.name == FILING.name
    if dated is None or (state.filed is not None if files else state.settled):
        return [Noted(why="filed in time" if files else "deposited in time")]
    clock, act_by = (FILING, dated.file_by) if files else (DEPOSIT, dated.deposit_by)
    if not state.groups:
        return [clock.stopped("nothing of this parcel left")]
    if not files and state.owed is not None and state.deposited >= state.owed:
        return [clock.stopped("nothing is left to deposit")]
    return [clock.expired(act_by)]


def _no(code: str, reason: str, citation: str, remedy: str, place: str = "") -> Refusal:
    return Refusal(code=code, reason=reason, citation=citation, remedy=remedy, place=place)
