"""Counted against the book: what agrees, what has an explanation, and what probably happened to the rest.

19 CFR 146.23(c): discrepancies of a physical inventory or a cycle count are told to the port director as
146.53 says. The book is that of `through`, the instant of the figures, as known now.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

import msgspec

from ftz_common.contracts.counts import Difference
from ftz_common.contracts.inventory import Content, Drawn, DrawReversed, LayerOpened, Piece
from ftz_common.contracts.movements import GoodsBroughtBack, GoodsMoved, MovementReversed
from ftz_common.values.calendar import parse_instant
from ftz_common.values.exact import ZERO, plain, share
from ftz_inventory.domain.draft import converted
from ftz_inventory.domain.layer import Layer
from ftz_inventory.domain.stock import Ledger

#: What leaves or comes within a day after the count may have been picked, or shelved, before it.
AROUND = timedelta(days=1)
#: How far back a parcel is looked for that fits a difference.
BACK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that changed a balance: when, by how much, and what it was."""

    at: datetime
    by: Decimal
    what: Literal["in", "out"]
    name: str


@dataclass(slots=True)
class Story:
    """What happened in a ledger, by unit, in time."""

    moments: dict[str, list[Moment]] = field(default_factory=dict[str, list[Moment]])

    def at(self, unit: str, through: datetime) -> Decimal:
        """The balance at an instant, as known now."""
        return sum((m.by for m in self.moments.get(unit, []) if m.at <= through), ZERO)

    def between(self, unit: str, first: datetime, last: datetime, what: str) -> list[Moment]:
        """What came in or went out after `first`, until `last`."""
        return [m for m in self.moments.get(unit, []) if first < m.at <= last and m.what == what]


def story_of(facts: Iterable[Any]) -> Story:
    """The moments of a ledger's facts; what was taken back never happened."""
    story = Story()
    opened: dict[str, datetime] = {}
    left: dict[str, tuple[datetime, str]] = {}
    for fact in facts:
        match fact:
            case LayerOpened():
                at = opened.get(fact.movement) or parse_instant(fact.admitted_at)
                _add(story, fact.unit, Moment(at, fact.quantity, "in", fact.admission_number or fact.receipt))
            case GoodsMoved():
                opened[fact.movement] = parse_instant(fact.at)
                _pieces(story, fact.pieces, opened[fact.movement], -1, f"movement {fact.movement}")
            case GoodsBroughtBack():
                _pieces(story, fact.pieces, parse_instant(fact.at), 1, f"return {fact.back}")
            case MovementReversed():
                _pieces(story, fact.pieces, opened[fact.movement], 1, f"movement {fact.movement}")
                _pieces(story, fact.emptied, opened[fact.movement], -1, f"movement {fact.movement}")
            case Drawn():
                left[fact.withdrawal] = (parse_instant(fact.removed_at), f"parcel {fact.parcel}")
                _pieces(story, fact.pieces, *_signed(left[fact.withdrawal], -1))
            case DrawReversed():
                _pieces(story, fact.pieces, *_signed(left[fact.withdrawal], 1))
            case _:
                pass
    return story


def _signed(of: tuple[datetime, str], sign: int) -> tuple[datetime, int, str]:
    return of[0], sign, of[1]


def _pieces(story: Story, pieces: Iterable[Piece], at: datetime, sign: int, name: str) -> None:
    for piece in pieces:
        _add(story, piece.unit, Moment(at, sign * piece.quantity, "in" if sign > 0 else "out", name))


def _add(story: Story, unit: str, moment: Moment) -> None:
    story.moments.setdefault(unit, []).append(moment)


def in_stock_unit(ledger: Ledger, unit: str, quantity: Decimal) -> tuple[str, Decimal]:
    """What was counted in the unit that the goods are kept in; ("", 0) when it does not convert exactly."""
    layers = [*ledger.layers.values()] or [*ledger.every_layer()]
    if not layers or any(layer.unit == unit for layer in layers):
        return unit, quantity
    for layer in layers:
        for measure in layer.measures:
            if measure.unit == unit:
                return converted(layer.unit, quantity, measure.quantity) if quantity else (layer.unit, ZERO)
    return "", ZERO


def differs(
    ledger: Ledger, story: Story, unit: str, counted: Decimal, through: datetime
) -> Difference | None:
    """The difference of one UIN and unit; None when count and book agree."""
    book = story.at(unit, through)
    variance = counted - book
    if not variance:
        return None
    explained, why = _explained(ledger, story, unit, variance, through)
    rest = abs(variance) - explained
    pieces = _missing(ledger, unit, rest) if variance < 0 else []
    value = sum((p.value for p in pieces), ZERO) if variance < 0 else _worth_of_more(ledger, unit, rest)
    cause = why if not rest else _cause(ledger, story, unit, variance, through)
    return Difference(
        uin=ledger.uin,
        unit=unit,
        counted=counted,
        book=book,
        variance=variance,
        value=-value if variance < 0 else value,
        verdict="explained" if not rest else "discrepancy",
        explained=explained,
        cause="; ".join(text for text in (why, cause) if text) if rest else why,
        pieces=pieces,
    )


