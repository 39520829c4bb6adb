"""Definite goods: an entry that is not a week's estimate names what will leave (19 CFR 146.62(a), (b)(1))."""

from decimal import Decimal

from ftz_common.contracts.duty import EstimateLine
from ftz_common.values.exact import ZERO, share
from ftz_inventory.domain.draft import Draft
from ftz_inventory.domain.layer import ELIGIBLE, FOREIGN, Layer
from ftz_inventory.domain.stock import Demand, keep_of

#: Whatever is there now: a promise is kept of nothing else.
_ANY_DAY = "9999-12-31"


def would_leave(draft: Draft, demand: Demand, quantity: Decimal) -> list[EstimateLine]:
    """The foreign goods of the layers that would leave for this promise, after all promised before it.

    Said before it is kept. Goods that leave otherwise (another order ships first) have no cover, and are
    said at once: then an entry of their own is filed.
    """
    skip = sum((draft.kept.get(keep_of(kind, demand.unit), ZERO) for kind in ("consumption", "export")), ZERO)
    found: dict[tuple[str, str, str], EstimateLine] = {}
    for layer in draft.waiting_to_leave(ELIGIBLE[demand.disposition], demand.unit, "", _ANY_DAY):
        left, worth = draft.stock(layer)
        passed = min(skip, left)
        skip -= passed
        part = min(left - passed, quantity)
        quantity -= part
        if part and layer.status in FOREIGN:
            _add(found, layer, part, share(worth, part, left))
        if not quantity:
            break
    return list(found.values())


def _add(
    found: dict[tuple[str, str, str], EstimateLine], layer: Layer, quantity: Decimal, value: Decimal
) -> None:
    key = (layer.number, layer.status, layer.origin)
    before = found.get(key)
    found[key] = EstimateLine(
        number=layer.number,
        status=layer.status,
        origin=layer.origin,
        unit=layer.unit,
        quantity=quantity + (before.quantity if before else ZERO),
        value=value + (before.value if before else ZERO),
    )
