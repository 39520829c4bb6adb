"""Blobs: the contract for both adapters, damage found, damage healed."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ftz_common.blobs.memory import MemoryBlobs
from ftz_common.blobs.port import BlobDamaged
from ftz_common.blobs.sqlite import SqliteBlobs
from ftz_common.store.sqlite import SqliteFile
from ftz_common.testing.blob_suite import BlobSuite


class TestMemoryBlobs(BlobSuite):
    @pytest.fixture
    def blobs(self) -> MemoryBlobs:
        return MemoryBlobs()


class TestSqliteBlobs(BlobSuite):
    @pytest.fixture
    async def file(self, tmp_path: Path) -> AsyncIterator[SqliteFile]:
        file = SqliteFile(tmp_path / "ftz.db")
        yield file
        await file.close()

    @pytest.fixture
    def blobs(self, file: SqliteFile) -> SqliteBlobs:
        return SqliteBlobs(file)

    async def test_one_changed_byte_is_found_and_putting_the_right_bytes_heals(
        self, file: SqliteFile, blobs: SqliteBlobs
    ) -> None:
        name = await blobs.put(b"6911.10.80 26%")
        await file.change(("UPDATE blobs SET content = ?", [(b"6911.10.80 25%",)]))
        with pytest.raises(BlobDamaged, match=name):
            await blobs.get(name)
        await blobs.put(b"6911.10.80 26%")
        assert await blobs.get(name) == b"6911.10.80 26%"

    async def test_blobs_are_there_after_a_restart(self, tmp_path: Path) -> None:
        first = SqliteFile(tmp_path / "other.db")
        name = await SqliteBlobs(first).put(b"rates")
        await first.close()
        second = SqliteFile(tmp_path / "other.db")
        assert await SqliteBlobs(second).get(name) == b"rates"
        await second.close()
