"""Chaos: `python -m tests.integration.chaos --orders 5000 --kills 20`. Nothing is lost, nothing is doubled.

Orders stream in while processes are killed (also exactly between insert and publish, and between publish
and the commit of offsets), two inventory processes trade partitions, the broker is restarted and the store
is silent. Afterwards chains, topics, outcomes and quantities are counted against what was sent.
"""

import argparse
import asyncio
import json
import random
import signal
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import httpx
import msgspec
from fastapi import FastAPI
from tests.integration.conftest import impatient
from tests.integration.processes import PACKAGES, Fleet, Running
from tests.integration.servers import found
from tests.integration.servers.found import Server
from tests.integration.servers.settings import ServerSettings

from ftz_cli.remote import RemotePlayer, RemoteWorld
from ftz_cli.scenario import Loaded, load
from ftz_common.bus.kafka import KafkaBus
from ftz_common.bus.port import Delivery, Message, Subscription
from ftz_common.contracts import envelope, table
from ftz_common.contracts.commit import StoredCommit, envelopes, unseal, verify_chain
from ftz_common.flow.clock import PlayedClock
from ftz_common.flow.intake import intake_topic
from ftz_common.process.settings import ProcessSettings
from ftz_common.process.topics import apply
from ftz_common.store.mongo import MongoStore
from ftz_common.store.mongo_client import MongoClient

ROOT = Path(__file__).parents[2]
VICTIMS = ("inventory", "duty", "reporting", "alerts")
POISON = "ledger/poison"


@dataclass
class Report:
    """What was done, and what is wrong; nothing may be."""

    did: Counter[str] = field(default_factory=Counter[str])
    wrong: list[str] = field(default_factory=list[str])

    def table(self) -> str:
        rows = [f"{name:<44}{count:>9,}" for name, count in sorted(self.did.items())]
        return "\n".join(
            [*rows, *(f"WRONG: {line}" for line in self.wrong), "" if self.wrong else "nothing wrong"]
        )


def stock() -> Loaded:
    """One shipment of a million mugs, received; the orders come later."""
    loaded = load(ROOT / "tests/golden/cases/one-order.yaml")
    steps = tuple((at, s) for at, s in loaded.steps if not (s.event and s.event.type.startswith("order.")))
    for line in (line for _, s in steps if s.event for line in s.event.data.get("lines", [])):
        line.update({"quantity": "1000000"} | ({"value": "4000000.00"} if "value" in line else {}))
    return replace(loaded, scenario=msgspec.structs.replace(loaded.scenario, until=""), steps=steps)


def order_events(number: int) -> list[Message]:
    """An order of one mug, allocated and shipped."""
    base = {"account": "acme", "order": f"O{number}"}
    line = {"line": "1", "sku": "MUG", "quantity": "1", "unit": "No."}
    place = {"destination_country": "US", "destination_state": "OH", "ship_on": "2026-03-04"}
    allocated = base | place | {"lines": [line]}
    shipped = base | {"parcel": "P1", "lines": [{"line": "1", "quantity": "1"}]}
    return [
        _event("order.allocated", number, "14", allocated),
        _event("order.shipped", number, "20", shipped),
    ]


def _event(kind: str, number: int, hour: str, data: dict[str, object]) -> Message:
    body = {
        "specversion": "1.0",
        "id": f"{kind}-{number}",
        "source": "shop",
        "type": f"ftz.platform.{kind}.v1",
        "time": f"2026-03-04T{hour}:00:00Z",
        "datacontenttype": "application/json",
        "data": data,
    }
    return Message(intake_topic("shop"), str(number), json.dumps(body).encode(), {})


