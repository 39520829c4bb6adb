"""What the goods of an entry would have owed otherwise: read from its facts, priced again, nothing kept."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from ftz_common.contracts import table
from ftz_common.contracts.commit import unseal
from ftz_common.contracts.duty import EntryCorrectionNeeded, EntryLineTaken, PricedPiece
from ftz_common.store.port import Store
from ftz_common.values.exact import ZERO
from ftz_duty.domain.counterfactual import Otherwise, Removed, Supposed, suppose
from ftz_duty.domain.pricing import StatedRate
from ftz_duty.usecases.library import Library
from ftz_duty.usecases.measures import Measures

#: Weeks in the year of a comparison.
WEEKS = 52


@dataclass(slots=True)
class Held:
    """The pieces of an entry by withdrawal and layer, with what was taken back taken out."""

    removed_on: dict[str, str] = field(default_factory=dict[str, str])
    pieces: dict[tuple[str, str], PricedPiece] = field(default_factory=dict[tuple[str, str], PricedPiece])

    def take(self, fact: EntryLineTaken | EntryCorrectionNeeded) -> None:
        """The next fact."""
        sign = -1 if fact.reversed else 1
        if fact.removed_on:
            self.removed_on.setdefault(fact.withdrawal, fact.removed_on)
        for piece in fact.pieces:
            key = (fact.withdrawal, piece.layer)
            before = self.pieces.get(key)
            quantity, value = (before.quantity, before.value) if before else (ZERO, ZERO)
            self.pieces[key] = replace(
                before or piece, quantity=quantity + sign * piece.quantity, value=value + sign * piece.value
            )

    def removed(self) -> list[Removed]:
        """What left; a layer is its shipment's line, so that its admission names the shipment."""
        return [
            Removed(withdrawal, piece.admission_number, "", self.removed_on.get(withdrawal, ""), piece)
            for (withdrawal, _), piece in sorted(self.pieces.items())
            if piece.quantity
        ]


async def held_of(store: Store, stream: str) -> Held:
    """What the facts of an entry say that it holds, corrections included."""
    held = Held()
    async for fact in _facts(store, stream):
        if isinstance(fact, EntryLineTaken | EntryCorrectionNeeded):
            held.take(fact)
    return held


async def _facts(store: Store, stream: str) -> AsyncIterator[Any]:
    async for stored in store.commits(stream):
        commit = unseal(stored)
        if commit.stream == stream:
            for recorded in commit.facts:
                yield table.decoder(recorded.type).decode(recorded.data)


def supposed(
    goods: Iterable[Removed], otherwise: Otherwise, library: Library, measures: Measures, account: str
) -> Supposed:
    """Priced with the tariff and the measures as they are known now."""

    def rate_of(number: str, origin: str, on: str, entered: str) -> StatedRate:
        return measures.planned(library.stated(number, origin, on), account, entered)

    return suppose(goods, otherwise, rate_of)


@dataclass(frozen=True, slots=True)
class AsItIs:
    """The sums of the week's entries."""

    entries: int
    duty: Decimal
    mpf: Decimal

    @property
    def total(self) -> Decimal:
        """Duty and fee."""
        return self.duty + self.mpf


def compared(found: Supposed, actual: Supposed | AsItIs) -> dict[str, Any]:
    """Plain data: the supposition, the week as it is, and what lies between them."""
    entries = actual.entries if isinstance(actual, AsItIs) else len(actual.entries)
    saved = found.total - actual.total
    return {
        "entries": len(found.entries),
        "duty": f"{found.duty:.2f}",
        "mpf": f"{found.mpf:.2f}",
        "total": f"{found.total:.2f}",
        "as_it_is": {
            "entries": entries,
            "duty": f"{actual.duty:.2f}",
            "mpf": f"{actual.mpf:.2f}",
            "total": f"{actual.total:.2f}",
        },
        "saved": f"{saved:.2f}",
        "in_52_such_weeks": {
            "mpf": f"{found.mpf * WEEKS:.2f}",
            "mpf_as_it_is": f"{actual.mpf * WEEKS:.2f}",
            "total": f"{found.total * WEEKS:.2f}",
            "saved": f"{Decimal(saved) * WEEKS:.2f}",
        },
        "open": found.open,
        "says": "column duty, additional duties of the loaded measures, MPF; without HMF, drawback and the"
        " cost of capital",
    }
