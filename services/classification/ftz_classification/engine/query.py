"""What is asked of the indexes for one part: weighted tokens, facet bits, the text to embed."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources

from ftz_classification.engine.facets import facet_table
from ftz_classification.engine.facts import PartFacts
from ftz_classification.engine.text import normalise, tokens, words

WEIGHTS = {"title": 1.0, "description": 0.5, "category": 0.6, "attributes": 0.4, "expansion": 0.6}
MAX_TOKENS = 250


@dataclass(frozen=True, slots=True)
class Query:
    """`bag`: stemmed token to weight; `facets`: bits of facets.csv; `text`: what is embedded; `account`:
    whose decisions may be found beside rulings."""

    bag: dict[str, float]
    facets: int
    text: str
    account: str = ""


def make_query(facts: PartFacts) -> Query:
    """Query of a part; attributes and category rewrite it, expansions add the schedule's words."""
    bag: dict[str, float] = {}
    fields = {
        "title": normalise(facts.title),
        "description": normalise(facts.description),
        "category": normalise(" ".join(facts.category[-2:])),
        "attributes": normalise(" ".join(facts.attributes.values())),
    }
    for name, text in fields.items():
        _add(bag, tokens(text)[:MAX_TOKENS], WEIGHTS[name])
        _add(bag, _expanded(words(text)[:MAX_TOKENS]), WEIGHTS[name] * WEIGHTS["expansion"])
    bits = 0
    for text in fields.values():
        bits |= facet_table().of(text)
    embedded = fields["title"]
    if facts.category:
        embedded = f"{normalise(facts.category[-1])}: {embedded}"
    if fields["description"]:
        embedded = f"{embedded}. {fields['description']}"
    return Query(bag, bits, embedded, facts.account)


def _add(bag: dict[str, float], found: Iterable[str], weight: float) -> None:
    for token in found:
        bag[token] = max(bag.get(token, 0.0), weight)


@cache
def expansions() -> dict[str, tuple[str, ...]]:
    """Everyday word (or two words) to stemmed words of the schedule, from terms/expansions.csv."""
    with (resources.files("ftz_classification.engine") / "terms" / "expansions.csv").open(
        encoding="utf-8"
    ) as stream:
        return {row["word"]: tuple(tokens(row["means"])) for row in csv.DictReader(stream)}


def _expanded(found: list[str]) -> list[str]:
    table = expansions()
    pairs = [f"{one} {two}" for one, two in itertools.pairwise(found)]
    return [token for word in [*found, *pairs] for token in table.get(word, ())]
