"""What damages bytes: records on the wire, facts that come again and say something else, snapshots."""

from typing import TYPE_CHECKING

import msgspec

from ftz_common.bus.port import Delivery, Message
from ftz_common.contracts import table
from ftz_common.flow.snapshots import PARTS, TABLE
from ftz_common.store.port import StoreRow
from ftz_common.testing.simulator.watched import is_foreign

if TYPE_CHECKING:
    from ftz_common.testing.simulator.world import World

_DAMAGED, _LIE, _SNAPSHOT = 0.008, 0.03, 0.05


class Mischief:
    """Damages something now and then, as long as the faults of the world are on."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def on_the_wire(self, batch: list[Delivery]) -> list[Delivery]:
        """The batch, with now and then a fact of ours that was cut."""
        world = self._world
        if not world.faults.on or world.random.random() > _DAMAGED:
            return batch
        index = int(world.random.random() * len(batch))
        hit = batch[index]
        if is_foreign(hit.topic) or hit.topic == table.REFERENCE:
            return batch
        world.counts["damaged on the wire"] += 1
        value = hit.value[: len(hit.value) // 2]
        world.bus.damaged.add(value)
        batch[index] = Delivery(hit.topic, hit.partition, hit.offset, hit.key, value, hit.headers)
        return batch

    def now(self) -> None:
        """Between two steps."""
        world = self._world
        if not world.faults.on:
            return
        if world.random.random() < _LIE:
            self._lie()
        if world.random.random() < _SNAPSHOT:
            self._snapshot()

    def _lie(self) -> None:
        """A fact comes again under its id, in its place, and says something else."""
        world = self._world
        partitions = [p for p in world.bus.partitions() if not is_foreign(p[0]) and p[0] != table.REFERENCE]
        if not partitions:
            return
        log = world.bus.log(partitions[int(world.random.random() * len(partitions))])
        if not log:
            return
        said = log[int(world.random.random() * len(log))]
        if said.value in world.bus.damaged:
            return
        body = msgspec.json.decode(said.value)
        body["data"]["and"] = "something else"
        world.counts["lie on the wire"] += 1
        world.bus.lie(Message(said.topic, said.key, msgspec.json.encode(body), said.headers))

    def _snapshot(self) -> None:
        """A snapshot is deleted, or its bytes change, or those of a part of it."""
        world = self._world
        stores = list(world.stores.values())
        store = stores[int(world.random.random() * len(stores))]
        rows = [(name, *row) for name in (TABLE, PARTS) for row in store.rows(name).items()]
        if not rows:
            return
        name, key, body = rows[int(world.random.random() * len(rows))]
        if world.random.random() < 0.5:
            world.counts["snapshot deleted"] += 1
            store.drop(name, key)
        else:
            world.counts["snapshot damaged"] += 1
            place = int(world.random.random() * len(body))
            store.lay(name, StoreRow(key, body[:place] + b"7" + body[place + 1 :]))
