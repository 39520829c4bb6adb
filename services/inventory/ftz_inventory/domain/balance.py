"""Balances by date: what was in each layer at the end of a local day (19 CFR 146.23(b)(4))."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ftz_common.contracts.inventory import Drawn, DrawReversed, LayerOpened
from ftz_common.contracts.movements import GoodsBroughtBack, GoodsMoved, MovementReversed
from ftz_common.values.exact import ZERO


@dataclass(slots=True)
class BalanceRow:
    """A layer at the end of a day. Quantities in `unit`; `worth` is the exact value left, in USD."""

    layer: str
    site: str
    account: str
    uin: str
    admission: str
    admission_number: str
    line: int
    receipt: str
    admitted_on: str
    status: str
    pf_filed_on: str | None
    origin: str
    number: str
    unit: str
    opened: Decimal
    drawn: Decimal
    left: Decimal
    worth: Decimal
    returned_from: str = ""
    location: str = ""
    holds: list[str] = field(default_factory=list[str])
    lot: str = ""
    opened_by: str = ""
    parent: str = ""

    @property
    def rank(self) -> tuple[str, str, str, int, str, str]:
        """By UIN, then in the order in which layers leave."""
        return (self.uin, self.admitted_on, self.admission_number, self.line, self.receipt, self.layer)


class Balance:
    """Rows as of a day, told fact by fact: a ledger's history is never held whole."""

    def __init__(self, as_of: str) -> None:
        self._as_of = as_of
        self._rows: dict[str, BalanceRow] = {}
        self._removed: dict[str, str] = {}

    def tell(self, fact: Any) -> None:
        """The next fact of a ledger."""
        rows, as_of = self._rows, self._as_of
        match fact:
            case LayerOpened():
                if (fact.opened_on or fact.admitted_on) <= as_of:
                    rows[fact.layer] = _row(fact)
            case Drawn():
                self._removed[fact.withdrawal] = fact.removed_on
                _count(rows, fact, fact.removed_on <= as_of, 1)
            case DrawReversed():
                _count(rows, fact, self._removed[fact.withdrawal] <= as_of, -1)
            case GoodsMoved():
                _count(rows, fact, fact.on <= as_of, 1)
            case GoodsBroughtBack():
                _count(rows, fact, fact.on <= as_of, -1)
            case MovementReversed():
                _count(rows, fact, fact.on <= as_of, -1)
                _shut(rows, fact)
            case _:
                pass

    def rows(self) -> list[BalanceRow]:
        """By UIN, then in the order in which layers leave."""
        return sorted(self._rows.values(), key=lambda row: row.rank)


def balance(facts: Iterable[Any], as_of: str) -> list[BalanceRow]:
    """The layers admitted by the local day `as_of` (ISO), with what had left by its end, as known now.

    Facts of one or more ledgers, each ledger's in their order. A layer counts from its admission date, a
    draw from its removal date, however late we learned of them; a draw that was taken back never left. For
    what was known at an earlier time, give only the facts recorded by then.
    """
    found = Balance(as_of)
    for fact in facts:
        found.tell(fact)
    return found.rows()


def _row(fact: LayerOpened) -> BalanceRow:
    return BalanceRow(
        layer=fact.layer,
        site=fact.site,
        account=fact.account,
        uin=fact.uin,
        admission=fact.admission,
        admission_number=fact.admission_number,
        line=fact.line,
        receipt=fact.receipt,
        admitted_on=fact.admitted_on,
        status=fact.status,
        pf_filed_on=fact.pf_filed_on,
        origin=fact.origin,
        number=fact.number,
        unit=fact.unit,
        opened=fact.quantity,
        drawn=ZERO,
        left=fact.quantity,
        worth=fact.value,
        returned_from=fact.returned_from,
        location=fact.location,
        holds=fact.holds,
        lot=fact.lot or f"{fact.admission_number}/{fact.line}",
        opened_by=fact.opened_by,
        parent=fact.parent,
    )


def _shut(rows: dict[str, BalanceRow], fact: MovementReversed) -> None:
    """What a movement opened that did not happen was never there."""
    for piece in fact.emptied:
        rows.pop(piece.layer, None)


_Moves = Drawn | DrawReversed | GoodsMoved | GoodsBroughtBack | MovementReversed


def _count(rows: dict[str, BalanceRow], fact: _Moves, counts: bool, sign: int) -> None:
    if counts:
        for piece in fact.pieces:
            row = rows[piece.layer]
            row.drawn += sign * piece.quantity
            row.left -= sign * piece.quantity
            row.worth -= sign * piece.value
