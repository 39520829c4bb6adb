"""Facts of allocation before an order ships: stock promised for a while."""

from decimal import Decimal
from typing import Literal

from ftz_common.contracts.fact import Fact
from ftz_common.contracts.inventory import Disposition


class StockAllocated(Fact, frozen=True, kw_only=True):
    """Stock is kept until `expires_at`: nobody else is promised it. `missing` was not there to keep."""

    allocation: str
    line: int
    quantity: Decimal
    unit: str
    missing: Decimal = Decimal(0)
    disposition: Disposition
    expires_at: str
    who: str


class AllocationEnded(Fact, frozen=True, kw_only=True):
    """What was kept is free again, or kept for the order that it was meant for."""

    allocation: str
    line: int
    quantity: Decimal
    why: Literal["expired", "released", "ordered"]
