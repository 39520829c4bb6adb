"""A MongoDB that does not know the user: a server of a few lines answers as MongoDB would, byte by byte."""

import asyncio
import gc
import struct
from collections.abc import AsyncGenerator
from typing import Any

import bson
import pytest
import pytest_asyncio

from ftz_common.store.mongo import MongoStore
from ftz_common.store.mongo_client import Driver, MongoClient, StoreRefused

HELLO: dict[str, Any] = {
    "ok": 1,
    "ismaster": True,
    "isWritablePrimary": True,
    "minWireVersion": 0,
    "maxWireVersion": 21,
    "maxBsonObjectSize": 16_777_216,
    "maxMessageSizeBytes": 48_000_000,
    "maxWriteBatchSize": 100_000,
    "saslSupportedMechs": ["SCRAM-SHA-256"],
}
OP_REPLY, OP_QUERY, OP_MSG = 1, 2004, 2013
HEADER = struct.Struct("<iiii")


def answer(body: dict[str, Any], code: int) -> dict[str, Any]:
    """What a server says that refuses this user."""
    if any(name.lower() in ("hello", "ismaster") for name in body):
        return HELLO
    return {"ok": 0, "code": code, "codeName": "AuthenticationFailed", "errmsg": "Authentication failed."}


def framed(asked: int, opcode: int, reply: dict[str, Any]) -> bytes:
    body = bson.encode(reply)
    if opcode == OP_QUERY:
        payload, kind = struct.pack("<iqii", 8, 0, 0, 1) + body, OP_REPLY
    else:
        payload, kind = struct.pack("<IB", 0, 0) + body, OP_MSG
    return HEADER.pack(HEADER.size + len(payload), 0, asked, kind) + payload


def read(opcode: int, payload: bytes) -> dict[str, Any]:
    if opcode == OP_QUERY:
        return bson.decode(payload[payload.index(b"\0", 4) + 1 + 8 :])
    return bson.decode(payload[5:])


@pytest_asyncio.fixture(params=[18, 8000], ids=["MongoDB", "Atlas"])
async def port(request: pytest.FixtureRequest) -> AsyncGenerator[int]:
    """A server that lets nobody in, and says so with the code of MongoDB's own or of its hosted form."""
    serving: set[asyncio.Task[None] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.add(asyncio.current_task())
        try:
            while True:
                size, asked, _, opcode = HEADER.unpack(await reader.readexactly(HEADER.size))
                payload = await reader.readexactly(size - HEADER.size)
                writer.write(framed(asked, opcode, answer(read(opcode, payload), request.param)))
        except asyncio.IncompleteReadError:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1")
    yield server.sockets[0].getsockname()[1]
    server.close()
    await asyncio.gather(*(task for task in serving if task), return_exceptions=True)


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # PyMongo drops the socket of a refused connection
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("driver", ["motor", "pymongo"])
async def test_wrong_credentials_are_named_without_the_password(port: int, driver: Driver) -> None:
    client = MongoClient(f"mongodb://ftz:secret@127.0.0.1:{port}/admin", driver=driver, timeout_ms=3_000)
    said = "does not let us in .* check user and password of FTZ_MONGO"
    with pytest.raises(StoreRefused, match=said) as no:
        await MongoStore(client, "inventory").open()
    assert f"127.0.0.1:{port}" in str(no.value)
    assert "secret" not in str(no.value)
    await client.close()
    gc.collect()
