"""Foreign goods beside the operator's bond (19 CFR 146.6(d), 113.73)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from ftz_common.contracts.common import DeadlineSet, Noted
from ftz_common.contracts.exposure import ExposureAdded, ExposureDue, ExposureStated
from ftz_common.contracts.reference import Bond
from ftz_common.testing.story import Story
from ftz_inventory.domain.exposure import Add, State, level_of, must_reckon
from ftz_inventory.usecases import EXPOSURES

BOND = Bond(number="B-1", amount=Decimal(1000), surety="S-001", effective_from="2026-01-01")
NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)
TODAY = date(2026, 3, 2)


def stated(value: int, bond: Bond = BOND) -> State:
    return State({"P": Decimal(0), "N": Decimal(value), "Z": Decimal(0)}, bond, "America/New_York", NOON)


@pytest.fixture
def zone() -> Story:
    return Story(EXPOSURES, "exposure/999")


def add(story: Story, layer: str, value: int) -> list[Any]:
    return story.tell(Add(layer, "ledger/999/site-1/acme/MUG", Decimal(value)), NOON)


@pytest.mark.parametrize(
    ("value", "level"),
    [(0, ""), (799, ""), (800, "warning"), (1000, "warning"), (1001, "limit")],
)
def test_a_level_begins_at_its_share_and_above_the_bond(value: int, level: str) -> None:
    assert level_of(Decimal(value), BOND) == level


def test_what_comes_is_added_once_and_reckoned_when_it_reaches_a_level(zone: Story) -> None:
    assert must_reckon(zone.state, BOND, TODAY)  # nothing is stated yet
    zone.tell(stated(600), NOON)
    assert isinstance(add(zone, "L1", 100)[0], ExposureAdded)
    assert isinstance(add(zone, "L1", 100)[0], Noted)
    assert not must_reckon(zone.state, BOND, TODAY)  # at most 700
    add(zone, "L2", 100)
    assert must_reckon(zone.state, BOND, TODAY)  # perhaps 800


def test_another_day_and_another_bond_are_reckoned_anew(zone: Story) -> None:
    zone.tell(stated(600), NOON)
    assert must_reckon(zone.state, BOND, date(2026, 3, 3))
    larger = Bond(number="B-2", amount=Decimal(5000), surety="S-001", effective_from="2026-03-01")
    assert must_reckon(zone.state, larger, TODAY)


def test_a_raised_level_is_due_again_the_next_day_until_goods_have_left(zone: Story) -> None:
    said = zone.tell(stated(1100), NOON)
    assert isinstance(said[0], ExposureStated)
    assert (said[0].level, said[0].percent) == ("limit", Decimal(110))
    assert isinstance(said[1], DeadlineSet)
    assert said[1].due_at == "2026-03-03T06:00:00Z"  # 01:00 in New York
    assert [type(fact) for fact in zone.tell(said[1], NOON)] == [ExposureDue]
    assert [type(fact) for fact in zone.tell(stated(600), NOON)] == [ExposureStated]
    assert [type(fact) for fact in zone.tell(said[1], NOON)] == [Noted]
