"""A zone's weeks as short sentences: what tests of withdrawals, estimates and entries are told with."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from ftz_common.contracts.common import DeadlineSet, NumberAssigned
from ftz_common.contracts.duty import (
    EntryLine,
    EntryLineOffered,
    EntryLinesCompiled,
    EstimateLine,
    EstimateProposed,
    EstimatesConfigured,
    PricedPiece,
    PricesRequested,
)
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.filing import FilingAnswered, FilingRequested
from ftz_common.contracts.inventory import CoverTotalled, Drawn, DrawReversed, LayerOpened, Piece
from ftz_common.contracts.reference import UnitMeasure
from ftz_common.testing.story import Story
from ftz_common.values.calendar import parse_instant
from ftz_duty.domain.entry import Told
from ftz_duty.domain.entry_cancel import CancelEntry
from ftz_duty.domain.entry_compile import Compile
from ftz_duty.domain.entry_correct import CorrectSummary
from ftz_duty.domain.entry_definite import ExtendRemoval, OrderGoods
from ftz_duty.domain.entry_filing import FileAgain, FileForRemoved, SummaryIsEntry
from ftz_duty.domain.goods_key import cover_stream, entry_stream
from ftz_duty.domain.pricing import StatedRate
from ftz_duty.domain.removal_settings import RemovalSettings
from ftz_duty.usecases import ENTRY

ZONE, ACCOUNT = "999", "acme"
#: A Sunday: the first day of the week that most stories play in.
WEEK = "2026-03-08"
TIMEZONE = "America/Chicago"
MUG = "6912004810"

SETTINGS = RemovalSettings(
    timezone=TIMEZONE,
    week_starts=6,
    port="3901",
    firms="H123",
    filer="XYZ",
    importer_of_record="party-ior",
    compile_grace_days=2,
    in_bond_days_max=30,
)
CONFIGURED = EstimatesConfigured(
    timezone=TIMEZONE,
    week_starts=6,
    estimate_lead_hours=12,
    compile_grace_days=2,
    port="3901",
    firms="H123",
    filer="XYZ",
    importer_of_record="party-ior",
)

Given = dict[str, Any]


class Desk:
    """Makes the facts and commands of a story; everything has a default."""

    settings = SETTINGS
    configured = CONFIGURED
    zone, account, week, mug = ZONE, ACCOUNT, WEEK, MUG

    @staticmethod
    def at(text: str) -> datetime:
        """An instant; a date alone is its noon in UTC."""
        return parse_instant(text if "T" in text else f"{text}T12:00:00Z")

    @staticmethod
    def piece(quantity: str = "10", value: str = "50", **given: Any) -> Piece:
        """A piece of a layer: mugs of Portugal, privileged nothing."""
        defaults: Given = {
            "layer": "admission/acme/shop/s-1#1#r-1",
            "admission": "admission/acme/shop/s-1",
            "admission_number": "999-26-000001",
            "admitted_on": "2026-03-01",
            "unit": "No.",
            "left": Decimal(0),
            "status": "N",
            "origin": "PT",
            "number": MUG,
            "revision": "rev 4",
            "decision": "d-1",
        }
        return Piece(quantity=Decimal(quantity), value=Decimal(value), **{**defaults, **given})

    @staticmethod
    def drawn(*pieces: Piece, **given: Any) -> Drawn:
        """Goods left on Tuesday of the week."""
        defaults: Given = {
            "withdrawal": "w-1",
            "draw": "draw-1",
            "zone": ZONE,
            "account": ACCOUNT,
            "uin": "mug-blue",
            "order": "order/acme/shop/o-1",
            "line": 1,
            "parcel": "p-1",
            "disposition": "consumption",
            "destination_country": "US",
            "removed_at": "2026-03-10T15:00:00Z",
            "removed_on": "2026-03-10",
            "week": WEEK,
        }
        return Drawn(pieces=list(pieces), **{**defaults, **given})

    @staticmethod
    def reversal(*pieces: Piece, **given: Any) -> DrawReversed:
        """They did not leave after all."""
        defaults: Given = {
            "draw": "draw-1",
            "withdrawal": "w-1",
            "zone": ZONE,
            "account": ACCOUNT,
            "order": "order/acme/shop/o-1",
            "line": 1,
            "week": WEEK,
            "disposition": "consumption",
            "reason": "cancelled",
        }
        return DrawReversed(pieces=list(pieces), **{**defaults, **given})

    @staticmethod
    def rate(text: str = "9.8%", **given: Any) -> StatedRate:
        """What the tariff states."""
        stated = StatedRate(MUG, "PT", "2026-03-10", "rev 4", "general", text, MUG[:8])
        return replace(stated, **given)

    @staticmethod
    def priced(quantity: str = "10", value: str = "50", **given: Any) -> PricedPiece:
        """A piece as a withdrawal offers it."""
        defaults: Given = {
            "layer": "layer-1",
            "admission_number": "999-26-000001",
            "status": "N",
            "origin": "PT",
            "number": MUG,
            "revision": "rev 4",
            "decision": "d-1",
            "unit": "No.",
            "rate_text": "9.8%",
            "rate_from": MUG[:8],
            "duty": Decimal(0),
        }
        return PricedPiece(quantity=Decimal(quantity), value=Decimal(value), **{**defaults, **given})

    @staticmethod
    def measure(unit: str, quantity: str) -> UnitMeasure:
        """One stock unit in another unit."""
        return UnitMeasure(unit=unit, quantity=Decimal(quantity))

    @staticmethod
    def offer(withdrawal: str, *pieces: PricedPiece, week: str = WEEK, **given: Any) -> EntryLineOffered:
        """A withdrawal for the week's entry."""
        defaults: Given = {
            "order": "order/acme/shop/o-1",
            "line": 1,
            "removed_on": "2026-03-10",
            "timezone": TIMEZONE,
            "week_starts": 6,
            "port": "3901",
            "firms": "H123",
            "filer": "XYZ",
            "importer_of_record": "party-ior",
        }
        return EntryLineOffered(
            to=entry_stream(ZONE, ACCOUNT, week),
            withdrawal=withdrawal,
            pieces=list(pieces),
            **{**defaults, **given},
        )

    @staticmethod
    def estimate_line(quantity: str = "100", **given: Any) -> EstimateLine:
        """A line of an estimate."""
        defaults: Given = {"number": MUG, "status": "N", "origin": "PT", "unit": "No.", "value": Decimal(500)}
        return EstimateLine(quantity=Decimal(quantity), **{**defaults, **given})

    @staticmethod
    def proposal(*lines: EstimateLine, week: str = WEEK, **given: Any) -> EstimateProposed:
        """An estimate for the week."""
        defaults: Given = {
            "supplement": False,
            "basis": "on hand",
            "port": "3901",
            "firms": "H123",
            "filer": "XYZ",
            "importer_of_record": "party-ior",
            "timezone": TIMEZONE,
            "week_starts": 6,
            "compile_grace_days": 2,
        }
        return EstimateProposed(
            to=entry_stream(ZONE, ACCOUNT, week), account=ACCOUNT, lines=list(lines), **{**defaults, **given}
        )

    @staticmethod
    def total(
        quantity: str, withdrawals: int, key: str = f"{MUG}/N/PT/No.", week: str = WEEK
    ) -> CoverTotalled:
        """Inventory's count of a cover line."""
        return CoverTotalled(
            to=entry_stream(ZONE, ACCOUNT, week),
            cover=cover_stream(ZONE, ACCOUNT, week, key),
            quantity=Decimal(quantity),
            withdrawals=withdrawals,
        )

    @staticmethod
    def layer(quantity: str = "100", value: str = "500", **given: Any) -> LayerOpened:
        """A layer of mugs."""
        defaults: Given = {
            "layer": "layer-1",
            "zone": ZONE,
            "site": "site-1",
            "account": ACCOUNT,
            "uin": "mug-blue",
            "admission": "admission/acme/shop/s-1",
            "admission_number": "999-26-000001",
            "line": 1,
            "receipt": "r-1",
            "admitted_on": "2026-03-04",
            "admitted_at": "2026-03-04T15:00:00Z",
            "unit": "No.",
            "status": "N",
            "origin": "PT",
            "number": MUG,
            "revision": "rev 4",
            "decision": "d-1",
            "timezone": TIMEZONE,
            "week_starts": 6,
        }
        return LayerOpened(quantity=Decimal(quantity), value=Decimal(value), **{**defaults, **given})

    def entry(self, week: str = WEEK) -> "EntryStory":
        """An entry that nobody has told anything yet."""
        return EntryStory(week)

    def released(
        self, *lines: EstimateLine, week: str = WEEK, at: str = "2026-03-07T18:00:00Z"
    ) -> "EntryStory":
        """An entry whose estimate (a hundred mugs) was numbered, filed and released."""
        story = self.entry(week)
        story.tell(self.proposal(*(lines or (self.estimate_line("100"),)), week=week), self.at(at))
        story.assign(at=at)
        story.answer(1, at=at)
        return story


