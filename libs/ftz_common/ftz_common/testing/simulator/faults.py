"""Which faults there are, how often, and where each can strike."""

from collections import Counter
from dataclasses import dataclass, field
from random import Random  # noqa: TID251 the simulator's own seeded randomness

from ftz_common.bus.port import BusUnavailable
from ftz_common.store.port import StoreUnavailable

_ANYWHERE = ("",)
_STORE = ("insert.", "read.", "causes.", "written.", "get.", "put.", "delete.", "scan.", "swap.")
_READS = ("read.", "causes.", "get.", "scan.")

#: fault -> (weight, the points where it can strike, by their beginnings)
STRIKES: dict[str, tuple[int, tuple[str, ...]]] = {
    "crash": (6, _ANYWHERE),
    "crash at a write": (6, ("insert.", "publish.", "put.", "commit.")),
    "zombie": (5, _ANYWHERE),
    "zombie at a write": (6, ("insert.before", "publish.before", "publish.partly", "commit.before")),
    "rebalance": (4, _ANYWHERE),
    "store away": (6, _READS),
    "write refused": (4, ("put.before", "delete.before", "swap.before")),
    "write done, then raised": (4, ("put.after", "delete.after", "swap.after", "put.partly", "swap.partly")),
    "insert refused": (5, ("insert.before",)),
    "insert cut": (4, ("insert.partly",)),
    "insert done, then raised": (6, ("insert.after",)),
    "insert comes late": (5, ("insert.before",)),
    "bus away": (6, ("publish.before",)),
    "publish cut": (4, ("publish.partly",)),
    "published, then raised": (5, ("publish.after",)),
    "offsets not kept": (5, ("commit.before",)),
    "offsets kept, then raised": (3, ("commit.after",)),
}

#: What strikes a process as a whole; the others raise at the point.
OF_PROCESSES = frozenset({"crash", "crash at a write", "zombie", "zombie at a write", "rebalance"})


def error_at(point: str) -> Exception:
    """What a port raises at this point when it fails."""
    if point.startswith(_STORE):
        return StoreUnavailable(f"simulated at {point}")
    return BusUnavailable(f"simulated at {point}")


@dataclass
class Faults:
    """The faults of one seed: each comes due after so many steps and strikes at the next point it can."""

    random: Random
    steps_between: float = 450.0
    happened: Counter[str] = field(default_factory=Counter[str])
    due_at: int = 0
    on: bool = True
    _kinds: list[str] = field(default_factory=list[str])
    _points: tuple[str, ...] = ()
    kind: str = ""

    def __post_init__(self) -> None:
        self._kinds = [kind for kind, (weight, _) in STRIKES.items() for _ in range(weight)]
        self.draw(0)

    def draw(self, step: int) -> None:
        """Choose the next fault and when it comes due."""
        random = self.random.random
        self.kind = self._kinds[int(random() * len(self._kinds))]
        self._points = STRIKES[self.kind][1]
        self.due_at = step + 1 + int(self.random.expovariate(1 / self.steps_between))

    def can_strike(self, point: str) -> bool:
        """True when the fault that is due can happen here."""
        return self.on and point.startswith(self._points)

    def strikes(self, step: int) -> str:
        """The fault happens: count it and draw the next."""
        kind = self.kind
        self.happened[kind] += 1
        self.draw(step)
        return kind
