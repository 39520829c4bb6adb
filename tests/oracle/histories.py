"""Random weeks of a zone as scenario files: rates that change, measures, both statuses, orders."""

from datetime import timedelta
from random import Random  # noqa: TID251 seeded, and handed on as an argument
from typing import Any

from tests.oracle.works import AUTHORITY, FIRST, Works, call, day, event

TIMEZONE = "America/New_York"
HEADER = (
    "HTS Number,Indent,Description,Unit of Quantity,General Rate of Duty,Special Rate of Duty,"
    "Column 2 Rate of Duty,Quota Quantity,Additional Duties"
)
#: Eight digits that carry the rate, ten that inherit it.
NUMBERS = ("6912.00.44.00", "7208.10.15.00", "8483.90.50.90", "9405.21.00.10", "9405.21.00.90")
RATES = ("Free", "2.8%", "6%", "33.3%", "1.9¢/kg", "$0.10/kg + 4%", "12.3¢ each", "1.5¢/kg + 2.8%")
#: MANUAL blocks where the dates differ, and the week then waits for a person: rare.
POLICIES = (*("PF_FILING_DATE", "ENTRY_DATE", "LATER_OF_RULES") * 4, "MANUAL")
ORIGINS = ("PT", "CN", "VN", "CU")
KILOGRAMS = ("0.35", "1", "2.125", "0.333333")


def schedules(rng: Random) -> list[dict[str, str]]:
    """Two revisions; the second comes into force while goods lie in the zone."""
    second = FIRST + timedelta(days=rng.randint(2, 24))
    return [
        {"revision": name, "effective": first, "extract": "true", "csv": _schedule(rng)}
        for name, first in (("first", "2026-01-01"), ("second", second.isoformat()))
    ]


def _schedule(rng: Random) -> str:
    rows = [HEADER]
    for eight in dict.fromkeys(n[:10] for n in NUMBERS):
        general, second = rng.choice(RATES), rng.choice(RATES[1:])
        rows.append(f'"{eight}","0","Goods {eight}","","{general}","","{second}","",""')
        rows += [f'"{n}","1","Goods {n}","","","","","",""' for n in NUMBERS if n[:10] == eight]
    return "\n".join(rows) + "\n"


def measures(rng: Random) -> list[dict[str, Any]]:
    """A few additional duties, each under a heading of its own, so that none is doubled."""
    made: list[dict[str, Any]] = []
    for at in range(rng.randint(1, 6)):
        kind = rng.choice(("added", "added", "minimum-total"))
        rate = rng.choice(("10%", "25%", "12.5%"))
        if kind == "added":
            other = ("$0.05/kg", "50% on the value of the steel content", "unknown")
            rate = rng.choice((*(rate,) * 3, *other[:2], *other))
        begins = rng.choice((None, rng.randint(0, 25)))
        made.append(
            {
                "id": f"m{at}",
                "programme": f"programme {rng.randint(0, 1)}",
                "heading": f"9903.{80 + at}.01",
                "kind": kind,
                "rate": rate,
                "numbers": rng.choice(("all", "all", ["9405.21.00"], [NUMBERS[3]], ["72", "84"])),
                "origins": rng.choice(("all", "all", ["CN"], ["CN", "VN"])),
                "from": "2026-01-01" if begins is None else (FIRST + timedelta(days=begins)).isoformat(),
                "rate_date_policy": rng.choice(POLICIES),
                "source": "a test's own invention",
                **_more(rng, at, begins),
            }
        )
    return made


def _more(rng: Random, at: int, begins: int | None) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if rng.random() < 0.4:
        said["to"] = (FIRST + timedelta(days=rng.randint(begins or 1, 40))).isoformat()
    if group := rng.choice(("", "section 232")):
        said |= {"group": group, "order": str(rng.randint(0, 1) * 10 + at)}
    elif rng.random() < 0.5:
        said["not_with"] = ["section 232"]
    if rng.randint(0, 4) == 0:
        said["only_if"] = [{"fact": "made of steel", "is": rng.choice(("yes", "no"))}]
    if rng.randint(0, 3) == 0:
        spared = {"why": "spared", "heading": "9903.99.01", "numbers": [NUMBERS[4]], "from": "2026-01-01"}
        asks = {"fact": "excluded", "if_unknown": rng.choice(("ask", "duty"))}
        said["exempt"] = [spared | (asks if rng.random() < 0.5 else {})]
    return said


ZONE: dict[str, Any] = {
    "format": "ftz.zone/1",
    "effective_from": "2026-01-01",
    "zone": "999",
    "name": "Example zone",
    "port": "1401",
    "timezone": TIMEZONE,
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
            "master_source": "shop",
        }
    ],
    "sources": [{"name": name, "accounts": ["acme"], "issuers": ["shop"]} for name in ("shop", "dock")],
    "procedures": {"required_documents": [], "pf_documents": []},
    "production_authority": AUTHORITY,
}


