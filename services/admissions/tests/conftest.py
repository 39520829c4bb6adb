"""A desk that tells one admission its story: a 214 of zone 999, in the words of its senders."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import msgspec
import pytest

from ftz_admissions.app import build
from ftz_admissions.domain.admission import Arrive, TakeAnswer, TakeClassification, TakeNumber
from ftz_admissions.domain.admission_state import Terms
from ftz_admissions.domain.announcement import AddDocuments, Announce
from ftz_admissions.domain.counts import Receive
from ftz_admissions.domain.holds import Revision, Rules
from ftz_admissions.usecases import ADMISSION, UseCases
from ftz_common.blobs.memory import MemoryBlobs
from ftz_common.bus.memory import MemoryBus
from ftz_common.contracts.admissions import AdmissionLine, Document, KeptLine
from ftz_common.contracts.classification import ClassificationAnswered
from ftz_common.contracts.common import EventRef, NumberAssigned
from ftz_common.contracts.envelope import Envelope
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.filing import Conveyance, FilingAnswered
from ftz_common.contracts.reference import (
    Account,
    Parties,
    PfRequired,
    Procedures,
    Site,
    Source,
    ZoneDocument,
)
from ftz_common.flow.aggregate import To
from ftz_common.flow.clock import PlayedClock
from ftz_common.flow.service import Ports, Service
from ftz_common.settings import Settings
from ftz_common.store.memory import MemoryStore
from ftz_common.store.port import StoreUnavailable
from ftz_common.testing.story import Story
from ftz_common.web.app import make_app

STREAM = "admission/acme/shop/S-1"
SERIES = "series/admissions/999/214/26"
NUMBER = "999-26-000001"
MONDAY = datetime(2026, 6, 1, 14, tzinfo=UTC)  # 10:00 in New York
PARTIES = Parties(applicant="p-1", importer_of_record="p-2", owner="p-3", filer="p-4")
STEEL = PfRequired(
    measure="example order on tableware",
    prefixes=["691110"],
    origins=["CN"],
    effective_from="2026-01-01",
    effective_to="2026-12-31",
    citation="15 CFR 400.13(c)(2)",
)


def zone_document(**changes: Any) -> ZoneDocument:
    """A zone that can be applied."""
    document = ZoneDocument(
        zone="999",
        name="Example zone",
        port="4601",
        timezone="America/New_York",
        operator="p-9",
        site=Site(id="site-1", name="Hall 1", firms="X123"),
        accounts=[Account(id="acme", parties=PARTIES, master_source="shop")],
        sources=[Source(name="shop", accounts=["acme"], issuers=["shop", "dock"])],
        procedures=Procedures(required_documents=["commercial-invoice"], pf_documents=["commercial-invoice"]),
        pf_required=[STEEL],
    )
    return msgspec.structs.replace(document, **changes)


def line(number: int = 1, **changes: Any) -> AdmissionLine:
    """500 mugs for 1,000 dollars."""
    base = AdmissionLine(
        line=number,
        uin="MUG",
        quantity=Decimal(500),
        unit="pcs",
        value=Decimal(1000),
        charges=Decimal(0),
        status="N",
        origin="VN",
    )
    return msgspec.structs.replace(base, **changes)


INVOICE = Document(kind="commercial-invoice", number="INV-1")
PACKING = Document(kind="packing-list", number="PL-1")


@dataclass
class Desk:
    """One admission and the clock."""

    story: Story = field(default_factory=lambda: Story(ADMISSION, STREAM))
    now: datetime = MONDAY
    zone: ZoneDocument = field(default_factory=zone_document)
    revisions: list[Revision] = field(default_factory=lambda: [Revision("2026-A", "2026-01-01")])
    events: int = 0

    # ---- commands -------------------------------------------------------------------------------

    @property
    def rules(self) -> Rules:
        return Rules(self.now, {"999": self.zone}, tuple(self.revisions))

    @property
    def terms(self) -> Terms:
        procedures = self.zone.procedures
        return Terms(
            zone="999",
            site="site-1",
            firms="X123",
            port="4601",
            timezone=self.zone.timezone,
            week_starts=6,
            parties=PARTIES,
            required_documents=procedures.required_documents,
            receiving_days_max=procedures.receiving_days_max,
            backdating_days_max=self.zone.accounts[0].backdating_days_max,
            closures=self.zone.closures,
            pf_documents=procedures.pf_documents or [],
            domestic_permit=procedures.domestic_permit,
            census_direct=procedures.census_direct,
            direct_delivery=self.zone.accounts[0].direct_delivery,
        )

    def event(self) -> EventRef:
        self.events += 1
        return EventRef(source="shop", event=f"e{self.events}")

    def announcement(
        self,
        *lines: AdmissionLine,
        documents: Sequence[Document] = (INVOICE,),
        at: datetime | None = None,
        **came: Any,
    ) -> Announce:
        conveyance = Conveyance(
            mode="11",
            carrier="ABCD",
            bill="BILL-1",
            port_of_unlading="4601",
            export_date="2026-05-01",
            import_date="2026-05-28",
        )
        return Announce(
            terms=self.terms,
            conveyance=msgspec.structs.replace(conveyance, **came),
            lines=lines or (line(),),
            documents=tuple(documents),
            event=self.event(),
            announced_at=at or self.now,
            rules=self.rules,
        )

    def count(
        self,
        *counted: tuple[int, str | int] | tuple[int, str | int, str],
        receipt: str = "R-1",
        final: bool = True,
        at: datetime | None = None,
        **more: Any,
    ) -> Receive:
        return Receive(
            receipt=receipt,
            counted_at=at or self.now,
            final=final,
            lines=tuple(
                KeptLine(line=c[0], quantity=Decimal(c[1]), unit=c[2] if len(c) == 3 else "pcs")
                for c in counted
            ),
            event=self.event(),
            terms=self.terms,
            now=self.now,
            **more,
        )

    def classification(self, on: int = 1, **changes: Any) -> TakeClassification:
        answer = ClassificationAnswered(
            to=STREAM,
            request=f"q{on}",
            line=on,
            uin="MUG",
            number="6911103710",
            revision="2026-A",
            decision="d-1",
            decided_by="broker-1",
            licence="L-1",
            reason="porcelain mug",
            description="porcelain mug with handle",
        )
        return TakeClassification(msgspec.structs.replace(answer, **changes), self.rules)

    def cbp(self, accepted: bool = True, attempt: int = 1, control: str = NUMBER) -> TakeAnswer:
        codes = [] if accepted else ["bill-missing"]
        answer = FilingAnswered(
            to=STREAM, kind="214", control=control, attempt=attempt, accepted=accepted, codes=codes
        )
        return TakeAnswer(answer, self.now)

    # ---- telling --------------------------------------------------------------------------------

    def tell(self, command: Any) -> list[Fact]:
        return self.story.tell(command, self.now)

    def refused(self, command: Any) -> Refusal:
        return self.story.refused(command, self.now)

    def announce(self, *lines: AdmissionLine, **more: Any) -> list[Fact]:
        return self.tell(self.announcement(*lines, **more))

    def documents(self, *documents: Document) -> list[Fact]:
        return self.tell(AddDocuments(documents, self.rules))

    def assign(self, number: int = 1) -> list[Fact]:
        answer = NumberAssigned(to=STREAM, series=SERIES, number=number, purpose="214 " + STREAM)
        return self.tell(TakeNumber(answer, self.rules))

    def classify(self, on: int = 1, **changes: Any) -> list[Fact]:
        return self.tell(self.classification(on, **changes))

    def answered(self, accepted: bool = True, attempt: int = 1, control: str = NUMBER) -> list[Fact]:
        return self.tell(self.cbp(accepted, attempt, control))

    def arrive(self) -> list[Fact]:
        days = self.zone.procedures.receiving_days_max
        return self.tell(Arrive(self.now, self.zone.timezone, days))

    def receive(self, *counted: Any, **more: Any) -> list[Fact]:
        return self.tell(self.count(*counted, **more))

    def later(self, **delta: float) -> "Desk":
        self.now += timedelta(**delta)
        return self

    # ---- shortcuts ------------------------------------------------------------------------------

    def file(self, *lines: AdmissionLine, **more: Any) -> list[Fact]:
        """Announced, numbered, classified: with CBP. Returns what the last step said."""
        self.announce(*lines, **more)
        said = self.assign()
        for each in self.story.state.in_order():
            said = self.classify(each.number, uin=each.announced.uin)
        return said

    def authorize(self, *lines: AdmissionLine) -> list[Fact]:
        self.file(*lines)
        return self.answered()

    def of(self, fact: type[Any]) -> list[Any]:
        return [f for f in self.story.facts if isinstance(f, fact)]


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture(scope="session")
def make() -> Any:
    """The builders, for tests that need more than one desk."""

    class Make:
        """Namespace."""

        desk = staticmethod(Desk)
        line = staticmethod(line)
        zone = staticmethod(zone_document)
        revision = Revision
        invoice = INVOICE
        packing = PACKING
        stream = STREAM
        number = NUMBER
        monday = MONDAY
        replace = staticmethod(replace)

    return Make


# ---- the service over HTTP, filing by the simulated CBP or by a folder -------------------------------

ANNOUNCED: dict[str, Any] = {
    "account": "acme",
    "shipment": "S/1",
    "mode": "11",
    "carrier": "Example Line",
    "bill": "EXMP00012345",
    "port_of_unlading": "4601",
    "export_date": "2026-05-01",
    "import_date": "2026-05-20",
    "packages": "25",
    "documents": [{"kind": "commercial-invoice", "number": "INV-1"}],
}
ANNOUNCED_LINE: dict[str, Any] = {
    "line": 1,
    "sku": "MUG",
    "quantity": "500",
    "unit": "pcs",
    "value": "1000",
    "status": "N",
    "origin": "VN",
    "manufacturer": "VNEXAMUG123HAN",
}


@dataclass
class HttpWorld:
    """Admissions on the memory bus; the answers of other services are put in by hand."""

    service: Service
    client: httpx.AsyncClient
    ports: Ports
    root: Path
    cases: UseCases

    async def settle_once(self) -> None:
        """Deliver; a folder or store that cannot answer leaves its batch for the next time."""
        assert isinstance(self.ports.bus, MemoryBus)
        with suppress(StoreUnavailable):
            await self.ports.bus.settle()

    async def settle(self) -> None:
        """Deliver everything; what is due falls due."""
        assert isinstance(self.ports.bus, MemoryBus)
        while await self.ports.bus.settle() + await self.service.fire_due():
            pass

    async def announce(self, settle: bool = True, **line: Any) -> None:
        """Zone, announcement, number, classification: filed."""
        site = Site(id="site-1", name="Hall 1", firms="X123", zone_id="9990001")
        account = Account(
            id="acme", parties=msgspec.structs.replace(PARTIES, filer="Z99"), master_source="shop"
        )
        zone = zone_document(site=site, accounts=[account], operator_ior="99-9999999XX")
        body = {"document": msgspec.to_builtins(zone), "effective_from": "2026-06-01"}
        assert (await self.client.put("/v1/admissions/zones/999", json=body)).status_code == 201
        await self.settle()
        event = {
            "specversion": "1.0",
            "id": "announced",
            "source": "shop",
            "type": "ftz.platform.shipment.announced.v1",
            "time": MONDAY.isoformat(),
            "data": ANNOUNCED | {"lines": [ANNOUNCED_LINE | line]},
        }
        assert (await self.client.post("/v1/events", json=event)).status_code == 202
        await self.settle()
        answer = ClassificationAnswered(
            to="admission/acme/shop/S%2F1",
            request="q",
            line=1,
            uin="MUG",
            number="6911103710",
            revision="2026-A",
            decision="d-1",
            decided_by="broker-1",
            licence="L-1",
            reason="porcelain mug",
            description="porcelain mug with handle",
        )
        command = TakeClassification(answer, self.cases._rules())
        await self._tell(To(ADMISSION, answer.to, command), "classified")
        await (self.settle if settle else self.settle_once)()

    async def cbp_says(self, *, accepted: bool) -> None:
        """An answer on the topic of the simulated CBP."""
        said = FilingAnswered(
            to="admission/acme/shop/S%2F1", kind="214", control=NUMBER, attempt=1, accepted=accepted
        )
        envelope = SimpleNamespace(time=MONDAY.isoformat(), zone="999")
        for asked in self.service.arms.facts[FilingAnswered](said, cast("Envelope", envelope)):
            await self._tell(asked, "answered")
        await self.settle()

    async def _tell(self, asked: To, key: str) -> None:
        await self.service.command(
            asked.aggregate, asked.stream, asked.command, principal="p", idempotency_key=key, account="acme"
        )

    async def restarted(self, filing: str, root: Path) -> "HttpWorld":
        """The same store and topics under another setting."""
        return http_world(filing, root, self.ports)


def http_world(filing: Any, root: Path, ports: Ports | None = None) -> HttpWorld:
    ports = ports or Ports(MemoryStore(), MemoryBus(), MemoryBlobs(), PlayedClock(MONDAY))
    service = build(Settings(filing=filing, filing_folder=root), ports)
    service.subscribe()
    app = make_app([service], [service.api])
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")
    cases = UseCases(service.reference, ports.clock, as_file=filing == "folder")
    return HttpWorld(service, client, ports, root, cases)


@pytest.fixture
def folder_world(tmp_path: Path) -> HttpWorld:
    """214s go out as files."""
    return http_world("folder", tmp_path / "filing")


@pytest.fixture
def sandbox_world(tmp_path: Path) -> HttpWorld:
    """214s go to the simulated CBP."""
    return http_world("sandbox", tmp_path / "filing")
