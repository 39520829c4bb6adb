"""An explanation adds up to the line, and names layers, revision, measure and rule."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from ftz_common.contracts.duty import EntryLine
from ftz_duty.domain.allocation import amounts_of
from ftz_duty.domain.entry_state import EntryState, Group
from ftz_duty.domain.explain import explained
from ftz_duty.domain.measure import Met
from ftz_duty.domain.measure_book import KnownSet, MeasureBook
from ftz_duty.domain.measure_file import read_measures
from ftz_duty.domain.pricing import StatedRate
from ftz_duty.domain.schedule_check import Refused
from ftz_duty.domain.summary import entry_lines

MEASURES: list[dict[str, Any]] = [
    {"id": "list-3", "heading": "9903.88.03", "rate": "25%"},
    {"id": "per-kilo", "heading": "9903.88.04", "rate": "$0.07/kg"},
    {"id": "top-up", "heading": "9903.05.20", "rate": "60%", "kind": "minimum-total"},
    {"id": "not-here", "heading": "9903.05.21", "rate": "60%", "exempt": [{"why": "spared"}]},
]


@pytest.fixture
def priced(desk: Any, noon: Any) -> tuple[EntryLine, Group, EntryState]:
    """Seven layers of uneven value under a compound rate and four measures."""
    rows = [{**row, "programme": "p", "from": "2026-01-01", "source": "s"} for row in MEASURES]
    found = read_measures({"format": "ftz.measures/1", "name": "t", "measures": rows})
    assert not isinstance(found, Refused)
    book = MeasureBook((KnownSet("t", noon, "0" * 64, found),))
    plan = book.plan(Met("acme", desk.mug, "PT", "2026-03-10", "2026-03-10"), noon)
    rate = StatedRate(
        desk.mug, "PT", "2026-03-10", "rev 4", "general", "1.5¢/kg + 2.8%", desk.mug[:8], plan=plan
    )
    state = EntryState("999", "acme", "2026-03-08")
    state.add("w", [desk.priced("3", f"{7 + at}.33", layer=f"l-{at}", unit="kg") for at in range(7)], 1)
    (group,) = state.groups.values()
    (line,) = entry_lines([group], [rate], "2026-03-10")
    state.lines.append(line)
    return line, group, state


def test_every_amount_adds_up_over_its_layers_and_all_to_the_line(
    priced: tuple[EntryLine, Group, EntryState],
) -> None:
    line, group, _ = priced
    amounts = amounts_of(line, group)
    for amount in amounts:
        assert sum(Decimal(share.duty) for share in amount.layers) == Decimal(amount.duty)
        assert len(amount.layers) == 7
        assert amount.rule
        assert amount.source
    assert sum(Decimal(amount.duty) for amount in amounts) == line.duty
    assert [a.what.split(" ")[0] for a in amounts] == ["column", "column", "p:", "p:", "p:"]


def test_what_is_not_owed_is_named_with_its_reason(priced: tuple[EntryLine, Group, EntryState]) -> None:
    _, _, state = priced
    (line,) = explained(state)["lines"]
    assert line["adds_up"]
    assert [(n["measure"], n["result"], n["why"]) for n in line["not_owed"]] == [
        ("not-here", "exempt", "spared")
    ]
    assert explained(state, 2)["lines"] == []


def test_amounts_that_do_not_add_up_are_not_hidden(priced: tuple[EntryLine, Group, EntryState]) -> None:
    line, _, state = priced
    assert line.duty is not None
    state.lines[0] = replace(line, duty=line.duty + Decimal("0.01"))
    assert not explained(state)["lines"][0]["adds_up"]


def test_layers_are_named_by_their_214(desk: Any, priced: tuple[EntryLine, Group, EntryState]) -> None:
    """19 CFR 146.24(a)(2): every removal leads back to a form 214."""
    _, group, state = priced
    group.layers.clear()
    piece = desk.priced("1", "5", unit="kg", admission_number="999-26-000007")
    for line, layer in ((2, "l-a"), (0, "l-b")):
        state.add(f"w-{line}", [replace(piece, layer=layer, admission_line=line)], 1)
    (amount, *_) = explained(state)["lines"][0]["amounts"]
    assert [share["admission"] for share in amount["layers"]] == [
        "214 999-26-000007, line 2",
        "214 999-26-000007",
    ]
