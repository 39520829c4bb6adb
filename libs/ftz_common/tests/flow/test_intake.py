"""Intake: bad input gets a code, a place and the next step; its neighbours pass; its bytes are kept."""

from base64 import b64decode
from datetime import timedelta

import msgspec
import pytest

from ftz_common.bus.port import Delivery
from ftz_common.contracts.common import IntakeRefused, OutcomeGiven
from ftz_common.flow.intake import UNREGISTERED, intake_topic
from ftz_common.flow.quarantine import expire_refused, parked_keys, refused_body
from ftz_common.testing.simulator.bench import START, Bench, delivery, event
from ftz_common.testing.simulator.toy import BREAKS_ARM, BREAKS_DECISION, DOCK, REFUSED, dock_stream

GOOD = event("good")
BINARY = {"ce_specversion": "1.0", "ce_id": "b1", "ce_type": "ftz.platform.shipment.arrived.v1"} | {
    "ce_source": "shop",
    "ce_time": "2026-03-02T12:00:00Z",
}


def received(quantity: str) -> bytes:
    """A dock count with this JSON as its quantity."""
    body = event(
        "s1",
        event_id="count",
        kind="ftz.platform.shipment.received.v1",
        receipt="r1",
        final=True,
        lines=[{"line": 1, "quantity": "QUANTITY", "unit": "NO"}],
    )
    return body.replace(b'"QUANTITY"', quantity.encode())


def without(name: str) -> bytes:
    body = msgspec.json.decode(GOOD)
    del body[name]
    return msgspec.json.encode(body)


def spliced(old: str, new: str) -> bytes:
    assert old in GOOD.decode()
    return GOOD.decode().replace(old, new).encode()


REFUSALS = [
    pytest.param(b"{not json", "not-json", "line 1 column 2", id="malformed"),
    pytest.param(b"\xff\xfe", "not-utf-8", "", id="no utf-8"),
    pytest.param(b"[" * 100_000, "too-deep", "", id="nested deep"),
    pytest.param(
        spliced('"s', '"s').replace(b'"good"', b'{"a":' * 900 + b"1" + b"}" * 900), "", "", id="deep"
    ),
    pytest.param(b"[]", "not-an-object", "", id="a list"),
    pytest.param(b"17", "not-an-object", "", id="a number"),
    pytest.param(spliced('"id":', '"id":"x","id":'), "duplicate-key", "id", id="duplicate key"),
    pytest.param(
        spliced('"shipment":', '"shipment":"x","shipment":'),
        "duplicate-key",
        "data.shipment",
        id="twice in data",
    ),
    pytest.param(spliced('"good"', '"\\ud83d"'), "not-unicode", "", id="half a character"),
    pytest.param(spliced('"1.0"', '"2.0"'), "not-cloudevents", "specversion", id="another specversion"),
    pytest.param(without("id"), "missing-attribute", "id", id="no id"),
    pytest.param(without("type"), "missing-attribute", "type", id="no type"),
    pytest.param(without("time"), "missing-attribute", "time", id="no time"),
    pytest.param(without("data"), "missing-attribute", "data", id="no data"),
    pytest.param(spliced('"event-good"', "17"), "missing-attribute", "id", id="an id that is no text"),
    pytest.param(spliced('"event-good"', f'"{"x" * 129}"'), "too-long", "id", id="long id"),
    pytest.param(spliced("arrived.v1", "vanished.v1"), "unknown-type", "type", id="unknown fact"),
    pytest.param(
        spliced('"source":"shop"', '"source":"mall"'), "unknown-source", "source", id="unknown source"
    ),
    pytest.param(spliced('"acme"', '"other"'), "account-not-yours", "data.account", id="not its account"),
    pytest.param(
        spliced('"shipment":', '"issuer":"mall","shipment":'),
        "issuer-not-yours",
        "data.issuer",
        id="not its issuer",
    ),
    pytest.param(spliced('"account":"acme",', ""), "wrong-shape", "data", id="no account"),
    pytest.param(spliced('"good"', "17"), "wrong-shape", "data.shipment", id="wrong type"),
    pytest.param(spliced('"good"', f'"{"x" * 129}"'), "wrong-shape", "data.shipment", id="long external id"),
    pytest.param(received("NaN"), "not-a-number", "data.lines[0].quantity", id="NaN"),
    pytest.param(received("1E+400"), "json-fraction", "data.lines[0].quantity", id="1E+400"),
    pytest.param(received("1.5"), "json-fraction", "data.lines[0].quantity", id="a JSON fraction"),
    pytest.param(received('"1E+400"'), "wrong-shape", "data.lines[0].quantity", id="1E+400 as text"),
    pytest.param(received('"NaN"'), "wrong-shape", "data.lines[0].quantity", id="NaN as text"),
    pytest.param(received('"1234567890123456789"'), "wrong-shape", "data.lines[0].quantity", id="19 digits"),
    pytest.param(received("12345678901234567890"), "json-fraction", "data.lines[0].quantity", id="20 digits"),
    pytest.param(received("true"), "wrong-shape", "data.lines[0].quantity", id="true"),
    pytest.param(spliced("12:00:00Z", "12:00:00"), "time-without-offset", "time", id="no offset"),
    pytest.param(spliced("2026-03-02T", "2026-03-32T"), "time-without-offset", "time", id="no date"),
    pytest.param(
        spliced("2026-03-02T12:00:00Z", "0001-01-01T00:00:00+23:00"),
        "time-without-offset",
        "time",
        id="year zero",
    ),
    pytest.param(spliced("2026-03-02T", "1492-10-12T"), "time-too-old", "time", id="before the Act"),
    pytest.param(spliced("12:00:00Z", "12:06:00Z"), "time-in-future", "time", id="future"),
    pytest.param(event("s1", note="x" * 10_000_000), "too-large", "", id="10 MB"),
]


