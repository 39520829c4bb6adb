"""Taking over an existing zone: rows, parts, all or nothing, and numbers that go on (19 CFR 146.23)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from ftz_admissions.domain.opening import Header, OpeningRow, Place, TakePart, read_row, twice
from ftz_admissions.usecases import OPENING
from ftz_common.contracts.admissions import (
    GoodsAdmitted,
    OpeningBalanceBegun,
    OpeningBalanceCompleted,
    OpeningPartTaken,
)
from ftz_common.contracts.common import Noted, NumberAssigned, NumberRequested, SeriesContinued
from ftz_common.contracts.fact import Refusal
from ftz_common.flow.series import SERIES, ContinueSeries
from ftz_common.testing.story import Story

AS_OF = date(2026, 6, 30)
AT = datetime(2026, 7, 1, 14, tzinfo=UTC)
ACCOUNTS = frozenset({"acme"})
CELLS = {
    "account": "acme",
    "uin": "MUG",
    "quantity": "60",
    "unit": "No.",
    "value": "240.00",
    "status": "P",
    "origin": "PT",
    "number": "6912004400",
    "admission_number": "999-25-000417",
    "line": "3",
    "admitted_on": "2025-11-03",
    "pf_filed_on": "2025-11-01",
}


def row(number: int = 2, **cells: str) -> OpeningRow:
    found = read_row(number, CELLS | cells, ACCOUNTS, AS_OF)
    assert isinstance(found, OpeningRow), found
    return found


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"account": "other"}, "account"),
        ({"uin": ""}, "uin"),
        ({"quantity": "0"}, "quantity"),
        ({"quantity": "1e3"}, "quantity"),
        ({"quantity": "NaN"}, "quantity"),
        ({"quantity": "1.0000001"}, "quantity"),
        ({"value": "-1"}, "value"),
        ({"status": "X"}, "status"),
        ({"status": "P", "pf_filed_on": ""}, "pf_filed_on"),
        ({"status": "N"}, "pf_filed_on"),
        ({"origin": "Portugal"}, "origin"),
        ({"number": "6912"}, "number"),
        ({"status": "D", "pf_filed_on": "", "number": "69"}, "number"),
        ({"line": "0"}, "line"),
        ({"line": "1.5"}, "line"),
        ({"admitted_on": "2026-07-01"}, "admitted_on"),
        ({"admitted_on": "03/11/2025"}, "admitted_on"),
        ({"pf_filed_on": "2026-07-01"}, "pf_filed_on"),
        ({"measure:kg": "0"}, "measure:kg"),
        ({"measure:kg": "x"}, "measure:kg"),
    ],
)
def test_a_row_is_refused_by_row_and_column(cells: dict[str, str], column: str) -> None:
    refused = read_row(7, CELLS | cells, ACCOUNTS, AS_OF)
    assert isinstance(refused, Refusal)
    assert refused.place == f"row 7, {column}"
    assert refused.remedy


def test_two_rows_of_one_line_are_refused_unless_a_receipt_tells_them_apart() -> None:
    (refused,) = twice([row(2), row(3)])
    assert refused.code == "opening-row-twice"
    assert list(twice([row(2), row(3, receipt="R2")])) == []


# ---- parts --------------------------------------------------------------------------------------


def part(number: int, rows: list[OpeningRow], sha256: str = "a" * 64, parts: int = 2) -> TakePart:
    return TakePart(
        Header(sha256, 3, parts, "2026-06-30", "p-7", "count of 30 June"),
        number,
        tuple(rows),
        Place("999", "site-1", "America/New_York", 6),
        {"2025-11-01": "2025-B", "2026-06-30": "2026-A"},
    )


@pytest.fixture
def story() -> Story:
    return Story(OPENING, "opening/999/opening")


def test_a_layer_carries_its_original_214(story: Story) -> None:
    facts = story.tell(part(1, [row(**{"measure:kg": "0.35"})], parts=1), AT)
    assert [type(f) for f in facts] == [
        OpeningBalanceBegun,
        GoodsAdmitted,
        OpeningPartTaken,
        OpeningBalanceCompleted,
    ]
    goods: Any = facts[1]
    assert (goods.ledger, goods.admission_number, goods.line) == (
        "ledger/999/site-1/acme/MUG",
        "999-25-000417",
        3,
    )
    assert (goods.admitted_on, goods.pf_filed_on, goods.revision) == ("2025-11-03", "2025-11-01", "2025-B")
    assert (goods.quantity, goods.value, goods.measures[0].unit) == (Decimal(60), Decimal(240), "kg")
    assert goods.decision == "opening balance: count of 30 June"


def test_it_is_complete_with_its_last_part_in_any_order_and_each_part_counts_once(story: Story) -> None:
    story.tell(part(2, [row(4, uin="CUP")]), AT)
    assert not story.state.complete
    assert [type(f) for f in story.tell(part(2, [row(4, uin="CUP")]), AT)] == [Noted]
    story.tell(part(1, [row(2), row(3, line="4")]), AT)
    assert story.state.complete
    assert len({(g.line, g.receipt) for g in story.facts if isinstance(g, GoodsAdmitted)}) == 3


def test_another_file_under_the_same_name_is_refused(story: Story) -> None:
    story.tell(part(1, [row()]), AT)
    assert story.refused(part(1, [row()], sha256="b" * 64), AT).code == "opened-before"


# ---- over HTTP ----------------------------------------------------------------------------------


def table(*rows: dict[str, str]) -> bytes:
    lines = [",".join(CELLS), *(",".join((CELLS | cells).values()) for cells in rows)]
    return "\n".join(lines).encode()


ADDRESS = "/v1/admissions/zones/999/opening-balance"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff", "not-an-opening-balance"),
        (b"account,uin\nacme,MUG\n", "not-an-opening-balance"),
        (table(), "not-an-opening-balance"),
        (table({}) + b",more", "not-an-opening-balance"),
        (table({}, {"quantity": "0"}), "opening-row-wrong"),
        (table({}, {}), "opening-row-twice"),
        (table({}), "revision-unknown"),  # no schedule of 2025 is read in this world
    ],
)
async def test_a_file_is_examined_whole_and_nothing_is_taken(
    sandbox_world: Any, content: bytes, code: str
) -> None:
    await sandbox_world.announce()
    answer = await sandbox_world.client.post(f"{ADDRESS}/check?as_of=2026-06-30", content=content)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_domestic_rows_are_taken_by_digest(sandbox_world: Any) -> None:
    await sandbox_world.announce()
    content = table({"status": "D", "number": "", "pf_filed_on": ""})
    found = (await sandbox_world.client.post(f"{ADDRESS}/check?as_of=2026-05-31", content=content)).json()
    assert (found["rows"], found["parts"], found["value"]) == (1, 1, "240.00")
    body = {"sha256": found["sha256"], "part": 1, "as_of": "2026-05-31", "who": "p-7", "certificate": "count"}
    answer = await sandbox_world.client.post(f"{ADDRESS}/opening/parts", json=body)
    assert answer.status_code == 201, answer.text
    unknown = await sandbox_world.client.post(f"{ADDRESS}/opening/parts", json=body | {"sha256": "0" * 64})
    assert unknown.status_code == 404, unknown.text
    beyond = await sandbox_world.client.post(f"{ADDRESS}/opening/parts", json=body | {"part": 2})
    assert beyond.status_code == 404


# ---- numbers that go on -------------------------------------------------------------------------


def test_numbers_go_on_after_those_of_another_system_and_only_before_the_first() -> None:
    story = Story(SERIES, "series/admissions/999/214/26")
    (said,) = story.tell(ContinueSeries(214, "p-7", "old system"), AT)
    assert said == SeriesContinued(last=214, who="p-7", why="old system")
    assert [type(f) for f in story.tell(ContinueSeries(214, "p-7", "old system"), AT)] == [Noted]
    assert story.refused(ContinueSeries(200, "p-7", "slip"), AT).code == "series-began"
    facts = story.tell(NumberRequested(to=story.stream, reply_to="admission/a/b/c", purpose="214 x"), AT)
    assert [f.number for f in facts if isinstance(f, NumberAssigned)] == [215]
    assert story.refused(ContinueSeries(300, "p-7", "late"), AT).code == "series-began"