def _explained(
    ledger: Ledger, story: Story, unit: str, variance: Decimal, through: datetime
) -> tuple[Decimal, str]:
    """In transit (picked before, left after; shelved before, reported after), or a removal in suspense."""
    if variance < 0:
        gone = story.between(unit, through, through + AROUND, "out")
        found = min(-variance, -sum((moment.by for moment in gone), ZERO))
        return found, f"in transit: {_names(gone)}" if found > 0 else ""
    came = story.between(unit, through, through + AROUND, "in")
    found = min(variance, sum((moment.by for moment in came), ZERO))
    why = f"in transit: {_names(came)}" if found > 0 else ""
    suspended = [ledger.draws[draw] for draw in ledger.suspended if ledger.draws[draw].unit == unit]
    if suspended and found < variance:
        parcels = ", ".join(f"parcel {draw.parcel}" for draw in suspended[:3])
        return variance, f"suspended draw: the receipt behind {parcels} is not in the book"
    return found, why


def _names(moments: Sequence[Moment]) -> str:
    names = list(dict.fromkeys(moment.name for moment in moments))
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _cause(ledger: Ledger, story: Story, unit: str, variance: Decimal, through: datetime) -> str:
    """What probably happened: a removal that fits exactly, or an order whose goods are kept."""
    if variance > 0:
        left = [m for m in story.between(unit, through - BACK, through, "out") if -m.by == variance]
        return f"perhaps {left[-1].name} was reported and did not leave" if left else "not known"
    kept = [d for d in ledger.demands.values() if d.unit == unit and d.kept == -variance]
    return f"perhaps {kept[-1].order} left and was not reported" if kept else "not known"


def mixed_up(differences: Sequence[Difference]) -> list[Difference]:
    """Two parts that differ by the same number the other way round were probably taken for each other."""
    by_variance: Mapping[tuple[str, Decimal], Difference] = {
        (d.unit, d.variance): d for d in differences if d.verdict == "discrepancy"
    }
    found: list[Difference] = []
    for each in differences:
        other = by_variance.get((each.unit, -each.variance))
        mixed = each.verdict == "discrepancy" and each.cause == "not known" and other is not None
        found.append(_because(each, f"perhaps mixed up with {other.uin}") if mixed and other else each)
    return found


def _because(difference: Difference, cause: str) -> Difference:
    return msgspec.structs.replace(difference, cause=cause)


def _layers(ledger: Ledger, unit: str) -> list[Layer]:
    return sorted((x for x in ledger.layers.values() if x.unit == unit), key=lambda layer: layer.rank)


def _missing(ledger: Ledger, unit: str, quantity: Decimal) -> list[Content]:
    """The goods that would be missing: the next to leave."""
    found: list[Content] = []
    for layer in _layers(ledger, unit):
        if not quantity:
            break
        part = min(quantity, layer.left)
        found.append(_content(ledger, layer, part))
        quantity -= part
    return found


def _content(ledger: Ledger, layer: Layer, part: Decimal) -> Content:
    return Content(
        layer=layer.id,
        ledger=ledger.stream,
        uin=ledger.uin,
        admission=layer.admission,
        admission_number=layer.admission_number,
        admission_line=layer.line,
        admitted_on=layer.admitted_on,
        quantity=part,
        unit=layer.unit,
        value=share(layer.worth, part, layer.left),
        status=layer.status,
        pf_filed_on=layer.pf_filed_on,
        origin=layer.origin,
        number=layer.number,
        revision=layer.revision,
        decision=layer.decision,
        measures=layer.measures,
    )


def _worth_of_more(ledger: Ledger, unit: str, quantity: Decimal) -> Decimal:
    """What is over is worth what the last layer's goods are."""
    layers = _layers(ledger, unit) or sorted(ledger.every_layer(), key=lambda layer: layer.rank)
    layers = [layer for layer in layers if layer.unit == unit]
    return share(layers[-1].value, quantity, layers[-1].quantity) if layers else ZERO


def shortage(difference: Difference) -> Decimal:
    """Which part of the book's quantity is missing and not explained; 0 when nothing is."""
    if difference.variance >= 0 or not difference.book:
        return ZERO
    rest = -difference.variance - difference.explained
    return share(Decimal(1), rest, difference.book)


def said(difference: Difference) -> str:
    """A difference in words."""
    sign = "+" if difference.variance > 0 else ""
    return f"{difference.uin}: {sign}{plain(difference.variance)} {difference.unit}"
