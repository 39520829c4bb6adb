"""A ledger's decision under way: the facts so far and what they leave, without touching the state."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from heapq import merge
from operator import attrgetter

from ftz_common.contracts.fact import Fact
from ftz_common.contracts.inventory import Disposition, LayerOpened, Piece
from ftz_common.values.calendar import parse_instant
from ftz_common.values.exact import ZERO, share
from ftz_inventory.domain.identity import reservation_id
from ftz_inventory.domain.stock import (
    ELIGIBLE,
    Demand,
    Draw,
    Layer,
    Ledger,
    Take,
    available,
    keep_of,
    layer_of,
    pool_of,
)

_RANK = attrgetter("rank")


class Draft:
    """What a decision has said so far. Everything here may be thrown away."""

    def __init__(self, ledger: Ledger, timezone: str = "", week_starts: int = 6) -> None:
        self.ledger = ledger
        self.timezone = timezone
        self.week_starts = week_starts
        self.facts: list[Fact] = []
        self.on_hand = dict(ledger.on_hand)
        self.kept = dict(ledger.kept)
        self.supplied: dict[str, Layer] = {}  #: layers that a suspended draw could now take from
        self.freed = False  #: something may be kept now for those who wait
        self._stock: dict[str, tuple[Decimal, Decimal]] = {}
        self._demands: dict[str, Demand] = {}
        self._draws: dict[str, Draw] = {}

    # ---- layers ---------------------------------------------------------------------------------

    def stock(self, layer: Layer) -> tuple[Decimal, Decimal]:
        """Quantity and worth in a layer as decided so far."""
        return self._stock.get(layer.id) or (layer.left, layer.worth)

    def open(self, fact: LayerOpened) -> None:
        """A new layer."""
        layer = layer_of(fact)
        self.facts.append(fact)
        self.supplied[layer.id] = layer
        self.freed = True
        self._hand(layer, layer.quantity)

    def waiting_to_leave(
        self, disposition: Disposition, unit: str, removed_at: str, removed_on: str
    ) -> Iterator[Layer]:
        """Open layers that may leave this way, first in first out, admitted at or before the removal."""
        ledger = self.ledger
        pools = [ledger.pools.get(pool_of(status, unit)) for status in ELIGIBLE[disposition]]
        queues = [(ledger.layers[layer] for layer in reversed(pool)) for pool in pools if pool]
        layers = queues[0] if len(queues) == 1 else merge(*queues, key=_RANK)
        for layer in layers:
            if layer.admitted_on > removed_on:
                return
            if admitted_by(layer, removed_at, removed_on):
                yield layer

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
        return layer.piece(quantity, value, left + quantity)

    def _hand(self, layer: Layer, by: Decimal) -> None:
        self.on_hand[layer.pool] = self.on_hand.get(layer.pool, ZERO) + by

    # ---- demands --------------------------------------------------------------------------------

    def demand(self, order: str, line: int) -> Demand:
        """A copy of what the order line wants, as decided so far; it may be changed."""
        key = reservation_id(order, line)
        if key not in self._demands:
            known = self.ledger.demands.get(key)
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

    # ---- draws ----------------------------------------------------------------------------------

    def begin(self, draw: Draw) -> None:
        """A draw that this decision makes."""
        self._draws[draw.id] = draw
        demand = self.demand(draw.order, draw.line)
        demand.draws = [*demand.draws, draw.id]

    def draw(self, draw: str) -> Draw:
        """A copy of a draw, as decided so far; it may be changed."""
        if draw not in self._draws:
            known = self.ledger.draws[draw]
            self._draws[draw] = replace(known, takes=[replace(take) for take in known.takes])
        return self._draws[draw]

    def suspended(self) -> list[Draw]:
        """Draws with something suspended, in order of removal, to be read only."""
        draws = [self._draws.get(draw) or self.ledger.draws[draw] for draw in self.ledger.suspended]
        new = [draw for draw in self._draws.values() if draw.id not in self.ledger.draws]
        if new:
            draws = sorted([*draws, *new], key=lambda each: (parse_instant(each.removed_at), each.id))
        return [draw for draw in draws if draw.suspended]

    def taken_for(self, order: str, line: int) -> list[Take]:
        """What the order line holds of layers, as decided so far, in the order in which it left."""
        draws = self.demand(order, line).draws
        return [take for draw in draws for take in (self._draws.get(draw) or self.ledger.draws[draw]).takes]

    def layer(self, layer: str) -> Layer:
        """A layer of the state or of this decision."""
        return self.supplied.get(layer) or self.ledger.layer(layer)


def admitted_by(layer: Layer, removed_at: str, removed_on: str) -> bool:
    """Whether the goods were there when they left; the book never takes what was admitted afterwards."""
    if layer.admitted_on != removed_on:
        return layer.admitted_on < removed_on
    return parse_instant(layer.admitted_at) <= parse_instant(removed_at)
