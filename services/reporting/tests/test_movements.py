"""Movements without an order, in the story of a layer, in the stock of a day and in what is checked."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ftz_common.contracts.movements import GoodsBroughtBack, GoodsMoved, MovementReversed
from ftz_reporting.domain.index import names

FACTS = Path(__file__).parents[3] / "tests" / "golden" / "facts"


def fact(kind: type[Any], name: str) -> Any:
    text = (FACTS / f"ftz.inventory.{name}.v1.json").read_text(encoding="utf-8")
    return msgspec.convert(json.loads(text), kind)


@pytest.mark.parametrize(
    ("kind", "name", "verb"),
    [
        (GoodsMoved, "goods.moved", "layer drawn from"),
        (GoodsBroughtBack, "goods.broughtback", "layer restored"),
        (MovementReversed, "movement.reversed", "layer restored"),
    ],
)
def test_a_movement_is_found_by_every_layer_that_it_touched(kind, name, verb) -> None:
    """19 CFR 146.21(a)(5), 146.23(b): the audit trail of a layer has what no order did."""
    said = fact(kind, name)
    assert said.pieces
    assert {(verb, piece.layer) for piece in said.pieces} <= set(names(said))
