"""Every aggregate's state can be kept in a snapshot: it has a shape that msgspec can write down and read."""

import msgspec
import pytest

import ftz_admissions.usecases
import ftz_alerts.usecases
import ftz_cbp_sandbox.usecases
import ftz_classification.usecases
import ftz_duty.usecases
import ftz_inventory.usecases
from ftz_common.flow.aggregate import Aggregate
from ftz_common.flow.snapshots import state_digest

AGGREGATES = [
    aggregate
    for module in (
        ftz_admissions.usecases,
        ftz_alerts.usecases,
        ftz_cbp_sandbox.usecases,
        ftz_classification.usecases,
        ftz_duty.usecases,
        ftz_inventory.usecases,
    )
    for aggregate in module.AGGREGATES
]


@pytest.mark.parametrize("aggregate", AGGREGATES, ids=lambda aggregate: aggregate.kind)
def test_a_state_can_be_kept_and_read(aggregate: Aggregate) -> None:
    assert state_digest(aggregate.state)
    assert msgspec.msgpack.Decoder(aggregate.state)
