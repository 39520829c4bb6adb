"""Parcels that left: a removal never waits and is never hidden."""

from collections.abc import Iterable
from decimal import Decimal

from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.inventory import DrawRequested, Portion
from ftz_common.values.calendar import parse_instant
from ftz_common.values.exact import plain
from ftz_inventory.domain.answering import reply
from ftz_inventory.domain.identity import draw_id, reservation_id
from ftz_inventory.domain.order_events import Taken, nothing, summed, taken
from ftz_inventory.domain.orders import Order, Parcel, TakeEvent


def take_shipment(order: Order, command: TakeEvent) -> Taken:
    """A parcel left: one draw per line (19 CFR 146.24(a)).

    More than was ordered is drawn all the same, because it left; the outcome says so.
    """
    quantities, parcel = summed(command.lines), order.parcels.get(command.reference)
    turn = 0
    if parcel is not None:
        same_time = parse_instant(parcel.at) == parse_instant(command.at)
        packed = {each.line: each.quantity for each in parcel.packed}
        if same_time and all(packed.get(line) == quantity for line, quantity in quantities.items()):
            return nothing(order, command, "already-shipped", f"parcel {parcel.id} was reported before")
        leaves_again = parcel.is_back and parse_instant(command.at) > parse_instant(parcel.at)
        more_of_it = same_time and not parcel.is_back and packed.keys().isdisjoint(quantities)
        if not leaves_again and not more_of_it:
            return _parcel_differs(parcel)
        turn = parcel.turn + leaves_again
    lots = lots_of(command.lines)
    if isinstance(lots, Refusal):
        return lots
    draws = [
        _draw(order, command, Portion(line=line, quantity=quantity, lot=lots.get(line, "")), turn)
        for line, quantity in quantities.items()
    ]
    return [taken(command, quantities), *draws, *_beyond_the_order(order, command, quantities)]


def _draw(order: Order, command: TakeEvent, portion: Portion, turn: int) -> Fact:
    assert order.recorded is not None  # noqa: S101 `take` asked
    line = order.lines[portion.line]
    return DrawRequested(
        to=line.ledger,
        draw=draw_id(order.stream, line.line, command.reference, turn),
        reservation=reservation_id(order.stream, line.line),
        order=order.stream,
        line=line.line,
        parcel=command.reference,
        quantity=portion.quantity,
        unit=line.unit,
        disposition=order.recorded.disposition,
        destination_country=order.recorded.destination_country,
        removed_at=command.at,
        event=command.event,
        lot=portion.lot,
        period=order.recorded.period,
    )


def lots_of(lines: Iterable[Portion]) -> dict[int, str] | Refusal:
    """The zone lot that each line was picked from (19 CFR 146.23(a)(1))."""
    lots: dict[int, str] = {}
    for place, portion in enumerate(lines):
        if lots.setdefault(portion.line, portion.lot) != portion.lot:
            return Refusal(
                code="lots-mixed",
                reason=f"line {portion.line} is from lots {lots[portion.line]!r} and {portion.lot!r}",
                citation="19 CFR 146.23(a)(1)",
                remedy="Report what came from each zone lot under a parcel id of its own.",
                place=f"data.lines[{place}].lot",
            )
    return lots


def _parcel_differs(parcel: Parcel) -> Refusal:
    packed = ", ".join(f"{plain(each.quantity)} of line {each.line}" for each in parcel.packed)
    return Refusal(
        code="parcel-differs",
        reason=f"parcel {parcel.id} left at {parcel.at} with {packed}; this says something else of it",
        citation="19 CFR 146.24(a)",
        remedy="Report what left besides under a parcel id of its own. If the first report was wrong, cancel "
        "the parcel, then report it again with the time at which it left.",
        place="data.parcel",
    )


def _beyond_the_order(order: Order, command: TakeEvent, quantities: dict[int, Decimal]) -> list[Fact]:
    beyond: list[str] = []
    for number, quantity in quantities.items():
        line = order.lines[number]
        over = line.shipped + quantity - (line.quantity - line.cancelled)
        if over > 0:
            beyond.append(f"{plain(over)} {line.unit} of line {number}")
    if not beyond:
        return []
    said = Refusal(
        code="shipped-more-than-ordered",
        reason=f"{' and '.join(beyond)} left beyond what order {order.order} still asked for; it was drawn",
        citation="19 CFR 146.24(a)",
        remedy="Check the pick; if the goods did not leave, cancel the parcel.",
        place="data.lines",
    )
    return [reply(order, command, "accepted", said)]
