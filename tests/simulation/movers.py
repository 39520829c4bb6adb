"""What people do with goods besides orders, drawn from the seed: every movement, permits, counts, production.

Many of these are refused, because goods are not there, are promised, or stand otherwise: part of it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random  # noqa: TID251 the simulator's own seeded randomness
from typing import Any

from tests.simulation.goods import Goods, Layer
from tests.simulation.zone import REVISION, REVISION_2, SECOND, ZONE, parts, rate_of

from ftz_common.contracts.counts import CountPlanned, DifferenceSettled
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.movements import PermitGranted
from ftz_common.contracts.production import Component, Output, PermitShown, ProductionOpened
from ftz_common.flow.aggregate import To
from ftz_common.flow.service import Service
from ftz_common.values.names import stream_name, stream_parts
from ftz_inventory.domain import count as counting
from ftz_inventory.domain import moves, permit216
from ftz_inventory.domain.allocating import Allocate, EndAllocation, Wanted
from ftz_inventory.domain.identity import count_stream, permit_stream, production_stream
from ftz_inventory.domain.layer import Which
from ftz_inventory.domain.production import OpenProduction
from ftz_inventory.usecases import COUNTS, LEDGERS, PERMITS, PRODUCTIONS

ACTIVITIES = ("manipulate", "manufacture", "destroy", "remove-temporarily")
ACCOUNTS = ("acme", "bolt")
CAUSES = ("board-order", "identity-lost", "waste", "casualty")
Ask = Callable[[str, str, Callable[[Service], Any]], None]


class Movers:
    """Draws movements burst by burst from what the book has."""

    def __init__(self, seed: int, goods: Goods, ask: Ask) -> None:
        self.random = Random(f"movements of {seed}")
        self.goods = goods
        self.ask = ask
        self._number = 0
        self._made: list[tuple[str, str, str]] = []  #: kind, ledger, movement
        self._allocated: list[tuple[str, str]] = []

    def begin(self) -> None:
        """Two permits: one for the whole run, one that is revoked at once."""
        for account in ACCOUNTS:
            for number in ("216-A", "216-B"):
                granted = PermitGranted(
                    permit=number,
                    zone=ZONE,
                    account=account,
                    activities=list(ACTIVITIES),
                    blanket=True,
                    valid_from="2026-03-01",
                    valid_to="2027-02-28",
                    description="as applied for",
                    quantity_max=Decimal(60) if number == "216-A" and account == "acme" else None,
                    granted_on="2026-03-01",
                    who="person-1",
                )
                stream = permit_stream(ZONE, account, number)
                self._tell(PERMITS, stream, permit216.GrantPermit(granted), account)
            revoked = permit216.RevokePermit("2026-03-02", "order of the port director", "person-1")
            self._tell(PERMITS, permit_stream(ZONE, account, "216-B"), revoked, account)

        planned = CountPlanned(
            count="annual",
            kind="annual",
            zone=ZONE,
            site="site-1",
            account="acme",
            on="2026-03-20",
            told_cbp_on="2026-03-10",
            who="person-1",
        )
        self._tell(COUNTS, count_stream(ZONE, "acme", "annual"), counting.PlanCount(planned), "acme")

    def burst(self, at: datetime) -> None:
        """Some movements at an instant, on goods that are there as far as is known."""
        ledgers = sorted(self.goods.of_ledger)
        for _ in range(self.random.randint(0, 5)):
            if ledgers:
                stream = self.random.choice(ledgers)
                layers = [layer for layer in self.goods.of_ledger[stream] if layer.left]
                if layers:
                    self._one(stream, self.random.choice(layers), at - timedelta(hours=1))

    # ---- one ------------------------------------------------------------------------------------

    def _tell(self, of: Any, stream: str, command: Any, account: str) -> None:
        self._number += 1
        asked = To(of, stream, command, account=account, zone=ZONE)
        self.ask("inventory", f"move-{self._number}", lambda _service: asked)

    def _local(self, stream: str, make: Callable[[moves.Local], Any]) -> None:
        """A command that needs the calendar of the zone, looked up where it is carried out."""
        account = stream_parts(stream)[3]
        self._number += 1

        def asked(service: Service) -> To:
            cases = next(iter(service.arms.facts.values())).__self__  # pyright: ignore[reportFunctionMemberAccess]
            return To(LEDGERS, stream, make(cases.local(ZONE, account)), account=account, zone=ZONE)

        self.ask("inventory", f"move-{self._number}", asked)

    def _one(self, stream: str, layer: Layer, at: datetime) -> None:
        turn = self.random.random()
        if turn < 0.62:
            self._move(stream, layer, at)
        elif turn < 0.74 and self._made:
            self._follow(at)
        elif turn < 0.78:
            self._overage(stream, at)
        elif turn < 0.81:
            self._receive(stream, at)
        elif turn < 0.88:
            self._allocate(stream, layer, at)
        else:
            self._produce(stream, layer, at)

    def _move(self, stream: str, layer: Layer, at: datetime) -> None:
        kind, more = self.random.choice(self._kinds(stream, layer, at))
        name = f"M{self._number}"
        some = min(layer.left, Decimal(self.random.choice((1, 2, 5, 30))))
        if more.get("which") is not None and kind == "released":
            some = layer.left
        self._made.append((kind, stream, name))
        self._local(
            stream,
            lambda local: moves.Move(
                local, name, kind, some, layer.fact.unit, instant_text(at), "person-1", **more
            ),
        )

    def _kinds(self, stream: str, layer: Layer, at: datetime) -> list[tuple[Any, dict[str, Any]]]:
        account = stream_parts(stream)[3]
        permit = self._permit(account, self.random.choice(("216-A", "216-A", "216-A", "216-B")))
        named = {"which": Which(layer=layer.fact.layer)}
        held = layer.fact.holds
        day = at.date().isoformat()
        kinds: list[tuple[Any, dict[str, Any]]] = [
            ("relocated", {"destination": self.random.choice(("A-1", "B-2"))}),
            ("held", {"hold": "detained", "reason": "detained"} | named),
            ("status-changed", self._status(layer, day)),
            ("status-changed", self._status(layer, day)),
            (
                "temporarily-removed",
                {
                    "destination": "fair",
                    "due_on": (at + timedelta(days=9)).date().isoformat(),
                    "permit": permit,
                },
            ),
            ("sent-to-zone", {"destination": "888", "reference": "IT1"}),
            ("destroyed", {"permit": permit}),
            ("wasted", {"permit": permit, "residue": self._residue(stream)}),
            ("adjusted", {"reason": "count", "approved_by": "person-2"}),
            (
                "adjusted",
                {"reason": "found", "approved_by": "person-2", "found": True, "reference": "5931"} | named,
            ),
        ]
        if held:
            kinds += [("released", {"hold": held[0], "reason": "over"} | named)] * 6
        return kinds

    def _status(self, layer: Layer, day: str) -> dict[str, Any]:
        """By every cause that a person can name; some without what it asks for."""
        complete = self.random.random() < 0.7
        return {
            "status": self.random.choice("PPNZD"),
            "cause": self.random.choice(("election", "election", *CAUSES)),
            "filed_on": day,
            "reference": "214",
            "authorisation": "order 7" if complete else "",
            "number": layer.fact.number,
            "revision": REVISION_2 if day >= SECOND else REVISION,
        }

    def _residue(self, stream: str) -> moves.Residue | None:
        if self.random.random() < 0.5:
            return None
        _, zone, site, account, _ = stream_parts(stream)
        ledger = stream_name("ledger", zone, site, account, "SCRAP")
        return moves.Residue(ledger, "SCRAP", Decimal(1), "kg", Decimal(2), "3924104000", REVISION, "DE")

    def _permit(self, account: str, number: str) -> moves.PermitSeen:
        revoked = "2026-03-02" if number == "216-B" else ""
        stream = permit_stream(ZONE, account, number)
        return moves.PermitSeen(stream, number, ACTIVITIES, "2026-03-01", "2027-02-28", revoked)

    def _receive(self, stream: str, at: datetime) -> None:
        """Goods of another zone with their history, whose weight nobody needs to know."""
        account, uin = stream_parts(stream)[3:]
        part = next((p for p in parts() if (p.account, p.uin) == (account, uin)), None)
        rate = rate_of(part.number, REVISION) if part else None
        if part is None or rate is None or rate.per_kg:
            return
        privileged = self.random.random() < 0.5
        layer = moves.Travelled(
            quantity=Decimal(self.random.choice((0, 6, 25))),
            unit="NO",
            value=Decimal("99.90"),
            status="P" if privileged else "N",
            pf_filed_on="2026-01-15" if privileged else None,
            origin=part.origin,
            number=part.number.replace(".", ""),
            revision=REVISION,
        )
        name = f"Z{self._number}"
        self._local(
            stream,
            lambda local: moves.ReceiveFromZone(
                local,
                name,
                instant_text(at),
                "person-1",
                f"admission/{account}/zone/{name}",
                f"999-26-Z{self._number:05}",
                "888",
                (layer,),
            ),
        )

    def _follow(self, at: datetime) -> None:
        kind, stream, name = self.random.choice(self._made)
        said = instant_text(at)
        if kind == "temporarily-removed" and self.random.random() < 0.7:
            quantity = Decimal(self.random.choice((0, 1)))
            self._local(
                stream, lambda local: moves.BringBack(local, name, f"{name}-b", quantity, said, "person-1")
            )
        elif kind == "sent-to-zone" and self.random.random() < 0.6:
            self._tell(LEDGERS, stream, moves.SendHistory(name, said, "person-1"), stream_parts(stream)[3])
        else:
            self._local(
                stream,
                lambda local: moves.ReverseMovement(local, name, said, "person-1", "a mistake", "person-2"),
            )

    def _overage(self, stream: str, at: datetime) -> None:
        name, day = f"O{self._number}", at.date().isoformat()
        self._local(
            stream,
            lambda local: moves.FindOverage(local, name, Decimal(3), "NO", day, "person-1"),
        )
        if self.random.random() < 0.5:
            settle = moves.SettleOverage(name, "admitted", "214", "person-1")
            self._tell(LEDGERS, stream, settle, stream_parts(stream)[3])

    def _allocate(self, stream: str, layer: Layer, at: datetime) -> None:
        name, account = f"AL{self._number}", stream_parts(stream)[3]
        until = instant_text(at + timedelta(hours=self.random.choice((2, 80))))
        wanted = (Wanted(1, Decimal(2), layer.fact.unit), Wanted(2, Decimal(500), layer.fact.unit))
        command = Allocate(name, wanted, self.random.choice(("consumption", "export")), until, "person-1")
        self._tell(LEDGERS, stream, command, account)
        if self.random.random() < 0.4:
            self._tell(LEDGERS, stream, EndAllocation(name), account)

    def _produce(self, stream: str, layer: Layer, at: datetime) -> None:
        _, zone, site, account, uin = stream_parts(stream)
        name = f"PR{self._number}"
        number = layer.fact.number if self.random.random() < 0.7 else "9999999999"
        some = Decimal(self.random.choice((1, 2, 400)))
        seen = self._permit(account, "216-A")
        opened = ProductionOpened(
            production=name,
            zone=zone,
            site=site,
            account=account,
            kind="manipulated",
            at=instant_text(at),
            timezone="America/Chicago",
            week_starts=6,
            permit=PermitShown(
                stream=seen.stream,
                number=seen.number,
                activities=list(seen.activities),
                valid_from=seen.valid_from,
                valid_to=seen.valid_to,
            ),
            components=[Component(ledger=stream, uin=uin, quantity=some, unit=layer.fact.unit)],
            outputs=[
                Output(
                    ledger=stream_name("ledger", zone, site, account, f"KIT-{uin}"),
                    uin=f"KIT-{uin}",
                    quantity=some,
                    unit="NO",
                    number=number,
                    revision=layer.fact.revision,
                    decision=layer.fact.decision,
                    origin=layer.fact.origin,
                )
            ],
            who="person-1",
        )
        self._tell(PRODUCTIONS, production_stream(zone, account, name), OpenProduction(opened), account)

    def settle(self, differences: dict[str, Any]) -> None:
        """What counts found is settled, most of it."""
        for name in sorted(differences):
            if self.random.random() < 0.5:
                fact = differences[name]
                said = DifferenceSettled(difference=name, how="recounted", reference="C2", who="person-1")
                self._tell(COUNTS, fact.count, counting.SettleDifference(said), fact.account)
