"""Cover: what left was permitted when it left, or it is a violation at once."""

from decimal import Decimal
from itertools import permutations

from ftz_common.contracts.common import DeadlineSet, Noted
from ftz_common.contracts.corrections import CoverWithdrawn
from ftz_common.contracts.estimating import CoverClosed, CoverRunsLow, CoverSuffices
from ftz_common.contracts.inventory import (
    CoverCounted,
    CoverDrawn,
    CoverOpened,
    CoverRequested,
    CoverRestored,
    CoverTotalled,
    RemovalCovered,
    RemovalUncovered,
)
from ftz_common.testing.story import Story
from ftz_common.values.names import stream_parts
from ftz_inventory.domain.cover import Grant
from ftz_inventory.usecases import COVERS

WEEK = "2026-05-10"
STREAM = f"cover/999/acme/{WEEK}/6912004100/N/CN/EA"
ZONE_TIME = "America/New_York"


class Permit:
    """One cover line, told by hand."""

    def __init__(self, zone) -> None:
        self.zone, self.story, self.attempts = zone, Story(COVERS, STREAM), 0

    def grant(self, quantity: str, at: str, attempt: int = 0, warn: int | None = None) -> list:
        self.attempts += 1
        fact = self.zone.granted(WEEK, quantity, at, attempt=attempt or self.attempts)
        assert fact.to == STREAM
        return self.story.tell(Grant(fact, ZONE_TIME, warn), self.zone.instant(at))

    def ask(self, what: str, withdrawal: str, quantity: str, at: str) -> list:
        return self.story.tell(asked(self.zone, what, withdrawal, quantity, at), self.zone.instant(at))

    def cancel(self, attempt: int, at: str) -> list:
        entry = f"entry/999/acme/{WEEK}"
        asked = CoverWithdrawn(to=STREAM, entry=entry, attempt=attempt, cancelled_at=at)
        return self.story.tell(asked, self.zone.instant(at))

    def end_week(self) -> list:
        (clock,) = [fact for fact in self.story.facts if isinstance(fact, DeadlineSet)]
        return self.story.tell(clock, self.zone.instant("05-17 04:00"))

    @property
    def sums(self) -> tuple[str, str, str]:
        """Removed, without cover, remaining."""
        state = self.story.state
        return str(state.removed), str(state.lacking), str(state.total - state.used)


def asked(zone, what: str, withdrawal: str, quantity: str, at: str) -> CoverRequested:
    return CoverRequested(
        to=STREAM,
        what=what,
        withdrawal=withdrawal,
        order="order/acme/shop/1",
        line=1,
        quantity=Decimal(quantity),
        removed_at=zone.instant(at).isoformat().replace("+00:00", "Z"),
        timezone=ZONE_TIME,
        week_starts=6,
    )


def kinds(facts: list) -> list[str]:
    return [type(fact).__name__ for fact in facts]


def test_what_leaves_under_an_accepted_estimate_is_covered(zone) -> None:
    permit = Permit(zone)
    assert kinds(permit.grant("100", "05-09")) == ["DeadlineSet", "CoverOpened"]
    (drawn,) = permit.ask("remove", "w1", "30", "05-11")
    assert (str(drawn.quantity), str(drawn.remaining)) == ("30", "70")


def test_what_exceeds_it_is_a_violation_at_once(zone) -> None:
    """19 CFR 146.63(c)(1): more than estimated needs a supplement before it leaves."""
    permit = Permit(zone)
    permit.grant("100", "05-09")
    permit.ask("remove", "w1", "80", "05-11")
    drawn, uncovered = permit.ask("remove", "w2", "30", "05-12")
    assert isinstance(drawn, CoverDrawn)
    assert isinstance(uncovered, RemovalUncovered)
    assert (str(drawn.quantity), str(uncovered.quantity), str(uncovered.permitted)) == ("20", "10", "100")
    assert permit.sums == ("110", "10", "0")


def test_a_supplement_accepted_afterwards_never_cures(zone) -> None:
    permit = Permit(zone)
    permit.ask("remove", "w1", "30", "05-11")
    assert kinds(permit.grant("100", "05-11 12:01")) == ["CoverOpened"]
    assert permit.sums == ("30", "30", "100")


def test_a_release_we_learn_of_late_covers_in_order_of_removal(zone) -> None:
    permit = Permit(zone)
    permit.ask("remove", "w2", "30", "05-12")
    permit.ask("remove", "w1", "30", "05-11")
    covered = [fact for fact in permit.grant("40", "05-09") if isinstance(fact, RemovalCovered)]
    assert [(c.withdrawal, str(c.quantity), str(c.uncovered)) for c in covered] == [
        ("w1", "30", "0"),
        ("w2", "10", "20"),
    ]


