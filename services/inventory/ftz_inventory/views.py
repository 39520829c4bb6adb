"""Lists of orders, ledgers and cover lines: a row per stream."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import msgspec

from ftz_common.flow.aggregate import Aggregate
from ftz_common.flow.journal import Journal
from ftz_common.flow.rows import Shown, StreamRows, decoded
from ftz_common.store.port import StoreRow
from ftz_common.values.exact import ZERO
from ftz_common.values.names import stream_name, stream_parts
from ftz_inventory.domain.layer import ELIGIBLE, HELD
from ftz_inventory.domain.orders import Order
from ftz_inventory.domain.permit import Cover
from ftz_inventory.domain.stock import Ledger, available

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
        "worth": ledger.worth,
        "moved_at": ledger.moved_at,
        "units": [
            {
                "unit": unit,
                "on_hand": {s: ledger.on_hand.get(f"{s}/{unit}", ZERO) for s in ELIGIBLE["export"]},
                "held": sum(
                    (ledger.on_hand.get(f"{HELD}{s}/{unit}", ZERO) for s in ELIGIBLE["export"]), ZERO
                ),
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


def _shown(aggregate: Aggregate, make: Callable[[Any], Row]) -> Shown:
    def row(stream: str, state: Any, version: int) -> StoreRow:
        body = {"stream": stream, "through": version, "account": state.account, **make(state)}
        return StoreRow(_key(state.account, stream), msgspec.json.encode(body))

    return Shown(aggregate, row)


def _key(account: str, stream: str) -> str:
    return f"{stream_name(account)}|{stream}"


class StockRows(StreamRows):
    """The projection behind the lists of `GET /v1/inventory/...`. Row keys: account, then stream."""

    def __init__(self, journal: Journal, orders: Aggregate, ledgers: Aggregate, covers: Aggregate) -> None:
        shown = [_shown(orders, order_row), _shown(ledgers, ledger_row), _shown(covers, cover_row)]
        super().__init__(journal, TABLE, shown)

    async def rows(self, kind: str, account: str, after: str, limit: int) -> list[Row]:
        """Rows of one kind of an account, in the order of their streams, after a stream."""
        start = _key(account, after) if after else ""
        return decoded(await self.bodies(_key(account, f"{kind}/"), start, limit), dict[str, Any])

    async def ledgers(self, account: str, after: str, limit: int) -> list[tuple[str, str]]:
        """Streams and UINs of the account's ledgers, in the order of their streams, after one."""
        return [(row["stream"], row["uin"]) for row in await self.rows("ledger", account, after, limit)]


def plain_rows(rows: Sequence[Any]) -> list[Row]:
    """Dataclasses as JSON values; decimals in plain notation."""
    return [msgspec.to_builtins(asdict(row)) for row in rows]
