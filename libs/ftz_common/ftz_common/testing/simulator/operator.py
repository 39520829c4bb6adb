"""The person at the quarantine: replaces what was damaged on the wire, skips what nobody said, resumes."""

from base64 import b64decode, b64encode
from typing import TYPE_CHECKING

import msgspec

from ftz_common.flow.quarantine import FOLLOWS, PARKED, REQUESTS, Parked, Request, Verb
from ftz_common.store.port import StoreRow
from ftz_common.testing.simulator.watched import Broken, WatchedStore

if TYPE_CHECKING:
    from ftz_common.testing.simulator.world import World

#: How often a person redrives a damaged record before they look at it.
_TRIED_AS_IT_IS = 0.2


class Operator:
    """Looks after the parked keys of a world."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._tried: dict[str, int] = {}

    def repair(self) -> int:
        """Ask for what every parked key needs, resume blown fuses; returns how many."""
        asked = 0
        for store in self._world.stores.values():
            asked += self._keys(store)
        for process in self._world.processes:
            for consumer in process.service.consumers.values():
                if consumer.fuse.blown:
                    consumer.fuse.resume()
                    asked += 1
            self._world.wake_group(process.kind)
        return asked

    def _keys(self, store: WatchedStore) -> int:
        seen: set[str] = set()
        for row, body in store.rows(PARKED).items():
            key = row.rsplit("/", 1)[0]
            if key not in seen:
                seen.add(key)
                self._ask(store, key, row, msgspec.json.decode(body, type=Parked))
        return len(seen)

    def _ask(self, store: WatchedStore, key: str, row: str, first: Parked) -> None:
        counts, verb, value = self._world.counts, "redrive", ""
        said = self._world.bus.originals.get(first.headers.get("ce_id", ""))
        damaged = b64decode(first.value) in self._world.bus.damaged
        if damaged and self._world.random.random() < _TRIED_AS_IT_IS:
            verb = "redrive"  # it fails again, and nothing moves
        elif damaged:
            if said is not None and "SameIdOtherBody" not in first.reason:
                verb, value = "replace", b64encode(said).decode()
            else:
                verb = "skip"
        elif first.reason != FOLLOWS:
            self._tried[row] = self._tried.get(row, 0) + 1
            if self._tried[row] > 3:
                raise Broken(f"{row} fails for no damage of the wire: {first.reason}")
        counts[f"quarantine {verb}"] += 1
        asked: Verb = "skip" if verb == "skip" else "replace" if verb == "replace" else "redrive"
        at = f"step-{self._world.step}"
        request = Request(verb=asked, who="operator", why="simulated", at=at, value=value, record=row)
        store.lay(REQUESTS, StoreRow(key, msgspec.json.encode(request)))
