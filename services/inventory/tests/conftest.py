"""A zone on paper: orders, ledgers and cover of inventory, told things by hand and answering each other."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from ftz_common.contracts import platform
from ftz_common.contracts.admissions import GoodsAdmitted
from ftz_common.contracts.common import OutcomeGiven
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.inventory import CoverGranted, Drawn, DrawReversed, LayerOpened
from ftz_common.contracts.movements import GoodsBroughtBack, GoodsMoved, MovementReversed
from ftz_common.contracts.reference import (
    Account,
    KitPart,
    Pack,
    Parties,
    Procedures,
    Site,
    SkuMapping,
    Source,
    ZoneDocument,
)
from ftz_common.contracts.table import BY_FACT
from ftz_common.flow.aggregate import ForeignEvent, To
from ftz_common.flow.reference import Reference
from ftz_common.testing.story import Story
from ftz_common.values.exact import ZERO, plain
from ftz_common.values.names import derived_id, stream_name
from ftz_inventory.domain.balance import balance, totals
from ftz_inventory.domain.identity import cover_stream, layer_id, ledger_stream
from ftz_inventory.handlers import arms
from ftz_inventory.usecases import UseCases

ZONE, SITE, ACCOUNT, SHOP, TIMEZONE = "999", "site-1", "acme", "shop", "America/New_York"
EVENTS = {cls: name for name, (cls, _) in platform.FOREIGN.items()}
PARTIES = Parties(applicant="p-1", importer_of_record="p-1", owner="p-1", filer="XYZ")
DOCUMENT = ZoneDocument(
    zone=ZONE,
    name="A zone",
    port="1001",
    timezone=TIMEZONE,
    operator="p-0",
    site=Site(id=SITE, name="A site", firms="A123"),
    accounts=[Account(id=ACCOUNT, parties=PARTIES, master_source="erp")],
    sources=[Source(name="wms", accounts=[ACCOUNT], issuers=[SHOP])],
    procedures=Procedures(required_documents=[]),
    sku_mappings=[
        SkuMapping(account=ACCOUNT, issuer=SHOP, sku="MUG/BLUE", uin="MUG"),
        SkuMapping(
            account=ACCOUNT,
            issuer=SHOP,
            sku="MUG/ANY",
            uin="MUG",
            unit="EA",
            packs=[
                Pack(unit="DOZ", quantity=Decimal(12)),
                Pack(unit="HALF", quantity=Decimal("0.5")),
                Pack(unit="KG", each=Decimal("0.35")),
            ],
        ),
        SkuMapping(
            account=ACCOUNT,
            issuer=SHOP,
            sku="KIT",
            uin="KIT",
            parts=[
                KitPart(uin="MUG", quantity=Decimal(2), unit="EA"),
                KitPart(uin="LAMP", quantity=Decimal(1), unit="EA"),
            ],
        ),
    ],
)


def instant(text: str) -> datetime:
    """ "05-11 09:30" is that minute of 2026, UTC; a day alone is its noon."""
    day, _, time = text.partition(" ")
    return datetime.fromisoformat(f"2026-{day}T{time or '12:00'}:00").replace(tzinfo=UTC)


def said(at: datetime) -> str:
    """An instant as facts carry it."""
    return at.isoformat().replace("+00:00", "Z")


@dataclass
class Paper:
    """Streams of one zone. What a stream says to another lies in `mail` until it is delivered."""

    stories: dict[str, Story] = field(default_factory=dict)
    mail: list[tuple[Fact, datetime]] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    outcomes: dict[str, list[OutcomeGiven]] = field(default_factory=dict)
    events: int = 0
    delivered: int = 0

    def __post_init__(self) -> None:
        self.arms = arms(UseCases(Reference(zones={ZONE: DOCUMENT})))

    # ---- what is told -----------------------------------------------------------------------

    def tell(self, data: platform.Foreign, at: str, event: str = "") -> str:
        """A platform's event, carried out with everything that follows; returns the event's id."""
        event = self.post(data, at, event)
        self.deliver()
        return event

    def post(self, data: platform.Foreign, at: str, event: str = "") -> str:
        """The event alone: what it asks of others lies in the mail."""
        self.events += 1
        event = event or f"e{self.events}"
        heard = ForeignEvent(event, "wms", EVENTS[type(data)], instant(at), data, SHOP, ZONE)
        asked = self.arms.foreign[type(data)](heard)
        facts = [] if isinstance(asked, Refusal) else self._work(asked, instant(at))
        refusal = asked if isinstance(asked, Refusal) else self._refusal
        if not any(isinstance(f, OutcomeGiven) and f.event == event for f in facts):
            no = refusal or SimpleNamespace(code="", reason="", citation="", remedy="", place="")
            self._answer(
                OutcomeGiven(
                    source="wms",
                    event=event,
                    event_type=heard.type,
                    result="refused" if refusal else "accepted",
                    code=no.code,
                    reason=no.reason,
                    citation=no.citation,
                    remedy=no.remedy,
                    place=no.place,
                )
            )
        return event

    def hear(self, fact: Fact, at: str) -> None:
        """A fact of another service, carried out with everything that follows."""
        self.mail.append((fact, instant(at)))
        self.deliver()

    # ---- how it goes round ------------------------------------------------------------------

    def deliver(self, pick: Callable[[int], int] = lambda _: 0) -> None:
        """Empty the mail; `pick` says which of so many letters is next (0: in order)."""
        while self.mail:
            fact, at = self.mail.pop(pick(len(self.mail)))
            self.delivered += 1
            for to in self.arms.facts[type(fact)](fact, SimpleNamespace(zone=ZONE)):
                self._work(to, at)

    def _work(self, to: To, at: datetime) -> list[Fact]:
        story = self.stories.setdefault(to.stream, Story(to.aggregate, to.stream))
        decision = to.aggregate.decide(story.state, to.command, at)
        self._refusal = decision if isinstance(decision, Refusal) else None
        if isinstance(decision, Refusal):
            return []
        for fact in decision:
            story.state = to.aggregate.evolve(story.state, fact)
            story.facts.append(fact)
            self.facts.append(fact)
            if isinstance(fact, OutcomeGiven):
                self._answer(fact)
            elif ("inventory", type(fact)) in BY_FACT and type(fact) in self.arms.facts:
                self.mail.append((fact, at))
        return list(decision)

    def _answer(self, given: OutcomeGiven) -> None:
        self.outcomes.setdefault(given.event, []).append(given)

    # ---- what is there ----------------------------------------------------------------------

    def outcome(self, event: str) -> OutcomeGiven:
        """The last answer to an event."""
        return self.outcomes[event][-1]

    def said(self, kind: type[Fact]) -> list[Any]:
        """Every fact of a kind, in order."""
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def ledger(self, uin: str = "MUG") -> Any:
        """The state of a ledger."""
        return self.stories[ledger_stream(ZONE, SITE, ACCOUNT, uin)].state

    def left(self, uin: str = "MUG") -> list[str]:
        """What is in each open layer, oldest first, in words."""
        state = self.ledger(uin)
        layers = sorted(state.layers.values(), key=lambda layer: layer.rank)
        return [f"{layer.admission_number or 'returned'} {plain(layer.left)}" for layer in layers]

    def balance(self, as_of: str, uin: str = "MUG") -> list[str]:
        """The balance of a day, in words: layer, opened, drawn, left."""
        return [
            f"{row.admission_number or 'returned'} {plain(row.opened)}-{plain(row.drawn)}={plain(row.left)}"
            for row in balance(self.ledger(uin), f"2026-{as_of}")
        ]

    def order(self, number: str = "1") -> Any:
        """The state of an order."""
        return self.stories[stream_name("order", ACCOUNT, SHOP, number)].state

    def drawn(self) -> list[str]:
        """Every piece drawn, in words: 214, quantity, value."""
        return [
            f"{p.admission_number} {plain(p.quantity)} {plain(p.value)}"
            for d in self.said(Drawn)
            for p in d.pieces
        ]


# ---- balances of facts alone --------------------------------------------------------------------


def balances_of_facts(facts: Iterable[Any], as_of: str) -> dict[str, tuple[Decimal, Decimal, Decimal]]:
    """Of each layer that was there at the end of a day: opened, left and worth, told fact by fact.

    A draw counts on the day it left, also when it is taken back later, but not before the day on which its
    layer opened; what a movement opened that did not happen was never there.
    """
    found: dict[str, list[Decimal]] = {}
    removed: dict[str, str] = {}

    def count(on: str, pieces: Iterable[Any], sign: int) -> None:
        for piece in pieces if on <= as_of else ():
            if piece.layer in found:
                found[piece.layer][1] -= sign * piece.quantity
                found[piece.layer][2] -= sign * piece.value

    for fact in facts:
        match fact:
            case LayerOpened():
                if (fact.opened_on or fact.admitted_on) <= as_of:
                    found[fact.layer] = [fact.quantity, fact.quantity, fact.value]
            case Drawn():
                removed[fact.withdrawal] = fact.removed_on
                count(fact.removed_on, fact.pieces, 1)
            case DrawReversed():
                count(removed[fact.withdrawal], fact.pieces, -1)
            case GoodsMoved():
                count(fact.on, fact.pieces, 1)
            case GoodsBroughtBack() | MovementReversed():
                count(fact.on, fact.pieces, -1)
                for piece in fact.emptied if isinstance(fact, MovementReversed) else ():
                    found.pop(piece.layer, None)
            case _:
                pass
    return {layer: (opened, left, worth) for layer, (opened, left, worth) in found.items()}


def check_balances(ledger: Any, facts: list[Any], days: Iterable[str]) -> None:
    """What the ledger keeps by date is what its facts say, by layer and in all, on every day."""
    for day in days:
        rows = balance(ledger, day)
        assert {r.layer: (r.opened, r.left, r.worth) for r in rows} == balances_of_facts(facts, day)
        sums: dict[tuple[str, str], list[Decimal]] = {}
        for row in rows:
            of = sums.setdefault((row.status, row.unit), [ZERO] * 4)
            for place, each in enumerate((row.opened, row.drawn, row.left, row.worth)):
                of[place] += each
        told = {(t.status, t.unit): [t.opened, t.drawn, t.left, t.worth] for t in totals(ledger, day)}
        assert told == sums


# ---- sentences ----------------------------------------------------------------------------------


def admitted(
    number: str,
    on: str,
    quantity: str,
    value: str = "100",
    *,
    status: str = "N",
    line: int = 1,
    receipt: str = "R1",
    uin: str = "MUG",
    unit: str = "EA",
    hts: str = "6912004100",
    origin: str = "CN",
) -> GoodsAdmitted:
    """A receipt of one 214 line, at noon UTC of a day."""
    at = instant(on)
    return GoodsAdmitted(
        ledger=ledger_stream(ZONE, SITE, ACCOUNT, uin),
        site=SITE,
        account=ACCOUNT,
        uin=uin,
        admission=stream_name("admission", ACCOUNT, SHOP, number),
        admission_number=number,
        line=line,
        receipt=receipt,
        admitted_on=f"2026-{on[:5]}",
        admitted_at=said(at),
        quantity=Decimal(quantity),
        unit=unit,
        value=Decimal(value),
        status=status,
        pf_filed_on="2026-05-01" if status == "P" else None,
        origin=origin,
        number=hts,
        revision="2026-4",
        decision="d-1",
        timezone=TIMEZONE,
        week_starts=6,
    )


def ordered(
    *lines: tuple[str, str],
    order: str = "1",
    country: str = "US",
    state: str = "NJ",
    unit: str = "EA",
) -> platform.OrderAllocated:
    """An order of (SKU, quantity), numbered from 1."""
    return platform.OrderAllocated(
        account=ACCOUNT,
        order=order,
        destination_country=country,
        destination_state=state,
        ship_on="2026-05-20",
        lines=[
            platform.OrderedLine(line=n, sku=sku, quantity=quantity, unit=unit)
            for n, (sku, quantity) in enumerate(lines, start=1)
        ],
    )


def _portions(lines: Iterable[tuple[int, str]]) -> list[platform.OrderPortion]:
    return [platform.OrderPortion(line=line, quantity=quantity) for line, quantity in lines]


def shipped(parcel: str, *lines: tuple[int, str], order: str = "1") -> platform.OrderShipped:
    """A parcel left with (line, quantity)."""
    return platform.OrderShipped(account=ACCOUNT, order=order, parcel=parcel, lines=_portions(lines))


def cancelled(*lines: tuple[int, str], parcel: str = "", order: str = "1") -> platform.OrderCancelled:
    """Parts were cancelled, or a parcel."""
    return platform.OrderCancelled(account=ACCOUNT, order=order, parcel=parcel, lines=_portions(lines))


def returned(return_id: str, *lines: tuple[int, str], order: str = "1") -> platform.OrderReturned:
    """Goods came back."""
    return platform.OrderReturned(account=ACCOUNT, order=order, return_id=return_id, lines=_portions(lines))


def granted(
    week: str, quantity: str, at: str, *, hts: str = "6912004100", status: str = "N", attempt: int = 1
) -> CoverGranted:
    """CBP released an estimate line."""
    return CoverGranted(
        to=cover_stream(
            zone=ZONE, account=ACCOUNT, week=week, number=hts, status=status, origin="CN", unit="EA"
        ),
        entry=stream_name("entry", ZONE, ACCOUNT, week),
        entry_number="XYZ-260001",
        attempt=attempt,
        quantity=Decimal(quantity),
        accepted_at=said(instant(at)),
    )


@pytest.fixture(scope="session")
def zone() -> SimpleNamespace:
    """The paper zone and the sentences to tell it."""
    return SimpleNamespace(
        Paper=Paper,
        check_balances=check_balances,
        DOCUMENT=DOCUMENT,
        EVENTS=EVENTS,
        admitted=admitted,
        ordered=ordered,
        shipped=shipped,
        cancelled=cancelled,
        returned=returned,
        granted=granted,
        instant=instant,
        layer=lambda number, line=1, receipt="R1": layer_id(
            stream_name("admission", ACCOUNT, SHOP, number), line, receipt
        ),
        derived_id=derived_id,
    )
