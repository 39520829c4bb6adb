"""What a ledger is done with, kept small: years of exhausted layers, finished draws and served demands.

A correction, a return or a cancellation brings back what it names; nothing is ever dropped. Entries gather
until there are enough to seal: a block is compressed, and an index of eight bytes an entry says which block.
"""

import sys
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from hashlib import blake2b
from typing import Any, Generic, TypeVar, get_type_hints

import msgspec

T = TypeVar("T")

#: Entries in a block: what is unpacked to read one of them.
BLOCK = 128
#: Entries in an index run: what is sorted again when two become one.
RUN = 65_536
_FRESH = -1
_BLOCK_BITS = 24
_LEVEL = 1
_blocks = msgspec.msgpack.Decoder(list[tuple[str, bytes]])
_encoder = msgspec.msgpack.Encoder()


class Packing(Generic[T]):
    """A dataclass as a list of its values, and back."""

    def __init__(self, kind: type[T]) -> None:
        hints = get_type_hints(kind)
        self._names = tuple(each.name for each in fields(kind))  # pyright: ignore[reportArgumentType] a dataclass
        self._make = kind
        self._decoder = msgspec.msgpack.Decoder[Any](
            tuple.__class_getitem__(tuple(hints[name] for name in self._names))
        )

    def pack(self, entry: T) -> bytes:
        """Its values."""
        return _encoder.encode([getattr(entry, name) for name in self._names])

    def unpack(self, body: bytes) -> T:
        """The entry again, as an object of its own."""
        return self._make(*self._decoder.decode(body))


@dataclass(slots=True)
class Shelf:
    """Entries by key. What is taken may be put again; `put` wants a key that is not here."""

    fresh: dict[str, bytes] = field(default_factory=dict[str, bytes])
    blocks: list[bytes] = field(default_factory=list[bytes])
    runs: list[bytes] = field(default_factory=list[bytes])  #: sorted; key's digest, then number of its block
    again: dict[str, int] = field(default_factory=dict[str, int])  #: taken from a block: where it is now
    count: int = 0

    def __len__(self) -> int:
        return self.count

    @property
    def weight(self) -> int:
        """About how many bytes it takes in memory: blocks are alike."""
        sealed = len(self.blocks) * (len(self.blocks[-1]) + 8 * BLOCK) if self.blocks else 0
        return sealed + 500 * len(self.fresh) + 200 * len(self.again)

    def __contains__(self, key: str) -> bool:
        return self.get(key) is not None

    def get(self, key: str) -> bytes | None:
        """The entry, or None."""
        if not self.count:
            return None
        if (body := self.fresh.get(key)) is not None:
            return body
        if (block := self.again.get(key)) is not None:
            return None if block == _FRESH else self._within(block, key)
        wanted = _digest(key)
        for run in reversed(self.runs):
            index = memoryview(run).cast("Q")
            place = bisect_left(index, wanted)
            while place < len(index) and index[place] >> _BLOCK_BITS == wanted >> _BLOCK_BITS:
                if (body := self._within(index[place] & (1 << _BLOCK_BITS) - 1, key)) is not None:
                    return body
                place += 1
        return None

    def put(self, key: str, body: bytes) -> None:
        """Keep an entry."""
        self.fresh[key] = body
        self.count += 1
        if len(self.fresh) >= BLOCK:
            self._seal()

    def take(self, key: str) -> bytes:
        """The entry, no longer here; raises KeyError."""
        if (body := self.get(key)) is None:
            raise KeyError(key)
        if self.fresh.pop(key, None) is None or key in self.again:
            self.again[key] = _FRESH
        self.count -= 1
        return body

    def keys(self) -> Iterator[str]:
        """Every key, the latest first."""
        return (key for key, _ in self.items())

    def values(self) -> Iterator[bytes]:
        """Every entry, the latest first. There may be millions: stop early."""
        return (body for _, body in self.items())

    def items(self) -> Iterator[tuple[str, bytes]]:
        """Every key with its entry, the latest first."""
        yield from reversed(self.fresh.items())
        for number in range(len(self.blocks) - 1, -1, -1):
            for key, body in reversed(self._read(number)):
                if self.again.get(key, number) == number:
                    yield key, body

    @property
    def pages(self) -> int:
        """How many pages there are: the sealed blocks, and what is not sealed yet."""
        return len(self.blocks) + bool(self.fresh)

    def page(self, number: int) -> list[bytes]:
        """The entries of a page, those put first first; a page that is sealed gets no more of them."""
        if number == len(self.blocks):
            return list(self.fresh.values())
        return [body for key, body in self._read(number) if self.again.get(key, number) == number]

    def _read(self, block: int) -> list[tuple[str, bytes]]:
        return _blocks.decode(zlib.decompress(self.blocks[block]))

    def _within(self, block: int, key: str) -> bytes | None:
        return next((body for name, body in self._read(block) if name == key), None)

    def _seal(self) -> None:
        number = len(self.blocks)
        self.blocks.append(zlib.compress(_encoder.encode(list(self.fresh.items())), _LEVEL))
        for key in self.fresh.keys() & self.again.keys():
            self.again[key] = number
        run = sorted(_digest(key) | number for key in self.fresh)
        self.fresh.clear()
        while self.runs and len(self.runs[-1]) // 8 <= len(run) and len(run) + len(self.runs[-1]) // 8 <= RUN:
            run = sorted([*memoryview(self.runs.pop()).cast("Q"), *run])
        self.runs.append(array("Q", run).tobytes())


def _digest(key: str) -> int:
    """40 bits of the key above the place for a block's number; the key in the block decides."""
    return int.from_bytes(blake2b(key.encode(), digest_size=5).digest(), "big") << _BLOCK_BITS


if sys.byteorder != "little":  # pragma: no cover
    raise ImportError("a snapshot's index runs are little-endian")
