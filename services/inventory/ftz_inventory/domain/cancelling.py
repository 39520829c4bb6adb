"""What was cancelled before it left: reservations are free again, draws go back to their layers."""

from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.inventory import ReleaseRequested, ReversalRequested
from ftz_common.values.calendar import parse_instant
from ftz_common.values.exact import ZERO
from ftz_inventory.domain.answering import reply, wait
from ftz_inventory.domain.identity import cancellation_reference, reservation_id
from ftz_inventory.domain.order_events import Taken, more_than, nothing, summed, taken
from ftz_inventory.domain.orders import Order, TakeEvent, event_key


def cancel_lines(order: Order, command: TakeEvent) -> Taken:
    """Not packed and no longer wanted: what is reserved is free again. What left is not touched."""
    wanted = summed(command.lines) or {line.line: line.open for line in order.lines.values()}
    quantities = {n: min(q, order.lines[n].open) for n, q in wanted.items()}
    quantities = {number: quantity for number, quantity in quantities.items() if quantity}
    if not quantities:
        if all(order.lines[number].cancelled for number in wanted):
            return nothing(order, command, "already-cancelled", "these lines were cancelled before")
        return _already_left(order, "data.lines" if command.lines else "data.order")
    releases: list[Fact] = [
        ReleaseRequested(
            to=order.lines[number].ledger,
            reservation=reservation_id(order.stream, number),
            order=order.stream,
            line=number,
            quantity=quantity,
        )
        for number, quantity in quantities.items()
    ]
    facts = [taken(command, quantities), *releases]
    if any(quantities.get(number, ZERO) < quantity for number, quantity in wanted.items()):
        said = _already_left(order, "data.lines")
        facts.append(reply(order, command, "accepted", said))
    return facts


def _already_left(order: Order, place: str) -> Refusal:
    left = ", ".join(parcel.id for parcel in order.parcels.values() if not parcel.is_back)
    return Refusal(
        code="already-left",
        reason=f"not all of it is still to leave; order {order.order} left in parcels: {left or 'none'}",
        citation="19 CFR 146.71(d)",
        remedy="Cancel a parcel that did not leave by its id; report what a customer sent back as a return.",
        place=place,
    )


def cancel_parcel(order: Order, command: TakeEvent) -> Taken:
    """A parcel that was reported and did not leave: its draws go back to their layers."""
    parcel = order.parcels.get(command.reference)
    if parcel is None:
        return wait(order, command, _parcel_unknown(order, command.reference))
    if parse_instant(command.at) < parse_instant(parcel.at):
        return Refusal(
            code="left-after-cancellation",
            reason=f"parcel {parcel.id} left at {parcel.at}, after the cancellation of {command.at}",
            citation="19 CFR 146.71(d)",
            remedy="If it did not leave, cancel it again with the time at which that was seen.",
            place="time",
        )
    if parcel.is_back:
        return nothing(order, command, "already-cancelled", f"parcel {parcel.id} was taken back before")
    held = {each.line: each for each in parcel.packed if each.left}
    quantities = summed(command.lines) or {line: each.left for line, each in held.items()}
    for place, (line, quantity) in enumerate(quantities.items()):
        if line not in held or quantity > held[line].left:
            there = held[line].left if line in held else ZERO
            return more_than(order, place, quantity, there, f"are in parcel {parcel.id}")
        if order.lines[line].shipped - quantity < order.lines[line].returned:
            return _came_back(order, parcel.id, line)
    reversals: list[Fact] = [
        ReversalRequested(
            to=order.lines[line].ledger,
            draw=held[line].draw,
            order=order.stream,
            line=line,
            quantity=quantity,
            reason="cancelled before leaving",
            reference=cancellation_reference(held[line].draw, event_key(command.event)),
        )
        for line, quantity in quantities.items()
    ]
    return [taken(command, quantities), *reversals]


def _came_back(order: Order, parcel: str, line: int) -> Refusal:
    returns = ", ".join(name for name, lines in order.returns.items() if line in dict(lines))
    return Refusal(
        code="came-back-already",
        reason=f"goods of line {line} came back as {returns}: parcel {parcel} did leave with them",
        citation="19 CFR 146.71(d)(3)",
        remedy="Cancel only what did not leave; what was returned is in the zone in domestic status.",
        place="data.lines",
    )


def _parcel_unknown(order: Order, parcel: str) -> Refusal:
    return Refusal(
        code="parcel-unknown",
        reason=f"no parcel {parcel} of order {order.order} was reported as shipped",
        citation="19 CFR 146.24(a)",
        remedy="It is taken up when the parcel is reported; to cancel what is not packed, name no parcel.",
        place="data.parcel",
    )
