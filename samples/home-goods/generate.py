"""Makes feed.jsonl of the home-goods sample: a quarter of a shop that holds its goods in a zone.

Parts, their decisions, the ordinary shipments and the orders of thirteen weeks. What is out of the ordinary
is written by hand in scenario.yaml. The same seed gives the same bytes:

    python samples/home-goods/generate.py            # writes feed.jsonl
    python samples/home-goods/generate.py --check    # exit code 1 when feed.jsonl is stale
"""

import csv
import json
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random  # noqa: TID251 the generator owns a seeded Random
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

FOLDER = Path(__file__).parent
FEED = FOLDER / "feed.jsonl"
SEED = 1934  # the year of the Act
ZONE_TIME = ZoneInfo("America/New_York")
FIRST_DAY = date(2026, 2, 2)
LAST_DAY = date(2026, 5, 1)
ORDERS_A_DAY = 6
#: Parts whose review is decided in scenario.yaml.
REVIEWED = frozenset({"INCENSE-STICK", "PAN-ENAMEL"})
STATES = ("CA", "FL", "GA", "IL", "MA", "MN", "NC", "NJ", "NY", "OH", "OR", "PA", "PR", "TX", "VA", "WA")
#: Days on which ordinary shipments are announced; each goes through every group of parts once.
ARRIVALS = (date(2026, 2, 3), date(2026, 3, 3), date(2026, 4, 1))
GROUPS = 4

Row = dict[str, str]
Step = dict[str, Any]


