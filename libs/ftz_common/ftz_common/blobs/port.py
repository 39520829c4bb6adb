"""The blob port: the name of bytes is their SHA-256."""

from hashlib import sha256
from typing import Protocol


class BlobMissing(Exception):
    """No blob of that SHA-256 is kept here."""


class BlobDamaged(Exception):
    """The bytes kept under a SHA-256 do not have it."""


class Blobs(Protocol):
    """Bytes by their SHA-256 (hex)."""

    async def put(self, content: bytes) -> str:
        """Keep the bytes; returns their SHA-256. Putting the same bytes again changes nothing."""
        ...

    async def get(self, sha256: str) -> bytes:
        """The bytes, verified; raises `BlobMissing` or `BlobDamaged`."""
        ...


def verified(content: bytes | None, name: str) -> bytes:
    """The content if it has that SHA-256; raises `BlobMissing` or `BlobDamaged`."""
    if content is None:
        raise BlobMissing(f"no blob {name} is kept here: import it again")
    if sha256(content).hexdigest() != name:
        raise BlobDamaged(
            f"the bytes kept as blob {name} do not have that SHA-256: restore them from a backup"
        )
    return content
