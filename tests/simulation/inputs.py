"""What platforms and people send, drawn from the seed: over 300 inputs on 20 ledgers in five weeks.

Everything is planned before anything is sent; the plan is cut into bursts, and inside a burst (and now and
then across bursts) the order is permuted, so that counts come before announcements and parcels before orders.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random  # noqa: TID251 the simulator's own seeded randomness
from typing import Any

import msgspec
from tests.simulation.zone import DOCK, PF_REQUIRED, SHOPS, PartOf, parts

from ftz_common.values.calendar import week_start

#: Sunday, 1 March 2026, six in the morning in Chicago.
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
WEEKS = 4
BURSTS_A_WEEK = 4
KEYS = ("key", "account")


@dataclass(frozen=True, slots=True)
class Event:
    """One record on an intake topic. `expect`: "" for any outcome, or the code or result it must end with."""

    at: datetime
    source: str
    id: str
    body: bytes
    expect: str = ""
    copies: int = 1
    headers: dict[str, str] = field(default_factory=dict[str, str])
    delay: int = 0  #: bursts by which it comes late


@dataclass(frozen=True, slots=True)
class Decision:
    """A licensed person's decision over HTTP."""

    at: datetime
    part: PartOf
    number: str
    key: str


@dataclass
class Plan:
    """Everything that one seed sends."""

    events: list[Event] = field(default_factory=list[Event])
    decisions: list[Decision] = field(default_factory=list[Decision])
    kinds: Counter[str] = field(default_factory=Counter[str])
    bills: dict[str, str] = field(default_factory=dict[str, str])  #: how CBP treats the 214 of a bill
    given_up: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])  #: account, shipment
    rejected: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])  #: other kinds, attempts

    def bursts(self) -> list[tuple[datetime, list[Event], list[Decision]]]:
        """The plan cut by time."""
        edges = [START + timedelta(hours=12 + 42 * number) for number in range(WEEKS * BURSTS_A_WEEK + 4)]
        events: list[list[Event]] = [[] for _ in edges]
        decisions: list[list[Decision]] = [[] for _ in edges]
        for event in self.events:
            events[min(_first(edges, event.at) + event.delay, len(edges) - 1)].append(event)
        for decision in self.decisions:
            decisions[_first(edges, decision.at)].append(decision)
        return list(zip(edges, events, decisions, strict=True))


def _first(edges: list[datetime], at: datetime) -> int:
    return next((i for i, edge in enumerate(edges) if edge >= at), len(edges) - 1)


