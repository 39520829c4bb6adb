"""An export under bond: opened once, closed by the carrier early, in time or late, overdue after its days."""

from datetime import datetime
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from ftz_common.contracts.common import DeadlineSet, EventRef, Noted, OutcomeGiven
from ftz_common.contracts.duty import (
    InBondArrived,
    InBondCloseWaits,
    InBondLineAdded,
    InBondLineOffered,
    InBondLineRemoved,
    InBondOpened,
    InBondOverdue,
    RemovalsNoted,
)
from ftz_common.testing.story import Story
from ftz_common.values.calendar import parse_instant
from ftz_duty.domain.inbond import CloseInBond
from ftz_duty.usecases import INBOND

STREAM = "inbond/acme/shop/o-1/p-1"
CLOSE = CloseInBond("2026-03-20T08:00:00Z", "3901", EventRef(source="carrier", event="e-9"))


def _offer(desk: Any, withdrawal: str = "w-1", **given: Any) -> InBondLineOffered:
    defaults = {
        "order": "order/acme/shop/o-1",
        "parcel": "p-1",
        "destination_country": "DE",
        "removed_on": "2026-03-10",
        "zone": "999",
        "account": "acme",
        "timezone": "America/Chicago",
        "in_bond_days_max": 30,
        "lines": [desk.estimate_line("4", value=Decimal(20))],
    }
    return InBondLineOffered(to=STREAM, withdrawal=withdrawal, **{**defaults, **given})


def _story() -> Story:
    return Story(INBOND, STREAM)


def test_the_first_withdrawal_opens_it_with_thirty_local_days(desk: Any, noon: datetime) -> None:
    opened, deadline, added, noted = _story().tell(_offer(desk), noon)
    assert isinstance(opened, InBondOpened)
    assert opened.due_on == "2026-04-09"
    assert isinstance(deadline, DeadlineSet)
    assert (deadline.due_at, deadline.citation) == ("2026-04-10T05:00:00Z", "19 CFR 18.1")
    assert isinstance(added, InBondLineAdded)
    assert (added.quantity, added.value) == (Decimal(4), Decimal(20))
    assert isinstance(noted, RemovalsNoted)
    assert (noted.to, noted.lines[0].quantity) == ("estimates/999/acme", Decimal(4))


def test_a_second_withdrawal_of_the_parcel_travels_with_it(desk: Any, noon: datetime) -> None:
    story = _story()
    story.tell(_offer(desk), noon)
    assert [type(f) for f in story.tell(_offer(desk, "w-2"), noon)] == [InBondLineAdded, RemovalsNoted]
    assert isinstance(story.tell(_offer(desk, "w-2"), noon)[0], Noted)


def test_closed_in_time_the_clock_finds_nothing(desk: Any, noon: datetime) -> None:
    story = _story()
    deadline = story.tell(_offer(desk), noon)[1]
    (arrived,) = story.tell(CLOSE, noon)
    assert isinstance(arrived, InBondArrived)
    assert isinstance(story.tell(deadline, noon)[0], Noted)
    assert isinstance(story.tell(CLOSE, noon)[0], Noted)


def test_open_after_its_days_it_is_overdue_and_a_late_report_still_closes_it(
    desk: Any, noon: datetime
) -> None:
    story = _story()
    deadline = story.tell(_offer(desk), noon)[1]
    (overdue,) = story.tell(deadline, parse_instant("2026-04-10T05:00:00Z"))
    assert isinstance(overdue, InBondOverdue)
    assert overdue.due_on == "2026-04-09"
    assert isinstance(story.tell(CLOSE, parse_instant("2026-04-15T05:00:00Z"))[0], InBondArrived)


def test_a_report_before_the_removal_waits_and_is_answered_when_it_comes(desk: Any, noon: datetime) -> None:
    story = _story()
    waits, waiting = story.tell(CLOSE, noon)
    assert isinstance(waits, InBondCloseWaits)
    assert isinstance(waiting, OutcomeGiven)
    assert (waiting.result, waiting.event, waiting.code) == ("waiting", "e-9", "inbond-not-open")
    *_, arrived, accepted = story.tell(_offer(desk), noon)
    assert isinstance(arrived, InBondArrived)
    assert arrived.closed_at == "2026-03-20T08:00:00Z"
    assert isinstance(accepted, OutcomeGiven)
    assert (accepted.result, accepted.event) == ("accepted", "e-9")


def test_what_was_taken_back_does_not_travel(desk: Any, noon: datetime) -> None:
    story = _story()
    deadline = story.tell(_offer(desk), noon)[1]
    removed, noted = story.tell(_offer(desk, reversed=True), noon)
    assert isinstance(removed, InBondLineRemoved)
    assert isinstance(noted, RemovalsNoted)
    assert noted.lines[0].quantity == Decimal(-4)
    assert isinstance(story.tell(deadline, noon)[0], Noted)


def test_restricted_goods_travel_but_no_estimate_counted_them(desk: Any, noon: datetime) -> None:
    told = _story().tell(_offer(desk, lines=[desk.estimate_line("4", status="Z")]), noon)
    assert RemovalsNoted not in [type(f) for f in told]


@pytest.mark.parametrize("order", list(permutations(["draw", "draw-2", "close"])))
def test_in_any_order_it_ends_closed_with_both_withdrawals(
    desk: Any, noon: datetime, order: tuple[str, ...]
) -> None:
    story = _story()
    commands = {"draw": _offer(desk), "draw-2": _offer(desk, "w-2"), "close": CLOSE}
    for name in order:
        story.tell(commands[name], noon)
    assert story.state.closed_at == "2026-03-20T08:00:00Z"
    assert story.state.lines == {"w-1": Decimal(4), "w-2": Decimal(4)}
    assert len([f for f in story.facts if isinstance(f, InBondArrived)]) == 1
