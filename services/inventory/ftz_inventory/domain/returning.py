"""Goods that a US customer sent back: entered once, they are domestic now."""

from decimal import Decimal

from ftz_common.contracts.common import Noted
from ftz_common.contracts.inventory import LayerOpened, OrderLineAnswered, ReturnRequested, ReturnWaits
from ftz_common.values.calendar import PortCalendar, parse_instant
from ftz_common.values.exact import ZERO, plain, share
from ftz_inventory.domain.draft import Draft
from ftz_inventory.domain.identity import return_reference, returned_layer_id
from ftz_inventory.domain.stock import Take


def return_goods(draft: Draft, request: ReturnRequested) -> None:
    """A layer in domestic status, permit-free (19 CFR 146.71(d)(3), 146.43(b)).

    It is worth what its goods were worth when they left. As long as the book has not attributed the draw to
    layers (it comes later, or is suspended) that is not known: the return waits for it.
    """
    ledger = draft.ledger
    layer = returned_layer_id(request.order, request.line, request.return_id)
    if ledger.has_layer(layer) or request in ledger.returns:
        draft.facts.append(Noted(why=f"return {request.return_id} of line {request.line} is here already"))
        return
    missing = _missing(draft, request)
    if missing > 0:
        draft.facts += [
            ReturnWaits(request=request, missing=missing),
            OrderLineAnswered(
                to=request.order,
                line=request.line,
                reference=return_reference(request.order, request.line, request.return_id),
                result="suspended",
                quantity=ZERO,
                missing=request.quantity,
                code="draw-not-attributed",
                reason=f"the book has no layer yet that {plain(missing)} {request.unit} of it left from",
            ),
        ]
    else:
        _open(draft, request, layer)


def take_up_returns(draft: Draft) -> None:
    """Returns that waited for their draw to be attributed."""
    for request in draft.ledger.returns:
        layer = returned_layer_id(request.order, request.line, request.return_id)
        if layer not in draft.supplied and _missing(draft, request) <= 0:
            _open(draft, request, layer)


def _missing(draft: Draft, request: ReturnRequested) -> Decimal:
    taken = draft.taken_for(request.order, request.line)
    returned = draft.demand(request.order, request.line).returned
    return returned + request.quantity - sum((take.quantity for take in taken), ZERO)


def _worth(taken: list[Take], returned: Decimal, quantity: Decimal) -> Decimal:
    """Returns of a line are cumulative shares of what the line was worth: together exactly that."""
    whole = sum((take.quantity for take in taken), ZERO)
    value = sum((take.value for take in taken), ZERO)
    return max(ZERO, share(value, returned + quantity, whole) - share(value, returned, whole))


def _open(draft: Draft, request: ReturnRequested, layer: str) -> None:
    ledger = draft.ledger
    taken = draft.taken_for(request.order, request.line)
    demand = draft.demand(request.order, request.line)
    origin = draft.layer(taken[0].layer)
    value = _worth(taken, demand.returned, request.quantity)
    demand.returned += request.quantity
    returned = parse_instant(request.returned_at)
    draft.open(
        LayerOpened(
            layer=layer,
            zone=ledger.zone,
            site=ledger.site,
            account=ledger.account,
            uin=ledger.uin,
            admission=origin.admission,
            admission_number="",
            line=request.line,
            receipt=request.return_id,
            admitted_on=PortCalendar.of(draft.timezone).local_date(returned).isoformat(),
            admitted_at=request.returned_at,
            quantity=request.quantity,
            unit=request.unit,
            value=value,
            status="D",
            origin=origin.origin,
            number=origin.number,
            revision=origin.revision,
            decision=origin.decision,
            timezone=draft.timezone,
            week_starts=draft.week_starts,
            measures=origin.measures,
            returned_from=request.order,
            holds=[request.hold] if request.hold else [],
        )
    )
    draft.facts.append(
        OrderLineAnswered(
            to=request.order,
            line=request.line,
            reference=return_reference(request.order, request.line, request.return_id),
            result="returned",
            quantity=request.quantity,
        )
    )
