"""What a week's entry asks release for: everything foreign on hand, in time, and more when more comes."""

from datetime import datetime
from decimal import Decimal
from functools import partial
from itertools import pairwise
from typing import Any

import pytest

from ftz_common.contracts.common import DeadlineSet, Noted
from ftz_common.contracts.duty import (
    EstimateMade,
    EstimateProposed,
    EstimatesConfigured,
    RemovalsNoted,
    StockEstimated,
)
from ftz_common.contracts.fact import Fact
from ftz_common.testing.story import Story
from ftz_common.values.calendar import parse_instant
from ftz_duty.domain.estimates import BUNDLE, ESTIMATE, LINES_MAX, CountLayer
from ftz_duty.usecases import ESTIMATES

STREAM = "estimates/999/acme"


class Estimator(Story):
    """An estimator whose weekly deadline can be let come."""

    def __init__(self) -> None:
        super().__init__(ESTIMATES, STREAM)

    def tell(self, command: Any, at: datetime) -> list[Fact]:
        """A layer is heard of when it is told, and what came in one go is asked for when all is told."""
        return [*self.count(command, at), *self.bundled(at)]

    def count(self, command: Any, at: datetime) -> list[Fact]:
        return super().tell(command(at) if isinstance(command, partial) else command, at)

    def bundled(self, at: datetime) -> list[Fact]:
        weeks = sorted(self.state.waiting)
        bundles = [f for f in self.facts if isinstance(f, DeadlineSet) and f.name == BUNDLE]
        last = {deadline.subject: deadline for deadline in bundles}
        return [fact for week in weeks for fact in super(Estimator, self).tell(last[week], at)]

    def week(self) -> list[Fact]:
        weekly = (f for f in reversed(self.facts) if isinstance(f, DeadlineSet) and f.name == ESTIMATE)
        deadline = next(weekly)
        return self.tell(deadline, parse_instant(deadline.due_at))

    def proposals(self) -> list[tuple[str, bool, dict[str, Decimal]]]:
        return [
            (p.to.rsplit("/", 1)[1], p.supplement, {line.number: line.quantity for line in p.lines})
            for p in self.facts
            if isinstance(p, EstimateProposed)
        ]


def _layer(
    desk: Any, quantity: str = "100", settings: EstimatesConfigured | None = None, **given: Any
) -> partial[CountLayer]:
    return partial(CountLayer, desk.layer(quantity, **given), settings or desk.configured)


def _left(desk: Any, quantity: str, **given: Any) -> RemovalsNoted:
    value = given.pop("value", Decimal(quantity) * 5)
    return RemovalsNoted(
        to=STREAM, reference="entry", lines=[desk.estimate_line(quantity, value=value, **given)]
    )


def test_the_first_stock_ever_is_estimated_for_the_week_that_runs(desk: Any) -> None:
    story = Estimator()
    told = story.tell(_layer(desk), desk.at("2026-03-04T15:00:00Z"))
    assert [type(f) for f in told] == [
        EstimatesConfigured,
        StockEstimated,
        DeadlineSet,
        DeadlineSet,
        EstimateMade,
        EstimateProposed,
    ]
    assert story.proposals() == [("2026-03-01", False, {desk.mug: Decimal(100)})]
    assert "146.63(c)(1)" in told[5].basis


def test_what_comes_in_one_go_is_one_estimate_and_one_supplement(desk: Any) -> None:
    story = Estimator()
    at = desk.at("2026-03-04")
    for line in ("a", "b", "c"):
        story.count(_layer(desk, "10", layer=line), at)
    story.bundled(at)
    for line in ("d", "e"):
        story.count(_layer(desk, "5", layer=line), at)
    story.bundled(at)
    assert story.proposals() == [
        ("2026-03-01", False, {desk.mug: Decimal(30)}),
        ("2026-03-01", True, {desk.mug: Decimal(10)}),
    ]


def test_the_next_estimate_is_made_twelve_hours_before_its_week_by_the_local_clock(desk: Any) -> None:
    story = Estimator()
    deadline = story.count(_layer(desk), desk.at("2026-03-04"))[-1]
    assert isinstance(deadline, DeadlineSet)
    assert (deadline.subject, deadline.due_at) == ("2026-03-08", "2026-03-07T18:00:00Z")
    story.bundled(desk.at("2026-03-04"))
    again = story.week()[-1]
    assert isinstance(again, DeadlineSet)
    # Clocks went forward on 8 March: midnight of the 15th is 05:00 UTC, no longer 06:00.
    assert (again.subject, again.due_at) == ("2026-03-15", "2026-03-14T17:00:00Z")


def test_everything_on_hand_less_what_left_for_good(desk: Any) -> None:
    story = Estimator()
    story.tell(_layer(desk, "100"), desk.at("2026-03-04"))
    story.tell(_left(desk, "30"), desk.at("2026-03-05"))
    made = story.week()[0]
    assert isinstance(made, EstimateMade)
    assert [(line.quantity, line.value) for line in made.lines] == [(Decimal(70), Decimal(350))]


def test_a_layer_inside_an_estimated_week_is_supplemented_at_once_with_what_it_adds(desk: Any) -> None:
    story = Estimator()
    story.tell(_layer(desk, "100"), desk.at("2026-03-04"))
    story.tell(_layer(desk, "40", layer="layer-2"), desk.at("2026-03-05"))
    assert story.proposals()[1:] == [("2026-03-01", True, {desk.mug: Decimal(40)})]


