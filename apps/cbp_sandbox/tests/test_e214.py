"""The simulated CBP with the e214 rules: the file of a filing, held against the table of all records."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from ftz_cbp_sandbox.domain.behaviour import Behaviour, Match
from ftz_cbp_sandbox.domain.e214 import NAMED, code_of
from ftz_cbp_sandbox.domain.filing import TakeFiling
from ftz_cbp_sandbox.domain.judgement import Checks, findings
from ftz_cbp_sandbox.settings import SandboxSettings
from ftz_cbp_sandbox.usecases import BILL, FILING, UseCases
from ftz_common.contracts.catair.e214 import RECORDS
from ftz_common.contracts.catair.layout import Problem
from ftz_common.contracts.common import DeadlineSet
from ftz_common.contracts.filing import (
    Conveyance,
    FilingAnswered,
    FilingLine,
    FilingRequested,
    FilingTaken,
)
from ftz_common.flow.clock import PlayedClock
from ftz_common.testing.heard import heard
from ftz_common.testing.story import Story

AT = datetime(2026, 6, 3, 14, tzinfo=UTC)
IOR = "99-9999999XX"
LINE = FilingLine(
    line=1,
    number="6911103710",
    description="mug",
    quantity=Decimal(500),
    unit="pcs",
    value=Decimal(1000),
    status="N",
    origin="VN",
    manufacturer="VNEXAMUG123HAN",
)
CAME = Conveyance(
    mode="11",
    carrier="Example Line",
    bill="EXMP00012345",
    port_of_unlading="1401",
    export_date="2026-05-01",
    import_date="2026-05-28",
)
FILING_214 = FilingRequested(
    kind="214",
    control="999-26-000001",
    attempt=1,
    reply_to="admission/acme/shop/S-1",
    port="1401",
    firms="X999",
    filer="Z99",
    importer_of_record="p-2",
    lines=[LINE],
    conveyance=CAME,
    zone_id="9990001",
    operator_ior=IOR,
)


def filing(line: dict[str, Any] | None = None, came: dict[str, Any] | None = None, **more: Any) -> Any:
    changes: dict[str, Any] = {
        "lines": [msgspec.structs.replace(LINE, **(line or {}))],
        "conveyance": msgspec.structs.replace(CAME, **(came or {})),
    }
    return msgspec.structs.replace(FILING_214, **(changes | more))


def codes(said: FilingRequested, **checks: Any) -> list[str]:
    found = findings(said, date(2026, 6, 3), Checks(**({"e214": True} | checks)))
    return [code for code, _ in found]


def test_a_whole_214_is_accepted() -> None:
    assert codes(filing()) == []


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (filing(came={"export_date": "2026-05-29"}), "export-after-import"),
        (filing(line={"manufacturer": ""}), "mid-missing"),
        (filing(line={"origin": "CA"}), "province-missing"),
        (filing(came={"bill": ""}), "bill-missing"),
        (filing(zone_id=""), "zone-unknown"),
        (filing(operator_ior=""), "operator-missing"),
        (filing(filer="party-broker"), "e214-10-filer-too-long"),
        (filing(came={"bill": "B-1"}), "e214-40-bill-wrong-class"),
        (filing(line={"unit": "carton"}), "e214-50-uom-1-unit-unknown"),
        (filing(line={"quantity": Decimal("0.001")}), "e214-50-quantity-1-too-many-decimals"),
        (filing(lines=[msgspec.structs.replace(LINE, line=n) for n in range(1, 10_001)]), "lines-too-many"),
    ],
)
def test_what_the_table_refuses_is_rejected_with_its_code_once(said: FilingRequested, code: str) -> None:
    assert codes(said) == [code]


def test_an_unknown_port_and_an_operator_without_a_bond_are_rejected() -> None:
    assert codes(filing(), ports=frozenset({"2704"})) == ["port-unknown"]
    assert codes(filing(), bonds=frozenset({"99-0000000XX"})) == ["bond-missing"]
    assert codes(filing(), bonds=frozenset({IOR}), ports=frozenset({"1401"})) == []


def test_bonds_are_checked_whatever_the_rules_and_only_for_214s() -> None:
    other = frozenset({"99-0000000XX"})
    assert codes(filing(), e214=False, bonds=other) == ["bond-missing"]
    estimate = filing(kind="3461", conveyance=None, period_from="2026-06-07")
    assert codes(estimate, bonds=other) == []


def test_the_basic_rules_ask_for_nothing_that_the_e214_asks_for() -> None:
    bare = filing(line={"manufacturer": "", "origin": "CA"}, zone_id="", operator_ior="", filer="party")
    assert codes(bare, e214=False) == []


def test_named_rules_name_fields_that_there_are() -> None:
    for record, field, _ in NAMED:
        assert not field or RECORDS[record].field(field)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (filing(admission_type="O"), "bill-shape"),
        (filing(admission_type="T"), "status-in-deposit"),
        (filing(line={"origin": ""}), "origin-missing"),
    ],
)
def test_what_cbp_refuses_besides(said: FilingRequested, code: str) -> None:
    """An overage has its bill, goods in deposit no status, every line its origin."""
    assert code in codes(said)


@pytest.mark.parametrize(
    ("record", "code"),
    [("20", "conveyances-too-many"), ("40", "bills-too-many"), ("50", "lines-too-many")],
)
def test_more_records_than_the_loops_take_are_refused_by_name(record: str, code: str) -> None:
    assert code_of(Problem("too-many", record, "", 1, 80, "more than the table takes")) == code


# ---- duplicate bills ----------------------------------------------------------------------------


def take(story: Story, said: FilingRequested) -> FilingTaken:
    facts = story.tell(TakeFiling(said, None, Checks(e214=True)), AT)
    assert isinstance(facts[0], FilingTaken)
    for due in [f for f in facts if isinstance(f, DeadlineSet)]:
        (answer,) = story.tell(due, datetime.fromisoformat(due.due_at))
        assert isinstance(answer, FilingAnswered)
        assert (answer.control, answer.attempt) == (said.control, said.attempt)
    return facts[0]


def test_a_bill_that_another_214_was_accepted_with_is_rejected() -> None:
    story = Story(BILL, "bill/EXMP00012345")
    assert not take(story, filing(line={"manufacturer": ""})).accepted
    assert take(story, filing(control="999-26-000002")).accepted  # the first was not
    second = take(story, filing(control="999-26-000003"))
    assert second.codes == ["bill-duplicate"]
    assert "999-26-000002" in second.reasons[0]
    assert take(story, filing(control="999-26-000002", attempt=2)).accepted  # its own


def test_two_214s_of_one_bill_are_each_answered_twice() -> None:
    story = Story(BILL, "bill/EXMP00012345")
    twice = Behaviour(Match(), "twice", 6)
    pending: list[Any] = []
    for control in ("999-26-000001", "999-26-000002"):
        said = filing(control=control)
        pending += story.tell(TakeFiling(said, twice, Checks(e214=True)), AT)
    while due := next((f for f in pending if isinstance(f, DeadlineSet)), None):
        pending.remove(due)
        pending += story.tell(due, datetime.fromisoformat(due.due_at))
    answers = [(f.control, f.accepted) for f in story.facts if isinstance(f, FilingAnswered)]
    assert sorted(answers) == [("999-26-000001", True)] * 2 + [("999-26-000002", False)] * 2


@pytest.mark.parametrize(
    ("settings", "stream"),
    [
        (SandboxSettings(), "filing/999-26-000001/1"),
        (SandboxSettings(rules="e214"), "bill/EXMP00012345"),
    ],
)
def test_where_bills_are_looked_at_the_bill_is_the_stream(settings: SandboxSettings, stream: str) -> None:
    cases = UseCases(settings, PlayedClock(AT))
    envelope = msgspec.structs.replace(_ENVELOPE, account="acme")
    (asked,) = cases.filing_requested(filing(), envelope)
    assert asked.stream == stream
    assert asked.aggregate in (FILING, BILL)


def test_a_214_that_goes_out_as_a_file_is_not_answered_here_and_an_estimate_is() -> None:
    cases = UseCases(SandboxSettings(), PlayedClock(AT), takes_214=False)
    assert list(cases.filing_requested(filing(), _ENVELOPE)) == []
    assert list(cases.filing_requested(filing(kind="3461", conveyance=None), _ENVELOPE))


_ENVELOPE = heard(stream="admission/acme/shop/S-1")