class TestRefusals:
    @pytest.mark.parametrize(("body", "code", "place"), REFUSALS)
    async def test_it_is_refused_by_code_and_place_with_the_next_step_and_its_neighbours_pass(
        self, bench: Bench, body: bytes, code: str, place: str
    ):
        docks = bench.docks()
        docks.subscribe()
        before, after = event("before"), event("after")
        batch = [delivery(v, n) for n, v in enumerate((before, body, after))]
        await docks.consumers["admissions.intake"].handle(batch)
        for shipment in ("before", "after"):
            assert (await docks.journal.state(DOCK, dock_stream("shop", shipment)))[0] == 1
        (refused,) = [msgspec.json.decode(d.value)["data"] for d in bench.published(IntakeRefused)]
        if code:
            assert (refused["code"], refused["place"]) == (code, place)
        assert refused["reason"]
        assert refused["remedy"]
        assert refused["citation"]
        kept = await refused_body(bench.store, refused["quarantine_key"])
        assert kept is not None
        assert kept.value
        assert await parked_keys(bench.store) == {}

    async def test_the_outcome_of_a_refused_event_says_the_same(self, bench: Bench):
        docks = bench.docks()
        docks.subscribe()
        await docks.consumers["admissions.intake"].handle([delivery(spliced("12:00:00Z", "12:00:00"))])
        (outcome,) = [msgspec.json.decode(d.value)["data"] for d in bench.published(OutcomeGiven)]
        assert (outcome["event"], outcome["result"], outcome["code"]) == (
            "event-good",
            "refused",
            "time-without-offset",
        )

    async def test_a_refused_body_is_kept_as_it_came_until_it_expires(self, bench: Bench):
        docks = bench.docks()
        docks.subscribe()
        await docks.consumers["admissions.intake"].handle([delivery(b"{not json")])
        (row,) = await bench.store.scan("refused-bodies")
        kept = await refused_body(bench.store, row.key)
        assert kept is not None
        assert kept.value == "e25vdCBqc29u"
        assert await expire_refused(bench.store, "2026-03-31T00:00:00Z") == 0
        bench.clock.move_to(START + timedelta(days=31))
        await docks.tidy()
        assert await refused_body(bench.store, row.key) is None


