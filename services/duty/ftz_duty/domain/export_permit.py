"""The weekly export permit: what CBP lets leave in a week, what left, and the statement that follows.

19 CFR 146.68: an in-bond application for the estimated exports and transports of a calendar week; each
parcel's own in-bond application under it; a supplement before more leaves; a statement by the close of the
second business day of the following week. An export may also leave under an application of its own (146.67).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from ftz_common.contracts.common import DeadlineSet, Noted
from ftz_common.contracts.duty import EstimateLine
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.removals import (
    ExportCounted,
    ExportManifested,
    ExportMoved,
    ExportPermitApproved,
    ExportStatementReopened,
    ExportWeekEnded,
)
from ftz_common.values.calendar import PortCalendar, parse_instant, week_start
from ftz_common.values.exact import ZERO
from ftz_duty.domain.export_judge import Judge
from ftz_duty.domain.export_permit_state import (
    Application,
    ExportPermitState,
    Permit,
    Removal,
    evolve,
    start,
    sums,
)
from ftz_duty.domain.export_statement import STATEMENT, FileStatement, filed
from ftz_duty.domain.inbond_application import Port

__all__ = ["ApprovePermit", "ExportPermitState", "FileStatement", "decide", "evolve", "start"]

CITATION = "19 CFR 146.68(a)"
WEEK_ENDS = "week-ends"
STATEMENT_WORKING_DAYS = 2
#: "Close of business" (19 CFR 146.68(c)) in the port's time; policy where the port has set no other hour.
CLOSE_OF_BUSINESS = 17


@dataclass(frozen=True, slots=True)
class ApprovePermit:
    """CBP approved the application for a weekly permit, or a supplement to it."""

    number: str
    approved_at: str
    lines: tuple[EstimateLine, ...]
    who: str
    home: Port
    week_starts: int


def decide(state: ExportPermitState, command: Any, at: datetime) -> Sequence[Fact] | Refusal:
    """A permit, goods that left, the end of the week, its statement."""
    match command:
        case ApprovePermit():
            return _approve(state, command, at)
        case ExportMoved():
            return _moved(state, command)
        case FileStatement():
            return filed(state, command, at)
        case DeadlineSet(name="week-ends"):
            return _week_ends(state)
        case DeadlineSet():
            return _statement_due(state)
        case _:
            raise TypeError(f"an export permit does not take {type(command).__name__}")


# ---- permits ------------------------------------------------------------------------------------


def _approve(state: ExportPermitState, command: ApprovePermit, at: datetime) -> Sequence[Fact] | Refusal:
    if (unfit := _unfit(state, command, at)) is not None:
        return unfit
    approved = ExportPermitApproved(
        zone=state.zone,
        account=state.account,
        week=state.week,
        number=command.number,
        approved_at=command.approved_at,
        lines=list(command.lines),
        supplement=bool(state.permits),
        timezone=command.home.timezone,
        closures=list(command.home.closures),
        who=command.who,
    )
    judge = Judge.of(state, permit=Permit(command.number, command.approved_at, sums(list(command.lines))))
    if state.judged:
        judge.cure()
    else:
        judge.judge_all()
    return [approved, *_clock(state, command.home), *judge.facts, *_reopen(state, "another permit is known")]


def _unfit(state: ExportPermitState, command: ApprovePermit, at: datetime) -> Refusal | None:
    first = date.fromisoformat(state.week)
    begins = week_start(first, command.week_starts)
    if begins != first:
        return _no("not-a-week", f"{state.week} is not the first day of a week; that is {begins}", "week")
    if any(permit.number == command.number for permit in state.permits):
        return _no("permit-known", f"permit {command.number} of this week is recorded already", "number")
    if parse_instant(command.approved_at) > at:
        return _no("permit-ahead", f"{command.approved_at} has not come yet", "approved_at")
    for place, line in enumerate(command.lines):
        if line.status == "D":
            return Refusal(
                code="domestic-needs-no-permit",
                reason=f"{line.number} is in domestic status: it leaves without a permit",
                citation="19 CFR 146.43(b)",
                remedy="leave the line out",
                place=f"lines[{place}].status",
            )
        if line.quantity <= 0:
            return _no("quantity-out-of-range", "a quantity is more than nothing", f"lines[{place}].quantity")
    return None


def _no(code: str, reason: str, place: str) -> Refusal:
    return Refusal(
        code=code,
        reason=reason,
        citation=CITATION,
        remedy="correct it, or send what CBP approved besides as a supplement with its own number",
        place=place,
    )


def _clock(state: ExportPermitState, home: Port) -> list[Fact]:
    if state.week_clock:
        return []
    ends = home.calendar.instant(date.fromisoformat(state.week) + timedelta(days=7))
    return [DeadlineSet(name=WEEK_ENDS, due_at=instant_text(ends), citation=CITATION)]


# ---- what left ----------------------------------------------------------------------------------


def _moved(state: ExportPermitState, fact: ExportMoved) -> Sequence[Fact]:
    facts: list[Fact] = []
    judge = Judge.of(state, required=fact.required)
    known = state.applications.get(fact.inbond, Application())
    after = _application(fact) if fact.number else known
    if fact.number and _is_news(known, after):
        facts.append(
            ExportManifested(
                inbond=fact.inbond,
                number=fact.number,
                kind=fact.kind,
                under=fact.under,
                authorized_at=fact.authorized_at,
                remove_by=fact.remove_by,
                manifest=fact.manifest,
            )
        )
        _judge_application(judge, known, after)
    if fact.withdrawal:
        facts.append(
            ExportCounted(
                inbond=fact.inbond,
                withdrawal=fact.withdrawal,
                removed_at=fact.removed_at,
                removed_on=fact.removed_on,
                reversed=fact.reversed,
                required=fact.required,
                lines=fact.lines,
            )
        )
        if fact.reversed:
            judge.taken_back(fact.withdrawal, fact.lines)
        else:
            removal = Removal(fact.inbond, fact.removed_at, fact.removed_on, sums(fact.lines))
            judge.judge_new(after, fact.withdrawal, removal)
    if not facts:
        return [Noted(why="nothing new of this parcel")]
    return [*facts, *judge.facts, *_reopen(state, f"{fact.inbond} changed")]


def _application(fact: ExportMoved) -> Application:
    return Application(
        fact.number, fact.kind, fact.under, fact.authorized_at, fact.remove_by, sums(fact.manifest)
    )


def _is_news(known: Application, after: Application) -> bool:
    return (known.number, known.under, known.remove_by, known.manifest) != (
        after.number,
        after.under,
        after.remove_by,
        after.manifest,
    )


def _judge_application(judge: Judge, known: Application, after: Application) -> None:
    """What left with the parcel is judged anew; what it used of the week's permit may be free for others."""
    for withdrawal in known.withdrawals:
        removal = judge.state.removals[withdrawal]
        if not known.own:
            for key, quantity in removal.lines.items():
                judge.used[key] = judge.used.get(key, ZERO) - (quantity - removal.lacking.get(key, ZERO))
        judge.judge_again(after, withdrawal)
    if after.own and not known.own:
        judge.cure(but=known.withdrawals)


