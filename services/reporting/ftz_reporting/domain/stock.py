"""Stock as of a date: what was in the zone at the end of that local day, by layer and by part and status.

Admissions count from their admission date, removals from the local date of removal. What a reversal put
back never left, so it counts as if it had not been drawn (19 CFR 146.23, 146.25: quantities by status).
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from ftz_common.values.exact import ZERO, plain
from ftz_common.values.names import stream_parts
from ftz_reporting.domain.sheet import Column, Sheet
from ftz_reporting.domain.viewed import Opened, Restored, Taken, Viewed


class LayerStock(NamedTuple):
    """What is left of one layer. Value is its exact USD share."""

    zone: str
    account: str
    uin: str
    layer: str
    opened: Opened
    quantity: Decimal
    value: Decimal


class Stock(NamedTuple):
    """The layers with goods in them, and the layers whose opening is not in the archive yet."""

    layers: list[LayerStock]
    unopened: list[str]


def stock(rows: Iterable[tuple[str, Viewed]], as_of: str) -> Stock:
    """The stock that these rows (by key) make up at the end of the local date `as_of` ("" is: now)."""
    layers: list[LayerStock] = []
    unopened: list[str] = []
    for name, movements in _by_layer(rows):
        opened = next((m for m in movements if isinstance(m, Opened)), None)
        if opened is None:
            unopened.append(name)
        elif not as_of or (opened.opened_on or opened.admitted_on) <= as_of:
            quantity, value = _left(opened, movements, as_of)
            if quantity:
                _, zone, account, uin, layer = stream_parts(name)
                layers.append(LayerStock(zone, account, uin, layer, opened, quantity, value))
    return Stock(layers, unopened)


def _by_layer(rows: Iterable[tuple[str, Viewed]]) -> Iterable[tuple[str, list[Viewed]]]:
    name, movements = "", list[Viewed]()
    for key, row in rows:
        about = key.split(" ", 1)[0]
        if about != name:
            if movements:
                yield name, movements
            name, movements = about, []
        movements.append(row)
    if movements:
        yield name, movements


def _left(opened: Opened, movements: list[Viewed], as_of: str) -> tuple[Decimal, Decimal]:
    quantity, value = opened.quantity, opened.value
    counted: set[str] = set()
    later: set[str] = set()
    for moved in movements:
        if isinstance(moved, Taken):
            if as_of and moved.on > as_of:
                later.add(moved.withdrawal)
                continue
            counted.add(moved.withdrawal)
            quantity, value = quantity - moved.quantity, value - moved.value
    for moved in movements:
        if isinstance(moved, Restored) and moved.withdrawal not in later:
            quantity, value = quantity + moved.quantity, value + moved.value
    return quantity, value


_BY_PART = (
    Column("zone", "Zone"),
    Column("account", "Account"),
    Column("uin", "UIN"),
    Column("status", "Status"),
    Column("layers", "Layers", True),
    Column("quantity", "Quantity", True),
    Column("unit", "Unit"),
    Column("value_usd", "Value USD", True),
)
_BY_LAYER = (
    Column("zone", "Zone"),
    Column("account", "Account"),
    Column("uin", "UIN"),
    Column("layer", "Layer"),
    Column("admission", "214"),
    Column("line", "Line", True),
    Column("receipt", "Receipt"),
    Column("admitted_on", "Admitted"),
    Column("status", "Status"),
    Column("pf_filed_on", "PF filed"),
    Column("origin", "Origin"),
    Column("number", "Number"),
    Column("quantity", "Quantity", True),
    Column("unit", "Unit"),
    Column("value_usd", "Value USD", True),
)


def by_part(found: Stock, as_of: str, notes: Iterable[str] = ()) -> Sheet:
    """One row per zone, account, UIN, status and unit."""
    groups: dict[tuple[str, str, str, str, str], list[LayerStock]] = {}
    for layer in found.layers:
        key = (layer.zone, layer.account, layer.uin, layer.opened.status, layer.opened.unit)
        groups.setdefault(key, []).append(layer)
    rows = [
        (
            zone,
            account,
            uin,
            status,
            str(len(layers)),
            plain(sum((layer.quantity for layer in layers), ZERO)),
            unit,
            plain(sum((layer.value for layer in layers), ZERO)),
        )
        for (zone, account, uin, status, unit), layers in sorted(groups.items())
    ]
    return _sheet("stock by part and status", as_of, _BY_PART, rows, (found, notes))


def by_layer(found: Stock, as_of: str, notes: Iterable[str] = ()) -> Sheet:
    """One row per layer, in FIFO order within its part."""
    ordered = sorted(
        found.layers,
        key=lambda at: (
            *at[:3],
            at.opened.admitted_on,
            at.opened.admission_number,
            at.opened.line,
            at.opened.receipt,
        ),
    )
    rows = [
        (
            at.zone,
            at.account,
            at.uin,
            at.layer,
            at.opened.admission_number,
            str(at.opened.line),
            at.opened.receipt,
            at.opened.admitted_on,
            at.opened.status,
            at.opened.pf_filed_on or "",
            at.opened.origin,
            at.opened.number,
            plain(at.quantity),
            at.opened.unit,
            plain(at.value),
        )
        for at in ordered
    ]
    return _sheet("stock by layer", as_of, _BY_LAYER, rows, (found, notes))


def _sheet(
    name: str,
    as_of: str,
    columns: tuple[Column, ...],
    rows: list[tuple[str, ...]],
    source: tuple[Stock, Iterable[str]],
) -> Sheet:
    found, notes = source
    value = sum((layer.value for layer in found.layers), ZERO)
    lacking = [f"Not counted, its opening is not in the archive yet: {layer}." for layer in found.unopened]
    return Sheet(
        name=name,
        title=f"{name[0].upper()}{name[1:]}",
        about=[("as of", f"end of {as_of}, local date" if as_of else "now")],
        columns=columns,
        rows=rows,
        totals=[("value_usd", plain(value))] if rows else [],
        notes=[*lacking, *notes],
    )