def read_parts() -> list[Row]:
    """The rows of parts.csv."""
    with (FOLDER / "parts.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def instant(day: date, hour: int, minute: int = 0) -> str:
    """A local instant of the zone with its offset, so that the change to summer time is in the feed."""
    return datetime.combine(day, time(hour, minute), ZONE_TIME).isoformat()


def event(at: str, kind: str, source: str, name: str, data: dict[str, Any]) -> Step:
    """A step of a scenario: one event of a platform."""
    return {"at": at, "event": {"type": kind, "source": source, "id": name, "data": data}}


def master_of(account: str) -> str:
    """The source whose word on the parts of an account counts (zone.yaml)."""
    return "shop" if account == "home" else "outlet-shop"


def parts_and_decisions(parts: list[Row]) -> Iterator[Step]:
    """Every part is published; a licensed person decides all but those under review."""
    for row in parts:
        unit, _, quantity = row["measures"].partition("=")
        data = {
            "account": row["account"],
            "sku": row["sku"],
            "description": row["description"],
            "origin": row["origin"],
            "unit": row["unit"],
            "measures": {unit: quantity},
        }
        name = f"part-{row['account']}-{row['sku']}"
        yield event(instant(FIRST_DAY, 8), "part.published", master_of(row["account"]), name, data)
    for row in parts:
        if row["sku"] in REVIEWED:
            continue
        path = f"/v1/classification/parts/{row['account']}/{quote(row['sku'], safe='')}/decisions"
        body = {
            "number": row["number"],
            "who": "reviewer-1",
            "licence": "LICENCE-1",
            "reason": f"General Rules of Interpretation 1 and 6: {row['description']}",
        }
        yield {"at": instant(FIRST_DAY, 10), "call": {"method": "POST", "path": path, "body": body}}


def shipments(parts: list[Row], stock: dict[str, int], random: Random) -> Iterator[Step]:
    """The ordinary shipments: announced, arrived and counted as announced."""
    for turn, announced in enumerate(ARRIVALS):
        for group in range(GROUPS):
            name = f"S-{turn * GROUPS + group + 1:03}"
            lines: list[dict[str, Any]] = []
            for line, row in enumerate(parts[group::GROUPS], 1):
                quantity = random.randrange(120, 360, 12) if turn == 0 else random.randrange(48, 180, 12)
                stock[row["sku"]] = stock.get(row["sku"], 0) + quantity
                lines.append(
                    {
                        "line": line,
                        "sku": row["sku"],
                        "quantity": str(quantity),
                        "unit": row["unit"],
                        "value": str(quantity * Decimal(row["price"])),
                        "status": row["status"],
                        "origin": row["origin"],
                    }
                )
            yield from shipment(name, announced, group, lines)


def shipment(name: str, announced: date, group: int, lines: list[dict[str, Any]]) -> Iterator[Step]:
    """One shipment from announcement to final count, two days later."""
    there = announced + timedelta(days=2)
    ref = {"account": "home", "shipment": name}
    data = {
        **ref,
        "mode": "11",
        "carrier": "CARR",
        "bill": f"BILL-{name}",
        "port_of_unlading": "1401",
        "export_date": (announced - timedelta(days=24)).isoformat(),
        "import_date": announced.isoformat(),
        "lines": lines,
        "documents": [
            {"kind": "invoice", "number": f"INV-{name}"},
            {"kind": "bill-of-lading", "number": f"BILL-{name}"},
        ],
    }
    counted = [{"line": line["line"], "quantity": line["quantity"], "unit": line["unit"]} for line in lines]
    receipt = {**ref, "receipt": f"R-{name}", "lines": counted, "final": True}
    yield event(instant(announced, 9, group), "shipment.announced", "shop", f"announce-{name}", data)
    yield event(instant(there, 7, group), "shipment.arrived", "dock", f"arrive-{name}", ref)
    yield event(instant(there, 8, group), "shipment.received", "dock", f"receive-{name}", receipt)


def orders(parts: list[Row], stock: dict[str, int], random: Random) -> Iterator[Step]:
    """A few orders on every weekday, never more than the ordinary shipments brought."""
    number = 1000
    day = ARRIVALS[0] + timedelta(days=3)
    while day <= LAST_DAY:
        for _ in range(ORDERS_A_DAY if day.weekday() < 5 else 0):
            number += 1
            yield from order(f"O-{number}", day, parts, stock, random)
        day += timedelta(days=1)


def order(name: str, day: date, parts: list[Row], stock: dict[str, int], random: Random) -> Iterator[Step]:
    """An order of one to three lines; the market names one mug by a number of its own."""
    chosen = random.sample([row for row in parts if stock[row["sku"]] >= 8], random.randint(1, 3))
    market = any(row["sku"] == "MUG-WHITE" for row in chosen)
    ref = {"account": "home", "order": name, **({"issuer": "market"} if market else {})}
    lines: list[dict[str, Any]] = []
    for line, row in enumerate(chosen, 1):
        quantity = random.randint(1, 4)
        stock[row["sku"]] -= quantity
        sku = "M-0001" if row["sku"] == "MUG-WHITE" else row["sku"]
        lines.append({"line": line, "sku": sku, "quantity": str(quantity), "unit": row["unit"]})
    data = {
        **ref,
        "destination_country": "US",
        "destination_state": random.choice(STATES),
        "ship_on": day.isoformat(),
        "lines": lines,
    }
    portions = [{"line": line["line"], "quantity": line["quantity"]} for line in lines]
    parcel = {**ref, "parcel": f"P-{name}", "lines": portions}
    yield event(instant(day, 9), "order.allocated", "shop", f"allocate-{name}", data)
    yield event(instant(day, 15), "order.shipped", "dock", f"ship-{name}", parcel)


def made() -> bytes:
    """The feed: steps in the order of time, one JSON object a line."""
    random = Random(SEED)  # noqa: S311 made-up orders, no secrets
    parts = read_parts()
    ordinary = [row for row in parts if row["feed"] == "yes"]
    stock: dict[str, int] = {}
    steps = [*parts_and_decisions(parts), *shipments(ordinary, stock, random)]
    steps.extend(orders(ordinary, stock, random))
    steps.sort(key=lambda step: datetime.fromisoformat(step["at"]))
    lines = (json.dumps(step, ensure_ascii=False, separators=(",", ":")) for step in steps)
    return "".join(f"{line}\n" for line in lines).encode()


def main() -> int:
    """Write the feed, or compare it."""
    if "--check" in sys.argv[1:]:
        if FEED.read_bytes() == made():
            return 0
        print(f"{FEED} is stale: run python {Path(__file__).name}", file=sys.stderr)
        return 1
    FEED.write_bytes(made())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
