"""Real products through a zone: what hscodecomp_dev.jsonl and hts_2026_rev4.csv become as a scenario.

The 317 records are parts, their expert numbers are decisions, ten shipments bring what could be decided, and
5,000 orders of four weeks take it out again. What the records do not say (quantities, who orders what) is
made up from their place in the file; nothing is random.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ftz_cli.scenario import Call, Event, Loaded, Scenario, Step, Tariff

REVISION = "2026-rev-4"
EFFECTIVE = "2026-02-01"
ORDERS = 5000
SHIPMENTS = 10
#: Orders that are allocated together, and ship together two hours later.
BATCHES_A_DAY = 5
LINES_EACH = 1000
ZONE_TIME = ZoneInfo("America/New_York")
FIRST_WEEK = date(2026, 2, 8)
WEEKS = tuple(FIRST_WEEK + timedelta(weeks=week) for week in range(4))
STATES = ("CA", "NJ", "TX", "WA", "PR")
#: Where the record names no origin that stands for one country.
ORIGINS = {"US(Origin)": "US", "BR(Origin)": "BR", "Jp(origin)": "JP", "AE(Origin)": "AE"}

ZONE: dict[str, Any] = {
    "format": "ftz.zone/1",
    "effective_from": "2026-02-01",
    "zone": "999",
    "name": "Real products",
    "port": "1401",
    "timezone": "America/New_York",
    "operator": "party-operator",
    "site": {"id": "hall-1", "name": "Hall 1", "firms": "X999"},
    "accounts": [
        {
            "id": "shop",
            "parties": {"applicant": "p", "importer_of_record": "p", "owner": "p", "filer": "Z99"},
            "master_source": "shop",
        }
    ],
    "sources": [{"name": "shop", "accounts": ["shop"], "issuers": ["shop"]}],
    "procedures": {"required_documents": ["invoice"]},
}


@dataclass(frozen=True)
class Product:
    """A record as a part. `price`: USD for one."""

    sku: str
    description: str
    origin: str
    measures: dict[str, str]
    price: Decimal
    number: str
    status: str


def read_products(path: Path) -> list[Product]:
    """The records in the order of the file; every third part is privileged foreign."""
    records = [
        json.loads(line, parse_float=Decimal) for line in path.read_text(encoding="utf-8").splitlines()
    ]
    return [_product(index, record) for index, record in enumerate(records)]


def _product(index: int, record: dict[str, Any]) -> Product:
    said = json.loads(record["product_attributes"] or "{}")
    weight = said.get("Package weight") or ""
    is_weight = weight.replace(".", "", 1).isdecimal() and Decimal(weight) > 0
    return Product(
        sku=f"P-{record['task_id']}",
        description=record["product_name"],
        origin=ORIGINS.get(said.get("Origin", ""), "CN"),
        measures={"kg": weight} if is_weight else {},
        price=_price(record),
        number=str(record["hs_code"]),
        status="P" if index % 3 == 0 else "N",
    )


def _price(record: dict[str, Any]) -> Decimal:
    """The record's price where it is in dollars; five dollars where it is not or there is none."""
    if record["currency_code"] != "USD" or record["price"] is None:
        return Decimal("5.00")
    return max(Decimal("0.01"), Decimal(record["price"]).quantize(Decimal("0.01"), ROUND_HALF_UP))


def scenario(products: list[Product], schedule: Path, numbers: frozenset[str]) -> Loaded:
    """Everything that happens. `numbers`: those that the revision has; other parts are never shipped."""
    known = [product for product in products if product.number in numbers]
    steps = [*_parts(products, numbers), *_shipments(known), *_orders(known)]
    said = Scenario(
        format="ftz.scenario/1",
        name="real-products",
        start="2026-02-01T08:00:00-05:00",
        zone=ZONE,
        tariff=[Tariff(revision=REVISION, effective=EFFECTIVE, file=schedule.name)],
        until="2026-03-13T00:00:00-04:00",
    )
    steps.sort(key=lambda step: datetime.fromisoformat(step.at))
    return Loaded(said, schedule.parent, tuple((datetime.fromisoformat(s.at), s) for s in steps))


