from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftz_classification.engine.facets import facet_table
from ftz_classification.engine.facts import PartFacts
from ftz_classification.engine.query import make_query
from ftz_classification.engine.text import MAX_CHARACTERS, normalise, tokens, words


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("<p>Cotton&nbsp;T-shirt</p>", "Cotton T-shirt"),
        ("<script>alert(1)</script>mug", "mug"),
        ("ＦＵＬＬ　ｗｉｄｔｈ", "FULL width"),
        ("toy \U0001f9f8 bear\u200b", "toy bear"),
        ("a\x00b\nc", "a b c"),
        ("50% cotton, under $5", "50% cotton, under $5"),
        ("x < 5 and y > 3", "x < 5 and y > 3"),
    ],
)
def test_normalise(raw: str, clean: str) -> None:
    assert normalise(raw) == clean


@given(st.text(max_size=300))
def test_normalising_twice_changes_nothing_and_stays_short(raw: str) -> None:
    once = normalise(raw)
    assert len(once) <= MAX_CHARACTERS
    assert "\n" not in once
    assert tokens(once) == tokens(normalise(once))


def test_ten_thousand_words_are_cut() -> None:
    assert len(normalise("word " * 10_000)) <= MAX_CHARACTERS


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Women's T-shirts", ["women", "t", "shirts", "tshirts"]),
        ("Crème brûlée 1.5", ["creme", "brulee", "1.5"]),
        ("—", []),
    ],
)
def test_words(text: str, found: list[str]) -> None:
    assert words(text) == found


def test_word_forms_share_a_token() -> None:
    assert tokens("knitted sweaters") == tokens("knitted sweater")


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("women's knit dress of polyester", {"gender: women", "make: knit", "fibre: synthetic"}),
        ("stainless steel mug", {"matter: iron", "steel: stainless"}),
        ("a mug", set()),
    ],
)
def test_facets_of_a_part(text: str, labels: set[str]) -> None:
    table = facet_table()
    assert labels <= set(table.label(table.of(text)))


@pytest.mark.parametrize(
    ("path", "chapter", "has", "lacks"),
    [
        (("T-shirts, knitted or crocheted", "Of cotton", "Women's"), "61", "make: knit", "make: woven"),
        (("Shirts", "Of cotton", "Men's"), "62", "make: woven", "make: knit"),
        (("Garments, not knitted or crocheted",), "63", "make: woven", "make: knit"),
        (("Articles other than those of leather", "Of plastics"), "42", "matter: plastic", "matter: leather"),
        (("Men's or boys' shirts", "Boys'"), "61", "gender: boys", "gender: men"),
    ],
)
def test_a_deeper_step_narrows_and_exclusions_say_nothing(
    path: tuple[str, ...], chapter: str, has: str, lacks: str
) -> None:
    table = facet_table()
    labels = table.label(table.narrowed(table.of_path(path, chapter)))
    assert has in labels
    assert lacks not in labels


def test_digest_is_of_what_decides() -> None:
    one = PartFacts(title="Mug <b>red</b>", attributes={"a": "1", "b": "2"}, account="x", part="1")
    two = PartFacts(title="Mug red", attributes={"b": "2", "a": "1"}, account="y", part="2")
    assert one.digest() == two.digest()
    assert one.digest() != PartFacts(title="Mug blue").digest()


def test_a_query_weighs_title_over_attributes() -> None:
    query = make_query(PartFacts(title="ring", attributes={"Material": "silver"}, category=("Jewelry",)))
    assert query.bag["ring"] > query.bag["silver"] > 0
    assert query.text == "Jewelry: ring"
