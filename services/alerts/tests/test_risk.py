"""A risk is raised once, restated while it stands, resolved when cured, raised again if it comes again."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import permutations

import pytest

from ftz_alerts.domain.risk import SETTLED_BY_A_PERSON, Alarm, Concern, Cure, Settle, Watch
from ftz_alerts.usecases import RISK
from ftz_common.contracts.alerts import AlertRaised
from ftz_common.contracts.common import DeadlineSet
from ftz_common.testing.story import Story

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
HELD = Concern("deadline", "The 214 is held: no invoice.", "19 CFR 146.32(b)(1)", "send the invoice")
OTHER = Concern("deadline", "The 214 is held: no bill.", "19 CFR 146.32(b)(2)", "send the bill")
DUE = "2026-05-01T05:00:00Z"


def alarm(place: int, concern: Concern = HELD, quantity: int = 0) -> Alarm:
    return Alarm("admission-held", "s", concern, (0, place, 0), Decimal(quantity))


def cure(place: int, left: int = 0) -> Cure:
    return Cure("admission-held", "s", "the papers came", (0, place, 0), Decimal(left))


def watch(place: int, due_at: str = DUE) -> Watch:
    return Watch("time-in-zone", "layer-1", HELD, (0, place, 0), due_at, "time-in-zone")


def story(kind: str = "admission-held") -> Story:
    return Story(RISK, f"risk/{kind}/s")


def said(*commands: object) -> list[str]:
    told = story()
    for command in commands:
        told.tell(command, AT)
    return [type(fact).__name__ for fact in told.facts]


@pytest.mark.parametrize(
    ("commands", "facts"),
    [
        ([alarm(1)], ["AlertRaised"]),
        ([alarm(1), alarm(2, OTHER)], ["AlertRaised", "AlertRestated"]),
        ([alarm(1), cure(2)], ["AlertRaised", "AlertResolved"]),
        ([alarm(1), cure(2), alarm(3)], ["AlertRaised", "AlertResolved", "AlertRaised"]),
        ([cure(2), alarm(1)], ["RiskCleared", "Noted"]),
        ([cure(2), alarm(1), alarm(3)], ["RiskCleared", "Noted", "AlertRaised"]),
        ([alarm(1), alarm(5), cure(3)], ["AlertRaised", "AlertRestated", "Noted"]),
        ([alarm(3), cure(2)], ["AlertRaised", "Noted"]),
    ],
)
def test_the_latest_word_of_the_speaking_stream_wins(commands: list[object], facts: list[str]) -> None:
    assert said(*commands) == facts


def test_an_early_answer_to_an_early_attempt_cures_no_later_rejection() -> None:
    told = story()
    told.tell(Alarm("estimate-rejected", "e", HELD, (2, 7, 0)), AT)
    told.tell(Cure("estimate-rejected", "e", "attempt 1 accepted", (1, 9, 0)), AT)
    assert told.state.raised
    told.tell(Cure("estimate-rejected", "e", "attempt 3 accepted", (3, 12, 0)), AT)
    assert not told.state.raised


def test_a_partial_cure_restates_what_is_left() -> None:
    told = story()
    told.tell(alarm(1, quantity=10), AT)
    restated = told.tell(cure(2, left=6), AT)[0]
    assert restated.quantity == 6
    assert restated.message.endswith("the papers came; 6 still stands.")
    assert type(told.tell(cure(3), AT)[0]).__name__ == "AlertResolved"
    assert (told.state.raised, told.state.quantity) == (False, 0)


@pytest.mark.parametrize(
    ("words", "end"),
    [
        ([alarm(1, quantity=10), cure(2, left=6)], (True, 6)),
        ([alarm(1, quantity=10), cure(2, left=6), cure(3, left=0)], (False, 0)),
        ([alarm(1, quantity=10), cure(2, left=6), cure(3), alarm(4, quantity=3)], (True, 3)),
    ],
)
def test_a_risk_cured_in_parts_ends_the_same_in_every_order(
    words: list[object], end: tuple[bool, int]
) -> None:
    for order in permutations(words):
        told = story()
        for word in order:
            told.tell(word, AT)
        assert (told.state.raised, told.state.quantity) == end, order


def test_holds_end_the_same_in_every_order() -> None:
    words = [alarm(1), cure(2), alarm(3, OTHER), cure(4), alarm(5)]
    ends: set[tuple[bool, str]] = set()
    for order in permutations(words):
        told = story()
        for word in order:
            told.tell(word, AT)
        ends.add((told.state.raised, told.state.concern.message))
    assert ends == {(True, HELD.message)}


def test_a_watch_becomes_an_alert_when_its_clock_ends() -> None:
    told = story("time-in-zone")
    noted, clock = told.tell(watch(1), AT)
    assert isinstance(clock, DeadlineSet)
    assert (noted.due_at, clock.due_at) == (DUE, DUE)
    raised = told.tell(clock, AT)[0]
    assert isinstance(raised, AlertRaised)
    assert (raised.message, raised.subject) == (HELD.message, "layer-1")
    assert told.tell(clock, AT)[0].why == "the watch that set this clock has ended"


@pytest.mark.parametrize(
    ("words", "raised"),
    [
        ([watch(1), Cure("time-in-zone", "layer-1", "gone", (0, 2, 0))], False),
        ([Cure("time-in-zone", "layer-1", "gone", (0, 2, 0)), watch(1)], False),
        ([watch(1), Cure("time-in-zone", "layer-1", "gone", (0, 2, 0)), watch(3)], True),
        ([watch(3), watch(1), Cure("time-in-zone", "layer-1", "gone", (0, 2, 0))], True),
    ],
)
def test_goods_that_left_are_not_too_long_in_the_zone(words: list[object], raised: bool) -> None:
    told = story("time-in-zone")
    clocks: list[DeadlineSet] = []
    for word in words:
        clocks += [fact for fact in told.tell(word, AT) if isinstance(fact, DeadlineSet)]
    for clock in clocks:
        told.tell(clock, AT)
    assert told.state.raised is raised


def test_a_clock_of_an_earlier_limit_raises_nothing() -> None:
    told = story("time-in-zone")
    first = told.tell(watch(1), AT)[1]
    second = told.tell(watch(2, "2026-06-01T05:00:00Z"), AT)[1]
    told.tell(first, AT)
    assert not told.state.raised
    told.tell(second, AT)
    assert told.state.raised


def test_a_person_settles_only_what_the_law_asks_a_person_to_do() -> None:
    told = story()
    assert told.refused(Settle("done"), AT).code == "not-raised"
    told.tell(alarm(1), AT)
    refusal = told.refused(Settle("done"), AT)
    assert (refusal.code, refusal.citation, refusal.remedy) == ("cause-stands", HELD.citation, HELD.remedy)
    told = story("receipt-discrepancy")
    assert "receipt-discrepancy" in SETTLED_BY_A_PERSON
    told.tell(Alarm("receipt-discrepancy", "a line 1", HELD, (0, 1, 0)), AT)
    told.tell(Settle("CBP 5931 filed on 2026-03-09"), AT)
    assert not told.state.raised
    told.tell(Alarm("receipt-discrepancy", "a line 1", HELD, (0, 4, 0)), AT)
    assert told.state.raised
