"""Every row of the transition table and every movement has a golden case that shows it."""

import asyncio
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
from tests.golden.collect import said_in

from ftz_cli.text_yaml import read_yaml
from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.movements import Movement
from ftz_inventory.domain import moving_checks
from ftz_inventory.domain.status import TABLE, transition

HERE = Path(__file__).parent
WANTED: dict[str, Any] = read_yaml(HERE / "coverage.yml")
SEEN_BY_TABLE: set[str] = set()


def _recorded(*asked: Any) -> Any:
    """The table's answer; which row gave it, or refused."""
    source, target, cause, _ = asked
    SEEN_BY_TABLE.update(
        row.name for row in TABLE if row.cause == cause and source in row.sources and target in row.targets
    )
    return transition(*asked)


@cache
def seen_in(case: str) -> set[str]:
    """Rows and movements of a run."""
    SEEN_BY_TABLE.clear()
    facts = asyncio.run(said_in(HERE / "cases" / f"{case}.yaml"))
    return {*SEEN_BY_TABLE, *(name for fact_type, data in facts for name in _seen(fact_type, data))}


def _seen(fact_type: str, data: dict[str, Any]) -> Iterator[str]:
    match fact_type.removeprefix("ftz.inventory.").removesuffix(".v1"):
        case "layer.opened":
            yield from _opened(data)
        case "goods.moved":
            yield from _moved(data)
        case "draw.reversed":
            yield "draw reversed"
            for piece in data.get("pieces", []):
                yield f"never-entered-{piece['status']}"
        case "cover.restored":  # it was entered, under its week's estimate
            yield "cover restored"
        case name:
            yield _NAMES.get(name, name)


_NAMES = {
    "stock.drawn": "draw",
    "draw.suspended": "draw suspended",
    "goods.broughtback": "brought back",
    "history.sent": "history sent",
    "overage.found": "overage",
    "count.compared": "counted",
    "movement.reversed": "reversed",
}


def _opened(data: dict[str, Any]) -> Iterator[str]:
    if data.get("returned_from"):
        yield "returned"
        if data["status"] == "D":
            yield "returned-after-entry"
        return
    opened_by = data.get("opened_by", "")
    yield opened_by or "admission"
    if opened_by == "received-from-zone":
        yield f"zone-transfer-{data['status']}"
    if opened_by == "wasted":
        yield "residue"
        kept = "casualty-keeps-pf" if data["status"] == "P" else ""
        yield kept or f"recovered as {data['status']}"


def _moved(data: dict[str, Any]) -> Iterator[str]:
    kind = data["kind"]
    yield kind
    if kind == "adjusted":
        yield "adjusted down" if data.get("pieces") else "adjusted up"
    if kind == "wasted":
        yield "wasted recoverable" if data.get("recoverable") else "wasted irrecoverable"
        for piece in data.get("pieces", []):
            yield {"P": "waste-of-pf", "N": "waste-of-npf", "D": "waste-of-domestic"}[piece["status"]]


@pytest.fixture(autouse=True)
def _watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving_checks, "transition", _recorded)


def test_every_row_and_every_movement_is_listed() -> None:
    assert {row.name for row in TABLE} == set(WANTED["rows"])
    assert set(get_args(Movement)) <= {name.split(" ")[0] for name in WANTED["movements"]}


@pytest.mark.parametrize("row", sorted(WANTED["rows"]))
def test_a_case_shows_the_row(row: str) -> None:
    seen = seen_in(WANTED["rows"][row])
    if row.startswith("entry-cancelled"):
        assert "cover restored" in seen
        row = row.replace("entry-cancelled", "never-entered")
    assert row in seen


@pytest.mark.parametrize("movement", sorted(WANTED["movements"]))
def test_a_case_shows_the_movement(movement: str) -> None:
    assert movement in seen_in(WANTED["movements"][movement])


@pytest.mark.parametrize("number", WANTED["numbered"])
def test_the_numbered_cases_are_there(number: str) -> None:
    names = [p.stem for p in (HERE / "cases").glob("*.yaml") if not p.stem.startswith("deferral")]
    assert any(re.search(rf"-0?{number}(-|$)", name) for name in names)


def test_a_refusal_of_the_table_is_a_row_too() -> None:
    assert isinstance(transition("P", "N", "election", moving_checks.Circumstances()), Refusal)
