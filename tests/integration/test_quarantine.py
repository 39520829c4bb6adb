"""Bad records get a reason and are set aside; what people say of them reaches every process of the group."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.integration.conftest import impatient
from tests.integration.processes import Fleet, Running
from tests.integration.records import DRAW, draw, zone_applied
from tests.integration.servers.found import Server

from ftz_common.bus.kafka import KafkaBus
from ftz_common.bus.port import Message
from ftz_common.contracts import table
from ftz_common.process.settings import ProcessSettings
from ftz_common.process.topics import apply
from ftz_common.store.mongo import MongoStore
from ftz_common.store.mongo_client import MongoClient

TOPIC = table.commands("inventory")
SAID = {"who": "p-7", "why": "looked at it"}
#: What a process says when it had 20 failures in a row.
FUSE = 20


class Two:
    """Two inventory processes on one group, and somebody who looks at them."""

    def __init__(self, fleet: Fleet, bus: KafkaBus) -> None:
        self.fleet, self.bus = fleet, bus
        self.http = httpx.AsyncClient(timeout=30)

    @property
    def running(self) -> list[Running]:
        return self.fleet.running

    async def parked(self) -> dict[str, dict[str, Any]]:
        """By key of the record."""
        found = (await self.http.get(f"{self.running[0].address}/v1/quarantine")).json()["parked"]
        return {key["key"].rsplit("/", 1)[-1]: key for key in found}

    async def until_parked(self, count: int) -> dict[str, dict[str, Any]]:
        while len(found := await self.parked()) < count:
            await asyncio.sleep(0.1)
        return found

    async def until_free(self) -> None:
        while await self.parked():
            await asyncio.sleep(0.1)

    async def until_heard(self) -> None:
        """Until the group has done everything on the topic of its commands."""
        behind = True
        while behind:
            ends = await self.bus.cluster.ends({TOPIC: 4})
            done = await self.bus.cluster.committed("inventory")
            behind = any(end > done.get(place, 0) for place, end in ends.items())
            await asyncio.sleep(0.1)

    async def say(self, process: Running, path: str, **body: str) -> None:
        answer = await self.http.post(f"{process.address}/v1/quarantine/inventory{path}", json=SAID | body)
        assert answer.status_code == 202, answer.text

    async def fuses(self) -> list[str]:
        said = [(await self.http.get(f"{r.address}/status")).json()["services"][0] for r in self.running]
        return [one["consumers"]["inventory"]["fuse"] for one in said]

    async def written(self) -> set[str]:
        """The ledgers that the group wrote."""
        client = MongoClient(self.fleet.mongo.address, prefix=self.fleet.prefix)
        try:
            return {c.stream async for c in MongoStore(client, "inventory").commits("ledger/")}
        finally:
            await client.close()


@pytest.fixture
async def two(own_kafka: Server, mongo_server: Server, unique: str, tmp_path: Path) -> AsyncIterator[Two]:
    await apply(ProcessSettings(kafka=own_kafka.address, partitions=4), set())
    fleet = Fleet(own_kafka, mongo_server, unique, tmp_path)
    fleet.start("inventory", "inventory")
    bus = KafkaBus(impatient(own_kafka.address))
    looking = Two(fleet, bus)
    try:
        await fleet.ready()
        await bus.publish([zone_applied()])
        yield looking
    finally:
        await looking.http.aclose()
        await bus.stop()
        fleet.stop()


def ledger(name: str) -> str:
    return f"ledger/999/hall-1/home/{name}"


def keyed(message: Message, name: str) -> Message:
    return replace(message, key=name)


async def test_each_bad_record_is_set_aside_with_its_reason_and_verbs_reach_whoever_owns_it(two: Two) -> None:
    first = draw(ledger("TWICE"), "first")
    await two.bus.publish([first])
    await two.until_heard()
    other = draw(ledger("TWICE"), "first", quantity="7")  # the same fact, and another one
    bad = {
        "unknown": Message(TOPIC, "unknown", b"{}", {"ce_type": "ftz.inventory.thing.done.v1"}),
        "newer": Message(TOPIC, "newer", b"{}", {"ce_type": DRAW.replace(".v1", ".v2")}),
        "bare": Message(TOPIC, "bare", b'{"order": 7}', {}),
        "damaged": Message(TOPIC, "damaged", b'{"id', {"ce_type": DRAW}),
        "large": Message(TOPIC, "large", b" " * 300_000 + first.value, first.headers),
        "foreign": Message(TOPIC, "foreign", b"{}", {"ce_type": "ftz.platform.order.allocated.v1"}),
        "zombie": keyed(other, "zombie"),
    }
    reasons = {
        "unknown": "unknown type 'ftz.inventory.thing.done.v1': a newer build wrote it",
        "newer": f"unknown type '{DRAW[:-1]}2': a newer build wrote it",
        "bare": "neither a type in the headers nor an envelope of ours",
        "damaged": "DecodeError",
        "large": "a fact has at most 256,000",
        "foreign": "ftz.inventory.commands.v1 is ours alone",
        "zombie": "with other content",
    }
    headerless = replace(draw(ledger("BARE"), "headerless"), headers={})
    await two.bus.publish([*bad.values(), first, headerless])
    found = await two.until_parked(len(bad))
    assert {name: reasons[name] in key["reason"] for name, key in found.items()} == dict.fromkeys(bad, True)
    await two.until_heard()
    assert {ledger("TWICE"), ledger("BARE")} <= await two.written(), "a repeat is nothing, headers are a help"

    # what follows waits; a body that is right again goes first, then what waited
    await two.bus.publish([keyed(draw(ledger("AFTER"), "after"), "damaged")])
    await two.until_heard()
    assert (await two.parked())["damaged"]["records"] == 2
    right = b64encode(draw(ledger("MENDED"), "mended").value).decode()
    await two.say(two.running[1], "", key=found["damaged"]["key"], verb="replace", value=right)
    for name in bad.keys() - {"damaged"}:
        await two.say(two.running[0], "", key=found[name]["key"], verb="skip")
    await two.until_free()
    assert {ledger("MENDED"), ledger("AFTER")} <= await two.written()
    shown = await two.http.post(
        f"{two.running[0].address}/v1/quarantine/inventory",
        json=SAID | {"key": "none", "verb": "replace", "value": "not base64!"},
    )
    assert (shown.status_code, "base64" in shown.text) == (422, True)


async def test_a_blown_fuse_keeps_http_up_and_one_word_resumes_every_process(two: Two) -> None:
    bad = [
        Message(TOPIC, f"k{n}", b"{}", {"ce_type": "ftz.inventory.thing.done.v1"}) for n in range(5 * FUSE)
    ]
    await two.bus.publish(bad)
    while await two.fuses() != ["blown", "blown"]:
        await asyncio.sleep(0.1)
    parked = len(await two.parked())
    await two.bus.publish([draw(ledger("LATER"), "later")])
    await asyncio.sleep(1)
    assert len(await two.parked()) == parked, "a bad deploy is no bad data: it stops"
    while len(await two.parked()) < len(bad):  # 20 more of each process, then again until all are set aside
        if "blown" in await two.fuses():
            await two.say(two.running[0], "/resume/inventory")
        await asyncio.sleep(1)
    while "blown" in await two.fuses():
        await two.say(two.running[1], "/resume/inventory")
        await asyncio.sleep(1)
    await two.until_heard()
    assert ledger("LATER") in await two.written()
