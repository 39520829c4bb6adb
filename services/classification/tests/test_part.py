"""The part master, requests and decisions meet in one stream: nothing is lost between them."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import msgspec
import pytest

from ftz_classification.domain.part_state import PartState
from ftz_common.contracts.classification import (
    ClassificationAnswered,
    Classified,
    PartQuestioned,
    PartRecorded,
    RequestWaiting,
    ReviewOpened,
)
from ftz_common.contracts.common import EventRef, Noted
from ftz_common.contracts.reference import UnitMeasure
from ftz_common.flow.snapshots import encode_state


def kinds(facts: list[Any]) -> list[type]:
    return [type(f) for f in facts]


def decided(make: Any) -> Any:
    story = make.story()
    story.tell(make.publish(), make.at)
    story.tell(make.decide(), make.at)
    return story


# ---- the part master ----------------------------------------------------------------------------


def test_the_master_source_is_recorded_with_the_digest_of_what_it_says(make: Any) -> None:
    story = make.story()
    (recorded,) = story.tell(make.publish(), make.at)
    assert (recorded.uin, recorded.account, len(recorded.facts_digest)) == ("MUG", "acme", 64)
    assert kinds(story.tell(make.publish(), make.at)) == [Noted]


@pytest.mark.parametrize(
    "changes",
    [
        {"description": "stoneware mug"},
        {"origin": "CN"},
        {"unit": "doz"},
        {"measures": ()},
        {"attributes": {"colour": "red"}},
    ],
)
def test_the_digest_rests_on_every_fact_of_the_goods(make: Any, changes: dict[str, Any]) -> None:
    story = make.story()
    (first,) = story.tell(make.publish(), make.at)
    (second,) = story.tell(make.publish(**changes), make.at)
    assert first.facts_digest != second.facts_digest


def test_the_digest_is_one_for_one_meaning(make: Any) -> None:
    story = make.story()
    story.tell(make.publish(attributes={"a": "1", "b": "2"}), make.at)
    measure = UnitMeasure(unit="kg", quantity=make.publish().measures[0].quantity + 0)
    again = make.publish(attributes={"b": "2", "a": "1"}, measures=(measure,))
    assert kinds(story.tell(again, make.at)) == [Noted]


def test_another_source_is_a_question_and_never_an_overwrite(make: Any) -> None:
    story = make.story()
    wms = EventRef(source="wms", event="e2")
    (question,) = story.tell(make.publish(master=False, event=wms), make.at)
    assert question == PartQuestioned(source="wms", differences=["the master source has no such part"])
    story.tell(make.publish(), make.at)
    assert kinds(story.tell(make.publish(master=False, event=wms), make.at)) == [Noted]
    (question,) = story.tell(make.publish("cup", master=False, event=wms, origin="CN"), make.at)
    assert question.differences == [
        "description: 'cup', the master says 'porcelain mug'",
        "origin: 'CN', the master says 'VN'",
    ]
    assert story.state.recorded.description == "porcelain mug"


def test_an_older_word_that_comes_later_changes_nothing(make: Any) -> None:
    story = make.story()
    story.tell(make.publish("new"), make.at)
    older = make.publish("old", published_at=make.at - timedelta(days=1))
    assert kinds(story.tell(older, make.at)) == [Noted]


# ---- requests -----------------------------------------------------------------------------------


def test_a_known_part_answers_at_once_with_its_provenance(make: Any) -> None:
    story = decided(make)
    (answer,) = story.tell(make.ask(), make.at)
    decision = story.state.decision
    assert (answer.to, answer.request, answer.line, answer.uin) == (
        "admission/acme/shop/S-1",
        "q1",
        1,
        "MUG",
    )
    assert (answer.number, answer.revision, answer.decision) == (
        "6911103710",
        "2026-A",
        decision.decision,
    )
    assert (answer.decided_by, answer.licence, answer.reason) == ("broker-1", "L-1", "a mug")
    assert [m.unit for m in answer.measures] == ["kg"]


def test_a_decision_answers_in_the_revision_in_force_when_it_is_asked(make: Any) -> None:
    story = decided(make)
    (answer,) = story.tell(make.ask(force=make.in_force(revision="2026-C")), make.at)
    assert answer.revision == "2026-C"


def test_a_number_that_left_the_schedule_waits_for_a_person(make: Any) -> None:
    story = decided(make)
    later = make.in_force(make.schedule_b, "2026-B")
    said = story.tell(make.ask(force=later), make.at)
    assert kinds(said) == [RequestWaiting, ReviewOpened]
    assert said[1].reason == "6911.10.37.10 is not in revision 2026-B"
    said = story.tell(make.decide("6911.10.37.50", later), make.at)
    assert kinds(said) == [Classified, ClassificationAnswered]
    assert (said[1].number, said[1].revision) == ("6911103750", "2026-B")


@pytest.mark.parametrize(
    ("published", "force", "reason"),
    [
        (False, True, "no source has published part 'MUG' of account 'acme'"),
        (True, False, "no tariff revision is known that is in force on 2026-06-01; import it"),
        (True, True, "no decision yet"),
    ],
)
def test_what_cannot_be_answered_waits_and_opens_one_review(
    make: Any, published: bool, force: bool, reason: str
) -> None:
    story = make.story()
    if published:
        story.tell(make.publish(), make.at)
    changes: dict[str, Any] = {} if force else {"in_force": None}
    said = story.tell(make.ask("q1", **changes), make.at)
    assert kinds(said) == [RequestWaiting, ReviewOpened]
    assert said[1].reason == reason
    assert kinds(story.tell(make.ask("q2", line=2, **changes), make.at)) == [RequestWaiting]
    assert kinds(story.tell(make.ask("q2", line=2, **changes), make.at)) == [Noted]


def test_a_decision_answers_everybody_who_waits_once(make: Any) -> None:
    story = make.story()
    story.tell(make.publish(), make.at)
    for n in (1, 2, 3):
        story.tell(make.ask(f"q{n}", line=n), make.at)
    said = story.tell(make.decide(), make.at)
    assert kinds(said) == [Classified] + [ClassificationAnswered] * 3
    assert [a.request for a in said[1:]] == ["q1", "q2", "q3"]
    assert story.state.waiting == {}
    assert story.state.review is None
    assert kinds(story.tell(make.decide(), make.at)) == [Noted]


@pytest.mark.parametrize("order", list(permutations(["publish", "ask", "decide"])))
def test_whatever_comes_first_every_request_is_answered_once(make: Any, order: tuple[str, ...]) -> None:
    """No wake-up is lost between request and decision; a decision before its part is refused."""
    story = make.story()
    commands = {"publish": make.publish(), "ask": make.ask(), "decide": make.decide()}
    for name in order:
        if name == "decide" and story.state.recorded is None:
            assert story.refused(commands[name], make.at).code == "part-not-published"
        else:
            story.tell(commands[name], make.at)
    if story.state.decision is None:
        story.tell(commands["decide"], make.at)
    assert [f.request for f in story.facts if isinstance(f, ClassificationAnswered)] == ["q1"]


def test_a_part_published_after_its_request_opens_the_review_with_its_description(make: Any) -> None:
    story = make.story()
    story.tell(make.ask(), make.at)
    said = story.tell(make.publish(), make.at)
    assert kinds(said) == [PartRecorded, ReviewOpened]
    assert said[1].facts_digest == said[0].facts_digest


# ---- changes after a decision -------------------------------------------------------------------


def test_a_description_changed_after_the_decision_opens_a_review_and_makes_requests_wait(make: Any) -> None:
    story = decided(make)
    said = story.tell(make.publish("stoneware mug"), make.at)
    assert kinds(said) == [PartRecorded, ReviewOpened]
    assert said[1].reason == "the description changed since 6911.10.37.10 was decided"
    assert kinds(story.tell(make.ask(), make.at)) == [RequestWaiting]
    assert kinds(story.tell(make.decide(), make.at)) == [Classified, ClassificationAnswered]


def test_the_decided_description_again_closes_the_review_and_answers(make: Any) -> None:
    story = decided(make)
    story.tell(make.publish("stoneware mug"), make.at)
    story.tell(make.ask(), make.at)
    said = story.tell(make.publish(), make.at)
    assert kinds(said) == [PartRecorded, ClassificationAnswered]
    assert story.state.review is None


def test_the_decided_description_again_but_its_number_gone_keeps_a_review(make: Any) -> None:
    story = decided(make)
    story.tell(make.publish("stoneware mug"), make.at)
    story.tell(make.ask(), make.at)
    gone = make.in_force(make.schedule_b, "2026-B")
    assert kinds(story.tell(make.publish(in_force=gone), make.at)) == [PartRecorded, ReviewOpened]
    assert story.state.review is not None


# ---- what may be decided ------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["6911.10.37.10", "6911103710", "9102.11.10"])
def test_final_numbers_are_taken_with_or_without_dots(make: Any, number: str) -> None:
    story = make.story()
    story.tell(make.publish(), make.at)
    (fact,) = story.tell(make.decide(number), make.at)
    assert fact.number == number.replace(".", "")


@pytest.mark.parametrize(
    ("number", "code", "remedy"),
    [
        ("6911.10.37", "number-not-in-revision", "6911.10.37.10, 6911.10.37.50"),  # not final
        ("6911.10.37.99", "number-not-in-revision", "6911.10.37.10, 6911.10.37.50"),
        ("6911.10.99.00", "number-not-in-revision", "6911.10.37.10"),
        ("0101.21.00.10", "number-not-in-revision", "no number starts like it"),
        ("9102.11.10.00", "number-not-in-revision", "9102.11.10"),  # the schedule prints no suffix
        ("9903.88.15", "overlay-chapter", "chapters 1 to 97"),
        ("9801.00.10.12", "overlay-chapter", "chapters 1 to 97"),
        ("6911.10", "not-a-tariff-number", "ten digits"),
        ("porcelain", "not-a-tariff-number", "ten digits"),
        ("６９１１１０３７１０", "not-a-tariff-number", "ten digits"),
    ],
)
def test_other_numbers_are_refused_with_what_is_near(make: Any, number: str, code: str, remedy: str) -> None:
    story = make.story()
    story.tell(make.publish(), make.at)
    refusal = story.refused(make.decide(number), make.at)
    assert (refusal.code, refusal.place) == (code, "number")
    assert remedy in refusal.remedy


def test_a_decision_on_a_description_that_changed_meanwhile_is_refused(make: Any) -> None:
    story = make.story()
    (recorded,) = story.tell(make.publish(), make.at)
    story.tell(make.publish("stoneware mug"), make.at)
    assert story.refused(make.decide(digest=recorded.facts_digest), make.at).code == "part-changed"
    story.tell(make.decide(digest=story.state.digest), make.at)


def test_every_decision_has_an_id_of_its_own(make: Any) -> None:
    story = decided(make)
    first = story.state.decision.decision
    story.tell(make.decide("6911.10.37.50"), make.at)
    assert story.state.decision.decision != first


def test_an_answer_carries_a_description_that_fits_the_form(make: Any) -> None:
    story = make.story()
    story.tell(make.publish("x" * 2000), make.at)
    story.tell(make.decide(), make.at)
    assert len(story.tell(make.ask(), make.at)[0].description) == 45


def test_the_state_survives_a_snapshot(make: Any) -> None:
    story = make.story()
    story.tell(make.publish(), make.at)
    story.tell(make.ask(), make.at)
    assert msgspec.msgpack.decode(encode_state(story.state), type=PartState) == story.state
