"""Trace tells the whole story of an order, shipment, layer, draw or entry, by any name people type."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from ftz_common.contracts import admissions, alerts, duty, filing, inventory, table
from ftz_common.contracts.classification import PartRecorded
from ftz_reporting.domain.node import Node, as_text
from ftz_reporting.views.tracing import Tracer


@pytest.fixture
async def tracer(desk: Any, book: Any) -> Tracer:
    await desk.take(book.deliveries)
    return Tracer(desk.archive)


async def story(tracer: Tracer, name: str) -> Node:
    traced = await tracer.trace(name)
    assert traced.story is not None, traced.matches
    return traced.story


def flat(node: Node) -> list[str]:
    return [node.title, *(line for child in node.children for line in flat(child))]


def path(node: Node, *titles: str) -> Node:
    """The node under these title beginnings."""
    for title in titles:
        found = [child for child in node.children if child.title.startswith(title)]
        assert found, f"{title!r} is not under {node.title!r}: {[c.title for c in node.children]}"
        node = found[0]
    return node


async def test_an_order_from_line_to_entry_line_with_times(tracer: Tracer) -> None:
    order = await story(tracer, "1001")
    assert (order.title, order.at) == ("order 1001 (shop), consumption", "2026-03-02T15:00:00Z")
    left = path(order, "line 1: 10 pcs of MUG", "left with parcel P-1: 10 pcs")
    assert left.at == "2026-03-03T18:00:00Z"
    layer = path(left, "layer layer-1: 10 pcs, USD 50")
    form = path(layer, "214 999-2026-000001, line 1: shipment S-1 (shop)")
    assert form.at == "2026-02-09T14:00:00Z"
    assert dict(form.details)["bill"] == "B-77"
    decision = path(form, "line 1 classified 6912004810, decided by person-7")
    assert decision.at == "2026-02-02T12:00:00Z"
    assert dict(decision.details)["licence"] == "broker 12345"
    assert dict(decision.details)["why"] == "stoneware, for the table, not hotel ware"
    assert dict(decision.details)["part"] == "part/acme/MUG"
    revision = path(decision, "tariff revision 2026-4, in force from 2026-01-01")
    assert dict(revision.details)["sha256"] == "ab" * 32
    assert path(left, "taken back before it left").at == "2026-03-04T09:00:00Z"
    assert path(left, "under cover: 10")
    owed = path(left, "priced provisionally, as of 2026-03-03", "6912004810: USD 4.9")
    assert dict(owed.details)["rate"] == "9.8%, of line 6912.00.48"
    assert path(owed, "tariff revision 2026-4")
    entry = path(left, "entry of acme for the week of 2026-03-01, zone 999: XYZ-2600001")
    assert entry.at == "2026-03-11T11:00:00Z"
    line = path(entry, "entry line 1: 6912004810 N CN, duty USD 3.92")
    assert dict(line.details)["not evaluated"].startswith("origin CN: chapter 99")


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("S-1", "214 999-2026-000001: shipment S-1 (shop)"),
        ("999-2026-000001", "214 999-2026-000001: shipment S-1 (shop)"),
        ("admission/acme/shop/S-1", "214 999-2026-000001: shipment S-1 (shop)"),
        ("layer-1", "layer layer-1: line 1, 100 pcs of MUG"),
        ("draw-of-w-1", "draw draw-of-w-1: order 1001 (shop)"),
        ("w-1", "withdrawal w-1: order 1001 (shop)"),
        ("withdrawal/w-1", "withdrawal w-1: order 1001 (shop)"),
        ("XYZ-2600001", "entry of acme for the week of 2026-03-01, zone 999"),
        ("entry/999/acme/2026-03-01", "entry of acme for the week of 2026-03-01, zone 999"),
        ("order/acme/shop/1001", "order 1001 (shop), consumption"),
        ("part/acme/MUG", "part/acme/MUG"),
        ("mug", "part mug"),
    ],
)
async def test_anything_is_found_as_people_type_it(tracer: Tracer, typed: str, title: str) -> None:
    assert (await story(tracer, f" {typed} ")).title == title


async def test_a_layer_tells_where_it_came_from_and_where_it_went(tracer: Tracer) -> None:
    layer = await story(tracer, "layer-1")
    assert path(layer, "214 999-2026-000001, line 1")
    assert [c.title for c in layer.children[1:]] == [
        "10 pcs drawn by order 1001 (shop)",
        "2 pcs taken back from order 1001 (shop)",
    ]


def filed(attempt: int) -> filing.FilingRequested:
    return filing.FilingRequested(
        kind="214",
        control="999-26-000009",
        attempt=attempt,
        reply_to="admission/acme/shop/S-9",
        port="1401",
        firms="X999",
        filer="p-2",
        importer_of_record="p-1",
        lines=[],
    )


async def test_what_befell_a_214_is_told_in_the_order_of_time(desk: Any, book: Any) -> None:
    """Refused, filed again and permitted: a refusal stands before the attempt that answered it."""
    told = [
        ("2026-02-10T09:00:00Z", filed(1)),
        ("2026-02-10T11:00:00Z", admissions.AdmissionRejected(attempt=1, codes=["x"], reasons=[])),
        ("2026-02-10T12:00:00Z", filed(2)),
    ]
    for at, fact in told:
        book.commit("admissions", "admission/acme/shop/S-9", fact, at=at)
    await desk.take(book.deliveries)
    node = await story(Tracer(desk.archive), "admission/acme/shop/S-9")
    labels = [label for label, _ in node.details]
    assert labels[1:] == ["filed, attempt 1", "rejected, attempt 1", "filed, attempt 2"]


async def test_an_entry_tells_its_steps_and_what_left_under_each_line(tracer: Tracer) -> None:
    """Ten left and two were taken back before they did: eight are on the line."""
    entry = await story(tracer, "XYZ-2600001")
    assert [c.title for c in entry.children[:4]] == ["opened", "numbered", "estimate accepted", "compiled"]
    line = path(entry, "entry line 1: 6912004810 N CN, duty USD 3.92")
    left = path(line, "8 pcs with order 1001 (shop), line 1")
    assert (left.at, dict(left.details)["withdrawal"]) == ("2026-03-03", "w-1")


async def test_estimates_accepted_one_after_the_other_are_one_step(desk: Any, book: Any) -> None:
    for attempt in (2, 3):
        accepted = duty.EstimateAccepted(attempt=attempt, accepted_at=f"2026-02-28T2{attempt}:00:00Z")
        book.commit("duty", "entry/999/acme/2026-03-01", accepted)
    await desk.take(book.deliveries)
    entry = await story(Tracer(desk.archive), "XYZ-2600001")
    assert path(entry, "2 estimates accepted, the last 2026-02-28T23:00:00Z").children == []


async def test_what_a_line_does_not_hold_yet_is_listed_apart(desk: Any, book: Any, mugs: Any) -> None:
    other = msgspec.structs.replace(mugs.priced("3", "15"), number="6912004890")
    taken = duty.EntryLineTaken(
        withdrawal="w-2", order=mugs.ORDER, line=2, removed_on="2026-03-04", reversed=False, pieces=[other]
    )
    book.commit("duty", "entry/999/acme/2026-03-01", taken)
    await desk.take(book.deliveries)
    entry = await story(Tracer(desk.archive), "XYZ-2600001")
    assert path(entry, "1 withdrawals on no line yet", "3 pcs with order 1001 (shop), line 2")


async def test_a_parcel_tells_what_left_with_it(desk: Any, book: Any, mugs: Any) -> None:
    shipped = inventory.OrderEventTaken(
        what="shipped", reference="P-1", at="2026-03-03T18:00:00Z", lines=[], event=mugs.EVENT
    )
    book.commit("inventory", mugs.ORDER, shipped)
    await desk.take(book.deliveries)
    parcel = await story(Tracer(desk.archive), "p-1")
    assert (parcel.title, parcel.at) == ("parcel p-1 of order 1001 (shop)", "2026-03-03T18:00:00Z")
    assert path(parcel, "left with parcel P-1: 10 pcs", "layer layer-1")
    assert path(parcel, "shipped P-1")


async def test_an_in_bond_tells_its_days_its_goods_and_its_end(desk: Any, book: Any, mugs: Any) -> None:
    in_bond = "inbond/acme/shop/1001/P-1"
    told = [
        duty.InBondOpened(
            zone="999",
            account="acme",
            order=mugs.ORDER,
            parcel="P-1",
            destination_country="CA",
            removed_on="2026-03-03",
            due_on="2026-04-02",
        ),
        duty.InBondLineAdded(withdrawal="w-1", quantity=Decimal(10), unit="pcs", value=Decimal(50)),
        duty.InBondOverdue(due_on="2026-04-02"),
        duty.InBondArrived(closed_at="2026-04-03T10:00:00Z", port_of_exit="0901"),
    ]
    for fact in told:
        book.commit("duty", in_bond, fact)
    await desk.take(book.deliveries)
    titles = flat(await story(Tracer(desk.archive), in_bond))
    assert titles == [
        "in-bond of parcel P-1",
        "in-bond to CA, due 2026-04-02",
        "10 pcs, USD 50",
        "OVERDUE since 2026-04-02",
        "closed at port 0901",
    ]


async def test_several_matches_are_listed_and_one_can_be_picked(desk: Any, mugs: Any, book: Any) -> None:
    other = mugs.told().deliveries
    order = next(d for d in other if "order.recorded" in d[0].type)
    book.commit("inventory", "order/acme/other-shop/1001", table.decoder(order[0].type).decode(order[0].data))
    part = PartRecorded(
        account="acme",
        uin="1001",
        description="a part that is called like an order",
        origin="CN",
        unit="pcs",
        measures=[],
        attributes={},
        facts_digest="f",
        event=mugs.EVENT,
    )
    book.commit("classification", "part/acme/1001", part)
    await desk.take(book.deliveries)
    tracer = Tracer(desk.archive)
    traced = await tracer.trace("1001")
    assert traced.story is None
    assert sorted(match.stream for match in traced.matches) == [
        "order/acme/other-shop/1001",
        "order/acme/shop/1001",
        "part/acme/1001",
    ]
    assert (await tracer.trace("1001", "part")).story is not None
    assert (await tracer.trace("nothing")).matches == []
    assert (await tracer.trace("order/acme/shop/none")).matches == []


async def test_a_withdrawal_that_was_taken_back_is_in_no_entry(desk: Any, mugs: Any, book: Any) -> None:
    taken = duty.EntryLineTaken(
        withdrawal="w-1",
        order=mugs.ORDER,
        line=1,
        removed_on="2026-03-03",
        reversed=True,
        pieces=[mugs.priced("10", "50")],
    )
    book.commit("duty", mugs.ENTRY, taken)
    await desk.take(book.deliveries)
    left = path(await story(Tracer(desk.archive), "1001"), "line 1", "left with parcel P-1: 10 pcs")
    assert path(left, "not in the entry of acme for the week of 2026-03-01")


async def test_what_went_wrong_is_in_the_story(desk: Any, mugs: Any, book: Any) -> None:
    uncovered = inventory.RemovalUncovered(
        withdrawal="w-1",
        order=mugs.ORDER,
        line=1,
        quantity=mugs.piece("3", "1", "1").quantity,
        removed_at="2026-03-03T18:00:00Z",
        permitted=mugs.piece("7", "1", "1").quantity,
    )
    book.commit("inventory", mugs.COVER, uncovered)
    raised = alerts.AlertRaised(
        kind="removal-without-cover",
        subject="w-1",
        severity="violation",
        message="3 left without cover.",
        citation="19 CFR 146.71(a)",
        remedy="tell CBP",
        about=mugs.ORDER,
    )
    risk = "risk/removal-without-cover/w-1"
    book.commit("alerts", risk, raised, at="2026-03-03T18:00:01Z")
    resolved = alerts.AlertResolved(kind="removal-without-cover", subject="w-1", how="CBP was told")
    book.commit("alerts", risk, resolved, at="2026-03-04T18:00:01Z")
    correction = duty.EntryCorrectionNeeded(
        withdrawal="w-1",
        order=mugs.ORDER,
        line=1,
        removed_on="2026-03-03",
        reversed=True,
        pieces=[mugs.priced("1", "5")],
    )
    book.commit("duty", mugs.ENTRY, correction)
    suspended = inventory.DrawSuspended(
        draw="d-9",
        uin="MUG",
        order=mugs.ORDER,
        line=1,
        parcel="P-9",
        disposition="consumption",
        destination_country="US",
        quantity=mugs.piece("4", "1", "1").quantity,
        unit="pcs",
        removed_at="2026-03-05T18:00:00Z",
        removed_on="2026-03-05",
    )
    book.commit("inventory", mugs.LEDGER, suspended)
    await desk.take(book.deliveries)
    order = await story(Tracer(desk.archive), "1001")
    left = path(order, "line 1", "left with parcel P-1")
    assert path(left, "WITHOUT COVER: 3")
    assert path(left, "CORRECTION NEEDED")
    assert path(order, "line 1", "SUSPENDED: the book had none for 4")
    assert path(order, "alert removal-without-cover: 3 left", "resolved: CBP was told")


def test_a_story_as_text() -> None:
    node = Node(
        title="order 1",
        at="2026-03-02",
        details=[("to", "US"), ("empty", "")],
        children=[Node(title="line 1", children=[Node(title="left")])],
    )
    assert as_text(node) == "order 1  [2026-03-02]\n    to: US\n  line 1\n    left\n"
