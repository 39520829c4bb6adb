"""Which rows of the views a fact makes: a pure function of that one fact.

A row belongs to one fact of one stream, and its key ends with that fact's place: so a row is through its
version by its name, may be written twice or out of order, and an instance that lost its partition cannot
put an old state over a new one. Totals are computed from rows when asked.
"""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from ftz_common.contracts import duty, inventory, movements
from ftz_common.contracts.common import OutcomeGiven
from ftz_common.contracts.duty import PricedPiece
from ftz_common.contracts.envelope import Envelope
from ftz_common.contracts.fact import Fact
from ftz_common.contracts.inventory import Piece
from ftz_common.values.names import stream_name, stream_parts
from ftz_reporting.domain.places import place_key
from ftz_reporting.domain.steps import Step, step


class Opened(msgspec.Struct, frozen=True, kw_only=True, tag="opened"):
    """A layer, as it was opened."""

    site: str
    admission: str
    admission_number: str
    line: int
    receipt: str
    admitted_on: str
    quantity: Decimal
    unit: str
    value: Decimal
    status: str
    pf_filed_on: str | None
    origin: str
    number: str
    revision: str
    returned_from: str
    opened_on: str = ""  #: where that is not the admission date


class Taken(msgspec.Struct, frozen=True, kw_only=True, tag="taken"):
    """What a withdrawal took of a layer, on its local date."""

    withdrawal: str
    order: str
    on: str
    quantity: Decimal
    value: Decimal
    disposition: str


class Restored(msgspec.Struct, frozen=True, kw_only=True, tag="restored"):
    """What went back to a layer: those goods never left. `at`: when we were told."""

    withdrawal: str
    at: str
    quantity: Decimal
    value: Decimal


class Left(msgspec.Struct, frozen=True, kw_only=True, tag="left"):
    """A withdrawal of a week, with what it took of which layers."""

    draw: str
    uin: str
    order: str
    line: int
    parcel: str
    disposition: str
    destination_country: str
    removed_at: str
    removed_on: str
    pieces: list[Piece]


class TakenBack(msgspec.Struct, frozen=True, kw_only=True, tag="taken-back"):
    """The withdrawal, or a part of it, did not leave after all."""

    reason: str
    pieces: list[Piece]


class Priced(msgspec.Struct, frozen=True, kw_only=True, tag="priced"):
    """What the withdrawal owes, provisionally."""

    entry: str
    priced_on: str
    pieces: list[PricedPiece]


class Answered(msgspec.Struct, frozen=True, kw_only=True, tag="answered"):
    """An answer to a platform's event; `recorded_at` decides which is the latest."""

    recorded_at: str
    result: str
    event_type: str
    code: str
    reason: str
    citation: str
    remedy: str
    place: str
    dropped_fields: list[str]
    subject: str


Viewed = Opened | Taken | Restored | Left | TakenBack | Priced | Answered | Step


class ViewRow(NamedTuple):
    """A row and its key: "<view>/<what it is about> <place>"."""

    key: str
    body: Viewed


def stock_key(*parts: str) -> str:
    """The beginning of stock rows: zone, account, UIN, layer, as far as given."""
    return stream_name("stock", *parts)


def withdrawals_key(*parts: str) -> str:
    """The beginning of withdrawal rows: zone, account, week, withdrawal, as far as given."""
    return stream_name("withdrawals", *parts)


def outcomes_key(source: str, event: str) -> str:
    """The beginning of the rows of one event."""
    return stream_name("outcomes", source, event)


def rows(fact: Fact, envelope: Envelope) -> Iterable[ViewRow]:
    """The rows that this fact makes; most facts make none."""
    made = _ROWS.get(type(fact))
    if made is not None:
        return made(fact, envelope, place_key(envelope.stream, envelope.streamversion, envelope.factindex))
    found = step(fact, envelope.time)
    if found is None:
        return ()
    view, state = found
    place = place_key(envelope.stream, envelope.streamversion, envelope.factindex)
    return (ViewRow(f"{view}/{envelope.stream.partition('/')[2]} {place}", state),)


def _opened(fact: inventory.LayerOpened, _envelope: Envelope, place: str) -> list[ViewRow]:
    key = f"{stock_key(fact.zone, fact.account, fact.uin, fact.layer)} {place}"
    opened = Opened(
        site=fact.site,
        admission=fact.admission,
        admission_number=fact.admission_number,
        line=fact.line,
        receipt=fact.receipt,
        admitted_on=fact.admitted_on,
        quantity=fact.quantity,
        unit=fact.unit,
        value=fact.value,
        status=fact.status,
        pf_filed_on=fact.pf_filed_on,
        origin=fact.origin,
        number=fact.number,
        revision=fact.revision,
        returned_from=fact.returned_from,
        opened_on=fact.opened_on,
    )
    return [ViewRow(key, opened)]


