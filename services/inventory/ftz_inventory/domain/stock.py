"""The state of a ledger: layers in the order in which they leave, what is wanted of them, what left."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from ftz_common.contracts.inventory import Disposition, ReturnRequested, ReversalRequested
from ftz_common.contracts.movements import Movement
from ftz_common.values.exact import ZERO
from ftz_inventory.domain.identity import reservation_id
from ftz_inventory.domain.layer import ELIGIBLE, Layer, Which, pool_of
from ftz_inventory.domain.shelf import Packing, Shelf


@dataclass(slots=True)
class Demand:
    """What one order line wants here. `gone`: drawn or no longer wanted; it may be told before `asked`."""

    order: str
    line: int
    disposition: Disposition = "consumption"
    ship_on: str = ""
    unit: str = ""
    known: bool = False  #: the reservation itself has come
    asked: Decimal = ZERO
    gone: Decimal = ZERO
    kept: Decimal = ZERO
    returned: Decimal = ZERO
    draws: list[str] = field(default_factory=list[str])
    period: str = ""  #: of the entry, where it is not the week of the removal

    @property
    def missing(self) -> Decimal:
        """Wanted, and not there to keep."""
        return max(ZERO, self.asked - self.gone - self.kept)

    def leave(self, quantity: Decimal) -> Decimal:
        """Goods left for it: what was kept goes first. Returns how much kept stock that used."""
        used = min(self.kept, quantity)
        self.kept -= used
        self.gone += quantity
        return used

    def release(self, quantity: Decimal) -> Decimal:
        """Not wanted any more: what was missing goes first. Returns how much kept stock is free again."""
        self.gone += quantity
        freed = self.kept - min(self.kept, max(ZERO, self.asked - self.gone))
        self.kept -= freed
        return freed


@dataclass(slots=True)
class Take:
    """What a withdrawal holds of one layer, less what was given back."""

    withdrawal: str
    week: str
    layer: str
    quantity: Decimal
    value: Decimal


@dataclass(slots=True)
class Draw:
    """Goods that left, kept so that they can be taken back to the layers they came from."""

    id: str
    order: str
    line: int
    parcel: str
    disposition: Disposition
    destination_country: str
    unit: str
    removed_at: str
    removed_on: str
    suspended: Decimal = ZERO
    withdrawals: int = 0
    takes: list[Take] = field(default_factory=list[Take])
    lot: str = ""  #: the zone lot that was named, "" none
    period: str = ""  #: of its entry, where that is not the week of the removal

    @property
    def held(self) -> Decimal:
        """What it holds of layers."""
        return sum((take.quantity for take in self.takes), ZERO)

    @property
    def which(self) -> Which:
        """What of the stock may serve it."""
        return Which(lot=self.lot)


@dataclass(slots=True)
class Moved:
    """A movement, kept so that it can be brought back or taken back. `week` of its takes is empty."""

    kind: Movement
    on: str
    quantity: Decimal
    unit: str
    takes: list[Take]
    opened: list[str]
    authority: str = ""
    reversed: bool = False
    backs: list[str] = field(default_factory=list[str])  #: returns of a temporary removal
    destination: str = ""

    @property
    def out(self) -> Decimal:
        """What it still holds of its layers."""
        return sum((take.quantity for take in self.takes), ZERO)


@dataclass(slots=True)
class Overage:
    """Goods found that the book does not have."""

    quantity: Decimal
    unit: str
    file_by: str
    settled: str = ""


@dataclass(slots=True)
class Day:
    """What came into layers of one status and unit on a local date, and what left them; values in USD."""

    opened: Decimal = ZERO
    value: Decimal = ZERO
    drawn: Decimal = ZERO
    drawn_value: Decimal = ZERO


_layers, _demands = Packing(Layer), Packing(Demand)
_draws, _movements = Packing(Draw), Packing(Moved)


@dataclass(slots=True)
class Ledger:
    """One UIN of an account at a site.

    What is done with is on a shelf: exhausted layers, draws with nothing suspended, demands that wait for
    nothing, movements.

    `pools` hold the ids of the layers with anything in them, by status and unit, newest first: the next to
    leave is at the end. A new way to set layers apart (a hold, a scope of FIFO) is a new pool key.
    """

    stream: str
    zone: str
    site: str
    account: str
    uin: str
    layers: dict[str, Layer] = field(default_factory=dict[str, Layer])
    spent: Shelf = field(default_factory=Shelf)  #: exhausted layers
    pools: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    on_hand: dict[str, Decimal] = field(default_factory=dict[str, Decimal])  #: by pool
    kept: dict[str, Decimal] = field(default_factory=dict[str, Decimal])  #: by `keep_of`
    demands: dict[str, Demand] = field(default_factory=dict[str, Demand])  #: by reservation, while it waits
    served: Shelf = field(default_factory=Shelf)  #: demands for which nothing is kept or missing
    short: dict[str, None] = field(default_factory=dict[str, None])  #: reservations, in turn
    draws: dict[str, Draw] = field(default_factory=dict[str, Draw])  #: with something suspended
    drawn: Shelf = field(default_factory=Shelf)  #: draws with nothing suspended
    suspended: list[str] = field(default_factory=list[str])  #: draws, in order of removal
    reversals: dict[str, list[ReversalRequested]] = field(
        default_factory=dict[str, list[ReversalRequested]]
    )  #: by draw, before it came
    returns: list[ReturnRequested] = field(default_factory=list[ReturnRequested])
    movements: Shelf = field(default_factory=Shelf)
    overages: dict[str, Overage] = field(default_factory=dict[str, Overage])
    worth: Decimal = ZERO  #: USD of all that is in it
    moved_at: str = ""  #: the latest instant at which something came or went
    days: dict[str, dict[str, Day]] = field(
        default_factory=dict[str, dict[str, Day]]
    )  #: by local date, then by `pool_of`; goods on hold are not apart
    clocks: dict[str, str] = field(default_factory=dict[str, str])  #: "name subject" -> local date it is due

    # ---- layers ---------------------------------------------------------------------------------

    def has_layer(self, layer: str) -> bool:
        """Whether it was ever opened here."""
        return layer in self.layers or layer in self.spent

    def layer(self, layer: str) -> Layer:
        """An open or exhausted layer; raises KeyError for one that was never here."""
        found = self.layers.get(layer)
        if found is None:
            if (body := self.spent.get(layer)) is None:
                raise KeyError(layer)
            found = _layers.unpack(body)
        return found

    def every_layer(self) -> Iterator[Layer]:
        """Open layers, then exhausted ones. There may be a million: stop early."""
        yield from self.layers.values()
        yield from map(_layers.unpack, self.spent.values())

    @property
    def exhausted_pages(self) -> int:
        """How many pages of exhausted layers there are."""
        return self.spent.pages

    def exhausted(self, page: int) -> list[Layer]:
        """The exhausted layers of a page, to be read only."""
        return [_layers.unpack(body) for body in self.spent.page(page)]

    def shelve_layer(self, layer: Layer) -> None:
        """Nothing is in it any more."""
        del self.layers[layer.id]
        self.spent.put(layer.id, _layers.pack(layer))

    def take_layer(self, layer: str) -> Layer:
        """An exhausted layer into which something comes back: no longer on the shelf."""
        return _layers.unpack(self.spent.take(layer))

    # ---- draws ----------------------------------------------------------------------------------

    def draw(self, draw: str) -> Draw | None:
        """A draw, to be read only; None for one that is not in the book."""
        found = self.draws.get(draw)
        if found is None and (body := self.drawn.get(draw)) is not None:
            found = _draws.unpack(body)
        return found

    def take_draw(self, draw: str) -> Draw:
        """A draw to be changed: `keep_draw` it afterwards."""
        return self.draws.get(draw) or _draws.unpack(self.drawn.take(draw))

    def keep_draw(self, draw: Draw) -> None:
        """At hand while something of it is suspended, else on the shelf."""
        if draw.suspended:
            self.draws[draw.id] = draw
        else:
            self.draws.pop(draw.id, None)
            self.drawn.put(draw.id, _draws.pack(draw))

    def every_draw(self) -> Iterator[Draw]:
        """Draws with something suspended, then all others."""
        yield from self.draws.values()
        yield from map(_draws.unpack, self.drawn.values())

    # ---- demands --------------------------------------------------------------------------------

    def demand(self, reservation: str) -> Demand | None:
        """A demand, to be read only; None for one that nobody made."""
        found = self.demands.get(reservation)
        if found is None and (body := self.served.get(reservation)) is not None:
            found = _demands.unpack(body)
        return found

    def take_demand(self, reservation: str, order: str, line: int) -> Demand:
        """A demand to be changed: `keep_demand` it afterwards."""
        if (found := self.demands.get(reservation)) is None:
            there = reservation in self.served
            found = _demands.unpack(self.served.take(reservation)) if there else Demand(order, line)
            self.demands[reservation] = found
        return found

    def keep_demand(self, reservation: str, demand: Demand) -> None:
        """At hand while something is kept for it or missing, or its reservation is still to come."""
        if demand.known and not demand.kept and not demand.missing:
            del self.demands[reservation]
            self.served.put(reservation, _demands.pack(demand))

    def every_demand(self) -> Iterator[tuple[str, Demand]]:
        """Demands by reservation: first those for which something is kept or missing."""
        yield from self.demands.items()
        yield from ((key, _demands.unpack(body)) for key, body in self.served.items())

    def before_entry(self, layer: Layer) -> Layer | None:
        """The layer whose status goods had before they were entered; None where they left from several kinds.

        What a customer sent back was entered when it left: it was what it left from. All else is what it is,
        also what was made of other goods, or came from another ledger.
        """
        first = layer
        while self.has_layer(first.parent) and first.opened_by != "status-changed":
            first = self.layer(first.parent)
        if not first.returned_from or first.opened_by == "status-changed":
            return layer
        demand = self.demand(reservation_id(first.returned_from, first.line))
        draws = map(self.draw, demand.draws) if demand else ()
        left = [self.layer(take.layer) for draw in draws if draw for take in draw.takes]
        kinds = {(each.status, each.pf_filed_on, each.number, each.admission) for each in left}
        return left[0] if len(kinds) == 1 else None

    # ---- movements ------------------------------------------------------------------------------

    def movement(self, movement: str) -> Moved | None:
        """A movement, to be read only; None for one that is not in the book."""
        body = self.movements.get(movement)
        return None if body is None else _movements.unpack(body)

    def take_movement(self, movement: str) -> Moved:
        """A movement to be changed: `keep_movement` it afterwards."""
        return _movements.unpack(self.movements.take(movement))

    def keep_movement(self, movement: str, moved: Moved) -> None:
        """On the shelf at once: few are ever asked for again."""
        self.movements.put(movement, _movements.pack(moved))


def weight(ledger: Ledger) -> int:
    """About how many bytes a ledger takes in memory: a layer at hand 2,500, a demand or draw 1,500."""
    shelves = (ledger.spent, ledger.served, ledger.drawn, ledger.movements)
    at_hand = 2_500 * len(ledger.layers) + 1_500 * (len(ledger.demands) + len(ledger.draws))
    return 4_000 + at_hand + 600 * len(ledger.days) + sum(shelf.weight for shelf in shelves)


def keep_of(disposition: str, unit: str) -> str:
    """What reservations of a disposition and unit are summed under."""
    return f"{disposition}/{unit}"


def available(
    on_hand: dict[str, Decimal], kept: dict[str, Decimal], disposition: Disposition, unit: str
) -> Decimal:
    """What can still be promised: on hand and eligible, less what is promised already, never below zero.

    Promises to exports are first held against zone-restricted stock, which nothing else may use.
    """
    free = sum((on_hand.get(pool_of(s, unit), ZERO) for s in ELIGIBLE["consumption"]), ZERO)
    restricted = on_hand.get(pool_of("Z", unit), ZERO)
    consumption = kept.get(keep_of("consumption", unit), ZERO)
    export = kept.get(keep_of("export", unit), ZERO)
    if disposition == "export":
        return max(ZERO, free + restricted - consumption - export)
    return max(ZERO, free - consumption - max(ZERO, export - restricted))
