"""What else random weeks hold: goods made in the zone, parcels for Canada and Mexico, values reckoned.

Stock of these goods is ample, so that what is planned happens.
"""

from datetime import date, timedelta
from random import Random  # noqa: TID251 seeded, and handed on as an argument
from typing import Any

Step = dict[str, Any]
FIRST = date(2026, 3, 2)
#: The six digits of every number here may go into every other.
_HEADINGS = ["691200", "720810", "848390", "940521"]
AUTHORITY = [
    {"reference": "order 1", "inputs": _HEADINGS, "outputs": _HEADINGS, "effective_from": "2026-01-01"}
]
_WHO = {"zone": "999", "account": "acme", "who": "clerk"}


def day(after: int, hour: int = 10) -> str:
    """An instant so many days after the first."""
    at = FIRST + timedelta(days=after)
    return f"{at.isoformat()}T{hour:02}:00:00-{'05' if at < date(2026, 3, 8) else '04'}:00"


def event(kind: str, source: str, name: str, data: dict[str, Any], at: str) -> Step:
    """What a platform says."""
    return {
        "at": at,
        "event": {"type": kind, "source": source, "id": name, "data": {"account": "acme", **data}},
    }


def call(path: str, body: dict[str, Any], at: str) -> Step:
    """What a person says."""
    return {"at": at, "call": {"method": "POST", "path": path, "body": body}}


