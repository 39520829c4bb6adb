"""The contract table is complete: owner, topic, key, golden file, and an arm wherever it says one is."""

import json
from pathlib import Path

import msgspec
import pytest

from ftz_cli.services import BUILDERS, build_all
from ftz_common.blobs.memory import MemoryBlobs
from ftz_common.bus.memory import MemoryBus
from ftz_common.contracts import platform, table
from ftz_common.flow.clock import PlayedClock
from ftz_common.flow.service import Service
from ftz_common.settings import Settings
from ftz_common.store.memory import MemoryStore
from ftz_common.values.calendar import parse_instant

GOLDEN = Path(__file__).parents[1] / "golden" / "facts"


@pytest.fixture(scope="module")
def services() -> dict[str, Service]:
    built = build_all(
        Settings(),
        store=lambda _name: MemoryStore(),
        bus=MemoryBus(),
        blobs=MemoryBlobs(),
        clock=PlayedClock(parse_instant("2026-01-01T00:00:00Z")),
    )
    return {service.name: service for service in built}


@pytest.mark.parametrize("name", sorted(BUILDERS))
def test_a_service_has_an_arm_for_exactly_what_the_table_says_it_hears(
    name: str, services: dict[str, Service]
) -> None:
    heard = {row.fact for row in table.ROWS if name in row.heard_by}
    assert set(services[name].arms.facts) == heard


@pytest.mark.parametrize("name", sorted(BUILDERS))
def test_a_service_takes_exactly_the_platform_events_that_the_table_gives_it(
    name: str, services: dict[str, Service]
) -> None:
    claimed = {data for data, claimant in platform.FOREIGN.values() if claimant == name}
    assert set(services[name].arms.foreign) == claimed


@pytest.mark.parametrize("row", table.ROWS, ids=lambda row: row.type)
def test_a_type_names_its_owner_and_its_major(row: table.Row) -> None:
    prefix, owner, *_, major = row.type.split(".")
    assert (prefix, owner) == ("ftz", row.owner)
    assert major == "v1"
    assert row.fact.__doc__


@pytest.mark.parametrize("row", table.ROWS, ids=lambda row: row.type)
def test_a_type_has_a_golden_file_that_todays_code_reads_and_writes_unchanged(row: table.Row) -> None:
    golden = json.loads((GOLDEN / f"{row.type}.json").read_text(encoding="utf-8"))
    fact = msgspec.convert(golden, row.fact)
    assert json.loads(msgspec.json.encode(fact)) == golden


def test_no_golden_file_is_left_of_a_type_that_is_gone() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(table.BY_TYPE)


def test_references_name_fields_that_the_fact_has() -> None:
    for row in table.ROWS:
        assert set(row.references) <= set(row.fact.__struct_fields__), row.type
