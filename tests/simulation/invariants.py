"""All invariants of the six services: local ones after each commit, all of them at rest."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
from tests.simulation.admitting import Admitting
from tests.simulation.answers import Alerts, Numbers, Outcomes
from tests.simulation.cover import Cover
from tests.simulation.desk import Desk
from tests.simulation.goods import Goods
from tests.simulation.inputs import Plan
from tests.simulation.leaving import Leaving
from tests.simulation.money import Money

from ftz_common.contracts import table
from ftz_common.contracts.commit import Commit, StoredCommit, fact_id, unseal, verify_chain
from ftz_common.flow.aggregate import Aggregate
from ftz_common.flow.folding import Live, begin, fold
from ftz_common.flow.service import Service
from ftz_common.flow.snapshots import PARTS, TABLE, encode_state, usable
from ftz_common.store.port import StoreRow
from ftz_common.testing.simulator.watched import Broken, WatchedStore
from ftz_common.testing.simulator.world import World
from ftz_reporting.views import tables
from ftz_reporting.views.tables import ARCHIVE, DAMAGE, GAPS, HEADS


class Watch:
    """Hears every commit of every service at the instant it is stored."""

    def __init__(self, plan: Plan) -> None:
        self.evaluated: Counter[str] = Counter()
        self.facts: Counter[str] = Counter()
        self.answers: dict[str, Any] = {}
        self._heads: dict[str, int] = {}
        self.goods = Goods(self.evaluated)
        self.cover = Cover(self.evaluated)
        self.money = Money(self.evaluated, self.goods)
        self.outcomes = Outcomes(self.evaluated, plan)
        self.numbers = Numbers(self.evaluated)
        self.admitting = Admitting(self.evaluated)
        self.leaving = Leaving(self.evaluated, self.goods)
        self.desk = Desk(self.evaluated)
        self.alerts = Alerts(self.evaluated, self.goods, self.cover, self.admitting, self.leaving)
        checks = (
            self.goods,
            self.cover,
            self.money,
            self.outcomes,
            self.numbers,
            self.admitting,
            self.leaving,
            self.desk,
            self.alerts,
        )
        self._hears: dict[str, list[Any]] = {}
        for row in table.ROWS:
            name = row.fact.__name__
            self._hears[row.type] = [getattr(c, name) for c in checks if hasattr(c, name)]

    def commit(self, service: str, commit: Commit, stored: StoredCommit) -> None:
        """A commit was stored."""
        for recorded in commit.facts:
            self.facts[recorded.type] += 1
            hears = self._hears[recorded.type]
            if hears:
                fact = table.decoder(recorded.type).decode(recorded.data)
                for hear in hears:
                    hear(fact, commit)
        if commit.stream.startswith("ledger/"):
            self.goods.after(commit)

    def rows(self, store: WatchedStore, name: str, rows: Sequence[StoreRow]) -> None:
        """Rows were put: the archive's heads never pass over a version that has not come."""
        if name != HEADS:
            return
        for row in rows:
            through = tables.head(row.body).through
            for version in range(self._heads.get(row.key, 0) + 1, through + 1):
                seen = store.keys(ARCHIVE, f"{row.key} {version:010d}.")
                self.expect("a head passes over no gap", bool(seen), row.key, version, "of", through)
            self._heads[row.key] = max(through, self._heads.get(row.key, 0))

    def answered(self, key: str, answer: Any) -> None:
        """A person's command was answered."""
        self.answers[key] = answer

    def expect(self, name: str, holds: bool, *what: object) -> None:
        """An invariant of the whole."""
        self.evaluated[name] += 1
        if not holds:
            raise Broken(f"{name}: {' '.join(map(str, what))}")

    def rest(self, world: World) -> None:
        """Nothing is on its way: everything must fit."""
        for check in (self.goods, self.cover, self.money, self.outcomes, self.numbers, self.leaving):
            check.rest()
        self.admitting.rest(world.clock.now().date())
        self.alerts.rest(world.clock.now().date())
        self._journals(world)
        self._archive(world)
        self._replay(world)
        self._nothing_waits(world)

    def _journals(self, world: World) -> None:
        ids: set[str] = set()
        for store in world.stores.values():
            for stream, chain in store.chains.items():
                problems = verify_chain(chain)
                self.expect("hash chains verify", not problems, stream, problems)
                for commit in map(unseal, chain):
                    ids.update(fact_id(commit, index) for index in range(len(commit.facts)))
        published = set(world.bus.originals)
        self.expect("every stored fact was published", ids <= published, ids - published)
        self.expect("nothing was published that is not stored", published <= ids, published - ids)

    def _archive(self, world: World) -> None:
        store = world.stores["reporting"]
        archived = set(store.rows(ARCHIVE).values())
        missing = set(world.bus.originals.values()) - archived
        self.expect("the archive has every fact", not missing, len(missing), next(iter(missing), b"")[:300])
        strange = archived - set(world.bus.originals.values())
        self.expect("the archive has nothing else", not strange, next(iter(strange), b"")[:300])
        waiting = {key for key, body in store.rows(GAPS).items() if _is_gap(store.rows(ARCHIVE), body)}
        self.expect("no gap is left in the archive", not waiting, waiting)
        self.evaluated["records of a key are taken in order"] += world.order.evaluated
        lies = set(store.rows(DAMAGE).values()) - world.bus.damaged
        self.expect("only what was damaged is called damaged", not lies, lies)

    def _replay(self, world: World) -> None:
        kinds: dict[str, dict[str, Aggregate]] = {}
        live: dict[str, list[Service]] = {}
        for process in world.processes:
            kinds[process.kind] = process.service.kinds
            live.setdefault(process.kind, []).append(process.service)
        for name, store in world.stores.items():
            snapshots, parts = store.rows(TABLE), store.rows(PARTS)
            for stream, chain in store.chains.items():
                aggregate = kinds[name][stream.split("/", 1)[0]]
                wanted = _snapshot(snapshots.get(stream), parts, aggregate)
                folded = begin(aggregate, stream)
                for stored in chain:
                    fold(aggregate, folded, stored)
                    if wanted is not None and stored.version == wanted.version:
                        same = wanted.hash == stored.hash and encode_state(wanted.state) == encode_state(
                            folded.state
                        )
                        self.expect("a snapshot is what its stream folds to", same, stream)
                again = None
                for service in live[name]:
                    cached = service.journal._live.get(stream)
                    if cached is not None and cached.version == folded.version:
                        again = again or encode_state(folded.state)
                        same = encode_state(cached.state) == again
                        self.expect("replay gives the same state", same, name, stream)

    def _nothing_waits(self, world: World) -> None:
        for group, lag in world.bus.lag().items():
            self.expect("every record was handled", lag == 0, group, lag)
        for name, store in world.stores.items():
            parked = store.rows("parked")
            self.expect("nothing is parked", not parked, name, list(parked))


def _snapshot(body: bytes | None, parts: dict[str, bytes], aggregate: Aggregate) -> Live | None:
    """The snapshot, if it would be used: a damaged one is not."""
    return usable(aggregate, body, parts) if body is not None else None


def _is_gap(archive: dict[str, bytes], body: bytes) -> bool:
    gap = msgspec.json.decode(body)
    return not any(
        key.startswith(f"{gap['stream']} ") and f" {gap['missing']:010d}" in key for key in archive
    )
