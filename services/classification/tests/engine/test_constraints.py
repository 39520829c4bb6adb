from __future__ import annotations

from decimal import Decimal

import pytest

from ftz_classification.engine.brackets import brackets
from ftz_classification.engine.constraints import objections
from ftz_classification.engine.facts import PartFacts
from ftz_classification.engine.index import Index
from ftz_classification.engine.notes import columns, legal_notes, notes_on
from ftz_classification.engine.query import make_query


@pytest.mark.parametrize(
    ("step", "value", "allowed"),
    [
        ("Valued not over $20 each", "20", True),
        ("Valued not over $20 each", "20.01", False),
        ("Valued over $20 each", "20", False),
        ("Valued over $20 each", "20.01", True),
        ("Valued over $6.50 but not over $12/pair", "12", True),
        ("Valued over $6.50 but not over $12/pair", "6.50", False),
        ("Valued not over 30¢ each", "0.30", True),
        ("Valued not over 30¢ each", "0.31", False),
        ("Valued over $18 per dozen pieces", "1.50", False),
        ("Valued over $18 per dozen pieces", "1.51", True),
        ("Valued over 80 cents each", "0.80", False),
        ("Valued over 80 cents but not over $1.35 each", "1.35", True),
    ],
)
def test_value_brackets_to_the_cent(step: str, value: str, allowed: bool) -> None:
    ((_, bracket),) = brackets([step])
    assert bracket.allows(Decimal(value)) is allowed


def test_brackets_by_gross_are_not_decided_by_a_unit_value() -> None:
    ((_, bracket),) = brackets(["Valued over 80 cents but not over $1.35 per gross"])
    assert not bracket.by_unit


def test_steps_without_a_value_have_no_bracket() -> None:
    assert brackets(["Of cotton", "Other"]) == []


def rules(index: Index, facts: PartFacts, code: str) -> set[tuple[str, bool]]:
    return {(o.rule, o.out) for o in objections(index, facts, make_query(facts), code)}


def test_a_contradicting_fact_is_an_objection_not_a_verdict(index: Index) -> None:
    facts = PartFacts(title="women's cotton t-shirt")
    assert ("facet", False) in rules(index, facts, "6109100012")
    assert ("facet", False) not in rules(index, facts, "6109100040")


def test_a_number_outside_the_revision_is_out(index: Index) -> None:
    assert rules(index, PartFacts(title="mug"), "6912004400") == {("line", True)}


def test_a_value_outside_the_bracket_is_out(index: Index) -> None:
    dear = [line for line in index.schedule.lines if "Valued over $12/pair" in line.path]
    code = dear[0].code
    assert ("value", True) in rules(index, PartFacts(title="shoes", value=Decimal(12)), code)
    assert ("value", True) not in rules(index, PartFacts(title="shoes", value=Decimal("12.01")), code)
    assert ("value", True) not in rules(index, PartFacts(title="shoes"), code)


def test_an_exclusion_note_is_shown_with_its_citation(index: Index) -> None:
    facts = PartFacts(title="plastic toy figure")
    found = objections(
        index, facts, make_query(facts), next(c.code for c in index.schedule.lines if c.code[:2] == "39")
    )
    assert "Chapter 39, note 2(y)" in {objection.citation for objection in found}


def test_every_note_has_words_and_a_place() -> None:
    for note in legal_notes():
        assert note.under.isdigit()
        assert note.says
        assert note.citation
        assert all(note.triggers)


def test_a_note_lowers_what_it_excludes_and_lifts_what_it_names(index: Index) -> None:
    query = make_query(PartFacts(title="plastic toy figure"))
    found, codes = columns(index.schedule, query), [line.code for line in index.schedule.lines]
    away = {code[:2] for code, times in zip(codes, found["noted"], strict=True) if times}
    toward = {code[:2] for code, times in zip(codes, found["toward"], strict=True) if times}
    assert "39" in away
    assert "95" in toward
    assert "95" not in away
    silent = columns(index.schedule, make_query(PartFacts(title="a brick")))
    assert not silent["noted"].any()
    assert not silent["toward"].any()


def test_only_the_chapter_of_a_note_is_spoken_of() -> None:
    query = make_query(PartFacts(title="plastic toy figure"))
    assert {note.under for note in notes_on(query, "3926400010")} == {"39"}
    assert not notes_on(query, "9503000073")
