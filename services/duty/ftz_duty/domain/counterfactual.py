"""What the same goods would owe otherwise: entered one by one, outside a zone, on another day, with another
status or under another fee table. Pure arithmetic over the same lines and totals as a real summary.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from msgspec.structs import replace

from ftz_common.contracts.duty import EntryLine, PricedPiece
from ftz_common.contracts.fact import Refusal
from ftz_common.values.calendar import fiscal_year
from ftz_common.values.exact import ZERO
from ftz_duty.domain.entry_state import EntryState
from ftz_duty.domain.fees import MpfBounds, bounds_of
from ftz_duty.domain.pricing import StatedRate
from ftz_duty.domain.summary import entry_lines, totals, wanted

#: Number, origin, the day whose column rate counts, the entry date -> what the tariff and the measures state.
RateOf = Callable[[str, str, str, str], StatedRate]


@dataclass(frozen=True, slots=True)
class Removed:
    """Goods that left, with what else could have bundled or dated them. Dates ISO."""

    withdrawal: str
    shipment: str
    imported_on: str
    removed_on: str
    piece: PricedPiece


@dataclass(frozen=True, slots=True)
class Otherwise:
    """One supposition; the defaults are a weekly entry as it is.

    `entries`: all goods in one entry, one per withdrawal (a daily or single entry each), or one per shipment.
    `on`: the entry date of all ("" then `dated` says: each on its removal or its import). `status`: every
    piece in this one ("" as it is); `pf_filed_on` goes with P. `bounds`: another year's fee table.
    """

    entries: Literal["together", "withdrawal", "shipment"] = "together"
    on: str = ""
    dated: Literal["removal", "import"] = "removal"
    status: Literal["", "N", "P"] = ""
    pf_filed_on: str = ""
    bounds: MpfBounds | None = None


#: Outside a zone: each shipment is entered whole on its import, and there is no status to choose.
OUTSIDE = Otherwise(entries="shipment", dated="import", status="N")


@dataclass(frozen=True, slots=True)
class SupposedEntry:
    """One entry of the supposition. `not_known`: why it has no fee, "" when it has one."""

    key: str
    entry_date: str
    lines: tuple[EntryLine, ...]
    entered_value: Decimal
    duty: Decimal
    mpf: Decimal
    not_known: str = ""


@dataclass(frozen=True, slots=True)
class Supposed:
    """All entries of a supposition. `open`: what has no figure, with the entry; sums leave it out."""

    entries: tuple[SupposedEntry, ...]

    @property
    def duty(self) -> Decimal:
        """Of the lines that have one."""
        return sum((entry.duty for entry in self.entries), ZERO)

    @property
    def mpf(self) -> Decimal:
        """Clamped once per entry (19 CFR 24.23(b)(1))."""
        return sum((entry.mpf for entry in self.entries), ZERO)

    @property
    def total(self) -> Decimal:
        """Duty and fee."""
        return self.duty + self.mpf

    @property
    def open(self) -> list[str]:
        """Lines without duty and entries without a fee table."""
        lines = [
            f"{entry.key} line {line.line}: {line.not_priced}"
            for entry in self.entries
            for line in entry.lines
            if line.duty is None
        ]
        return lines + [f"{entry.key}: {entry.not_known}" for entry in self.entries if entry.not_known]


def suppose(goods: Iterable[Removed], otherwise: Otherwise, rate_of: RateOf) -> Supposed:
    """The entries that these goods would have made, in the order of their keys.

    A bundle takes the latest date of its goods: an entry is made when all of it is there.
    """
    bundles: dict[str, list[Removed]] = {}
    for item in goods:
        bundles.setdefault(_key(item, otherwise), []).append(item)
    return Supposed(tuple(_entry(key, bundles[key], otherwise, rate_of) for key in sorted(bundles)))


def _key(item: Removed, otherwise: Otherwise) -> str:
    match otherwise.entries:
        case "together":
            return "entry"
        case "withdrawal":
            return item.withdrawal
        case "shipment":
            return item.shipment


def _entry(key: str, goods: Sequence[Removed], otherwise: Otherwise, rate_of: RateOf) -> SupposedEntry:
    days = [item.imported_on if otherwise.dated == "import" else item.removed_on for item in goods]
    on = otherwise.on or max(days)
    state = EntryState("", "", "")
    for item in goods:
        state.add(item.withdrawal, [_with_status(item.piece, otherwise)], 1)
    groups = list(state.groups.values())
    rates = [rate_of(w.number, w.origin, w.on, on) for w in wanted(groups, on)]
    lines = entry_lines(groups, rates, on)
    bounds = otherwise.bounds or bounds_of(fiscal_year(date.fromisoformat(on)))
    known = None if isinstance(bounds, Refusal) else bounds
    sums = totals(lines, known)
    why = bounds.reason if isinstance(bounds, Refusal) else ""
    return SupposedEntry(key, on, tuple(lines), sums.entered_value, sums.duty, sums.mpf, why)


def _with_status(piece: PricedPiece, otherwise: Otherwise) -> PricedPiece:
    if not otherwise.status:
        return piece
    filed = (otherwise.pf_filed_on or piece.pf_filed_on) if otherwise.status == "P" else None
    return replace(piece, status=otherwise.status, pf_filed_on=filed)
