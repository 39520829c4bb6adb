"""A batch of events is split by its own bytes: a broken one never takes those before it along."""

import pytest

from ftz_common.web.events import pieces


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b'[{"a":1},{"b":2}]', [b'{"a":1}', b'{"b":2}']),
        (b" [ ]", []),
        (b'{"a":1}', [b'{"a":1}']),
        (b'[{"a":1}, nonsense, {"c":3}]', [b'{"a":1}', b'nonsense, {"c":3}]']),
        (b'[{"a":1}', [b'{"a":1}', b""]),
        (b"\xff", [b"\xff"]),
        (b'[{"a":1},{"b":"\xff"},{"c":3}]', [b'{"a":1}', b'{"b":"\xff"}', b'{"c":3}']),
        (b'[{"q":1.10}]', [b'{"q":1.10}']),
    ],
    ids=["two", "none", "no array", "a broken one", "cut off", "no UTF-8", "no UTF-8 in one", "digits stay"],
)
def test_pieces_of_a_batch(raw: bytes, expected: list[bytes]) -> None:
    assert pieces(raw) == expected
