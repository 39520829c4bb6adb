"""Facts as they are published, by hand: commits chained by hash, their envelopes, their deliveries."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest

from ftz_common.bus.port import Delivery
from ftz_common.contracts import admissions, classification, common, duty, filing, inventory, reference, table
from ftz_common.contracts.commit import Commit, Recorded, StoredCommit, envelopes, seal
from ftz_common.contracts.envelope import Envelope, encode, headers
from ftz_common.contracts.fact import Fact
from ftz_common.flow.clock import PlayedClock
from ftz_common.store.memory import MemoryStore
from ftz_reporting.views.archive import Archive
from ftz_reporting.views.projection import ArchiveProjection

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
D = Decimal

PART = "part/acme/MUG"
ADMISSION = "admission/acme/shop/S-1"
LEDGER = "ledger/999/site-1/acme/MUG"
ORDER = "order/acme/shop/1001"
WEEK = "2026-03-01"
ENTRY = f"entry/999/acme/{WEEK}"
COVER = f"cover/999/acme/{WEEK}/6912004810/N/CN/pcs"
EVENT = common.EventRef(source="shop", event="e-1")


@dataclass
class Book:
    """Commits of any service, in the order they were written."""

    deliveries: list[tuple[Envelope, Delivery]] = field(default_factory=list)
    journals: dict[str, list[StoredCommit]] = field(default_factory=dict)
    chains: dict[str, tuple[int, str]] = field(default_factory=dict)

    def commit(
        self, owner: str, stream: str, *facts: Fact, at: str = "2026-03-02T15:00:00Z", recorded: str = ""
    ) -> StoredCommit:
        """One commit of a stream, published."""
        version, previous_hash = self.chains.get(stream, (0, ""))
        journal = self.journals.setdefault(owner, [])
        sealed = seal(
            Commit(
                stream=stream,
                version=version + 1,
                scope=stream,
                cause=f"cause-{owner}-{len(journal)}",
                cause_digest="0" * 64,
                occurred_at=at,
                recorded_at=recorded or at,
                actor="local-operator",
                writer=f"{owner}-1",
                seq=len(journal) + 1,
                previous_hash=previous_hash,
                facts=[
                    Recorded(table.BY_FACT[owner, type(f)].type, msgspec.Raw(msgspec.json.encode(f)))
                    for f in facts
                ],
                account="acme",
                zone="999",
                correlation="correlation-1",
            )
        )
        journal.append(sealed)
        self.chains[stream] = version + 1, sealed.hash
        commit = msgspec.json.decode(sealed.body, type=Commit)
        for envelope in envelopes(commit, sealed.hash):
            for topic, key in table.places(envelope):
                place = len(self.deliveries)
                delivery = Delivery(topic, 0, place, key, encode(envelope), headers(envelope))
                self.deliveries.append((envelope, delivery))
        return sealed


@dataclass
class Desk:
    """Reporting over a store in memory."""

    store: MemoryStore = field(default_factory=MemoryStore)
    clock: PlayedClock = field(default_factory=lambda: PlayedClock(NOW))

    def __post_init__(self) -> None:
        self.projection = ArchiveProjection(self.store, self.clock)
        self.archive = Archive(self.store)

    async def take(self, deliveries: list[tuple[Envelope, Delivery]], batch: int = 250) -> None:
        """Deliver, in batches."""
        for first in range(0, len(deliveries), batch):
            await self.projection.take(deliveries[first : first + batch])

    async def tables(self) -> dict[str, dict[str, bytes]]:
        """Every row of every table."""
        names = (
            "archive",
            "views",
            "archive_index",
            "archive_names",
            "archive_heads",
            "archive_gaps",
            "archive_damage",
        )
        return {name: {row.key: row.body async for row in self.archive.rows(name)} for name in names}


def piece(quantity: str, value: str, left: str) -> inventory.Piece:
    """Some mugs of the one layer."""
    return inventory.Piece(
        layer="layer-1",
        admission=ADMISSION,
        admission_number="999-2026-000001",
        admitted_on="2026-02-10",
        quantity=D(quantity),
        unit="pcs",
        value=D(value),
        left=D(left),
        status="N",
        origin="CN",
        number="6912004810",
        revision="2026-4",
        decision="decision-1",
    )


def priced(quantity: str, value: str, owed: str | None = "0.98") -> duty.PricedPiece:
    """The same mugs, priced at 9.8%."""
    return duty.PricedPiece(
        layer="layer-1",
        admission_number="999-2026-000001",
        status="N",
        origin="CN",
        number="6912004810",
        revision="2026-4",
        decision="decision-1",
        quantity=D(quantity),
        unit="pcs",
        value=D(value),
        rate_text="9.8%",
        rate_from="6912.00.48",
        duty=D(owed) if owed else None,
    )


def drawn(withdrawal: str, quantity: str, value: str, left: str, **changed: object) -> inventory.Drawn:
    """Mugs that left for a customer in the US."""
    fact = inventory.Drawn(
        withdrawal=withdrawal,
        draw=f"draw-of-{withdrawal}",
        zone="999",
        account="acme",
        uin="MUG",
        order=ORDER,
        line=1,
        parcel="P-1",
        disposition="consumption",
        destination_country="US",
        removed_at="2026-03-03T18:00:00Z",
        removed_on="2026-03-03",
        week=WEEK,
        pieces=[piece(quantity, value, left)],
    )
    return msgspec.structs.replace(fact, **changed)


def admitted() -> admissions.GoodsAdmitted:
    """The receipt that opens the layer."""
    return admissions.GoodsAdmitted(
        ledger=LEDGER,
        site="site-1",
        account="acme",
        uin="MUG",
        admission=ADMISSION,
        admission_number="999-2026-000001",
        line=1,
        receipt="R-1",
        admitted_on="2026-02-10",
        admitted_at="2026-02-10T16:00:00Z",
        quantity=D(100),
        unit="pcs",
        value=D(500),
        status="N",
        origin="CN",
        number="6912004810",
        revision="2026-4",
        decision="decision-1",
        timezone="America/Chicago",
        week_starts=6,
    )


def opened() -> inventory.LayerOpened:
    """The layer of a hundred mugs worth $500."""
    goods = admitted()
    shared = {
        name: getattr(goods, name)
        for name in goods.__struct_fields__
        if name in inventory.LayerOpened.__struct_fields__
    }
    return inventory.LayerOpened(layer="layer-1", zone="999", **shared)


def entry_line(quantity: str, value: str, owed: str) -> duty.EntryLine:
    """The one line of the summary."""
    return duty.EntryLine(
        line=1,
        number="6912004810",
        status="N",
        origin="CN",
        unit="pcs",
        quantity=D(quantity),
        entered_value=D(value),
        revision="2026-4",
        rate_text="9.8%",
        rate_from="6912.00.48",
        duty=D(owed),
        chapter_99="origin CN: chapter 99 may add duty",
        layers=1,
    )


def tell(book: Book) -> None:
    """A hundred mugs come in; ten leave with order 1001, two of them are taken back; the week is entered."""
    reference_stream = "tariff/2026-4"
    book.commit(
        "duty",
        reference_stream,
        reference.TariffRevisionImported(
            revision="2026-4",
            effective_from="2026-01-01",
            sha256="ab" * 32,
            lines=3,
            file_name="hts.csv",
        ),
        at="2026-01-05T12:00:00Z",
    )
    _tell_admission(book)
    _tell_order(book)
    _tell_entry(book)


def _tell_admission(book: Book) -> None:
    book.commit(
        "classification",
        PART,
        classification.PartRecorded(
            account="acme",
            uin="MUG",
            description="stoneware mug",
            origin="CN",
            unit="pcs",
            measures=[],
            attributes={},
            facts_digest="f",
            event=EVENT,
        ),
        at="2026-02-01T12:00:00Z",
    )
    book.commit(
        "classification",
        PART,
        classification.Classified(
            decision="decision-1",
            number="6912004810",
            revision="2026-4",
            facts_digest="f",
            decided_by="person-7",
            licence="broker 12345",
            reason="stoneware, for the table, not hotel ware",
        ),
        at="2026-02-02T12:00:00Z",
    )
    line = admissions.AdmissionLine(
        line=1,
        uin="MUG",
        quantity=D(100),
        unit="pcs",
        value=D(500),
        charges=D(0),
        status="N",
        origin="CN",
    )
    conveyance = filing.Conveyance(
        mode="11",
        carrier="MAEU",
        bill="B-77",
        port_of_unlading="2704",
        export_date="2026-01-10",
        import_date="2026-02-08",
    )
    parties = reference.Parties(applicant="p-1", importer_of_record="p-1", owner="p-1", filer="p-2")
    book.commit(
        "admissions",
        ADMISSION,
        admissions.AdmissionDrafted(
            zone="999",
            shipment="S-1",
            issuer="shop",
            site="site-1",
            firms="X123",
            port="3901",
            timezone="America/Chicago",
            week_starts=6,
            parties=parties,
            conveyance=conveyance,
            lines=[line],
            documents=[],
            required_documents=[],
            receiving_days_max=15,
            backdating_days_max=5,
            event=EVENT,
        ),
        common.OutcomeGiven(
            source="shop", event="e-1", event_type="ftz.platform.shipment.announced.v1", result="accepted"
        ),
        at="2026-02-03T12:00:00Z",
    )
    book.commit("admissions", ADMISSION, admissions.AdmissionNumbered(number="999-2026-000001", control=1))
    book.commit(
        "admissions",
        ADMISSION,
        admissions.LineClassified(
            line=1,
            number="6912004810",
            revision="2026-4",
            decision="decision-1",
            decided_by="person-7",
            licence="broker 12345",
            reason="stoneware, for the table, not hotel ware",
            measures=[],
        ),
    )
    book.commit(
        "admissions",
        ADMISSION,
        admissions.AdmissionAuthorized(attempt=1, authorized_at="2026-02-09T14:00:00Z"),
    )
    book.commit("admissions", ADMISSION, admitted(), at="2026-02-10T16:00:00Z")
    book.commit("inventory", LEDGER, opened(), at="2026-02-10T16:00:00Z")


def _tell_order(book: Book) -> None:
    lines = [inventory.OrderLine(line=1, uin="MUG", ledger=LEDGER, quantity=D(10), unit="pcs")]
    book.commit(
        "inventory",
        ORDER,
        inventory.OrderRecorded(
            order="1001",
            issuer="shop",
            disposition="consumption",
            destination_country="US",
            destination_state="CA",
            ship_on="2026-03-03",
            lines=lines,
            event=EVENT,
        ),
    )
    book.commit("inventory", LEDGER, drawn("w-1", "10", "50", "90"), at="2026-03-03T18:00:00Z")
    book.commit(
        "inventory",
        COVER,
        inventory.CoverDrawn(
            withdrawal="w-1",
            order=ORDER,
            line=1,
            quantity=D(10),
            remaining=D(40),
            removed_at="2026-03-03T18:00:00Z",
        ),
        at="2026-03-03T18:00:00Z",
    )
    book.commit(
        "duty",
        "withdrawal/w-1",
        duty.WithdrawalPriced(
            withdrawal="w-1",
            draw="draw-of-w-1",
            account="acme",
            order=ORDER,
            line=1,
            removed_on="2026-03-03",
            entry=ENTRY,
            priced_on="2026-03-03",
            pieces=[priced("10", "50", "4.9")],
        ),
        at="2026-03-03T18:00:00Z",
    )
    back = inventory.DrawReversed(
        draw="draw-of-w-1",
        withdrawal="w-1",
        zone="999",
        account="acme",
        order=ORDER,
        line=1,
        week=WEEK,
        disposition="consumption",
        reason="cancelled before leaving",
        pieces=[piece("2", "10", "92")],
    )
    book.commit("inventory", LEDGER, back, at="2026-03-04T09:00:00Z")


def _tell_entry(book: Book) -> None:
    book.commit(
        "duty",
        ENTRY,
        duty.EntryOpened(
            zone="999",
            account="acme",
            week=WEEK,
            timezone="America/Chicago",
            week_starts=6,
            port="3901",
            firms="X123",
            filer="p-2",
            importer_of_record="p-1",
            compile_grace_days=2,
        ),
        at="2026-02-28T12:00:00Z",
    )
    book.commit("duty", ENTRY, duty.EntryNumbered(number="XYZ-2600001", control=1))
    book.commit("duty", ENTRY, duty.EstimateAccepted(attempt=1, accepted_at="2026-02-28T20:00:00Z"))
    for pieces, is_back in (([priced("10", "50", "4.9")], False), ([priced("2", "10", "0.98")], True)):
        book.commit(
            "duty",
            ENTRY,
            duty.EntryLineTaken(
                withdrawal="w-1",
                order=ORDER,
                line=1,
                removed_on="2026-03-03",
                reversed=is_back,
                pieces=pieces,
            ),
        )
    book.commit(
        "duty",
        ENTRY,
        duty.EntryLinesCompiled(part=1, lines=[entry_line("8", "40", "3.92")]),
        compiled(),
        at="2026-03-11T11:00:00Z",
    )


def compiled() -> duty.EntryCompiled:
    """The summary of eight mugs."""
    return duty.EntryCompiled(
        zone="999",
        account="acme",
        week=WEEK,
        entry_number="XYZ-2600001",
        entry_date="2026-02-28",
        fee_year=2026,
        revision="2026-4",
        line_count=1,
        parts=1,
        entered_value=D(40),
        duty=D("3.92"),
        unpriced=0,
        mpf=D("33.58"),
        total=D("37.50"),
        covers="column 1 general and MPF only; additional duties not evaluated; not payable",
        payable=False,
        not_evaluated=["chapter 99: line 1"],
        summary_due_on="2026-03-20",
        documents=[
            duty.EntryDocument(
                document=1,
                entry_number="XYZ-2600001",
                entry_date="2026-02-28",
                fee_year=2026,
                first_line=1,
                line_count=1,
                entered_value=D(40),
                duty=D("3.92"),
                unpriced=0,
                mpf=D("33.58"),
            )
        ],
    )


class Mugs:
    """The story of the mugs, and what tests take from it to tell another."""

    PART, ADMISSION, LEDGER, ORDER = PART, ADMISSION, LEDGER, ORDER
    WEEK, ENTRY, COVER, NOW, EVENT = WEEK, ENTRY, COVER, NOW, EVENT
    Book, Desk = Book, Desk
    piece, priced, drawn = staticmethod(piece), staticmethod(priced), staticmethod(drawn)
    admitted, opened = staticmethod(admitted), staticmethod(opened)
    entry_line, compiled = staticmethod(entry_line), staticmethod(compiled)

    @staticmethod
    def told(book: Book | None = None) -> Book:
        """The whole story, in order."""
        book = book or Book()
        tell(book)
        return book


@pytest.fixture(scope="session")
def mugs() -> type[Mugs]:
    return Mugs


@pytest.fixture
def book() -> Book:
    return Mugs.told()


@pytest.fixture
def desk() -> Desk:
    return Desk()
