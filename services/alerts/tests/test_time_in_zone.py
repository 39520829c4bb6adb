"""Goods that stay longer than their account allows: watched until the last of a layer left."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from ftz_alerts.usecases import UseCases
from ftz_common.contracts import inventory
from ftz_common.contracts.common import DeadlineSet
from ftz_common.contracts.fact import Fact

D = Decimal
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
ORDER = "order/acme/shop/1001"
SHIPMENT = "admission/acme/shop/S-1"
LEDGER = "ledger/999/site-1/acme/MUG"

OPENED = inventory.LayerOpened(
    layer="layer-1",
    zone="999",
    site="site-1",
    account="acme",
    uin="MUG",
    admission=SHIPMENT,
    admission_number="999-26-000001",
    line=1,
    receipt="R-1",
    admitted_on="2026-02-20",
    admitted_at="2026-02-20T16:00:00Z",
    quantity=D(10),
    unit="pcs",
    value=D(10),
    status="N",
    origin="CN",
    number="6912004810",
    revision="r",
    decision="d",
    timezone="America/Chicago",
    week_starts=6,
)


def piece(left: int) -> inventory.Piece:
    return inventory.Piece(
        layer="layer-1",
        admission=SHIPMENT,
        admission_number="999-26-000001",
        admitted_on="2026-02-20",
        quantity=D(1),
        unit="pcs",
        value=D(1),
        left=D(left),
        status="N",
        origin="CN",
        number="6912004810",
        revision="r",
        decision="d",
    )


def drawn(left: int) -> inventory.Drawn:
    return inventory.Drawn(
        withdrawal="w",
        draw="d",
        zone="999",
        account="acme",
        uin="MUG",
        order=ORDER,
        line=1,
        parcel="P",
        disposition="consumption",
        destination_country="US",
        removed_at="2026-03-02T11:00:00Z",
        removed_on="2026-03-02",
        week="2026-03-01",
        pieces=[piece(left)],
    )


REVERSED = inventory.DrawReversed(
    draw="d",
    withdrawal="w",
    zone="999",
    account="acme",
    order=ORDER,
    line=1,
    week="2026-03-01",
    disposition="consumption",
    reason="cancelled",
    pieces=[piece(1)],
)


@pytest.mark.parametrize(
    ("heard", "raised"),
    [
        ([(LEDGER, 1, OPENED)], True),
        ([(LEDGER, 1, OPENED), (LEDGER, 2, drawn(9))], True),
        ([(LEDGER, 1, OPENED), (LEDGER, 2, drawn(0))], False),
        ([(LEDGER, 1, OPENED), (LEDGER, 2, drawn(0)), (LEDGER, 3, REVERSED)], True),
        ([(LEDGER, 1, OPENED), (LEDGER, 2, drawn(0)), (LEDGER, 3, REVERSED), (LEDGER, 4, drawn(0))], False),
    ],
    ids=["stays", "partly drawn", "emptied", "given back", "emptied again"],
)
def test_goods_longer_in_the_zone_than_the_account_allows(
    cases: UseCases, make: Any, heard: list[tuple[str, int, Fact]], raised: bool
) -> None:
    for order in (heard, heard[::-1]):
        told = make.hear(cases, {}, *order)
        story = told["risk/time-in-zone/layer-1"]
        for clock in [fact for fact in story.facts if isinstance(fact, DeadlineSet)]:
            assert clock.due_at == "2026-03-23T05:00:00Z"  # the end of the thirtieth day, Chicago
            story.tell(clock, AT)
        assert story.state.raised is raised
        if raised:
            concern = story.state.concern
            assert "MUG admitted on 2026-02-20 under 214 999-26-000001" in concern.message
            assert concern.citation.startswith("policy:")
            assert "the law has no maximum" in concern.citation


def test_an_account_without_a_limit_is_not_watched(make: Any) -> None:
    cases = UseCases(make.reference(make.zone(None)))
    assert make.hear(cases, {}, (LEDGER, 1, OPENED), (LEDGER, 2, drawn(0)), (LEDGER, 3, REVERSED)) == {}


def test_a_watch_ends_also_when_the_limit_was_lifted_meanwhile(make: Any) -> None:
    told = make.hear(UseCases(make.reference(make.zone())), {}, (LEDGER, 1, OPENED))
    lifted = UseCases(make.reference(make.zone(), make.zone(None)))
    make.hear(lifted, told, (LEDGER, 2, drawn(0)))
    story = told["risk/time-in-zone/layer-1"]
    clock = next(fact for fact in story.facts if isinstance(fact, DeadlineSet))
    story.tell(clock, AT)
    assert not story.state.raised
