"""Allocation before shipment: may these lines ship now? What is answered yes is kept, for a while."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from ftz_common.contracts.allocations import AllocationEnded, StockAllocated
from ftz_common.contracts.common import DeadlineSet, Noted
from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.inventory import Disposition
from ftz_common.values.exact import ZERO, plain
from ftz_inventory.domain.draft import Draft
from ftz_inventory.domain.identity import ALLOCATION, allocation_order


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line of an allocation."""

    line: int
    quantity: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Allocate:
    """Keep these until an instant; what is not there is not waited for."""

    allocation: str
    lines: tuple[Wanted, ...]
    disposition: Disposition
    expires_at: str
    who: str


@dataclass(frozen=True, slots=True)
class EndAllocation:
    """What is kept under an allocation is not wanted any more."""

    allocation: str


def allocate(draft: Draft, command: Allocate) -> Refusal | None:
    """Two that ask for the last unit: the first gets it, the second is told that it is promised."""
    order = allocation_order(draft.ledger.account, command.allocation)
    for wanted in command.lines:
        if wanted.quantity <= 0:
            return Refusal(
                code="quantity-out-of-range",
                reason=f"{plain(wanted.quantity)} is no quantity of goods",
                citation="19 CFR 146.24(a)",
                remedy="Send a quantity above zero.",
                place=f"lines[{wanted.line}].quantity",
            )
        demand = draft.demand(order, wanted.line)
        if demand.known:
            draft.facts.append(Noted(why=f"line {wanted.line} of {command.allocation} is allocated already"))
            continue
        kept = min(wanted.quantity, draft.available(command.disposition, wanted.unit))
        demand.known, demand.disposition, demand.unit = True, command.disposition, wanted.unit
        demand.asked = demand.kept = kept
        draft.keep(demand, kept)
        draft.facts.append(
            StockAllocated(
                allocation=command.allocation,
                line=wanted.line,
                quantity=kept,
                unit=wanted.unit,
                missing=wanted.quantity - kept,
                disposition=command.disposition,
                expires_at=command.expires_at,
                who=command.who,
            )
        )
        if kept:
            draft.facts.append(
                DeadlineSet(
                    name=ALLOCATION,
                    due_at=command.expires_at,
                    subject=f"{command.allocation} {wanted.line}",
                    citation="policy: an allocation lapses at the instant that it names",
                )
            )
    return None


def end_allocation(draft: Draft, command: EndAllocation) -> None:
    """All lines of it that are kept here."""
    order = allocation_order(draft.ledger.account, command.allocation)
    lines = [d.line for d in draft.ledger.demands.values() if d.order == order and d.kept]
    for line in lines:
        end(draft, command.allocation, line, "released")
    if not lines:
        draft.facts.append(Noted(why=f"nothing is kept under {command.allocation}"))


def end(draft: Draft, allocation: str, line: int, why: Literal["expired", "released", "ordered"]) -> Decimal:
    """One line of an allocation ends; returns how much is free by it."""
    demand = draft.demand(allocation_order(draft.ledger.account, allocation), line)
    kept = demand.kept
    if not kept:
        return ZERO
    demand.kept = demand.asked = ZERO
    draft.keep(demand, -kept)
    draft.facts.append(AllocationEnded(allocation=allocation, line=line, quantity=kept, why=why))
    return kept


def expire_allocation(draft: Draft, due: DeadlineSet) -> None:
    """Nobody ordered in time."""
    allocation, _, line = due.subject.rpartition(" ")
    if not end(draft, allocation, int(line), "expired"):
        draft.facts.append(Noted(why=f"allocation {due.subject} had ended before"))
