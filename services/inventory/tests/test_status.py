"""The transition table of zone status, row by row (19 CFR 146.41 to 146.44, 146.61, 146.66, 146.71)."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftz_common.contracts.fact import Refusal
from ftz_inventory.domain.status import TABLE, Circumstances, Row, transition

COMPLETE = Circumstances(number="6912004400", revision="2026-A", value=Decimal(400), filed_on="2026-03-04")
ORDERED = Circumstances(authorisation="FTZB Order 9999")


@pytest.mark.parametrize(
    ("source", "target", "cause", "known", "row"),
    [
        ("N", "P", "election", COMPLETE, "npf-to-pf"),
        ("N", "Z", "election", Circumstances(), "npf-to-zr"),
        ("P", "Z", "election", ORDERED, "pf-to-zr"),
        ("D", "Z", "election", ORDERED, "domestic-to-zr"),
        ("Z", "N", "board-order", ORDERED, "zr-by-board"),
        ("D", "N", "identity-lost", replace(ORDERED, number="6912004400"), "identity-lost"),
        ("P", "N", "waste", Circumstances(), "waste-of-pf"),
        ("N", "N", "waste", Circumstances(), "waste-of-npf"),
        ("D", "D", "waste", Circumstances(), "waste-of-domestic"),
        ("P", "P", "casualty", Circumstances(), "casualty-keeps-pf"),
        ("P", "P", "entry-cancelled", Circumstances(previous="P"), "entry-cancelled-P"),
        ("N", "N", "entry-cancelled", Circumstances(previous="N"), "entry-cancelled-N"),
        ("D", "P", "never-entered", Circumstances(previous="P"), "never-entered-P"),
        ("D", "N", "never-entered", Circumstances(previous="N"), "never-entered-N"),
        ("D", "D", "never-entered", Circumstances(previous="D"), "never-entered-D"),
        ("N", "D", "returned", Circumstances(), "returned-after-entry"),
        ("P", "P", "zone-transfer", Circumstances(), "zone-transfer-P"),
        ("N", "N", "zone-transfer", Circumstances(), "zone-transfer-N"),
        ("D", "D", "zone-transfer", Circumstances(), "zone-transfer-D"),
        ("Z", "Z", "zone-transfer", Circumstances(), "zone-transfer-Z"),
    ],
)
def test_allowed(source: Any, target: Any, cause: Any, known: Circumstances, row: str) -> None:
    allowed = transition(source, target, cause, known)
    assert isinstance(allowed, Row)
    assert allowed.name == row


@pytest.mark.parametrize(
    ("change", "known", "code", "citation"),
    [
        (
            ("N", "P", "election"),
            replace(COMPLETE, classification_changed=True),
            "pf-after-change",
            "146.41(a)",
        ),
        (("N", "P", "election"), replace(COMPLETE, number=""), "pf-incomplete", "146.41(c)"),
        (("N", "P", "election"), replace(COMPLETE, revision=""), "pf-incomplete", "146.65(a)(1)"),
        (("N", "P", "election"), replace(COMPLETE, value=Decimal(0)), "pf-incomplete", "141.90"),
        (("N", "P", "election"), replace(COMPLETE, filed_on=""), "pf-incomplete", "146.65(a)(1)"),
        (("N", "D", "election"), COMPLETE, "domestic-not-elected", "146.43(a)"),
        (("P", "N", "election"), ORDERED, "pf-not-abandoned", "146.41(e)"),
        (("P", "D", "election"), ORDERED, "pf-not-abandoned", "146.41(e)"),
        (("P", "Z", "election"), Circumstances(), "zr-needs-approval", "146.44(a)"),
        (("D", "Z", "election"), Circumstances(), "zr-needs-approval", "146.44(a)"),
        (("D", "P", "election"), COMPLETE, "pf-foreign-only", "146.41(a)"),
        (("Z", "N", "election"), ORDERED, "zr-not-abandoned", "146.44(a)"),
        (("Z", "P", "election"), COMPLETE, "zr-not-abandoned", "146.44(a)"),
        (("Z", "N", "board-order"), Circumstances(), "board-order-missing", "400.48"),
        (("D", "N", "identity-lost"), Circumstances(), "determination-missing", "146.42(c)"),
        (("D", "N", "identity-lost"), ORDERED, "foreign-without-number", "146.42(c)"),
        (("P", "P", "entry-cancelled"), Circumstances(previous="N"), "status-not-the-last", "146.61"),
        (("D", "N", "never-entered"), Circumstances(), "status-not-the-last", "146.71(d)"),
        (("N", "N", "election"), COMPLETE, "status-no-such-change", "146.41"),
        (("D", "N", "election"), ORDERED, "status-no-such-change", "146.4"),
        (("P", "N", "casualty"), ORDERED, "status-no-such-change", "146.4"),
        (("Z", "D", "returned"), Circumstances(), "status-no-such-change", "146.4"),
    ],
)
def test_refused(change: tuple[Any, Any, Any], known: Circumstances, code: str, citation: str) -> None:
    refusal = transition(*change, known)
    assert isinstance(refusal, Refusal)
    assert refusal.code == code
    assert citation in refusal.citation
    assert refusal.remedy


def test_every_row_is_shown_above() -> None:
    shown = {mark[-1] for mark in test_allowed.pytestmark[0].args[1]}  # type: ignore[attr-defined] # pytest's
    refused_always = {"npf-to-domestic", "pf-to-npf", "pf-to-domestic", "domestic-to-pf", "zr-to-any"}
    assert shown | refused_always == {row.name for row in TABLE}


STATUS = st.sampled_from("PNDZ")


@given(
    start=STATUS,
    wanted=st.lists(st.tuples(STATUS, st.booleans(), st.booleans()), max_size=12),
)
def test_by_election_nobody_leaves_a_one_way_door(start: Any, wanted: list[tuple[Any, bool, bool]]) -> None:
    """PF ends by no election except into ZR with approval; ZR by none at all."""
    status = start
    for target, approved, changed in wanted:
        known = replace(
            COMPLETE, authorisation="approval" if approved else "", classification_changed=changed
        )
        if isinstance(transition(status, target, "election", known), Row):
            assert status != "Z"
            assert status != "P" or (target == "Z" and approved)
            status = target
