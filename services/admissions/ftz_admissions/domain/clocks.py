"""The law's clocks of an admission: started once, stopped by what they wait for, said when they run out.

One mechanism for all of them; a clock that ran out stays open until its cause is mended.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from ftz_admissions.domain.admission_fold import Telling
from ftz_admissions.domain.admission_state import CLOCK, Admission, clock_key
from ftz_common.contracts.common import ClockExpired, ClockStarted, ClockStopped, DeadlineSet, Noted
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.fact import Fact
from ftz_common.values.calendar import PortCalendar, end_of_day, parse_instant

DEPOSIT = "temporary-deposit"
HISTORY = "zone-history"
OVERAGE = "overage"

#: 19 CFR 146.35(e): calendar days, with no exceptions.
DEPOSIT_DAYS = timedelta(days=15)
#: 19 CFR 146.53(d).
OVERAGE_DAYS = timedelta(days=5)
#: 19 CFR 146.66(c)(5): working days after delivery to the carrier.
HISTORY_WORKING_DAYS = 10


def start(tell: Telling, clock: ClockStarted) -> None:
    """Start a clock, unless it has run before; it ends with its local day."""
    state = tell.state
    key = clock_key(clock.name, clock.subject)
    if key in state.clocks or key in state.stopped:
        return
    due = end_of_day(date.fromisoformat(clock.act_by), state.calendar)
    tell.say(clock)
    tell.say(DeadlineSet(name=CLOCK, due_at=instant_text(due), subject=key, citation=clock.citation))


def stop(tell: Telling, name: str, how: str, subject: str = "") -> None:
    """What it waited for happened."""
    if clock_key(name, subject) in tell.state.clocks:
        tell.say(ClockStopped(name=name, subject=subject, how=how))


def due(state: Admission, deadline: DeadlineSet) -> Sequence[Fact]:
    """The day is over: if the clock still runs, that is said at once."""
    clock = state.clocks.get(deadline.subject)
    if clock is None:
        return [Noted(why=f"{deadline.subject} was done in time")]
    return [
        ClockExpired(
            name=clock.name,
            subject=clock.subject,
            act_by=clock.act_by,
            what=clock.what,
            citation=clock.citation,
            remedy=clock.remedy,
        )
    ]


def start_deposit(tell: Telling, now: datetime) -> None:
    """A temporary deposit lasts 15 calendar days from the day on which the goods came (19 CFR 146.35(e))."""
    state = tell.state
    if state.terms is None or state.particulars.admission_type != "T":
        return
    seen = [r.counted_at for r in (*state.receipts.values(), *state.kept.values())]
    instants = [parse_instant(at) for at in (*seen, state.arrived_at) if at]
    if not instants or min(instants) > now:
        return
    act_by = state.calendar.local_date(min(instants)) + DEPOSIT_DAYS
    start(
        tell,
        ClockStarted(
            name=DEPOSIT,
            act_by=act_by.isoformat(),
            what=f"the complete 214 of temporary deposit {state.number or state.shipment}",
            citation="19 CFR 146.35(e)",
            remedy="announce the shipment again, complete, as a regular admission; else general order",
        ),
    )


def start_history(tell: Telling) -> None:
    """The documented history comes within 10 working days after delivery to the carrier (146.66(c)(5))."""
    state = tell.state
    said, terms = state.particulars, state.terms
    if said.admission_type != "Z" or terms is None or not said.delivered_on:
        return
    closures = [date.fromisoformat(day) for day in terms.closures]
    calendar = PortCalendar.of(terms.timezone, closures)
    act_by = calendar.add_working_days(date.fromisoformat(said.delivered_on), HISTORY_WORKING_DAYS)
    start(
        tell,
        ClockStarted(
            name=HISTORY,
            act_by=act_by.isoformat(),
            what=f"the documented history of the goods from zone {said.from_zone}",
            citation="19 CFR 146.66(c)(5), (d)",
            remedy="ask the operator of that zone for it, and send it as a document of kind zone-history",
        ),
    )
    stop_history(tell)


def stop_history(tell: Telling) -> None:
    """It is here, and is associated with the 214 (19 CFR 146.66(d))."""
    history = next((d for d in tell.state.documents if d.kind == HISTORY), None)
    if history is not None:
        stop(tell, HISTORY, f"the history is here: {history.number}")


def start_overage(tell: Telling) -> None:
    """A 214 or an entry within 5 days after an overage is identified (19 CFR 146.53(d))."""
    said = tell.state.particulars
    if said.admission_type != "O":
        return
    act_by = date.fromisoformat(said.found_on) + OVERAGE_DAYS
    start(
        tell,
        ClockStarted(
            name=OVERAGE,
            act_by=act_by.isoformat(),
            what=f"the 214 of the overage found in {said.found_in or tell.state.shipment}",
            citation="19 CFR 146.53(d)",
            remedy="complete the announcement so that it is filed, or enter the goods; else general order",
        ),
    )
