"""Where a fact stands: "<stream> <version>.<index>". As text, places sort by stream, version, index.

A stream's name holds no space (its parts are percent-encoded), and a space sorts before every other
character in it; so the rows of one stream lie together, and streams sort as stores sort them.
"""

from typing import NamedTuple

_VERSION_DIGITS = 10
_INDEX_DIGITS = 5


class Place(NamedTuple):
    """A fact's stream, version, and index there."""

    stream: str
    version: int
    fact: int  #: its index in the commit


def place_key(stream: str, version: int, index: int) -> str:
    """The place as text."""
    return f"{stream} {version:010d}.{index:05d}"  # the digits above, written out: this is the hot path


def place_of(key: str) -> Place:
    """The place that `place_key` wrote."""
    stream, _, numbers = key.rpartition(" ")
    return Place(stream, int(numbers[:_VERSION_DIGITS]), int(numbers[_VERSION_DIGITS + 1 :]))


def commit_key(key: str) -> str:
    """The part of a place that all facts of its commit share."""
    return key[: -_INDEX_DIGITS - 1]


def after_version(stream: str, version: int) -> str:
    """A key that sorts behind every fact of that version and before the next version's."""
    return f"{stream} {version:0{_VERSION_DIGITS}d}.{'9' * (_INDEX_DIGITS + 1)}"
