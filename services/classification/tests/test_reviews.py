"""What people may say about a review, what is remembered of it, and what brings a part back."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from ftz_classification.domain.concordance import NotAConcordance, read_concordance
from ftz_classification.domain.part_state import PartState
from ftz_classification.domain.proposal import ProposeAgain, is_wanted
from ftz_classification.domain.review import AskQuestion, RejectReview
from ftz_classification.domain.revision import RevisionKnown, successors_of
from ftz_common.contracts.classification import (
    ClassificationAnswered,
    Classified,
    DecisionHeld,
    NumberProposed,
    PartRecorded,
    QuestionAsked,
    RequestWaiting,
    ReviewOpened,
    ReviewRejected,
)
from ftz_common.contracts.common import Noted
from ftz_common.contracts.reference import SecondApprover
from ftz_common.flow.snapshots import encode_state

ASK = AskQuestion("Is the glass lead crystal?", "shop", "broker-1", "L-1", "heading 7013 turns on it")
REJECT = RejectReview("broker-1", "L-1", "not tableware", ("GRI 1",))


def kinds(facts: list[Any]) -> list[type]:
    return [type(f) for f in facts]


def published(make: Any) -> Any:
    story = make.story()
    story.tell(make.publish(), make.at)
    return story


def proposed(make: Any, **changes: Any) -> Any:
    story = published(make)
    story.tell(make.propose(story, **changes), make.at)
    return story


# ---- proposals ----------------------------------------------------------------------------------


def test_a_proposal_is_kept_with_what_makes_it_again_and_opens_the_review(make: Any) -> None:
    story = published(make)
    proposal, review = story.tell(make.propose(story), make.at)
    assert (proposal.facts_digest, proposal.revision, proposal.model) == (story.state.digest, "2026-A", "m-1")
    assert (proposal.schedule, proposal.explanation) == ("a" * 64, "e" * 64)
    assert [(c.number, c.general, c.percent) for c in proposal.candidates] == [
        ("6911103710", "9%", Decimal(9)),  # printed at the eight digits above
        ("6911108000", "20%", Decimal(20)),
    ]
    assert proposal.spread == Decimal(11)
    assert review.reason == "proposed; no decision yet"
    assert story.state.decision is None, "a proposal decides nothing"


def test_a_proposal_for_an_open_review_leaves_it(make: Any) -> None:
    story = published(make)
    story.tell(make.ask(), make.at)
    assert kinds(story.tell(make.propose(story), make.at)) == [NumberProposed]
    assert story.state.review.reason == "no decision yet"


def test_the_same_proposal_has_the_same_id(make: Any) -> None:
    one, two = proposed(make), proposed(make)
    assert one.state.proposal == two.state.proposal


@pytest.mark.parametrize("what", ["changed", "decided"])
def test_a_proposal_that_comes_too_late_is_only_noted(make: Any, what: str) -> None:
    story = published(make)
    late = make.propose(story)
    story.tell(make.publish("stoneware mug") if what == "changed" else make.decide(), make.at)
    (noted,) = story.tell(late, make.at)
    assert (
        noted.why
        == f"{'the description changed' if what == 'changed' else 'decided'} while the proposal was made"
    )


@pytest.mark.parametrize(("number", "basis"), [("6911.10.37.10", "approved"), ("6911.10.37.50", "corrected")])
def test_a_decision_says_whether_it_approves_or_corrects(make: Any, number: str, basis: str) -> None:
    story = proposed(make)
    said = story.state.proposal.proposal
    (fact,) = story.tell(make.decide(number, proposal=said, citations=("GRI 6",)), make.at)
    assert (fact.basis, fact.proposal, fact.citations) == (basis, said, ["GRI 6"])


def test_a_decision_on_another_proposal_than_stands_is_refused(make: Any) -> None:
    story = proposed(make)
    assert story.refused(make.decide(proposal="another"), make.at).code == "proposal-superseded"
    assert story.refused(make.decide(digest="other"), make.at).code == "part-changed"


def test_another_description_ends_the_proposal_and_wants_another(make: Any) -> None:
    story = proposed(make)
    assert not is_wanted(story.state, "2026-A", "2026-01-01")
    said = story.tell(make.publish("stoneware mug"), make.at)
    assert kinds(said) == [PartRecorded, ReviewOpened]
    assert story.state.proposal is None
    assert is_wanted(story.state, "2026-A", "2026-01-01")


def test_a_proposal_can_be_asked_for_again(make: Any) -> None:
    story = make.story()
    assert story.refused(ProposeAgain("broker-1"), make.at).code == "part-not-published"
    story.tell(make.publish(), make.at)
    assert kinds(story.tell(ProposeAgain("broker-1"), make.at)) == [ReviewOpened]
    before = story.state.review
    assert story.tell(ProposeAgain("broker-1"), make.at) == [before]


# ---- reject, ask --------------------------------------------------------------------------------


def test_a_rejected_proposal_is_gone_and_the_review_stays(make: Any) -> None:
    story = proposed(make)
    (fact,) = story.tell(REJECT, make.at)
    assert (fact.what, fact.number, fact.rejected_by, fact.citations) == (
        "proposal",
        "6911103710",
        "broker-1",
        ["GRI 1"],
    )
    assert (story.state.proposal, story.state.review is not None) == (None, True)
    assert story.refused(REJECT, make.at).code == "nothing-to-reject"


def test_a_question_keeps_the_review_until_the_part_is_described_anew(make: Any) -> None:
    story = published(make)
    assert kinds(story.tell(ASK, make.at)) == [QuestionAsked, ReviewOpened]
    assert kinds(story.tell(ASK, make.at)) == [Noted]
    story.tell(make.ask(), make.at)
    said = story.tell(make.publish("porcelain mug, no crystal"), make.at)
    assert said[1].reason == "described anew after the question: Is the glass lead crystal?"
    assert story.state.question is None
    assert kinds(story.tell(make.decide(), make.at)) == [Classified, ClassificationAnswered]


def test_a_question_may_be_overtaken_by_a_decision(make: Any) -> None:
    story = published(make)
    story.tell(ASK, make.at)
    story.tell(make.decide(), make.at)
    assert (story.state.question, story.state.review) == (None, None)


def test_nothing_is_asked_or_rejected_about_an_unpublished_part(make: Any) -> None:
    for command in (ASK, REJECT):
        assert make.story().refused(command, make.at).code == "part-not-published"


# ---- two people ---------------------------------------------------------------------------------

CHAPTER = SecondApprover(chapters=["69"])
STAKE = SecondApprover(duty_at_stake_min=Decimal(500))


def second(make: Any, number: str = "6911.10.37.10", who: str = "broker-2", policy: Any = CHAPTER) -> Any:
    return make.decide(number, decided_by=who, licence="L-2", reason="agreed", policy=policy)


def test_where_policy_asks_the_same_by_two_people_stands(make: Any) -> None:
    story = published(make)
    story.tell(make.ask(), make.at)
    assert kinds(story.tell(make.decide(policy=CHAPTER), make.at)) == [DecisionHeld]
    assert story.state.waiting, "nothing is answered by one person"
    again = story.refused(make.decide(policy=CHAPTER), make.at)
    assert (again.code, again.place) == ("second-person-needed", "who")
    classified, answer = story.tell(second(make), make.at)
    assert (classified.decided_by, classified.licence, classified.reason) == ("broker-1", "L-1", "a mug")
    assert (classified.approved_by, classified.approver_licence) == ("broker-2", "L-2")
    assert answer.decided_by == "broker-1"
    assert story.state.held is None


def test_a_second_person_who_decides_otherwise_waits_for_the_first(make: Any) -> None:
    story = published(make)
    assert kinds(story.tell(make.decide(policy=CHAPTER), make.at)) == [DecisionHeld, ReviewOpened]
    story.tell(second(make, "6911.10.37.50"), make.at)
    assert (story.state.held.number, story.state.held.decided_by) == ("6911103750", "broker-2")
    (fact,) = story.tell(make.decide("6911.10.37.50", policy=CHAPTER), make.at)
    assert (fact.number, fact.decided_by, fact.approved_by) == ("6911103750", "broker-2", "broker-1")


def test_a_held_decision_can_be_rejected_and_ends_with_the_description(make: Any) -> None:
    story = published(make)
    story.tell(make.decide(policy=CHAPTER), make.at)
    (fact,) = story.tell(REJECT, make.at)
    assert (fact.what, story.state.held) == ("decision", None)
    story.tell(make.decide(policy=CHAPTER), make.at)
    story.tell(make.publish("stoneware mug"), make.at)
    assert story.state.held is None


@pytest.mark.parametrize(
    "case",
    [
        (None, "6911.10.37.10", "1000000", True, False),
        (CHAPTER, "6911.10.37.10", "0", False, True),
        (CHAPTER, "9102.11.10", "1000000", False, False),
        (STAKE, "6911.10.37.10", "4545", True, False),  # 11 points of it are 499.95
        (STAKE, "6911.10.37.10", "4546", True, True),
        (STAKE, "6911.10.37.10", "499", False, False),  # spread unknown: the value counts
        (STAKE, "6911.10.37.10", "500", False, True),
        (STAKE, "6911.10.37.10", "0", False, False),
    ],
)
def test_when_policy_asks_for_two_people(make: Any, case: tuple[Any, str, str, bool, bool]) -> None:
    policy, number, value, engine, two = case  # engine: there is a proposal with a spread of 11 points
    story = published(make)
    story.tell(make.ask(value=Decimal(value)), make.at)
    if engine:
        story.tell(make.propose(story), make.at)
    said = story.tell(make.decide(number, policy=policy), make.at)
    assert isinstance(said[0], DecisionHeld) is two
    if two:
        assert said[0].policy.startswith("policy: ")


# ---- memory -------------------------------------------------------------------------------------


def test_memory_is_exact_about_the_description(make: Any) -> None:
    """Two descriptions, two numbers: each is answered by the decision on it, whenever it comes back."""
    story = published(make)
    story.tell(make.decide("6911.10.37.10"), make.at)
    story.tell(make.publish("printed porcelain plate"), make.at)
    story.tell(make.decide("6911.10.80.00"), make.at)
    story.tell(make.publish(), make.at)
    (answer,) = story.tell(make.ask("q1"), make.at)
    assert answer.number == "6911103710"
    story.tell(make.publish("printed porcelain plate"), make.at)
    (answer,) = story.tell(make.ask("q2"), make.at)
    assert answer.number == "6911108000"


def test_a_correction_replaces_what_it_corrects_also_when_it_ends(make: Any) -> None:
    """A number that was corrected never answers again, not even where the new one is gone."""
    story = published(make)
    story.tell(make.decide("6911.10.37.50"), make.at)
    story.tell(make.decide("6911.10.37.10"), make.at)
    later = make.in_force(make.schedule_b, "2026-B", "2026-07-01")  # it holds 6911.10.37.50 alone
    said = story.tell(make.ask(force=later, needed_on="2026-07-02"), make.at)
    assert kinds(said) == [RequestWaiting, ReviewOpened]


def test_a_decision_for_a_coming_revision_leaves_the_present_one_alone(make: Any) -> None:
    story = published(make)
    story.tell(make.decide("6911.10.37.10"), make.at)
    later = make.in_force(make.schedule_b, "2026-B", "2026-07-01")
    story.tell(make.decide("6911.10.37.50", force=later), make.at)
    (now,) = story.tell(make.ask("q1"), make.at)
    (then,) = story.tell(make.ask("q2", force=later, needed_on="2026-07-02"), make.at)
    assert (now.number, now.revision) == ("6911103710", "2026-A")
    assert (then.number, then.revision) == ("6911103750", "2026-B")


def test_a_decision_for_a_coming_revision_does_not_answer_lines_needed_before(make: Any) -> None:
    story = published(make)
    story.tell(make.ask("q1", needed_on="2026-06-01"), make.at)
    later = make.in_force(make.schedule_b, "2026-B", "2026-07-01")
    said = story.tell(make.decide("6911.10.37.50", force=later), make.at)
    assert kinds(said) == [Classified, ReviewOpened]
    assert list(story.state.waiting) == ["q1"]
    assert kinds(story.tell(make.decide(), make.at)) == [Classified, ClassificationAnswered]


def test_a_line_asked_before_a_revision_began_goes_on_with_a_decision_in_it(make: Any) -> None:
    """What counts is the day of filing: nobody decides in a revision that is over for a line that waited."""
    story = published(make)
    story.tell(make.ask("q1", needed_on="2026-06-30"), make.at)
    later = make.in_force(make.schedule_b, "2026-B", "2026-07-01")
    said = story.tell(make.decide("6911.10.37.50", force=later, today="2026-07-02"), make.at)
    assert kinds(said) == [Classified, ClassificationAnswered]


def test_a_line_left_waiting_by_a_decision_for_later_goes_on_when_that_revision_has_begun(make: Any) -> None:
    """Asked under one revision, decided for the next: once that has begun, deciding again answers."""
    story = published(make)
    story.tell(make.ask("q1", needed_on="2026-06-30"), make.at)
    later = make.in_force(make.schedule_b, "2026-B", "2026-07-01")
    assert kinds(story.tell(make.decide("6911.10.37.50", force=later), make.at)) == [Classified, ReviewOpened]
    said = story.tell(make.decide("6911.10.37.50", force=later, today="2026-07-01"), make.at)
    assert kinds(said) == [Classified, ClassificationAnswered]
    assert (said[1].number, said[1].revision) == ("6911103750", "2026-B")
    assert (story.state.waiting, story.state.review) == ({}, None)


# ---- revisions ----------------------------------------------------------------------------------


def test_a_line_that_ends_brings_its_part_back_with_successors(make: Any) -> None:
    story = published(make)
    story.tell(make.decide(), make.at)
    later = make.in_force(make.schedule_b, "2026-B", "2026-07-01")
    command = RevisionKnown(later, ("6911103750",))
    (review,) = story.tell(command, make.at)
    assert review.reason == "6911.10.37.10 is no line of revision 2026-B, in force from 2026-07-01"
    assert (review.number, review.revision, review.successors) == ("6911103710", "2026-B", ["6911103750"])
    assert kinds(story.tell(command, make.at)) == [Noted]
    assert kinds(story.tell(make.ask(), make.at)) == [ClassificationAnswered], "until it begins"
    waits = make.ask("q2", force=later, needed_on="2026-07-02")
    assert kinds(story.tell(waits, make.at)) == [RequestWaiting]
    said = story.tell(make.decide("6911.10.37.50", force=later), make.at)
    assert kinds(said) == [Classified, ClassificationAnswered], "the 214 that waited goes on"
    assert story.state.review is None


def test_deciding_the_ending_line_again_leaves_its_review_open(make: Any) -> None:
    story = published(make)
    story.tell(make.decide(), make.at)
    later = make.in_force(make.schedule_b, "2026-B", "2026-07-01")
    story.tell(RevisionKnown(later, ("6911103750",)), make.at)
    story.tell(make.decide(decided_by="broker-2"), make.at)
    assert story.state.review.revision == "2026-B"


def test_a_revision_that_holds_the_line_changes_nothing(make: Any) -> None:
    story = published(make)
    story.tell(make.decide(), make.at)
    assert kinds(story.tell(RevisionKnown(make.in_force(revision="2026-C"), ()), make.at)) == [Noted]


@pytest.mark.parametrize(
    ("named", "successors"),
    [
        ({}, ("6911103710", "6911103750")),  # the nearest
        ({"6911103799": ["6911108000"]}, ("6911108000",)),
        ({"6911103799": ["0101210010"]}, ("6911103710", "6911103750")),  # not in the revision
    ],
)
def test_successors(make: Any, named: dict[str, list[str]], successors: tuple[str, ...]) -> None:
    assert successors_of("6911103799", make.in_force().numbers, named) == successors


CONCORDANCE = (
    "old_hts10,new_hts10,revision_from,revision_to\n"
    "NA,4420190000,basic,rev_1\n"
    "6911.10.37.10,6911103750,rev_1,rev_2\n"
    "6911103710,6911108000,rev_2,rev_3\n"
    "6911103710,NA,rev_2,rev_3\n"
)


@pytest.mark.parametrize(
    ("revision", "found"),
    [
        ("rev_2", ["6911103750"]),
        ("rev_3", ["6911108000"]),
        ("2026-B", ["6911103750", "6911108000"]),  # a name that the file does not know: all of it
    ],
)
def test_a_concordance_says_what_followed(revision: str, found: list[str]) -> None:
    assert read_concordance(CONCORDANCE.encode(), revision) == {"6911103710": found}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "columns"),
        (b"a,b\n1,2\n", "columns"),
        (b"old_hts10,new_hts10\n12,6911103750\n", "row 2"),
        (b"old_hts10,new_hts10\n\xff\n", "UTF-8"),
    ],
)
def test_what_is_no_concordance_says_why(content: bytes, why: str) -> None:
    with pytest.raises(NotAConcordance, match=why):
        read_concordance(content)


# ---- the state ----------------------------------------------------------------------------------


def test_value_at_stake_is_that_of_the_lines_that_wait_else_of_the_last(make: Any) -> None:
    story = proposed(make)
    assert (story.state.value, story.state.stake) == (0, None)
    for n, value in enumerate(("1000", "500")):
        story.tell(make.ask(f"q{n}", line=n + 1, value=Decimal(value)), make.at)
    assert (story.state.value, story.state.stake) == (Decimal(1500), Decimal("165.00"))
    story.tell(make.decide(), make.at)
    assert story.state.value == Decimal(500)


def test_the_state_survives_a_snapshot_with_all_it_may_hold(make: Any) -> None:
    story = proposed(make)
    story.tell(make.ask(value=Decimal("12.5")), make.at)
    story.tell(ASK, make.at)
    story.tell(make.decide(policy=CHAPTER), make.at)
    assert isinstance(story.facts[-1], DecisionHeld)
    again = msgspec.msgpack.decode(encode_state(story.state), type=PartState)
    assert again == story.state
    story.tell(second(make), make.at)
    assert msgspec.msgpack.decode(encode_state(story.state), type=PartState) == story.state
    assert not any(isinstance(f, ReviewRejected) for f in story.facts)