def _reopen(state: ExportPermitState, why: str) -> list[Fact]:
    if state.filed is None or state.reopened:
        return []
    return [
        ExportStatementReopened(why=why),
        STATEMENT.runs(state.statement_due_on, state.week),
    ]


# ---- the end of the week ------------------------------------------------------------------------


def _calendar(state: ExportPermitState) -> PortCalendar:
    """Of the port, as the first permit recorded it."""
    first = state.first
    return PortCalendar.of(
        first.timezone if first else "UTC", map(date.fromisoformat, first.closures if first else ())
    )


def _week_ends(state: ExportPermitState) -> Sequence[Fact]:
    """The statement is due by the close of the second business day (19 CFR 146.68(c))."""
    calendar = _calendar(state)
    last = date.fromisoformat(state.week) + timedelta(days=6)
    due_on = calendar.add_working_days(last, STATEMENT_WORKING_DAYS)
    return [
        ExportWeekEnded(week=state.week, statement_due_on=due_on.isoformat()),
        *STATEMENT.started(due_on, calendar, state.week, calendar.instant(due_on, CLOSE_OF_BUSINESS)),
    ]


def _statement_due(state: ExportPermitState) -> Sequence[Fact]:
    if state.filed is not None:
        return [Noted(why="the statement was filed in time")]
    return [STATEMENT.expired(state.statement_due_on, state.week)]