class Planner:
    """Draws a plan."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.plan = Plan()
        self._number = 0

    def make(self) -> Plan:
        """The plan of one seed."""
        for part in parts():
            self._part(part)
        for number in range(16):
            self._shipment(number)
        for number in range(10):
            self._typed(number)
        for number in range(96):
            self._order(number)
        for number in range(3):
            self._count(number)
        self._bad_inputs()
        if self._chance(0.25):
            self.plan.rejected.append(("3461", 2))
        if self._chance(0.25):
            self.plan.rejected += [("7501", attempt) for attempt in range(1, 9)]
        return self.plan

    # ---- making events --------------------------------------------------------------------------

    def _chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def _send(
        self, kind: str, source: str, at: datetime, data: dict[str, Any], expect: str = "", *, said: str = ""
    ) -> Event:
        self._number += 1
        name = f"e{self._number}"
        body = {
            "specversion": "1.0",
            "id": name,
            "type": f"ftz.platform.{kind}.v1",
            "source": said or source,
            "time": at.isoformat(),
            "data": data,
        }
        event = Event(
            at,
            source,
            name,
            msgspec.json.encode(body),
            expect,
            copies=2 if self._chance(0.08) else 1,
            headers={"ce_type": str(body["type"])} if self._chance(0.5) else {},
            delay=self._delay(kind),
        )
        self.plan.events.append(event)
        self.plan.kinds[kind] += 1
        return event

    def _delay(self, kind: str) -> int:
        """Bursts by which it comes late: a parcel now and then after its week is compiled."""
        if kind == "order.shipped" and self._chance(0.03):
            return 9
        return 1 if self._chance(0.06) else 0

    def _instant(self, first_hour: float, last_hour: float) -> datetime:
        minutes = self.random.randint(int(first_hour * 60), int(last_hour * 60))
        return START + timedelta(minutes=minutes)

    # ---- goods ----------------------------------------------------------------------------------

    def _part(self, part: PartOf) -> None:
        data = {
            "account": part.account,
            "sku": part.sku,
            "description": f"Goods {part.sku}",
            "origin": part.origin,
            "unit": "NO",
            "measures": {"kg": part.kilograms},
        }
        at = self._instant(1, 10)
        self._send("part.published", SHOPS[part.account], at, data)
        if self._chance(0.2):
            again = data | {"description": f"Goods {part.sku}, better described"}
            source = SHOPS[part.account] if self._chance(0.5) else DOCK
            issuer = {} if source != DOCK else {"issuer": SHOPS[part.account]}
            self._send("part.published", source, at + timedelta(hours=30), again | issuer)
        number = "9999.99.99.99" if self._chance(0.1) else part.number
        decided = at + timedelta(hours=self.random.choice((2, 2, 20, 40)))
        self.plan.decisions.append(Decision(decided, part, number, f"d-{part.account}-{part.uin}"))
        if number != part.number or self._chance(0.2):
            self.plan.decisions.append(
                Decision(decided + timedelta(hours=20), part, part.number, f"d2-{part.account}-{part.uin}")
            )

    def _shipment(self, number: int) -> None:
        account = ("acme", "bolt")[number % 2]
        mine = [p for p in parts() if p.account == account]
        goods = self.random.sample(mine, self.random.randint(4, 6))
        at = self._instant(12, 48) if number < 11 else self._instant(150, 420)
        base = {"account": account, "issuer": DOCK, "shipment": f"S-{number:03}"}
        lines = [self._line(index, part) for index, part in enumerate(goods, 1)]
        papers = [{"kind": k, "number": f"{k}-{number}"} for k in ("invoice", "packing-list")]
        late = self._chance(0.2)
        treated = self.random.choice(("", "", "", "", "", "", "late", "twice", "never", "reject"))
        if treated:
            self.plan.bills[f"BILL-{number:03}"] = treated
        announced = base | {
            "mode": "11",
            "carrier": "SIMU",
            "bill": f"BILL-{number:03}",
            "port_of_unlading": "3901",
            "export_date": "2026-02-10",
            "import_date": "2026-02-28",
            "lines": lines,
            "documents": papers[:1] if late else papers,
        }
        self._send("shipment.announced", DOCK, at, announced)
        if late and self._chance(0.8):
            self._send("shipment.documented", DOCK, at + self._hours(3, 50), base | {"documents": papers[1:]})
        if treated == "reject":
            self._send("shipment.announced", DOCK, at + self._hours(50, 80), announced)
        self._receive(base, lines, at)

    def _line(self, index: int, part: PartOf) -> dict[str, Any]:
        must = part.number.startswith(PF_REQUIRED[0]) and part.origin == PF_REQUIRED[1]
        status = "P" if must and self._chance(0.95) else self.random.choice("PPNNNDZ")
        return {
            "line": index,
            "sku": part.uin,
            "quantity": str(self.random.choice((3, 7, 40, 100, 144, 333))),
            "unit": "NO",
            "value": self.random.choice(("1000", "99.99", "12345.67", "10", "777.1")),
            "status": status,
            "origin": part.origin,
        }

    def _typed(self, number: int) -> None:
        """An admission of another type: domestic, overage, deposit, zone-to-zone, direct, given up."""
        kind = "DOTZ+-"[number % 6]
        account = "acme" if kind == "+" else self.random.choice(("acme", "bolt"))
        goods = self.random.sample([p for p in parts() if p.account == account], 2)
        at = self._instant(14, 60) if number < 6 else self._instant(150, 420)
        base = {"account": account, "issuer": DOCK, "shipment": f"T-{number:03}"}
        if kind == "-":
            self.plan.given_up.append((account, str(base["shipment"])))
        lines = [self._line(index, part) for index, part in enumerate(goods, 1)]
        papers = [{"kind": k, "number": f"{k}-T{number}"} for k in ("invoice", "packing-list")]
        came = {
            "mode": "11",
            "carrier": "SIMU",
            "bill": f"BILL-T{number:03}",
            "port_of_unlading": "3901",
            "export_date": "2026-02-10",
            "import_date": "2026-02-28",
        }
        whole = base | came | {"lines": lines, "documents": papers}
        day = at.date().isoformat()
        match kind:
            case "D":
                said = base | {"admission_type": "D", "lines": [line | {"status": "D"} for line in lines]}
            case "O":
                said = base | {"admission_type": "O", "found_on": day, "lines": lines}
                if self._chance(0.6):
                    self._send(
                        "shipment.documented", DOCK, at + self._hours(2, 170), base | {"documents": papers}
                    )
            case "T":
                without = [line | {"status": "", "value": "0"} for line in lines]
                said = base | came | {"admission_type": "T", "lines": without}
                if self._chance(0.7):
                    self._send("shipment.announced", DOCK, at + self._hours(30, 420), whole)
            case "Z":
                number_then = goods[0].number.replace(".", "")
                frozen = {"frozen_number": number_then, "pf_filed_on": "2026-01-15", "status": "P"}
                travelled = [lines[0] | frozen, lines[1] | {"status": "N"}]
                said = base | {
                    "admission_type": "Z",
                    "from_zone": "100",
                    "delivered_on": day,
                    "lines": travelled,
                }
                if self._chance(0.6):
                    history = {"documents": [{"kind": "zone-history", "number": f"H-{number}"}]}
                    self._send("shipment.documented", DOCK, at + self._hours(40, 400), base | history)
            case "+":
                said = whole | {"direct_delivery": True}
                carried = {"documents": [{"kind": "in-bond", "number": f"IT-{number}"}]}
                self._send("shipment.documented", DOCK, at + self._hours(5, 170), base | carried)
            case _:
                said = whole | {"documents": papers[: self.random.choice((1, 2))]}
        self._send("shipment.announced", DOCK, at, said)
        if kind not in "O-":
            self._receive(base, lines, at)

    def _hours(self, first: float, last: float) -> timedelta:
        return timedelta(minutes=self.random.randint(int(first * 60), int(last * 60)))

    def _receive(self, base: dict[str, Any], lines: list[dict[str, Any]], at: datetime) -> None:
        arrived = at + self._hours(5, 40)
        self._send("shipment.arrived", DOCK, arrived, base)
        counted = arrived + self._hours(1, 20)
        off = self.random.choice((0, 0, 0, 0, -1, 1, -2))
        halves = self._chance(0.3)
        for receipt in range(2 if halves else 1):
            rows: list[dict[str, Any]] = []
            for line in lines:
                whole = int(line["quantity"]) + (off if line["line"] == 1 else 0)
                half = whole // 2
                quantity = (half, whole - half)[receipt] if halves else whole
                if quantity > 0:
                    rows.append({"line": line["line"], "quantity": str(quantity), "unit": "NO"})
            if rows:
                final = receipt == (1 if halves else 0) and self._chance(0.9)
                data = base | {"receipt": f"R{receipt}", "lines": rows, "final": final}
                self._send("shipment.received", DOCK, counted + timedelta(hours=20 * receipt), data)

    # ---- orders ---------------------------------------------------------------------------------

    def _order(self, number: int) -> None:
        account = self.random.choice(("acme", "bolt"))
        shop = SHOPS[account]
        mine = [p for p in parts() if p.account == account]
        goods = self.random.sample(mine, self.random.choice((1, 1, 2, 3)))
        at = self._instant(110, WEEKS * 7 * 24 - 60)
        export = self._chance(0.2)
        base: dict[str, Any] = {"account": account, "issuer": shop, "order": f"O-{number // 2:03}-{shop}"}
        base["order"] = f"O-{number:03}"
        lines = [
            {
                "line": index,
                "sku": part.sku if self._chance(0.97) else f"never-{part.sku}",
                "quantity": str(self.random.choice((1, 1, 2, 3, 5, 20))),
                "unit": "NO" if self._chance(0.98) else "kg",
            }
            for index, part in enumerate(goods, 1)
        ]
        allocated = base | {
            "destination_country": self.random.choice(("DE", "MX", "CA")) if export else "US",
            "destination_state": "" if export else self.random.choice(("IL", "PR")),
            "ship_on": (at + timedelta(days=1)).date().isoformat(),
            "lines": lines,
        }
        if self._chance(0.97):
            self._send("order.allocated", shop, at, allocated)
        fate = self.random.random()
        if fate < 0.08:
            self._send("order.cancelled", shop, at + self._hours(1, 20), base)
            return
        shipped = at + self._hours(3, 40)
        portions = [{"line": line["line"], "quantity": line["quantity"]} for line in lines]
        self._ship(base, portions, shipped, export=export, fate=fate)

    def _ship(
        self, base: dict[str, Any], portions: list[dict[str, Any]], at: datetime, *, export: bool, fate: float
    ) -> None:
        whole = {"parcel": "P1", "lines": portions}
        if len(portions) > 1 and self._chance(0.4):
            self._send("order.shipped", DOCK, at, base | {"parcel": "P1", "lines": portions[:1]})
            second = {"parcel": "P2", "lines": portions[1:]}
            self._send("order.shipped", DOCK, at + self._hours(1, 30), base | second)
        else:
            self._send("order.shipped", DOCK, at, base | whole)
        if fate < 0.20:
            cancelled = {"parcel": "P1"} if self._chance(0.7) else {"parcel": "P1", "lines": portions[:1]}
            self._send("order.cancelled", DOCK, at + self._hours(1, 60), base | cancelled)
            if self._chance(0.4):  # pressed twice, an hour later
                self._send("order.cancelled", DOCK, at + self._hours(61, 90), base | cancelled)
        elif fate < 0.35:
            back = {"return_id": "B1", "lines": portions[:1]}
            expect = "returned-from-abroad" if export else ""
            self._send(
                "order.returned", DOCK, at + self._hours(30, 200), base | back, expect if False else ""
            )
        if export and self._chance(0.5):  # before the goods leave, or too late
            application = {"parcel": "P1", "kind": "TE", "number": f"V-{base['order']}", "port": "2304"}
            goods = [{"number": "6912004810", "status": "N", "origin": "PT", "unit": "NO", "quantity": "1"}]
            manifest = application | {"carrier": "party-carrier", "lines": goods}
            if self._chance(0.5):
                week = week_start(at.date(), 6)
                manifest["weekly_permit"] = weekly_permit(str(base["account"]), week)
            self._send("inbond.authorized", DOCK, at + self._hours(-20, 20), base | manifest)
        if export and self._chance(0.75):
            closed = {"parcel": "P1", "port_of_exit": "2304"}
            self._send("inbond.closed", DOCK, at + self._hours(10, 300), base | closed)

    # ---- counts ---------------------------------------------------------------------------------

    def _count(self, number: int) -> None:
        """A snapshot of some goods of an account, in two parts."""
        account = ("acme", "bolt")[number % 2]
        mine = [p for p in parts() if p.account == account]
        goods = self.random.sample(mine, 6)
        at = self._instant(200, WEEKS * 7 * 24 - 90)
        base = {"account": account, "issuer": SHOPS[account], "count": f"C-{number}", "of": 2}
        for part in (1, 2):
            lines = [
                {"sku": p.sku, "quantity": str(self.random.choice((0, 40, 99, 144, 500))), "unit": "NO"}
                for p in goods[part - 1 :: 2]
            ]
            self._send("stock.counted", DOCK, at, base | {"part": part, "lines": lines})

    # ---- what must be refused -------------------------------------------------------------------

    def _bad_inputs(self) -> None:
        at = self._instant(100, 400)
        order: dict[str, Any] = {
            "account": "acme",
            "order": "BAD",
            "destination_country": "US",
            "ship_on": "2026-03-20",
            "lines": [{"line": 1, "sku": "x", "quantity": "1", "unit": "NO"}],
        }
        line = order["lines"][0]
        shop = "acme-shop"
        kind = "order.allocated"
        self._send(kind, shop, at, order | {"account": "bolt"}, "account-not-yours")
        self._send(kind, shop, at, order | {"issuer": "bolt-shop"}, "issuer-not-yours")
        self._send(kind, shop, at, order | {"ship_on": "2026-02-31"}, "date-impossible")
        self._send(kind, shop, at, order | {"lines": [line | {"quantity": "-1"}]}, "quantity-out-of-range")
        self._send(kind, shop, at, order | {"lines": [line | {"quantity": 1.5}]}, "json-fraction")
        self._send(kind, shop, at, order | {"lines": [line | {"quantity": "NaN"}]}, "wrong-shape")
        self._send(kind, shop, at, order, "unknown-source", said="mall")
        self._send("order.vanished", shop, at, order, "unknown-type")
        self._send(kind, shop, at + timedelta(days=90), order, "time-in-future")
        shipment: dict[str, Any] = {"account": "acme", "shipment": "BAD", "lines": []}
        wrong = {"line": 1, "sku": "x", "quantity": "1", "unit": "NO", "value": "1", "origin": "DE"}
        came = {"mode": "11", "carrier": "S", "bill": "B", "port_of_unlading": "3901"}
        came |= {"export_date": "2026-02-10", "import_date": "2026-02-28"}
        bolt = {"account": "bolt", "issuer": DOCK}
        typed: list[tuple[dict[str, Any], str, str]] = [
            (came, "", "status-missing"),
            (came | {"admission_type": "T"}, "N", "deposit-has-no-status"),
            ({"admission_type": "Z"}, "N", "zone-missing"),
            (came | bolt | {"direct_delivery": True}, "N", "direct-delivery-not-approved"),
        ]
        for said, status, code in typed:
            lines = [wrong | {"status": status}]
            source = DOCK if "issuer" in said else shop
            self._send("shipment.announced", source, at, shipment | said | {"lines": lines}, code)
        part = {"account": "acme", "sku": "unitless", "description": "Goods", "origin": "DE", "unit": " "}
        self._send("part.published", shop, at, part, "part-incomplete")
        good = self._send(kind, shop, at, order | {"order": "TWICE"}, "accepted")
        body = msgspec.json.decode(good.body)
        body["data"]["ship_on"] = "2026-03-21"
        twin = Event(at + timedelta(hours=80), shop, good.id, msgspec.json.encode(body), "same-id-other-body")
        self.plan.events.append(twin)
        self.plan.kinds["the same id with another body"] += 1
        for garbage in (b"{", b"\xff", b"[]", b'{"id":"x","id":"x"}', b"{" * 4000):
            self.plan.events.append(Event(at, shop, "", garbage, "refused"))
            self.plan.kinds["garbage"] += 1


def weekly_permit(account: str, week: date) -> str:
    """The number of the export permit of an account's week."""
    return f"W-{account}-{week}"


def plan(seed: int) -> Plan:
    """The inputs of a seed."""
    return Planner(Random(f"inputs of {seed}")).make()
