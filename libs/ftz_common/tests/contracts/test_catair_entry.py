"""SE and AE: a 3461 and a 7501 there and back; limits refused by name; what is missing is said by field."""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftz_common.contracts.catair.ae import LINES_MAX, NUMBERS_MAX
from ftz_common.contracts.catair.entry import LAYOUTS, carried_by, catair_of
from ftz_common.contracts.catair.file import read
from ftz_common.contracts.filing import FiledDuty, FilingLine, FilingRequested, StatisticalQuantity

LINE = FilingLine(
    line=1,
    number="9403200090",
    description="",
    quantity=Decimal(100),
    unit="No.",
    value=Decimal(8000),
    status="P",
    origin="CN",
    statistical=[StatisticalQuantity(unit="NO", quantity=Decimal(100))],
    pf_filed_on="2026-04-10",
    rate="Free",
    duty=Decimal("0.00"),
    duties=[
        FiledDuty(measure="list-3", heading="9903.88.03", rate="25%", duty=Decimal("2000.00")),
        FiledDuty(measure="case", heading="A-570-999", rate="12.34%", duty=Decimal("987.20")),
    ],
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


def changed(filing: FilingRequested, **fields: Any) -> FilingRequested:
    return msgspec.structs.replace(filing, **fields)


def wrong(filing: FilingRequested) -> list[str]:
    return [f"{p.record}.{p.field}: {p.code}" for p in catair_of(filing).problems]


def test_a_summary_record_by_record() -> None:
    made = catair_of(SUMMARY)
    assert made.problems == ()
    assert made.text.splitlines() == [
        f"{record:<80}"
        for record in (
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
            "90000000008000" + "00000200000" + "00000003358" + "00000098720",
        )
    ]


# ---- there and back -----------------------------------------------------------------------------

CENTS = st.integers(0, 10**8).map(lambda n: Decimal(n).scaleb(-2))
FEES = st.integers(269, 67086).map(lambda n: Decimal(n).scaleb(-2))
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31)).map(date.isoformat)
CODES = st.text("ABCDEFGHJK23456789", min_size=3, max_size=3)
MEASURED = st.builds(StatisticalQuantity, unit=st.sampled_from(("NO", "KG", "M2")), quantity=CENTS)
ADDED = st.builds(
    FiledDuty,
    measure=st.just(""),
    heading=st.sampled_from(("9903.88.03", "9903.01.63.10")),
    rate=st.just(""),
    duty=CENTS,
)
DEPOSITS = st.builds(
    FiledDuty,
    measure=st.just(""),
    heading=st.sampled_from(("A-570-999", "C-570-123-001")),
    rate=st.sampled_from(("", "12.34%", "5%")),
    duty=CENTS,
)


@st.composite
def lines(draw: st.DrawFn, kind: str) -> FilingLine:
    """A line with everything that its records carry, and nothing that they do not."""
    status = draw(st.sampled_from("PN"))
    summary = kind == "7501"
    return FilingLine(
        line=1,
        number=draw(st.sampled_from(("9403200090", "69120044"))),
        description="",
        quantity=Decimal(draw(st.integers(1, 10**7))),
        unit="",
        value=Decimal(draw(st.integers(0, 10**9))),
        status=status,
        origin=draw(st.sampled_from(("CN", "PT"))),
        statistical=draw(st.lists(MEASURED, max_size=3 if summary else 1)),
        pf_filed_on=draw(DAYS) if status == "P" else "",
        duty=draw(CENTS) if summary else None,
        duties=[*draw(st.lists(ADDED, max_size=3)), *draw(st.lists(DEPOSITS, max_size=2))] if summary else [],
    )


@st.composite
def filings(draw: st.DrawFn) -> FilingRequested:
    kind = draw(st.sampled_from(("3461", "7501")))
    made = draw(st.lists(lines(kind), min_size=1, max_size=5))
    filer, summary = draw(CODES), kind == "7501"
    return changed(
        SUMMARY,
        kind=kind,
        filer=filer,
        control=f"{filer}-{draw(st.integers(10**6, 10**7 - 1))}-{draw(st.integers(0, 9))}",
        importer_ior=draw(st.sampled_from(("99-9999999XX", "123-45-6789"))),
        zone_id=draw(st.sampled_from(("9990001", "999000001"))),
        entry_date=draw(DAYS) if summary else "",
        period_from=draw(DAYS),
        mpf=draw(st.one_of(st.none(), FEES)) if summary else None,
        lines=[msgspec.structs.replace(line, line=n) for n, line in enumerate(made, 1)],
    )


