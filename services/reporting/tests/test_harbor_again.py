"""Verify on the harbor maintenance fee (19 CFR 24.24): every layer once, 0.125 % by port, or it is named."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from ftz_common.contracts.duty import HarborFeeStated, HarborPort, VesselCargoAdmitted
from ftz_common.contracts.filing import Arrival
from ftz_common.contracts.inventory import LayerOpened
from ftz_common.testing.heard import heard
from ftz_reporting.domain.check_harbor import HarborCheck
from ftz_reporting.domain.told import Told

LEDGER, QUARTER = "ledger/999/site-1/acme/MUG", "harbor/999/party/2026-01-01"
LAYER = LayerOpened(
    layer="l-1",
    zone="999",
    site="site-1",
    account="acme",
    uin="MUG",
    admission="admission/acme/shop/S1",
    admission_number="999-26-000001",
    line=1,
    receipt="R1",
    admitted_on="2026-03-03",
    admitted_at="2026-03-03T16:00:00Z",
    quantity=Decimal(100),
    unit="No.",
    value=Decimal("80000.40"),
    status="N",
    origin="PT",
    number="6912004400",
    revision="r",
    decision="d",
    timezone="America/New_York",
    week_starts=6,
    arrival=Arrival(mode="11", port_of_unlading="1401", imported_on="2026-03-02", applicant="party"),
)
CARGO = VesselCargoAdmitted(
    layer="l-1",
    admission_number="999-26-000001",
    account="acme",
    port="1401",
    mode="11",
    imported_on="2026-03-02",
    admitted_on="2026-03-03",
    value=Decimal("80000.40"),
)
STATED = HarborFeeStated(
    zone="999",
    applicant="party",
    first="2026-01-01",
    last="2026-03-31",
    due_on="2026-05-01",
    class_code="505",
    ports=[HarborPort(port="1401", admissions=1, value=Decimal(80000), fee=Decimal("100.00"))],
    value=Decimal(80000),
    fee=Decimal("100.00"),
    paid=Decimal(0),
)


def found(*facts: Any) -> list[str]:
    check = HarborCheck()
    for version, fact in enumerate(facts, start=1):
        stream = LEDGER if isinstance(fact, LayerOpened) else QUARTER
        check.take(Told(heard(stream=stream, streamversion=version), fact))
    check.finish()
    return [problem.what for problem in check.findings[0].problems]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ((LAYER, CARGO, STATED), []),
        ((LAYER,), ["layer l-1 came by vessel and is in no quarter"]),
        ((replace(LAYER, arrival=None),), []),
        ((replace(LAYER, opened_by="relocated"),), []),  # the same goods in another place
        (
            (LAYER, replace(CARGO, value=Decimal("79000.40"))),
            ["layer l-1 is worth 80000.4, the quarter has 79000.4"],
        ),
        (
            (LAYER, CARGO, replace(STATED, fee=Decimal("99.99"))),
            ["the fee is 99.99; 0.125 % by port is 100"],
        ),
        (
            (LAYER, CARGO, replace(STATED, ports=[])),
            ["its ports say nothing; its cargo 1401 80000"],
        ),
    ],
)
def test_the_fee_is_reckoned_again(facts: tuple[Any, ...], expected: list[str]) -> None:
    assert found(*facts) == expected
