"""An applicant's quarter of the harbor maintenance fee: counted as goods are admitted, stated at its end.

The applicant for admission pays, quarterly, whatever the zone status (19 CFR 24.24, 146.22(e)); an entry from
the zone pays it not again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from ftz_common.contracts.common import DeadlineSet, Noted
from ftz_common.contracts.duty import HarborFeePaid, HarborFeeStated, HarborPort, VesselCargoAdmitted
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.inventory import LayerOpened
from ftz_common.values.calendar import PortCalendar
from ftz_common.values.exact import ZERO, plain
from ftz_common.values.names import stream_name
from ftz_duty.domain.harbor_fee import VESSEL_MODES, Admitted, FeeQuarter, fee_quarter, quarter_of

QUARTER_ENDS = "quarter-ends"
CITATION = "19 CFR 24.24(e); 19 CFR 146.22(e)"

LISTED = "every port of unlading is taken for one of those that the fee is for (19 CFR 24.24(b)(1))"
#: 214s named in one note.
_NAMED_MAX = 20


@dataclass(frozen=True, slots=True)
class CountCargo:
    """A layer was opened whose goods came by vessel."""

    layer: LayerOpened


@dataclass(frozen=True, slots=True)
class PayHarborFee:
    """A person filed CBP Form 349 and paid. `paid_on`: ISO date."""

    amount: Decimal
    paid_on: str
    reference: str
    who: str


@dataclass(slots=True)
class QuarterState:
    """`cargo` by layer; `paid` in USD; `stated`: the last statement."""

    zone: str
    applicant: str
    first: str
    cargo: dict[str, VesselCargoAdmitted] = field(default_factory=dict[str, VesselCargoAdmitted])
    stated: HarborFeeStated | None = None
    paid: Decimal = ZERO

    def quarter(self, *more: VesselCargoAdmitted) -> FeeQuarter:
        """The form's data, by port and 214."""
        sums: dict[tuple[str, str, str], Admitted] = {}
        for cargo in (*self.cargo.values(), *more):
            key = (cargo.admission_number, cargo.port, cargo.mode)
            before = sums[key].value if key in sums else ZERO
            day = date.fromisoformat(cargo.imported_on)
            sums[key] = Admitted(
                cargo.admission_number, self.applicant, cargo.port, cargo.mode, day, before + cargo.value
            )
        return fee_quarter(self.applicant, date.fromisoformat(self.first), sums.values())


def start(parts: tuple[str, ...]) -> QuarterState:
    """harbor/<zone>/<applicant>/<first day of the quarter>."""
    return QuarterState(zone=parts[1], applicant=parts[2], first=parts[3])


def harbor_stream(zone: str, layer: LayerOpened) -> str:
    """The quarter that a layer counts for, by the day of unlading; "" when nothing is owed on it."""
    arrival = layer.arrival
    if arrival is None or arrival.mode not in VESSEL_MODES:
        return ""
    first, _ = quarter_of(date.fromisoformat(arrival.imported_on))
    return stream_name("harbor", zone, arrival.applicant, first.isoformat())


def decide(state: QuarterState, command: Any, _at: datetime) -> Sequence[Fact] | Refusal:
    """Count, state when the quarter is over, take payments."""
    match command:
        case CountCargo(layer):
            return _count(state, layer)
        case DeadlineSet():
            return [_stated(state)]
        case PayHarborFee():
            return _pay(state, command)
        case _:
            raise TypeError(f"a fee quarter does not take {type(command).__name__}")


def _count(state: QuarterState, layer: LayerOpened) -> Sequence[Fact]:
    arrival = layer.arrival
    if layer.layer in state.cargo or arrival is None:
        return [Noted(why="this layer is counted already")]
    cargo = VesselCargoAdmitted(
        layer=layer.layer,
        admission_number=layer.admission_number,
        account=layer.account,
        port=arrival.port_of_unlading,
        mode=arrival.mode,
        imported_on=arrival.imported_on,
        admitted_on=layer.admitted_on,
        value=layer.value,
    )
    facts: list[Fact] = [cargo]
    if not state.cargo:
        _, last = quarter_of(date.fromisoformat(state.first))
        ends = PortCalendar.of(layer.timezone).instant(last + timedelta(days=1))
        facts.append(
            DeadlineSet(name=QUARTER_ENDS, due_at=instant_text(ends), subject=state.first, citation=CITATION)
        )
    if state.stated is not None:
        facts.append(_stated(state, cargo))
    return facts


