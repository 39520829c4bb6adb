"""What would have been drawn, had everything been told in time: shown, and never silently drawn again.

A late receipt or a late cancellation changes which layer was the oldest when goods left. What was entered
stays as it was entered; this says where it would differ, so that a person can correct the entry
(19 CFR 146.23(a)(2), 146.24(a)(2)).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ftz_common.contracts.inventory import Drawn, DrawReversed, LayerOpened
from ftz_common.contracts.movements import GoodsBroughtBack, GoodsMoved, MovementReversed
from ftz_common.values.calendar import parse_instant
from ftz_common.values.exact import ZERO
from ftz_inventory.domain.draft import admitted_by
from ftz_inventory.domain.layer import ELIGIBLE, Layer, layer_of
from ftz_inventory.domain.method import Method, grouped


@dataclass(slots=True)
class Share:
    """What a removal took of a layer, and what it would take."""

    layer: str
    admission_number: str
    admitted_on: str
    status: str
    drawn: Decimal
    would_be: Decimal


@dataclass(slots=True)
class Removal:
    """A removal whose attribution would be another."""

    draw: str
    order: str
    line: int
    parcel: str
    disposition: str
    removed_at: str
    removed_on: str
    week: str
    shares: list[Share] = field(default_factory=list[Share])


@dataclass(slots=True)
class _Book:
    layers: dict[str, Layer] = field(default_factory=dict[str, Layer])
    since: dict[str, str] = field(default_factory=dict[str, str])
    left: dict[str, Decimal] = field(default_factory=dict[str, Decimal])
    draws: dict[str, Drawn] = field(default_factory=dict[str, Drawn])
    taken: dict[str, dict[str, Decimal]] = field(default_factory=dict[str, dict[str, Decimal]])


def attribution(facts: Iterable[Any], method: Method) -> list[Removal]:
    """Removals that would take other layers by the method, as known now; in the order in which they left.

    Movements stay as they were: they name their layers. Removals by zone lot name theirs, too.
    """
    book = _read(facts)
    found: list[Removal] = []
    for draw, first in sorted(book.draws.items(), key=lambda d: (parse_instant(d[1].removed_at), d[0])):
        was = {layer: quantity for layer, quantity in book.taken[draw].items() if quantity}
        would: dict[str, Decimal] = {}
        wanted = sum(was.values(), ZERO)
        for layer in _would_leave(book, first, method):
            part = min(wanted, book.left[layer.id])
            if part:
                would[layer.id] = part
                book.left[layer.id] -= part
                wanted -= part
            if not wanted:
                break
        if would != was:
            found.append(_removal(book, first, was, would))
    return found


def _read(facts: Iterable[Any]) -> _Book:
    book = _Book()
    for fact in facts:
        match fact:
            case LayerOpened():
                book.layers[fact.layer] = layer_of(fact)
                book.since[fact.layer] = fact.opened_on or fact.admitted_on
                book.left[fact.layer] = fact.quantity
            case Drawn():
                book.draws.setdefault(fact.draw, fact)
                _count(book.taken.setdefault(fact.draw, {}), fact.pieces, 1)
            case DrawReversed():
                _count(book.taken[fact.draw], fact.pieces, -1)
            case GoodsMoved():
                _count(book.left, fact.pieces, -1)
            case GoodsBroughtBack():
                _count(book.left, fact.pieces, 1)
            case MovementReversed():
                _count(book.left, fact.pieces, 1)
                _count(book.left, fact.emptied, -1)
            case _:
                pass
    return book


def _count(sums: dict[str, Decimal], pieces: Iterable[Any], sign: int) -> None:
    for piece in pieces:
        sums[piece.layer] = sums.get(piece.layer, ZERO) + sign * piece.quantity


def _would_leave(book: _Book, draw: Drawn, method: Method) -> Iterator[Layer]:
    unit = draw.pieces[0].unit
    queues: dict[tuple[str, str], list[str]] = {}
    for layer in sorted(book.layers.values(), key=lambda each: each.rank, reverse=True):
        eligible = layer.unit == unit and layer.status in ELIGIBLE[draw.disposition] and not layer.holds
        there = (
            admitted_by(layer, draw.removed_at, draw.removed_on) and book.since[layer.id] <= draw.removed_on
        )
        if eligible and there and draw.lot in ("", layer.zone_lot):
            queues.setdefault((layer.status, layer.origin), []).append(layer.id)
    asked = [(status, origin, pool) for (status, origin), pool in queues.items()]
    for group in grouped(method, asked, lambda pool: book.layers[pool[-1]].rank):
        names = [name for pool in group for name in pool]
        yield from sorted((book.layers[name] for name in names), key=lambda layer: layer.rank)


def _removal(book: _Book, draw: Drawn, was: dict[str, Decimal], would: dict[str, Decimal]) -> Removal:
    removal = Removal(
        draw.draw,
        draw.order,
        draw.line,
        draw.parcel,
        draw.disposition,
        draw.removed_at,
        draw.removed_on,
        draw.week,
    )
    for name in sorted({*was, *would}, key=lambda each: book.layers[each].rank):
        layer = book.layers[name]
        if was.get(name, ZERO) != would.get(name, ZERO):
            removal.shares.append(
                Share(
                    name,
                    layer.admission_number,
                    layer.admitted_on,
                    layer.status,
                    was.get(name, ZERO),
                    would.get(name, ZERO),
                )
            )
    return removal