class EntryStory(Story):
    """An entry, told with what the services around it would answer."""

    def __init__(self, week: str) -> None:
        super().__init__(ENTRY, entry_stream(ZONE, ACCOUNT, week))
        self.week = week
        self.rates: dict[str, str] = {}
        self.revision = "rev 4"

    def tell(self, command: Any, at: datetime) -> list[Fact]:
        """What another stream says is heard when it is said; clocks and people speak themselves."""
        return super().tell(_heard(command, at), at)

    def refused(self, command: Any, at: datetime) -> Refusal:
        """The same, for what is refused."""
        return super().refused(_heard(command, at), at)

    def assign(self, number: int = 7, at: str = "2026-03-07T18:01:00Z", document: int = 1) -> list[Fact]:
        """The series gives an entry of the week its number."""
        purpose = self.stream if document == 1 else f"{self.stream}#{document}"
        return self.tell(
            NumberAssigned(to=self.stream, series="s", number=number, purpose=purpose), parse_instant(at)
        )

    def answer(
        self, attempt: int = 1, *, kind: Any = "3461", at: str = "2026-03-07T19:00:00Z", **given: Any
    ) -> list[Fact]:
        """CBP answers."""
        return self.tell(
            FilingAnswered(
                to=self.stream,
                kind=kind,
                control=self.state.number,
                attempt=attempt,
                **{"accepted": True, **given},
            ),
            parse_instant(at),
        )

    def due(self, name: str) -> list[Fact]:
        """The latest deadline of that name comes."""
        deadline = self.last(DeadlineSet, lambda fact: fact.name == name)
        return self.tell(deadline, parse_instant(deadline.due_at))

    def answer_prices(self, **given: str) -> list[Fact]:
        """The tariff answers the latest question; rate texts by number, 9.8% where none is said."""
        asked = self.last(PricesRequested)
        rates = tuple(
            StatedRate(
                w.number,
                w.origin,
                w.on,
                self.revision,
                "general",
                self.rates.get(f"{w.number}@{w.on}", self.rates.get(w.number, "9.8%")),
                w.number[:8],
                entered=w.entered,
            )
            for w in asked.wanted
        )
        command = Compile(asked.round, self.revision, rates)
        return self.tell(command, parse_instant(given.get("at", "2026-03-18T06:00:00Z")))

    def closed(self) -> list[Fact]:
        """Week and grace pass."""
        return [*self.due("week-ends"), *self.due("compile")]

    def lines(self) -> list[EntryLine]:
        """The lines of the summary."""
        return [line for part in self.all(EntryLinesCompiled) for line in part.lines]

    def last(self, kind: type[Any], that: Callable[[Any], bool] = lambda _fact: True) -> Any:
        """The last fact of a kind."""
        return [fact for fact in self.facts if isinstance(fact, kind) and that(fact)][-1]

    def all(self, kind: type[Any]) -> list[Any]:
        """Every fact of a kind, in order."""
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def filings(self, kind: str) -> list[FilingRequested]:
        """What was filed on a form."""
        return [fact for fact in self.all(FilingRequested) if fact.kind == kind]


def _heard(command: Any, at: datetime) -> Any:
    definite = (ExtendRemoval, OrderGoods)
    own = (
        CancelEntry,
        CorrectSummary,
        DeadlineSet,
        FileAgain,
        FileForRemoved,
        SummaryIsEntry,
        Told,
        *definite,
    )
    return command if isinstance(command, own) else Told(command, at)


@pytest.fixture
def desk() -> Desk:
    """The maker of facts."""
    return Desk()


@pytest.fixture(scope="module")
def desk_of() -> Desk:
    """The same, for properties."""
    return Desk()


@pytest.fixture
def noon() -> datetime:
    """Noon of Tuesday in the week."""
    return datetime(2026, 3, 10, 12, tzinfo=UTC)
