"""Whatever comes in: a useful question or a safe level, never an invented number, always the same answer."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ftz_classification.engine.facts import PartFacts
from ftz_classification.engine.index import Index
from ftz_classification.engine.memory import Memory
from ftz_classification.engine.model import Model
from ftz_classification.engine.proposal import Options, Proposal, Thresholds, propose, propose_many
from ftz_classification.engine.records import Record

NASTY = [
    json.loads(line)
    for line in Path(__file__).with_name("nasty.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.fixture(scope="module")
def ask(index: Index, memory: Memory, model: Model, encoder: Any) -> Any:
    def asked(**facts: Any) -> Proposal:
        value = Decimal(facts.pop("value")) if "value" in facts else None
        return propose(PartFacts(**facts, value=value), index, memory, model, encoder=encoder)

    return asked


def numbers_exist(index: Index, found: Proposal) -> bool:
    shown = [found.number, *(c.number for c in found.candidates)]
    members = found.one_of.members if found.one_of else ()
    return all(len(index.schedule.under(number)) > 0 for number in [*shown, *members] if number)


@pytest.mark.parametrize("case", NASTY, ids=lambda case: case["title"][:30])
def test_nasty_input(ask: Any, index: Index, case: dict[str, Any]) -> None:
    expect = case["expect"]
    found = ask(**{name: value for name, value in case.items() if name != "expect"})
    assert numbers_exist(index, found)
    assert not found.number.startswith(("98", "99"))
    said = " ".join(doubt.reason for doubt in found.doubts)
    if expect == "question":
        assert (found.source, found.number) == ("question", "")
        assert found.doubts[0].question
    elif expect == "injection":
        assert "never obeyed" in said
    elif expect == "contradiction":
        assert "title says" in said
    elif expect == "several":
        assert "several articles" in said
        assert found.number == ""
    elif expect == "quoted":
        assert "not taken as an answer" in said
    elif expect == "low":
        assert found.level < 10


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    title=st.text(max_size=120), extra=st.dictionaries(st.text(max_size=10), st.text(max_size=20), max_size=3)
)
def test_any_text_gives_existing_numbers_or_a_question(
    ask: Any, index: Index, title: str, extra: dict[str, str]
) -> None:
    found = ask(title=title, attributes=extra)
    assert numbers_exist(index, found)
    assert found.number or found.questions or found.doubts or found.candidates


def test_ten_thousand_words(ask: Any, index: Index) -> None:
    assert numbers_exist(index, ask(title="cotton t-shirt " * 5_000))


def test_same_input_same_answer(ask: Any) -> None:
    assert ask(title="women's cotton t-shirt") == ask(title="women's cotton t-shirt")


def test_many_parts_at_once_are_answered_as_one_by_one(
    index: Index, memory: Memory, model: Model, encoder: Any
) -> None:
    asked = [PartFacts(title=case["title"]) for case in NASTY] + [
        PartFacts(title="women's cotton t-shirt")
    ] * 20
    together = propose_many(asked, index, memory, model, Options(encoder))
    assert together == [propose(facts, index, memory, model, encoder=encoder) for facts in asked]


def test_the_file_holds_the_reasons(ask: Any, index: Index, model: Model) -> None:
    found = ask(title="t-shirt of cotton, knitted, for women")
    assert found.candidates[0].number.startswith("6109")
    why = found.explanation
    assert why is not None
    assert why.steps[0].number == "6109"
    assert "t" in " ".join(why.steps[0].matched)
    assert why.rule.startswith("GRI 1")
    assert 5 <= len(why.rejected) <= 8
    first = found.candidates[0].number
    beside = index.siblings(first)
    assert beside
    assert first not in beside
    assert {rejected.number for rejected in why.rejected} & set(beside), "GRI 6: what stands beside it"
    assert all(rejected.why for rejected in why.rejected)
    assert why.nearest
    assert found.provenance.model == model.version
    assert found.provenance.schedule.startswith("schedule+")


def test_the_question_splits_the_candidates(ask: Any) -> None:
    found = ask(title="cotton t-shirt")
    about = {question.about: question for question in found.questions}
    assert "gender" in about
    options = about["gender"].options
    assert len(options) > 1
    assert {number for _, numbers in options for number in numbers} <= {c.number for c in found.candidates}


def test_a_value_outside_the_bracket_never_stands(ask: Any, index: Index) -> None:
    found = ask(title="tennis shoes, sports footwear with outer soles of rubber", value=Decimal("5.00"))
    paths = [" ".join(candidate.path) for candidate in found.candidates]
    assert paths
    assert not [path for path in paths if "Valued over $6.50" in path]


DECIDED = Record(
    "review/1",
    PartFacts(title="Blue thing 7", account="acme", part="B7"),
    ("6109100012",),
    source="decision",
)


def test_memory_answers_the_same_account_part_and_facts(index: Index, model: Model) -> None:
    memory = Memory([DECIDED])
    found = propose(DECIDED.facts, index, memory, model)
    assert (found.source, found.number, found.level) == ("memory", "6109100012", 10)


@pytest.mark.parametrize(
    "change", [{"account": "other"}, {"part": "B8"}, {"title": "Red thing 7"}, {"part": ""}]
)
def test_memory_is_exact_about_its_scope(index: Index, model: Model, change: dict[str, str]) -> None:
    assert propose(replace(DECIDED.facts, **change), index, Memory([DECIDED]), model).source != "memory"


def test_a_dead_line_is_not_remembered(index: Index, model: Model) -> None:
    gone = replace(DECIDED, numbers=("6109100099",))
    assert propose(gone.facts, index, Memory([gone]), model).source != "memory"


def test_a_ruling_of_others_is_a_near_duplicate_not_a_memory(
    index: Index, model: Model, encoder: Any
) -> None:
    ruling = Record(
        "N300000", PartFacts(title="a plush toy bear for children"), ("9503000073",), source="cross"
    )
    memory = Memory([ruling], encoder.encode([ruling.facts.title]))
    found = propose(PartFacts(title="a plush toy bear for children"), index, memory, model, encoder=encoder)
    assert (found.source, found.number) == ("duplicate", "9503000073")


def test_without_model_and_vectors_it_runs_and_says_so(index: Index) -> None:
    found = propose(PartFacts(title="women's cotton t-shirt, knitted"), index, Memory(), None)
    assert found.candidates[0].number.startswith("6109")
    assert (found.number, found.level) == ("", 0)
    assert any("no trained model" in text for text in found.off)
    assert any("vectors are off" in text for text in found.off)


@pytest.mark.parametrize(
    ("confidence", "level"),
    [
        ({2: 0.9, 4: 0.9, 6: 0.9, 8: 0.9, 10: 0.9}, 10),
        ({2: 0.9, 4: 0.9, 6: 0.9, 8: 0.5, 10: 0.4}, 6),
        ({2: 0.9, 4: 0.1, 6: 0.9, 8: 0.9, 10: 0.9}, 2),
        ({2: 0.1, 4: 0.1, 6: 0.1, 8: 0.1, 10: 0.1}, 0),
    ],
)
def test_the_deepest_safe_level(confidence: dict[int, float], level: int) -> None:
    assert Thresholds().safe(confidence) == level
