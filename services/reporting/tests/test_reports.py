"""Reports are computed from rows: stock as of any date, the withdrawals of a week, the entry worksheet."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from ftz_common.contracts import table
from ftz_common.contracts.common import OutcomeGiven
from ftz_common.contracts.duty import EntryCorrectionNeeded
from ftz_common.contracts.inventory import DrawReversed
from ftz_reporting.domain.sheet import Column, Sheet, as_csv, as_data, as_text
from ftz_reporting.domain.stock import by_part, stock
from ftz_reporting.domain.viewed import rows
from ftz_reporting.views.reports import Reports, admissions_sheet, entries_sheet


@pytest.fixture
async def reports(book: Any, desk: Any) -> Reports:
    await desk.take(book.deliveries)
    return Reports(desk.archive)


@pytest.mark.parametrize(
    ("as_of", "quantity", "value"),
    [
        ("2026-02-09", None, None),
        ("2026-02-10", "100", "500"),
        ("2026-03-02", "100", "500"),
        ("2026-03-03", "92", "460"),
        ("", "92", "460"),
    ],
    ids=["before", "admitted", "the day before", "removed, less what never left", "now"],
)
async def test_stock_by_part_and_status_as_of_a_date(
    reports: Reports, mugs: Any, as_of: str, quantity: str | None, value: str | None
) -> None:
    sheet = await reports.stock("999", "acme", as_of=as_of, now=mugs.NOW)
    expected = [("999", "acme", "MUG", "N", "1", quantity, "pcs", value)] if quantity else []
    assert sheet.rows == expected
    assert sheet.totals == ([("value_usd", value)] if value else [])


async def test_stock_by_layer_names_admission_and_number(reports: Reports, mugs: Any) -> None:
    sheet = await reports.stock(now=mugs.NOW, layers=True)
    row = as_data(sheet)["rows"][0]
    assert (row["layer"], row["admission"], row["admitted_on"], row["number"], row["quantity"]) == (
        "layer-1",
        "999-2026-000001",
        "2026-02-10",
        "6912004810",
        "92",
    )


async def test_another_account_sees_nothing(reports: Reports, mugs: Any) -> None:
    assert (await reports.stock("999", "acm", now=mugs.NOW)).rows == []


async def test_a_draw_that_is_reversed_on_a_later_day_never_left(desk: Any, mugs: Any) -> None:
    book = mugs.Book()
    book.commit("inventory", mugs.LEDGER, mugs.opened())
    late = mugs.drawn("w-9", "10", "50", "90", removed_on="2026-03-05")
    book.commit("inventory", mugs.LEDGER, late)
    back = DrawReversed(
        draw="d",
        withdrawal="w-9",
        zone="999",
        account="acme",
        order=mugs.ORDER,
        line=1,
        week=mugs.WEEK,
        disposition="consumption",
        reason="cancelled",
        pieces=[mugs.piece("10", "50", "100")],
    )
    book.commit("inventory", mugs.LEDGER, back, at="2026-03-09T09:00:00Z")
    await desk.take(book.deliveries)
    reports = Reports(desk.archive)
    for day in ("2026-03-04", "2026-03-05", "2026-03-10"):
        assert (await reports.stock(as_of=day, now=mugs.NOW)).rows[0][5] == "100", day


async def test_a_layer_without_its_opening_and_a_gap_are_said(desk: Any, mugs: Any, book: Any) -> None:
    of_ledger = [d for d in book.deliveries if d[0].stream == mugs.LEDGER]
    await desk.take(of_ledger[1:])
    sheet = await Reports(desk.archive).stock(now=mugs.NOW)
    assert sheet.rows == []
    assert "stock/999/acme/MUG/layer-1" in sheet.notes[0]
    assert f"version 1 of {mugs.LEDGER} has not come" in sheet.notes[1]


async def test_withdrawals_of_a_week_with_their_layers(reports: Reports, mugs: Any) -> None:
    sheet = await reports.week(zone="999", account="acme", week=mugs.WEEK, now=mugs.NOW)
    row = as_data(sheet)["rows"][0]
    assert (
        row.items()
        >= {
            "order": "1001",
            "layer": "layer-1",
            "admission": "999-2026-000001",
            "quantity": "8",
            "value_usd": "40",
            "duty_usd": "4.9",
            "remark": "partly taken back",
        }.items()
    )
    other = await reports.week(zone="999", account="acme", week="2026-03-08", now=mugs.NOW)
    assert other.rows == []


async def test_the_worksheet_shows_lines_sums_and_what_it_covers(reports: Reports, mugs: Any) -> None:
    sheet = await reports.worksheet(zone="999", account="acme", week=mugs.WEEK, now=mugs.NOW)
    data = as_data(sheet)
    assert data["about"]["entry number"] == "XYZ-2600001"
    assert data["about"]["MPF USD"] == "33.58"
    assert data["about"]["owed in all USD"] == "37.50"
    assert data["totals"] == {"entered_value_usd": "40", "duty_usd": "3.92"}
    assert data["rows"][0]["rate"] == "9.8%"
    assert data["notes"] == ["NOT PAYABLE. Not evaluated: chapter 99: line 1."]
    assert data["about"]["withdrawals"] == "1"


async def test_an_entry_that_is_not_compiled_says_so_and_no_entry_is_none(
    mugs: Any, book: Any, desk: Any
) -> None:
    await desk.take([d for d in book.deliveries if "compiled" not in d[0].type])
    reports = Reports(desk.archive)
    sheet = await reports.worksheet(zone="999", account="acme", week=mugs.WEEK, now=mugs.NOW)
    assert sheet.rows == []
    assert sheet.notes[0].startswith("Not compiled yet")
    assert await reports.worksheet(zone="999", account="acme", week="2026-03-08", now=mugs.NOW) is None


async def test_a_correction_is_a_note_on_the_worksheet(desk: Any, mugs: Any, book: Any) -> None:
    fact = EntryCorrectionNeeded(
        withdrawal="w-2",
        order=mugs.ORDER,
        line=1,
        removed_on="2026-03-04",
        reversed=False,
        pieces=[mugs.priced("1", "5")],
    )
    book.commit("duty", mugs.ENTRY, fact, at="2026-03-15T12:00:00Z")
    await desk.take(book.deliveries)
    sheet = await Reports(desk.archive).worksheet(zone="999", account="acme", week=mugs.WEEK, now=mugs.NOW)
    assert "withdrawal w-2 of 2026-03-04 came to light" in sheet.notes[1]


@pytest.mark.parametrize(
    ("answers", "latest"),
    [
        ([("order/a", "waiting", "10:00:00Z"), ("order/a", "accepted", "10:00:00Z")], "accepted"),
        ([("order/a", "accepted", "10:00:01Z"), ("order/b", "waiting", "10:00:00Z")], "accepted"),
        ([("order/a", "accepted", "10:00:00Z"), ("order/b", "suspended", "10:00:00.5Z")], "suspended"),
        ([("order/a", "accepted", "10:00:00Z"), ("intake/shop/e", "refused", "10:00:00Z")], "accepted"),
    ],
    ids=["by version", "by time", "by fraction of a second", "another body never outranks the first"],
)
async def test_the_latest_outcome_supersedes(
    desk: Any, mugs: Any, answers: list[tuple[str, str, str]], latest: str
) -> None:
    book = mugs.Book()
    for stream, result, clock in answers:
        given = OutcomeGiven(source="shop", event="e/1", event_type="t", result=result)
        book.commit("inventory", stream, given, recorded=f"2026-03-02T{clock}")
    await desk.take(list(reversed(book.deliveries)))
    found = await Reports(desk.archive).outcomes("shop", "e/1")
    assert (len(found), found[-1].answered.result) == (2, latest)
    assert await Reports(desk.archive).outcomes("shop", "e") == []


async def test_lists_of_admissions_and_entries(reports: Reports) -> None:
    admissions = as_data(admissions_sheet(await reports.listed("admissions")))["rows"]
    assert [(r["shipment"], r["number"], r["state"]) for r in admissions] == [
        ("S-1", "999-2026-000001", "authorized")
    ]
    listed = await reports.listed("entries")
    entries = as_data(entries_sheet(listed))["rows"]
    assert [(r["week"], r["number"], r["state"]) for r in entries] == [
        ("2026-03-01", "XYZ-2600001", "compiled")
    ]
    assert await reports.listed("entries", after=listed[-1].stream) == []


async def test_lists_come_in_pages(desk: Any, mugs: Any) -> None:
    book = mugs.Book()
    streams = [f"admission/acme/shop/S-{n}" for n in ("1", "1-b", "2", "3")]
    draft = next(d for d in mugs.told().deliveries if "drafted" in d[0].type)
    for stream in streams:
        book.commit("admissions", stream, table.decoder(draft[0].type).decode(draft[0].data))
    await desk.take(book.deliveries)
    reports, seen, after = Reports(desk.archive), [], ""
    while page := await reports.listed("admissions", after=after, limit=1):
        seen += [one.stream for one in page]
        after = page[-1].stream
    assert seen == streams


SHEET = Sheet(
    name="a report",
    title="A report",
    about=[("as of", "now")],
    columns=(Column("sku", "SKU"), Column("quantity", "Quantity", True)),
    rows=[("=1+1", "-2"), ("MUG,\x1b[31m", "1000")],
    totals=[("quantity", "998")],
    notes=["Incomplete."],
)


def test_a_sheet_as_text_csv_and_data() -> None:
    assert as_text(SHEET).splitlines() == [
        "A report",
        "  as of  now",
        "",
        "SKU        Quantity",
        "---------  --------",
        "=1+1             -2",
        "MUG,\ufffd[31m      1000",
        "---------  --------",
        "                998",
        "",
        "Incomplete.",
    ]
    assert as_csv(SHEET) == 'sku,quantity\r\n\'=1+1,-2\r\n"MUG,\x1b[31m",1000\r\n'
    assert as_data(SHEET)["rows"][0] == {"sku": "=1+1", "quantity": "-2"}
    assert msgspec.json.encode(as_data(SHEET))


def test_money_that_does_not_divide_stays_exact(mugs: Any) -> None:
    book = mugs.Book()
    opening = msgspec.structs.replace(mugs.opened(), quantity=Decimal(3), value=Decimal(1000))
    book.commit("inventory", mugs.LEDGER, opening)
    book.commit("inventory", mugs.LEDGER, mugs.drawn("w", "1", "333.333333333", "2"))
    made = [
        (row.key, row.body)
        for (envelope, _), fact in zip(
            book.deliveries, (opening, mugs.drawn("w", "1", "333.333333333", "2")), strict=True
        )
        for row in rows(fact, envelope)
        if row.key.startswith("stock/")
    ]
    assert by_part(stock(made, ""), "").rows[0][-1] == "666.666666667"
