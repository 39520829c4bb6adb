"""Blobs in the one SQLite file of the embedded world, shared by its services."""

from hashlib import sha256

from ftz_common.blobs.port import verified
from ftz_common.store.sqlite_file import SqliteDatabase

#: Putting again heals bytes that were damaged on disk.
_PUT = (
    "INSERT INTO blobs (sha256, content) VALUES (?, ?) "
    "ON CONFLICT DO UPDATE SET content = excluded.content WHERE content <> excluded.content"
)


class SqliteBlobs:
    """The blob port over the file's `blobs` table."""

    def __init__(self, file: SqliteDatabase) -> None:
        self._file = file

    async def put(self, content: bytes) -> str:
        name = sha256(content).hexdigest()
        await self._file.change((_PUT, [(name, content)]))
        return name

    async def get(self, sha256: str) -> bytes:
        found = await self._file.fetch("SELECT content FROM blobs WHERE sha256 = ?", (sha256,))
        return verified(found[0][0] if found else None, sha256)
