"""What the events of an order have in common: one portion per line, and what is said when nothing changes."""

from collections.abc import Iterable
from decimal import Decimal

from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.inventory import OrderEventTaken, Portion
from ftz_common.values.exact import ZERO, plain
from ftz_inventory.domain.answering import reply
from ftz_inventory.domain.orders import Order, TakeEvent

#: An event taken up, kept to wait, or refused.
Taken = list[Fact] | Refusal


def line_unknown(order: Order, place: int, line: int) -> Refusal:
    known = ", ".join(str(n) for n in sorted({line.of_line or line.line for line in order.lines.values()}))
    return Refusal(
        code="line-unknown",
        reason=f"order {order.order} has no line {line}; it has {known}",
        citation="19 CFR 146.24(a)",
        remedy="Send it with the line of the order; goods of no line need an order of their own first.",
        place=f"data.lines[{place}].line",
    )


def summed(lines: Iterable[Portion]) -> dict[int, Decimal]:
    """One portion per line: two of the same line are one."""
    sums: dict[int, Decimal] = {}
    for portion in lines:
        sums[portion.line] = sums.get(portion.line, ZERO) + portion.quantity
    return sums


def taken(command: TakeEvent, quantities: dict[int, Decimal]) -> OrderEventTaken:
    return OrderEventTaken(
        what=command.what,
        reference=command.reference,
        at=command.at,
        lines=[Portion(line=line, quantity=quantity) for line, quantity in quantities.items()],
        event=command.event,
    )


def nothing(order: Order, command: TakeEvent, code: str, reason: str) -> list[Fact]:
    """It was said before: accepted, and nothing changes."""
    said = Refusal(code=code, reason=reason, citation="", remedy="Nothing is to be done.")
    return [taken(command, {}), reply(order, command, "accepted", said)]


def more_than(order: Order, place: int, quantity: Decimal, there: Decimal, where: str) -> Refusal:
    return Refusal(
        code="more-than-left",
        reason=f"{plain(quantity)} are said, {plain(there)} of order {order.order} {where}",
        citation="19 CFR 146.24(a)",
        remedy="Correct the quantity and send it under a new event id.",
        place=f"data.lines[{place}].quantity",
    )
