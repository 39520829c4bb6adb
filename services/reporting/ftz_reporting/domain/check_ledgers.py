"""Invariants of ledgers: quantity conserved, nothing negative, every removal from what was there before it.

19 CFR 146.23(a)(2) (attribution), 146.23(b), 146.25 (balances), 146.53 (shortage and overage), 146.41 (PF).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ftz_common.contracts.admissions import GoodsAdmitted
from ftz_common.contracts.inventory import (
    Drawn,
    DrawReversed,
    DrawSuspended,
    LayerOpened,
    Piece,
    SuspenseSettled,
)
from ftz_common.contracts.movements import GoodsBroughtBack, GoodsMoved, MovementReversed
from ftz_common.values.exact import ZERO, plain
from ftz_reporting.domain.problem import Findings
from ftz_reporting.domain.told import Told

_REPAIR = "do not edit the journal; tell the maintainers, and correct the books by a new fact"


@dataclass(slots=True)
class _Layer:
    """A layer as the book must have it."""

    told: Told
    opened: LayerOpened
    quantity: Decimal
    value: Decimal


class LedgerCheck:
    """Takes the facts of ledgers in the order of each ledger, and of admissions in any order."""

    def __init__(self) -> None:
        self.conserved = Findings("quantity conserved", _REPAIR)
        self.negative = Findings("no layer negative", _REPAIR)
        self.traced = Findings("every removal traces to an admission on or before it", _REPAIR)
        self.frozen = Findings("PF facts unchanged", _REPAIR)
        self.suspense = Findings("suspense accounts for what is missing", _REPAIR)
        self._layers: dict[str, _Layer] = {}
        self._taken: dict[tuple[str, str], tuple[Decimal, Decimal]] = {}
        self._suspended: dict[str, Decimal] = {}
        self._on_the_move: dict[tuple[str, str], GoodsMoved] = {}
        self._admitted: dict[tuple[str, int, str], tuple[Told, GoodsAdmitted]] = {}

    @property
    def findings(self) -> list[Findings]:
        """What each invariant found."""
        return [self.conserved, self.negative, self.traced, self.frozen, self.suspense]

    def take(self, told: Told) -> None:
        """The next fact."""
        match told.fact:
            case LayerOpened():
                self._open(told, told.fact)
            case Drawn():
                self._draw(told, told.fact)
            case DrawReversed():
                self._reverse(told, told.fact)
            case GoodsMoved():
                self._move(told, told.fact)
            case GoodsBroughtBack():
                self._put_back(told, told.fact.movement, told.fact.pieces)
            case MovementReversed():
                self._unmove(told, told.fact)
            case DrawSuspended():
                missing = self._suspended.get(told.fact.draw, ZERO)
                self._suspended[told.fact.draw] = missing + told.fact.quantity
            case SuspenseSettled():
                self._settle(told, told.fact)
            case GoodsAdmitted():
                goods = told.fact
                self._admitted[goods.admission, goods.line, goods.receipt] = (told, goods)
            case _:
                return

    def _open(self, told: Told, fact: LayerOpened) -> None:
        is_new = fact.layer not in self._layers
        if self.conserved.expect(is_new, told, f"layer {fact.layer} is opened a second time"):
            self._layers[fact.layer] = _Layer(told, fact, fact.quantity, fact.value)

    def _draw(self, told: Told, fact: Drawn) -> None:
        for piece in fact.pieces:
            layer = self._known(told, piece)
            if layer is None:
                continue
            self._was_there(told, layer.opened, fact)
            self._is_unchanged(told, layer.opened, piece)
            layer.quantity -= piece.quantity
            layer.value -= piece.value
            self.negative.expect(
                layer.quantity >= 0 and layer.value >= 0 and piece.quantity > 0,
                told,
                f"layer {piece.layer} is left with {plain(layer.quantity)} worth USD {plain(layer.value)} "
                f"after {plain(piece.quantity)} were drawn",
            )
            self._agrees(told, layer, piece)
            key = (fact.withdrawal, piece.layer)
            quantity, value = self._taken.get(key, (ZERO, ZERO))
            self._taken[key] = (quantity + piece.quantity, value + piece.value)

    def _move(self, told: Told, fact: GoodsMoved) -> None:
        self._take(told, fact.movement, fact.pieces)
        self._on_the_move[fact.movement, told.envelope.stream] = fact

    def _take(self, told: Told, reference: str, pieces: list[Piece]) -> None:
        for piece in pieces:
            layer = self._known(told, piece)
            if layer is None:
                continue
            self._is_unchanged(told, layer.opened, piece)
            layer.quantity -= piece.quantity
            layer.value -= piece.value
            self.negative.expect(
                layer.quantity >= 0 and layer.value >= 0 and piece.quantity > 0,
                told,
                f"layer {piece.layer} is left with {plain(layer.quantity)} worth USD {plain(layer.value)} "
                f"after {plain(piece.quantity)} were taken by {reference}",
            )
            self._agrees(told, layer, piece)
            quantity, value = self._taken.get((reference, piece.layer), (ZERO, ZERO))
            self._taken[reference, piece.layer] = (quantity + piece.quantity, value + piece.value)

    def _unmove(self, told: Told, fact: MovementReversed) -> None:
        self._take(told, f"reversal of {fact.movement}", fact.emptied)
        self._put_back(told, fact.movement, fact.pieces)

    def _reverse(self, told: Told, fact: DrawReversed) -> None:
        self._put_back(told, fact.withdrawal, fact.pieces)

    def _put_back(self, told: Told, reference: str, pieces: list[Piece]) -> None:
        for piece in pieces:
            layer = self._known(told, piece)
            if layer is None:
                continue
            quantity, value = self._taken.get((reference, piece.layer), (ZERO, ZERO))
            self.conserved.expect(
                ZERO < piece.quantity <= quantity and piece.value <= value,
                told,
                f"{plain(piece.quantity)} go back to layer {piece.layer}, but {reference} "
                f"holds {plain(quantity)} of it",
            )
            self._taken[reference, piece.layer] = (quantity - piece.quantity, value - piece.value)
            layer.quantity += piece.quantity
            layer.value += piece.value
            self._agrees(told, layer, piece)

    def _settle(self, told: Told, fact: SuspenseSettled) -> None:
        missing = self._suspended.get(fact.draw, ZERO) - fact.quantity
        self._suspended[fact.draw] = missing
        self.suspense.expect(
            missing == fact.missing and missing >= 0,
            told,
            f"draw {fact.draw} is said to lack {plain(fact.missing)}; by its facts it lacks {plain(missing)}",
        )

    def _known(self, told: Told, piece: Piece) -> _Layer | None:
        layer = self._layers.get(piece.layer)
        of_this = layer is not None and layer.told.envelope.stream == told.envelope.stream
        self.traced.expect(of_this, told, f"layer {piece.layer} was never opened in this ledger")
        return layer if of_this else None

    def _agrees(self, told: Told, layer: _Layer, piece: Piece) -> None:
        """The stated rest is the rest by arithmetic, and an empty layer is worth nothing."""
        self.conserved.expect(
            piece.left == layer.quantity and (layer.quantity != 0 or layer.value == 0),
            told,
            f"layer {piece.layer} is said to hold {plain(piece.left)}; by its movements it holds "
            f"{plain(layer.quantity)} worth USD {plain(layer.value)}",
        )

    def _was_there(self, told: Told, opened: LayerOpened, fact: Drawn) -> None:
        if opened.admitted_on == fact.removed_on:
            before = datetime.fromisoformat(opened.admitted_at) <= datetime.fromisoformat(fact.removed_at)
        else:
            before = opened.admitted_on < fact.removed_on
        self.traced.expect(
            before,
            told,
            f"withdrawal {fact.withdrawal} of {fact.removed_at} took from layer {opened.layer}, admitted at "
            f"{opened.admitted_at}",
        )

    def _is_unchanged(self, told: Told, opened: LayerOpened, piece: Piece) -> None:
        names = ("status", "pf_filed_on", "origin", "admitted_on", "admission", "unit")
        if opened.status == "P":
            names = (*names, "number", "revision")
        for name in names:
            was, now = getattr(opened, name), getattr(piece, name)
            self.frozen.expect(was == now, told, f"{name} of layer {piece.layer} was {was} and is now {now}")

    def finish(self) -> None:
        """What can be said only when every stream was read: receipts and layers answer to each other."""
        for layer in self._layers.values():
            if layer.opened.opened_by:
                self._movement_of(layer)
            elif not layer.opened.returned_from:
                self._admission_of(layer)
        for told, goods in self._missing():
            what = f"line {goods.line}, receipt {goods.receipt}: admitted, but no layer was opened for it"
            self.conserved.found(told.envelope.stream, told.envelope.streamversion, what)

    def _movement_of(self, layer: _Layer) -> None:
        """What a movement opened, it says so; what was only moved is what it was before."""
        opened = layer.opened
        moved = self._on_the_move.get((opened.movement, layer.told.envelope.stream))
        self.traced.expect(
            moved is not None and opened.layer in moved.opened,
            layer.told,
            f"layer {opened.layer} names movement {opened.movement}, which does not open it",
        )
        if opened.opened_by not in ("relocated", "held", "released", "status-changed"):
            return
        before = self._layers.get(opened.parent)
        whole = sum((p.quantity for p in moved.pieces), ZERO) if moved else ZERO
        self.conserved.expect(
            moved is not None and whole == moved.quantity,
            layer.told,
            f"movement {opened.movement} opens other than what it took",
        )
        self.frozen.expect(
            before is not None and before.opened.admission == opened.admission,
            layer.told,
            f"layer {opened.layer} does not keep the admission of layer {opened.parent}",
        )

    def _admission_of(self, layer: _Layer) -> None:
        opened = layer.opened
        found = self._admitted.get((opened.admission, opened.line, opened.receipt))
        where = f"{opened.admission} line {opened.line}, receipt {opened.receipt}"
        if not self.traced.expect(
            found is not None, layer.told, f"layer {opened.layer} names {where}: nothing was admitted there"
        ):
            return
        assert found is not None  # noqa: S101 expected just above
        goods = found[1]
        names = (
            "quantity",
            "unit",
            "value",
            "status",
            "pf_filed_on",
            "origin",
            "number",
            "revision",
            "admitted_on",
        )
        for name in names:
            was, now = getattr(goods, name), getattr(opened, name)
            self.frozen.expect(
                was == now, layer.told, f"{name} was {was} in {where} and is {now} in layer {opened.layer}"
            )

    def _missing(self) -> Iterator[tuple[Told, GoodsAdmitted]]:
        opened = {
            (at.opened.admission, at.opened.line, at.opened.receipt)
            for at in self._layers.values()
            if not at.opened.opened_by
        }
        self.conserved.evaluated += len(self._admitted)
        for key, found in self._admitted.items():
            if key not in opened:
                yield found
