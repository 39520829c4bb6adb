"""Replay makes every row again beside the live one: a changed, missing or strange row is named."""

from typing import Any

import pytest

from ftz_common.store.port import StoreRow
from ftz_reporting.views.replay import MADE, repair, replay


async def test_rows_made_again_are_the_live_rows(desk: Any, book: Any) -> None:
    await desk.take(book.deliveries)
    found = await replay(desk.archive)
    assert found.problems == []
    tables = await desk.tables()
    assert found.compared == {table: len(tables[table]) for table in MADE}
    assert all(found.compared.values())


@pytest.mark.parametrize("table", MADE)
@pytest.mark.parametrize("number", [0, 3, -1])
async def test_a_changed_row_is_named_with_the_fact_it_belongs_to(
    desk: Any, book: Any, table: str, number: int
) -> None:
    await desk.take(book.deliveries)
    row = [row async for row in desk.archive.rows(table)][number]
    await desk.store.put(table, [StoreRow(row.key, row.body.replace(b"e", b"f", 1))])
    found = await replay(desk.archive)
    assert len(found.problems) == 1
    problem = found.problems[0]
    assert problem.check == f"rows of {table}"
    assert f" {problem.stream} {problem.version:010d}." in row.key
    assert "is not what its fact makes" in problem.what
    assert "--repair" in problem.remedy


@pytest.mark.parametrize("table", MADE)
async def test_a_missing_row_and_a_strange_row_are_both_named_and_repaired(
    desk: Any, book: Any, mugs: Any, table: str
) -> None:
    await desk.take(book.deliveries)
    before = await desk.tables()
    row = next(iter(before[table]))
    strange = f"nothing {mugs.LEDGER} 0000000001.00000"
    await desk.store.delete(table, [row])
    await desk.store.put(table, [StoreRow(strange, b"{}"), StoreRow("not a row of ours", b"{}")])
    found = await replay(desk.archive)
    assert sorted(p.what for p in found.problems) == sorted(
        [
            f"the row {row} is missing",
            f"no fact makes the row {strange}",
            "no fact makes the row not a row of ours",
        ]
    )
    await repair(desk.archive)
    assert await desk.tables() == before
    assert (await replay(desk.archive)).problems == []
