"""A part and a small schedule, for stories of classification."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest

from ftz_classification.app import build
from ftz_classification.domain.decision import DecidePart, InForce
from ftz_classification.domain.part import Ask, Publish
from ftz_classification.domain.proposal import Made, Propose, Wanted
from ftz_classification.domain.tariff_numbers import read_numbers
from ftz_classification.senders.engine import Engine
from ftz_classification.usecases import PART
from ftz_common.blobs.memory import MemoryBlobs
from ftz_common.bus.memory import MemoryBus
from ftz_common.bus.port import Delivery
from ftz_common.contracts import table
from ftz_common.contracts.admissions import ClassificationRequested
from ftz_common.contracts.classification import ClassificationAnswered
from ftz_common.contracts.common import EventRef
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.fact import Fact
from ftz_common.contracts.reference import (
    Account,
    Parties,
    Procedures,
    Site,
    Source,
    TariffRevisionImported,
    UnitMeasure,
    ZoneApplied,
    ZoneDocument,
)
from ftz_common.flow.clock import PlayedClock
from ftz_common.flow.service import Ports, Service
from ftz_common.settings import Settings
from ftz_common.store.memory import MemoryStore
from ftz_common.store.port import Store
from ftz_common.testing.heard import heard, said
from ftz_common.testing.story import Story
from ftz_common.values.names import stream_name
from ftz_common.web.app import make_app

AT = datetime(2026, 6, 1, 14, tzinfo=UTC)
HEADER = "HTS Number,Indent,Description,Unit of Quantity,General Rate of Duty\r\n"
SCHEDULE_A = (
    HEADER
    + '"6911","0","Tableware of porcelain:","",""\r\n'
    + '"6911.10","1","Tableware:","",""\r\n'
    + '"6911.10.37","2","Cups, other:","","9%"\r\n'
    + '"6911.10.37.10","3","Mugs","[""doz.""]",""\r\n'
    + '"6911.10.37.50","3","Other","[""doz.""]",""\r\n'
    + '"","2","Other, printed:","",""\r\n'
    + '"6911.10.80.00","3","Other","[""doz.""]","20%"\r\n'
    + '"9102.11.10","2","Watches","[""No.""]","44 cents each"\r\n'
    + '"9903.88.15","0","Additional duty","","The duty provided + 7.5%"\r\n'
)
SCHEDULE_B = HEADER + '"6911.10.37.50","3","Other","[""doz.""]",""\r\n'


def in_force(text: str = SCHEDULE_A, revision: str = "2026-A", effective: str = "2026-01-01") -> InForce:
    return InForce(revision, read_numbers(b"\xef\xbb\xbf" + text.encode()), effective)


class Make:
    """The builders."""

    at = AT
    schedule_a = SCHEDULE_A
    schedule_b = SCHEDULE_B
    in_force = staticmethod(in_force)

    @staticmethod
    def story(uin: str = "MUG") -> Story:
        return Story(PART, f"part/acme/{uin}")

    @staticmethod
    def publish(description: str = "porcelain mug", **changes: Any) -> Publish:
        values: dict[str, Any] = {
            "description": description,
            "origin": "VN",
            "unit": "pcs",
            "measures": (UnitMeasure(unit="kg", quantity=Decimal("0.35")),),
            "attributes": {"colour": "blue"},
            "published_at": AT,
            "event": EventRef(source="shop", event="e1"),
            "master": True,
            "in_force": in_force(),
        }
        return Publish(**(values | changes))

    @staticmethod
    def ask(request: str = "q1", line: int = 1, force: InForce | None = None, **changes: Any) -> Ask:
        values: dict[str, Any] = {
            "request": request,
            "reply_to": "admission/acme/shop/S-1",
            "line": line,
            "needed_on": "2026-06-01",
            "in_force": force or in_force(),
        }
        return Ask(**(values | changes))

    @staticmethod
    def decide(
        number: str = "6911.10.37.10", force: InForce | None = None, digest: str = "", **changes: Any
    ) -> DecidePart:
        values: dict[str, Any] = {
            "decided_by": "broker-1",
            "licence": "L-1",
            "reason": "a mug",
            "today": "2026-06-01",
        }
        return DecidePart(number, in_force=force or in_force(), facts_digest=digest, **(values | changes))

    @staticmethod
    def propose(
        story: Story,
        candidates: dict[str, str] | None = None,
        force: InForce | None = None,
        **changes: Any,
    ) -> Propose:
        force = force or in_force()
        state = story.state
        wanted = Wanted(
            stream=story.stream,
            account=state.account,
            uin=state.uin,
            facts_digest=changes.pop("facts_digest", state.digest),
            description="",
            attributes={},
            revision=force.revision,
            schedule="a" * 64,
        )
        found = candidates or {"6911103710": "0.7", "6911108000": "0.3"}
        made = Made(
            source="ranking",
            number="691110",
            confidence=((2, Decimal("0.99")), (10, Decimal("0.4"))),
            candidates=tuple((number, Decimal(share)) for number, share in found.items()),
            questions=("Is it printed?",),
            model="m-1",
            memory="none",
            encoder="none",
            off=(),
            explanation=b"{}",
        )
        return Propose(wanted, replace(made, **changes), "e" * 64, force.numbers)


@pytest.fixture(scope="session")
def make() -> type[Make]:
    return Make


# ---- the service whole ---------------------------------------------------------------------------

ADMISSION = "admission/acme/shop/S-1"
ZONE = ZoneDocument(
    zone="999",
    name="Example zone",
    port="4601",
    timezone="America/New_York",
    operator="p-9",
    site=Site(id="site-1", name="Hall 1", firms="X123"),
    accounts=[
        Account(
            id="acme",
            parties=Parties(applicant="p-1", importer_of_record="p-2", owner="p-3", filer="p-4"),
            master_source="shop",
        )
    ],
    sources=[Source(name="shop", accounts=["acme"], issuers=["shop"])],
    procedures=Procedures(required_documents=[]),
)


ENVELOPE = heard(time="2026-06-01T14:00:00Z", recordedtime="2026-06-01T14:00:00Z", stream=ADMISSION)


class World:
    """The service on the memory bus, and what others say to it."""

    envelope = ENVELOPE
    zone_document = ZONE

    def __init__(self, engine: Engine | None = None, store: Store | None = None) -> None:
        self.bus = MemoryBus()
        self.blobs = MemoryBlobs()
        self.store = store or MemoryStore()
        self.clock = PlayedClock(AT)
        ports = Ports(self.store, self.bus, self.blobs, self.clock)
        self.service: Service = build(Settings(), ports, engine)
        self.service.subscribe()
        self._said = 0

    def client(self) -> httpx.AsyncClient:
        """Its HTTP."""
        app = make_app([self.service], [self.service.api])
        return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")

    async def publish(
        self, client: httpx.AsyncClient, event: str = "p1", sku: str = "MUG", **data: Any
    ) -> httpx.Response:
        """The shop describes a part."""
        body = {
            "specversion": "1.0",
            "id": event,
            "source": "shop",
            "type": "ftz.platform.part.published.v1",
            "time": self.clock.now().isoformat(),
            "data": {
                "account": "acme",
                "sku": sku,
                "description": "porcelain mug",
                "origin": "VN",
                "unit": "pcs",
                "measures": {"kg": "0.35"},
                **data,
            },
        }
        answer = await client.post("/v1/events", json=body)
        await self.settle()
        return answer

    async def facts(self, kind: type[Fact]) -> list[Any]:
        """Every fact of a class, in the order of streams and versions."""
        wanted = table.BY_FACT["classification", kind].type
        found: list[Any] = []
        async for stored in self.store.commits():
            commit = msgspec.json.decode(stored.body)
            found.extend(
                msgspec.convert(fact["data"], kind, strict=False)
                for fact in commit["facts"]
                if fact["type"] == wanted
            )
        return found

    async def say(self, owner: str, stream: str, fact: Fact) -> None:
        """A fact of another service, published."""
        self._said += 1
        await self.bus.publish([said(owner, stream, fact, instant_text(self.clock.now()), self._said)])
        await self.settle()

    async def settle(self) -> None:
        while await self.bus.settle() + await self.service.fire_due():
            pass

    async def zone(self, document: ZoneDocument = ZONE) -> None:
        await self.say("admissions", "zone/999", ZoneApplied(document=document, effective_from="2026-01-01"))

    async def tariff(self, text: str, revision: str = "2026-A", effective: str = "2026-01-01") -> None:
        sha = await self.blobs.put(text.encode())
        fact = TariffRevisionImported(
            revision=revision, effective_from=effective, sha256=sha, lines=1, file_name="x.csv"
        )
        await self.say("duty", f"tariff/{revision}", fact)

    async def ask(
        self,
        uin: str = "MUG",
        line: int = 1,
        revision: str = "",
        value: str = "0",
        needed_on: str = "2026-06-01",
    ) -> None:
        fact = ClassificationRequested(
            to=stream_name("part", "acme", uin),
            reply_to=ADMISSION,
            account="acme",
            uin=uin,
            line=line,
            needed_on=needed_on,
            revision=revision,
            value=Decimal(value),
        )
        await self.say("admissions", ADMISSION, fact)

    def heard(self) -> list[Delivery]:
        """Everything that this service published of its own."""
        partitions = [p for p in self.bus.partitions() if p[0] == table.home("classification")]
        return [delivery for p in partitions for delivery in self.bus.log(p)]

    async def answers(self) -> list[ClassificationAnswered]:
        return await self.facts(ClassificationAnswered)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture(scope="session")
def worlds() -> type[World]:
    return World


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with world.client() as made:
        yield made