def scenario(seed: int) -> dict[str, Any]:
    """A scenario as a file says it; the same for the same seed."""
    rng = Random(seed)
    parts = [_part(rng, at) for at in range(rng.randint(2, 4))]
    works = Works(rng, NUMBERS, ORIGINS[:3])
    steps = [step for part in (*parts, *works.parts) for step in _part_steps(part)] + works.steps()
    loaded = measures(rng)
    if loaded:
        steps.append(call("/v1/duty/measures", {"document": _document(loaded)}, day(0, 9)))
        steps += _statements(rng, [*parts, *works.parts])
    for at in range(rng.randint(1, 3)):
        steps += _shipment(rng, at, parts)
    for at in range(rng.randint(2, 7)):
        steps += _order(rng, at, parts)
    return {
        "format": "ftz.scenario/1",
        "name": "history",
        "start": "2026-03-02T08:00:00-05:00",
        "zone": ZONE,
        "tariff": schedules(rng),
        "steps": sorted(steps, key=lambda step: step["at"][:19]),
        "until": day(60),
    }


def _part(rng: Random, at: int) -> dict[str, Any]:
    return {
        "sku": f"PART-{at}",
        "number": rng.choice(NUMBERS),
        "origin": rng.choice(ORIGINS),
        "kilograms": rng.choice(KILOGRAMS),
    }


def _document(loaded: list[dict[str, Any]]) -> dict[str, Any]:
    return {"format": "ftz.measures/1", "name": "history", "measures": loaded}


def _part_steps(part: dict[str, Any]) -> list[dict[str, Any]]:
    sku, number = part["sku"], part["number"].replace(".", "")
    said = {"sku": sku, "description": "goods", "origin": part["origin"], "unit": "No."}
    decided = {"number": number, "who": "reviewer-1", "licence": "LIC-1", "reason": "GRI 1"}
    return [
        event(
            "part.published", "shop", f"part-{sku}", said | {"measures": {"kg": part["kilograms"]}}, day(0, 8)
        ),
        call(f"/v1/classification/parts/acme/{sku}/decisions", decided, day(0, 9)),
    ]


def _statements(rng: Random, parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What people say of the goods, before the first entry is made."""
    steps: list[dict[str, Any]] = []
    for number, origin in sorted({(p["number"], p["origin"]) for p in parts}):
        about = {"account": "acme", "number": number, "origin": origin, "ground": "papers", "who": "broker-1"}
        for fact in ("made of steel", "excluded"):
            if rng.randint(0, 3):
                holds = {"fact": fact, "holds": rng.choice(("true", "false"))}
                steps.append(call("/v1/duty/goods-facts", about | holds, day(1, 8)))
        if rng.randint(0, 3):
            percent = {"fact": "steel content", "percent": rng.choice(("12.5", "40", "100"))}
            steps.append(call("/v1/duty/goods-facts", about | percent, day(1, 8)))
    return steps


def _shipment(rng: Random, at: int, parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    arrives = rng.randint(0, 18)
    came = rng.sample(parts, min(rng.randint(1, 3), len(parts)))
    lines = [
        {
            "line": str(n),
            "sku": part["sku"],
            "quantity": str(rng.randint(1, 400)),
            "unit": "No.",
            "value": f"{rng.randint(100, 5_000_000) / 100:.2f}",
            "status": rng.choice("PN"),
            "origin": part["origin"],
        }
        for n, part in enumerate(came, 1)
    ]
    announced = {
        "shipment": f"S{at}",
        "mode": rng.choice(("11", "10", "40")),
        "carrier": "TEST",
        "bill": f"BILL-S{at}",
        "port_of_unlading": rng.choice(("1401", "1401", "3901")),
        "export_date": "2026-02-20",
        "import_date": FIRST.isoformat(),
        "lines": lines,
    }
    counted = [{"line": x["line"], "quantity": x["quantity"], "unit": "No."} for x in lines]
    received = {"shipment": f"S{at}", "receipt": "R1", "final": "true", "lines": counted}
    return [
        event("shipment.announced", "shop", f"announce-{at}", announced, day(arrives, 11)),
        event("shipment.received", "dock", f"receive-{at}", received, day(arrives + 1, 11)),
    ]


def _order(rng: Random, at: int, parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    leaves = rng.randint(6, 30)
    wanted = rng.sample(parts, rng.randint(1, 2))
    lines = [
        {"line": str(n), "sku": p["sku"], "quantity": str(rng.randint(1, 60)), "unit": "No."}
        for n, p in enumerate(wanted, 1)
    ]
    country = rng.choice(("US", "US", "US", "DE"))
    state = {"destination_state": "OH"} if country == "US" else {}
    order = {"order": f"O{at}", "destination_country": country, **state}
    ships = (FIRST + timedelta(days=leaves)).isoformat()
    packed = [{"line": x["line"], "quantity": x["quantity"]} for x in lines]
    steps = [
        event(
            "order.allocated",
            "shop",
            f"allocate-{at}",
            order | {"ship_on": ships, "lines": lines},
            day(leaves, 12),
        ),
        event(
            "order.shipped",
            "dock",
            f"ship-{at}",
            {"order": f"O{at}", "parcel": f"P{at}", "lines": packed},
            day(leaves, 15),
        ),
    ]
    if rng.randint(0, 4) == 0:
        back = {"order": f"O{at}", "parcel": f"P{at}"}
        steps.append(event("order.cancelled", "dock", f"cancel-{at}", back, day(leaves, 17)))
    return steps
