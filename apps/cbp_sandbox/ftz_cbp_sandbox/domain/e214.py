"""The e214 as the simulated CBP reads it: the text of the filing, held against the table of all records.

Its reason codes are its own words, not those of ACE. What one of the named rules finds has the code of that
rule; everything else the table refuses is "e214-" with record, field and what is wrong.
"""

from collections.abc import Iterator

from ftz_common.contracts.catair.admission import e214_of
from ftz_common.contracts.catair.file import read
from ftz_common.contracts.catair.layout import Problem
from ftz_common.contracts.filing import FilingRequested

#: (record, field, problem) -> reason code.
NAMED: dict[tuple[str, str, str], str] = {
    ("20", "export_date", "after"): "export-after-import",
    ("60", "qualifier", "mid-missing"): "mid-missing",
    ("60", "qualifier", "mid-twice"): "mid-twice",
    ("50", "coo", "missing"): "origin-missing",
    ("50", "coo", "not-allowed"): "province-missing",
    ("50", "coo", "province-missing"): "province-missing",
    ("40", "bill", "missing"): "bill-missing",
    ("10", "zone_id", "missing"): "zone-unknown",
    ("10", "operator_ior", "missing"): "operator-missing",
    ("20", "", "too-many"): "conveyances-too-many",
    ("40", "", "too-many"): "bills-too-many",
    ("50", "", "too-many"): "lines-too-many",
}

Finding = tuple[str, str]  # code, reason


def findings(filing: FilingRequested) -> Iterator[Finding]:
    """What the table refuses in the e214 of a filing, and a bill that stands in it twice."""
    made = e214_of(filing)
    # What could not be written is blank in the text; the filing itself says why.
    for problem in made.problems:
        yield code_of(problem), str(problem)
    bills = [
        str(row.values.get("bill")) for row in read(made.text).rows if row.record and row.record.id == "40"
    ]
    for bill in sorted({bill for bill in bills if bills.count(bill) > 1}):
        yield "bill-duplicate", f"bill {bill} stands twice in this filing"


def code_of(problem: Problem) -> str:
    """The reason code of a problem."""
    named = NAMED.get((problem.record, problem.field, problem.code))
    if named is not None:
        return named
    parts = ("e214", problem.record, problem.field.replace("_", "-"), problem.code)
    return "-".join(part for part in parts if part)
