"""Verify on entry type 08: what was assessed and waived, reckoned again; a figure that is off is named."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from ftz_common.contracts.deferral import (
    DeferralAssessed,
    DeferralLineOffered,
    DeferralLineTaken,
    ExportationDated,
    WaiverClaimed,
)
from ftz_common.contracts.duty import EntryLine, PricedPiece
from ftz_common.testing.heard import heard
from ftz_reporting.domain.check_duty import DutyCheck, Summed
from ftz_reporting.domain.told import Told

STREAM = "deferral/acme/shop/O1/P1"
PIECE = PricedPiece(
    layer="l-1",
    admission_number="999-26-000001",
    status="N",
    origin="PT",
    number="6912004400",
    revision="",
    decision="d",
    quantity=Decimal(100),
    unit="No.",
    value=Decimal(400),
    rate_text="",
    rate_from="",
    duty=None,
)
LINE = EntryLine(
    line=1,
    number="6912004400",
    status="N",
    origin="PT",
    unit="No.",
    quantity=Decimal(100),
    entered_value=Decimal(400),
    revision="r",
    rate_text="10%",
    rate_from="69120044",
    duty=Decimal("40.00"),
)
TAKEN = DeferralLineTaken(
    offer=DeferralLineOffered(
        to=STREAM,
        withdrawal="w-1",
        order="order/acme/shop/O1",
        parcel="P1",
        country="CA",
        removed_on="2026-08-18",
        changed=True,
        pieces=[PIECE],
        zone="999",
        account="acme",
        timezone="America/New_York",
        filer="Z99",
        importer_of_record="party",
        port="1401",
    )
)
DATED = ExportationDated(
    exported_on="2026-08-20",
    document="B3",
    deferral_program=False,
    file_by="2026-09-03",
    deposit_by="2026-10-19",
    who="p",
)
ASSESSED = DeferralAssessed(
    round=1,
    lines=[LINE],
    entered_value=Decimal(400),
    duty=Decimal("40.00"),
    waivable=Decimal("40.00"),
    unpriced=0,
    mpf=Decimal("33.58"),
    fee_year=2026,
)
CLAIMED = WaiverClaimed(
    entry_number="13579",
    imported_on="2026-08-20",
    tariff_number="6912",
    rate="7%",
    paid=Decimal(20),
    currency="CAD",
    usd_per_unit=Decimal("0.70"),
    rate_source="bank",
    paid_usd=Decimal("14.00"),
    waived=Decimal("14.00"),
    owed=Decimal("59.58"),
    claimed_on="2026-08-24",
    who="p",
)


class Schedule:
    """Gives the line above for a hundred of the piece as of the exportation, else nothing."""

    def parcel(self, pieces: Any, account: str, exported_on: str, known_at: datetime) -> Summed:
        whole = sum(sign * piece.quantity for piece, sign in pieces)
        if (account, exported_on, whole) != ("acme", "2026-08-20", 100):
            return Summed([], Decimal(0), Decimal(0), Decimal(0))
        return Summed([LINE], Decimal(400), Decimal("40.00"), Decimal("33.58"))


def found(*facts: Any) -> list[str]:
    check = DutyCheck(Schedule())  # type: ignore[arg-type]  # only parcels are told
    for version, fact in enumerate(facts, start=1):
        envelope = heard(stream=STREAM, streamversion=version, recordedtime="2026-08-21T13:00:00Z")
        check.take(Told(envelope, fact))
    check.finish()
    return [problem.what for problem in check.parcels.problems]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ((TAKEN, DATED, ASSESSED, CLAIMED), []),
        # Taken out again and in again before it was assessed: what travels is what was assessed.
        ((TAKEN, replace(TAKEN, offer=replace(TAKEN.offer, reversed=True)), TAKEN, DATED, ASSESSED), []),
        (
            (TAKEN, DATED, replace(ASSESSED, duty=Decimal("39.99"))),
            ["duty is 39.99; the schedule gives 40"],
        ),
        (
            (TAKEN, DATED, replace(ASSESSED, lines=[replace(LINE, rate_text="9%")])),
            ["line 1: rate_text is 9%; again it is 10%"],
        ),
        (
            (TAKEN, DATED, ASSESSED, replace(CLAIMED, waived=Decimal("14.01"))),
            ["14.01 is waived; the lesser of both duties is 14"],
        ),
        (
            (TAKEN, DATED, ASSESSED, replace(CLAIMED, paid_usd=Decimal(50), waived=Decimal(50))),
            ["50 is waived; the lesser of both duties is 40"],
        ),
    ],
)
def test_a_parcel_is_reckoned_again(facts: tuple[Any, ...], expected: list[str]) -> None:
    assert found(*facts) == expected


def test_goods_that_are_not_all_in_the_assessment_are_seen() -> None:
    assert (
        len(found(TAKEN, replace(TAKEN, offer=replace(TAKEN.offer, withdrawal="w-2")), DATED, ASSESSED)) > 2
    )
