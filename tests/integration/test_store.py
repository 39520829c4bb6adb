"""MongoDB as a store, by both drivers: the contract, and what is refused on start."""

from collections.abc import AsyncIterator

import pytest
from tests.integration.servers.found import Server
from tests.integration.servers.spawned import free_port

from ftz_common.blobs.gridfs import GridFsBlobs
from ftz_common.blobs.port import BlobDamaged, Blobs
from ftz_common.store.mongo import MongoStore
from ftz_common.store.mongo_client import Driver, MongoClient, StoreRefused
from ftz_common.store.port import StoreUnavailable
from ftz_common.testing.blob_suite import BlobSuite
from ftz_common.testing.store_suite import Database, StoreSuite, commit

DRIVERS: tuple[Driver, ...] = ("motor", "pymongo")


@pytest.fixture(params=DRIVERS)
async def client(
    request: pytest.FixtureRequest, mongo_server: Server, unique: str
) -> AsyncIterator[MongoClient]:
    made = MongoClient(mongo_server.address, prefix=unique, driver=request.param)
    yield made
    await made.close()


class TestMongoStore(StoreSuite):
    @pytest.fixture(params=DRIVERS)
    def database(self, request: pytest.FixtureRequest, mongo_server: Server, unique: str) -> Database:
        clients: list[MongoClient] = []

        async def service(name: str) -> MongoStore:
            clients.append(MongoClient(mongo_server.address, prefix=unique, driver=request.param))
            store = MongoStore(clients[-1], name)
            await store.open()
            return store

        async def close() -> None:
            for client in clients:
                await client.close()
            clients.clear()

        return Database(service, close)


class TestGridFs(BlobSuite):
    @pytest.fixture
    def blobs(self, client: MongoClient) -> Blobs:
        return GridFsBlobs(client)


async def test_damaged_bytes_are_named_and_healed_by_putting_them_again(client: MongoClient) -> None:
    blobs = GridFsBlobs(client)
    name = await blobs.put(b"rates" * 100_000)
    await client.database("blobs")["fs.chunks"].update_one(
        {"files_id": name, "n": 1}, {"$set": {"data": b"x"}}
    )
    with pytest.raises(BlobDamaged, match=name):
        await blobs.get(name)
    assert await blobs.put(b"rates" * 100_000) == name
    assert await blobs.get(name) == b"rates" * 100_000


async def test_a_put_that_was_cut_is_done_again(client: MongoClient) -> None:
    blobs = GridFsBlobs(client)
    name = await blobs.put(b"rates" * 100_000)
    await client.database("blobs")["fs.files"].delete_one({"_id": name})
    assert await blobs.put(b"rates" * 100_000) == name
    assert await blobs.get(name) == b"rates" * 100_000


async def test_a_lost_unique_index_is_refused_on_start_with_what_to_do(client: MongoClient) -> None:
    store = MongoStore(client, "inventory")
    await store.open()
    await store.insert([commit()])
    await store.open()
    await client.database("inventory")["commits"].drop_index("cause")
    with pytest.raises(StoreRefused, match=r"no unique index .*createIndex"):
        await MongoStore(client, "inventory").open()


@pytest.mark.parametrize("driver", DRIVERS)
async def test_a_wrong_address_is_named_without_the_password(driver: Driver) -> None:
    port = free_port()
    client = MongoClient(f"mongodb://ftz:secret@127.0.0.1:{port}/admin", driver=driver, timeout_ms=300)
    with pytest.raises(StoreUnavailable, match=f"127.0.0.1:{port} cannot be reached") as refusal:
        await MongoStore(client, "inventory").open()
    assert "secret" not in str(refusal.value)
    await client.close()


@pytest.mark.parametrize("driver", DRIVERS)
def test_what_is_no_address_is_refused(driver: Driver) -> None:
    with pytest.raises(StoreRefused, match="FTZ_MONGO is no MongoDB address"):
        MongoClient("localhost:27017", driver=driver)
