"""The MongoDB driver: motor, or PyMongo's own asynchronous client behind the same few names.

Motor is past its end of life (docs/adr/0008-motor.md); one argument changes to its successor. This is the
only place that imports a driver.
"""

import inspect
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, Literal
from urllib.parse import urlsplit

from bson.binary import Binary
from gridfs.asynchronous import AsyncGridFSBucket
from gridfs.errors import CorruptGridFile, FileExists, NoFile
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorGridFSBucket
from pymongo import AsyncMongoClient, ReplaceOne, UpdateOne
from pymongo.errors import (
    BulkWriteError,
    ConfigurationError,
    ConnectionFailure,
    DuplicateKeyError,
    ExecutionTimeout,
    InvalidURI,
    OperationFailure,
    WTimeoutError,
)

from ftz_common.store.port import StoreDamaged, StoreUnavailable

Driver = Literal["motor", "pymongo"]
_PASSING = (ConnectionFailure, ExecutionTimeout, WTimeoutError)
#: The server stops, or another becomes primary.
_CHANGES = {91, 189, 10107, 11600, 11602, 13435}
_NOT_LET_IN = {13, 18, 8000}  # Unauthorized, AuthenticationFailed, the same as Atlas says it


class StoreRefused(StoreUnavailable):
    """The database does not let us in, or is not what it must be; waiting does not help."""


class MongoClient:
    """A connection to one MongoDB. Databases are named `<prefix>_<service>`."""

    def __init__(
        self, uri: str, *, prefix: str = "ftz", driver: Driver = "motor", timeout_ms: int = 10_000
    ) -> None:
        """Nothing is sent yet. Raises `StoreRefused` for an address that is none."""
        if not uri.startswith(("mongodb://", "mongodb+srv://")):
            raise StoreRefused("FTZ_MONGO is no MongoDB address: it begins with mongodb://")
        self.address = _without_secrets(uri)
        self._prefix = prefix
        options: dict[str, Any] = {
            "w": "majority",  # what is acknowledged survives a change of primary
            "journal": True,  # and a crash of the machine
            "readConcernLevel": "majority",
            "serverSelectionTimeoutMS": timeout_ms,
            "socketTimeoutMS": max(timeout_ms, 30_000),
            "appname": "ftz",
        }
        make: Any = AsyncIOMotorClient if driver == "motor" else AsyncMongoClient
        self._bucket: Any = AsyncIOMotorGridFSBucket if driver == "motor" else AsyncGridFSBucket
        try:
            self._client: Any = make(uri, **options)
        except (InvalidURI, ConfigurationError, ValueError) as error:
            raise StoreRefused(f"FTZ_MONGO is no MongoDB address ({error})") from error

    def database(self, service: str) -> Any:
        """The database of one service."""
        return self._client[f"{self._prefix}_{service}"]

    def bucket(self, service: str) -> Any:
        """Large bytes, in pieces (GridFS)."""
        return self._bucket(self.database(service))

    async def ping(self) -> None:
        """Answer, or raise `StoreUnavailable`."""
        with self.translated():
            await self._client.admin.command("ping")

    async def close(self) -> None:
        """Disconnect."""
        closing = self._client.close()
        if inspect.isawaitable(closing):
            await closing

    @contextmanager
    def translated(self) -> Generator[None]:
        """The driver's errors as the port's; a refused unique key stays itself."""
        try:
            yield
        except (BulkWriteError, DuplicateKeyError):
            raise
        except OperationFailure as error:
            if isinstance(error, _PASSING):
                raise StoreUnavailable(f"MongoDB at {self.address}: {error}") from error
            if error.code in _NOT_LET_IN:
                raise StoreRefused(
                    f"MongoDB at {self.address} does not let us in ({error}): "
                    "check user and password of FTZ_MONGO"
                ) from error
            if error.has_error_label("RetryableWriteError") or error.code in _CHANGES:
                raise StoreUnavailable(f"MongoDB at {self.address}: {error}") from error
            raise
        except _PASSING as error:
            raise StoreUnavailable(
                f"MongoDB at {self.address} cannot be reached ({error}): check FTZ_MONGO, and that it runs"
            ) from error


def refused_at(error: Any) -> tuple[int, str]:
    """Where an ordered insert stopped, and the name of the index that refused; raises what is no refusal."""
    first: Mapping[str, Any] = error.details["writeErrors"][0]
    if first["code"] != 11000:
        raise StoreDamaged(f"an insert failed for another reason than a unique key: {first}") from error
    return first["index"], str(first["errmsg"])


def _without_secrets(uri: str) -> str:
    return urlsplit(uri).netloc.rsplit("@", 1)[-1] or "?"


__all__ = [
    "Binary",
    "BulkWriteError",
    "CorruptGridFile",
    "DuplicateKeyError",
    "FileExists",
    "MongoClient",
    "NoFile",
    "ReplaceOne",
    "StoreRefused",
    "UpdateOne",
    "refused_at",
]
