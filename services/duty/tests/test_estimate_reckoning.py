"""Estimates by history and orders, and the person who confirms them (19 CFR 146.63(c)(1))."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from ftz_common.contracts.common import ClockStarted, ClockStopped, DeadlineSet
from ftz_common.contracts.duty import EstimateMade, EstimateProposed, RemovalsNoted
from ftz_common.contracts.estimating import EstimateDrafted, EstimateReason
from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.reference import EstimatePolicy
from ftz_common.testing.story import Story
from ftz_common.values.calendar import parse_instant
from ftz_duty.domain.estimate_confirm import ConfirmEstimate
from ftz_duty.domain.estimates import BUNDLE, ESTIMATE, CountDemand, CountLayer
from ftz_duty.usecases import ESTIMATES

STREAM = "estimates/999/acme"
MUGS = "6912004810/N/PT/No."


def _confirmation(week: str, draft: int, quantity: str) -> ConfirmEstimate:
    return ConfirmEstimate(week, draft, "p-7", "seen", {MUGS: Decimal(quantity)} if quantity else {})


@dataclass
class Planner:
    """An estimator with a policy, told in short sentences; goods come on 2 March, in the week of the 1st."""

    desk: Any
    policy: EstimatePolicy

    def __post_init__(self) -> None:
        self.story = Story(ESTIMATES, STREAM)
        self.settings = msgspec.structs.replace(self.desk.configured, policy=self.policy)

    def admit(self, quantity: str, on: str = "2026-03-02", **given: Any) -> None:
        at = self.desk.at(on)
        layer = self.desk.layer(quantity, value=Decimal(quantity) * 5, **given)
        self.story.tell(CountLayer(layer, self.settings, at), at)
        self.settle(on)

    def order(self, to: str | None, ship_on: str, on: str, by: str = "0", reservation: str = "r-1") -> None:
        whole = None if to is None else Decimal(to)
        command = CountDemand(
            reservation, "mug-blue", ship_on, whole, Decimal(by), self.settings, self.desk.at(on)
        )
        self.story.tell(command, self.desk.at(on))
        self.settle(on)

    def settle(self, on: str) -> None:
        """What came in one go is asked for when the clock comes to it."""
        for week in sorted(self.story.state.waiting):
            bundle = DeadlineSet(name=BUNDLE, due_at="", subject=week, citation="")
            self.story.tell(bundle, self.desk.at(on))

    def compiled(self, week: str, quantity: str) -> None:
        lines = [self.desk.estimate_line(quantity, value=Decimal(quantity) * 5)] if Decimal(quantity) else []
        noted = RemovalsNoted(to=STREAM, reference=f"entry/999/acme/{week}", lines=lines)
        self.story.tell(noted, self.desk.at(week))

    def next_week(self) -> None:
        clock = next(
            f for f in reversed(self.story.facts) if isinstance(f, DeadlineSet) and f.name == ESTIMATE
        )
        self.story.tell(clock, parse_instant(clock.due_at))

    def confirm(self, week: str, draft: int, on: str, quantity: str = "") -> None:
        self.story.tell(_confirmation(week, draft, quantity), self.desk.at(on))

    def refused(self, week: str, draft: int, on: str, quantity: str = "") -> Refusal:
        return self.story.refused(_confirmation(week, draft, quantity), self.desk.at(on))

    @property
    def made(self) -> list[tuple[str, bool, str]]:
        made = [f for f in self.story.facts if isinstance(f, EstimateMade) and f.lines]
        return [(f.week, f.supplement, str(f.lines[0].quantity)) for f in made]

    def reason(self) -> EstimateReason:
        return next(f for f in reversed(self.story.facts) if isinstance(f, EstimateDrafted)).reasons[0]


HISTORY = EstimatePolicy(basis="history", weeks=2, margin_percent=20)


def _with_history(desk: Any, *, first: str = "100", second: str = "150") -> Planner:
    """1,000 mugs, two compiled weeks; the estimate of the third (15 March) is made next."""
    planner = Planner(desk, HISTORY)
    planner.admit("1000")
    planner.compiled("2026-03-01", first)
    planner.next_week()
    planner.compiled("2026-03-08", second)
    return planner


def test_goods_with_fewer_compiled_weeks_than_the_policy_asks_for_are_estimated_whole(desk: Any) -> None:
    planner = Planner(desk, HISTORY)
    planner.admit("1000")
    assert planner.made == [("2026-03-01", False, "1000")]
    assert "0 compiled weeks since they came, fewer than 2" in planner.reason().why


@pytest.mark.parametrize(
    ("first", "second", "estimate", "most_in"),
    [
        ("100", "150", "180", "2026-03-08"),  # 150 and 20 %
        ("151", "150", "182", "2026-03-01"),  # 181.2, rounded up: too little would need a supplement
        ("0", "1", "2", "2026-03-08"),
        ("400", "500", "100", "2026-03-08"),  # 600, and 100 are left
    ],
)
def test_the_most_of_the_last_weeks_with_its_margin_at_most_what_is_there(
    desk: Any, first: str, second: str, estimate: str, most_in: str
) -> None:
    planner = _with_history(desk, first=first, second=second)
    planner.next_week()
    assert planner.made[-1] == ("2026-03-15", False, estimate)
    assert (planner.reason().weeks, planner.reason().most_in) == (2, most_in)
    # USD 5 each
    assert planner.reason().value == Decimal(estimate) * 5


def test_orders_that_want_more_than_is_usual_count(desk: Any) -> None:
    planner = _with_history(desk)
    planner.order("300", "2026-03-17", on="2026-03-12")
    planner.next_week()
    assert planner.made[-1] == ("2026-03-15", False, "300")
    assert "orders of the week want 300" in planner.reason().why


def test_an_order_beyond_a_weeks_estimate_is_supplemented_before_it_leaves(desk: Any) -> None:
    planner = _with_history(desk)
    planner.next_week()
    planner.order("200", "2026-03-17", on="2026-03-16")
    assert planner.made[-1] == ("2026-03-15", True, "20")
    planner.order("210", "2026-03-17", on="2026-03-16")
    assert planner.made[-1] == ("2026-03-15", True, "10")


def test_an_order_that_the_estimate_holds_or_that_is_given_up_asks_for_nothing(desk: Any) -> None:
    planner = _with_history(desk)
    planner.next_week()
    before = planner.made
    planner.order("180", "2026-03-17", on="2026-03-16")
    planner.order(None, "", on="2026-03-16", by="80")
    planner.order("80", "2026-03-17", on="2026-03-16", reservation="r-2")
    assert planner.made == before


def test_a_week_in_which_nothing_usually_leaves_is_not_estimated(desk: Any) -> None:
    planner = _with_history(desk, first="0", second="0")
    before = planner.made
    planner.next_week()
    assert planner.made == before
    assert planner.story.state.next_week == "2026-03-22"


def test_what_a_person_must_confirm_is_not_filed_before(desk: Any) -> None:
    planner = Planner(desk, EstimatePolicy(confirm="person"))
    planner.admit("1000")
    planner.next_week()
    assert planner.made == []
    clocks = [(f.subject, f.act_by) for f in planner.story.facts if isinstance(f, ClockStarted)]
    assert clocks == [("2026-03-01", "2026-02-28"), ("2026-03-08", "2026-03-07")]
    planner.confirm("2026-03-08", 1, "2026-03-07T20:00:00Z")
    assert planner.made == [("2026-03-08", False, "1000")]
    (proposed,) = [f for f in planner.story.facts if isinstance(f, EstimateProposed)]
    assert "draft 1 confirmed by p-7" in proposed.basis
    assert isinstance(planner.story.facts[-1], ClockStopped)


def test_a_week_that_is_over_stops_its_clock_once(desk: Any) -> None:
    planner = Planner(desk, EstimatePolicy(confirm="person"))
    planner.admit("1000")
    for _ in range(4):
        planner.next_week()
    stopped = [f.subject for f in planner.story.facts if isinstance(f, ClockStopped)]
    assert stopped == ["2026-03-01", "2026-03-08", "2026-03-15"]
    assert planner.refused("2026-03-01", 1, "2026-03-29").code == "week-over"


def test_a_person_may_ask_for_less_and_the_value_follows(desk: Any) -> None:
    planner = Planner(desk, EstimatePolicy(confirm="person"))
    planner.admit("1000")
    planner.confirm("2026-03-01", 1, "2026-03-03", "400")
    assert planner.made == [("2026-03-01", False, "400")]
    (made,) = [f for f in planner.story.facts if isinstance(f, EstimateMade)]
    assert (made.confirmed_by, made.lines[0].value) == ("p-7", Decimal(2000))


def test_what_comes_before_the_confirmation_is_in_a_draft_that_replaces_it(desk: Any) -> None:
    planner = Planner(desk, EstimatePolicy(confirm="person"))
    planner.admit("1000")
    planner.admit("50", on="2026-03-03", layer="layer-2")
    assert planner.refused("2026-03-01", 1, "2026-03-03").code == "draft-replaced"
    planner.confirm("2026-03-01", 2, "2026-03-03")
    planner.admit("7", on="2026-03-04", layer="layer-3")
    planner.confirm("2026-03-01", 3, "2026-03-04")
    assert planner.made == [("2026-03-01", False, "1050"), ("2026-03-01", True, "7")]


@pytest.mark.parametrize(
    ("week", "on", "quantity", "code"),
    [
        ("2026-03-08", "2026-03-03", "", "no-draft"),
        ("2026-03-01", "2026-03-09", "", "week-over"),
        ("2026-03-01", "2026-03-03", "1001", "not-estimated"),
        ("2026-03-01", "2026-03-03", "0", "nothing-estimated"),
    ],
)
def test_what_cannot_be_confirmed_says_why(desk: Any, week: str, on: str, quantity: str, code: str) -> None:
    planner = Planner(desk, EstimatePolicy(confirm="person"))
    planner.admit("1000")
    refused = planner.refused(week, 1, on, quantity)
    assert refused.code == code
    assert refused.citation
    assert refused.remedy


def test_a_draft_of_which_nothing_is_left_stops_its_clock(desk: Any) -> None:
    """The supplement is taken back before anybody looked at it; the next one has a clock of its own."""
    planner = Planner(desk, EstimatePolicy(confirm="person"))
    planner.admit("1000")
    planner.confirm("2026-03-01", 1, "2026-03-03")
    planner.admit("7", on="2026-03-04", layer="layer-2")
    gone = RemovalsNoted(
        to=STREAM, reference="movement/m-1", lines=[desk.estimate_line("7", value=Decimal(35))]
    )
    planner.story.tell(gone, desk.at("2026-03-05"))
    planner.admit("0", on="2026-03-05", layer="layer-3")
    running = {f.subject for f in planner.story.facts if isinstance(f, ClockStarted)}
    stopped = [f.subject for f in planner.story.facts if isinstance(f, ClockStopped)]
    assert running == {"2026-03-01"}
    assert stopped == ["2026-03-01", "2026-03-01"]
