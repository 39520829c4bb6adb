"""Reference terms: everyday words with the number they belong to, at the depth their source vouches for."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from ftz_classification.engine.schedule import OVERLAY_CHAPTERS

OWN = "own"


@dataclass(frozen=True, slots=True)
class Reference:
    """`text` is known to fall under `prefix` (2 to 10 digits); `source` names the list."""

    text: str
    prefix: str
    source: str


def own_references() -> list[Reference]:
    """The list shipped with the engine (terms/products.csv: number prefix, then terms)."""
    with (resources.files("ftz_classification.engine") / "terms" / "products.csv").open(
        encoding="utf-8"
    ) as stream:
        return [
            Reference(term.strip(), row["number"], OWN)
            for row in csv.DictReader(stream)
            for term in row["terms"].split("|")
            if term.strip()
        ]


def operator_references(data: Path) -> list[Reference]:
    """Lists the operator has in `data`: HS nomenclature, UK search references, UK trader descriptions.

    A missing file gives no references; the data report says which were found.
    """
    found: list[Reference] = []
    if (path := data / "hs6.csv").is_file():
        with path.open(encoding="utf-8") as stream:
            for row in csv.DictReader(stream):
                if row["level"] in ("4", "6"):
                    found.append(Reference(row["description"], row["hscode"], "hs6"))
    if (path := data / "uk_search_references.json").is_file():
        for text, number in json.loads(path.read_text(encoding="utf-8")).items():
            found.append(Reference(str(text), _six(str(number)), "uk_search"))
    if (path := data / "uk_extra_references.csv").is_file():
        with path.open(encoding="utf-8") as stream:
            for row in csv.DictReader(stream):
                found.append(Reference(row["Goods Description"], _six(row["Commodity Code"]), "uk_traders"))
    return list(_usable(found))


def _six(number: str) -> str:
    """First six digits; a number that ends in zeros at four or two digits is kept that short."""
    short = number.strip()[:6]
    while len(short) > 2 and short.endswith("00"):
        short = short[:-2]
    return short


def _usable(found: Iterable[Reference]) -> Iterable[Reference]:
    for reference in found:
        prefix = reference.prefix
        whole = prefix.isdigit() and len(prefix) % 2 == 0 and prefix[:2] not in OVERLAY_CHAPTERS
        if whole and len(reference.text) > 2:
            yield reference
