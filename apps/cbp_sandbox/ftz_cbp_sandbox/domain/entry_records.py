"""SE and AE as the simulated CBP reads them: the records of a 3461 or 7501, held against their tables.

Its reason codes are its own words, not those of ACE. Besides the tables it reckons what a summary can be
reckoned from: the fee of the lines against the fee of the entry.
"""

from collections.abc import Iterator
from decimal import Decimal

from ftz_common.contracts.catair.entry import LAYOUTS, catair_of
from ftz_common.contracts.catair.file import File, read
from ftz_common.contracts.catair.layout import Problem
from ftz_common.contracts.filing import FilingRequested

#: (record without SE, field, problem) -> reason code.
NAMED: dict[tuple[str, str, str], str] = {
    ("10", "importer_ior", "missing"): "importer-missing",
    ("11", "importer_ior", "missing"): "importer-missing",
    ("10", "zone_id", "missing"): "zone-unknown",
    ("11", "zone_id", "missing"): "zone-unknown",
    ("10", "entry_no", "missing"): "entry-number-unreadable",
    ("10", "entry_no", "too-short"): "entry-number-unreadable",
    ("10", "entry_no", "wrong-class"): "entry-number-unreadable",
    ("11", "entry_date", "missing"): "entry-date-missing",
    ("40", "coo", "missing"): "origin-missing",
    ("40", "coo", "not-allowed"): "origin-unknown",
    ("41", "pf_filed_on", "missing"): "pf-date-missing",
    ("41", "pf_filed_on", "not-allowed"): "pf-date-without-pf",
    ("41", "status", "unknown-code"): "status-unknown",
    ("41", "zone_quantity", "too-many-decimals"): "zone-quantity-not-whole",
    ("50", "duty", "missing"): "duty-missing",
    ("40", "", "too-many"): "lines-too-many",
    ("50", "", "too-many"): "numbers-too-many",
}

Finding = tuple[str, str]  # code, reason


def findings(filing: FilingRequested) -> Iterator[Finding]:
    """What the tables refuse in the records of an entry, and what does not add up in them."""
    made = catair_of(filing)
    for problem in made.problems:
        yield code_of(filing.kind, problem), str(problem)
    if filing.kind == "7501":
        yield from sums(read(made.text, LAYOUTS[filing.kind]))


def sums(file: File) -> Iterator[Finding]:
    """Fees of the lines and of the entry; cases, and all of it, against the records that they sum."""
    rows = [(row.record.id, row.values) for row in file.rows if row.record is not None]

    def summed(record: str, field: str, begins: str = "") -> Decimal:
        found = [v for r, v in rows if r == record and str(v.get("case", "")).startswith(begins)]
        return sum((Decimal(values.get(field, 0)) for values in found), Decimal(0))

    lines, entry = summed("62", "fee"), summed("89", "fee")
    if lines != entry:
        yield "fees-do-not-add-up", f"the lines' fees are {lines}, the entry's {entry}"
    for record, field, theirs in (
        ("88", "antidumping", summed("53", "duty", "A")),
        ("88", "countervailing", summed("53", "duty", "C")),
        ("90", "value", summed("50", "value")),
        ("90", "duty", summed("50", "duty")),
        ("90", "fees", entry),
        ("90", "cases", summed("53", "duty")),
    ):
        if summed(record, field) != theirs:
            reason = f"record {record} says {field} {summed(record, field)}, its records sum to {theirs}"
            yield "totals-do-not-add-up", reason


def code_of(kind: str, problem: Problem) -> str:
    """The reason code of a problem."""
    record = problem.record.removeprefix("SE")
    named = NAMED.get((record, problem.field, problem.code))
    if named is not None:
        return named
    parts = ("se" if kind == "3461" else "ae", record, problem.field.replace("_", "-"), problem.code)
    return "-".join(part for part in parts if part)