class Chaos:
    """The faults, one after another, while work flows."""

    def __init__(self, fleet: Fleet, kafka: Server, mongo: Server, seed: int, report: Report) -> None:
        self.fleet, self.kafka, self.mongo, self.report = fleet, kafka, mongo, report
        self.random = random.Random(seed)
        self.client = MongoClient(mongo.address, prefix=fleet.prefix)

    def _victim(self) -> Running:
        alive = [r for r in self.fleet.running if r.alive and r.service in VICTIMS]
        return self.random.choice(alive)

    def _kill(self, one: Running, what: str) -> None:
        one.kill()
        one.start()
        self.report.did[what] += 1

    async def kill(self) -> None:
        """SIGKILL at a random moment."""
        await asyncio.sleep(self.random.random() * 2)
        self._kill(self._victim(), "killed at random")

    async def kill_between_insert_and_publish(self) -> None:
        """The broker freezes; a commit is seen in the store; its writer is killed."""
        assert self.kafka.process is not None
        one = self._victim()
        commits = self.client.database(one.service)["commits"]
        for _ in range(20):
            before = await commits.estimated_document_count()
            self.kafka.process.send(signal.SIGSTOP)
            await asyncio.sleep(0.15)
            seen = await commits.estimated_document_count() > before
            if seen:
                self._kill(one, "killed between insert and publish")
            self.kafka.process.send(signal.SIGCONT)
            if seen:
                return
            await asyncio.sleep(0.3)

    async def kill_between_publish_and_commit(self) -> None:
        """A topic is watched; whoever speaks is killed on sight."""
        one = next(r for r in self.fleet.running if r.alive and r.service == "duty")
        spoke = asyncio.get_running_loop().create_future()

        async def see(deliveries: Sequence[Delivery]) -> None:
            for delivery in deliveries:
                fact = envelope.decode(delivery.value)
                if fact.writer.startswith("duty") and caught.is_set() and not spoke.done():
                    spoke.set_result(fact.writer)

        caught = asyncio.Event()
        bus = KafkaBus(impatient(self.kafka.address))
        bus.subscribe(Subscription(None, (table.home("duty"),), see))
        await bus.start()
        caught.set()
        try:
            await asyncio.wait_for(spoke, 20)
            self._kill(one, "killed between publish and offset commit")
        except TimeoutError:
            return
        finally:
            await bus.stop()

    async def restart_broker(self) -> None:
        assert self.kafka.process is not None
        self.kafka.process.stop(signal.SIGKILL)
        await asyncio.to_thread(self.kafka.process.start)
        self.report.did["broker restarted"] += 1

    async def silence_store(self, seconds: float = 20) -> None:
        assert self.mongo.process is not None
        self.mongo.process.send(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        self.mongo.process.send(signal.SIGCONT)
        self.report.did[f"store silent for {seconds:.0f} s"] += 1

    async def run(self, kills: int) -> None:
        """All of it, interleaved."""
        for number in range(kills):
            await self.kill()
            if number % 3 == 0:
                await self.kill_between_insert_and_publish()
            if number % 3 == 1:
                await self.kill_between_publish_and_commit()
            if number in (kills // 3, 2 * kills // 3):
                await self.restart_broker()
            if number == kills // 2:
                await self.silence_store()


async def census(fleet: Fleet, kafka: Server, mongo: Server, orders: int, report: Report) -> None:
    """What is in the stores, what was published, what was answered: each against what was sent."""
    stored: dict[str, bytes] = {}
    outcomes: Counter[tuple[str, str]] = Counter()
    drawn, priced = Decimal(0), set[str]()
    client = MongoClient(mongo.address, prefix=fleet.prefix)
    for service in PACKAGES:
        chains: dict[str, list[StoredCommit]] = {}
        async for commit in MongoStore(client, service).commits():
            chains.setdefault(commit.stream, []).append(commit)
        for chain in chains.values():
            report.wrong += verify_chain(chain)
            report.did["commits"] += len(chain)
            for commit in chain:
                for fact in envelopes(unseal(commit), commit.hash):
                    stored[fact.id] = envelope.encode(fact)
                    data = msgspec.json.decode(fact.data)
                    if fact.type.endswith("outcome.given.v1"):
                        outcomes[data["event"], data["result"]] += 1
                    if fact.type == "ftz.inventory.stock.drawn.v1":
                        drawn += sum(Decimal(p["quantity"]) for p in data["pieces"])
                    if fact.type == "ftz.duty.withdrawal.priced.v1":
                        priced.add(fact.stream)
    await client.close()
    published = await on_topics(kafka, report)
    report.did |= {"facts stored": len(stored), "facts published": len(published), "orders": orders}
    if missing := stored.keys() - published.keys():
        report.wrong.append(f"{len(missing)} facts were never published")
    if strange := published.keys() - stored.keys():
        report.wrong.append(f"{len(strange)} facts were published and are in no store")
    if changed := [i for i in stored.keys() & published.keys() if published[i] != stored[i]]:
        report.wrong.append(f"{len(changed)} facts were published with other content")
    for kind in ("order.allocated", "order.shipped"):
        answered = Counter(r for (event, r), _ in outcomes.items() if event.startswith(f"{kind}-"))
        if answered != Counter({"accepted": orders}):
            report.wrong.append(f"{kind}: answered {dict(answered)}, sent {orders}")
    if drawn != orders:
        report.wrong.append(f"{drawn} mugs were drawn for {orders} orders")
    if len(priced) != orders:
        report.wrong.append(f"{len(priced)} withdrawals priced for {orders} orders")


async def on_topics(kafka: Server, report: Report) -> dict[str, bytes]:
    """Every fact on the topics; one that stands twice with different bytes is wrong."""
    seen: dict[str, bytes] = {}

    async def take(deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            report.did["records on fact topics"] += 1
            name = delivery.headers.get("ce_id", "")
            if delivery.key == POISON or not name:
                continue
            if seen.setdefault(name, delivery.value) != delivery.value:
                report.wrong.append(f"{delivery.place}: {name} stands twice with different content")

    bus = KafkaBus(impatient(kafka.address))
    names = tuple(topic.replace("{source}.v1", "*") for topic in table.topics())
    bus.subscribe(Subscription(None, names, take, batch_max=2_000))
    await bus.start()
    await bus.stop()
    return seen


async def run(kafka: Server, mongo: Server, folder: Path, *, orders: int, kills: int, seed: int) -> Report:
    """Everything; the report says what is wrong."""
    report, loaded = Report(), stock()
    fleet = Fleet(kafka, mongo, f"chaos{seed}", folder, more={"FTZ_CLOCK": "played"})
    await apply(ProcessSettings(kafka=kafka.address, partitions=4), {"shop", "dock"})
    fleet.start(*PACKAGES, "inventory")
    world = RemoteWorld({}, KafkaBus(impatient(kafka.address)), PlayedClock(datetime(1970, 1, 1, tzinfo=UTC)))
    chaos = Chaos(fleet, kafka, mongo, seed, report)
    try:
        await fleet.ready()
        world.addresses = fleet.addresses()
        await RemotePlayer(world, loaded, FastAPI()).play()
        await world.move_to(datetime(2026, 3, 4, 21, tzinfo=UTC))
        poison = Message(
            table.commands("inventory"), POISON, b"{", {"ce_type": "ftz.inventory.draw.requested.v1"}
        )
        await world.bus.publish([poison])
        supervising = asyncio.create_task(fleet.supervise())
        raging = asyncio.create_task(chaos.run(kills))
        for first in range(0, orders, 50):
            batch = [m for n in range(first, min(orders, first + 50)) for m in order_events(n)]
            while not await _published(world.bus, batch):
                await asyncio.sleep(0.5)
            await asyncio.sleep(0)
        await raging
        await fleet.ready(supervised=True)
        supervising.cancel()
        await _skip_poison(fleet, report)
        await world.settle()
        await census(fleet, kafka, mongo, orders, report)
    finally:
        await world.close()
        await chaos.client.close()
        fleet.stop()
    return report


async def _published(bus: KafkaBus, batch: list[Message]) -> bool:
    try:
        await bus.publish(batch)
    except Exception as error:
        print(f"again: {error}")
        return False
    return True


async def _skip_poison(fleet: Fleet, report: Report) -> None:
    address = fleet.addresses()["inventory"][0]
    async with httpx.AsyncClient(base_url=address, timeout=30) as client:
        parked = (await client.get("/v1/quarantine")).json()["parked"]
        mine = [key for key in parked if "poison" in key["key"]]
        if len(mine) != 1 or len(parked) != 1:
            report.wrong.append(f"parked: {[k['key'] for k in parked]}, expected the poison alone")
        for key in mine:
            order = {"key": key["key"], "verb": "skip", "who": "chaos", "why": "not a fact"}
            (await client.post("/v1/quarantine/inventory", json=order)).raise_for_status()
        while (await client.get("/v1/quarantine")).json()["parked"]:
            await asyncio.sleep(0.5)
        report.did["poison parked, then skipped"] += len(mine)


def main() -> None:
    """Run it and print the table; exit code 1 when anything is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--orders", type=int, default=5_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    settings = ServerSettings()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("kafka", "mongo", "logs"):
            (folder / part).mkdir()
        with (
            found.kafka(settings, folder / "kafka") as kafka,
            found.mongo(settings, folder / "mongo") as mongo,
        ):
            report = asyncio.run(
                run(kafka, mongo, folder / "logs", orders=told.orders, kills=told.kills, seed=told.seed)
            )
    print(report.table())
    raise SystemExit(1 if report.wrong else 0)


if __name__ == "__main__":
    main()
