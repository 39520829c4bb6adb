"""What differs between 214 and count: its clocks, its reports, and for what the operator answers.

The operator is liable for the quantity on the 214, except as a timely report modifies it (19 CFR 146.37(c)).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from ftz_admissions.domain import shortages
from ftz_admissions.domain.admission_fold import Telling
from ftz_admissions.domain.admission_state import LIABILITY, Admission, Line, Terms
from ftz_admissions.domain.limits import refuse
from ftz_common.contracts.admissions import DiscrepancyFound, DiscrepancyReported, LiabilityFixed
from ftz_common.contracts.common import DeadlineSet, Noted
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.values.calendar import PortCalendar, end_of_day, parse_instant
from ftz_common.values.exact import ZERO, plain, share

#: 19 CFR 146.37(c)(1): signed by operator and carrier, and then told to the port director.
JOINT_DAYS = timedelta(days=15)
TOLD_WORKING_DAYS = 2
#: 19 CFR 146.37(c)(2): CBP 5931.
FORM_5931_DAYS = timedelta(days=20)
#: 19 CFR 146.53(d): from identification.
OVERAGE_DAYS = timedelta(days=5)
#: 19 CFR 146.53(a)(3): a shortage of one percent or more, worth 100 USD of duty and tax, is reported at once.
REPORTABLE_PERCENT = 1


@dataclass(frozen=True, slots=True)
class ReportDiscrepancy:
    """A report on a line: signed with the carrier, or on CBP 5931. Local dates."""

    line: int
    form: Literal["joint", "5931"]
    signed_on: date
    told_on: date
    reference: str
    who: str
    now: datetime


def say_discrepancy(tell: Telling, terms: Terms, line: Line, now: datetime) -> None:
    """What differs, and until when it can be reported; then the operator answers for the 214 as it is."""
    found = _found(tell.state, terms, line, now)
    tell.say(found)
    shortages.say_overage(tell, found)
    if found.counted == found.announced:
        return
    last = end_of_day(date.fromisoformat(found.cbp_5931_by), tell.state.calendar)
    tell.say(
        DeadlineSet(
            name=LIABILITY,
            subject=str(line.number),
            due_at=instant_text(last),
            citation="19 CFR 146.37(c)(2)",
        )
    )


def _found(state: Admission, terms: Terms, line: Line, now: datetime) -> DiscrepancyFound:
    """15 days for the joint report and two working days to tell CBP, or 20 days for a CBP 5931, after the
    admission: the line's last admission date, else the 214's last, else the day on which receiving closed.
    An overage has five days from its identification: the line's last count (19 CFR 146.53(d))."""
    latest = line.admitted_on or max(other.admitted_on for other in state.lines.values())
    admitted = date.fromisoformat(latest) if latest else state.calendar.local_date(now)
    identified = _identified(state, line, now)
    joint = admitted + JOINT_DAYS
    over = line.counted > line.announced.quantity
    short = ZERO if over else line.announced.quantity - line.counted
    return DiscrepancyFound(
        line=line.number,
        announced=line.announced.quantity,
        counted=line.counted,
        joint_report_by=joint.isoformat(),
        cbp_told_by=_port(terms).add_working_days(joint, TOLD_WORKING_DAYS).isoformat(),
        cbp_5931_by=(admitted + FORM_5931_DAYS).isoformat(),
        identified_on=identified.isoformat(),
        overage_by=(identified + OVERAGE_DAYS).isoformat() if over else "",
        short_value=Decimal(plain(share(line.announced.value, short, line.announced.quantity))),
        reportable=short * 100 >= line.announced.quantity * REPORTABLE_PERCENT,
        missing=shortages.missing(state, line, short, latest),
    )


def _port(terms: Terms) -> PortCalendar:
    return PortCalendar.of(terms.timezone, [date.fromisoformat(day) for day in terms.closures])


def _identified(state: Admission, line: Line, now: datetime) -> date:
    counts = [r.counted_at for r in state.receipts.values() if line.number in {c.line for c in r.lines}]
    return state.calendar.local_date(max((parse_instant(at) for at in counts), default=now))


def report(state: Admission, command: ReportDiscrepancy) -> Sequence[Fact] | Refusal:
    """A report modifies the operator's liability if it is in time; a late one is on record, and does not."""
    line = state.line(command.line)
    found = line.discrepancy if line is not None else None
    if line is None or found is None or found.counted == found.announced:
        return refuse(
            "no-discrepancy",
            f"line {command.line} has no discrepancy",
            "19 CFR 146.37(c)",
            "count the line to the end; a discrepancy is found when receiving closes",
            "line",
        )
    problem = _impossible(state, found, command)
    if problem is not None:
        return problem
    before = line.reported
    if before is not None and (before.form, before.reference) == (command.form, command.reference):
        return [Noted(why=f"{command.form} {command.reference} of line {command.line} is known")]
    assert state.terms is not None  # noqa: S101 a discrepancy is found on a drafted 214
    late = _late(found, command, _port(state.terms))
    reported = DiscrepancyReported(
        line=command.line,
        form=command.form,
        signed_on=command.signed_on.isoformat(),
        told_on=command.told_on.isoformat(),
        reference=command.reference,
        who=command.who,
        liable_for=found.announced if late else found.counted,
        late=late,
    )
    return [reported]


def _impossible(state: Admission, found: DiscrepancyFound, command: ReportDiscrepancy) -> Refusal | None:
    admitted = date.fromisoformat(found.joint_report_by) - JOINT_DAYS
    today = state.calendar.local_date(command.now)
    if not admitted <= command.signed_on <= command.told_on <= today:
        return refuse(
            "dates-out-of-order",
            f"admitted {admitted}, signed {command.signed_on}, told {command.told_on}, today {today}",
            "19 CFR 146.37(c)",
            "a report is signed after admission, then told to the port director, and not in the future",
            "signed_on" if command.signed_on < admitted else "told_on",
        )
    return None


def _late(found: DiscrepancyFound, command: ReportDiscrepancy, port: PortCalendar) -> str:
    """What of its clock the report missed; "" when it is in time."""
    if command.form == "5931":
        by = date.fromisoformat(found.cbp_5931_by)
        return f"CBP 5931 was due by {by}" if command.told_on > by else ""
    if command.signed_on > date.fromisoformat(found.joint_report_by):
        return f"the joint report was to be signed by {found.joint_report_by}"
    told_by = port.add_working_days(command.signed_on, TOLD_WORKING_DAYS)
    return f"CBP was to be told by {told_by}" if command.told_on > told_by else ""


def liability_due(state: Admission, deadline: DeadlineSet) -> Sequence[Fact]:
    """No timely report: the operator answers for the quantity on the 214 (19 CFR 146.37(c))."""
    line = state.line(int(deadline.subject))
    found = line.discrepancy if line is not None else None
    if line is None or found is None or found.counted == found.announced:
        return [Noted(why="nothing differs any more")]
    if line.reported is not None and not line.reported.late:
        return [Noted(why=f"reported in time: {line.reported.form} {line.reported.reference}")]
    if end_of_day(date.fromisoformat(found.cbp_5931_by), state.calendar) > parse_instant(deadline.due_at):
        return [Noted(why="found anew since; a later clock runs")]
    judged = line.judged if line.judged and line.judged.counted == found.counted else None
    return [
        LiabilityFixed(
            line=found.line,
            quantity=found.announced,
            counted=found.counted,
            why=f"no report in time: {found.cbp_5931_by} was the last day",
            owed=judged.duty if judged else None,
            not_priced=judged.not_priced if judged else "",
        )
    ]
