"""Balances by date: what was in each layer at the end of a local day (19 CFR 146.23(b)(4)).

A layer counts from its admission date, a draw from its removal date, however late we learned of them; a draw
that was taken back never left, and what a movement opened that did not happen was never there. The ledger
keeps what left each layer by date, and what came and went of all of them by date, so that a question about
a day reads no history.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from heapq import merge
from typing import NamedTuple

from ftz_common.values.exact import ZERO
from ftz_inventory.domain.layer import Layer, pool_of
from ftz_inventory.domain.stock import Day, Ledger


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
    returned_from: str
    location: str
    holds: list[str]
    lot: str
    opened_by: str
    parent: str


@dataclass(slots=True)
class Total:
    """All layers of a UIN of one status and unit at the end of a day; `worth` in USD."""

    site: str
    account: str
    uin: str
    status: str
    unit: str
    opened: Decimal
    drawn: Decimal
    left: Decimal
    worth: Decimal


# ---- what the ledger keeps ----------------------------------------------------------------------


def came_in(ledger: Ledger, layer: Layer) -> None:
    """A layer is opened, on the day from which it counts."""
    day = _day(ledger, layer, layer.opened_on)
    day.opened += layer.quantity
    day.value += layer.value


def left_on(ledger: Ledger, layer: Layer, on: str, quantity: Decimal, value: Decimal) -> None:
    """So much leaves a layer, or (below zero) comes back as if it had not left that day.

    What left before goods became what they are now, and was told later, counts from the day they became it:
    until then they stand in the layer that they were.
    """
    if not layer.opened_on:
        return
    on = max(on, layer.opened_on)
    day = _day(ledger, layer, on)
    day.drawn += quantity
    day.drawn_value += value
    before = layer.out.get(on, (ZERO, ZERO))
    after = (before[0] + quantity, before[1] + value)
    if after[0] or after[1]:
        layer.out[on] = after
    else:
        layer.out.pop(on, None)


def never_was(ledger: Ledger, layer: Layer) -> None:
    """A whole layer was opened by a movement that did not happen."""
    day = _day(ledger, layer, layer.opened_on)
    day.opened -= layer.quantity
    day.value -= layer.value
    layer.opened_on = ""


def _day(ledger: Ledger, layer: Layer, on: str) -> Day:
    return ledger.days.setdefault(on, {}).setdefault(pool_of(layer.status, layer.unit), Day())


# ---- what it answers ----------------------------------------------------------------------------


def totals(ledger: Ledger, as_of: str) -> list[Total]:
    """By status and unit, at the end of a local day (ISO): as many additions as days, not as layers."""
    sums: dict[str, Day] = {}
    for on, pools in ledger.days.items():
        if on <= as_of:
            for pool, day in pools.items():
                so_far = sums.setdefault(pool, Day())
                so_far.opened += day.opened
                so_far.value += day.value
                so_far.drawn += day.drawn
                so_far.drawn_value += day.drawn_value
    return [_total(ledger, pool, sums[pool]) for pool in sorted(sums) if sums[pool].opened]


def _total(ledger: Ledger, pool: str, day: Day) -> Total:
    status, _, unit = pool.partition("/")
    left, worth = day.opened - day.drawn, day.value - day.drawn_value
    return Total(ledger.site, ledger.account, ledger.uin, status, unit, day.opened, day.drawn, left, worth)


class Place(NamedTuple):
    """Where in a ledger's layers to go on: after an open layer, or at a page of exhausted ones."""

    layer: str = ""  #: "" and no page: at the start
    page: int = -1


class Looked(NamedTuple):
    """Layers looked at together, the row of each that was there on the day, and the place after them."""

    layers: int
    rows: list[BalanceRow]
    place: Place


START = Place()


def rows(ledger: Ledger, as_of: str, after: Place = START) -> Iterator[Looked]:
    """Each layer that was there at the end of a local day (ISO), a few at a time.

    Open ones first, in the order in which they leave, then exhausted ones, those exhausted first first.
    Raises KeyError for a layer that was never here.
    """
    if after.page < 0:
        for layer in _open_after(ledger, after.layer):
            yield Looked(1, list(_rows(ledger, [layer], as_of)), Place(layer.id))
    for page in range(max(0, after.page), ledger.exhausted_pages):
        layers = ledger.exhausted(page)
        yield Looked(len(layers), list(_rows(ledger, layers, as_of)), Place(page=page + 1))


def balance(ledger: Ledger, as_of: str) -> list[BalanceRow]:
    """Every row, in the order in which layers leave. There may be a million: a page is `rows`."""
    found = [row for looked in rows(ledger, as_of) for row in looked.rows]
    return sorted(found, key=rank)


def rank(row: BalanceRow) -> tuple[str, str, str, int, str, str]:
    """By UIN, then in the order in which layers leave."""
    return (row.uin, row.admitted_on, row.admission_number, row.line, row.receipt, row.layer)


def _open_after(ledger: Ledger, last: str) -> Iterator[Layer]:
    """Open layers by rank, after the rank of one; each pool is in order already, newest first."""
    start = ledger.layer(last).rank if last else None
    pools = [(ledger.layers[name] for name in _after(ledger, pool, start)) for pool in ledger.pools.values()]
    return merge(*pools, key=lambda layer: layer.rank)


def _after(ledger: Ledger, pool: list[str], start: tuple[str, str, int, str, str] | None) -> Iterator[str]:
    end = len(pool)
    if start is not None:
        low = 0
        while low < end:
            middle = (low + end) // 2
            if ledger.layers[pool[middle]].rank > start:
                low = middle + 1
            else:
                end = middle
    return (pool[index] for index in range(end - 1, -1, -1))


def _rows(ledger: Ledger, layers: list[Layer], as_of: str) -> Iterator[BalanceRow]:
    for layer in layers:
        if layer.opened_on and layer.opened_on <= as_of:
            gone = [each for on, each in layer.out.items() if on <= as_of]
            drawn, value = sum((q for q, _ in gone), ZERO), sum((v for _, v in gone), ZERO)
            yield _row(ledger, layer, drawn, value)


def _row(ledger: Ledger, layer: Layer, drawn: Decimal, value: Decimal) -> BalanceRow:
    return BalanceRow(
        layer=layer.id,
        site=ledger.site,
        account=ledger.account,
        uin=ledger.uin,
        admission=layer.admission,
        admission_number=layer.admission_number,
        line=layer.line,
        receipt=layer.receipt,
        admitted_on=layer.admitted_on,
        status=layer.status,
        pf_filed_on=layer.pf_filed_on,
        origin=layer.origin,
        number=layer.number,
        unit=layer.unit,
        opened=layer.quantity,
        drawn=drawn,
        left=layer.quantity - drawn,
        worth=layer.value - value,
        returned_from=layer.returned_from,
        location=layer.location,
        holds=layer.holds,
        lot=layer.zone_lot,
        opened_by=layer.opened_by,
        parent=layer.parent,
    )
