"""What goods that a count did not find would have owed upon entry (19 CFR 146.53(a)(3))."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from ftz_common.contracts.admissions import DiscrepancyFound, ShortagePriced
from ftz_common.contracts.common import Noted
from ftz_common.contracts.counts import DifferencePriced, GoodsDiffer
from ftz_common.contracts.fact import Fact
from ftz_common.contracts.inventory import Content, Piece
from ftz_common.values.exact import ZERO, to_cents
from ftz_duty.domain.pricing import StatedRate
from ftz_duty.domain.withdrawal import priced_piece


@dataclass(frozen=True, slots=True)
class PriceDifference:
    """A difference and the rates of its pieces, in order, on the day it was found."""

    differ: GoodsDiffer
    rates: tuple[StatedRate, ...]


@dataclass(frozen=True, slots=True)
class PriceShortage:
    """What a receipt lacks, and its rate on the day it was found. `admission`: who asks."""

    admission: str
    found: DiscrepancyFound
    missing: Content
    rate: StatedRate


@dataclass(slots=True)
class DifferenceState:
    """Whether it was answered."""

    answered: bool = False


def start(_parts: tuple[str, ...]) -> DifferenceState:
    """difference/<id>."""
    return DifferenceState()


def piece_of(content: Content) -> Piece:
    """A content as a piece that is all taken."""
    return Piece(
        layer=content.layer,
        admission=content.admission,
        admission_number=content.admission_number,
        admission_line=content.admission_line,
        admitted_on=content.admitted_on,
        quantity=content.quantity,
        unit=content.unit,
        value=content.value,
        left=ZERO,
        status=content.status,
        pf_filed_on=content.pf_filed_on,
        origin=content.origin,
        number=content.number,
        revision=content.revision,
        decision=content.decision,
        measures=content.measures,
    )


def decide(state: DifferenceState, command: Any, _at: datetime) -> Sequence[Fact]:
    """One answer: the duty in cents, or why there is none."""
    if state.answered:
        return [Noted(why="answered already")]
    if isinstance(command, PriceShortage):
        return _shortage(command)
    if not isinstance(command, PriceDifference):
        raise TypeError(f"a difference does not take {type(command).__name__}")
    total: Decimal | None = ZERO
    not_priced = ""
    for content, rate in zip(command.differ.line.pieces, command.rates, strict=True):
        found = priced_piece(piece_of(content), rate)
        if found.duty is None:
            total, not_priced = None, found.not_priced
        elif total is not None:
            total += found.duty
    priced = DifferencePriced(
        to=command.differ.count,
        difference=command.differ.difference,
        duty=None if total is None else to_cents(total),
        not_priced=not_priced,
    )
    return [Noted(why="priced for the rule of one percent and $100"), priced]


def _shortage(command: PriceShortage) -> Sequence[Fact]:
    found = priced_piece(piece_of(command.missing), command.rate)
    priced = ShortagePriced(
        to=command.admission,
        line=command.found.line,
        counted=command.found.counted,
        duty=None if found.duty is None else to_cents(found.duty),
        not_priced=found.not_priced if found.duty is None else "",
    )
    return [Noted(why="priced for the rule of one percent and $100"), priced]


def evolve(state: DifferenceState, fact: Any) -> DifferenceState:
    """Answered once."""
    if isinstance(fact, DifferencePriced | ShortagePriced):
        state.answered = True
    return state
