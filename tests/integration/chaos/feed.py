"""What flows: orders of two lines, each allocated and shipped, on four mugs of which there are enough."""

import asyncio
import json
from collections import Counter
from pathlib import Path

from ftz_cli.scenario import Loaded, load
from ftz_common.bus.kafka import KafkaBus
from ftz_common.bus.port import BusUnavailable, Message
from ftz_common.flow.intake import intake_topic

SKUS = ("MUG-1", "MUG-2", "MUG-3", "MUG-4")
SOURCE = "shop"
WEEK = "2026-03-01"
KINDS = ("order.allocated", "order.shipped")


def stock() -> Loaded:
    """The zone, and the mugs in it."""
    return load(Path(__file__).parent / "stock.yaml")


def lines_of(number: int) -> dict[int, str]:
    """The lines of an order: one mug of each of two kinds."""
    return {1: SKUS[number % 4], 2: SKUS[(number + 1) % 4]}


def wanted(orders: int) -> Counter[str]:
    """How many of each mug leave with so many orders."""
    return Counter(sku for number in range(orders) for sku in lines_of(number).values())


def order_events(number: int) -> list[Message]:
    """An order, allocated, then shipped in one parcel."""
    base: dict[str, object] = {"account": "acme", "order": f"O{number}"}
    ordered = [
        {"line": line, "sku": sku, "quantity": "1", "unit": "No."} for line, sku in lines_of(number).items()
    ]
    place = {"destination_country": "US", "destination_state": "OH", "ship_on": "2026-03-04"}
    shipped = [{"line": line, "quantity": "1"} for line in lines_of(number)]
    return [
        _event(KINDS[0], number, "14", base | place | {"lines": ordered}),
        _event(KINDS[1], number, "20", base | {"parcel": "P1", "lines": shipped}),
    ]


def event_id(kind: str, number: int) -> str:
    """The id of an event, as the outcome names it."""
    return f"{kind}-{number}"


def _event(kind: str, number: int, hour: str, data: dict[str, object]) -> Message:
    body = {
        "specversion": "1.0",
        "id": event_id(kind, number),
        "source": SOURCE,
        "type": f"ftz.platform.{kind}.v1",
        "time": f"2026-03-04T{hour}:00:00Z",
        "datacontenttype": "application/json",
        "data": data,
    }
    return Message(intake_topic(SOURCE), str(number), json.dumps(body).encode(), {})


async def flow(
    bus: KafkaBus, raging: "asyncio.Task[None]", *, first: int, at_least: int, a_second: int
) -> int:
    """Send orders as long as the faults rage, and until there are enough; returns how many there are."""
    number = first
    while number < at_least or not raging.done():
        batch = [m for n in range(number, number + a_second) for m in order_events(n)]
        while not await _sent(bus, batch):
            await asyncio.sleep(0.5)
        number += a_second
        await asyncio.sleep(0 if raging.done() else 1)
    return number


async def _sent(bus: KafkaBus, batch: list[Message]) -> bool:
    """A platform sends again what was not acknowledged."""
    try:
        await bus.publish(batch)
    except BusUnavailable:
        return False
    return True
