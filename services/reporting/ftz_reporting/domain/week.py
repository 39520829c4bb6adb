"""The withdrawals of a week with their layers: what left, under which admission, what it may owe."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

import msgspec

from ftz_common.contracts.duty import PricedPiece
from ftz_common.contracts.inventory import Piece
from ftz_common.values.exact import ZERO, plain
from ftz_common.values.names import stream_parts
from ftz_reporting.domain.sheet import Column, Sheet
from ftz_reporting.domain.viewed import Left, Priced, TakenBack, Viewed


class Withdrawal(NamedTuple):
    """A withdrawal of the week: its pieces as drawn, what was taken back by layer, what it owes by layer."""

    withdrawal: str
    left: Left
    taken_back: dict[str, Piece]
    priced: dict[str, PricedPiece]

    def net(self, piece: Piece) -> tuple[Decimal, Decimal]:
        """Quantity and exact value (USD) that stayed away of a piece."""
        back = self.taken_back.get(piece.layer)
        if back is None:
            return piece.quantity, piece.value
        return piece.quantity - back.quantity, piece.value - back.value


def withdrawals(rows: Iterable[tuple[str, Viewed]]) -> list[Withdrawal]:
    """The withdrawals that these rows (by key) make up, in order of removal."""
    left: dict[str, Left] = {}
    back: dict[str, dict[str, Piece]] = {}
    priced: dict[str, dict[str, PricedPiece]] = {}
    for key, row in rows:
        name = stream_parts(key.split(" ", 1)[0])[-1]
        match row:
            case Left():
                left[name] = row
            case TakenBack():
                _add(back.setdefault(name, {}), row.pieces)
            case Priced():
                priced[name] = {piece.layer: piece for piece in row.pieces}
            case _:
                continue
    found = [Withdrawal(name, row, back.get(name, {}), priced.get(name, {})) for name, row in left.items()]
    return sorted(found, key=lambda w: (w.left.removed_at, w.left.order, w.left.line, w.withdrawal))


def _add(back: dict[str, Piece], pieces: list[Piece]) -> None:
    for piece in pieces:
        before = back.get(piece.layer)
        if before is None:
            back[piece.layer] = piece
        else:
            quantity, value = before.quantity + piece.quantity, before.value + piece.value
            back[piece.layer] = msgspec.structs.replace(piece, quantity=quantity, value=value)


_COLUMNS = (
    Column("removed_on", "Removed"),
    Column("order", "Order"),
    Column("line", "Line", True),
    Column("parcel", "Parcel"),
    Column("disposition", "Disposition"),
    Column("uin", "UIN"),
    Column("layer", "Layer"),
    Column("admission", "214"),
    Column("admitted_on", "Admitted"),
    Column("status", "Status"),
    Column("origin", "Origin"),
    Column("number", "Number"),
    Column("quantity", "Quantity", True),
    Column("unit", "Unit"),
    Column("value_usd", "Value USD", True),
    Column("duty_usd", "Duty USD", True),
    Column("remark", "Remark"),
)


def week_sheet(
    found: list[Withdrawal], *, zone: str, account: str, week: str, notes: Iterable[str] = ()
) -> Sheet:
    """One row per piece. Duty is provisional and of the whole piece as drawn; the entry fixes it."""
    rows: list[tuple[str, ...]] = []
    value = duty = ZERO
    for one in found:
        for piece in one.left.pieces:
            quantity, worth = one.net(piece)
            owed, remark = _owed(one, piece, quantity)
            value, duty = value + worth, duty + (owed or ZERO)
            amounts = plain(quantity), piece.unit, plain(worth), "" if owed is None else plain(owed), remark
            rows.append((*_goods(one.left, piece), *amounts))
    return Sheet(
        name="withdrawals of a week",
        title=f"Withdrawals of {account}, week of {week}, zone {zone}",
        about=[("withdrawals", str(len(found)))],
        columns=_COLUMNS,
        rows=rows,
        totals=[("value_usd", plain(value)), ("duty_usd", plain(duty))] if rows else [],
        notes=[
            "Duty is provisional: column 1 general rates only; the entry summary fixes date, revision and "
            "rate, rounds once per line and adds MPF.",
            *notes,
        ],
    )


def _owed(one: Withdrawal, piece: Piece, quantity: Decimal) -> tuple[Decimal | None, str]:
    if quantity == 0:
        return None, "taken back before it left"
    remark = "" if quantity == piece.quantity else "partly taken back"
    if one.left.disposition != "consumption":
        return None, f"{one.left.destination_country}: owes nothing here once its in-bond is closed"
    priced = one.priced.get(piece.layer)
    if priced is None:
        return None, remark or ("domestic" if piece.status == "D" else "not priced yet")
    if priced.duty is None:
        return None, f"not priced: {priced.not_priced}"
    return priced.duty, remark


def _goods(left: Left, piece: Piece) -> tuple[str, ...]:
    return (
        left.removed_on,
        stream_parts(left.order)[-1],
        str(left.line),
        left.parcel,
        left.disposition,
        left.uin,
        piece.layer,
        piece.admission_number,
        piece.admitted_on,
        piece.status,
        piece.origin,
        piece.number,
    )