def test_between_next_weeks_estimate_and_next_week_both_weeks_are_supplemented(desk: Any) -> None:
    story = Estimator()
    story.tell(_layer(desk, "100"), desk.at("2026-03-04"))
    story.week()
    story.tell(_layer(desk, "40", layer="layer-2"), desk.at("2026-03-07T21:00:00Z"))
    assert story.proposals()[2:] == [
        ("2026-03-01", True, {desk.mug: Decimal(40)}),
        ("2026-03-08", True, {desk.mug: Decimal(40)}),
    ]


def test_the_week_of_a_layer_is_that_of_the_zones_clock(desk: Any) -> None:
    story = Estimator()
    # 03:00 UTC on Sunday is Saturday evening in Chicago: the old week still runs there.
    story.tell(_layer(desk), desk.at("2026-03-08T03:00:00Z"))
    assert [week for week, _, _ in story.proposals()] == ["2026-03-01"]


def test_a_backdated_layer_counts_for_the_week_that_runs(desk: Any) -> None:
    story = Estimator()
    story.tell(_layer(desk), desk.at("2026-03-04"))
    story.week()
    story.week()
    late = _layer(desk, "5", layer="late")(desk.at("2026-03-08T12:00:00Z"))
    story.tell(late, desk.at("2026-02-20"))
    assert [week for week, _, _ in story.proposals()[3:]] == ["2026-03-08", "2026-03-15"]


def test_with_nothing_on_hand_the_clock_stops_and_the_next_layer_starts_it(desk: Any) -> None:
    story = Estimator()
    story.tell(_layer(desk, "100"), desk.at("2026-03-04"))
    story.tell(_left(desk, "100"), desk.at("2026-03-05"))
    (made,) = story.week()
    assert isinstance(made, EstimateMade)
    assert made.lines == []
    at = desk.at("2026-03-07T21:00:00Z")
    told = story.count(_layer(desk, "7", layer="layer-2"), at)
    story.bundled(at)
    assert story.proposals()[1:] == [
        ("2026-03-01", True, {desk.mug: Decimal(7)}),
        ("2026-03-08", True, {desk.mug: Decimal(7)}),
    ]
    assert isinstance(told[-1], DeadlineSet)
    assert told[-1].subject == "2026-03-15"


@pytest.mark.parametrize("status", ["D", "Z"])
def test_what_is_not_entered_is_not_estimated(desk: Any, noon: datetime, status: str) -> None:
    (noted,) = Estimator().tell(_layer(desk, status=status), noon)
    assert isinstance(noted, Noted)


def test_a_removal_told_before_its_layer_is_counted_all_the_same(desk: Any) -> None:
    story = Estimator()
    story.tell(_left(desk, "30"), desk.at("2026-03-03"))
    story.tell(_layer(desk, "100"), desk.at("2026-03-04"))
    assert story.proposals() == [("2026-03-01", False, {desk.mug: Decimal(70)})]


def test_goods_that_come_back_are_estimated_again(desk: Any) -> None:
    story = Estimator()
    story.tell(_layer(desk, "100"), desk.at("2026-03-04"))
    story.tell(_left(desk, "30"), desk.at("2026-03-05"))
    story.tell(_left(desk, "-30"), desk.at("2026-03-06"))
    story.week()
    assert story.proposals()[-1][2] == {desk.mug: Decimal(100)}


def test_a_deadline_that_comes_late_makes_one_estimate_only(desk: Any) -> None:
    story = Estimator()
    deadline = story.count(_layer(desk, "100"), desk.at("2026-03-04"))[-1]
    story.bundled(desk.at("2026-03-04"))
    story.tell(_layer(desk, "1", layer="layer-2"), desk.at("2026-03-10"))
    story.tell(deadline, desk.at("2026-03-10"))
    assert [(week, more) for week, more, _ in story.proposals()] == [
        ("2026-03-01", False),
        ("2026-03-08", False),
    ]
    assert isinstance(story.tell(deadline, desk.at("2026-03-10"))[0], Noted)


def test_new_settings_are_said_once(desk: Any) -> None:
    story = Estimator()
    story.tell(_layer(desk), desk.at("2026-03-04"))
    story.tell(_layer(desk, layer="layer-2"), desk.at("2026-03-05"))
    assert len([f for f in story.facts if isinstance(f, EstimatesConfigured)]) == 1


def test_a_thousand_lines_are_filed_in_two_parts(desk: Any) -> None:
    story = Estimator()
    for i in range(LINES_MAX + 1):
        story.tell(_layer(desk, "1", layer=f"l{i}", number=f"{6912000000 + i}"), desk.at("2026-03-04"))
    before = len(story.proposals())
    story.week()
    parts = story.proposals()[before:]
    assert [(more, len(lines)) for _, more, lines in parts] == [(False, 999), (True, 1)]


def test_weeks_follow_each_other_through_the_turn_of_the_year_and_both_clock_changes(desk: Any) -> None:
    story = Estimator()
    story.tell(_layer(desk), desk.at("2026-01-01"))
    for _ in range(53):
        story.week()
    weeks = [parse_instant(f"{week}T00:00:00Z") for week, _, _ in story.proposals()]
    assert {(b - a).days for a, b in pairwise(weeks)} == {7}
    dues = [
        parse_instant(f.due_at).hour for f in story.facts if isinstance(f, DeadlineSet) and f.name == ESTIMATE
    ]
    assert set(dues) == {17, 18}