def _at(day: date, hour: int, minute: int = 0) -> str:
    return datetime.combine(day, time(hour, minute), ZONE_TIME).isoformat()


def _event(at: str, kind: str, name: str, data: dict[str, Any]) -> Step:
    return Step(at=at, event=Event(type=kind, source="shop", id=name, data={"account": "shop", **data}))


def _parts(products: list[Product], numbers: frozenset[str]) -> Iterator[Step]:
    """Published together, then decided one by one, as the expert did."""
    for product in products:
        data = {
            "sku": product.sku,
            "description": product.description,
            "origin": product.origin,
            "unit": "No.",
            "measures": product.measures,
        }
        yield _event(_at(date(2026, 2, 1), 9), "part.published", f"part-{product.sku}", data)
    for product in products:
        body = {
            "number": product.number,
            "who": "expert",
            "licence": "LICENCE-1",
            "reason": f"General Rule of Interpretation 1: {product.description}"[:4000],
        }
        path = f"/v1/classification/parts/shop/{product.sku}/decisions"
        known = product.number in numbers
        call = Call("POST", path, body, status=0 if known else 422, code="" if known else REFUSED)
        yield Step(at=_at(date(2026, 2, 1), 10), call=call)


REFUSED = "number-not-in-revision"


def _shipments(known: list[Product]) -> Iterator[Step]:
    for turn in range(SHIPMENTS):
        name, day = f"S-{turn:02}", date(2026, 2, 2) + timedelta(days=turn % 5)
        here = known[turn::SHIPMENTS]
        lines = [
            {
                "line": line,
                "sku": product.sku,
                "quantity": str(LINES_EACH),
                "unit": "No.",
                "value": str(LINES_EACH * product.price),
                "status": product.status,
                "origin": product.origin,
            }
            for line, product in enumerate(here, 1)
        ]
        announced = {
            "shipment": name,
            "mode": "11",
            "carrier": "CARR",
            "bill": f"BILL-{name}",
            "port_of_unlading": "1401",
            "export_date": "2026-01-05",
            "import_date": day.isoformat(),
            "lines": lines,
            "documents": [{"kind": "invoice", "number": f"INV-{name}"}],
        }
        counted = [{"line": line["line"], "quantity": str(LINES_EACH), "unit": "No."} for line in lines]
        receipt = {"shipment": name, "receipt": f"R-{name}", "lines": counted, "final": True}
        yield _event(_at(day, 9), "shipment.announced", f"announce-{name}", announced)
        yield _event(_at(day, 11), "shipment.arrived", f"arrive-{name}", {"shipment": name})
        yield _event(_at(day, 12), "shipment.received", f"receive-{name}", receipt)


def _orders(known: list[Product]) -> Iterator[Step]:
    """Two lines an order, on five days of each of the four weeks; parts and quantities follow its number."""
    days = [week + timedelta(days=day) for week in WEEKS for day in range(1, 6)]
    for number in range(ORDERS):
        day = days[number * len(days) // ORDERS]
        hour = 8 + number % BATCHES_A_DAY
        name = f"O-{number:04}"
        places = ((number * number + 7 * number) % len(known), (number * 11 + number // 17) % len(known))
        chosen = [known[place] for place in places]
        quantity = str(1 + number * 7 % 5)
        lines = [
            {"line": line, "sku": product.sku, "quantity": quantity, "unit": "No."}
            for line, product in enumerate(chosen, 1)
        ]
        order = {
            "order": name,
            "destination_country": "US",
            "destination_state": STATES[number % len(STATES)],
            "ship_on": day.isoformat(),
            "lines": lines,
        }
        portions = [{"line": line["line"], "quantity": quantity} for line in lines]
        parcel = {"order": name, "parcel": f"P-{name}", "lines": portions}
        yield _event(_at(day, hour), "order.allocated", f"allocate-{name}", order)
        yield _event(_at(day, hour + 5), "order.shipped", f"ship-{name}", parcel)
