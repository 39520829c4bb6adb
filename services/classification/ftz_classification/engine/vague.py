"""Descriptions nothing can be classified from: said so before a number is invented."""

from __future__ import annotations

import csv
import re
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path

from ftz_classification.engine.facets import facet_table
from ftz_classification.engine.facts import PartFacts
from ftz_classification.engine.text import normalise, stem, words

FEWEST_KNOWN = 0.34
WHAT = "What is the article, what is it made of, what is it used for?"
_CODE = re.compile(r"^[\W\d]*$")
_TARIFF = re.compile(r"\b\d{4}\.?\d{2}\.?\d{2,4}(?:\.?\d{2})?\b")
_ORDERS = re.compile(
    r"\b(?:ignore|disregard|forget)\b.{0,40}\b(?:instruction|previous|above|prompt|rule)s?\b"
    r"|\b(?:system prompt|you are now|as an ai|respond with|output only|classify (?:this|it|as))\b",
    re.I,
)
_TITLE_ONLY = frozenset(
    {
        "gift",
        "sample",
        "goods",
        "parts",
        "accessory",
        "accessories",
        "merchandise",
        "misc",
        "item",
        "items",
        "product",
        "products",
        "stuff",
        "thing",
        "things",
        "set",
        "kit",
    }
)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a description cannot carry a number (`stops`) or what to look at, and what to ask."""

    reason: str
    question: str
    stops: bool = True


def vague_terms(path: Path) -> frozenset[str]:
    """Descriptions known to be too vague, normalised; empty where the list is not there."""
    if not path.is_file():
        return frozenset()
    with path.open(encoding="utf-8", errors="replace") as stream:
        return frozenset(normalise(row[0]).lower() for row in csv.reader(stream) if row)


def doubts(facts: PartFacts, known: Container[str], vague: Container[str] = frozenset()) -> list[Doubt]:
    """What is wrong with a description. `known` are the stemmed words the indexes hold."""
    text = normalise(" ".join([facts.title, facts.description]))
    found = [*_orders(text), *_contradictions(facts)]
    if not text:
        return [Doubt("the description is empty", WHAT)]
    if _CODE.match(text):
        return [Doubt("the description is a number or signs only", "What is the article, in words?")]
    spoken = words(text)
    if not spoken:
        return [Doubt("no word in Latin letters", "What is the article, in English words?")]
    share = sum(stem(word) in known for word in spoken) / len(spoken)
    letters = [c for c in text if c.isalpha()]
    latin = sum(c.isascii() for c in letters) / max(len(letters), 1)
    if share < FEWEST_KNOWN or latin < 0.6:
        found.append(
            Doubt("most words are not English words of the tariff", "What is the article, in English words?")
        )
    content = [
        word for word in spoken if stem(word) in known and word not in _TITLE_ONLY and not word[0].isdigit()
    ]
    more = [*facts.category, *facts.attributes.values()]
    if not content or (text.lower() in vague and not more):
        found.append(
            Doubt(
                "the description names no article",
                WHAT,
            )
        )
    if _TARIFF.search(text):
        found.append(
            Doubt(
                "the description holds a tariff number, which is not taken as an answer",
                "Is the number in the description a ruling or decision? Then load it as one.",
                stops=False,
            )
        )
    return found


def _orders(text: str) -> list[Doubt]:
    if not _ORDERS.search(text):
        return []
    return [
        Doubt(
            "the description gives orders; it is read as a description and never obeyed",
            "What is the article? The description holds instructions.",
            stops=False,
        )
    ]


def _contradictions(facts: PartFacts) -> list[Doubt]:
    """Kinds of which a part has one value only, stated differently by title and attributes."""
    table = facet_table()
    title = table.of(normalise(facts.title))
    stated = table.of(normalise(" ".join(facts.attributes.values())))
    out: list[Doubt] = []
    for kind in ("gender", "make"):
        mask = table.kinds[kind]
        one, two = title & mask, stated & mask
        if one and two and not one & two:
            said, other = ", ".join(table.label(one)), ", ".join(table.label(two))
            out.append(
                Doubt(
                    f"title says {said}, attributes say {other}",
                    f"Which is right: {said} or {other}?",
                    stops=False,
                )
            )
    return out
