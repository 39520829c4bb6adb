# ruff: noqa: N802  methods are named after the facts they hear
"""The book of goods, kept a second time from the facts alone: layers, removals, reversals, suspense."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.simulation.checking import Check

from ftz_common.contracts.commit import Commit
from ftz_common.values.calendar import parse_instant

ZERO = Decimal(0)
_STEP = Decimal("0.000001")
_MAY_LEAVE = {"consumption": ("P", "N", "D"), "export": ("P", "N", "D", "Z")}
#: By election, order, determination or waste (19 CFR 146.41 to 146.44): nothing else is asked for here.
_CHANGES = {
    ("N", "P"),
    ("N", "Z"),
    ("P", "Z"),
    ("D", "Z"),
    ("Z", "P"),
    ("Z", "N"),
    ("Z", "D"),
    ("D", "N"),
    ("P", "N"),
    ("N", "N"),
    ("D", "D"),
    ("P", "P"),
}
_FROZEN = (
    "status",
    "pf_filed_on",
    "origin",
    "number",
    "revision",
    "decision",
    "admission_number",
    "admitted_on",
)


@dataclass(slots=True)
class Layer:
    """What is left of a layer, and what that is worth."""

    fact: Any
    ledger: str
    left: Decimal
    worth: Decimal

    @property
    def rank(self) -> tuple[str, str, int, str, str]:
        f = self.fact
        return (f.admitted_on, f.admission_number, f.line, f.receipt, f.layer)


@dataclass(slots=True)
class Draw:
    """A removal: what was asked, what layers gave, what is still missing, what was taken back."""

    ledger: str
    drawn: Decimal = ZERO
    suspended: Decimal = ZERO
    reversed: Decimal = ZERO
    unsuspended: Decimal = ZERO  #: of `reversed`: what was never drawn


@dataclass(slots=True)
class Withdrawal:
    """A withdrawal with what it holds of each layer."""

    fact: Any
    held: dict[str, Decimal] = field(default_factory=dict[str, Decimal])


class Goods(Check):
    """Quantity and value are conserved, first in is first out, and every removal traces to its admission."""

    def __init__(self, evaluated: Counter[str]) -> None:
        super().__init__(evaluated)
        self.admitted: dict[tuple[str, int, str], Any] = {}
        self.layers: dict[str, Layer] = {}
        self.of_ledger: dict[str, list[Layer]] = {}
        self.asked: dict[str, Any] = {}
        self.draws: dict[str, Draw] = {}
        self.withdrawals: dict[str, Withdrawal] = {}
        self.to_reverse: dict[str, Decimal] = {}
        self.waiting_reversals: dict[str, Decimal] = {}
        self.to_return: dict[tuple[str, int, str], Any] = {}
        self.returned: dict[tuple[str, int, str], Decimal] = {}
        self.waiting_returns: set[tuple[str, int, str]] = set()
        self.moved: dict[tuple[str, str], Any] = {}
        self.out: dict[tuple[str, str], dict[str, Decimal]] = {}
        self.differences: dict[str, Any] = {}
        self._touched: set[str] = set()

    # ---- in -------------------------------------------------------------------------------------

    def GoodsAdmitted(self, fact: Any, commit: Commit) -> None:
        place = (fact.admission, fact.line, fact.receipt)
        self.expect("one admission per line and receipt", place not in self.admitted, place)
        self.admitted[place] = fact

    def LayerOpened(self, fact: Any, commit: Commit) -> None:
        self.expect("a layer opens once", fact.layer not in self.layers, fact.layer)
        if fact.opened_by:
            self._opened_by(fact, commit)
        elif fact.returned_from:
            self.returned[fact.returned_from, fact.line, fact.receipt] = fact.quantity
            self.expect("a return is domestic", fact.status == "D", fact)
        else:
            said = self.admitted.get((fact.admission, fact.line, fact.receipt))
            self.expect("a layer is what was admitted", said is not None and _same(said, fact), said, fact)
        layer = Layer(fact, commit.stream, fact.quantity, fact.value)
        self.layers[fact.layer] = layer
        self.of_ledger.setdefault(commit.stream, []).append(layer)

    def _opened_by(self, fact: Any, commit: Commit) -> None:
        """What a movement opened, it names; goods that only moved keep their admission and are as many."""
        moved = self.moved.get((commit.stream, fact.movement))
        named = moved is not None and fact.layer in moved.opened
        self.expect("a movement names the layers it opens", named, fact)
        assert moved is not None
        if fact.opened_by in ("relocated", "held", "released", "status-changed"):
            before = self.layers[fact.parent].fact
            same = all(getattr(before, name) == getattr(fact, name) for name in ("admission", "admitted_on"))
            self.expect("moved goods keep their admission", same, before, fact)
            taken = next(p for p in moved.pieces if p.layer == fact.parent)
            whole = (taken.quantity, taken.value) == (fact.quantity, fact.value)
            self.expect("what a movement takes it opens", whole, taken, fact)
        if fact.opened_by == "status-changed":
            change = (self.layers[fact.parent].fact.status, fact.status)
            self.expect("status changes only as the law has it", change in _CHANGES, change, fact)
            filed = (fact.status == "P") == bool(fact.pf_filed_on)
            self.expect("privileged goods have their filing date", filed, fact)
        if fact.contents:
            value = sum((c.value for c in fact.contents if c.status != "D"), ZERO)
            value = value or sum((c.value for c in fact.contents), ZERO)
            # A part of made goods has its share of each content, rounded at the sixth place.
            near = 0 if fact.opened_by in ("produced", "manipulated") else len(fact.contents) * _STEP
            self.expect("made goods are worth their content", abs(value - fact.value) <= near, fact)

    # ---- movements ------------------------------------------------------------------------------

    def GoodsMoved(self, fact: Any, commit: Commit) -> None:
        key = (commit.stream, fact.movement)
        self.expect("a movement happens once", key not in self.moved, fact)
        self.moved[key] = fact
        out = self.out[key] = {}
        for piece in fact.pieces:
            layer = self._layer(piece, commit)
            there = layer.fact.admitted_on <= fact.on
            self.expect("every removal traces to an admission on or before it", there, fact, layer.fact)
            self._move(layer, -piece.quantity, -piece.value, piece.left)
            out[piece.layer] = out.get(piece.layer, ZERO) + piece.quantity

    def GoodsBroughtBack(self, fact: Any, commit: Commit) -> None:
        self._put_back((commit.stream, fact.movement), fact.pieces, commit)
        left = sum(self.out[commit.stream, fact.movement].values(), ZERO)
        self.expect("what is out is what did not come back", left == fact.out, fact)

    def MovementReversed(self, fact: Any, commit: Commit) -> None:
        for piece in fact.emptied:
            self._move(self._layer(piece, commit), -piece.quantity, -piece.value, piece.left)
            self.expect("what did not happen opened nothing", not piece.left, fact)
        self._put_back((commit.stream, fact.movement), fact.pieces, commit)
        left = sum(self.out[commit.stream, fact.movement].values(), ZERO)
        self.expect("a reversal gives back all of it", not left, fact)

    def _put_back(self, key: tuple[str, str], pieces: Any, commit: Commit) -> None:
        for piece in pieces:
            held = self.out[key].get(piece.layer, ZERO) - piece.quantity
            self.out[key][piece.layer] = held
            self.expect("only what moved comes back", held >= 0, key, piece)
            self._move(self._layer(piece, commit), piece.quantity, piece.value, piece.left)

    def GoodsDiffer(self, fact: Any, commit: Commit) -> None:
        line = fact.line
        self.expect("a difference is counted less book", line.variance == line.counted - line.book, fact)
        self.differences[fact.difference] = fact

    # ---- out ------------------------------------------------------------------------------------

    def DrawRequested(self, fact: Any, commit: Commit) -> None:
        self.expect("a draw is asked once", fact.draw not in self.asked, fact.draw)
        self.asked[fact.draw] = fact

    def Drawn(self, fact: Any, commit: Commit) -> None:
        asked = self.asked.get(fact.draw)
        self.expect("every removal was asked for", asked is not None, fact.draw)
        self.expect("a withdrawal happens once", fact.withdrawal not in self.withdrawals, fact.withdrawal)
        withdrawal = self.withdrawals[fact.withdrawal] = Withdrawal(fact)
        for piece in fact.pieces:
            layer = self._layer(piece, commit)
            traced = layer.fact.admitted_on <= fact.removed_on
            self.expect("every removal traces to an admission on or before it", traced, fact, layer.fact)
            may = piece.status in _MAY_LEAVE[fact.disposition]
            self.expect("only what may leave leaves", may, piece.status, fact.disposition)
            self._move(layer, -piece.quantity, -piece.value, piece.left)
            withdrawal.held[piece.layer] = withdrawal.held.get(piece.layer, ZERO) + piece.quantity
        if not fact.cures:
            self._first_in_first_out(fact, commit)
        draw = self._draw(fact.draw, commit)
        draw.drawn += sum((p.quantity for p in fact.pieces), ZERO)

    def _layer(self, piece: Any, commit: Commit) -> Layer:
        layer = self.layers.get(piece.layer)
        known = layer is not None and layer.ledger == commit.stream
        self.expect("a piece is of a layer of its ledger", known, piece.layer, commit.stream)
        assert layer is not None
        same = all(getattr(piece, name) == getattr(layer.fact, name) for name in _FROZEN)
        self.expect("what a layer was admitted as never changes", same, piece, layer.fact)
        if piece.status == "P":
            self.expect("PF facts never change", piece.pf_filed_on == layer.fact.pf_filed_on, piece)
        return layer

    def _move(self, layer: Layer, quantity: Decimal, value: Decimal, left: Decimal) -> None:
        layer.left += quantity
        layer.worth += value
        self.expect("no layer is negative", layer.left >= 0 and layer.worth >= 0, layer)
        self.expect("no layer holds more than was admitted", layer.left <= layer.fact.quantity, layer)
        self.expect("a piece says what is left", layer.left == left, layer, left)
        self.expect("an empty layer is worth nothing", bool(layer.left) or not layer.worth, layer)

    def _first_in_first_out(self, fact: Any, commit: Commit) -> None:
        newest = max(self.layers[p.layer].rank for p in fact.pieces)
        unit, may = fact.pieces[0].unit, _MAY_LEAVE[fact.disposition]
        removed = parse_instant(fact.removed_at)
        for layer in self.of_ledger[commit.stream]:
            f = layer.fact
            if f.holds or not layer.left or f.unit != unit or f.status not in may or layer.rank >= newest:
                continue
            there = f.admitted_on < fact.removed_on or parse_instant(f.admitted_at) <= removed
            self.expect("first in is first out", not there, f.layer, "was passed over by", fact)
        self.expect("first in is first out", True)

    def DrawSuspended(self, fact: Any, commit: Commit) -> None:
        self._draw(fact.draw, commit).suspended += fact.quantity

    def _draw(self, name: str, commit: Commit) -> Draw:
        self._touched.add(name)
        return self.draws.setdefault(name, Draw(commit.stream))

    def SuspenseSettled(self, fact: Any, commit: Commit) -> None:
        draw = self._draw(fact.draw, commit)
        draw.suspended -= fact.quantity
        self.expect("suspense is never negative", draw.suspended == fact.missing >= 0, fact)
        if fact.how == "reversed":
            draw.reversed += fact.quantity
            draw.unsuspended += fact.quantity

    def after(self, commit: Commit) -> None:
        """The commit is whole: every removal in it is drawn or suspended, all of it."""
        for name in self._touched:
            draw, asked = self.draws[name], self.asked[name]
            self.expect("a draw goes to the ledger it was asked of", asked.to == draw.ledger, asked, draw)
            whole = draw.drawn + draw.suspended + draw.unsuspended == asked.quantity
            self.expect("what left is drawn or suspended", whole, asked, draw)
        self._touched.clear()

    # ---- back -----------------------------------------------------------------------------------

    def ReversalRequested(self, fact: Any, commit: Commit) -> None:
        self.to_reverse[fact.draw] = self.to_reverse.get(fact.draw, ZERO) + fact.quantity

    def ReversalWaits(self, fact: Any, commit: Commit) -> None:
        """Before its draw it waits for that, and is taken up with it; later, for what a return needs."""
        waiting, request = self.waiting_reversals, fact.request
        if request.draw in self.draws:
            waiting[request.draw] = waiting.get(request.draw, ZERO) + request.quantity

    def ReversalTakenUp(self, fact: Any, commit: Commit) -> None:
        self.waiting_reversals[fact.request.draw] -= fact.request.quantity

    def DrawReversed(self, fact: Any, commit: Commit) -> None:
        withdrawal = self.withdrawals.get(fact.withdrawal)
        self.expect("only what left is taken back", withdrawal is not None, fact)
        assert withdrawal is not None
        for piece in fact.pieces:
            layer = self._layer(piece, commit)
            held = withdrawal.held.get(piece.layer, ZERO) - piece.quantity
            withdrawal.held[piece.layer] = held
            self.expect("nothing is taken back twice", held >= 0, fact)
            self._move(layer, piece.quantity, piece.value, piece.left)
            self.draws[fact.draw].reversed += piece.quantity

    def ReturnRequested(self, fact: Any, commit: Commit) -> None:
        self.to_return[fact.order, fact.line, fact.return_id] = fact

    def ReturnWaits(self, fact: Any, commit: Commit) -> None:
        request = fact.request
        self.waiting_returns.add((request.order, request.line, request.return_id))

    # ---- at rest --------------------------------------------------------------------------------

    def rest(self) -> None:
        """Everything that was said was done."""
        facts = [each.fact for each in self.layers.values() if not each.fact.opened_by]
        opened = {(f.admission, f.line, f.receipt) for f in facts}
        for place in self.admitted:
            self.expect("every admission opened its layer", place in opened, place)
        for name, asked in self.asked.items():
            draw = self.draws.get(name)
            self.expect("every removal is in the book", draw is not None, asked)
        for name, quantity in self.to_reverse.items():
            asked, draw = self.asked.get(name), self.draws.get(name)
            if asked is not None and draw is not None:
                wanted = min(quantity - self.waiting_reversals.get(name, ZERO), asked.quantity)
                self.expect(
                    "what did not leave went back once", draw.reversed == wanted, asked, draw, quantity
                )
        for place, request in self.to_return.items():
            back = self.returned.get(place)
            whole = back == request.quantity or (back is None and place in self.waiting_returns)
            self.expect("every return is a layer, or waits for its draw", whole, request)


def _same(said: Any, opened: Any) -> bool:
    names = (*_FROZEN, "quantity", "value", "unit", "uin", "measures", "admitted_at")
    return all(getattr(said, name) == getattr(opened, name) for name in names)
