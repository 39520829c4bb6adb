"""A 214 that is given up: before CBP permitted it by ourselves, afterwards by deletion at CBP.

Its number stays in the sequence with the reason: a gap that is explained (19 CFR 146.37(a)).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ftz_admissions.domain import clocks
from ftz_admissions.domain.admission_fold import Telling
from ftz_admissions.domain.admission_state import Admission
from ftz_admissions.domain.filing import deletion, file
from ftz_admissions.domain.holds import Rules, say_holds
from ftz_admissions.domain.limits import refuse
from ftz_common.contracts.admissions import AdmissionWithdrawn
from ftz_common.contracts.common import Noted
from ftz_common.contracts.fact import Fact, Refusal


@dataclass(frozen=True, slots=True)
class Withdraw:
    """A person gives a 214 up: the goods do not come."""

    reason: str
    who: str
    rules: Rules


def withdraw(state: Admission, command: Withdraw) -> Sequence[Fact] | Refusal:
    """Only while nothing of it is here; CBP deletes what it permitted (CATAIR e214 record 10, action D)."""
    if state.phase in ("withdrawn", "unknown"):
        return [Noted(why="there is no 214 to give up")]
    if state.receipts or state.kept:
        return refuse(
            "goods-counted",
            f"{len(state.receipts)} counts of shipment {state.shipment!r} are on record: the goods are here",
            "19 CFR 146.22, 146.37(c)",
            "admit the goods, or report what is missing as a discrepancy",
            "shipment",
        )
    if state.phase in ("filed", "deleting"):
        return refuse(
            "waits-for-cbp",
            f"attempt {state.attempt} of 214 {state.number} is with CBP",
            "19 CFR 146.32(b)",
            "wait for the answer",
            "shipment",
        )
    tell = Telling(state)
    tell.say(AdmissionWithdrawn(number=state.number, reason=command.reason, who=command.who))
    for clock in list(tell.state.clocks.values()):
        clocks.stop(tell, clock.name, f"the 214 is given up: {command.reason}", clock.subject)
    say_holds(tell, [])
    if state.phase == "authorized" and not state.permit_free and state.terms is not None:
        file(
            tell, deletion(tell.state, state.terms, command.rules, command.reason), state.terms, command.rules
        )
    return tell.facts
