"""Which in-bond application an export needs, who answers for it, and when the goods must leave."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from ftz_common.contracts.common import ClockStarted, ClockStopped, DeadlineSet, EventRef, Noted
from ftz_common.contracts.duty import InBondLineOffered
from ftz_common.contracts.removals import (
    ExportMoved,
    InBondAuthorized,
    InBondLapsed,
)
from ftz_common.testing.story import Story
from ftz_common.values.calendar import parse_instant
from ftz_duty.domain.inbond_application import AuthorizeInBond, ExtendRemoval, Port
from ftz_duty.usecases import INBOND

STREAM = "inbond/acme/shop/o-1/p-1"
HOME = Port("3901", "America/Chicago")
PERMIT = "exportpermit/999/acme/2026-03-08"


def _authorize(desk: Any, **given: Any) -> AuthorizeInBond:
    defaults: dict[str, Any] = {
        "kind": "TE",
        "number": "V1",
        "port": "2304",
        "carrier": "party-carrier",
        "lines": (desk.estimate_line("4"),),
        "under": "",
        "authorized_at": "2026-03-09T15:00:00Z",
        "event": EventRef(source="broker", event="e-1"),
        "zone": "999",
        "principal": "party-ior",
        "home": HOME,
    }
    return AuthorizeInBond(**{**defaults, **given})


def _offer(desk: Any, withdrawal: str = "w-1", **given: Any) -> InBondLineOffered:
    defaults = {
        "order": "order/acme/shop/o-1",
        "parcel": "p-1",
        "destination_country": "DE",
        "removed_on": "2026-03-10",
        "removed_at": "2026-03-10T15:00:00Z",
        "week": "2026-03-08",
        "zone": "999",
        "account": "acme",
        "timezone": "America/Chicago",
        "in_bond_days_max": 30,
        "lines": [desk.estimate_line("4", value=Decimal(20))],
    }
    return InBondLineOffered(to=STREAM, withdrawal=withdrawal, **{**defaults, **given})


@pytest.fixture
def story() -> Story:
    return Story(INBOND, STREAM)


@pytest.mark.parametrize(
    ("given", "code", "citation"),
    [
        ({"kind": "IE", "port": "2304"}, "in-bond-kind", "19 CFR 146.67(b)"),
        ({"kind": "TE", "port": "3901"}, "in-bond-kind", "19 CFR 146.67(c)"),
        ({"kind": "TE", "carrier": ""}, "in-bond-carrier", "19 CFR 146.67(c), 146.66(b), 18.26"),
        ({"kind": "IT", "carrier": ""}, "in-bond-carrier", "19 CFR 146.67(c), 146.66(b), 18.26"),
    ],
)
def test_a_kind_that_does_not_fit_is_refused(
    *, desk: Any, noon: datetime, story: Story, given: dict[str, Any], code: str, citation: str
) -> None:
    refusal = story.refused(_authorize(desk, **given), noon)
    assert (refusal.code, refusal.citation) == (code, citation)
    assert refusal.remedy


def test_immediate_transportation_exports_nothing(desk: Any, noon: datetime, story: Story) -> None:
    story.tell(_offer(desk), noon)
    assert story.refused(_authorize(desk, kind="IT"), noon).code == "in-bond-kind"


def test_an_it_known_before_the_export_is_no_permit_of_it(desk: Any, noon: datetime, story: Story) -> None:
    story.tell(_authorize(desk, kind="IT"), noon)
    moved = next(f for f in story.tell(_offer(desk), noon) if isinstance(f, ExportMoved))
    assert moved.number == ""


@pytest.mark.parametrize(
    ("kind", "port", "liable"), [("IE", "3901", "party-ior"), ("TE", "2304", "party-carrier")]
)
def test_who_answers_for_it(
    *, desk: Any, noon: datetime, story: Story, kind: str, port: str, liable: str
) -> None:
    found = story.tell(_authorize(desk, kind=kind, port=port), noon)[0]
    assert isinstance(found, InBondAuthorized)
    assert found.liable == liable


def test_zone_restricted_goods_say_that_they_must_be_exported(
    desk: Any, noon: datetime, story: Story
) -> None:
    found = story.tell(_authorize(desk, lines=(desk.estimate_line("4", status="Z"),)), noon)[0]
    assert isinstance(found, InBondAuthorized)
    assert any("146.70(d)" in words for words in found.endorsements)


def test_nothing_left_in_five_working_days_it_lapses_and_is_filed_again(
    desk: Any, noon: datetime, story: Story
) -> None:
    application, started, deadline = story.tell(_authorize(desk), noon)
    assert isinstance(application, InBondAuthorized)
    assert application.remove_by == "2026-03-16"
    assert isinstance(started, ClockStarted)
    assert isinstance(deadline, DeadlineSet)
    lapsed, stopped = story.tell(deadline, parse_instant(deadline.due_at))
    assert isinstance(lapsed, InBondLapsed)
    assert isinstance(stopped, ClockStopped)
    again = story.tell(_authorize(desk, number="V2", authorized_at="2026-03-18T15:00:00Z"), noon)
    assert isinstance(again[0], InBondAuthorized)


def test_goods_that_left_stop_the_clock(desk: Any, noon: datetime, story: Story) -> None:
    deadline = story.tell(_authorize(desk), noon)[2]
    assert ClockStopped in [type(f) for f in story.tell(_offer(desk), noon)]
    assert isinstance(story.tell(deadline, noon)[0], Noted)


def test_an_extension_is_later_and_needs_a_clock_that_runs(desk: Any, noon: datetime, story: Story) -> None:
    more = ExtendRemoval("2026-03-20", "flood", "clerk", HOME)
    assert story.refused(more, noon).code == "no-removal-clock"
    first = story.tell(_authorize(desk), noon)[2]
    assert story.refused(ExtendRemoval("2026-03-16", "x", "clerk", HOME), noon).code == "extension-shortens"
    second = story.tell(more, noon)[2]
    assert isinstance(story.tell(first, noon)[0], Noted)
    assert isinstance(story.tell(second, noon)[0], InBondLapsed)


def test_under_a_weekly_permit_no_days_run(desk: Any, noon: datetime, story: Story) -> None:
    assert [type(f) for f in story.tell(_authorize(desk, under="W1"), noon)] == [InBondAuthorized]


def test_an_application_told_after_the_goods_reaches_the_week(
    desk: Any, noon: datetime, story: Story
) -> None:
    story.tell(_offer(desk), noon)
    moved = story.tell(_authorize(desk), noon)[-1]
    assert isinstance(moved, ExportMoved)
    assert (moved.to, moved.number, moved.withdrawal) == (PERMIT, "V1", "")
    assert isinstance(story.tell(_authorize(desk), noon)[0], Noted)
    assert story.refused(_authorize(desk, number="V9"), noon).code == "in-bond-differs"
