"""What admissions hears, and what it makes of the words of platforms."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from ftz_admissions.handlers import arms
from ftz_admissions.usecases import ADMISSION, SERIES, UseCases
from ftz_common.contracts import table
from ftz_common.contracts.classification import ClassificationAnswered
from ftz_common.contracts.common import NumberAssigned, NumberRequested
from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.filing import FilingAnswered
from ftz_common.contracts.platform import FOREIGN, ShipmentAnnounced, ShipmentReceived
from ftz_common.contracts.reference import SkuMapping, TariffRevisionImported
from ftz_common.flow.aggregate import ForeignEvent, To, Waiting
from ftz_common.flow.clock import PlayedClock
from ftz_common.flow.reference import Reference
from ftz_common.testing.heard import heard

AT = datetime(2026, 6, 1, 14, tzinfo=UTC)
ENVELOPE = heard()


@pytest.fixture
def reference(make: Any) -> Reference:
    mapping = SkuMapping(account="acme", issuer="shop", sku="shop-mug", uin="MUG")
    revision = TariffRevisionImported(
        revision="2026-A", effective_from="2026-01-01", sha256="0" * 64, lines=1, file_name="x.csv"
    )
    return Reference(
        zones={"999": make.zone(sku_mappings=[mapping])}, revisions=[(revision, "2026-01-01T00:00:00Z")]
    )


@pytest.fixture
def cases(reference: Reference) -> UseCases:
    return UseCases(reference, PlayedClock(AT))


def test_every_row_heard_has_an_arm_and_no_arm_is_idle(cases: UseCases) -> None:
    heard = {row.fact for row in table.ROWS if "admissions" in row.heard_by}
    assert set(arms(cases).facts) == heard
    claimed = {data for data, service in FOREIGN.values() if service == "admissions"}
    assert set(arms(cases).foreign) == claimed


def announced(**line: Any) -> ForeignEvent:
    data = {
        "account": "acme",
        "shipment": "S/1",
        "mode": "11",
        "carrier": "ABCD",
        "bill": "B-1",
        "port_of_unlading": "4601",
        "export_date": "2026-05-01",
        "import_date": "2026-05-20",
        "lines": [
            {
                "line": 1,
                "sku": "shop-mug",
                "quantity": "12.50",
                "unit": "pcs",
                "value": 1000,
                "status": "P",
                "origin": "VN",
                **line,
            }
        ],
    }
    return ForeignEvent(
        "e-1", "shop", "announced", AT, msgspec.convert(data, ShipmentAnnounced), "shop", "999"
    )


def test_an_announcement_goes_to_the_stream_of_its_shipment_in_the_zones_words(cases: UseCases) -> None:
    asked = cases.announced(announced())
    assert isinstance(asked, To)
    assert (asked.aggregate, asked.stream) == (ADMISSION, "admission/acme/shop/S%2F1")
    assert (asked.account, asked.zone) == ("acme", "999")
    (line,) = asked.command.lines
    assert (line.uin, line.quantity, line.value) == ("MUG", Decimal("12.50"), Decimal(1000))
    assert asked.command.terms.required_documents == ["commercial-invoice"]
    assert asked.command.rules.now == AT


@pytest.mark.parametrize(("field", "number"), [("quantity", "0.0000001"), ("value", "1.0000001")])
def test_numbers_finer_than_a_layer_can_be_cut_are_refused_by_place(
    cases: UseCases, field: str, number: str
) -> None:
    refusal = cases.announced(announced(**{field: number}))
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.place) == ("too-many-decimals", f"data.lines[0].{field}")


def test_trailing_zeros_are_no_decimals(cases: UseCases) -> None:
    assert isinstance(cases.announced(announced(quantity="1.500000000")), To)


def test_a_count_keeps_its_time_and_the_fields_that_were_dropped(cases: UseCases) -> None:
    data = msgspec.convert(
        {
            "account": "acme",
            "shipment": "S-1",
            "receipt": "R-1",
            "final": True,
            "lines": [{"line": 1, "quantity": "5", "unit": "pcs"}],
        },
        ShipmentReceived,
    )
    event = ForeignEvent("e-2", "shop", "received", AT, data, "dock", "999", ("data.pallet",))
    asked = cases.received(event)
    assert isinstance(asked, To)
    assert asked.stream == "admission/acme/dock/S-1"
    assert (asked.command.counted_at, asked.command.dropped_fields) == (AT, ("data.pallet",))
    fine = msgspec.structs.replace(data.lines[0], quantity="0.0000001")
    refusal = cases.received(
        ForeignEvent(
            "e-3", "shop", "received", AT, msgspec.structs.replace(data, lines=[fine]), "dock", "999"
        )
    )
    assert isinstance(refusal, Refusal)
    assert refusal.place == "data.lines[0].quantity"


def test_answers_go_to_the_214_that_asked(cases: UseCases, make: Any) -> None:
    number = NumberAssigned(to=make.stream, series=ENVELOPE.stream, number=1, purpose="214")
    cbp = FilingAnswered(to=make.stream, kind="214", control="999-26-000001", attempt=1, accepted=True)
    for asked in (*cases.number_assigned(number, ENVELOPE), *cases.filing_answered(cbp, ENVELOPE)):
        assert (asked.aggregate, asked.stream, asked.account) == (ADMISSION, make.stream, "acme")
    request = NumberRequested(to=ENVELOPE.stream, reply_to=make.stream, purpose="214")
    (asked,) = cases.number_requested(request, ENVELOPE)
    assert (asked.aggregate, asked.stream) == (SERIES, ENVELOPE.stream)


def test_the_time_of_an_answer_is_when_it_was_given(cases: UseCases, make: Any) -> None:
    cbp = FilingAnswered(to=make.stream, kind="214", control="c", attempt=1, accepted=True)
    (asked,) = cases.filing_answered(cbp, ENVELOPE)
    assert asked.command.answered_at == datetime(2026, 6, 1, 13, tzinfo=UTC)


def test_answers_to_entries_are_another_services(cases: UseCases) -> None:
    entry = FilingAnswered(to="entry/999/acme/w", kind="3461", control="c", attempt=1, accepted=True)
    assert list(cases.filing_answered(entry, ENVELOPE)) == []


def test_a_tariff_number_of_a_revision_not_read_yet_waits(cases: UseCases, make: Any) -> None:
    answer = ClassificationAnswered(
        to=make.stream,
        request="q",
        line=1,
        uin="MUG",
        number="6911103710",
        revision="2026-Z",
        decision="d",
        decided_by="b",
        licence="l",
        reason="r",
    )
    with pytest.raises(Waiting, match="2026-Z"):
        cases.classified(answer, ENVELOPE)
    (asked,) = cases.classified(msgspec.structs.replace(answer, revision="2026-A"), ENVELOPE)
    assert asked.stream == make.stream


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ({"zone": 999}, "zone"),
        ({"accounts": [{"id": "acme"}]}, "accounts[0]"),
        ({"recieving": 3}, "recieving"),
        (
            {"procedures": {"required_documents": [], "recieving_days_max": 3}},
            "procedures.recieving_days_max",
        ),
        ({"accounts": "none"}, "accounts"),
    ],
)
def test_a_zone_file_that_is_none_is_refused_by_place(
    cases: UseCases, make: Any, content: dict[str, Any], place: str
) -> None:
    whole = msgspec.to_builtins(make.zone()) | content
    refusal = cases.apply_zone(whole, "2026-06-01")
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.place) == ("zone-document-wrong", place)


def test_a_zone_file_goes_to_its_zone_with_the_sources_of_the_others(
    cases: UseCases, reference: Reference, make: Any
) -> None:
    reference.zones["998"] = make.zone(zone="998")
    asked = cases.apply_zone(msgspec.to_builtins(make.zone()), "2026-06-01")
    assert isinstance(asked, To)
    assert (asked.stream, asked.zone) == ("zone/999", "999")
    assert asked.command.registered_elsewhere == frozenset({"shop"})