def _drawn(fact: inventory.Drawn, _envelope: Envelope, place: str) -> Iterator[ViewRow]:
    for number, piece in enumerate(fact.pieces):
        taken = Taken(
            withdrawal=fact.withdrawal,
            order=fact.order,
            on=fact.removed_on,
            quantity=piece.quantity,
            value=piece.value,
            disposition=fact.disposition,
        )
        key = stock_key(fact.zone, fact.account, fact.uin, piece.layer)
        yield ViewRow(f"{key} {place}.{number:03d}", taken)
    left = Left(
        draw=fact.draw,
        uin=fact.uin,
        order=fact.order,
        line=fact.line,
        parcel=fact.parcel,
        disposition=fact.disposition,
        destination_country=fact.destination_country,
        removed_at=fact.removed_at,
        removed_on=fact.removed_on,
        pieces=fact.pieces,
    )
    yield ViewRow(f"{withdrawals_key(fact.zone, fact.account, fact.week, fact.withdrawal)} {place}", left)


def _reversed(fact: inventory.DrawReversed, envelope: Envelope, place: str) -> Iterator[ViewRow]:
    uin = stream_parts(envelope.stream)[-1]
    for number, piece in enumerate(fact.pieces):
        restored = Restored(
            withdrawal=fact.withdrawal, at=envelope.time, quantity=piece.quantity, value=piece.value
        )
        key = stock_key(fact.zone, fact.account, uin, piece.layer)
        yield ViewRow(f"{key} {place}.{number:03d}", restored)
    back = TakenBack(reason=fact.reason, pieces=fact.pieces)
    yield ViewRow(f"{withdrawals_key(fact.zone, fact.account, fact.week, fact.withdrawal)} {place}", back)


def _moved(fact: movements.GoodsMoved, envelope: Envelope, place: str) -> Iterator[ViewRow]:
    for number, piece in enumerate(fact.pieces):
        taken = Taken(
            withdrawal=fact.movement,
            order=envelope.stream,
            on=fact.on,
            quantity=piece.quantity,
            value=piece.value,
            disposition=fact.kind,
        )
        key = stock_key(fact.zone, fact.account, fact.uin, piece.layer)
        yield ViewRow(f"{key} {place}.{number:03d}", taken)


def _brought_back(fact: movements.GoodsBroughtBack, envelope: Envelope, place: str) -> Iterator[ViewRow]:
    """Goods that were out are in their layers from the day they came back."""
    for number, piece in enumerate(fact.pieces):
        taken = Taken(
            withdrawal=fact.back,
            order=envelope.stream,
            on=fact.on,
            quantity=-piece.quantity,
            value=-piece.value,
            disposition="brought-back",
        )
        key = stock_key(fact.zone, fact.account, fact.uin, piece.layer)
        yield ViewRow(f"{key} {place}.{number:03d}", taken)


def _unmoved(fact: movements.MovementReversed, envelope: Envelope, place: str) -> Iterator[ViewRow]:
    """Its pieces never left, and what it had opened never was: from the day of the movement."""
    for number, piece in enumerate(fact.pieces):
        restored = Restored(
            withdrawal=fact.movement, at=envelope.time, quantity=piece.quantity, value=piece.value
        )
        key = stock_key(fact.zone, fact.account, fact.uin, piece.layer)
        yield ViewRow(f"{key} {place}.{number:03d}", restored)
    for number, piece in enumerate(fact.emptied, len(fact.pieces)):
        taken = Taken(
            withdrawal=fact.movement,
            order=envelope.stream,
            on=fact.on,
            quantity=piece.quantity,
            value=piece.value,
            disposition="reversed",
        )
        key = stock_key(fact.zone, fact.account, fact.uin, piece.layer)
        yield ViewRow(f"{key} {place}.{number:03d}", taken)


def _priced(fact: duty.WithdrawalPriced, _envelope: Envelope, place: str) -> list[ViewRow]:
    _, zone, account, week = stream_parts(fact.entry)
    priced = Priced(entry=fact.entry, priced_on=fact.priced_on, pieces=fact.pieces)
    return [ViewRow(f"{withdrawals_key(zone, account, week, fact.withdrawal)} {place}", priced)]


def _answered(fact: OutcomeGiven, envelope: Envelope, place: str) -> list[ViewRow]:
    answered = Answered(
        recorded_at=envelope.recordedtime,
        result=fact.result,
        event_type=fact.event_type,
        code=fact.code,
        reason=fact.reason,
        citation=fact.citation,
        remedy=fact.remedy,
        place=fact.place,
        dropped_fields=fact.dropped_fields,
        subject=fact.subject or envelope.stream,
    )
    return [ViewRow(f"{outcomes_key(fact.source, fact.event)} {place}", answered)]


_ROWS: dict[type[Fact], Callable[[Any, Envelope, str], Iterable[ViewRow]]] = {
    inventory.LayerOpened: _opened,
    inventory.Drawn: _drawn,
    inventory.DrawReversed: _reversed,
    movements.GoodsMoved: _moved,
    movements.GoodsBroughtBack: _brought_back,
    movements.MovementReversed: _unmoved,
    duty.WithdrawalPriced: _priced,
    OutcomeGiven: _answered,
}
