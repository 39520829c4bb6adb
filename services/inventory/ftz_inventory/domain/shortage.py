"""Why there is nothing to keep or to take, in words a person can act on."""

from decimal import Decimal

from ftz_common.contracts.inventory import Disposition
from ftz_common.values.exact import ZERO, plain
from ftz_inventory.domain.draft import Draft
from ftz_inventory.domain.layer import ELIGIBLE, HELD, pool_of
from ftz_inventory.domain.method import NAMED


def why_short(
    draft: Draft, disposition: Disposition, unit: str, *, removed: bool, lot: str = ""
) -> tuple[str, str]:
    """Code and reason of a missing quantity: never admitted, another unit, status, promised, or too late.

    `removed`: it left, and so what is promised to others was no obstacle.
    """
    ledger = draft.ledger
    if not ledger.layers and not ledger.spent and not draft.supplied:
        return "never-admitted", f"nothing of {ledger.uin} was ever admitted at {ledger.site}"
    if removed and draft.method.name in NAMED and not lot:
        return "lot-not-named", f"{ledger.uin} is identified by zone lot, and the parcel names none"
    hand = {pool: quantity for pool, quantity in draft.on_hand.items() if quantity}
    if lot and hand:
        return "not-in-lot", f"zone lot {lot} of {ledger.uin} has no more that may leave"
    units = sorted({pool.split("/", 1)[1] for pool in hand})
    if units and unit not in units:
        return "unit-differs", f"{ledger.uin} is kept in {', '.join(units)}, not in {unit}"
    if any(pool_of(status, unit) in hand for status in ELIGIBLE[disposition]):
        late = ("admitted-later", f"all of {ledger.uin} that is here was admitted after the removal")
        return late if removed else ("promised", f"all of {ledger.uin} that is here is kept for other orders")
    return _may_not_leave(draft, hand, unit)


def _may_not_leave(draft: Draft, hand: dict[str, Decimal], unit: str) -> tuple[str, str]:
    uin = draft.ledger.uin
    if (quantity := hand.get(pool_of("Z", unit))) is not None:
        restricted = f"the {plain(quantity)} {unit} of {uin} that are here are zone-restricted"
        return "zone-restricted", f"{restricted} (19 CFR 146.44(a))"
    if held := sum((quantity for pool, quantity in hand.items() if pool.startswith(HELD)), ZERO):
        return "on-hold", f"the {plain(held)} {unit} of {uin} that are here are on hold"
    return "no-stock", f"no {uin} is left at {draft.ledger.site}"