class Works:
    """One zone's production and its exports. `numbers`, `origins`: to draw from."""

    def __init__(self, rng: Random, numbers: tuple[str, ...], origins: tuple[str, ...]) -> None:
        self._rng = rng
        self._numbers, self._origins = numbers, origins
        self.parts = [self._part(sku) for sku in ("RAW-P", "RAW-N", "DOM", "FIN", "BY", "DEEP")]
        self._of = {part["sku"]: part for part in self.parts}

    def _part(self, sku: str) -> dict[str, Any]:
        rng = self._rng
        origin = "US" if sku == "DOM" else rng.choice(self._origins)
        each = rng.choice(("0.35", "1", "2.125"))
        return {"sku": sku, "number": rng.choice(self._numbers), "origin": origin, "kilograms": each}

    def steps(self) -> list[Step]:
        """Receipts, two levels of production, orders, and what people say of parcels."""
        steps = [*self._rates(), *self._came(), *self._made()]
        for at in range(self._rng.randint(2, 5)):
            steps += self._order(at)
        return steps

    def _rates(self) -> list[Step]:
        said = {"source": "bulletin", "who": "broker-1"}
        whole = {"usd": "1.10", "first": "2026-01-01", "last": "2026-03-31"}
        some = {"usd": "1.0837", "first": "2026-02-18", "last": "2026-02-20"}
        later = {"usd": "0.0067", "first": "2026-01-01", "last": "2026-03-31"}
        told = [("EUR", whole), ("EUR", some), ("JPY", later)]
        return [call(f"/v1/duty/currencies/{name}", rate | said, day(0, 9)) for name, rate in told]

    def _valued(self) -> dict[str, Any]:
        """Price, additions and costs instead of a value."""
        rng = self._rng

        def money(most: int) -> dict[str, Any]:
            return {
                "amount": f"{rng.randint(100, most) / 100:.2f}",
                "currency": rng.choice(("USD", "EUR", "EUR", "JPY")),
            }

        added = [
            {"kind": kind, **money(90_000)} for kind in ("assist", "packing", "royalty") if rng.random() < 0.5
        ]
        costs = [
            {"kind": kind, **money(9_000), "included": rng.choice(("true", "true", "false"))}
            for kind in ("international-freight", "insurance", "us-inland-freight")
            if rng.random() < 0.5
        ]
        price = {"amount": f"{rng.randint(5_000_000, 90_000_000) / 100:.2f}", "currency": "EUR"}
        on = {"exported_on": "2026-02-27"} if rng.random() < 0.3 else {}
        return {"valuation": {"price": price, "additions": added, "deductions": costs} | on}

    def _came(self) -> list[Step]:
        rng, steps = self._rng, list[Step]()
        for shipment, skus in (("RAW", ("RAW-P", "RAW-N")), ("DOM", ("DOM",))):
            came: dict[str, Any] = {"shipment": shipment, "admission_type": "D"}
            if shipment == "RAW":
                came = {
                    "shipment": shipment,
                    "mode": rng.choice(("11", "11", "40")),
                    "carrier": "TEST",
                    "bill": "BILL-RAW",
                    "port_of_unlading": rng.choice(("1401", "3901")),
                    "export_date": "2026-02-20",
                    "import_date": FIRST.isoformat(),
                }
            lines: list[dict[str, Any]] = []
            for line, sku in enumerate(skus, 1):
                value = {"value": f"{rng.randint(100, 5_000_000) / 100:.2f}"}
                if shipment == "RAW" and rng.random() < 0.6:
                    value = self._valued()
                said = {"line": str(line), "sku": sku, "quantity": "1000", "unit": "No."}
                lines.append(said | value | {"status": sku[-1] if shipment == "RAW" else "D"})
                lines[-1]["origin"] = self._of[sku]["origin"]
            counted = [{"line": x["line"], "quantity": "1000", "unit": "No."} for x in lines]
            received = {"shipment": shipment, "receipt": "R1", "final": "true", "lines": counted}
            steps += [
                event(
                    "shipment.announced", "shop", f"announce-{shipment}", came | {"lines": lines}, day(0, 11)
                ),
                event("shipment.received", "dock", f"receive-{shipment}", received, day(1, 11)),
            ]
        return steps

    def _made(self) -> list[Step]:
        rng = self._rng
        permit = {"activities": ["manufacture"], "blanket": "true", "description": "as applied for"}
        valid = {"valid_from": "2026-03-04", "valid_to": "2027-03-03", "granted_on": "2026-03-04"}
        used = [self._taken(sku) for sku in ("RAW-P", "RAW-N", "DOM") if rng.random() < 0.75]
        used = used or [self._taken("RAW-P")]
        outputs = [self._output("FIN", rng.choice(("60", "100", "90")))]
        if rng.random() < 0.5:
            outputs[0]["relative_value"] = rng.choice(("3", "7.5"))
            outputs.append(self._output("BY", "40"))
        deep = [{"uin": "FIN", "quantity": "30", "unit": "No."}, self._taken("RAW-N")]
        made = {"kind": "consumed", "permit": "216-M"}
        first = made | {"production": "PR1", "components": used, "outputs": outputs, "at": day(3, 9)}
        second = made | {"production": "PR2", "components": deep, "at": day(4, 9)}
        second["outputs"] = [self._output("DEEP", "25")]
        return [
            call("/v1/inventory/permits/216-M", _WHO | permit | valid, day(2, 9)),
            call("/v1/inventory/productions", _WHO | first, day(3, 9)),
            call("/v1/inventory/productions", _WHO | second, day(4, 9)),
        ]

    def _taken(self, sku: str) -> dict[str, Any]:
        quantity = self._rng.choice((30, 100, 120))
        lost = {"waste": str(quantity // 10)} if self._rng.random() < 0.4 else {}
        return {"uin": sku, "quantity": str(quantity), "unit": "No."} | lost

    def _output(self, sku: str, quantity: str) -> dict[str, Any]:
        part = self._of[sku]
        number = part["number"].replace(".", "")
        said = {"uin": sku, "quantity": quantity, "unit": "No.", "number": number, "revision": "first"}
        return said | {"origin": part["origin"]}

    def _order(self, at: int) -> list[Step]:
        rng = self._rng
        leaves, sku = rng.randint(6, 30), rng.choice(("FIN", "FIN", "DEEP", "RAW-N", "RAW-P"))
        country = rng.choice(("US", "US", "CA", "MX"))
        order, parcel = f"W{at}", f"V{at}"
        line = {"line": "1", "quantity": str(rng.randint(1, 5))}
        to = {"destination_country": country} | ({"destination_state": "OH"} if country == "US" else {})
        lines = {"lines": [line | {"sku": sku, "unit": "No."}]}
        ships = {"ship_on": (FIRST + timedelta(days=leaves)).isoformat()}
        left = {"order": order, "parcel": parcel, "lines": [line]}
        asked = {"order": order} | to | ships | lines
        steps = [
            event("order.allocated", "shop", f"allocate-{order}", asked, day(leaves, 12)),
            event("order.shipped", "dock", f"ship-{order}", left, day(leaves, 15)),
        ]
        return steps if country == "US" else steps + self._exported(order, parcel, leaves)

    def _exported(self, order: str, parcel: str, leaves: int) -> list[Step]:
        rng, path = self._rng, f"/v1/duty/deferrals/acme/shop/{order}/{parcel}"
        who = {"zone": "999", "who": "broker-1"}
        on = (FIRST + timedelta(days=leaves)).isoformat()
        changed = {"changed": "true", "ground": "worked on under 216-M"}
        program = {"deferral_program": "true"} if rng.random() < 0.2 else {}
        steps = [
            call(f"{path}/condition", who | changed, day(leaves, 16)),
            call(
                f"{path}/exportations",
                who | {"exported_on": on, "document": "B3-1"} | program,
                day(leaves, 18),
            ),
        ]
        if not program and rng.random() < 0.7:
            claim = {"entry_number": "CA-1", "imported_on": on, "tariff_number": "6912.00", "rate": "8%"}
            paid = {"paid": rng.choice(("0.55", "3.33", "250")), "currency": "CAD", "usd_per_unit": "0.7215"}
            steps.append(
                call(f"{path}/claims", who | claim | paid | {"rate_source": "published"}, day(leaves, 20))
            )
        return steps


__all__ = ["AUTHORITY", "FIRST", "Works", "call", "day", "event"]
