"""What every blob store must do, as tests that each adapter inherits: provide the fixture `blobs`."""

# ruff: noqa: S101 these are tests, inherited by each adapter
from hashlib import sha256

import pytest

from ftz_common.blobs.port import BlobMissing, Blobs


class BlobSuite:
    """The contract of blobs."""

    @pytest.fixture
    def blobs(self) -> Blobs:
        raise NotImplementedError("each adapter's test class provides its blobs")

    @pytest.mark.parametrize(
        "content", [b"", b"rates", bytes(range(256)) * 20_000], ids=["empty", "small", "5 MB"]
    )
    async def test_bytes_come_back_under_their_sha256(self, blobs: Blobs, content: bytes) -> None:
        name = await blobs.put(content)
        assert name == sha256(content).hexdigest()
        assert await blobs.get(name) == content

    async def test_putting_again_changes_nothing(self, blobs: Blobs) -> None:
        assert await blobs.put(b"rates") == await blobs.put(b"rates")
        assert await blobs.get(sha256(b"rates").hexdigest()) == b"rates"

    async def test_what_was_never_put_is_missing_by_name(self, blobs: Blobs) -> None:
        name = sha256(b"never").hexdigest()
        with pytest.raises(BlobMissing, match=name):
            await blobs.get(name)
