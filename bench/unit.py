"""The unit of the pipeline: one order of two lines, until both are priced; and the zone it happens in."""

import json
from pathlib import Path
from typing import Any

from ftz_cli.scenario import Loaded, load
from ftz_common.bus.port import Message
from ftz_common.flow.intake import intake_topic
from ftz_common.values.calendar import parse_instant

PARTS = 12
LINES = 2
PRICED = "ftz.duty.withdrawal.priced.v1"
#: When the orders come: the shipment is in the zone, and CBP has released the week's estimate.
NOW = parse_instant("2026-03-04T21:00:00Z")
SOURCE = "shop"
_NUMBERS = ("6912004400", "6912004810", "7013370500", "7323930060")
_ORIGINS = ("PT", "CN")


def sku(part: int) -> str:
    """The SKU of a part."""
    return f"SKU-{part:03d}"


def zone(folder: Path, parts: int = PARTS) -> Loaded:
    """A zone with so many parts, classified and in stock, a million pieces each."""
    source = {"accounts": ["acme"], "issuers": ["shop"]}
    lines = [
        {"line": str(n + 1), "sku": sku(n), "quantity": "1000000", "unit": "No.", "value": "4000000.00",
         "status": "N", "origin": _ORIGINS[n % 2]}
        for n in range(parts)
    ]  # fmt: skip
    shipment = {
        "account": "acme",
        "shipment": "S1",
        "mode": "11",
        "carrier": "TEST",
        "bill": "BILL1",
        "port_of_unlading": "1401",
        "export_date": "2026-02-20",
        "import_date": "2026-03-02",
        "lines": lines,
        "documents": [{"kind": "invoice", "number": "I1"}, {"kind": "bill-of-lading", "number": "BILL1"}],
    }
    received = [{"line": line["line"], "quantity": line["quantity"], "unit": "No."} for line in lines]
    scenario = {
        "format": "ftz.scenario/1",
        "name": "bench",
        "start": "2026-03-02T08:00:00-05:00",
        "zone": {
            "format": "ftz.zone/1",
            "effective_from": "2026-01-01",
            "zone": "999",
            "name": "Example zone",
            "port": "1401",
            "timezone": "America/New_York",
            "operator": "party-operator",
            "site": {"id": "site-1", "name": "Hall 1", "firms": "X999"},
            "accounts": [
                {
                    "id": "acme",
                    "parties": {
                        "applicant": "party-acme",
                        "importer_of_record": "party-acme",
                        "owner": "party-acme",
                        "filer": "party-broker",
                    },
                    "master_source": SOURCE,
                    "days_in_zone_max": "365",
                }
            ],
            "sources": [{"name": SOURCE, **source}],
            "procedures": {"required_documents": ["invoice", "bill-of-lading"]},
        },
        "tariff": [{"revision": "test-1", "effective": "2026-01-01", "extract": "true", "csv": _tariff()}],
        "steps": [
            *(_event("02T09:00", "part.published", f"part-{n}", _part(n)) for n in range(parts)),
            _event("02T09:30", "shipment.announced", "announce-1", shipment),
            *({"at": "2026-03-02T10:00:00-05:00", "call": _decision(n)} for n in range(parts)),
            _event("03T09:00", "shipment.arrived", "arrive-1", {"account": "acme", "shipment": "S1"}),
            _event(
                "03T11:00",
                "shipment.received",
                "receive-1",
                {"account": "acme", "shipment": "S1", "receipt": "R1", "final": "true", "lines": received},
            ),
        ],
    }
    path = folder / "zone.yaml"
    path.write_text(json.dumps(scenario), encoding="utf-8")
    return load(path)


def _tariff() -> str:
    head = (
        "HTS Number,Indent,Description,Unit of Quantity,General Rate of Duty,Special Rate of Duty,"
        "Column 2 Rate of Duty,Quota Quantity,Additional Duties"
    )
    lines = [
        f'"{n[:4]}.{n[4:6]}.{n[6:8]}.{n[8:]}","0","Goods {n}","[""No.""]","{rate}","","60%","",""'
        for n, rate in zip(_NUMBERS, ("10%", "9.8%", "22.5%", "2%"), strict=True)
    ]
    return "\n".join([head, *lines, ""])


def _part(n: int) -> dict[str, Any]:
    return {"account": "acme", "sku": sku(n), "description": f"goods {n}", "origin": _ORIGINS[n % 2],
            "unit": "No."}  # fmt: skip


def _decision(n: int) -> dict[str, Any]:
    return {
        "method": "POST",
        "path": f"/v1/classification/parts/acme/{sku(n)}/decisions",
        "body": {"number": _NUMBERS[n % 4], "who": "reviewer-1", "licence": "LIC-1", "reason": "GRI 1"},
    }


def _event(at: str, kind: str, name: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "at": f"2026-03-{at}:00-05:00",
        "event": {"type": kind, "source": SOURCE, "id": name, "data": data},
    }


def order(number: int, parts: int = PARTS) -> list[Message]:
    """What a shop says of an order of two lines: allocated, then shipped in one parcel."""
    name = f"O{number:07d}"
    base: dict[str, Any] = {"account": "acme", "order": name}
    first = number * LINES
    wanted = [
        {"line": n + 1, "sku": sku((first + n) % parts), "quantity": str(1 + number % 3), "unit": "No."}
        for n in range(LINES)
    ]
    allocated = base | {
        "destination_country": "US",
        "destination_state": "OH",
        "ship_on": "2026-03-04",
        "lines": wanted,
    }
    shipped = base | {
        "parcel": "P1",
        "lines": [{"line": line["line"], "quantity": line["quantity"]} for line in wanted],
    }
    return [
        _record("order.allocated", number, "2026-03-04T14:00:00Z", allocated),
        _record("order.shipped", number, "2026-03-04T20:00:00Z", shipped),
    ]


def _record(kind: str, number: int, at: str, data: dict[str, Any]) -> Message:
    body = {
        "specversion": "1.0",
        "id": f"{kind}-{number}",
        "source": SOURCE,
        "type": f"ftz.platform.{kind}.v1",
        "time": at,
        "datacontenttype": "application/json",
        "data": data,
    }
    return Message(intake_topic(SOURCE), str(number), json.dumps(body, separators=(",", ":")).encode(), {})


def orders(count: int, first: int = 0) -> list[Message]:
    """The records of so many orders, in the order in which a shop sends them."""
    return [record for number in range(first, first + count) for record in order(number)]