class TestTaking:
    async def results(self, bench: Bench, *records: Delivery) -> list[tuple[str, str]]:
        docks = bench.docks()
        docks.subscribe()
        await docks.consumers["admissions.intake"].handle(records)
        outcomes = [msgspec.json.decode(d.value)["data"] for d in bench.published(OutcomeGiven)]
        return sorted((o["event"], o.get("code") or o["result"]) for o in outcomes)

    async def test_an_event_gets_its_outcome(self, bench: Bench):
        assert await self.results(bench, delivery(GOOD)) == [("event-good", "accepted")]

    async def test_binary_mode_is_taken_too(self, bench: Bench):
        data = msgspec.json.encode({"account": "acme", "shipment": "s1"})
        assert await self.results(bench, delivery(data, headers=BINARY)) == [("b1", "accepted")]

    async def test_the_same_event_again_gets_one_outcome(self, bench: Bench):
        assert await self.results(bench, delivery(GOOD, 0), delivery(GOOD, 1)) == [("event-good", "accepted")]

    async def test_keys_in_another_order_are_the_same_body(self, bench: Bench):
        body = msgspec.json.decode(GOOD)
        body["data"] = dict(reversed(body["data"].items()))
        again = delivery(msgspec.json.encode(dict(reversed(body.items()))), 1)
        assert await self.results(bench, delivery(GOOD), again) == [("event-good", "accepted")]

    async def test_the_same_id_with_another_body_is_refused_and_the_first_one_stands(self, bench: Bench):
        other = event("else", event_id="event-good")
        assert await self.results(bench, delivery(GOOD), delivery(other, 1), delivery(other, 2)) == [
            ("event-good", "accepted"),
            ("event-good", "same-id-other-body"),
        ]
        assert len(await bench.store.scan("refused-bodies")) == 1

    async def test_a_rule_that_says_no_is_an_outcome_and_the_body_is_kept(self, bench: Bench):
        body = event(REFUSED)
        assert await self.results(bench, delivery(body)) == [("event-refused", "no-dock")]
        kept = await refused_body(bench.store, "event/shop/event-refused")
        assert kept is not None
        assert (b64decode(kept.value), kept.code) == (body, "no-dock")

    async def test_a_header_that_contradicts_the_body_is_answered_by_whom_the_header_names(
        self, bench: Bench
    ):
        wrong = {"ce_type": "ftz.platform.shipment.announced.v1"}
        assert await self.results(bench, delivery(GOOD, headers=wrong)) == [
            ("event-good", "type-contradicts-header")
        ]
        elsewhere = {"ce_type": "ftz.platform.order.shipped.v1"}
        fresh = Bench()
        assert await self.results(fresh, delivery(GOOD, headers=elsewhere)) == []

    async def test_what_no_row_claims_is_answered_by_admissions(self, bench: Bench):
        body = spliced("shipment.arrived.v1", "weather.changed.v1")
        assert await self.results(bench, delivery(body)) == [("event-good", "unknown-type")]

    async def test_what_another_service_claims_is_left_to_it(self, bench: Bench):
        body = spliced("shipment.arrived.v1", "order.shipped.v1")
        assert await self.results(bench, delivery(body)) == []

    async def test_unknown_fields_are_dropped_and_named(self, bench: Bench):
        await self.results(bench, delivery(event("s1", customer="somebody", more={"x": 1})))
        (outcome,) = [msgspec.json.decode(d.value)["data"] for d in bench.published(OutcomeGiven)]
        assert outcome["dropped_fields"] == ["data.customer", "data.more"]
        assert not any(b"somebody" in c.body for c in await bench.commits())

    async def test_the_topic_of_those_who_are_not_registered_is_refused(self, bench: Bench):
        record = Delivery(intake_topic(UNREGISTERED), 0, 0, "", GOOD, {})
        assert await self.results(bench, record) == [("event-good", "unknown-source")]

    @pytest.mark.parametrize("shipment", [BREAKS_ARM, BREAKS_DECISION])
    async def test_a_bug_of_ours_sets_the_event_aside_and_loses_nothing(self, bench: Bench, shipment: str):
        broken = delivery(event(shipment), 0, key="k")
        assert await self.results(bench, broken, delivery(GOOD, 1)) == [("event-good", "accepted")]
        (parked,) = (await parked_keys(bench.store)).values()
        assert [p.delivery().value for p in parked] == [broken.value]
