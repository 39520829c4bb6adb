"""The table of contents is complete: an arm for every row that inventory hears, and no other."""

from ftz_common.contracts.platform import FOREIGN
from ftz_common.contracts.table import ROWS
from ftz_common.flow.reference import Reference
from ftz_inventory.handlers import arms
from ftz_inventory.usecases import AGGREGATES, UseCases


def test_every_fact_that_inventory_hears_has_an_arm() -> None:
    heard = {row.fact for row in ROWS if "inventory" in row.heard_by}
    assert set(arms(UseCases(Reference())).facts) == heard


def test_every_platform_event_that_inventory_claims_has_an_arm() -> None:
    claimed = {data for data, service in FOREIGN.values() if service == "inventory"}
    assert set(arms(UseCases(Reference())).foreign) == claimed


def test_streams_name_their_aggregate() -> None:
    assert [aggregate.kind for aggregate in AGGREGATES] == [
        "order",
        "ledger",
        "cover",
        "permit",
        "count",
        "production",
        "exposure",
    ]
