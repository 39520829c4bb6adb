"""A ledger's decision under way: the facts so far and what they leave, without touching the state."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from heapq import merge
from operator import attrgetter

from ftz_common.contracts.fact import Fact
from ftz_common.contracts.inventory import Disposition, LayerOpened, Piece
from ftz_common.values.calendar import parse_instant
from ftz_common.values.exact import SHARE_PLACES, ZERO, rounded, share
from ftz_inventory.domain.identity import reservation_id
from ftz_inventory.domain.layer import ANY, HELD, Layer, Status, Which, layer_of
from ftz_inventory.domain.method import FIFO, NAMED, Method, grouped
from ftz_inventory.domain.stock import Demand, Draw, Ledger, Moved, Take, available, keep_of

_RANK = attrgetter("rank")
#: The smallest part of a stock unit that a conversion may come to.
SMALLEST = Decimal(1).scaleb(-SHARE_PLACES)


class Draft:
    """What a decision has said so far. Everything here may be thrown away."""

    def __init__(
        self, ledger: Ledger, timezone: str = "", week_starts: int = 6, method: Method = FIFO
    ) -> None:
        self.ledger = ledger
        self.timezone = timezone
        self.week_starts = week_starts
        self.method = method
        self.facts: list[Fact] = []
        self.on_hand = dict(ledger.on_hand)
        self.kept = dict(ledger.kept)
        self.supplied: dict[str, Layer] = {}  #: layers that a suspended draw could now take from
        self.freed = False  #: something may be kept now for those who wait
        self._stock: dict[str, tuple[Decimal, Decimal]] = {}
        self._demands: dict[str, Demand] = {}
        self._draws: dict[str, Draw] = {}

    def forget(self) -> None:
        """Nothing was decided so far: what was taken is in its layers."""
        self.on_hand, self.kept = dict(self.ledger.on_hand), dict(self.ledger.kept)
        self.supplied, self.freed = {}, False
        self._stock.clear()
        self._demands.clear()
        self._draws.clear()

    # ---- layers ---------------------------------------------------------------------------------

    def stock(self, layer: Layer) -> tuple[Decimal, Decimal]:
        """Quantity and worth in a layer as decided so far."""
        return self._stock.get(layer.id) or (layer.left, layer.worth)

    def open(self, fact: LayerOpened) -> None:
        """A new layer."""
        layer = layer_of(fact)
        self.facts.append(fact)
        self.supplied[layer.id] = layer
        self.freed = not layer.holds or self.freed
        self._hand(layer, layer.quantity)

    def waiting_to_leave(
        self, statuses: Sequence[Status], unit: str, at: str, on: str, which: Which = ANY
    ) -> Iterator[Layer]:
        """Open layers of these statuses that were there by then, as the account's inventory method says.

        Goods on hold leave only when their layer or their hold is named (direct identification).
        """
        if which.hold and not which.layer:
            held = (layer for layer in self.on_hold(unit, which.hold) if layer.status in statuses)
            yield from _there(filter(which.fits, held), at, on)
            return
        if which.layer:
            named = self.ledger.layers.get(which.layer)
            if named and named.unit == unit and named.status in statuses and which.fits(named):
                yield from _there([named], at, on)
            return
        if self.method.name in NAMED and not which.lot:
            return
        for group in self._groups(statuses, unit, which):
            queues = [(self.ledger.layers[layer] for layer in reversed(pool)) for pool in group]
            layers = queues[0] if len(queues) == 1 else merge(*queues, key=_RANK)
            found = layers if which is ANY else filter(which.fits, layers)
            yield from _there(found, at, on)

    def on_hold(self, unit: str, hold: str) -> list[Layer]:
        """Open layers that stand on a hold, first in first."""
        layers = [
            self.ledger.layers[layer]
            for queue, pool in self.ledger.pools.items()
            if queue.startswith(HELD)
            for layer in pool
        ]
        fit = [each for each in layers if each.unit == unit and hold in each.holds]
        return sorted(fit, key=lambda layer: layer.rank)

    def _groups(self, statuses: Sequence[Status], unit: str, which: Which) -> Iterator[list[list[str]]]:
        """The queues that are emptied one after another; in a group first in is first out."""
        pools = [
            (status, origin, pool)
            for queue, pool in self.ledger.pools.items()
            for status, origin, of in (queue.split("/", 2),)
            if of == unit and status in statuses and which.status in ("", status)
        ]
        yield from grouped(self.method, pools, lambda pool: self.ledger.layers[pool[-1]].rank)

    def take(self, layer: Layer, wanted: Decimal) -> Piece:
        """As much of `wanted` as the layer has. Values are cumulative shares: its pieces add up to it."""
        left, worth = self.stock(layer)
        quantity = min(left, wanted)
        value = worth
        if quantity < left:
            gone = share(layer.value, layer.quantity - left + quantity, layer.quantity)
            value = min(worth, max(ZERO, gone - (layer.value - worth)))
        self._stock[layer.id] = (left - quantity, worth - value)
        self._hand(layer, -quantity)
        return layer.piece(quantity, value, left - quantity)

    def give_back(self, layer: Layer, quantity: Decimal, value: Decimal) -> Piece:
        """A part of a draw returns to its layer."""
        left, worth = self.stock(layer)
        self._stock[layer.id] = (left + quantity, worth + value)
        self.supplied[layer.id] = layer
        self.freed = True
        self._hand(layer, quantity)
        return layer.piece(quantity, value, left + quantity, back=True)

    def _hand(self, layer: Layer, by: Decimal) -> None:
        self.on_hand[layer.pool] = self.on_hand.get(layer.pool, ZERO) + by

    def stock_unit(self, unit: str, quantity: Decimal) -> tuple[str, Decimal]:
        """A quantity in the unit in which the goods are kept; ("", 0) when it does not convert exactly.

        One stock unit is `measure` of the other: 7 kg at 0.35 kg each are 20; 5 kg are no number of pieces.
        """
        ledger = self.ledger
        if not ledger.layers and not ledger.spent:
            return unit, quantity
        if any(layer.unit == unit for layer in ledger.layers.values() or ledger.every_layer()):
            return unit, quantity
        for layer in ledger.layers.values() or ledger.every_layer():
            for measure in layer.measures:
                if measure.unit == unit:
                    return converted(layer.unit, quantity, measure.quantity)
        return "", ZERO

    # ---- demands --------------------------------------------------------------------------------

    def demand(self, order: str, line: int) -> Demand:
        """A copy of what the order line wants, as decided so far; it may be changed."""
        key = reservation_id(order, line)
        if key not in self._demands:
            known = self.ledger.demand(key)
            self._demands[key] = replace(known) if known else Demand(order, line)
        return self._demands[key]

    def leave(self, order: str, line: int, quantity: Decimal) -> None:
        """Goods left for an order line: they are no longer to be kept for it."""
        demand = self.demand(order, line)
        self.keep(demand, -demand.leave(quantity))

    def keep(self, demand: Demand, by: Decimal) -> None:
        """The sum of what is kept for its kind changes."""
        self.freed = self.freed or by < 0
        key = keep_of(demand.disposition, demand.unit)
        self.kept[key] = self.kept.get(key, ZERO) + by

    def available(self, disposition: Disposition, unit: str) -> Decimal:
        """What can still be promised as decided so far."""
        return available(self.on_hand, self.kept, disposition, unit)

    def promised(self, unit: str) -> Decimal:
        """How much more is promised than is there to keep the promises with."""
        restricted = self.on_hand.get(f"Z/{unit}", ZERO)
        free = sum((self.on_hand.get(f"{status}/{unit}", ZERO) for status in "PND"), ZERO)
        export = max(ZERO, self.kept.get(keep_of("export", unit), ZERO) - restricted)
        return self.kept.get(keep_of("consumption", unit), ZERO) + export - free

    # ---- draws ----------------------------------------------------------------------------------

    def begin(self, draw: Draw) -> None:
        """A draw that this decision makes."""
        self._draws[draw.id] = draw
        demand = self.demand(draw.order, draw.line)
        demand.draws = [*demand.draws, draw.id]

    def draw(self, draw: str) -> Draw:
        """A copy of a draw, as decided so far; it may be changed."""
        if draw not in self._draws:
            known = self.ledger.draw(draw)
            assert known is not None  # noqa: S101 callers asked first
            self._draws[draw] = replace(known, takes=[replace(take) for take in known.takes])
        return self._draws[draw]

    def suspended(self) -> list[Draw]:
        """Draws with something suspended, in order of removal, to be read only."""
        draws = [self._draws.get(draw) or self.ledger.draws[draw] for draw in self.ledger.suspended]
        new = [draw for draw in self._draws.values() if self.ledger.draw(draw.id) is None]
        if new:
            draws = sorted([*draws, *new], key=lambda each: (parse_instant(each.removed_at), each.id))
        return [draw for draw in draws if draw.suspended]

    def taken_for(self, order: str, line: int) -> list[Take]:
        """What the order line holds of layers, as decided so far, in the order in which it left."""
        names = self.demand(order, line).draws
        draws = (self._draws.get(name) or self.ledger.draw(name) for name in names)
        return [take for draw in draws if draw is not None for take in draw.takes]

    def moved(self, movement: str) -> Moved:
        """A copy of a movement; it may be changed."""
        known = self.ledger.movement(movement)
        assert known is not None  # noqa: S101 callers asked first
        return known

    def layer(self, layer: str) -> Layer:
        """A layer of the state or of this decision."""
        return self.supplied.get(layer) or self.ledger.layer(layer)


def converted(unit: str, quantity: Decimal, each: Decimal) -> tuple[str, Decimal]:
    """`quantity` of what one stock unit is `each` of, in stock units; ("", 0) if that is not exact."""
    if each <= 0:
        return "", ZERO
    stock = rounded(Fraction(quantity) / Fraction(each), SMALLEST)
    return (unit, stock) if stock * each == quantity and stock > 0 else ("", ZERO)


def _there(layers: Iterable[Layer], at: str, on: str) -> Iterator[Layer]:
    for layer in layers:
        if layer.admitted_on > on:
            return
        if admitted_by(layer, at, on):
            yield layer


def admitted_by(layer: Layer, removed_at: str, removed_on: str) -> bool:
    """Whether the goods were there when they left; the book never takes what was admitted afterwards."""
    if layer.admitted_on != removed_on:
        return layer.admitted_on < removed_on
    return parse_instant(layer.admitted_at) <= parse_instant(removed_at)
