"""Blobs in MongoDB's GridFS: pieces of a file whose id is its SHA-256."""

from contextlib import suppress
from hashlib import sha256
from typing import Any

from ftz_common.blobs.port import BlobDamaged, BlobMissing, verified
from ftz_common.store.mongo_client import (
    CorruptGridFile,
    DuplicateKeyError,
    FileExists,
    MongoClient,
    NoFile,
)

_ATTEMPTS = 3


class GridFsBlobs:
    """The blob port over GridFS, shared by all services."""

    def __init__(self, client: MongoClient, database: str = "blobs") -> None:
        self._client = client
        self._bucket: Any = client.bucket(database)

    async def put(self, content: bytes) -> str:
        name = sha256(content).hexdigest()
        for attempt in range(_ATTEMPTS):
            try:
                await self.get(name)
            except (BlobMissing, BlobDamaged):
                try:
                    await self._write(name, content)
                except (
                    CorruptGridFile,
                    DuplicateKeyError,
                    FileExists,
                ):  # another process puts the same bytes now
                    if attempt == _ATTEMPTS - 1:
                        raise
                    continue
            return name
        return name

    async def _write(self, name: str, content: bytes) -> None:
        with self._client.translated():
            with suppress(NoFile):  # the pieces of a put that was cut, or damaged bytes
                await self._bucket.delete(name)
            await self._bucket.upload_from_stream_with_id(name, name, content)

    async def get(self, sha256: str) -> bytes:
        with self._client.translated():
            try:
                stream = await self._bucket.open_download_stream(sha256)
                content = bytes(await stream.read())
            except NoFile:
                content = None
            except CorruptGridFile:
                content = b""  # which no other name has
        return verified(content, sha256)
