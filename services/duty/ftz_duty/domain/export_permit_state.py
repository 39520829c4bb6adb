"""What a weekly export permit holds: what it permits, what left, and under which applications."""

from dataclasses import dataclass, field
from decimal import Decimal

from ftz_common.contracts.common import DeadlineSet
from ftz_common.contracts.duty import EstimateLine
from ftz_common.contracts.fact import Fact
from ftz_common.contracts.removals import (
    ExportCounted,
    ExportManifested,
    ExportPermitApproved,
    ExportStatementFiled,
    ExportStatementReopened,
    ExportWeekEnded,
    RemovalPermitted,
    RemovalUnpermitted,
)
from ftz_common.values.exact import ZERO
from ftz_common.values.names import stream_name
from ftz_duty.domain.goods_key import goods_key

Sums = dict[str, Decimal]


@dataclass(slots=True)
class Permit:
    """An approved application, or a supplement to it: quantity by goods key."""

    number: str
    approved_at: str
    lines: Sums


@dataclass(slots=True)
class Removal:
    """What left with one withdrawal, net of what was taken back; `lacking` of it has no permit."""

    inbond: str
    removed_at: str
    removed_on: str
    lines: Sums = field(default_factory=dict[str, Decimal])
    lacking: Sums = field(default_factory=dict[str, Decimal])

    @property
    def quantity(self) -> Decimal:
        """In all, over its units."""
        return sum(self.lines.values(), ZERO)


@dataclass(slots=True)
class Application:
    """An in-bond application of a parcel. `under`: the weekly permit it was filed under, or ""."""

    number: str = ""
    kind: str = ""
    under: str = ""
    authorized_at: str = ""
    remove_by: str = ""
    manifest: Sums = field(default_factory=dict[str, Decimal])
    withdrawals: list[str] = field(default_factory=list[str])

    @property
    def own(self) -> bool:
        """A permit of its own: it draws nothing from the weekly one (19 CFR 146.67)."""
        return bool(self.number) and not self.under


@dataclass(slots=True)
class ExportPermitState:
    """A week of an account. `used`: what counts against the weekly permit, by goods key."""

    stream: str
    zone: str
    account: str
    week: str
    first: ExportPermitApproved | None = None
    required: bool = False
    permits: list[Permit] = field(default_factory=list[Permit])
    removals: dict[str, Removal] = field(default_factory=dict[str, Removal])
    applications: dict[str, Application] = field(default_factory=dict[str, Application])
    used: Sums = field(default_factory=dict[str, Decimal])
    lacking: list[str] = field(default_factory=list[str])  #: withdrawals without a permit, as they were heard
    week_clock: bool = False
    ended: bool = False
    statement_due_on: str = ""
    filed: ExportStatementFiled | None = None
    reopened: bool = False

    @property
    def judged(self) -> bool:
        """A removal without a permit is said: there is a weekly permit, or the zone asks for each."""
        return bool(self.permits) or self.required

    def permitted(self, key: str) -> Decimal:
        """What was permitted of these goods in all."""
        return sum((p.lines.get(key, ZERO) for p in self.permits), ZERO)

    def own(self, inbond: str) -> Application | None:
        """The application of its own that a parcel has, if it has one."""
        found = self.applications.get(inbond)
        return found if found is not None and found.own else None


def start(parts: tuple[str, ...]) -> ExportPermitState:
    """exportpermit/<zone>/<account>/<first day of the week>."""
    return ExportPermitState(stream_name(*parts), parts[1], parts[2], parts[3])


def sums(lines: list[EstimateLine]) -> Sums:
    """Quantity by goods key."""
    found: Sums = {}
    for line in lines:
        add(found, goods_key(line), line.quantity)
    return found


def add(into: Sums, key: str, quantity: Decimal) -> None:
    """Add, and forget what comes to nothing."""
    after = into.get(key, ZERO) + quantity
    if after:
        into[key] = after
    else:
        into.pop(key, None)


def evolve(state: ExportPermitState, fact: Fact) -> ExportPermitState:
    """The week after one fact of its own stream."""
    match fact:
        case ExportCounted():
            _count(state, fact)
        case ExportManifested():
            _manifest(state, fact)
        case RemovalUnpermitted():
            _lack(state, fact)
        case RemovalPermitted():
            _mend(state, fact)
        case ExportPermitApproved():
            state.first = state.first or fact
            state.permits.append(Permit(fact.number, fact.approved_at, sums(fact.lines)))
        case DeadlineSet(name="week-ends"):
            state.week_clock = True
        case ExportWeekEnded():
            state.ended, state.statement_due_on = True, fact.statement_due_on
        case ExportStatementFiled():
            state.filed, state.reopened = fact, False
        case ExportStatementReopened():
            state.reopened = True
        case _:
            pass
    return state


def _count(state: ExportPermitState, fact: ExportCounted) -> None:
    state.required = state.required or fact.required
    sign = -1 if fact.reversed else 1
    removal = state.removals.get(fact.withdrawal)
    if removal is None:
        removal = Removal(fact.inbond, fact.removed_at, fact.removed_on)
        state.removals[fact.withdrawal] = removal
        state.applications.setdefault(fact.inbond, Application()).withdrawals.append(fact.withdrawal)
    if not fact.reversed:
        removal.removed_at, removal.removed_on = fact.removed_at, fact.removed_on
    for key, quantity in sums(fact.lines).items():
        add(removal.lines, key, sign * quantity)
        if state.own(fact.inbond) is None:
            add(state.used, key, sign * quantity)


def _manifest(state: ExportPermitState, fact: ExportManifested) -> None:
    known = state.applications.setdefault(fact.inbond, Application())
    before = known.own
    known.number, known.kind, known.under = fact.number, fact.kind, fact.under
    known.authorized_at, known.remove_by = fact.authorized_at, fact.remove_by
    known.manifest = sums(fact.manifest)
    if before == known.own:
        return
    sign = -1 if known.own else 1
    for withdrawal in known.withdrawals:
        removal = state.removals[withdrawal]
        for key, quantity in removal.lines.items():
            add(state.used, key, sign * (quantity - removal.lacking.get(key, ZERO)))


def _lack(state: ExportPermitState, fact: RemovalUnpermitted) -> None:
    removal = state.removals[fact.withdrawal]
    if not removal.lacking:
        state.lacking.append(fact.withdrawal)
    for key, quantity in sums(fact.lines).items():
        add(removal.lacking, key, quantity)
        if state.own(fact.inbond) is None:
            add(state.used, key, -quantity)


def _mend(state: ExportPermitState, fact: RemovalPermitted) -> None:
    removal = state.removals[fact.withdrawal]
    for key, quantity in sums(fact.lines).items():
        add(removal.lacking, key, -quantity)
        if state.own(fact.inbond) is None:
            add(state.used, key, quantity)
    if not removal.lacking:
        state.lacking.remove(fact.withdrawal)
