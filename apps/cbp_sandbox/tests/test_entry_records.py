"""The simulated CBP with `rules: catair`: SE of a 3461 and AE of a 7501, held against their tables."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from ftz_cbp_sandbox.domain import filing
from ftz_cbp_sandbox.domain.behaviour import Behaviour, Match
from ftz_cbp_sandbox.domain.entry_records import NAMED, code_of, sums
from ftz_cbp_sandbox.domain.filing import TakeFiling
from ftz_cbp_sandbox.domain.judgement import Checks, findings
from ftz_cbp_sandbox.settings import SandboxSettings
from ftz_cbp_sandbox.usecases import FILING, UseCases
from ftz_common.contracts.catair.ae import AE
from ftz_common.contracts.catair.entry import LAYOUTS
from ftz_common.contracts.catair.file import read
from ftz_common.contracts.catair.layout import Problem
from ftz_common.contracts.catair.se import SE
from ftz_common.contracts.common import DeadlineSet
from ftz_common.contracts.filing import FilingAnswered, FilingLine, FilingRequested, FilingTaken
from ftz_common.flow.clock import PlayedClock
from ftz_common.testing.heard import heard

AT = datetime(2026, 9, 16, 14, tzinfo=UTC)
LINE = FilingLine(
    line=1,
    number="6912004400",
    description="",
    quantity=Decimal(10),
    unit="No.",
    value=Decimal(40),
    status="P",
    origin="PT",
    pf_filed_on="2026-08-03",
    duty=Decimal("4.00"),
)
SUMMARY = FilingRequested(
    kind="7501",
    control="Z99-2600007-3",
    attempt=2,
    reply_to="entry/999/acme/2026-09-06",
    port="1401",
    firms="X999",
    filer="Z99",
    importer_of_record="party-acme",
    lines=[LINE],
    period_from="2026-09-06",
    filed_on="2026-09-16",
    zone_id="9990001",
    entry_type="06",
    entry_date="2026-09-05",
    importer_ior="99-9999999XX",
    mpf=Decimal("33.58"),
)
ESTIMATE = msgspec.structs.replace(
    SUMMARY,
    kind="3461",
    attempt=1,
    filed_on="2026-09-05",
    entry_date="",
    mpf=None,
    lines=[msgspec.structs.replace(LINE, pf_filed_on="", duty=None)],
)
CATAIR = Checks(entries=True)


def codes(filing: FilingRequested, checks: Checks = CATAIR) -> list[str]:
    return [code for code, _ in findings(filing, date.fromisoformat(filing.filed_on), checks)]


def changed(filing: FilingRequested, **fields: Any) -> FilingRequested:
    """Of the first line, or of the filing."""
    of_line = {name: value for name, value in fields.items() if name in FilingLine.__struct_fields__}
    lines = [msgspec.structs.replace(filing.lines[0], **of_line)]
    rest = {name: value for name, value in fields.items() if name not in of_line}
    return msgspec.structs.replace(filing, lines=lines, **rest)


@pytest.mark.parametrize("whole", [SUMMARY, ESTIMATE])
def test_what_is_complete_is_accepted(whole: FilingRequested) -> None:
    assert codes(whole) == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"importer_ior": ""}, "importer-missing"),
        ({"zone_id": ""}, "zone-unknown"),
        ({"entry_date": ""}, "entry-date-missing"),
        ({"control": "Z99-26"}, "entry-number-unreadable"),
        ({"pf_filed_on": ""}, "pf-date-missing"),
        ({"status": "N"}, "pf-date-without-pf"),
        ({"quantity": Decimal("0.5")}, "zone-quantity-not-whole"),
        ({"duty": None}, "duty-missing"),
        ({"origin": "US"}, "origin-unknown"),
        ({"filer": "party-broker"}, "ae-10-filer-too-long"),
    ],
)
def test_a_summary_is_rejected_with_its_reason(fields: dict[str, Any], code: str) -> None:
    assert codes(changed(SUMMARY, **fields)) == [code]
    assert codes(changed(SUMMARY, **fields), Checks()) == [], "the basic rules read no records"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"importer_ior": ""}, "importer-missing"),
        ({"zone_id": "9"}, "se-10-zone-id-wrong-shape"),
        ({"status": "N", "pf_filed_on": "2026-08-03"}, "pf-date-without-pf"),
    ],
)
def test_an_estimate_is_rejected_with_its_reason(fields: dict[str, Any], code: str) -> None:
    assert codes(changed(ESTIMATE, **fields)) == [code]


def test_more_lines_than_an_entry_holds_are_rejected_by_name() -> None:
    lines = [msgspec.structs.replace(LINE, line=n) for n in range(1, 1001)]
    assert "lines-too-many" in codes(msgspec.structs.replace(SUMMARY, lines=lines))


def test_fees_that_do_not_add_up_are_rejected() -> None:
    """No line has a value, so no line carries the fee that the entry names."""
    assert codes(changed(SUMMARY, value=Decimal(0))) == ["fees-do-not-add-up"]


def test_reason_codes_name_fields_that_there_are() -> None:
    for record, field, _ in NAMED:
        found = [
            layout.records[r] for layout in (AE, SE) for r in (record, f"SE{record}") if r in layout.records
        ]
        assert any(not field or field in {f.name for f in one.fields} for one in found), (record, field)


# ---- answers: prompt, late, twice, never ----------------------------------------------------------


@pytest.mark.parametrize(
    ("do", "hours", "answers"), [("late", 60, [60]), ("twice", 6, [0, 6]), ("never", 0, [])]
)
def test_a_rejected_summary_is_answered_late_twice_or_never(do: Any, hours: int, answers: list[int]) -> None:
    behaviour = Behaviour(Match(kind="7501"), do, hours)
    state = filing.start(("filing", "x", "1"))
    command = TakeFiling(changed(SUMMARY, importer_ior=""), behaviour, CATAIR, 0)
    waiting = list(filing.decide(state, command, AT))
    taken = waiting[0]
    assert isinstance(taken, FilingTaken)
    assert (taken.accepted, taken.codes, taken.answers) == (False, ["importer-missing"], len(answers))
    said: list[int] = []
    while waiting:
        fact = waiting.pop(0)
        state = filing.evolve(state, fact)
        if isinstance(fact, FilingAnswered):
            assert (fact.accepted, fact.codes) == (False, ["importer-missing"])
        if isinstance(fact, DeadlineSet):
            due = datetime.fromisoformat(fact.due_at.replace("Z", "+00:00"))
            said.append(int((due - AT).total_seconds() // 3600))
            waiting.extend(filing.decide(state, fact, due))
    assert said == answers


def test_the_rules_are_a_setting() -> None:
    cases = UseCases(SandboxSettings(rules="catair"), PlayedClock(AT))
    (to,) = cases.filing_requested(SUMMARY, heard(stream="entry/999/acme/2026-09-06"))
    assert to.aggregate is FILING
    assert to.command.checks == Checks(e214=True, entries=True)


def test_more_numbers_on_a_line_than_the_loop_takes_are_refused_by_name() -> None:
    problem = Problem("too-many", "50", "", 1, 80, "more than the table takes")
    assert code_of("7501", problem) == "numbers-too-many"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ("880000009872100000000000", "antidumping"),
        ("880000009872000000000001", "countervailing"),
        ("90000000008001000002000000000000335800000098720", "value"),
        ("90000000008000000002000010000000335800000098720", "duty"),
        ("90000000008000000002000000000000335900000098720", "fees"),
        ("90000000008000000002000000000000335800000098721", "cases"),
    ],
)
def test_totals_that_are_not_the_sums_of_their_records_are_named(wrong: str, field: str) -> None:
    lines = [
        "10AZ99  26000073 1401            06                                F",
        "1199-9999999XX                           090526               9990001",
        "40  001 CN",
        "41P0410260000000100",
        "5099038803   0000200000",
        "509403200090 0000000000 0000008000 000000010000NO",
        "53A570999    00001234A  0000008000            0000098720",
        "6249900003358",
        "880000009872000000000000",
        "8949900000003358",
        "90000000008000000002000000000000335800000098720",
    ]
    right = "\n".join(f"{line:<80}" for line in lines) + "\n"
    assert list(sums(read(right, LAYOUTS["7501"]))) == []
    changed = [wrong if line[:2] == wrong[:2] else line for line in lines]
    text = "\n".join(f"{line:<80}" for line in changed) + "\n"
    (found,) = sums(read(text, LAYOUTS["7501"]))
    assert found[0] == "totals-do-not-add-up"
    assert f"says {field} " in found[1]
