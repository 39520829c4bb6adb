"""What customers sent back."""

from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.inventory import ReturnRequested
from ftz_common.values.exact import plain
from ftz_inventory.domain.answering import wait
from ftz_inventory.domain.order_events import Taken, more_than, nothing, summed, taken
from ftz_inventory.domain.orders import Line, Order, TakeEvent


def take_return(order: Order, command: TakeEvent) -> Taken:
    """From a US customer they are domestic (19 CFR 146.71(d)(3)); from abroad they are admitted anew."""
    assert order.recorded is not None  # noqa: S101 `take` asked
    if order.recorded.disposition == "export":
        return Refusal(
            code="returned-from-abroad",
            reason=f"order {order.order} was exported to {order.recorded.destination_country}",
            citation="19 CFR 146.32; 146.11(a)",
            remedy="Goods that come from abroad are a new admission: announce them as a shipment (CBP 214).",
            place="data.order",
        )
    quantities, known = summed(command.lines), order.returns.get(command.reference)
    if known is not None:
        if dict(known) == quantities:
            return nothing(order, command, "already-returned", f"return {command.reference} is known")
        return _return_differs(command.reference)
    for place, (number, quantity) in enumerate(quantities.items()):
        line = order.lines[number]
        back = line.returned + quantity
        if back > max(line.quantity, line.shipped):
            return more_than(order, place, quantity, line.shipped - line.returned, "left and are not back")
        if back > line.shipped:
            return wait(order, command, _not_shipped(order, line))
    requests: list[Fact] = [
        ReturnRequested(
            to=order.lines[number].ledger,
            return_id=command.reference,
            draws=[p.draw for b in order.parcels.values() for p in b.packed if p.line == number and p.left],
            order=order.stream,
            line=number,
            quantity=quantity,
            unit=order.lines[number].unit,
            returned_at=command.at,
            hold=command.hold,
        )
        for number, quantity in quantities.items()
    ]
    return [taken(command, quantities), *requests]


def _not_shipped(order: Order, line: Line) -> Refusal:
    return Refusal(
        code="not-shipped-yet",
        reason=f"{plain(line.shipped)} {line.unit} of line {line.line} are known to have left",
        citation="19 CFR 146.24(a)",
        remedy="Report the parcel that they left in; the return is taken up then.",
        place="data.lines",
    )


def _return_differs(reference: str) -> Refusal:
    return Refusal(
        code="return-differs",
        reason=f"return {reference} was reported before with other lines",
        citation="19 CFR 146.22(b)",
        remedy="Report what came besides under a return id of its own.",
        place="data.return_id",
    )
