"""The weekly export permit: what may leave, what left beyond it, and the statement."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftz_common.contracts.common import ClockExpired, DeadlineSet, Noted
from ftz_common.contracts.removals import (
    ExportMoved,
    ExportStatementFiled,
    ExportStatementReopened,
    RemovalPermitted,
    RemovalUnpermitted,
)
from ftz_common.testing.story import Story
from ftz_common.values.calendar import parse_instant
from ftz_common.values.exact import ZERO
from ftz_duty.domain.export_permit import ApprovePermit, FileStatement
from ftz_duty.domain.export_permit_state import ExportPermitState
from ftz_duty.domain.inbond_application import Port
from ftz_duty.usecases import EXPORT_PERMIT

STREAM = "exportpermit/999/acme/2026-03-08"
HOME = Port("3901", "America/Chicago")
KEY = "6912004810/N/PT/No."
AFTER = parse_instant("2026-03-16T12:00:00Z")


def _permit(desk: Any, number: str = "W1", quantity: str = "100", **given: Any) -> ApprovePermit:
    defaults: dict[str, Any] = {
        "approved_at": "2026-03-07T15:00:00Z",
        "lines": (desk.estimate_line(quantity),),
        "who": "broker",
        "home": HOME,
        "week_starts": 6,
    }
    return ApprovePermit(number, **{**defaults, **given})


def _moved(desk: Any, parcel: str, quantity: str = "10", hour: int = 15, **given: Any) -> ExportMoved:
    defaults: dict[str, Any] = {
        "inbond": f"inbond/acme/shop/o/{parcel}",
        "withdrawal": f"w-{parcel}",
        "removed_at": f"2026-03-10T{hour:02}:00:00Z",
        "removed_on": "2026-03-10",
        "lines": [desk.estimate_line(quantity)],
    }
    return ExportMoved(to=STREAM, **{**defaults, **given})


def _application(desk: Any, parcel: str, quantity: str = "10", **given: Any) -> ExportMoved:
    defaults: dict[str, Any] = {
        "inbond": f"inbond/acme/shop/o/{parcel}",
        "number": f"V-{parcel}",
        "kind": "TE",
        "authorized_at": "2026-03-10T08:00:00Z",
        "manifest": [desk.estimate_line(quantity)],
    }
    return ExportMoved(to=STREAM, **{**defaults, **given})


@pytest.fixture
def story() -> Story:
    return Story(EXPORT_PERMIT, STREAM)


def _said(facts: list[Any], kind: type[Any]) -> list[Any]:
    return [fact for fact in facts if isinstance(fact, kind)]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"approved_at": "2026-03-12T15:00:00Z"}, "permit-ahead"),
        ({"week_starts": 0}, "not-a-week"),
    ],
)
def test_a_permit_that_cannot_be(
    desk: Any, noon: datetime, story: Story, change: dict[str, Any], code: str
) -> None:
    assert story.refused(_permit(desk, **change), noon).code == code


def test_its_lines_are_foreign_goods_of_some_quantity(desk: Any, noon: datetime, story: Story) -> None:
    domestic = (desk.estimate_line("1", status="D"),)
    assert story.refused(_permit(desk, lines=domestic), noon).code == "domestic-needs-no-permit"
    assert story.refused(_permit(desk, quantity="0"), noon).code == "quantity-out-of-range"
    story.tell(_permit(desk), noon)
    assert story.refused(_permit(desk), noon).code == "permit-known"


def test_without_a_permit_nothing_is_said_unless_the_zone_reports_each(
    desk: Any, noon: datetime, story: Story
) -> None:
    assert not _said(story.tell(_moved(desk, "p1"), noon), RemovalUnpermitted)
    (said,) = _said(story.tell(_moved(desk, "p2", required=True), noon), RemovalUnpermitted)
    assert (said.withdrawal, said.lines[0].quantity) == ("w-p2", Decimal(10))
    (healed,) = _said(story.tell(_application(desk, "p2"), noon), RemovalPermitted)
    assert healed.left == 0


def test_goods_of_before_a_late_recorded_permit_are_judged_in_order_of_removal(
    desk: Any, noon: datetime, story: Story
) -> None:
    story.tell(_moved(desk, "p2", hour=14), noon)
    story.tell(_moved(desk, "p1", hour=10), noon)
    (said,) = _said(story.tell(_permit(desk, quantity="15"), noon), RemovalUnpermitted)
    assert (said.withdrawal, said.lines[0].quantity) == ("w-p2", Decimal(5))


def test_what_did_not_leave_is_free_for_another(desk: Any, noon: datetime, story: Story) -> None:
    story.tell(_permit(desk, quantity="10"), noon)
    story.tell(_moved(desk, "p1"), noon)
    assert _said(story.tell(_moved(desk, "p2", hour=16), noon), RemovalUnpermitted)
    back = _moved(desk, "p1", reversed=True)
    (healed,) = _said(story.tell(back, noon), RemovalPermitted)
    assert (healed.withdrawal, healed.left) == ("w-p2", 0)


def test_an_application_of_its_own_draws_nothing_from_the_week(
    desk: Any, noon: datetime, story: Story
) -> None:
    story.tell(_permit(desk, quantity="10"), noon)
    story.tell(_moved(desk, "p1"), noon)
    story.tell(_moved(desk, "p2", hour=16), noon)
    healed = _said(story.tell(_application(desk, "p1"), noon), RemovalPermitted)
    assert [fact.withdrawal for fact in healed] == ["w-p2"]
    assert story.state.used == {KEY: Decimal(10)}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"authorized_at": "2026-03-10T18:00:00Z"}, "authorised only at"),
        ({"remove_by": "2026-03-09"}, "good for removal until 2026-03-09"),
    ],
)
def test_left_before_or_after_its_own_permit(
    desk: Any, noon: datetime, story: Story, change: dict[str, Any], words: str
) -> None:
    story.tell(_moved(desk, "p1"), noon)
    (said,) = _said(story.tell(_application(desk, "p1", **change), noon), RemovalUnpermitted)
    assert words in said.why


def _ended(desk: Any, noon: datetime, story: Story) -> DeadlineSet:
    ends = _said(story.tell(_permit(desk), noon), DeadlineSet)[0]
    story.tell(_application(desk, "p1", quantity="12", under="W1"), noon)
    story.tell(_moved(desk, "p1"), noon)
    return _said(story.tell(ends, parse_instant(ends.due_at)), DeadlineSet)[0]


def test_the_statement_waits_for_the_end_and_for_every_explanation(
    desk: Any, noon: datetime, story: Story
) -> None:
    assert story.refused(FileStatement({}, "broker"), noon).code == "no-permit"
    story.tell(_permit(desk, number="W0", quantity="1"), noon)
    assert story.refused(FileStatement({}, "broker"), noon).code == "week-runs"


def test_a_statement_is_filed_once_and_opened_by_late_news(desk: Any, noon: datetime, story: Story) -> None:
    due = _ended(desk, noon, story)
    assert due.due_at == "2026-03-17T22:00:00Z"  # Tuesday, 17:00 in Chicago
    name = f"manifest:{KEY}"
    assert story.refused(FileStatement({}, "broker"), AFTER).code == "difference-unexplained"
    assert story.refused(FileStatement({name: " "}, "broker"), AFTER).code == "difference-unexplained"
    assert story.refused(FileStatement({"x": "y"}, "broker"), AFTER).code == "no-such-difference"
    *_, filed, stopped = story.tell(FileStatement({name: "two broke"}, "broker"), AFTER)
    assert isinstance(filed, ExportStatementFiled)
    assert stopped
    assert (filed.in_time, filed.rows[0].manifested, filed.rows[0].left) == (True, Decimal(12), Decimal(10))
    assert story.refused(FileStatement({}, "broker"), AFTER).code == "statement-filed"
    assert isinstance(story.tell(due, AFTER)[0], Noted)
    assert _said(story.tell(_moved(desk, "p9"), AFTER), ExportStatementReopened)


def test_a_statement_that_nobody_files_is_overdue(desk: Any, noon: datetime, story: Story) -> None:
    due = _ended(desk, noon, story)
    assert isinstance(story.tell(due, parse_instant(due.due_at))[0], ClockExpired)


_parcels = st.sampled_from(["a", "b", "c", "d"])
_events = st.one_of(
    st.tuples(st.just("move"), _parcels, st.integers(1, 20), st.integers(8, 20)),
    st.tuples(st.just("back"), _parcels, st.just(0), st.just(0)),
    st.tuples(st.just("own"), _parcels, st.integers(1, 20), st.just(0)),
    st.tuples(st.just("permit"), st.sampled_from(["1", "2", "3"]), st.integers(1, 30), st.integers(8, 20)),
)


@given(st.lists(_events, max_size=20))
def test_what_is_used_is_what_left_with_a_permit_and_never_more_than_was_permitted(
    desk_of: Any, events: list[tuple[str, str, int, int]]
) -> None:
    story = Story(EXPORT_PERMIT, STREAM)
    gone: dict[str, ExportMoved] = {}
    for n, (what, name, quantity, hour) in enumerate(events):
        if what == "move" and name not in gone:
            gone[name] = _moved(desk_of, name, str(quantity), hour, withdrawal=f"w-{n}")
            story.tell(gone[name], AFTER)
        elif what == "back" and name in gone:
            there = gone.pop(name)
            back = ExportMoved(
                to=STREAM,
                inbond=there.inbond,
                withdrawal=there.withdrawal,
                reversed=True,
                lines=there.lines,
            )
            story.tell(back, AFTER)
        elif what == "own":
            story.tell(_application(desk_of, name, str(quantity)), AFTER)
        elif what == "permit" and all(p.number != name for p in story.state.permits):
            at = f"2026-03-10T{hour:02}:30:00Z"
            story.tell(replace(_permit(desk_of, name, str(quantity)), approved_at=at), AFTER)
        _holds(story.state)


def _holds(state: ExportPermitState) -> None:
    weekly = [r for r in state.removals.values() if state.own(r.inbond) is None]
    used = sum((r.lines.get(KEY, ZERO) - r.lacking.get(KEY, ZERO) for r in weekly), ZERO)
    assert state.used.get(KEY, ZERO) == used
    assert all(ZERO <= q <= r.lines.get(KEY, ZERO) for r in weekly for q in r.lacking.values())
    assert set(state.lacking) == {w for w, r in state.removals.items() if r.lacking}
    if state.permits:
        assert used <= state.permitted(KEY)