def test_a_later_removal_never_takes_the_release_that_an_earlier_one_needs(zone) -> None:
    """Release 5 on the 9th and 5 on the 12th; told first of the removal of the 13th, then of the 11th."""
    permit = Permit(zone)
    permit.grant("5", "05-09")
    permit.grant("5", "05-12")
    permit.ask("remove", "late", "5", "05-13")
    assert kinds(permit.ask("remove", "early", "5", "05-11")) == ["CoverDrawn"]
    assert permit.sums == ("10", "0", "0")


def test_a_release_learned_of_late_frees_an_older_one(zone) -> None:
    """The removal of the 13th used the older release only because the newer was not known yet."""
    permit = Permit(zone)
    permit.grant("5", "05-09")
    permit.ask("remove", "late", "5", "05-13")
    assert kinds(permit.ask("remove", "early", "5", "05-11")) == ["RemovalUncovered"]
    assert kinds(permit.grant("5", "05-12")) == ["CoverOpened", "RemovalCovered"]
    assert permit.sums == ("10", "0", "0")


def test_what_is_taken_back_frees_the_permit_for_others(zone) -> None:
    permit = Permit(zone)
    permit.grant("10", "05-09")
    permit.ask("remove", "w1", "10", "05-11")
    permit.ask("remove", "w2", "4", "05-12")
    restored, covered = permit.ask("restore", "w1", "6", "05-11")
    assert isinstance(restored, CoverRestored)
    assert isinstance(covered, RemovalCovered)
    assert (str(restored.remaining), covered.withdrawal, str(covered.uncovered)) == ("6", "w2", "0")
    assert permit.sums == ("8", "0", "2")


def test_what_had_no_cover_is_taken_back_first(zone) -> None:
    permit = Permit(zone)
    permit.grant("4", "05-09")
    permit.ask("remove", "w1", "10", "05-11")
    (restored,) = permit.ask("restore", "w1", "5", "05-11")
    assert (str(restored.uncovered), str(restored.remaining)) == ("1", "0")
    assert permit.sums == ("5", "1", "0")


def test_the_same_asked_by_another_cause_changes_nothing(zone) -> None:
    permit = Permit(zone)
    permit.grant("10", "05-09", attempt=1)
    permit.ask("remove", "w1", "4", "05-11")
    for again in (
        permit.grant("10", "05-09", attempt=1),
        permit.ask("remove", "w1", "4", "05-11"),
    ):
        assert kinds(again) == ["Noted"]
    permit.ask("restore", "w1", "4", "05-11")
    assert kinds(permit.ask("restore", "w1", "4", "05-11")) == ["Noted"]
    assert permit.sums == ("0", "0", "10")


def test_the_week_ends_at_local_midnight_and_is_counted_once_then_at_every_change(zone) -> None:
    permit = Permit(zone)
    permit.grant("10", "05-09")
    (clock,) = [fact for fact in permit.story.facts if isinstance(fact, DeadlineSet)]
    assert (clock.name, clock.due_at) == ("week-ends", "2026-05-17T04:00:00Z")
    permit.ask("remove", "w1", "4", "05-11")
    counted, totalled = permit.end_week()
    assert isinstance(counted, CoverCounted)
    assert isinstance(totalled, CoverTotalled)
    assert (totalled.to, totalled.cover) == (f"entry/999/acme/{WEEK}", STREAM)
    assert (str(totalled.quantity), totalled.withdrawals) == ("4", 1)
    *_, counted, totalled = permit.ask("remove", "w2", "8", "05-12")
    assert (str(counted.quantity), counted.withdrawals, str(counted.uncovered)) == ("12", 2, "2")
    *_, totalled = permit.ask("restore", "w1", "4", "05-11")
    assert (str(totalled.quantity), totalled.withdrawals) == ("8", 1)
    assert kinds(permit.ask("restore", "w1", "4", "05-11")) == ["Noted"]


def test_a_week_without_removals_is_counted_too(zone) -> None:
    permit = Permit(zone)
    permit.grant("10", "05-09")
    _, totalled = permit.end_week()
    assert (str(totalled.quantity), totalled.withdrawals) == ("0", 0)