@settings(max_examples=150, deadline=None)
@given(filing=filings())
def test_what_is_filed_is_read_again(filing: FilingRequested) -> None:
    made = catair_of(filing)
    assert made.problems == ()
    back = carried_by(read(made.text, LAYOUTS[filing.kind]))
    assert back.lines == tuple(filing.lines)
    for name in ("control", "filer", "port", "entry_type", "importer_ior", "zone_id", "entry_date", "mpf"):
        assert getattr(back, name) == getattr(filing, name), name
    if filing.kind == "3461":
        assert (back.firms, back.period_from) == (filing.firms, filing.period_from)


@settings(max_examples=50, deadline=None)
@given(filing=filings().filter(lambda f: f.mpf is not None and any(line.value for line in f.lines)))
def test_the_fees_of_the_lines_are_the_fee_of_the_entry(filing: FilingRequested) -> None:
    rows = read(catair_of(filing).text, LAYOUTS["7501"]).rows
    fees = [row.values["fee"] for row in rows if row.record is not None and row.record.id == "62"]
    assert sum(Decimal(fee) for fee in fees) == filing.mpf


# ---- limits, and what is missing ----------------------------------------------------------------


@pytest.mark.parametrize("kind", ["3461", "7501"])
def test_an_entry_over_999_lines_is_refused_by_name(kind: Any) -> None:
    many = [msgspec.structs.replace(LINE, line=n, duties=[]) for n in range(1, LINES_MAX + 2)]
    problems = catair_of(changed(SUMMARY, kind=kind, lines=many)).problems
    assert [str(p) for p in problems if p.code == "too-many"] == [
        f"line {p.line}, record {p.record}: more than 999 lines; split it over several entries"
        for p in problems
        if p.code == "too-many"
    ]
    assert {p.code for p in problems} == {"too-many", "too-large"}


def test_more_numbers_than_a_line_holds_are_refused_by_name() -> None:
    duties = [msgspec.structs.replace(LINE.duties[0], measure=str(n)) for n in range(NUMBERS_MAX)]
    many = msgspec.structs.replace(LINE, duties=duties)
    assert wrong(changed(SUMMARY, lines=[many])) == ["50.: too-many"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"importer_ior": ""}, "11.importer_ior: missing"),
        ({"zone_id": ""}, "11.zone_id: missing"),
        ({"zone_id": "99"}, "11.zone_id: wrong-shape"),
        ({"entry_date": ""}, "11.entry_date: missing"),
        ({"entry_date": "2026-02-30"}, "11.entry_date: no-such-date"),
        ({"control": "Z99-2600007"}, "10.entry_no: too-short"),
        ({"filer": "party-broker"}, "10.filer: too-long"),
        ({"entry_type": ""}, "10.entry_type: missing"),
        ({"port": "14"}, "10.port: too-short"),
    ],
)
def test_an_entry_says_what_it_lacks(fields: dict[str, Any], said: str) -> None:
    assert said in wrong(changed(SUMMARY, **fields))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"pf_filed_on": ""}, "41.pf_filed_on: missing"),
        ({"status": "N"}, "41.pf_filed_on: not-allowed"),
        ({"status": "Z", "pf_filed_on": ""}, "41.status: unknown-code"),
        ({"quantity": Decimal("1.5")}, "41.zone_quantity: too-many-decimals"),
        ({"origin": "US"}, "40.coo: not-allowed"),
        ({"duty": None}, "50.duty: missing"),
        ({"duty": Decimal("123456789.00")}, "50.duty: too-large"),
        ({"number": "6912"}, "50.hts: wrong-shape"),
        (
            {"statistical": [StatisticalQuantity(unit="KG", quantity=Decimal("1.234"))]},
            "50.quantity_1: too-many-decimals",
        ),
    ],
)
def test_a_line_says_what_it_lacks(fields: dict[str, Any], said: str) -> None:
    assert wrong(changed(SUMMARY, lines=[msgspec.structs.replace(LINE, **fields)])) == [said]


def test_a_file_without_a_header_is_no_entry() -> None:
    with pytest.raises(ValueError, match="no header"):
        carried_by(read("", LAYOUTS["7501"]))
