"""Whatever happens to a part, in whatever order: nobody is answered twice, wrongly, or never."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from ftz_classification.domain.part_state import PartState
from ftz_classification.domain.review import AskQuestion, RejectReview
from ftz_classification.domain.revision import RevisionKnown, successors_of
from ftz_common.contracts.classification import ClassificationAnswered, Classified, RequestWaiting
from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.reference import SecondApprover
from ftz_common.flow.snapshots import encode_state

DESCRIPTIONS = ("porcelain mug", "stoneware mug")
NUMBERS = ("6911103710", "6911103750", "6911108000", "9102111000")
REVISIONS = (("2026-A", "2026-01-01"), ("2026-B", "2026-07-01"))
TWO = SecondApprover(chapters=["69"])
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["publish", "ask", "decide", "propose", "question", "reject", "revision"]),
        st.integers(0, 1),  # which description or revision
        st.integers(0, 3),  # which number
        st.integers(0, 1),  # who
    ),
    max_size=25,
)


def command(make: Any, story: Any, step: tuple[str, int, int, int], n: int, policy: Any) -> Any:
    name, first, second, who = step
    force = make.in_force(
        make.schedule_a if first == 0 else make.schedule_b, REVISIONS[first][0], REVISIONS[first][1]
    )
    person = {"decided_by": f"broker-{who}", "policy": policy, "reason": f"because {n}"}
    made: dict[str, Callable[[], Any]] = {
        "publish": lambda: make.publish(DESCRIPTIONS[first]),
        "ask": lambda: make.ask(
            f"q{n}",
            line=n + 1,
            force=force,
            needed_on=("2026-06-01", "2026-07-02")[first],
            value=Decimal(n),
        ),
        "decide": lambda: make.decide(NUMBERS[second], force, **person),
        "propose": lambda: make.propose(story, {NUMBERS[second]: "0.6", NUMBERS[who]: "0.4"}, force),
        "question": lambda: AskQuestion(f"what of {second}?", "shop", f"broker-{who}", "L", "it decides"),
        "reject": lambda: RejectReview(f"broker-{who}", "L", "no"),
        "revision": lambda: RevisionKnown(force, successors_of(NUMBERS[second], force.numbers, {})),
    }
    return made[name]()


@given(steps=STEPS, two=st.booleans())
@settings(max_examples=150, deadline=None)
def test_any_history(make: Any, steps: list[tuple[str, int, int, int]], two: bool) -> None:
    story = make.story()
    asked: dict[str, tuple[str, Any]] = {}
    answered: set[str] = set()
    for n, step in enumerate(steps):
        if step[0] == "propose" and story.state.recorded is None:
            continue
        one = command(make, story, step, n, TWO if two else None)
        if step[0] == "ask":
            asked[f"q{n}"] = (one.needed_on, one.in_force)
        before = encode_state(story.state)
        said = story.aggregate.decide(story.state, one, make.at)
        assert encode_state(story.state) == before, "deciding changes nothing"
        if isinstance(said, Refusal):
            assert said.remedy
            assert said.citation
            continue
        assert said, "a cause leaves a fact"
        for fact in story.tell(one, make.at):
            if isinstance(fact, ClassificationAnswered):
                assert fact.request not in answered, "answered once"
                answered.add(fact.request)
                needed_on, force = asked[fact.request]
                decision = next(
                    d for d in story.facts if isinstance(d, Classified) and d.decision == fact.decision
                )
                assert decision.facts_digest == story.state.digest, "on the description that stands"
                assert decision.effective_from <= needed_on, "not by a decision for later"
                if fact.revision == force.revision:
                    assert force.numbers.has(fact.number)
                if two and fact.number.startswith("69"):
                    assert decision.approved_by
                    assert decision.approved_by != decision.decided_by
        again = msgspec.msgpack.decode(encode_state(story.state), type=PartState)
        assert again == story.state
    waiting = {f.request for f in story.facts if isinstance(f, RequestWaiting)} - answered
    assert set(story.state.waiting) == waiting == set(asked) - answered, "nobody is forgotten"
    assert not waiting or story.state.review is not None, "who waits has a review"
