"""What is remembered of a parcel that goes to Canada or Mexico, and of the entry (type 08) for it."""

from dataclasses import dataclass, field
from decimal import Decimal

from ftz_common.contracts.common import ClockStarted, ClockStopped
from ftz_common.contracts.deferral import (
    ConditionStated,
    DeferralAssessed,
    DeferralDeposited,
    DeferralFiled,
    DeferralLineOffered,
    DeferralLineTaken,
    DeferralNumbered,
    DeferralPricesRequested,
    ExportationDated,
    WaiverClaimed,
)
from ftz_common.contracts.fact import Fact
from ftz_common.values.exact import ZERO
from ftz_common.values.names import stream_name
from ftz_duty.domain.entry_state import EntryState, Group


@dataclass(slots=True)
class DeferralState:
    """One parcel. `goods` sums what travels, by line to be; `made`: some of it was made in the zone."""

    stream: str
    account: str
    first: DeferralLineOffered | None = None
    made: bool = False
    taken: dict[str, bool] = field(default_factory=dict[str, bool])
    goods: EntryState = field(default_factory=lambda: EntryState("", "", ""))
    condition: ConditionStated | None = None
    dated: ExportationDated | None = None
    number: str = ""
    round: int = 0
    asked: bool = False
    assessed: DeferralAssessed | None = None
    claim: WaiverClaimed | None = None
    filed: DeferralFiled | None = None
    deposited: Decimal = ZERO
    settled: bool = False  #: nothing was left to deposit, and its clock was stopped

    @property
    def changed(self) -> bool:
        """Changed in the zone: what a person said of it, else whether it was made there."""
        return self.condition.changed if self.condition is not None else self.made

    @property
    def groups(self) -> list[Group]:
        """The lines to be."""
        return list(self.goods.groups.values())

    @property
    def owed(self) -> Decimal | None:
        """Duty that is not waived, and the fee; None while it is not assessed, or not in full."""
        found = self.assessed
        if found is None or found.unpriced or found.open_questions:
            return None
        return found.duty + found.mpf - (self.claim.waived if self.claim else ZERO)


def start(parts: tuple[str, ...]) -> DeferralState:
    """deferral/<account>/<issuer>/<order>/<parcel>."""
    return DeferralState(stream_name(*parts), parts[1])


def evolve(state: DeferralState, fact: Fact) -> DeferralState:
    """The parcel after one fact of its own stream."""
    match fact:
        case DeferralLineTaken():
            _take(state, fact.offer)
        case ConditionStated():
            state.condition = fact
        case ExportationDated():
            state.dated = fact
        case DeferralPricesRequested():
            state.round, state.asked = fact.round, True
        case DeferralNumbered():
            state.number = fact.number
        case DeferralAssessed():
            state.assessed, state.asked = fact, False
        case WaiverClaimed():
            state.claim = fact
        case DeferralFiled():
            state.filed = fact
        case DeferralDeposited():
            state.deposited += fact.amount
        case ClockStarted(name="deferral-deposit"):
            state.settled = False
        case ClockStopped(name="deferral-deposit"):
            state.settled = True
        case _:
            pass
    return state


def _take(state: DeferralState, offer: DeferralLineOffered) -> None:
    state.goods.add(offer.withdrawal, offer.pieces, -1 if offer.reversed else 1)
    if not offer.reversed:
        state.first = state.first or offer
        state.made = state.made or offer.changed
        state.taken[offer.withdrawal] = True
    state.assessed, state.asked = None, False
