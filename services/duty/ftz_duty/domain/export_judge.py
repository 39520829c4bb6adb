"""Did what left for export have a permit? Under its own application, or within the week's permit.

19 CFR 146.68(a): nothing leaves under the weekly permit before it is approved, and beyond it only under a
supplement; 146.71(a), (c): otherwise under a permit of its own, within its five working days.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal

from ftz_common.contracts.duty import EstimateLine
from ftz_common.contracts.fact import Fact
from ftz_common.contracts.removals import RemovalPermitted, RemovalUnpermitted
from ftz_common.values.calendar import parse_instant
from ftz_common.values.exact import ZERO, plain
from ftz_duty.domain.export_permit_state import (
    Application,
    ExportPermitState,
    Permit,
    Removal,
    Sums,
    add,
    sums,
)
from ftz_duty.domain.goods_key import key_parts

BEYOND = "the weekly permit did not reach so far when it left (19 CFR 146.68(a))"
WITHOUT = "no weekly permit and no application of its own (19 CFR 146.71(a))"


@dataclass(slots=True)
class Judge:
    """Judges a week with what is new in this decision; `used` and `permits` are as they will be."""

    state: ExportPermitState
    used: Sums
    permits: list[Permit]
    judged: bool
    facts: list[Fact] = field(default_factory=list[Fact])

    @staticmethod
    def of(state: ExportPermitState, *, required: bool = False, permit: Permit | None = None) -> "Judge":
        """The week as it is, with a new permit."""
        permits = [*state.permits, permit] if permit else state.permits
        return Judge(state, dict(state.used), permits, state.judged or required or permit is not None)

    def free(self, key: str, removed_at: str) -> Decimal:
        """What the weekly permit still held of these goods at that instant."""
        at = parse_instant(removed_at)
        released = sum(
            (p.lines.get(key, ZERO) for p in self.permits if parse_instant(p.approved_at) <= at), ZERO
        )
        return max(ZERO, released - self.used.get(key, ZERO))

    def lacking(self, application: Application, removal: Removal) -> tuple[Sums, str]:
        """What of these goods has no permit, and why; what has one of the week's is used."""
        if application.own:
            why = untimely(application, removal)
            return (dict(removal.lines), why) if why else ({}, "")
        lacking: Sums = {}
        for key, quantity in removal.lines.items():
            covered = min(quantity, self.free(key, removal.removed_at)) if self.judged else quantity
            add(self.used, key, covered)
            add(lacking, key, quantity - covered)
        return lacking, BEYOND if self.permits else WITHOUT

    def judge_new(self, application: Application, withdrawal: str, removal: Removal) -> None:
        """Goods that left just now."""
        lacking, why = self.lacking(application, removal)
        self._say(withdrawal, removal, lacking, why)

    def judge_again(self, application: Application, withdrawal: str) -> None:
        """Goods whose application is known only now."""
        removal = self.state.removals[withdrawal]
        lacking, why = self.lacking(application, removal)
        self._say(withdrawal, removal, lacking, why)

    def judge_all(self) -> None:
        """The first permit of a week in which goods had left already: in order of removal."""
        self.used = {}
        for withdrawal, removal in sorted(self.state.removals.items(), key=_left_at):
            if removal.lines and self.state.own(removal.inbond) is None:
                lacking, why = self.lacking(Application(), removal)
                self._say(withdrawal, removal, lacking, why)

    def cure(self, but: Collection[str] = ()) -> None:
        """What is free again, or newly permitted, covers others in order of removal."""
        waiting = ((w, self.state.removals[w]) for w in self.state.lacking if w not in but)
        for withdrawal, removal in sorted(waiting, key=_left_at):
            if self.state.own(removal.inbond) is not None:
                continue
            still: Sums = {}
            for key, quantity in removal.lacking.items():
                covered = min(quantity, self.free(key, removal.removed_at))
                add(self.used, key, covered)
                add(still, key, quantity - covered)
            self._say(withdrawal, removal, still, BEYOND)

    def taken_back(self, withdrawal: str, lines: list[EstimateLine]) -> None:
        """They did not leave: first what had no permit, then what is free for others."""
        removal = self.state.removals.get(withdrawal)
        back = sums(lines)
        if removal is None:
            return
        still = dict(removal.lacking)
        for key, quantity in back.items():
            mended = min(quantity, still.get(key, ZERO))
            add(still, key, -mended)
            if self.state.own(removal.inbond) is None:
                add(self.used, key, mended - quantity)
        self._say(withdrawal, removal, still, "", how="it did not leave")
        self.cure(but=(withdrawal,))

    def _say(self, withdrawal: str, removal: Removal, after: Sums, why: str, how: str = "") -> None:
        before = removal.lacking
        more = _difference(after, before)
        fewer = _difference(before, after)
        if fewer:
            self.facts.append(
                RemovalPermitted(
                    inbond=removal.inbond,
                    withdrawal=withdrawal,
                    lines=lines_of(fewer),
                    left=sum(after.values(), ZERO),
                    how=how or "a permit that reached it is known now",
                )
            )
        if more:
            self.facts.append(
                RemovalUnpermitted(
                    inbond=removal.inbond,
                    withdrawal=withdrawal,
                    removed_at=removal.removed_at,
                    lines=lines_of(more),
                    why=why,
                )
            )


def untimely(application: Application, removal: Removal) -> str:
    """Left before its permit, or after its five working days; "" when in time (19 CFR 146.71(a), (c))."""
    if parse_instant(removal.removed_at) < parse_instant(application.authorized_at):
        return f"in-bond {application.number} was authorised only at {application.authorized_at}"
    if application.remove_by and removal.removed_on > application.remove_by:
        return f"in-bond {application.number} was good for removal until {application.remove_by}"
    return ""


def lines_of(found: Sums) -> list[EstimateLine]:
    """Sums by goods key as lines, sorted."""
    lines: list[EstimateLine] = []
    for key in sorted(found):
        number, status, origin, unit = key_parts(key)
        lines.append(
            EstimateLine(number=number, status=status, origin=origin, unit=unit, quantity=found[key])
        )
    return lines


def words(key: str, quantity: Decimal) -> str:
    """Goods for a person: `12 No. of 6912004810 N PT`."""
    number, status, origin, unit = key_parts(key)
    return f"{plain(quantity)} {unit} of {number} {status} {origin}"


def _left_at(item: tuple[str, Removal]) -> tuple[object, str]:
    return parse_instant(item[1].removed_at), item[0]


def _difference(more: Sums, less: Sums) -> Sums:
    found = {key: quantity - less.get(key, ZERO) for key, quantity in more.items()}
    return {key: quantity for key, quantity in found.items() if quantity > 0}
