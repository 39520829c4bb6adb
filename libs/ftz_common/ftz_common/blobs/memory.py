"""Blobs in memory, for tests and the simulator."""

from collections.abc import Awaitable, Callable
from hashlib import sha256

from ftz_common.blobs.port import verified

#: Awaited with the name of a point ("put.before"); it may raise, or never return.
Pause = Callable[[str], Awaitable[None]]


class MemoryBlobs:
    """The blob port, in memory."""

    def __init__(self, pause: Pause | None = None) -> None:
        self._on_pause = pause
        self._contents: dict[str, bytes] = {}

    async def _pause(self, point: str) -> None:
        if self._on_pause is not None:
            await self._on_pause(point)

    async def put(self, content: bytes) -> str:
        await self._pause("put.before")
        name = sha256(content).hexdigest()
        self._contents[name] = content
        await self._pause("put.after")
        return name

    async def get(self, sha256: str) -> bytes:
        await self._pause("get.before")
        content = verified(self._contents.get(sha256), sha256)
        await self._pause("get.after")
        return content