def test_in_whatever_order_they_come_the_sums_are_the_same(zone) -> None:
    """Released 10 and, from the 13th, 3 more; 3, 7 and 4 left on the 11th, 12th and 14th: 1 without cover."""
    for order in permutations(range(6)):
        permit = Permit(zone)
        told = [
            lambda p: p.grant("10", "05-09", attempt=1),
            lambda p: p.grant("3", "05-13", attempt=2),
            lambda p: p.ask("remove", "w1", "8", "05-11"),
            lambda p: p.ask("remove", "w2", "7", "05-12"),
            lambda p: p.ask("remove", "w3", "4", "05-14"),
            lambda p: p.ask("restore", "w1", "5", "05-11"),
        ]
        for each in order:
            told[each](permit)
        assert permit.sums == ("14", "1", "0"), order


def test_it_opens_with_what_it_is_for(zone) -> None:
    assert stream_parts(STREAM)[4:] == ("6912004100", "N", "CN", "EA")
    permit = Permit(zone)
    _, opened = permit.grant("10", "05-09")
    assert isinstance(opened, CoverOpened)
    assert (opened.entry, str(opened.total)) == (f"entry/999/acme/{WEEK}", "10")
    assert not [fact for fact in permit.story.facts if isinstance(fact, Noted)]


def _warnings(permit: Permit) -> list[tuple[str, str, str]]:
    said = [f for f in permit.story.facts if isinstance(f, CoverRunsLow | CoverSuffices)]
    return [(type(f).__name__, str(f.used), str(f.total)) for f in said]


def test_a_permit_that_runs_low_is_said_once_at_the_share_that_was_set(zone) -> None:
    permit = Permit(zone)
    permit.grant("100", "05-09", warn=80)
    permit.ask("remove", "w1", "79", "05-11")
    assert _warnings(permit) == []
    permit.ask("remove", "w2", "1", "05-11")
    permit.ask("remove", "w3", "15", "05-12")
    assert _warnings(permit) == [("CoverRunsLow", "80", "100")]


def test_nobody_is_told_where_no_share_was_set_and_nothing_was_permitted(zone) -> None:
    unset, unpermitted = Permit(zone), Permit(zone)
    unset.grant("100", "05-09")
    unset.ask("remove", "w1", "100", "05-11")
    unpermitted.ask("remove", "w1", "10", "05-11")
    assert _warnings(unset) == _warnings(unpermitted) == []


def test_a_supplement_or_goods_that_stay_end_the_warning(zone) -> None:
    permit = Permit(zone)
    permit.grant("100", "05-09", warn=80)
    permit.ask("remove", "w1", "90", "05-11")
    permit.grant("100", "05-11", warn=80)
    permit.ask("remove", "w2", "100", "05-12")
    permit.ask("restore", "w2", "31", "05-12")
    assert _warnings(permit) == [
        ("CoverRunsLow", "90", "100"),
        ("CoverSuffices", "90", "200"),
        ("CoverRunsLow", "190", "200"),
        ("CoverSuffices", "159", "200"),
    ]


def test_with_its_week_a_warning_is_over_and_none_comes_after(zone) -> None:
    permit = Permit(zone)
    permit.grant("100", "05-09", warn=80)
    permit.ask("remove", "w1", "80", "05-11")
    permit.end_week()
    permit.ask("remove", "w2", "5", "05-16")
    assert _warnings(permit) == [("CoverRunsLow", "80", "100"), ("CoverSuffices", "80", "100")]


def test_a_cancelled_entry_permits_nothing_more_and_takes_no_cover_from_what_left(zone) -> None:
    """19 CFR 146.71(d)(1): only what was not removed is cancelled."""
    permit = Permit(zone)
    permit.grant("100", "05-09")
    permit.ask("remove", "w1", "40", "05-11")
    (closed,) = permit.cancel(1, "05-12")
    assert isinstance(closed, CoverClosed)
    assert (str(closed.quantity), str(closed.total)) == ("60", "40")
    assert kinds(permit.ask("remove", "w2", "10", "05-13")) == ["RemovalUncovered"]
    assert permit.sums == ("50", "10", "0")


def test_another_release_of_the_week_is_not_drawn_in_its_place(zone) -> None:
    permit = Permit(zone)
    permit.grant("100", "05-09")
    permit.grant("30", "05-11")
    permit.ask("remove", "w1", "120", "05-12")
    (closed,) = permit.cancel(1, "05-13")
    assert (str(closed.quantity), permit.sums) == ("10", ("120", "0", "0"))


def test_a_cancellation_heard_before_its_release_leaves_nothing_to_permit(zone) -> None:
    permit = Permit(zone)
    permit.cancel(1, "05-12")
    assert kinds(permit.grant("100", "05-09", attempt=1)) == ["DeadlineSet", "Noted"]
    assert kinds(permit.cancel(1, "05-12")) == ["Noted"]
    assert permit.sums == ("0", "0", "0")