def _stated(state: QuarterState, *more: VesselCargoAdmitted) -> HarborFeeStated:
    found = state.quarter(*more)
    return HarborFeeStated(
        zone=state.zone,
        applicant=state.applicant,
        first=found.first.isoformat(),
        last=found.last.isoformat(),
        due_on=found.due_on.isoformat(),
        class_code=found.class_code,
        ports=[
            HarborPort(port=line.port, admissions=len(line.admissions), value=line.value, fee=line.fee)
            for line in found.lines
        ],
        value=sum((line.value for line in found.lines), ZERO),
        fee=found.fee,
        paid=state.paid,
        notes=[LISTED, *_across(found, [*state.cargo.values(), *more])],
    )


def _across(found: FeeQuarter, cargo: Sequence[VesselCargoAdmitted]) -> list[str]:
    """214s whose goods were unladen in this quarter and admitted in a later one."""
    later = sorted({c.admission_number for c in cargo if c.admitted_on > found.last.isoformat()})
    if not later:
        return []
    named = ", ".join(later[:_NAMED_MAX]) + (
        f" and {len(later) - _NAMED_MAX} more" if len(later) > _NAMED_MAX else ""
    )
    return [f"unladen in this quarter and admitted after it: {named}; counted by the day of unlading"]


def _pay(state: QuarterState, command: PayHarborFee) -> Sequence[Fact] | Refusal:
    if state.stated is None:
        return Refusal(
            code="quarter-not-stated",
            reason=f"the quarter from {state.first} is not over, or no cargo of it is known",
            citation=CITATION,
            remedy="pay when the quarter is stated",
        )
    owed = state.stated.fee - state.paid
    if command.amount <= 0 or command.amount > owed:
        return Refusal(
            code="amount-not-owed",
            reason=f"${plain(command.amount)} is not within the ${plain(owed)} that are open",
            citation=CITATION,
            remedy=f"enter what was paid, at most {plain(owed)}; a refund is claimed from CBP",
            place="amount",
        )
    return [
        HarborFeePaid(
            amount=command.amount,
            paid_on=command.paid_on,
            reference=command.reference,
            who=command.who,
            open=owed - command.amount,
        )
    ]


def evolve(state: QuarterState, fact: Fact) -> QuarterState:
    """Remember cargo, statement and payments."""
    match fact:
        case VesselCargoAdmitted():
            state.cargo[fact.layer] = fact
        case HarborFeeStated():
            state.stated = fact
        case HarborFeePaid():
            state.paid += fact.amount
        case _:
            pass
    return state


def shown(state: QuarterState) -> dict[str, Any]:
    """The data of CBP Form 349 as plain data, with the 214s of each port."""
    found = state.quarter()
    return {
        "form": "CBP 349",
        "class_code": found.class_code,
        "zone": state.zone,
        "applicant": state.applicant,
        "first": found.first.isoformat(),
        "last": found.last.isoformat(),
        "due_on": found.due_on.isoformat(),
        "stated": state.stated is not None,
        "ports": [
            {
                "port": line.port,
                "value": plain(line.value),
                "fee": f"{line.fee:f}",
                "admissions": list(line.admissions),
            }
            for line in found.lines
        ],
        "fee": f"{found.fee:f}",
        "paid": f"{state.paid:.2f}",
        "open": f"{found.fee - state.paid:.2f}",
        "notes": [LISTED, *_across(found, list(state.cargo.values()))],
        "rule": "0.125 % of the value at each port, by the quarter of unlading (19 CFR 24.24(a), (e))",
    }
