"""What is missing and what is over at receipt: which is reported at once, what is owed, what has five days.

19 CFR 146.53: a shortage of one percent with duty and tax of $100 upon identification; an overage needs a
214 or an entry in five days.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from ftz_admissions.domain import clocks
from ftz_admissions.domain.admission_fold import Telling
from ftz_admissions.domain.admission_state import Admission, Line
from ftz_admissions.domain.limits import refuse
from ftz_common.contracts.admissions import (
    DiscrepancyFound,
    OverageAnswered,
    ShortageJudged,
    ShortagePriced,
    ShortageReported,
)
from ftz_common.contracts.common import ClockStarted, Noted
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.inventory import Content
from ftz_common.values.exact import ZERO, plain, share

#: 19 CFR 146.53(a)(3).
SHARE_MIN, DUTY_MIN = Decimal("0.01"), Decimal(100)
#: The clock of what a receipt had over (19 CFR 146.53(d)); an overage that is announced has its own.
OVER = "receipt-overage"
SHARE_PLACES = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class ReportShortage:
    """The port director was told of a shortage in writing (19 CFR 146.53(a)(3)). Local date."""

    line: int
    reported_on: date
    reference: str
    who: str
    now: datetime


@dataclass(frozen=True, slots=True)
class AnswerOverage:
    """What was over has its 214, its entry, or went to general order (19 CFR 146.53(d)). Local date."""

    line: int
    how: Literal["admitted", "entered", "general-order"]
    on: date
    reference: str
    who: str
    now: datetime


def missing(state: Admission, line: Line, short: Decimal, admitted_on: str) -> Content | None:
    """The goods that are missing as duty prices them; None where none would be owed a report.

    Domestic goods without a permit are not reported (19 CFR 146.53(b)).
    """
    announced, classified = line.announced, line.classified
    if short <= ZERO or state.permit_free or classified is None or announced.status == "":
        return None
    return Content(
        layer="",
        ledger="",
        uin=announced.uin,
        admission=state.stream,
        admission_number=state.number,
        admitted_on=admitted_on,
        quantity=short,
        unit=announced.unit,
        value=Decimal(plain(share(announced.value, short, announced.quantity))),
        status=announced.status,
        pf_filed_on=(announced.pf_filed_on or state.filed_on) if announced.status == "P" else None,
        origin=announced.origin,
        number=classified.number,
        revision=classified.revision,
        decision=classified.decision,
        measures=classified.measures,
    )


def judge(state: Admission, priced: ShortagePriced) -> Sequence[Fact]:
    """One percent or more, and duty of $100 or more; what cannot be priced may be (19 CFR 146.53(a)(3))."""
    line = state.line(priced.line)
    found = line.discrepancy if line is not None else None
    if line is None or found is None or found.counted != priced.counted or found.missing is None:
        return [Noted(why=f"line {priced.line} was found otherwise since")]
    if line.judged is not None and line.judged.counted == found.counted:
        return [Noted(why=f"the shortage of line {priced.line} is judged")]
    part = found.missing.quantity / found.announced
    report, why = _judged(part, priced)
    return [
        ShortageJudged(
            line=found.line,
            counted=found.counted,
            missing=found.missing.quantity,
            share=part.quantize(SHARE_PLACES),
            duty=priced.duty,
            not_priced=priced.not_priced,
            report=report,
            why=why,
            identified_on=found.identified_on,
        )
    ]


def _judged(part: Decimal, priced: ShortagePriced) -> tuple[bool, str]:
    percent = f"{plain((part * 100).quantize(SHARE_PLACES))} % of the quantity"
    if part < SHARE_MIN:
        return False, f"{percent} is less than 1 %"
    if priced.duty is None:
        return True, f"{percent}; its duty could not be priced ({priced.not_priced}): it may be $100 or more"
    if priced.duty < DUTY_MIN:
        return False, f"{percent}, but duty of ${plain(priced.duty)} is less than $100"
    return True, f"{percent} and duty of ${plain(priced.duty)}"


def report(state: Admission, command: ReportShortage) -> Sequence[Fact] | Refusal:
    """Only what is short is reported, and not before it was identified."""
    line = state.line(command.line)
    found = line.discrepancy if line is not None else None
    if line is None or found is None or found.counted >= found.announced:
        return refuse(
            "no-shortage",
            f"line {command.line} is not short",
            "19 CFR 146.53(a)(3)",
            "count the line to the end; a shortage is found when receiving closes",
            "line",
        )
    problem = _dates(state, found, command)
    if problem is not None:
        return problem
    if line.told is not None and line.told.reference == command.reference:
        return [Noted(why=f"report {command.reference} of line {command.line} is known")]
    return [
        ShortageReported(
            line=command.line,
            reported_on=command.reported_on.isoformat(),
            reference=command.reference,
            who=command.who,
        )
    ]


# ---- what is over -------------------------------------------------------------------------------


def say_overage(tell: Telling, found: DiscrepancyFound) -> None:
    """Five days for a 214 or an entry, from identification; a later count that closes it stops the clock."""
    runs = _running(tell.state, found.line)
    if not found.overage_by:
        for clock in runs:
            clocks.stop(tell, OVER, f"a later count of line {found.line} shows nothing over", clock.subject)
        return
    if runs:
        return
    over = found.counted - found.announced
    clocks.start(
        tell,
        ClockStarted(
            name=OVER,
            subject=f"line {found.line}, {found.identified_on}",
            act_by=found.overage_by,
            what=f"a 214 or an entry for {plain(over)} that line {found.line} had over",
            citation="19 CFR 146.53(d)",
            remedy="announce them as an overage (type O) or enter them, then say so: "
            "`ftz admissions answer-overage`; else general order",
        ),
    )


def answer(state: Admission, command: AnswerOverage) -> Sequence[Fact] | Refusal:
    """Each way names its paper; done late it is said so, and the clock is over all the same."""
    line = state.line(command.line)
    found = line.discrepancy if line is not None else None
    runs = _running(state, command.line)
    if found is None or not runs:
        return refuse(
            "no-overage",
            f"line {command.line} has nothing over that waits for a 214 or an entry",
            "19 CFR 146.53(d)",
            "look at the clocks of the 214: GET /v1/admissions/{account}/{issuer}/{shipment}",
            "line",
        )
    problem = _dates(state, found, command)
    if problem is not None:
        return problem
    day = command.on.isoformat()
    tell = Telling(state)
    tell.say(
        OverageAnswered(
            line=command.line,
            how=command.how,
            on=day,
            reference=command.reference,
            who=command.who,
            late=f"it was due by {runs[0].act_by}" if day > runs[0].act_by else "",
        )
    )
    for clock in runs:
        clocks.stop(tell, OVER, f"{command.how}: {command.reference} of {day}", clock.subject)
    return tell.facts


def _running(state: Admission, line: int) -> list[ClockStarted]:
    return [c for c in state.clocks.values() if c.name == OVER and c.subject.startswith(f"line {line}, ")]


def _dates(
    state: Admission, found: DiscrepancyFound, command: ReportShortage | AnswerOverage
) -> Refusal | None:
    today = state.calendar.local_date(command.now)
    shortage = isinstance(command, ReportShortage)
    on = command.reported_on if shortage else command.on
    if date.fromisoformat(found.identified_on) <= on <= today:
        return None
    return refuse(
        "dates-out-of-order",
        f"identified {found.identified_on}, done {on}, today {today}",
        "19 CFR 146.53(a)" if shortage else "19 CFR 146.53(d)",
        "what is found is answered after it was identified, and not in the future",
        "reported_on" if shortage else "on",
    )
