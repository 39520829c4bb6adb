"""Counts: the book as of the figures' instant, what explains a difference, and when it is reported."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ftz_common.contracts.counts import (
    CountedGoods,
    CountPlanned,
    DifferenceSettled,
    GoodsCounted,
)
from ftz_common.contracts.fact import Refusal
from ftz_common.values.calendar import parse_instant
from ftz_inventory.domain import count
from ftz_inventory.domain.abc_plan import classes
from ftz_inventory.domain.reconciling import differs, mixed_up, shortage, story_of


@pytest.mark.parametrize(
    ("part", "duty", "report"),
    [
        ("0.01", "100", True),
        ("0.0099", "5000", False),
        ("0.5", "99.99", False),
        ("0.02", None, True),
        ("0.005", None, False),
    ],
)
def test_one_percent_and_a_hundred_dollars(part, duty, report) -> None:
    """19 CFR 146.53(a)(3): both together; a duty that nobody knows may be $100."""
    assert count.judged(Decimal(part), None if duty is None else Decimal(duty))[0] is report


def difference(paper: Any, counted: str, through: str, uin: str = "MUG") -> Any:
    state = paper.ledger(uin)
    story = story_of(paper.stories[state.stream].facts)
    return differs(state, story, "EA", Decimal(counted), parse_instant(through))


def book(zone) -> Any:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "100", "1000"), "05-04")
    paper.tell(zone.ordered(("MUG", "30")), "05-05")
    paper.tell(zone.shipped("P1", (1, "10")), "05-06 12:00")
    paper.tell(zone.shipped("P2", (1, "5")), "05-08 12:00")
    return paper


@pytest.mark.parametrize(
    ("counted", "through", "expected"),
    [
        ("100", "2026-05-05T00:00:00Z", None),
        ("90", "2026-05-07T00:00:00Z", None),
        ("85", "2026-05-08T08:00:00Z", ("explained", "-5", "in transit: parcel P2")),
        ("88", "2026-05-08T08:00:00Z", ("explained", "-2", "in transit: parcel P2")),
        ("83", "2026-05-08T08:00:00Z", ("discrepancy", "-7", "in transit: parcel P2; not known")),
        ("75", "2026-05-07T00:00:00Z", ("discrepancy", "-15", "perhaps order/acme/shop/1 left")),
        ("100", "2026-05-07T00:00:00Z", ("discrepancy", "10", "perhaps parcel P1 was reported")),
        ("91", "2026-05-07T00:00:00Z", ("discrepancy", "1", "not known")),
    ],
)
def test_count_and_book_as_of_the_count(zone, counted, through, expected) -> None:
    found = difference(book(zone), counted, through)
    if expected is None:
        assert found is None
        return
    verdict, variance, cause = expected
    assert (found.verdict, found.variance) == (verdict, Decimal(variance))
    assert found.cause.startswith(cause)


def test_what_left_without_a_receipt_in_the_book_explains_what_is_over(zone) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "5", "50"), "05-04")
    paper.tell(zone.ordered(("MUG", "20")), "05-05")
    paper.tell(zone.shipped("P1", (1, "20")), "05-06 12:00")
    found = difference(paper, "35", "2026-05-07T00:00:00Z")
    assert (found.verdict, found.cause.split(":")[0]) == ("explained", "suspended draw")


def test_a_shortage_is_worth_the_layers_it_would_be_of(zone) -> None:
    """20 of 85 at 10.00: 200.00; 20 / 85 of the quantity."""
    found = difference(book(zone), "65", "2026-05-20T00:00:00Z")
    assert (found.value, found.pieces[0].value) == (-200, 200)
    assert shortage(found) == Decimal("0.235294")


def test_two_parts_that_were_taken_for_each_other(zone) -> None:
    paper = zone.Paper()
    for uin in ("MUG", "LAMP"):
        paper.hear(zone.admitted(f"214-{uin}", "05-04", "10", "100", uin=uin), "05-04")
    through = "2026-05-09T00:00:00Z"
    found = mixed_up([difference(paper, "8", through), difference(paper, "12", through, "LAMP")])
    assert [d.cause for d in found] == ["perhaps mixed up with LAMP", "perhaps mixed up with MUG"]


PLAN: dict[str, Any] = {
    "count": "C1", "kind": "annual", "zone": "999", "site": "site-1", "account": "acme", "on": "2026-06-01",
    "who": "clerk",
}  # fmt: skip


def counted(part: int = 1, of: int = 1, quantity: str = "5", through: str = "2026-06-01T12:00:00Z") -> Any:
    lines = [CountedGoods(uin="MUG", quantity=Decimal(quantity), unit="EA")]
    said = GoodsCounted(
        count="C1", kind="spot", part=part, of=of, through=through, lines=lines, complete=False, who="clerk"
    )
    return count.RecordCount(said)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (count.PlanCount(CountPlanned(**PLAN)), "cbp-not-told"),
        (count.PlanCount(CountPlanned(**PLAN, told_cbp_on="2026-06-02")), "cbp-told-late"),
        (counted(quantity="-1"), "quantity-out-of-range"),
        (
            count.SettleDifference(
                DifferenceSettled(difference="x", how="adjusted", reference="A1", who="clerk")
            ),
            "difference-unknown",
        ),
    ],
)
def test_what_a_count_refuses(command, code) -> None:
    """19 CFR 146.23(c): prior notification; and nothing that cannot be."""
    state = count.start(("count", "999", "acme", "C1"))
    decided = count.decide(state, command, None)  # type: ignore[arg-type]  # no clock
    assert isinstance(decided, Refusal)
    assert (decided.code, bool(decided.remedy)) == (code, True)


def test_a_part_sent_again_with_other_figures_is_another_count() -> None:
    state = count.start(("count", "999", "acme", "C1"))
    for fact in count.decide(state, counted(of=2), None):  # type: ignore[arg-type]  # no clock
        count.evolve(state, fact)
    assert not state.is_whole
    for command in (
        counted(of=2, quantity="6"),
        counted(2, 3),
        counted(2, 2, through="2026-06-02T12:00:00Z"),
    ):
        decided = count.decide(state, command, None)  # type: ignore[arg-type]  # no clock
        assert isinstance(decided, Refusal)
        assert decided.code == "count-differs"
    for fact in count.decide(state, counted(2, 2), None):  # type: ignore[arg-type]  # no clock
        count.evolve(state, fact)
    assert state.is_whole


def test_what_holds_the_value_is_counted_most_often() -> None:
    """700 + 150 reach 80 % of 1,000 with the second; 100 is B, the rest C; each comes up in its interval."""
    worth = {"A1": Decimal(700), "A2": Decimal(150), "B1": Decimal(100), "C1": Decimal(50)}
    found = classes(worth, date(2026, 1, 1))
    assert [(g.uin, g.kind, g.times_a_year) for g in found] == [
        ("A1", "A", 4),
        ("A2", "A", 4),
        ("B1", "B", 2),
        ("C1", "C", 1),
    ]
    for goods in found:
        days = [date(2026, 1, 1) + timedelta(days=n) for n in range(364)]
        due = [
            day
            for day in days
            if goods.uin in {g.uin for g in classes(worth, day) if g.next_on == day.isoformat()}
        ]
        assert len(due) == goods.times_a_year
