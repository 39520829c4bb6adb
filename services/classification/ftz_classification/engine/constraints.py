"""What the schedule itself says against a candidate: each objection with its text and place.

A value outside the line's bracket rules the line out. A contradicting fact (gender, knit or woven) and
an exclusion note are shown, and lower the line by what the reranker learned of them (`agreement` in
features, `columns` in notes); the licensed person decides.
"""

from __future__ import annotations

from dataclasses import dataclass

from ftz_classification.engine.brackets import brackets
from ftz_classification.engine.facets import facet_table
from ftz_classification.engine.facts import PartFacts
from ftz_classification.engine.index import Index
from ftz_classification.engine.notes import notes_on
from ftz_classification.engine.query import Query

HARD_FACETS = ("gender", "make")


@dataclass(frozen=True, slots=True)
class Objection:
    """`rule`: value, facet or note; `out`: the line cannot stand; `text` and `citation` for the file."""

    rule: str
    out: bool
    text: str
    citation: str


def objections(index: Index, facts: PartFacts, query: Query, code: str) -> list[Objection]:
    """Everything the schedule says against `code` for these facts, hardest first."""
    line = index.schedule.line(code)
    if line is None:
        return [Objection("line", True, f"{code} is not in {index.schedule.revision}", "HTSUS, GRI 1")]
    found: list[Objection] = []
    if facts.value is not None:
        for step, bracket in brackets(line.path):
            if bracket.by_unit and not bracket.allows(facts.value):
                text = f'unit value ${facts.value} lies outside "{step}"'
                found.append(Objection("value", True, text, f"HTSUS {code}, GRI 6"))
    table = facet_table()
    stated = int(index.facets[index.schedule.position(code)])
    for kind in HARD_FACETS:
        mask = table.kinds[kind]
        if query.facets & mask and stated & mask and not query.facets & stated & mask:
            has, wants = table.label(query.facets & mask), table.label(stated & mask)
            text = f"the part says {', '.join(has)}; the line says {', '.join(wants)}"
            found.append(Objection("facet", False, text, f"HTSUS {code}, GRI 1"))
    found += [Objection("note", False, note.says, note.citation) for note in notes_on(query, code)]
    return found
