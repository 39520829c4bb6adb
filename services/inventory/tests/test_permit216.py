"""What a CBP 216 cannot be (19 CFR 146.52)."""

import pytest
from msgspec.structs import replace

from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.movements import PermitGranted
from ftz_inventory.domain import permit216
from ftz_inventory.domain.permit216 import GrantPermit, RevokePermit

GRANTED = PermitGranted(
    permit="216-1",
    zone="999",
    account="acme",
    activities=["destroy"],
    blanket=True,
    valid_from="2026-05-07",
    valid_to="2027-05-06",
    description="as applied for",
    granted_on="2026-05-07",
    who="clerk",
)


@pytest.mark.parametrize(
    ("known", "command", "code"),
    [
        (False, GrantPermit(replace(GRANTED, valid_to="2026-05-06")), "permit-period"),
        (False, GrantPermit(replace(GRANTED, valid_to="2027-05-08")), "permit-over-a-year"),
        (False, GrantPermit(replace(GRANTED, activities=[])), "permit-without-activity"),
        (False, RevokePermit("2026-05-08", "order of the port director", "clerk"), "permit-unknown"),
        (True, GrantPermit(replace(GRANTED, activities=["manipulate"])), "permit-differs"),
    ],
)
def test_a_permit_that_cannot_be(known, command, code) -> None:
    permit = permit216.start(("permit", "999", "acme", "216-1"))
    if known:
        permit.granted = GRANTED
    decided = permit216.decide(permit, command, None)  # type: ignore[arg-type]  # no clock
    assert isinstance(decided, Refusal)
    assert (decided.code, bool(decided.remedy)) == (code, True)
