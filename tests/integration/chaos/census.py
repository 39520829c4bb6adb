"""What is in the stores, what was published and what was answered, each counted against what was sent."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import msgspec
from tests.integration.chaos import feed
from tests.integration.chaos.report import Report
from tests.integration.conftest import impatient
from tests.integration.processes import PACKAGES, Fleet

from ftz_common.bus.kafka import KafkaBus
from ftz_common.bus.port import Delivery, Subscription
from ftz_common.contracts import envelope, table
from ftz_common.contracts.commit import StoredCommit, envelopes, unseal, verify_chain
from ftz_common.contracts.envelope import Envelope
from ftz_common.store.mongo import MongoStore
from ftz_common.store.mongo_client import MongoClient
from ftz_common.values.names import stream_parts


@dataclass
class Stored:
    """What the stores of all services hold."""

    facts: dict[str, bytes] = field(default_factory=dict[str, bytes])  #: envelope by id
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    drawn: Counter[str] = field(default_factory=Counter[str])
    priced: Counter[str] = field(default_factory=Counter[str])
    entries: list[dict[str, str]] = field(default_factory=list[dict[str, str]])

    def take(self, fact: Envelope) -> None:
        """One fact of one commit."""
        self.facts[fact.id] = envelope.encode(fact)
        data = msgspec.json.decode(fact.data)
        match fact.type.removeprefix("ftz.").removesuffix(".v1"):
            case kind if kind.endswith("outcome.given"):
                self.outcomes[data["event"], data["result"]] += 1
            case "inventory.stock.drawn":
                sku = stream_parts(fact.stream)[-1]
                self.drawn[sku] += int(sum(Decimal(piece["quantity"]) for piece in data["pieces"]))
            case "duty.withdrawal.priced":
                self.priced[fact.stream] += 1
            case "duty.entry.compiled":
                self.entries.append(data)
            case _:
                pass


async def stored(mongo: str, prefix: str, report: Report) -> Stored:
    """Read all journals, and follow every chain."""
    found = Stored()
    client = MongoClient(mongo, prefix=prefix)
    for service in PACKAGES:
        chains: dict[str, list[StoredCommit]] = {}
        async for commit in MongoStore(client, service).commits():
            chains.setdefault(commit.stream, []).append(commit)
        for chain in chains.values():
            report.wrong += verify_chain(chain)
            report.did["commits"] += len(chain)
            for commit in chain:
                for fact in envelopes(unseal(commit), commit.hash):
                    found.take(fact)
    await client.close()
    return found


async def published(kafka: str, poison: Delivery, report: Report) -> dict[str, bytes]:
    """Every fact on the topics; one that stands there twice with different bytes is wrong."""
    seen: dict[str, bytes] = {}
    places: set[tuple[str, str]] = set()

    async def take(deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            report.did["records on the topics"] += 1
            name = delivery.headers.get("ce_id", "")
            if not name or (name == poison.headers["ce_id"] and delivery.value != poison.value):
                continue  # a platform's; or the one that we damaged
            if (name, delivery.topic) in places:
                report.did["records that were published again, with the same bytes"] += 1
            places.add((name, delivery.topic))  # on another one it is sent on to its ledger
            if seen.setdefault(name, delivery.value) != delivery.value:
                report.wrong.append(f"{delivery.place}: {name} stands twice with different content")

    bus = KafkaBus(impatient(kafka))
    names = tuple(topic.replace("{source}.v1", "*") for topic in table.topics())
    bus.subscribe(Subscription(None, names, take, batch_max=2_000))
    await bus.start()
    await bus.stop()
    return seen


def compare(held: Stored, spoken: dict[str, bytes], orders: int, report: Report) -> None:
    """Inputs against outputs."""
    report.did |= {"orders": orders, "facts stored": len(held.facts), "facts published": len(spoken)}
    report.expect("facts that were never published", len(held.facts.keys() - spoken.keys()), 0)
    report.expect("facts published that no store holds", len(spoken.keys() - held.facts.keys()), 0)
    changed = [name for name in held.facts.keys() & spoken.keys() if spoken[name] != held.facts[name]]
    report.expect("facts published with other content", len(changed), 0)
    for kind in feed.KINDS:
        answers = Counter({(feed.event_id(kind, n), "accepted"): 1 for n in range(orders)})
        given = Counter({k: n for k, n in held.outcomes.items() if k[0].startswith(kind)})
        report.expect(f"answers to {kind} that are missing", (answers - given).total(), 0)
        report.expect(f"answers to {kind} that are too many or not accepted", (given - answers).total(), 0)
    wanted = feed.wanted(orders)
    report.expect("mugs drawn", dict(sorted(held.drawn.items())), dict(sorted(wanted.items())))
    report.expect("withdrawals priced", held.priced.total(), len(held.priced))
    dollars = 4 * wanted.total()
    duty = sum(((Decimal(4 * n) / 10).quantize(Decimal("0.01")) for n in wanted.values()), Decimal(0))
    weekly = [entry for entry in held.entries if entry["week"] == feed.WEEK]
    report.expect("entries of the week", len(weekly), 1)
    report.expect(
        "value entered in other weeks",
        sum(Decimal(e["entered_value"]) for e in held.entries if e not in weekly),
        0,
    )
    for entry in weekly:
        report.expect("entered value", Decimal(entry["entered_value"]), Decimal(dollars))
        report.expect("duty", Decimal(entry["duty"]), duty)


def ask_ftz(fleet: Fleet, *words: str) -> dict[str, object]:
    """What a command of `ftz` says of these databases."""
    told = fleet.environment()
    said = subprocess.run(
        [str(Path(sys.executable).parent / "ftz"), *words, "--json"],
        env=told,
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        return json.loads(said.stdout)
    except ValueError:
        return {"problems": [said.stderr[-2000:] or f"exit code {said.returncode}"]}


def verify(fleet: Fleet, report: Report) -> None:
    """`ftz verify` and `ftz replay`: chains, invariants, every duty figure again, every view again."""
    for verb, counts in (("verify", "evaluated"), ("replay", "compared")):
        said = ask_ftz(fleet, verb)
        problems = said.get("problems")
        report.wrong += [f"ftz {verb}: {problem}" for problem in problems if isinstance(problems, list)]
        evaluated = said.get(counts)
        total = sum(evaluated.values()) if isinstance(evaluated, dict) else 0
        report.did[f"ftz {verb}: {counts}"] = total
        report.at_least(f"ftz {verb}: {counts}", 1)
