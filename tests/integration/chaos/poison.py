"""A record that came damaged: parked with what follows it in its ledger, replaced by a person, done."""

import asyncio
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import httpx
from tests.integration.chaos.report import Report
from tests.integration.conftest import impatient
from tests.integration.processes import Fleet

from ftz_common.bus.kafka import KafkaBus
from ftz_common.bus.port import Delivery, Message, Subscription
from ftz_common.contracts import table

#: Who hears the commands of inventory: its owner, and the archive.
HEAR = ("inventory", "reporting")


async def damage(kafka: str) -> Delivery:
    """Send a command that inventory heard once more, with its body damaged; returns the command as it was."""
    found: asyncio.Future[Delivery] = asyncio.get_running_loop().create_future()

    async def see(deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            if delivery.headers.get("ce_type") == "ftz.inventory.draw.requested.v1" and not found.done():
                found.set_result(delivery)

    bus = KafkaBus(impatient(kafka))
    bus.subscribe(Subscription(None, (table.commands("inventory"),), see))
    await bus.start()
    try:
        right = await found
        await bus.publish([Message(right.topic, right.key, b'{"damaged', right.headers)])
    finally:
        await bus.stop()
    return right


async def replace(fleet: Fleet, right: Delivery, report: Report) -> None:
    """Give the damaged record its right body again, in every service that heard it and set it aside."""
    async with httpx.AsyncClient(timeout=30) as client:
        for service, (address, *_) in fleet.addresses().items():
            if service in HEAR:
                await _replace(client, address, service, right, report)
            else:
                report.expect(f"keys parked in {service}", await _parked(client, address), [])


async def _replace(
    client: httpx.AsyncClient, address: str, service: str, right: Delivery, report: Report
) -> None:
    while not (parked := await _parked(client, address)):
        await asyncio.sleep(0.5)
    report.expect(f"keys parked in {service}", [key["type"] for key in parked], [right.headers["ce_type"]])
    report.did["poisoned record parked, then replaced"] += 1
    for key in parked:
        report.did["records that waited behind it"] += key["records"] - 1
        order = {
            "key": key["key"],
            "verb": "replace",
            "who": "chaos",
            "why": "it came damaged",
            "value": b64encode(right.value).decode(),
        }
        (await client.post(f"{address}/v1/quarantine/{service}", json=order)).raise_for_status()
    while await _parked(client, address):
        await asyncio.sleep(0.5)


async def _parked(client: httpx.AsyncClient, address: str) -> list[dict[str, Any]]:
    return (await client.get(f"{address}/v1/quarantine")).json()["parked"]
