"""What a platform is told about its event: waiting, suspended, and at last accepted or refused."""

from collections.abc import Sequence
from typing import Literal

from ftz_common.contracts.common import EventRef, OutcomeGiven
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.inventory import OrderEventWaits, OrderLineAnswered, OrderLineMoved
from ftz_inventory.domain.orders import EventType, Order, TakeEvent, Told

Result = Literal["accepted", "refused", "waiting", "suspended"]

#: What a person does about each code that a ledger answers with.
REMEDIES = {
    "never-admitted": "Check the SKU and its UIN; goods that are in the zone must be admitted (CBP 214).",
    "no-stock": "Admit more, or look for a receipt that was not reported; what comes is kept for the order.",
    "promised": "Wait for stock or cancel the line; what comes is kept in the order of asking.",
    "unit-differs": "Cancel the line; order it in the unit of the stock or in a pack of the zone file.",
    "zone-restricted": "Export it, or ask the Board to allow its entry (15 CFR 400.48).",
    "admitted-later": "Report the receipt that the goods came from with the time at which it was counted.",
    "lot-not-named": "Cancel the parcel and report it again with the zone lot that was picked.",
    "not-in-lot": "Check which zone lot was picked; cancel the parcel, report it again with the right one.",
    "on-hold": "Take the goods off hold if the reason is over; else put back what was picked.",
    "draw-not-attributed": "Report the missing shipment or receipt; the return is taken up with it.",
    "return-built-upon": "Report the receipt of what left and the book does not have; it is taken back then.",
    "already-reversed": "Nothing is to be done: it was taken back before.",
}
_CITATIONS = {
    "lot-not-named": "19 CFR 146.23(a)(1)",
    "not-in-lot": "19 CFR 146.23(a)(1)",
    "on-hold": "19 CFR 146.51",
    "zone-restricted": "19 CFR 146.44(a)",
    "admitted-later": "19 CFR 146.53",
    "draw-not-attributed": "19 CFR 146.22(d)",
    "return-built-upon": "19 CFR 146.23(b)(4)",
}


def outcome(
    order: Order,
    event: EventRef,
    what: EventType,
    result: Result,
    no: Refusal | None = None,
    *,
    dropped: Sequence[str] = (),
) -> OutcomeGiven:
    """An answer to one event; `no` carries code, reason, rule and remedy when there is more to say."""
    why = no or Refusal(code="", reason="", citation="", remedy="")
    return OutcomeGiven(
        source=event.source,
        event=event.event,
        event_type=f"ftz.platform.order.{what}.v1",
        result=result,
        code=why.code,
        reason=why.reason,
        citation=why.citation,
        remedy=why.remedy,
        place=why.place,
        dropped_fields=list(dropped),
        subject=order.stream,
    )


def reply(order: Order, command: TakeEvent, result: Result, no: Refusal) -> OutcomeGiven:
    """The answer to the event that is being taken now."""
    return outcome(order, command.event, command.what, result, no, dropped=command.dropped_fields)


def wait(order: Order, command: TakeEvent, why: Refusal) -> list[Fact]:
    """The event came early: kept, answered, and taken up later."""
    waits = OrderEventWaits(
        what=command.what,
        reference=command.reference,
        at=command.at,
        lines=list(command.said or command.lines),
        event=command.event,
        hold=command.hold,
    )
    return [waits, reply(order, command, "waiting", why)]


def answered(order: Order, answer: OrderLineAnswered) -> list[Fact]:
    """A ledger's answer, in the order's own stream; trouble is told to who reported the event."""
    moved = OrderLineMoved(
        line=answer.line,
        reference=answer.reference,
        result=answer.result,
        quantity=answer.quantity,
        missing=answer.missing,
    )
    told = order.told.get(order.references.get(answer.reference, ""))
    if told is None or answer.result not in ("short", "suspended"):
        return [moved]
    result: Result = "waiting" if told.what == "allocated" else "suspended"
    return [moved, outcome(order, told.event, told.what, result, _why(order, answer, told))]


def _why(order: Order, answer: OrderLineAnswered, told: Told) -> Refusal:
    place = ""
    if told.what == "allocated" and order.recorded is not None:
        lines = {line.line: line.of_line or line.line for line in order.recorded.lines}
        place = f"data.lines[{list(dict.fromkeys(lines.values())).index(lines[answer.line])}]"
    return Refusal(
        code=answer.code,
        reason=f"line {answer.line} of order {order.order}: {answer.reason}",
        citation=_CITATIONS.get(answer.code, "19 CFR 146.53" if told.what == "shipped" else ""),
        remedy=REMEDIES.get(answer.code, ""),
        place=place,
    )


def cleared(before: Order, after: Order) -> list[Fact]:
    """Events whose last trouble is over: accepted."""
    return [
        outcome(after, told.event, told.what, "accepted")
        for key, told in after.told.items()
        if not told.troubles and key in before.told and before.told[key].troubles
    ]
