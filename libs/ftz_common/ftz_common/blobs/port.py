"""The blob port: the name of bytes is their SHA-256."""

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
