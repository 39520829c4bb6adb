"""What is put on a shelf is there again, however much is put and taken, and whatever is written and read."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftz_inventory.domain import shelf
from ftz_inventory.domain.shelf import Shelf


@pytest.fixture(autouse=True)
def small(monkeypatch: Any) -> None:
    """Blocks and runs small enough that a few entries fill many."""
    monkeypatch.setattr(shelf, "BLOCK", 4)
    monkeypatch.setattr(shelf, "RUN", 16)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.binary(min_size=1, max_size=3)), max_size=300))
def test_a_shelf_is_a_dict(steps: list[tuple[int, bytes]]) -> None:
    """Put what is not here, take what is; now and then it goes through a snapshot."""
    kept, there = Shelf(), dict[str, bytes]()
    for turn, (number, body) in enumerate(steps):
        key = f"key-{number}"
        if key in there:
            assert kept.take(key) == there.pop(key)
            with pytest.raises(KeyError):
                kept.take(key)
        else:
            kept.put(key, body)
            there[key] = body
        if turn % 50 == 49:
            kept = msgspec.json.decode(msgspec.json.encode(kept), type=Shelf)
        assert len(kept) == len(there)
    assert dict(kept.items()) == there
    assert sorted(kept.keys()) == sorted(there)
    for number in range(62):
        key = f"key-{number}"
        assert kept.get(key) == there.get(key)
        assert (key in kept) == (key in there)


def test_keys_with_one_digest_are_kept_apart(monkeypatch: Any) -> None:
    """The index only says where to look."""
    monkeypatch.setattr(shelf, "_digest", lambda _: 7 << 24)
    kept = Shelf()
    for number in range(20):
        kept.put(str(number), bytes([number]))
    assert [kept.get(str(number)) for number in range(20)] == [bytes([number]) for number in range(20)]
    assert kept.get("20") is None


def test_what_lies_long_is_small() -> None:
    """Ten thousand alike take a tenth of what was put."""
    kept = Shelf()
    for number in range(10_000):
        kept.put(f"key-{number}", b"an entry with much that others have too" * 3)
    assert sum(map(len, [*kept.blocks, *kept.runs])) < 10_000 * 120 / 2
