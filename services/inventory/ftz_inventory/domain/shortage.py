"""Why there is nothing to keep or to take, in words a person can act on."""

from ftz_common.contracts.inventory import Disposition
from ftz_common.values.exact import plain
from ftz_inventory.domain.draft import Draft
from ftz_inventory.domain.stock import ELIGIBLE, pool_of


def why_short(draft: Draft, disposition: Disposition, unit: str, *, removed: bool) -> tuple[str, str]:
    """Code and reason of a missing quantity: never admitted, another unit, status, promised, or too late.

    `removed`: it left, and so what is promised to others was no obstacle.
    """
    ledger = draft.ledger
    if not ledger.layers and not ledger.spent and not draft.supplied:
        return "never-admitted", f"nothing of {ledger.uin} was ever admitted at {ledger.site}"
    hand = {pool: quantity for pool, quantity in draft.on_hand.items() if quantity}
    units = sorted({pool.split("/", 1)[1] for pool in hand})
    if units and unit not in units:
        return "unit-differs", f"{ledger.uin} is kept in {', '.join(units)}, not in {unit}"
    if any(pool_of(status, unit) in hand for status in ELIGIBLE[disposition]):
        if removed:
            return "admitted-later", f"all of {ledger.uin} that is here was admitted after the removal"
        return "promised", f"all of {ledger.uin} that is here is kept for other orders"
    if pool_of("Z", unit) in hand:
        quantity = plain(hand[pool_of("Z", unit)])
        return (
            "zone-restricted",
            f"the {quantity} {unit} of {ledger.uin} that are here are zone-restricted (19 CFR 146.44(a))",
        )
    return "no-stock", f"no {ledger.uin} is left at {ledger.site}"
