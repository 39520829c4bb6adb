"""Names of streams and derived ids."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftz_common.values.names import derived_id, stream_name, stream_parts

TEXT = st.text(st.characters(codec="utf-8"), max_size=40)
PARTS = st.lists(TEXT, min_size=1, max_size=5)


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("order", "shop-1", "1001"), "order/shop-1/1001"),
        (("ledger", "site-1", "acme", "MUG/BLUE"), "ledger/site-1/acme/MUG%2FBLUE"),
        (("part", "acme", "Große Tasse é"), "part/acme/Gro%C3%9Fe%20Tasse%20%C3%A9"),
        (("part", "acme", "100%"), "part/acme/100%25"),
        (("part", "acme", "%2F"), "part/acme/%252F"),
        (("part", "", "x"), "part/%/x"),
        (("part", "\x00"), "part/%00"),
        (("a", "b~c.d_e-f"), "a/b~c.d_e-f"),
    ],
)
def test_a_stream_is_a_typed_tuple(parts: tuple[str, ...], name: str) -> None:
    assert stream_name(*parts) == name
    assert stream_parts(name) == parts


@given(PARTS)
def test_any_parts_come_back(parts: list[str]) -> None:
    assert stream_parts(stream_name(*parts)) == tuple(parts)


@given(PARTS, PARTS)
def test_other_parts_have_another_name_and_another_id(one: list[str], two: list[str]) -> None:
    assert (stream_name(*one) == stream_name(*two)) == (one == two)
    assert (derived_id(*one) == derived_id(*two)) == (one == two)


@given(TEXT, TEXT)
def test_a_prefix_of_whole_parts_is_a_prefix_of_the_name(one: str, two: str) -> None:
    assert stream_name("order", one, two).startswith(stream_name("order", one) + "/")


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (("a\x1fb", "c"), ("a", "b\x1fc")),
        (("a\x1fb",), ("a", "b")),
        (("a\x1e1b",), ("a\x1fb",)),
        (("a\x1e",), ("a\x1e0",)),
    ],
)
def test_separators_inside_foreign_ids_do_not_mix_them_up(one: tuple[str, ...], two: tuple[str, ...]) -> None:
    assert derived_id(*one) != derived_id(*two)


def test_an_id_is_a_uuid5_and_stays_what_it_is() -> None:
    """Ids are in journals: this value may never change."""
    namespace = uuid.UUID("6f1c0b5e-2f0d-5b7b-9a54-c1b6f2a7d3e8")
    got = derived_id("order/shop-1/1001", "cause", "0", "ftz.inventory.stock.drawn.v1")
    assert got == "4779f5f7-8ed8-5689-be04-55a11ef387c3"
    assert got == str(
        uuid.uuid5(namespace, "order/shop-1/1001\x1fcause\x1f0\x1fftz.inventory.stock.drawn.v1")
    )
    assert uuid.UUID(got).version == 5
