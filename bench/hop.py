"""One hop of ours alone: the inventory service reads requests to draw, draws, journals, publishes.

`python -m bench.hop KAFKA MONGO PREFIX TOPIC`: its own code on its own store, but reading a topic that holds
only requests to draw, so that nothing else is measured. The ledgers have stock already. Until SIGTERM.
"""

import asyncio
import signal
import sys
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from bench import unit
from ftz_common.blobs.gridfs import GridFsBlobs
from ftz_common.bus.kafka import KafkaBus
from ftz_common.bus.kafka_broker import Connection
from ftz_common.bus.port import Message, Subscription
from ftz_common.contracts import envelope, table
from ftz_common.contracts.common import EventRef
from ftz_common.contracts.inventory import DrawRequested
from ftz_common.flow.clock import PlayedClock
from ftz_common.flow.service import Ports
from ftz_common.process import loop
from ftz_common.settings import Settings
from ftz_common.store.mongo import MongoStore
from ftz_common.store.mongo_client import MongoClient
from ftz_common.values.names import derived_id
from ftz_inventory.app import build
from ftz_inventory.domain.identity import ledger_stream, order_stream


def requests(topic: str, count: int, mark: str) -> list[Message]:
    """So many requests to draw one piece, over all ledgers in turn, as orders publish them."""
    found: list[Message] = []
    for number in range(count):
        ledger = ledger_stream("999", "site-1", "acme", unit.sku(number % unit.PARTS))
        order = order_stream("acme", "shop", f"{mark}{number}")
        fact = DrawRequested(
            to=ledger,
            draw=f"{order}#1#P1#0",
            reservation=f"{order}#1",
            order=order,
            line=1,
            parcel="P1",
            quantity=Decimal(1),
            unit="No.",
            disposition="consumption",
            destination_country="US",
            removed_at="2026-03-04T20:00:00Z",
            event=EventRef(source="shop", event=f"{mark}{number}"),
        )
        row = table.BY_FACT["inventory", DrawRequested]
        said = envelope.Envelope(
            id=derived_id(order, "hop"),
            source="ftz/inventory",
            type=row.type,
            subject=order,
            time="2026-03-04T20:00:00Z",
            data=msgspec.Raw(msgspec.json.encode(fact)),
            stream=order,
            streamversion=1,
            previousversion=0,
            factindex=0,
            factcount=1,
            recordedtime="2026-03-04T21:00:00Z",
            correlationid=derived_id(order, "correlation"),
            causationid=derived_id(order, "cause"),
            causescope="inventory:foreign",
            causedigest="0" * 64,
            actor="source:shop",
            zone="999",
            account="acme",
            commithash="0" * 64,
            previoushash="",
            traceparent="",
            writer="bench",
            writerseq=number + 1,
            sourceref="",
        )
        found.append(Message(topic, ledger, envelope.encode(said), envelope.headers(said)))
    return found


async def run(kafka: str, mongo: str, prefix: str, topic: str) -> None:
    """Until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    client = MongoClient(mongo, prefix=prefix)
    bus = KafkaBus(Connection(kafka, client="bench-hop", poll_ms=5))
    store = MongoStore(client, "inventory")
    ports = Ports(store, bus, GridFsBlobs(client), PlayedClock(datetime(2026, 3, 4, 21, tzinfo=UTC)))
    service = build(Settings(), ports)
    service.projection = None
    inner, kept = bus.subscribe, list[Subscription]()
    bus.subscribe = kept.append  # the service's own subscriptions, of which only two are wanted
    service.subscribe()
    bus.subscribe = inner
    for subscription in kept:
        if subscription.group is None:
            bus.subscribe(subscription)
        elif subscription.group == "inventory":
            bus.subscribe(replace(subscription, group=f"hop.{topic}", topics=(topic,)))
    await store.open()
    await bus.start()
    print("ready", flush=True)
    await stop.wait()
    await bus.stop()
    await client.close()


def main() -> None:
    """From the command line."""
    kafka, mongo, prefix, topic = sys.argv[1:]
    loop.run(run(kafka, mongo, prefix, topic))


if __name__ == "__main__":
    main()
