"""The simulator on the toy pair: every fault happens, and nothing is lost, doubled or out of order."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from ftz_common.bus.port import Message
from ftz_common.contracts.admissions import AdmissionConcurred
from ftz_common.contracts.alerts import RiskNoted
from ftz_common.contracts.commit import Commit, StoredCommit, fact_id, unseal, verify_chain
from ftz_common.contracts.common import NumberTaken, OutcomeGiven
from ftz_common.contracts.table import BY_TYPE, decoder
from ftz_common.flow.intake import intake_topic
from ftz_common.testing.simulator.bench import event
from ftz_common.testing.simulator.faults import STRIKES
from ftz_common.testing.simulator.toy import ALL, REFUSED, docks, watchers
from ftz_common.testing.simulator.watched import Broken
from ftz_common.testing.simulator.world import World

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
SHIPMENTS = 120
BURSTS = 6


class Seen:
    """What the journals say, as it is written."""

    def __init__(self) -> None:
        self.facts: Counter[str] = Counter()
        self.numbers: list[int] = []
        self.counted = 0
        self.outcomes: Counter[tuple[str, str]] = Counter()

    def commit(self, _service: str, commit: Commit, _stored: StoredCommit) -> None:
        for recorded in commit.facts:
            fact = decoder(recorded.type).decode(recorded.data)
            self.facts[type(fact).__name__] += 1
            match fact:
                case NumberTaken():
                    self.numbers.append(fact.number)
                case OutcomeGiven():
                    self.outcomes[fact.event, fact.result] += 1
                case _:
                    pass
        if commit.stream == ALL:
            self.counted += 1


def published(world: World) -> None:
    """Every stored fact was published, and nothing else was."""
    ids = {
        fact_id(commit, index)
        for store in world.stores.values()
        for chain in store.chains.values()
        for commit in map(unseal, chain)
        for index in range(len(commit.facts))
    }
    assert ids == set(world.bus.originals)


def play(seed: int, *, faults: bool = True) -> tuple[World, Seen]:
    seen = Seen()
    counts = {"admissions": 2, "alerts": 2}
    world = World(
        seed, START, {"admissions": docks, "alerts": watchers}, counts, observe=seen.commit, faults=faults
    )
    world.settle()
    names = [REFUSED, *(f"s{n}" for n in range(SHIPMENTS))]
    world.random.shuffle(names)
    for burst in range(BURSTS):
        world.move_to(START + timedelta(hours=12 * (burst + 1)))
        for name in names[burst::BURSTS]:
            copies = 2 if world.random.random() < 0.2 else 1
            issuer = "shop" if world.random.random() < 0.5 else "warehouse"
            body = event(name, issuer=issuer)
            world.publish([Message(intake_topic("shop"), name, body)] * copies)
        if burst % 2:
            world.operator.repair()
    world.move_to(START + timedelta(days=5))
    world.calm()
    return world, seen


def check(world: World, seen: Seen) -> None:
    assert sorted(seen.numbers) == list(range(1, SHIPMENTS + 1))
    assert seen.counted == SHIPMENTS
    assert len(seen.outcomes) == sum(seen.outcomes.values()) == SHIPMENTS + 1
    assert seen.facts[AdmissionConcurred.__name__] == seen.facts[RiskNoted.__name__] == SHIPMENTS
    published(world)
    for store in world.stores.values():
        for chain in store.chains.values():
            assert verify_chain(chain) == []
    for process in world.processes:
        for consumer in process.service.consumers.values():
            assert consumer.quarantine.size == 0


def test_without_faults():
    world, seen = play(1, faults=False)
    check(world, seen)
    assert sum(world.faults.happened.values()) == 0


def test_every_fault_happens_and_nothing_is_lost():
    total: Counter[str] = Counter()
    for seed in range(32):
        world, seen = play(seed)
        check(world, seen)
        total += world.counts + world.faults.happened
    for kind in (
        *STRIKES,
        "damaged on the wire",
        "delivered again",
        "topics reordered",
        "quarantine replace",
    ):
        assert total[kind], kind
    for kind in ("commit of a zombie", "commit of a late insert", "fenced", "swept", "snapshot made"):
        assert total[kind], kind


def test_the_same_seed_makes_the_same_bytes():
    def bytes_of(seed: int) -> list[tuple[str, str]]:
        world, _ = play(seed)
        return [
            (c.stream, c.hash) for s in world.stores.values() for chain in s.chains.values() for c in chain
        ]

    assert bytes_of(3) == bytes_of(3)
    assert bytes_of(3) != bytes_of(4)


def test_the_same_fact_with_other_content_is_seen():
    world, _ = play(1, faults=False)
    name, value = next(iter(world.bus.originals.items()))
    headers = {"ce_id": name, "ce_type": msgspec.json.decode(value)["type"]}
    with pytest.raises(Broken, match="published twice"):
        world.bus._append(Message(BY_TYPE[headers["ce_type"]].topic, "k", value + b" ", headers))
