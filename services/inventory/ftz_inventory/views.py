"""Lists of orders, ledgers and cover lines: a row per stream, made from its state, moving only forward.

What is heard on the topic only says which streams moved. A row is made from the state that the journal
has at that moment, so that hearing twice, late or after a crash comes out the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import msgspec

from ftz_common.bus.port import Delivery
from ftz_common.contracts import table
from ftz_common.contracts.envelope import Envelope
from ftz_common.flow.aggregate import Aggregate
from ftz_common.flow.folding import Live, begin, fold
from ftz_common.flow.journal import Journal
from ftz_common.store.port import Store, StoreRow
from ftz_common.values.exact import ZERO
from ftz_common.values.names import stream_name, stream_parts
from ftz_inventory.domain.orders import Order
from ftz_inventory.domain.permit import Cover
from ftz_inventory.domain.stock import ELIGIBLE, Ledger, available

TABLE = "view.inventory"

Row = dict[str, Any]


def order_row(order: Order) -> Row:
    """An order with its lines; `waiting`: events that came before it or before what they are about."""
    recorded = order.recorded
    return {
        "issuer": order.issuer,
        "order": order.order,
        "disposition": recorded.disposition if recorded else "",
        "destination_country": recorded.destination_country if recorded else "",
        "destination_state": recorded.destination_state if recorded else "",
        "ship_on": recorded.ship_on if recorded else "",
        "waiting": [waits.what for waits in order.waiting],
        "lines": [
            {
                "line": line.line,
                "uin": line.uin,
                "ledger": line.ledger,
                "unit": line.unit,
                "quantity": line.quantity,
                "open": line.open,
                "missing": line.missing,
                "shipped": line.shipped,
                "cancelled": line.cancelled,
                "returned": line.returned,
                "suspended": sum(line.suspended.values(), ZERO),
            }
            for line in order.lines.values()
        ],
        "parcels": [parcel.id for parcel in order.parcels.values() if not parcel.is_back],
    }


def ledger_row(ledger: Ledger) -> Row:
    """What a ledger holds and what can still be promised of it, per unit; never below zero."""
    suspended = [ledger.draws[draw] for draw in ledger.suspended]
    units = {pool.split("/", 1)[1] for pool in (*ledger.on_hand, *ledger.kept)} | {d.unit for d in suspended}
    return {
        "zone": ledger.zone,
        "site": ledger.site,
        "uin": ledger.uin,
        "open_layers": len(ledger.layers),
        "units": [
            {
                "unit": unit,
                "on_hand": {s: ledger.on_hand.get(f"{s}/{unit}", ZERO) for s in ELIGIBLE["export"]},
                "reserved": {d: ledger.kept.get(f"{d}/{unit}", ZERO) for d in ELIGIBLE},
                "available": {d: available(ledger.on_hand, ledger.kept, d, unit) for d in ELIGIBLE},
                "suspended": sum((d.suspended for d in suspended if d.unit == unit), ZERO),
            }
            for unit in sorted(units)
        ],
    }


def cover_row(cover: Cover) -> Row:
    """What a cover line released, what left under it, and what left without."""
    _, zone, _, week, number, status, origin, unit = stream_parts(cover.stream)
    return {
        "zone": zone,
        "week": week,
        "number": number,
        "status": status,
        "origin": origin,
        "unit": unit,
        "released": cover.total,
        "remaining": cover.total - cover.used,
        "removed": cover.removed,
        "uncovered": cover.lacking,
        "withdrawals": cover.withdrawals,
        "counted": cover.counted,
    }


class StockRows:
    """The projection behind the lists of `GET /v1/inventory/...`. Row keys: account, then stream."""

    topics = (table.home("inventory"),)

    def __init__(self, journal: Journal, orders: Aggregate, ledgers: Aggregate, covers: Aggregate) -> None:
        self._journal = journal
        self._store: Store = journal.store
        self._kinds: dict[str, tuple[Aggregate, Callable[[Any], Row]]] = {
            orders.kind: (orders, order_row),
            ledgers.kind: (ledgers, ledger_row),
            covers.kind: (covers, cover_row),
        }

    async def take(self, deliveries: list[tuple[Envelope, Delivery]]) -> None:
        """Make the rows of the streams that moved."""
        for stream in sorted({envelope.stream for envelope, _ in deliveries}):
            kind = self._kinds.get(stream.split("/", 1)[0])
            if kind is not None:
                version, state = await self._journal.state(kind[0], stream)
                await self._forward(self._row(stream, version, state))

    def _row(self, stream: str, version: int, state: Any) -> StoreRow:
        make = self._kinds[stream.split("/", 1)[0]][1]
        row = {"stream": stream, "through": version, "account": state.account, **make(state)}
        return StoreRow(_key(state.account, stream), msgspec.json.encode(row))

    async def _forward(self, row: StoreRow) -> None:
        while True:
            before = (await self._store.get(TABLE, [row.key])).get(row.key)
            if before is not None and _through(before) > _through(row.body):
                return
            if before == row.body or await self._store.swap(TABLE, row.key, before, row.body):
                return

    async def rows(self, kind: str, account: str, after: str, limit: int) -> list[Row]:
        """Rows of one kind of an account, in the order of their streams, after a stream."""
        prefix = _key(account, f"{kind}/")
        start = _key(account, after) if after else ""
        found = await self._store.scan(TABLE, prefix=prefix, after=start, limit=limit)
        return [msgspec.json.decode(row.body) for row in found]

    async def rebuilt(self) -> list[StoreRow]:
        """Every row as the journal alone gives it, to compare with the live ones."""
        live: Live | None = None
        stream, rows = "", list[StoreRow]()
        for kind, (aggregate, _) in self._kinds.items():
            async for stored in self._store.commits(f"{kind}/"):
                if live is not None and stored.stream != stream:
                    rows.append(self._row(stream, live.version, live.state))
                    live = None
                if live is None:
                    stream, live = stored.stream, begin(aggregate, stored.stream)
                fold(aggregate, live, stored)
            if live is not None:
                rows.append(self._row(stream, live.version, live.state))
                live = None
        return rows


def _key(account: str, stream: str) -> str:
    return f"{stream_name(account)}|{stream}"


def _through(body: bytes) -> int:
    return msgspec.json.decode(body, type=_Through).through


class _Through(msgspec.Struct):
    through: int


def plain_rows(rows: Sequence[Any]) -> list[Row]:
    """Dataclasses as JSON values; decimals in plain notation."""
    return [msgspec.to_builtins(asdict(row)) for row in rows]
