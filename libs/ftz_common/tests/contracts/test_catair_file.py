"""Files of the e214: order, loops and their limits, conditions between fields, a 214 there and back."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ftz_common.contracts.catair.admission import carried_by, e214_of
from ftz_common.contracts.catair.file import read, write
from ftz_common.contracts.filing import (
    Conveyance,
    FilingLine,
    FilingRequested,
    Licence,
    StatisticalQuantity,
)

LINE = FilingLine(
    line=10,
    number="6911103710",
    description="porcelain mug with handle",
    quantity=Decimal(500),
    unit="pcs",
    value=Decimal("1450.50"),
    status="N",
    origin="VN",
    charges=Decimal("12.49"),
    manufacturer="VNEXAMUG123HAN",
    weight_kg=Decimal("175.5"),
)
CAME = Conveyance(
    mode="11",
    carrier="Example Line",
    bill="EXMP00012345",
    port_of_unlading="1401",
    export_date="2026-05-01",
    import_date="2026-05-28",
    scac="EXMP",
    vessel="Example Star",
    voyage="017E",
    country_export="VN",
    load_port="55201",
    packages=Decimal(25),
)
FILING = FilingRequested(
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
    operator_ior="99-9999999XX",
)

ROWS = [
    row.ljust(80)
    for row in (
        "10A9990001  26000001  N1401NZ99         99-9999999XXX999",
        "20A11EXMPEXAMPLE STAR           017E           20260501202605281401",
        "40EXMP00012345                                           0000000025VN55201",
        "50000016911103710    VN000000050000PCS",
        "5100000001760000000014510000000012N",
        "60PORCELAIN MUG WITH HANDLE                    MIDVNEXAMUG123HAN",
    )
]
WHOLE = "".join(f"{row}\n" for row in ROWS)


def filing(line: dict[str, Any] | None = None, came: dict[str, Any] | None = None, **more: Any) -> Any:
    lines = [msgspec.structs.replace(LINE, **(line or {}))]
    changes: dict[str, Any] = {"lines": lines, "conveyance": msgspec.structs.replace(CAME, **(came or {}))}
    return msgspec.structs.replace(FILING, **(changes | more))


def wrong(text: str) -> list[tuple[str, str, str]]:
    return [(p.record, p.field, p.code) for p in read(text).problems]


# ---- a 214 there and back -----------------------------------------------------------------------


def test_a_whole_214_is_a_file_without_a_problem() -> None:
    made = e214_of(FILING)
    assert made.text == WHOLE
    assert made.problems == ()
    assert {len(line) for line in made.text.splitlines()} == {80}


@pytest.mark.parametrize(
    ("changed", "record", "field", "code"),
    [
        (filing(zone_id=""), "10", "zone_id", "missing"),
        (filing(zone_id="99900011"), "10", "zone_id", "wrong-shape"),
        (filing(operator_ior=""), "10", "operator_ior", "missing"),
        (filing(filer="party-broker"), "10", "filer", "too-long"),
        (filing(applicant_ior="99-9999999XX"), "10", "applicant_ior", "not-allowed"),
        (filing(came={"bill": "B-12345"}), "40", "bill", "wrong-class"),
        (filing(came={"export_date": "2026-05-29"}), "20", "export_date", "after"),
        (filing(came={"house_bill": "H1"}), "40", "house", "not-allowed"),  # not by air
        (filing(came={"mode": "40"}), "40", "load_port", "not-allowed"),  # not by vessel
        (filing(line={"manufacturer": ""}), "60", "qualifier", "mid-missing"),
        (filing(line={"origin": "CA"}), "50", "coo", "province-missing"),
        (filing(line={"number": "91021110"}), "50", "hts", "wrong-shape"),
        (filing(line={"unit": "carton"}), "50", "uom_1", "unit-unknown"),
        (filing(line={"quantity": Decimal("0.125")}), "50", "quantity_1", "too-many-decimals"),
        (filing(line={"status": "X"}), "51", "zone_status", "unknown-code"),
        (filing(line={"description": "café"}), "60", "description", "wrong-class"),
    ],
)
def test_what_is_missing_or_does_not_fit_is_blank_and_named_once(
    changed: FilingRequested, record: str, field: str, code: str
) -> None:
    (problem,) = e214_of(changed).problems
    assert (problem.record, problem.field, problem.code) == (record, field, code)
    assert problem.line
    assert problem.start


def test_canadian_goods_name_their_province_and_never_the_country() -> None:
    made = e214_of(filing(line={"origin": "CA", "province": "XO"}))
    assert made.problems == ()
    assert made.text.splitlines()[3][21:23] == "XO"


def test_an_overage_a_domestic_and_a_zone_to_zone_admission_have_a_blank_conveyance() -> None:
    for kind in ("D", "Z", "O"):
        bill = "X999ADJ260410001" if kind == "O" else "EXMP00012345"
        came = {"bill": bill, "load_port": "", "scac": "EXMP"}
        made = e214_of(filing(came=came, admission_type=kind))
        assert (made.text.splitlines()[1], made.problems) == (f"20{kind}".ljust(80), ())
    (problem,) = e214_of(filing(came={"load_port": ""}, admission_type="O")).problems
    assert (problem.field, problem.code) == ("bill", "wrong-shape")


def test_lines_are_numbered_from_one_whatever_the_announcement_calls_them() -> None:
    lines = [msgspec.structs.replace(LINE, line=n) for n in (7, 20, 35)]
    rows = [row for row in e214_of(filing(lines=lines)).text.splitlines() if row.startswith("50")]
    assert [row[2:7] for row in rows] == ["00001", "00002", "00003"]


UPPER = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=6, max_size=12)
CENTS = st.integers(0, 10**12 - 1).map(lambda n: Decimal(n).scaleb(-2))
DOLLARS = st.integers(0, 10**10 - 1).map(Decimal)
SAID_LINES = st.builds(
    lambda number, text, quantities, value, status, province, maker, weight, licences: FilingLine(
        line=1,
        number=f"{number:010}",
        description=text,
        quantity=quantities[0].quantity,
        unit=quantities[0].unit,
        value=value,
        status=status,
        origin="CA" if province else "VN",
        charges=value,
        province=province,
        manufacturer=maker,
        weight_kg=weight,
        statistical=quantities,
        licences=licences,
    ),
    st.integers(0, 10**10 - 1),
    UPPER,
    st.lists(
        st.builds(lambda u, q: StatisticalQuantity(unit=u, quantity=q), st.sampled_from(["NO", "KG"]), CENTS),
        min_size=1,
        max_size=2,
    ),
    DOLLARS,
    st.sampled_from("PNDZ"),
    st.sampled_from(["", "XO", "XQ"]),
    UPPER,
    st.none() | DOLLARS,
    st.lists(
        st.builds(lambda k, n: Licence(kind=k, number=n), st.sampled_from(["STL", "ALU"]), UPPER), max_size=2
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    lines=st.lists(SAID_LINES, min_size=1, max_size=4),
    containers=st.lists(UPPER, max_size=3),
    it_number=st.just("") | UPPER,
    direct=st.booleans(),
    expanded=st.booleans(),
)
def test_what_a_214_says_is_what_its_file_says(
    lines: list[FilingLine], containers: list[str], it_number: str, direct: bool, expanded: bool
) -> None:
    numbered = [msgspec.structs.replace(line, line=n) for n, line in enumerate(lines, 1)]
    came = {"containers": containers, "it_number": it_number, "vessel": "STAR", "carrier": "EXMP"}
    zone = "999000001" if expanded else "9990001"
    said = filing(came=came, lines=numbered, direct_delivery=direct, zone_id=zone)
    made = e214_of(said)
    assert made.problems == ()
    carried = carried_by(read(made.text))
    assert carried.lines == tuple(numbered)
    assert carried.conveyance == said.conveyance
    for name in ("control", "port", "firms", "filer", "operator_ior", "zone_id", "direct_delivery"):
        assert getattr(carried, name) == getattr(said, name)


def test_a_file_of_two_admissions_is_not_one() -> None:
    with pytest.raises(ValueError, match="2 records 10"):
        carried_by(read(WHOLE + WHOLE))


# ---- structure ----------------------------------------------------------------------------------


def text(rows: Sequence[str]) -> str:
    return "".join(f"{row}\n" for row in rows)


def test_several_admissions_an_envelope_and_either_end_of_line_are_read() -> None:
    envelope = ["A".ljust(80), "B1401Z99".ljust(80), *ROWS, *ROWS, "Y".ljust(80), "Z".ljust(80)]
    assert wrong(text(envelope)) == []
    assert wrong(WHOLE.replace("\n", "\r\n")) == []
    assert wrong(WHOLE.removesuffix("\n")) == []


@pytest.mark.parametrize(
    ("rows", "problems"),
    [
        ([], [("10", "", "record-missing")]),
        ([*ROWS[:1]], [("20", "", "record-missing")]),
        ([*ROWS[:2]], [("40", "", "record-missing")]),
        ([*ROWS[:3]], [("50", "", "record-missing")]),
        ([*ROWS[:4], ROWS[5]], [("51", "", "record-missing")]),
        ([*ROWS[:4], ROWS[4], ROWS[4], ROWS[5]], [("51", "", "too-many")]),
        ([*ROWS[:4], ROWS[5], ROWS[4]], [("51", "", "out-of-order")]),
        ([*ROWS, ROWS[5]], [("60", "qualifier", "mid-twice")]),
        (
            [*ROWS[:2], *ROWS[3:]],
            [("40", "", "record-missing"), *[(r, "", "out-of-order") for r in ("50", "51", "60")]],
        ),
        ([*ROWS, ROWS[3], *ROWS[4:]], [("50", "line_no", "wrong-count")]),
    ],
)
def test_order_and_number_of_records(rows: list[str], problems: list[tuple[str, str, str]]) -> None:
    assert sorted(wrong(text(rows))) == sorted(problems)


def test_lines_count_anew_in_each_bill() -> None:
    assert wrong(text([*ROWS, *ROWS[2:]])) == []


@pytest.mark.parametrize(
    ("record", "most", "called"), [("12", 10, "remarks"), ("20", 999, "conveyances"), ("40", 9_999, "bills")]
)
def test_a_loop_over_its_limit_is_refused_by_name(record: str, most: int, called: str) -> None:
    conveyance = [*ROWS[1:]]
    bill = [*ROWS[2:]]
    rows = {
        "12": lambda n: [ROWS[0], *["12REMARK".ljust(80)] * n, *ROWS[1:]],
        "20": lambda n: [ROWS[0], *conveyance * n],
        "40": lambda n: [*ROWS[:2], *bill * n],
    }[record]
    assert wrong(text(rows(most))) == []
    (problem,) = read(text(rows(most + 1))).problems
    assert (problem.record, problem.code) == (record, "too-many")
    assert called in problem.reason


def test_a_bill_has_at_most_9999_lines() -> None:
    def lines(count: int) -> FilingRequested:
        return filing(lines=[msgspec.structs.replace(LINE, line=n) for n in range(1, count + 1)])

    assert e214_of(lines(9_999)).problems == ()
    (problem,) = e214_of(lines(10_000)).problems
    assert (problem.record, problem.code, problem.line) == ("50", "too-many", 3 + 3 * 9_999 + 1)
    assert "9,999 lines" in problem.reason


# ---- conditions between fields ------------------------------------------------------------------


def changed(*records: tuple[str, dict[str, Any]]) -> list[tuple[str, str, str]]:
    """The good file with fields changed, and records that it does not have put in their order."""
    rows = [(row.record.id, dict(row.values)) for row in read(WHOLE).rows if row.record is not None]
    for record, values in records:
        mine = [v for r, v in rows if r == record]
        if mine:
            mine[0].update(values)
        else:
            rows.append((record, values))
    order = ("10", "11", "12", "20", "40", "41", "42", "43", "50", "51", "60", "61")
    rows.sort(key=lambda row: order.index(row[0]))
    written, _ = write([(r, {k: v for k, v in values.items() if v is not None}) for r, values in rows])
    return wrong(written)


@pytest.mark.parametrize(
    ("records", "problems"),
    [
        ([("10", {"action": "R"})], [("10", "", "record-missing")]),
        ([("11", {"reason": "07"})], [("11", "", "not-allowed")]),
        ([("10", {"action": "R"}), ("11", {"reason": "07"})], []),
        ([("10", {"action": "R"}), ("11", {"reason": "08"})], [("10", "", "record-missing")]),
        (
            [("10", {"action": "R"}), ("11", {"reason": "07", "reason_5": "08"})],
            [("10", "", "record-missing")],
        ),
        ([("10", {"action": "R"}), ("11", {"reason": "08"}), ("12", {"remarks": "WHY"})], []),
        ([("10", {"expanded": "Y"})], [("10", "zone_id", "wrong-shape")]),
        ([("50", {"uom_2": "KG"})], [("50", "quantity_2", "missing")]),
        ([("50", {"quantity_2": Decimal(1)})], [("50", "uom_2", "missing")]),
        ([("51", {"existing_status": "N"})], [("51", "existing_status", "not-allowed")]),
        ([("60", {"reference": None})], [("60", "reference", "missing")]),
        ([("20", {"admission_type": "T"})], []),
        (
            [("20", {"admission_type": "C"})],
            [
                ("51", name, "missing")
                for name in ("affected_quantity", "existing_status", "inventory_uom", "requested_status")
            ],
        ),
        (
            [
                ("20", {"admission_type": "C"}),
                (
                    "51",
                    {
                        "existing_status": "N",
                        "requested_status": "P",
                        "affected_quantity": Decimal(5),
                        "inventory_uom": "NO",
                    },
                ),
            ],
            [],
        ),
    ],
)
def test_conditions(records: list[tuple[str, dict[str, Any]]], problems: list[tuple[str, str, str]]) -> None:
    assert sorted(changed(*records)) == sorted(problems)


def test_a_deletion_needs_no_conveyance() -> None:
    assert wrong(text([ROWS[0].replace("10A", "10D")])) == []
